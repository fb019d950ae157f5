"""Wakes for workers. Each finds its work by a claim, so that a wake that is lost or comes twice does no harm."""

from celery import shared_task

from orders.services import learning, sweep
from orders.waking import wake
from orders.webhooks import delivery, retention


@shared_task
def sweep_risk():
    """Look again at parcels whose risk may have changed with time alone."""
    sweep.sweep_risk()


@shared_task
def learn_transit():
    """Learn from the parcels that closed since the last time."""
    learning.learn_due()


@shared_task
def deliver_webhook(delivery_id):
    """Post one webhook, if it is due."""
    delivery.deliver(delivery_id)


@shared_task
def deliver_webhooks():
    """Wake a worker for each webhook that is due: nobody was woken for it, or it is to be tried again."""
    _wake_for(delivery.due_deliveries())


@shared_task
def forget_old_webhooks():
    """Empty what was posted long ago."""
    retention.forget_old_bodies()


def wake_webhooks(sender, *, ids, **_kwargs):
    """Receiver of `orders.signals.changes_recorded`."""
    _wake_for(delivery.deliveries_of(ids))


def _wake_for(delivery_ids):
    for delivery_id in delivery_ids:
        wake(deliver_webhook, delivery_id)

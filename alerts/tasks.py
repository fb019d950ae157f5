"""Wakes for workers. Each finds its work by a claim, so that a wake that is lost or comes twice does no harm."""

from celery import shared_task

from alerts import delivery, planning
from orders.waking import wake


@shared_task
def plan_changes(change_ids):
    """Plan messages for these changes and wake a worker for each message."""
    for alert_id in planning.plan_all(change_ids):
        wake(deliver, alert_id)


@shared_task
def deliver(alert_id):
    """Send one message, if it is due."""
    delivery.deliver(alert_id)


@shared_task
def sweep():
    """Do what nobody was woken for: forgotten changes, messages that are due, messages of workers that died."""
    planning.plan_forgotten()
    delivery.reap()
    delivery.deliver_due()


def wake_planning(sender, *, ids, **_kwargs):
    """Receiver of `orders.signals.changes_recorded`."""
    wake(plan_changes, ids)

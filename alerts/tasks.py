"""Wakes for workers. Each finds its work by a claim, so that a wake that is lost or comes twice does no harm."""

from celery import shared_task

from alerts import delivery, planning, retention
from orders.waking import wake

# The messages of one piece of news: one by each channel.
SENT_AT_ONCE = 4


@shared_task
def plan_changes(change_ids):
    """Plan messages for these changes and send what is due: without another wake, unless they are many."""
    due = planning.plan_all(change_ids, to_send=True)
    for alert in due[SENT_AT_ONCE:]:
        wake(deliver, alert.pk)
    for alert in due[:SENT_AT_ONCE]:
        delivery.deliver_planned(alert)


@shared_task
def deliver(alert_id):
    """Send one message, if it is due."""
    delivery.deliver(alert_id)


@shared_task
def sweep():
    """Do what nobody was woken for: forgotten changes, messages that are due, messages of workers that died."""
    for alert in planning.plan_forgotten()[: delivery.BATCH]:
        delivery.deliver_planned(alert)
    delivery.reap()
    delivery.deliver_due()


@shared_task
def forget_old_words():
    """Drop the words of messages that are older than their shop keeps them."""
    retention.forget_old_words()


def wake_planning(sender, *, ids, **_kwargs):
    """Receiver of `orders.signals.changes_recorded`."""
    wake(plan_changes, ids)

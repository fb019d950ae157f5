from datetime import datetime

from celery import shared_task
from django.utils import timezone

from carriers import services
from carriers.services import subscriptions
from carriers.services.polls import Turn


@shared_task
def poll_due():
    """Hand out a turn for every account that has parcels due."""
    _hand_out(services.poll_due())


@shared_task
def take_turn(account_id, claimed_until):
    """Take a turn, and queue up for the next when there is more to do."""
    services.take_turn(Turn(account_id, datetime.fromisoformat(claimed_until)))
    _hand_out(services.poll_due(pk=account_id))


def _hand_out(turns):
    for turn in turns:
        take_turn.delay(turn.account_id, turn.claimed_until.isoformat())


@shared_task
def note_missing_accounts():
    """Tell merchants of parcels that nobody can be asked about."""
    services.note_missing_accounts(timezone.now())


@shared_task
def process_callback(delivery_id):
    services.process_delivery(delivery_id)


@shared_task
def process_waiting_callbacks():
    """Read the callbacks whose own message was lost."""
    for delivery_id in services.waiting_deliveries():
        services.process_delivery(delivery_id)


@shared_task
def subscribe_due():
    """Claim the parcels whose pushes are to be ordered and hand them out, one task per account and batch."""
    for batch in subscriptions.subscribe_due():
        subscribe.delay(batch.account_id, batch.subscription_ids, batch.claimed_until.isoformat())


@shared_task
def subscribe(account_id, subscription_ids, claimed_until):
    until = datetime.fromisoformat(claimed_until)
    subscriptions.subscribe(subscriptions.Batch(account_id, tuple(subscription_ids), until))


@shared_task
def forget_old_callbacks():
    """Empty the bodies of callbacks that were read long ago."""
    services.forget_old_bodies()

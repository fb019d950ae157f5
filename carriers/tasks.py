from datetime import datetime

from celery import shared_task
from django.utils import timezone

from carriers import services
from carriers.services.polls import Batch


@shared_task
def poll_due():
    """Claim what is due and hand it out, one task per account and batch."""
    for batch in services.poll_due():
        poll_batch.delay(batch.account_id, batch.shipment_ids, batch.claimed_until.isoformat())


@shared_task
def poll_batch(account_id, shipment_ids, claimed_until):
    services.poll_batch(Batch(account_id, tuple(shipment_ids), datetime.fromisoformat(claimed_until)))


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

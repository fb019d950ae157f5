"""Being told by carriers: verify the raw body, store it, answer at once; read it from the row afterwards."""

import logging
import re
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from carriers.base import Acknowledgement, Callback, Carrier, Headers
from carriers.errors import CallbackRejected, CarrierError, UnreadablePayload
from carriers.models import CallbackDelivery, CarrierAccount, DeliveryState
from carriers.services.accounts import adapter, note_unmapped
from carriers.services.polls import reschedule
from orders.events import TrackingUpdate
from orders.models import Notice, NoticeKind, Shipment, Source
from orders.services.record_events import record_events

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 5
KEPT_OF_AN_OVERSIZED = 16_000
# A header that may carry a secret is verified and then forgotten.
SECRET_HEADER = re.compile(r"auth|cookie|key|token|secret|credential|signature", re.IGNORECASE)

logger = logging.getLogger(__name__)


def receive_callback(
    account: CarrierAccount, body: bytes, headers: dict[str, str]
) -> tuple[Acknowledgement, int | None]:
    """Take in a callback: the reply the carrier wants, and the id of the delivery to process (None for a repeat).

    Raises CallbackRejected for one that cannot be shown to be the carrier's, UnreadablePayload for one that makes no
    sense. Both are kept, and shown in the admin.
    """
    callback = Callback(body, Headers(headers), tuple(account.callback_secrets))
    carrier = adapter(account)
    try:
        carrier.verify_callback(callback)
        carrier.parse_callback(callback)
    except CallbackRejected as error:
        keep_refused(account, body, headers, DeliveryState.REJECTED, str(error))
        raise
    except UnreadablePayload as error:
        keep_refused(account, body, headers, DeliveryState.UNREADABLE, str(error))
        raise
    return carrier.acknowledge(callback), _store(account, body, headers)


def keep_refused(account: CarrierAccount, body: bytes, headers: dict, state: DeliveryState, error: str) -> None:
    """Keep what was refused, once, with the reason."""
    digest = CallbackDelivery.digest_of(body)
    repeated = CallbackDelivery.objects.filter(account=account, digest=digest, state=state).update(
        repeats=F("repeats") + 1
    )
    if not repeated:
        _insert(account, body[:KEPT_OF_AN_OVERSIZED], headers, digest, state=state, error=error[:300], due_at=None)
    Notice.tell(account.merchant_id, NoticeKind.CALLBACK_REJECTED, str(account), error)


def process_delivery(delivery_id: int, now: datetime | None = None) -> bool:
    """Read a stored callback and record its news. True when it was this call that did it."""
    now = now or timezone.now()
    if not _claim(delivery_id, now):
        return False
    delivery = CallbackDelivery.objects.select_related("account__merchant").get(pk=delivery_id)
    try:
        numbers = _process(delivery, now)
    except CarrierError as error:
        _retry_or_give_up(delivery, str(error))
        return False
    except CallbackRejected as error:
        _close(delivery, DeliveryState.REJECTED, error=str(error))
        return False
    except Exception as error:  # recorded on the row, so that the queue behind it goes on
        logger.exception("Callback %s could not be processed", delivery_id)
        _retry_or_give_up(delivery, repr(error))
        return False
    _close(delivery, DeliveryState.PROCESSED, numbers=numbers, processed_at=now)
    return True


def waiting_deliveries(now: datetime | None = None, limit: int = 500) -> list[int]:
    """Callbacks that are due: their message was lost, their worker died, or they are to be tried again."""
    now = now or timezone.now()
    due = CallbackDelivery.objects.filter(due_at__lte=now).order_by("due_at")
    return list(due.values_list("pk", flat=True)[:limit])


def process_again(delivery_ids) -> int:
    """Put these callbacks back into the queue; rejected ones stay rejected."""
    again = CallbackDelivery.objects.filter(pk__in=delivery_ids).exclude(state=DeliveryState.REJECTED)
    return again.update(state=DeliveryState.WAITING, due_at=timezone.now(), attempts=0, error="")


def _store(account: CarrierAccount, body: bytes, headers: dict) -> int | None:
    digest = CallbackDelivery.digest_of(body)
    try:
        with transaction.atomic():
            return _insert(account, body, headers, digest).pk
    except IntegrityError:
        accepted = CallbackDelivery.objects.filter(account=account, digest=digest)
        accepted.exclude(state=DeliveryState.REJECTED).update(repeats=F("repeats") + 1)
        return None


def _insert(account: CarrierAccount, body: bytes, headers: dict, digest: str, **state) -> CallbackDelivery:
    told = {name: value[:300] for name, value in headers.items() if not SECRET_HEADER.search(name)}
    return CallbackDelivery.objects.create(
        merchant_id=account.merchant_id, account=account, digest=digest, body=body, headers=told, **state
    )


def _claim(delivery_id: int, now: datetime) -> bool:
    due = CallbackDelivery.objects.filter(pk=delivery_id, state=DeliveryState.WAITING, due_at__lte=now)
    return bool(due.update(due_at=now + LEASE, attempts=F("attempts") + 1))


def _process(delivery: CallbackDelivery, now: datetime) -> list[str]:
    """Record the news of one callback; return the tracking numbers it spoke of."""
    account = delivery.account
    carrier = adapter(account)
    callback = Callback(bytes(delivery.body), Headers(delivery.headers), tuple(account.callback_secrets))
    if carrier.handshake(callback):
        return []
    updates = carrier.parse_callback(callback)
    for update in updates:
        note_unmapped(account, carrier, update, now)
        _take_in(account, carrier, update, now)
    return [update.number for update in updates]


def _take_in(account: CarrierAccount, carrier: Carrier, update: TrackingUpdate, now: datetime) -> None:
    """Record the update for each parcel with its number; one that nobody knows stays on the delivery, for people."""
    parcels = Shipment.objects.filter(
        merchant_id=account.merchant_id, carrier=account.carrier, tracking_number=update.number
    )
    for shipment_id in parcels.values_list("pk", flat=True):
        record_events(shipment_id, update, source=Source.CALLBACK, now=now)
        shipment = Shipment.objects.select_related("promise").get(pk=shipment_id)
        # A push without a time is a hint, not news: ask for the rest at once.
        due = reschedule(shipment, now) if update.events else now
        Shipment.objects.filter(pk=shipment_id).update(next_poll_at=due)


def _retry_or_give_up(delivery: CallbackDelivery, error: str) -> None:
    if delivery.attempts < MOST_ATTEMPTS:
        CallbackDelivery.objects.filter(pk=delivery.pk).update(error=error[:300])
        return
    _close(delivery, DeliveryState.FAILED, error=error)
    Notice.tell(delivery.merchant_id, NoticeKind.PAYLOAD_UNREADABLE, str(delivery.account), error)


def _close(delivery: CallbackDelivery, state: DeliveryState, *, error="", **values) -> None:
    CallbackDelivery.objects.filter(pk=delivery.pk).update(state=state, error=error[:300], due_at=None, **values)

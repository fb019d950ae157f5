"""Being told by carriers: verify the raw body, store it, answer at once; read it from the row afterwards."""

import json
import logging
import re
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import batched

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from carriers.base import Acknowledgement, Callback, Headers
from carriers.errors import CallbackRejected, CarrierError, UnreadablePayload
from carriers.models import CallbackDelivery, CarrierAccount, Check, DeliveryState, UnmatchedNumber
from carriers.registry import carrier_class
from carriers.services.accounts import adapter, note_unmapped
from carriers.services.door import Examination, examine
from carriers.services.meanings import with_confirmed_meanings
from carriers.services.polls import schedule_of
from orders.events import TrackingUpdate
from orders.models import Notice, NoticeKind, Shipment, Source
from orders.services.record_events import record_events

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 5
KEPT_OF_AN_OVERSIZED = 16_000
A_DAY = timedelta(days=1)
# Whoever knows the address can send what he likes: so many that prove nothing are kept, the rest are counted.
REJECTED_KEPT_A_DAY = 200
BODY_KEPT = timedelta(days=90)
LONGEST_NUMBER = 64
# A header that may carry a secret: never shown.
SECRET_HEADER = re.compile(r"auth|cookie|key|token|secret|credential|sign|hmac", re.IGNORECASE)

TO_MEND = (DeliveryState.UNREADABLE, DeliveryState.REJECTED, DeliveryState.FAILED)

logger = logging.getLogger(__name__)


# At the door


def receive_callback(
    account: CarrierAccount, body: bytes, headers: dict[str, str], *, is_test: bool = False
) -> tuple[Acknowledgement, int | None]:
    """Take in a callback: the answer the carrier gets, and the id of the delivery to process.

    There is none to process for a repeat, and for one that was refused: that is kept, and shown with its reason.
    """
    started = time.monotonic()
    callback = Callback(body, Headers(headers), tuple(account.callback_secrets))
    carrier = adapter(account)
    examined = examine(carrier, callback)
    if examined.failed:
        answer = refusal(examined.status, examined.error)
        kept, to_process = _keep_refused(account, body, headers, examined, is_test), None
    else:
        answer = carrier.acknowledge(callback)
        kept = to_process = _store(account, body, headers, is_test)
    took = round((time.monotonic() - started) * 1000)
    CallbackDelivery.objects.filter(pk=kept).update(answered=answer.status, took_ms=took)
    return answer, to_process


def refusal(status: int, reason: str) -> Acknowledgement:
    """Plain JSON for the carrier's engineers."""
    return Acknowledgement(int(status), json.dumps({"error": reason}).encode(), "application/json")


# Reading what was stored


def process_delivery(delivery_id: int, now: datetime | None = None) -> bool:
    """Read a stored callback and record its news. True when it was this call that did it."""
    now = now or timezone.now()
    if not _claim(delivery_id, now):
        return False
    delivery = CallbackDelivery.objects.select_related("account__merchant").get(pk=delivery_id)
    try:
        numbers = _process(delivery, now)
    except UnreadablePayload as error:
        _close(delivery, DeliveryState.UNREADABLE, failed_check=Check.READABLE, error=str(error))
        Notice.tell(delivery.merchant_id, NoticeKind.PAYLOAD_UNREADABLE, str(delivery.account), str(error))
        return False
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


# Again


def process_again(delivery_ids: Iterable[int]) -> int:
    """Put these callbacks back into the queue; a rejected one only if it can be verified today. Return how many."""
    chosen = CallbackDelivery.objects.filter(pk__in=[*delivery_ids])
    rejected = list(chosen.filter(state=DeliveryState.REJECTED).values_list("pk", flat=True))
    queued = _queue(chosen.exclude(state=DeliveryState.REJECTED).exclude(body=b""))
    return queued + sum(map(_verify_again, rejected))


def process_all_again(account: CarrierAccount) -> int:
    """The same for all that the account could not read, verify or process."""
    to_mend = CallbackDelivery.objects.filter(account=account, state__in=TO_MEND)
    return process_again(to_mend.values_list("pk", flat=True))


def read_early_callbacks(shipment_ids: Iterable[int]) -> list[int]:
    """Queue the callbacks that spoke of these parcels before their order came in; return their ids."""
    parcels = Shipment.objects.filter(pk__in=[*shipment_ids])
    early = set()
    for merchant_id, carrier, number in parcels.values_list("merchant_id", "carrier", "tracking_number"):
        unmatched = UnmatchedNumber.objects.filter(
            account__merchant_id=merchant_id, account__carrier=carrier, number=number
        )
        early.update(unmatched.values_list("delivery_id", flat=True))
    _queue(CallbackDelivery.objects.filter(pk__in=early))
    return sorted(early)


def forget_old_bodies(now: datetime | None = None) -> int:
    """Empty the callbacks that were read long ago; return how many. What could not be read stays whole."""
    old = CallbackDelivery.objects.filter(
        state=DeliveryState.PROCESSED, received_at__lt=(now or timezone.now()) - BODY_KEPT
    ).exclude(body=b"")
    UnmatchedNumber.objects.filter(delivery__in=old).delete()
    return old.update(body=b"", headers={}, numbers=[])


# Keeping


def _store(account: CarrierAccount, body: bytes, headers: dict, is_test: bool) -> int | None:
    digest = CallbackDelivery.digest_of(body)
    try:
        with transaction.atomic():
            return _insert(account, body, headers, digest, is_test=is_test)
    except IntegrityError:
        return _again(account, digest)


def _again(account: CarrierAccount, digest: str) -> int | None:
    """Count the repeat of a callback. Its id if it could not be read the last time, but can be now."""
    known = _known(account, digest, DeliveryState.WAITING)
    known.update(repeats=F("repeats") + 1)
    readable_now = known.filter(state=DeliveryState.UNREADABLE).values_list("pk", flat=True).first()
    return readable_now if readable_now and _queue(known.filter(pk=readable_now)) else None


def _keep_refused(
    account: CarrierAccount, body: bytes, headers: dict, examined: Examination, is_test: bool
) -> int | None:
    """Keep what was refused, once, with the reason; the id of a new row."""
    state = DeliveryState.UNREADABLE if examined.failed is Check.READABLE else DeliveryState.REJECTED
    if not is_test:
        Notice.tell(account.merchant_id, NoticeKind.CALLBACK_REJECTED, str(account), examined.error)
    digest = CallbackDelivery.digest_of(body)
    if _known(account, digest, state).update(repeats=F("repeats") + 1):
        return None
    if state == DeliveryState.REJECTED and _is_flooded(account):
        return _count_unkept(account)
    if examined.failed is Check.SIZE:
        body = body[:KEPT_OF_AN_OVERSIZED]
    why = {"state": state, "failed_check": examined.failed, "error": examined.error[:300], "due_at": None}
    return _insert(account, body, headers, digest, is_test=is_test, **why)


def _known(account: CarrierAccount, digest: str, state: DeliveryState) -> QuerySet[CallbackDelivery]:
    """The same body: today's where it was rejected, else the one there can be."""
    same = CallbackDelivery.objects.filter(account=account, digest=digest)
    if state == DeliveryState.REJECTED:
        return same.filter(state=state, received_at__gt=timezone.now() - A_DAY)
    return same.exclude(state=DeliveryState.REJECTED)


def _is_flooded(account: CarrierAccount) -> bool:
    since = timezone.now() - A_DAY
    rejected = account.deliveries.filter(state=DeliveryState.REJECTED, received_at__gt=since)
    return rejected.count() >= REJECTED_KEPT_A_DAY


def _count_unkept(account: CarrierAccount) -> int | None:
    """One row a day counts those that are not kept."""
    if _known(account, "", DeliveryState.REJECTED).update(repeats=F("repeats") + 1):
        return None
    error = f"Over {REJECTED_KEPT_A_DAY} were rejected in a day: these are only counted."
    return _insert(account, b"", {}, "", state=DeliveryState.REJECTED, error=error, due_at=None)


def _insert(account: CarrierAccount, body: bytes, headers: dict, digest: str, **values) -> int:
    is_secret = _secrecy(account)
    told = {name: value[:300] for name, value in headers.items() if not is_secret(name)}
    if values.get("state") == DeliveryState.REJECTED:
        values["proof"] = {name: value[:4000] for name, value in headers.items() if is_secret(name)}
    return CallbackDelivery.objects.create(
        merchant_id=account.merchant_id, account=account, digest=digest, body=body, headers=told, **values
    ).pk


def _secrecy(account: CarrierAccount):
    own = carrier_class(account.carrier).callback_header.lower()
    return lambda name: name.lower() == own or bool(SECRET_HEADER.search(name))


def _queue(deliveries: QuerySet[CallbackDelivery]) -> int:
    return deliveries.update(**_WAITING, due_at=timezone.now())


_WAITING = {"state": DeliveryState.WAITING, "attempts": 0, "failed_check": "", "error": "", "proof": None}


def _verify_again(delivery_id: int) -> bool:
    """Queue a rejected callback if it passes the door today. Its headers were kept for that."""
    delivery = CallbackDelivery.objects.select_related("account__merchant").get(pk=delivery_id)
    callback = _callback(delivery)
    if CallbackDelivery.digest_of(callback.body) != delivery.digest:
        return False  # only its beginning was kept
    examined = examine(adapter(delivery.account), callback)
    if examined.failed not in (None, Check.READABLE):
        return False
    try:
        with transaction.atomic():
            return bool(_queue(CallbackDelivery.objects.filter(pk=delivery_id)))
    except IntegrityError:
        return False  # the carrier has sent it again meanwhile, and that one was taken in


def _callback(delivery: CallbackDelivery) -> Callback:
    headers = Headers({**delivery.headers, **(delivery.proof or {})})
    return Callback(bytes(delivery.body), headers, tuple(delivery.account.callback_secrets))


# Processing


def _claim(delivery_id: int, now: datetime) -> bool:
    due = CallbackDelivery.objects.filter(pk=delivery_id, state=DeliveryState.WAITING, due_at__lte=now)
    return bool(due.update(due_at=now + LEASE, attempts=F("attempts") + 1))


def _process(delivery: CallbackDelivery, now: datetime) -> list[str]:
    """Record the news of one callback; return the tracking numbers it spoke of."""
    account, callback = delivery.account, _callback(delivery)
    carrier = adapter(account)
    if carrier.handshake(callback):
        return []
    updates = [with_confirmed_meanings(account, update) for update in carrier.parse_callback(callback)]
    if not delivery.is_test:
        parcels = _match(delivery, {update.number for update in updates})
        for update in updates:
            note_unmapped(account, carrier, update, now)
            spoken_of = {"carrier": account.carrier, "tracking_number": update.number}
            _take_in(parcels.get(update.number, ()), update, spoken_of, delivery, now)
    return [update.number for update in updates]


def _match(delivery: CallbackDelivery, numbers: set[str]) -> dict[str, list[int]]:
    """The merchant's parcels with these numbers; the numbers of none are remembered until their order comes in."""
    delivery.unmatched.all().delete()
    parcels = _parcels(delivery.account, numbers)
    unmatched = {number for number in numbers - parcels.keys() if 0 < len(number) <= LONGEST_NUMBER}
    if not unmatched:
        return parcels
    kept = {"merchant_id": delivery.merchant_id, "account": delivery.account, "delivery": delivery}
    rows = [UnmatchedNumber(**kept, number=number) for number in unmatched]
    UnmatchedNumber.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    # Looked up again: the order may have come in between the two, and would have found no row.
    return parcels | _parcels(delivery.account, unmatched)


def _parcels(account: CarrierAccount, numbers: set[str]) -> dict[str, list[int]]:
    """The ids of the merchant's parcels at this carrier, by number."""
    own = Shipment.objects.filter(merchant_id=account.merchant_id, carrier=account.carrier)
    found = defaultdict(list)
    for some in batched(sorted(numbers), 500):
        for number, pk in own.filter(tracking_number__in=some).values_list("tracking_number", "pk"):
            found[number].append(pk)
    return dict(found)


def _take_in(
    shipment_ids: Iterable[int],
    update: TrackingUpdate,
    spoken_of: dict[str, str],
    delivery: CallbackDelivery,
    now: datetime,
) -> None:
    for shipment_id in shipment_ids:
        record_events(
            shipment_id,
            update,
            source=Source.CALLBACK,
            now=now,
            heard_at=delivery.received_at,
            spoken_of=spoken_of,
        )
        row = Shipment.objects.filter(pk=shipment_id, **spoken_of)
        for shipment in row.select_related("promise", "merchant"):
            # A push without a time is a hint, not news: ask for the rest at once.
            row.update(**(schedule_of(shipment, now) if update.events else {"next_poll_at": now}))


def _retry_or_give_up(delivery: CallbackDelivery, error: str) -> None:
    if delivery.attempts < MOST_ATTEMPTS:
        CallbackDelivery.objects.filter(pk=delivery.pk).update(error=error[:300])
        return
    _close(delivery, DeliveryState.FAILED, error=error)
    Notice.tell(delivery.merchant_id, NoticeKind.PAYLOAD_UNREADABLE, str(delivery.account), error)


def _close(delivery: CallbackDelivery, state: DeliveryState, *, error="", **values) -> None:
    CallbackDelivery.objects.filter(pk=delivery.pk).update(state=state, error=error[:300], due_at=None, **values)

"""Asking carriers: claim what is due, ask outside any transaction, take the news in by the one door."""

import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from carriers import budget
from carriers.base import Carrier, Parcel, Reply
from carriers.errors import CarrierError, CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from carriers.models import CarrierAccount
from carriers.polling import PollFacts, next_due
from carriers.registry import carrier_class
from carriers.services.accounts import adapter, note_answer, note_trouble, note_unmapped, note_unreadable
from orders.claims import claim_due
from orders.events import TrackingUpdate
from orders.models import Shipment, Source
from orders.promise.risk import RiskState
from orders.services.record_events import record_events
from orders.statuses import Status

LEASE = timedelta(minutes=5)
# Calls that one account may have on their way at a tick; its own limit is usually the lower one.
MOST_CALLS_A_TICK = 100

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """Shipments claimed for one call. `claimed_until` is the lease: whoever still finds it owns the claim."""

    account_id: int
    shipment_ids: tuple[int, ...]
    claimed_until: datetime


def poll_due(now: datetime | None = None) -> list[Batch]:
    """Claim what is due at every account that may be asked, within its limit, in batches of the carrier's size."""
    now = now or timezone.now()
    batches = []
    for account in _askable(now):
        batches += _claim(account, now)
    return batches


def poll_batch(batch: Batch, now: datetime | None = None) -> int:
    """Ask for one batch and take in what the carrier says; return how many parcels were answered.

    A batch whose claim has run out, or that was asked already, costs nothing.
    """
    now = now or timezone.now()
    shipments = list(_still_ours(batch).select_related("promise"))
    if not shipments:
        return 0
    account = CarrierAccount.objects.select_related("merchant").get(pk=batch.account_id)
    carrier = adapter(account)
    try:
        replies = carrier.fetch(_parcels(shipments))
    except CarrierError as error:
        note_trouble(account, error, now)
        _put_off(batch, shipments, error, now)
        return 0
    answered = [_take_in(account, carrier, shipment, replies, batch, now) for shipment in shipments]
    if any(answered):
        note_answer(account, now)
    return sum(answered)


def poll_now(shipment_ids: Iterable[int]) -> int:
    """Make these parcels due at once; return how many. For people who press the button."""
    return Shipment.objects.filter(pk__in=shipment_ids).update(next_poll_at=timezone.now(), poll_failures=0)


def reschedule(shipment: Shipment, now: datetime, **outcome) -> datetime | None:
    """When this parcel is due next, given what it is like now. `outcome` as in PollFacts."""
    return next_due(
        PollFacts(
            status=Status(shipment.status),
            risk=RiskState(shipment.risk),
            window=shipment.promise.window if shipment.promise else None,
            zone=shipment.zone,
            status_at=shipment.status_at,
            last_news_at=max(shipment.created_at, shipment.last_event_at or shipment.created_at),
            **outcome,
        ),
        now,
    )


def _askable(now: datetime) -> QuerySet[CarrierAccount]:
    free = Q(paused_until__isnull=True) | Q(paused_until__lte=now)
    return CarrierAccount.objects.filter(free, active=True, refused_at__isnull=True)


def _claim(account: CarrierAccount, now: datetime) -> list[Batch]:
    size = carrier_class(account.carrier).batch_size
    rows = Shipment.objects.filter(merchant_id=account.merchant_id, carrier=account.carrier)
    due = rows.filter(next_poll_at__lte=now).values_list("pk")[: size * MOST_CALLS_A_TICK]
    wanted = math.ceil(len(due) / size)
    calls = budget.take(account.pk, wanted, now) if wanted else 0
    if not calls:
        return []
    ids = claim_due(rows, "next_poll_at", now=now, lease=LEASE, limit=calls * size)
    return [Batch(account.pk, tuple(ids[at : at + size]), now + LEASE) for at in range(0, len(ids), size)]


def _parcels(shipments: list[Shipment]) -> list[Parcel]:
    """What to ask for, each number once."""
    told = {
        shipment.tracking_number: Parcel(
            shipment.tracking_number,
            shipment.destination_postcode,
            shipment.destination_country,
            shipment.courier,
        )
        for shipment in shipments
    }
    return [told[number] for number in sorted(told)]


def _still_ours(batch: Batch) -> QuerySet[Shipment]:
    return Shipment.objects.filter(pk__in=batch.shipment_ids, next_poll_at=batch.claimed_until)


def _take_in(
    account: CarrierAccount,
    carrier: Carrier,
    shipment: Shipment,
    replies: dict[str, Reply],
    batch: Batch,
    now: datetime,
) -> bool:
    """Read one parcel's reply and record it. True when the carrier answered as it should, found or not."""
    try:
        update = _read(carrier, replies, shipment.tracking_number)
        record_events(shipment.pk, update, source=Source.POLL, now=now)
        note_unmapped(account, carrier, update, now)
    except NumberNotFound as error:
        _finish(batch, shipment, now, not_found=True, error=str(error))
        return True
    except CarrierError as error:
        note_trouble(account, error, now)
        if isinstance(error, UnreadablePayload):
            note_unreadable(account, error)
        _put_off(batch, [shipment], error, now)
        return False
    except Exception as error:  # one parcel's fault must not cost its neighbours their news
        logger.exception("Shipment %s could not be polled", shipment.pk)
        _finish(batch, shipment, now, failures=shipment.poll_failures + 1, error=repr(error))
        return False
    _finish(batch, shipment, now)
    return True


def _read(carrier: Carrier, replies: dict[str, Reply], number: str) -> TrackingUpdate:
    if number not in replies:
        raise UnreadablePayload(f"did not answer for {number}", carrier=carrier.key)
    return of_this_parcel(carrier.parse(replies[number], number), number)


def of_this_parcel(updates: list[TrackingUpdate], number: str) -> TrackingUpdate:
    """The one update that speaks of this parcel; of several uses of a recycled number, the newest."""
    own = [update for update in updates if update.number == number] or updates
    if not own:
        return TrackingUpdate(number=number)
    dated = [update for update in own if update.as_of]
    return max(dated, key=lambda update: update.as_of) if dated else own[0]


def _put_off(batch: Batch, shipments: list[Shipment], error: CarrierError, now: datetime) -> None:
    """Ask again later: when the carrier says so, or ever more seldom."""
    for shipment in shipments:
        if isinstance(error, CarrierRefused):
            # Nothing is wrong with the parcel: it stays due, and is asked for when the account is mended.
            _save(batch, shipment, next_poll_at=now, poll_error=str(error)[:300])
        elif isinstance(error, CarrierUnavailable) and error.retry_after is not None:
            at = now + timedelta(seconds=error.retry_after)
            _save(batch, shipment, next_poll_at=at, poll_error=str(error)[:300])
        else:
            _finish(batch, shipment, now, failures=shipment.poll_failures + 1, error=str(error))


def _finish(batch: Batch, shipment: Shipment, now: datetime, *, failures=0, not_found=False, error="") -> None:
    shipment.refresh_from_db()
    due = reschedule(shipment, now, failures=failures, not_found=not_found)
    _save(batch, shipment, next_poll_at=due, polled_at=now, poll_failures=failures, poll_error=error[:300])


def _save(batch: Batch, shipment: Shipment, **values) -> None:
    """Write only while the claim is ours: a newer claim, or a "poll now", wins."""
    Shipment.objects.filter(pk=shipment.pk, next_poll_at=batch.claimed_until).update(**values)

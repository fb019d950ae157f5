"""Asking carriers: claim what is due, ask outside any transaction, take the news in by the one door.

An account is asked by one worker at a time, which takes turns: it claims parcels as the account's budget grants calls,
lets a few calls be on their way at once, and records what comes back. So a carrier that hangs holds up one turn and
nobody else, and while the breaker is half open one call goes out and no more.
"""

import logging
import math
import random
import threading
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from carriers import budget
from carriers.base import Carrier, Parcel, Reply
from carriers.errors import CarrierError, CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from carriers.models import CarrierAccount
from carriers.polling import PollFacts, is_urgent, next_due
from carriers.registry import ADAPTERS, carrier_class
from carriers.services.accounts import (
    Breaker,
    TurnTokens,
    adapter,
    note_answer,
    note_trouble,
    note_unmapped,
    note_unreadable,
)
from carriers.services.meanings import with_confirmed_meanings
from orders.claims import claim_due
from orders.events import TrackingUpdate
from orders.models import Shipment, Source
from orders.promise.risk import RiskState
from orders.promise.transit import distance
from orders.services.record_events import record_events
from orders.statuses import Status

# A turn ends after a while, so that accounts share the workers fairly; its lease outlives the calls it waits for.
TURN, TURN_LEASE = timedelta(seconds=20), timedelta(minutes=2)
LEASE = timedelta(minutes=5)
MOST_IN_FLIGHT = 16
# Parcels that are not urgent get this share of the calls, however many urgent ones there are.
FOR_THE_STALEST = 0.25
# While calls are on their way, look this often for a budget that has grown; a turn waits no longer for the next call.
PULSE, LONGEST_PAUSE = 0.25, 1.5

# Threads that may be at the database at once in a process: more would only queue there, on SQLite without any order.
DESKS = {"django.db.backends.sqlite3": 1}
MOST_DESKS = 4

# The fields that decide when a parcel is due.
MOVED_BY_NEWS = (
    "status",
    "risk",
    "promise",
    "zone",
    "status_at",
    "last_event_at",
    "created_at",
    "origin_country",
    "destination_country",
)

logger = logging.getLogger(__name__)


class Desks:
    """A semaphore with a queue: who came first is served first, so that no account waits while another goes on."""

    def __init__(self, count: int):
        self._free, self._queue, self._lock = count, deque(), threading.Lock()

    def __enter__(self):
        with self._lock:
            if self._free:
                self._free -= 1
                return
            called = threading.Event()
            self._queue.append(called)
        called.wait()

    def __exit__(self, *exception):
        with self._lock:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._free += 1


dice = random.SystemRandom()
desks = Desks(DESKS.get(settings.DATABASES["default"]["ENGINE"], MOST_DESKS))


@dataclass(frozen=True, slots=True)
class Turn:
    """An account claimed for asking. `claimed_until` is the lease: whoever still finds it owns the turn."""

    account_id: int
    claimed_until: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """Shipments claimed for one call, by the same kind of lease."""

    account_id: int
    shipment_ids: tuple[int, ...]
    claimed_until: datetime


# Turns


def poll_due(now: datetime | None = None, **only) -> list[Turn]:
    """Claim a turn for every account (`only` some, by their fields) that has parcels due and may be asked."""
    now = now or timezone.now()
    free = CarrierAccount.objects.filter(active=True, refused_at__isnull=True, next_turn_at__lte=now, **only)
    waiting = [account.pk for account in free if _may_be_asked(account, now) and _due(account, now).exists()]
    rows = CarrierAccount.objects.filter(pk__in=waiting)
    claimed = claim_due(rows, "next_turn_at", now=now, lease=TURN_LEASE, limit=len(waiting))
    return [Turn(pk, now + TURN_LEASE) for pk in claimed]


def _may_be_asked(account: CarrierAccount, now: datetime) -> bool:
    """Not one whose carrier only pushes, nor one that nobody speaks to any more."""
    has_api = account.carrier in ADAPTERS and carrier_class(account.carrier).api
    return bool(has_api) and budget.is_askable(account, now)


def take_turn(turn: Turn) -> int:
    """Ask for what is due at this account, as its budget allows; return how many parcels were answered.

    A turn whose claim has run out, or that was taken already, costs nothing.
    """
    rows = CarrierAccount.objects.filter(pk=turn.account_id, next_turn_at=turn.claimed_until)
    account = rows.select_related("merchant").first()
    if account is None:
        return 0
    asking = _Asking(account)
    try:
        asking.go_on_until(time.monotonic() + TURN.total_seconds())
    finally:
        rows.update(next_turn_at=timezone.now() + asking.until_the_next_call)
    return asking.answered


class _Asking:
    """One turn at work: this thread claims and records, a few others only speak to the carrier."""

    def __init__(self, account: CarrierAccount):
        self.account = account
        self.tokens = TurnTokens(account)
        self.carrier = adapter(account, self.tokens)
        self.claimed: deque[tuple[Batch, list[Shipment]]] = deque()
        self.on_their_way: dict[Future, tuple[Batch, list[Shipment]]] = {}
        self.answered = 0
        self.until_the_next_call = timedelta()

    @property
    def _room(self) -> int:
        """One call finds out whether the carrier answers, and gets the token, before others follow."""
        return MOST_IN_FLIGHT if self.answered else 1

    def go_on_until(self, end: float) -> None:
        with ThreadPoolExecutor(MOST_IN_FLIGHT, thread_name_prefix="poll") as callers:
            try:
                while self._fill(callers, end) or self.on_their_way:
                    self._record_what_came()
            finally:
                _release(batch for batch, _shipments in self.claimed)

    def _fill(self, callers: ThreadPoolExecutor, end: float) -> bool:
        """Send as many calls as may be on their way; False when there is nothing more to send in this turn."""
        now = timezone.now()
        if time.monotonic() >= end or not budget.is_askable(self.account, now):
            return False
        with desks:
            if not self.claimed:
                self.claimed.extend(_with_shipments(claim_batches(self.account, self._room, now)))
        while self.claimed and len(self.on_their_way) < self._room:
            batch, shipments = self.claimed.popleft()
            call = callers.submit(self.carrier.fetch, _parcels(shipments))
            self.on_their_way[call] = batch, shipments
        return bool(self.claimed or self.on_their_way) or self._wait_for_a_call(now)

    def _wait_for_a_call(self, now: datetime) -> bool:
        """With parcels due but no call left: wait for the next one if it comes soon, else end the turn."""
        if not _due(self.account, now).exists():
            return False
        pause = budget.seconds_a_call(self.account)
        if pause > LONGEST_PAUSE:
            self.until_the_next_call = timedelta(seconds=pause)
            return False
        time.sleep(pause)
        return True

    def _record_what_came(self) -> None:
        done, _late = wait(self.on_their_way, timeout=PULSE, return_when=FIRST_COMPLETED)
        with desks:
            for call in done:
                batch, shipments = self.on_their_way.pop(call)
                self.answered += _record(self.account, self.carrier, batch, shipments, call.result)
            self.tokens.keep()


# Batches


def claim_batches(account: CarrierAccount, calls: int, now: datetime) -> list[Batch]:
    """Claim what is due for so many calls, fewer if the budget grants fewer: the urgent first, then the stalest."""
    size = carrier_class(account.carrier).batch_size
    if Breaker.of(account, now) is Breaker.HALF_OPEN:
        calls = 1
    urgent, others = (_due(account, now, urgent)[: calls * size].count() for urgent in (True, False))
    wanted = min(calls, math.ceil((urgent + others) / size))
    granted = budget.take(account.pk, wanted, now, urgent=urgent > 0) if wanted else 0
    if not granted:
        return []
    limit = granted * size
    kept = min(others, int(limit * FOR_THE_STALEST + dice.random()))
    ids = _claim(account, True, now, limit - kept)
    ids += _claim(account, False, now, limit - len(ids))
    return [Batch(account.pk, tuple(ids[at : at + size]), now + LEASE) for at in range(0, len(ids), size)]


def poll_batch(batch: Batch, now: datetime | None = None) -> int:
    """Ask for one batch and take in what the carrier says; return how many parcels were answered.

    A batch whose claim has run out, or that was asked already, costs nothing.
    """
    shipments = list(_still_ours(batch).select_related("promise", "merchant"))
    if not shipments:
        return 0
    account = CarrierAccount.objects.select_related("merchant").get(pk=batch.account_id)
    carrier = adapter(account)
    return _record(account, carrier, batch, shipments, lambda: carrier.fetch(_parcels(shipments)), now)


def poll_now(shipment_ids: Iterable[int]) -> int:
    """Make these parcels due at once, before all others; return how many. For people who press the button."""
    rows = Shipment.objects.filter(pk__in=shipment_ids)
    return rows.update(next_poll_at=timezone.now(), poll_failures=0, poll_urgent=True)


def schedule_of(shipment: Shipment, now: datetime, **outcome) -> dict:
    """When this parcel is due next, and whether it then goes first, as fields of its row. `outcome` as in PollFacts."""
    facts = _facts(shipment, **outcome)
    return {"next_poll_at": next_due(facts, now), "poll_urgent": is_urgent(facts, now)}


def _facts(shipment: Shipment, **outcome) -> PollFacts:
    merchant = shipment.merchant
    way = distance(shipment.origin_country or merchant.country, shipment.destination_country)
    return PollFacts(
        status=Status(shipment.status),
        risk=RiskState(shipment.risk),
        window=shipment.promise.window if shipment.promise else None,
        zone=shipment.zone,
        shop_zone=merchant.time_zone,
        customs=way == "world",
        status_at=shipment.status_at,
        last_news_at=max(shipment.label_since, shipment.last_event_at or shipment.label_since),
        dice=dice.random(),
        **outcome,
    )


def _due(account: CarrierAccount, now: datetime, urgent: bool | None = None) -> QuerySet[Shipment]:
    urgent = (True, False) if urgent is None else (urgent,)
    return _rows(account).filter(poll_urgent__in=urgent, next_poll_at__lte=now)


def _rows(account: CarrierAccount) -> QuerySet[Shipment]:
    return Shipment.objects.filter(merchant_id=account.merchant_id, carrier=account.carrier)


def _claim(account: CarrierAccount, urgent: bool, now: datetime, limit: int) -> list[int]:
    rows = _rows(account).filter(poll_urgent=urgent)
    return claim_due(rows, "next_poll_at", now=now, lease=LEASE, limit=limit)


def _with_shipments(batches: list[Batch]) -> list[tuple[Batch, list[Shipment]]]:
    """Each batch with its shipments, all read at once."""
    ids = [pk for batch in batches for pk in batch.shipment_ids]
    found = Shipment.objects.select_related("promise", "merchant").in_bulk(ids) if ids else {}
    return [(batch, [found[pk] for pk in batch.shipment_ids if pk in found]) for batch in batches]


def _release(batches: Iterable[Batch]) -> None:
    """What was claimed and not asked for is due again at once."""
    for batch in batches:
        _still_ours(batch).update(next_poll_at=timezone.now())


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


def _record(
    account: CarrierAccount, carrier: Carrier, batch: Batch, shipments: list[Shipment], fetched, now=None
) -> int:
    """Take in the replies that `fetched` returns, or what it raises; return how many parcels were answered."""
    try:
        replies = fetched()
    except NumberNotFound as error:  # too little is known of these parcels to ask: no fault of the account's
        now = now or timezone.now()
        for shipment in shipments:
            _finish(batch, shipment, now, not_found=True, error=str(error))
        return 0
    except CarrierError as error:
        now = now or timezone.now()
        note_trouble(account, error, now, dice.random())
        _put_off(batch, shipments, error, now)
        return 0
    except Exception as error:  # a fault in an adapter must not end the turn, nor be tried for ever at once
        logger.exception("%s could not be asked", account)
        _put_off(batch, shipments, CarrierError(repr(error), carrier=carrier.key), now or timezone.now())
        return 0
    now = now or timezone.now()
    answered = [_take_in(account, carrier, shipment, replies, batch, now) for shipment in shipments]
    if any(answered):
        note_answer(account, now)
    return sum(answered)


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
        update = with_confirmed_meanings(account, _read(carrier, replies, shipment.tracking_number))
        record_events(shipment.pk, update, source=Source.POLL, now=now, spoken_of=_asked_for(shipment))
        note_unmapped(account, carrier, update, now)
    except NumberNotFound as error:
        _finish(batch, shipment, now, not_found=True, error=str(error))
        return True
    except CarrierError as error:
        note_trouble(account, error, now, dice.random())
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


def _asked_for(shipment: Shipment) -> dict[str, str]:
    """By what the carrier was asked: a parcel that was corrected meanwhile is none of it."""
    return {name: getattr(shipment, name) for name in ("carrier", "tracking_number", "courier")}


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
    # What was recorded has moved it; its merchant is still the same.
    moved = Shipment.objects.select_related("promise").only(*MOVED_BY_NEWS).get(pk=shipment.pk)
    moved.merchant = shipment.merchant
    due = schedule_of(moved, now, failures=failures, not_found=not_found)
    _save(batch, shipment, **due, polled_at=now, poll_failures=failures, poll_error=error[:300])


def _save(batch: Batch, shipment: Shipment, **values) -> None:
    """Write only while the claim is ours: a newer claim, or a "poll now", wins."""
    Shipment.objects.filter(pk=shipment.pk, next_poll_at=batch.claimed_until).update(**values)

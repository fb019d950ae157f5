"""How well carriers keep what was promised: the first promise against the first attempt to deliver.

A parcel belongs to the week in which its first promise ends, by the calendar of its destination: a week that is over
does not change any more, but for what was still on its way. "Attempt" is a delivery, a failed attempt, or the parcel
lying ready where the shopper picks it up, whichever came first. What a corrected wrong carrier told does not count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from statistics import median

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from orders.models import Merchant, Promise
from orders.statuses import Status
from orders.windows import zone_named

# Without an attempt there was no promise left to miss.
GIVEN_UP = (Status.RETURNING, Status.RETURNED, Status.CANCELLED)
HOUR = timedelta(hours=1)
USUAL_PERIOD = timedelta(weeks=12)


@dataclass(frozen=True, slots=True, order=True)
class Lane:
    """What is scored together; `week` is an ISO 8601 week such as "2026-W48"."""

    carrier: str
    origin: str
    destination: str
    service: str
    week: str


@dataclass(frozen=True, slots=True)
class Score:
    """`open` are still in time; `uncounted` were called off, sent back unattempted or never scanned at all.

    `hours_early` is the median over the kept from the attempt to the end of the promise, `hours_late` over the missed
    from that end to the attempt, or to now where there was none yet.
    """

    lane: Lane
    kept: int
    missed: int
    open: int
    uncounted: int
    hours_early: float | None
    hours_late: float | None

    @property
    def parcels(self) -> int:
        """Those of which it is known whether the promise was kept."""
        return self.kept + self.missed

    @property
    def share(self) -> float | None:
        """Of the parcels, how many came in time; None while nothing is known."""
        return self.kept / self.parcels if self.parcels else None


def score(merchant: Merchant, since: date, until: date, now: datetime | None = None) -> list[Score]:
    """A row per carrier, lane, service and week for the first promises that end on these days, both included."""
    now = now or timezone.now()
    told = sorted(_told(merchant, since, until, now), key=lambda row: row[0])
    return [_score(lane, [row[1:] for row in rows]) for lane, rows in groupby(told, key=lambda row: row[0])]


def usual_period(merchant: Merchant, since: date | None, until: date | None) -> tuple[date, date]:
    """Where nobody says: until today at the shop, and since twelve weeks before."""
    until = until or timezone.now().astimezone(zone_named(merchant.time_zone)).date()
    return since or until - USUAL_PERIOD, until


def _told(merchant: Merchant, since: date, until: date, now: datetime) -> Iterator[tuple[Lane, str, float]]:
    """For each parcel its lane, what came of its promise, and by how many hours."""
    for promise in first_promises(merchant, since, until).iterator(chunk_size=2000):
        yield _lane(merchant, promise), *_outcome(promise, now)


def first_promises(merchant: Merchant, since: date, until: date) -> QuerySet[Promise]:
    earlier = Promise.objects.valid().filter(shipment=OuterRef("shipment"), id__lt=OuterRef("id"))
    ended = Promise.objects.valid().filter(merchant=merchant, latest__range=(since, until))
    return ended.exclude(Exists(earlier)).select_related("shipment").order_by("id")


def _lane(merchant: Merchant, promise: Promise) -> Lane:
    parcel = promise.shipment
    year, week, _day = promise.latest.isocalendar()
    origin = parcel.origin_country or merchant.country
    return Lane(parcel.carrier, origin, parcel.destination_country, parcel.service, f"{year}-W{week:02}")


def _outcome(promise: Promise, now: datetime) -> tuple[str, float]:
    parcel, ends_at = promise.shipment, promise.window.ends_at(promise.zone)
    attempt = parcel.first_attempt_at
    if attempt is None and (parcel.status in GIVEN_UP or (parcel.last_event_at is None and now >= ends_at)):
        return "uncounted", 0.0
    hours = (ends_at - (attempt or now)) / HOUR
    if hours <= 0:
        return "missed", -hours
    return ("kept" if attempt else "open"), hours


def _score(lane: Lane, outcomes: list[tuple[str, float]]) -> Score:
    hours = {name: [by for what, by in outcomes if what == name] for name in ("kept", "missed", "open", "uncounted")}
    return Score(
        lane,
        **{name: len(rows) for name, rows in hours.items()},
        hours_early=_median(hours["kept"]),
        hours_late=_median(hours["missed"]),
    )


def _median(hours: list[float]) -> float | None:
    return round(median(hours), 1) if hours else None

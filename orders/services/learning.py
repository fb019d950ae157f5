"""Learning from a merchant's closed parcels, and lending what was learned to the estimate.

A parcel is closed by its first attempt to deliver. It is judged by its first promise, as the shop's score is; an open
parcel is estimated against its current one.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby, pairwise
from operator import itemgetter

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from orders.models import LearnedTransit, Merchant, Promise, Shipment, TrackingEvent
from orders.models.order import plain_postcode
from orders.promise.learned import ENOUGH, Learned, study
from orders.promise.parcels import ClosedParcel, lanes_of
from orders.promise.transit import working_days_between
from orders.statuses import Status
from orders.windows import PromisedWindow

PAGE = 2000
HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)
# Transactions end in another order than they begin: what was learned in this time may still be joined by others.
SETTLING = timedelta(minutes=10)
VERSION = "own-1"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Study:
    """One run: how many parcels were read, and how long that took."""

    parcels: int
    seconds: float

    @property
    def seconds_per_million(self) -> float:
        return self.seconds / self.parcels * 1e6 if self.parcels else 0.0


def learn(merchant: Merchant, now: datetime | None = None, *, anew: bool = False) -> Study:
    """Learn from the parcels that closed since the last time, or `anew` from all of them."""
    now, began = now or timezone.now(), time.perf_counter()
    row = LearnedTransit.objects.filter(merchant=merchant).first() or LearnedTransit(merchant=merchant)
    if anew:
        row.settled, row.mark_at, row.mark_id = {}, None, 0
    row.learned_at, row.learned_until = now, now - SETTLING
    settled = Learned.from_json(row.settled)
    read = settled.parcels
    learned, last = study(settled, closed_parcels(merchant, row.mark_at, row.mark_id, until=row.learned_until))
    if last:
        row.settled, row.mark_at, row.mark_id = settled.to_json(), last.known, last.key
    row.model, row.parcels, row.late = learned.to_json(), learned.parcels, learned.late
    row.model_version = f"{VERSION} {now:%Y-%m-%dT%H:%M:%S}"
    row.seconds = time.perf_counter() - began
    row.save()
    return Study(learned.parcels - read, row.seconds)


def learn_due(now: datetime | None = None) -> int:
    """Learn for every shop of which parcels closed since the last time; return how many. One fault stops no other."""
    now = now or timezone.now()
    shops = Merchant.objects.filter(_has_news()).order_by("id")
    for shop in shops:
        try:
            learn(shop, now)
        except Exception:
            logger.exception("Nothing could be learned from the parcels of %s; it is tried again.", shop)
    return len(shops)


def learned_for(merchant_id: int) -> tuple[Learned | None, str]:
    """What this shop's parcels taught and the version of that; None while they are too few to go by."""
    known = LearnedTransit.objects.filter(merchant=merchant_id, parcels__gte=ENOUGH)
    version = known.values_list("pk", "model_version").first()
    return (_loaded(*version), version[1]) if version else (None, "")


@lru_cache(maxsize=16)
def _loaded(pk: int, version: str) -> Learned:
    """A worker reads each version once."""
    return Learned.from_json(LearnedTransit.objects.values_list("model", flat=True).get(pk=pk))


def _has_news() -> Q:
    """Shops with an outcome that the last run did not know."""
    closed = Shipment.objects.filter(merchant=OuterRef("pk"), outcome_at__isnull=False)
    news = closed.filter(outcome_at__gt=OuterRef("learned_transit__learned_until"))
    return Q(Exists(news)) | Q(Exists(closed), learned_transit=None)


# Reading the parcels: three queries for a page of them.


def closed_parcels(
    merchant: Merchant, after: datetime | None, after_id: int, *, until: datetime
) -> Iterator[ClosedParcel]:
    """The parcels whose outcome became known after the mark and by then, in that order."""
    while page := list(_page(merchant, after, after_id, until)):
        yield from _parcels(merchant, page)
        after, after_id = page[-1].outcome_at, page[-1].id


def _page(merchant: Merchant, after: datetime | None, after_id: int, until: datetime):
    rows = merchant.shipments.filter(outcome_at__lte=until, first_attempt_at__isnull=False)
    if after:
        rows = rows.filter(Q(outcome_at__gt=after) | Q(outcome_at=after, id__gt=after_id), outcome_at__gte=after)
    return rows.order_by("outcome_at", "id").values_list(*COLUMNS, named=True)[:PAGE]


def _parcels(merchant: Merchant, page) -> Iterator[ClosedParcel]:
    ids = [row.id for row in page]
    windows = _first_windows(ids)
    scans = _scans(ids)
    for row in page:
        if row.id in windows:
            yield _parcel(row, windows[row.id], scans.get(row.id, ()), row.origin_country or merchant.country)


def _first_windows(ids: list[int]) -> dict[int, PromisedWindow]:
    """What each was promised first."""
    columns = ("shipment_id", "earliest", "latest", "from_time", "to_time", "zone")
    promises = Promise.objects.valid().filter(shipment__in=ids).order_by("-id").values_list(*columns)
    return {shipment: PromisedWindow(*window) for shipment, *window in promises}


def _scans(ids: list[int]) -> dict[int, list[tuple[datetime, str, str]]]:
    columns = ("shipment_id", "occurred_at", "status", "city")
    rows = TrackingEvent.objects.valid().filter(shipment__in=ids).order_by("shipment_id", "occurred_at", "id")
    told = rows.values_list(*columns).iterator(chunk_size=PAGE)
    return {shipment: [row[1:] for row in rows] for shipment, rows in groupby(told, key=itemgetter(0))}


def _parcel(row, window: PromisedWindow, scans, origin: str) -> ClosedParcel:
    on_the_way = [scan for scan in scans if scan[0] < row.first_attempt_at]
    opened = min([row.corrected_at or row.created_at, row.first_attempt_at, *(at for at, _, _ in on_the_way[:1])])
    postcode = plain_postcode(row.destination_postcode)
    return ClosedParcel(
        key=row.id,
        lanes=lanes_of(row.carrier, row.service, origin, row.destination_country, postcode),
        promised=(window.ends_at(row.zone) - opened) / HOUR,
        took=(row.first_attempt_at - opened) / HOUR,
        known=row.outcome_at,
        scans=tuple(_told(on_the_way, opened)),
        silent_days=_longest_silence(on_the_way, row),
    )


def _told(scans, opened: datetime) -> Iterator[tuple[float, str, str]]:
    """In hours; a scan that nobody could read leaves the status as it was."""
    headline = Status.UNKNOWN.value
    for at, status, city in scans:
        headline = headline if status == Status.UNKNOWN else status
        yield (at - opened) / HOUR, headline, city


def _longest_silence(scans, row) -> int:
    """In working days of the destination, from the first scan to the attempt."""
    moments = [*(at for at, _, _ in scans), row.first_attempt_at]
    gaps = [(after - before, before, after) for before, after in pairwise(moments)]
    if not gaps or max(gaps)[0] < ONE_DAY:
        return 0
    _, before, after = max(gaps)
    return working_days_between(before, after, row.zone, row.destination_country)


COLUMNS = (
    "id",
    "carrier",
    "service",
    "origin_country",
    "destination_country",
    "destination_postcode",
    "zone",
    "created_at",
    "corrected_at",
    "first_attempt_at",
    "outcome_at",
)

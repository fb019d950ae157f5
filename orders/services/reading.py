"""Reading a merchant's closed parcels: three queries for a page of them.

A parcel is closed by its first attempt to deliver, and judged by its first promise, as the shop's score is. One that
was late and then given up, or that never came, is closed as well: all that is known is how long it had not come.

A year's history is millions of rows. So they come as tuples, and instants as the database's own text, which is read ten
times as fast as the ORM reads them. SQLite's text names no zone and PostgreSQL's does: `_instant` makes them alike
where they meet other instants. A long history is read by a process of its own.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from itertools import groupby, pairwise
from operator import itemgetter

from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast, Coalesce

from orders.models import Merchant, Promise, TrackingEvent
from orders.models.order import plain_postcode
from orders.promise.parcels import ClosedParcel, lanes_of
from orders.promise.transit import working_days_between
from orders.services.beside import read_beside
from orders.statuses import Status
from orders.windows import PromisedWindow

PAGE = 2000
# From so many parcels on, a process of its own is worth the second it needs to start.
MANY = 20_000
HOUR, DAY_OF_HOURS = timedelta(hours=1), 24.0
UNREADABLE = Status.UNKNOWN.value
read = datetime.fromisoformat


def closed_parcels(
    merchant: Merchant, after: datetime | None, after_id: int, until: datetime
) -> Iterator[ClosedParcel]:
    """The parcels whose outcome became known after the mark and by then, in that order."""
    is_long = _ended(merchant, after, after_id, until)[MANY : MANY + 1].exists()
    read = partial(read_beside, pages) if is_long and not connection.in_atomic_block else pages
    for page in read(merchant, after, after_id, until):
        yield from page


def pages(merchant: Merchant, after: datetime | None, after_id: int, until: datetime) -> Iterator[list[ClosedParcel]]:
    """The same, a page at a time."""
    while rows := list(_columns_of(_ended(merchant, after, after_id, until))):
        last_id, *_, last = rows[-1]
        shipments = _ended(merchant, after, after_id, last).filter(Q(outcome_at__lt=last) | Q(id__lte=last_id))
        promised, scans = _first_promises(shipments), _scans(shipments)
        made = (_parcel(row, promised.get(row[0]), scans.get(row[0], []), merchant.country) for row in rows)
        yield [parcel for parcel in made if parcel]
        if len(rows) < PAGE:
            return
        after, after_id = last, last_id


def _ended(merchant: Merchant, after: datetime | None, after_id: int, until: datetime) -> QuerySet:
    rows = merchant.shipments.filter(outcome_at__lte=until)
    if after:
        rows = rows.filter(Q(outcome_at__gt=after) | Q(outcome_at=after, id__gt=after_id), outcome_at__gte=after)
    return rows


def _text(name: str) -> Cast:
    return Cast(name, TextField())


def _columns_of(rows: QuerySet) -> QuerySet:
    opened = _text(Coalesce("corrected_at", "created_at"))
    return rows.order_by("outcome_at", "id").values_list(
        "id",
        "carrier",
        "service",
        "origin_country",
        "destination_country",
        "destination_postcode",
        "zone",
        opened,
        _text("first_attempt_at"),
        "outcome_at",
    )[:PAGE]


def _first_promises(shipments: QuerySet) -> dict[int, tuple]:
    """The end of what each was promised first: day, time of day if any, zone."""
    promises = Promise.objects.valid().filter(shipment__in=shipments).order_by("-id")
    told = promises.values_list("shipment_id", _text("latest"), _text("to_time"), "zone")
    return {shipment: end for shipment, *end in told}


def _scans(shipments: QuerySet) -> dict[int, list[tuple]]:
    rows = TrackingEvent.objects.valid().filter(shipment__in=shipments).order_by("shipment_id", "occurred_at", "id")
    told = rows.values_list("shipment_id", _text("occurred_at"), "status", "city")
    return {shipment: list(scans) for shipment, scans in groupby(told, key=itemgetter(0))}


def _parcel(row: tuple, promised: list | None, scans: list[tuple], home: str) -> ClosedParcel | None:
    """None where nothing was promised, or what was promised first was not yet missed when it was given up."""
    key, carrier, service, origin, destination, postcode, zone, opened, attempt, known = row
    if promised is None:
        return None
    ended = read(attempt) if attempt else _alike(known, opened)
    opened = min(read(opened), ended, *(read(text) for _, text, _, _ in scans[:1]))
    took = (ended - opened) / HOUR
    told = tuple(_told(scans, opened, took))
    began = _instant(opened)
    hours = (_end(*promised, zone) - began) / HOUR
    if not attempt and took <= hours:
        return None
    return ClosedParcel(
        key=key,
        lanes=_lanes(carrier, service, origin or home, destination, postcode),
        promised=hours,
        took=took,
        known=known,
        scans=told,
        silent_days=_longest_silence([at for at, _, _ in told], took, began, zone, destination),
        arrived=bool(attempt),
    )


def _instant(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _alike(instant: datetime, text: str) -> datetime:
    """The aware instant as `read` would have it from such a text."""
    return instant if read(text).tzinfo else instant.astimezone(UTC).replace(tzinfo=None)


@lru_cache(maxsize=4096)
def _lanes(carrier: str, service: str, origin: str, destination: str, postcode: str) -> tuple[str, ...]:
    return lanes_of(carrier, service, origin, destination, plain_postcode(postcode))


@lru_cache(maxsize=4096)
def _end(latest: str, to_time: str | None, own_zone: str, zone: str) -> datetime:
    day, until = date.fromisoformat(latest), to_time and time.fromisoformat(to_time)
    return PromisedWindow(day, day, None, until, own_zone).ends_at(zone)


def _told(scans: list, opened: datetime, took: float) -> Iterator[tuple[float, str, str]]:
    """Those before the attempt, in hours; a scan that nobody could read leaves the status as it was."""
    headline = UNREADABLE
    for _, text, status, city in scans:
        hours = (read(text) - opened) / HOUR
        if hours >= took:
            return
        headline = headline if status == UNREADABLE else status
        yield hours, headline, city


def _longest_silence(scanned: list[float], took: float, opened: datetime, zone: str, country: str) -> int:
    """In working days of the destination, from the first scan to the attempt."""
    gaps = [(after - before, before) for before, after in pairwise([*scanned, took])]
    longest, since = max(gaps, default=(0.0, 0.0))
    if longest < DAY_OF_HOURS:
        return 0
    began = opened + since * HOUR
    return working_days_between(began, began + longest * HOUR, zone, country)

"""Reading what a carrier sent without trusting its shape.

Absent, null, empty and misplaced all read as nothing; only a document that is not one at all is an error.
"""

import logging
import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, timezone
from math import isfinite
from typing import NamedTuple

from carriers.base import Callback, Carrier, Reply
from carriers.errors import UnreadablePayload
from orders.events import Location, ParcelEvent
from orders.windows import PromisedWindow, zone_named

log = logging.getLogger(__name__)

# Carriers say "nobody knows" with the first or the last year their computers can write.
CREDIBLE_YEARS = range(1990, 2079)
UTC_OFFSETS = range(-12 * 60, 14 * 60 + 1, 15)  # minutes
DEEPEST = 60  # levels: no carrier needs a third of them
# PostgreSQL stores no NUL, and UTF-8 has no lone surrogates.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def document(carrier: Carrier, body: Reply | Callback) -> dict:
    """The JSON object in this body, safe to store.

    Raises UnreadablePayload for anything else, or what the HTTP status means where that already says more.
    """
    return _json(carrier, body, dict, "a JSON object")


def listing(carrier: Carrier, body: Reply | Callback) -> list[dict]:
    """The objects of the JSON list in this body, safe to store; an object that stands there alone is a list of one."""
    told = _json(carrier, body, (list, dict), "a JSON list")
    return members({"": told}, "")


def part(node, *path) -> dict:
    """The object at this path, or an empty one."""
    found = _at(node, path)
    return found if isinstance(found, dict) else {}


def text(node, *path) -> str:
    """The text at this path with its spaces tidied; numbers as they are written; "" for anything else."""
    found = _at(node, path)
    if isinstance(found, dict):
        found = found.get("#text")  # of an XML element that has attributes
    if isinstance(found, str):
        return " ".join(found.split())
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return str(found) if is_number else ""


def members(node, *path) -> list[dict]:
    """The objects listed at this path; one that stands there alone is a list of one."""
    found = _at(node, path)
    if isinstance(found, dict):
        return [found] if found else []
    return [member for member in found if isinstance(member, dict)] if isinstance(found, list) else []


def texts(node, *path) -> list[str]:
    """The texts listed at this path, those that are empty left out."""
    found = _at(node, path)
    told = (text(member) for member in (found if isinstance(found, list) else [found]))
    return [member for member in told if member]


def location(city: str = "", postcode: str = "", country: str = "") -> Location:
    """A place; a country that is no alpha-2 code is none, because zones and holidays are looked up by it."""
    country = country.upper()
    return Location(city[:120], postcode[:16], country if re.fullmatch("[A-Z]{2}", country) else "")


# Instants


class Instant(NamedTuple):
    at: datetime
    zone_known: bool = True


def instant(told: str, zone: str) -> Instant | None:
    """The ISO 8601 time told, in `zone` where it names none itself; None where it cannot be read."""
    try:
        at = datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", told))
    except ValueError:
        return None
    return in_zone(at, zone)


def in_zone(at: datetime, zone: str) -> Instant | None:
    """This time as an instant: in its own zone, else in the given one; None for a year that cannot be meant."""
    if at.year not in CREDIBLE_YEARS:
        return None
    if at.utcoffset() is not None:
        return Instant(at)
    return Instant(at.replace(tzinfo=zone_named(zone)), zone_known=False)


def clock_reading(day: str, hour: str) -> datetime | None:
    """The naive time of "20240320" and "190838", "19:08:38" or "74700"."""
    try:
        return datetime.strptime(f"{day} {hour.replace(':', '').zfill(6)}", "%Y%m%d %H%M%S")  # noqa: DTZ007
    except ValueError:
        return None


def offset_between(local: datetime, at_utc: datetime) -> timezone | None:
    """The offset that makes this naive local time the same instant as that naive UTC time; None if none can."""
    minutes = round((local - at_utc).total_seconds() / 60)
    return timezone(timedelta(minutes=minutes)) if minutes in UTC_OFFSETS else None


def readable(carrier: Carrier, events: Iterable[ParcelEvent | None]) -> tuple[ParcelEvent, ...]:
    """The events without those that had no readable time (None); the log says how many that were."""
    told = tuple(events)
    kept = tuple(event for event in told if event is not None)
    if len(kept) < len(told):
        log.warning("%s: left out %d of %d scans: no readable time", carrier.key, len(told) - len(kept), len(told))
    return kept


def is_over(events: Iterable[ParcelEvent]) -> bool:
    """True when the newest event is final: what was promised before no longer matters."""
    newest = max(events, key=lambda event: (event.occurred_at, event.status.rank), default=None)
    return newest is not None and newest.status.is_final


# Promises


class LocalMoment(NamedTuple):
    day: date
    hour: time | None  # None where only the day was meant


def local_moment(told: str) -> LocalMoment | None:
    """The local day and hour as they are written, whatever offset follows.

    Midnight is how a time stamp spells a day without an hour, and a minute to midnight is the end of that day.
    """
    try:
        at = datetime.fromisoformat(re.sub(r"\s*(Z|[+-]\d\d:?\d\d)$", "", told))
    except ValueError:
        return None
    if at.year not in CREDIBLE_YEARS:
        return None
    hour = at.time().replace(microsecond=0)
    return LocalMoment(at.date(), None if hour in (time(0, 0), time(23, 59), time(23, 59, 59)) else hour)


def window(begins: LocalMoment | None, ends: LocalMoment | None, zone: str) -> PromisedWindow | None:
    """The window between the two; either may be missing. None where it would end before it begins."""
    first, last = begins or ends, ends or begins
    if first is None or last.day < first.day:
        return None
    from_time = begins.hour if begins else None
    to_time = ends.hour if ends else None
    if first.day == last.day and from_time and to_time and to_time < from_time:
        from_time = to_time = None
    return PromisedWindow(first.day, last.day, from_time, to_time, zone or None)


def _at(node, path):
    for step in path:
        if not isinstance(node, dict):
            return None
        node = node.get(step)
    return node


def _json(carrier: Carrier, body: Reply | Callback, kind, name: str):
    try:
        told = _storable(body.json())
        if isinstance(told, kind):
            return told
        start = body.body[:60].decode("utf-8", "replace")
        raise UnreadablePayload(f"expected {name}, got {start!r}", reply=body)
    except RecursionError as error:
        raise UnreadablePayload(f"the JSON is {error}", carrier=carrier.key, reply=body) from error
    except UnreadablePayload as error:
        if isinstance(body, Reply):
            carrier.check(body)
        error.carrier = carrier.key
        raise


def _storable(node, levels: int = DEEPEST):
    """This value without what no database takes. Raises RecursionError below the deepest level a carrier needs."""
    if levels == 0:
        raise RecursionError(f"nested more than {DEEPEST} levels deep")
    if isinstance(node, dict):
        return {UNSTORABLE.sub("", key): _storable(value, levels - 1) for key, value in node.items()}
    if isinstance(node, list):
        return [_storable(value, levels - 1) for value in node]
    if isinstance(node, str):
        return UNSTORABLE.sub("", node)
    is_number = not isinstance(node, float) or isfinite(node)
    return node if is_number else None

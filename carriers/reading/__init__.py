"""Reading what a carrier sent without trusting its shape.

Absent, null, empty and misplaced all read as nothing; only a document that is not one at all is an error.
"""

import logging
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import NamedTuple

from carriers.base import Callback, Carrier, Reply
from carriers.errors import UnreadablePayload
from orders.events import Location, ParcelEvent
from orders.reasons import Reason
from orders.statuses import FINAL, Status
from orders.windows import PromisedWindow, zone_named

log = logging.getLogger(__name__)

# Carriers say "nobody knows" with the first or the last year their computers can write.
CREDIBLE_YEARS = range(1990, 2079)
UTC_OFFSETS = range(-12 * 60, 14 * 60 + 1, 15)  # minutes
NO_HOURS = (time(0, 0), time(23, 59), time(23, 59, 59))  # a day's edges
OFFSET = re.compile(r"\s*(Z|[+-]\d\d:?\d\d)$")
MILLISECONDS_FROM = 100_000_000_000  # as seconds, a year beyond all carriers
LONG = 6000  # bytes of a body
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
    return found if type(found) is dict else {}


def text(node, *path) -> str:
    """The text at this path with its spaces tidied; numbers as they are written; "" for anything else."""
    # The innermost loop of every adapter: exact types, and no call for each step.
    for step in path:
        if type(node) is not dict:
            return ""
        node = node.get(step)
    if type(node) is str:
        return node if node.isalnum() else " ".join(node.split())
    if node is None:
        return ""
    if type(node) is dict:
        return text(node.get("#text"))  # of an XML element that has attributes
    return str(node) if type(node) is int or type(node) is float else ""


def members(node, *path) -> list[dict]:
    """The objects listed at this path; one that stands there alone is a list of one."""
    found = _at(node, path)
    if type(found) is list:
        return [member for member in found if type(member) is dict]
    return [found] if found and type(found) is dict else []


def texts(node, *path) -> list[str]:
    """The texts listed at this path, those that are empty left out."""
    found = _at(node, path)
    told = (text(member) for member in (found if isinstance(found, list) else [found]))
    return [member for member in told if member]


def location(city: str = "", postcode: str = "", country: str = "") -> Location:
    """A place; a country that is no alpha-2 code is none, because zones and holidays are looked up by it."""
    is_code = len(country) == 2 and country.isascii() and country.isalpha()
    return Location(city[:120], postcode[:16], country.upper() if is_code else "")


# Instants

type Zone = str | Callable[[], str]  # its name, or what finds it where it is wanted


class Instant(NamedTuple):
    at: datetime
    zone_known: bool = True


def instant(told: str, zone: Zone) -> Instant | None:
    """The ISO 8601 time told, in `zone` where it names none itself; None where it cannot be read."""
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return _spaced(told, zone)
    return in_zone(at, zone)


def _spaced(told: str, zone: Zone) -> Instant | None:
    """The same for "15:18:10 -0500": a space before the offset is no ISO 8601."""
    joined = re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", told)
    return instant(joined, zone) if joined != told else None


def in_zone(at: datetime, zone: Zone) -> Instant | None:
    """This time as an instant: in its own zone, else in the given one; None for a year that cannot be meant."""
    if at.year not in CREDIBLE_YEARS:
        return None
    if at.tzinfo is not None:
        return Instant(at)
    name = zone if isinstance(zone, str) else zone()
    return Instant(at.replace(tzinfo=zone_named(name)), zone_known=False)


def epoch(told: str) -> Instant | None:
    """The instant of seconds, or milliseconds, since 1970."""
    if not (told.isascii() and told.isdecimal() and len(told) <= 15):
        return None
    seconds = int(told) / 1000 if int(told) >= MILLISECONDS_FROM else int(told)
    try:
        return in_zone(datetime.fromtimestamp(seconds, UTC), "UTC")
    except (ValueError, OverflowError, OSError):
        return None


def clock_reading(day: str, hour: str) -> datetime | None:
    """The naive time of "20240320" and "190838", "19:08:38" or "74700"."""
    digits = f"{day}{hour.replace(':', '').zfill(6)}"
    if len(digits) != 14 or not (digits.isascii() and digits.isdecimal()):
        return None
    try:
        return datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}")
    except ValueError:
        return None


def offset_between(local: datetime, at_utc: datetime) -> timezone | None:
    """The offset that makes this naive local time the same instant as that naive UTC time; None if none can."""
    minutes = round((local - at_utc).total_seconds() / 60)
    return timezone(timedelta(minutes=minutes)) if minutes in UTC_OFFSETS else None


def event_of(
    scan: dict,
    happened: Instant,
    status: Status,
    code: str,
    words: str = "",
    *,
    place: Location = Location(),  # noqa: B008 - it never changes
    reason: Reason | None = None,
    event_id: str = "",
    carrier: str = "",
) -> ParcelEvent:
    """The event that this scan tells of, its texts cut to what is stored."""
    told_zone = happened.zone_known
    return ParcelEvent(
        status, happened.at, code[:80], words[:500], place, reason, event_id, told_zone, carrier[:80], scan
    )


def readable(carrier: Carrier, events: Iterable[ParcelEvent | None]) -> tuple[ParcelEvent, ...]:
    """The events without those that had no readable time (None); the log says how many that were."""
    told = tuple(events)
    kept = tuple(event for event in told if event is not None)
    if len(kept) < len(told):
        log.warning("%s: left out %d of %d scans: no readable time", carrier.key, len(told) - len(kept), len(told))
    return kept


def is_over(events: Iterable[ParcelEvent]) -> bool:
    """True when the newest event that says anything is final: what was promised before no longer matters."""
    telling = [event for event in events if event.status is not Status.UNKNOWN]
    if not any(event.status in FINAL for event in telling):
        return False
    return max(telling, key=lambda event: (event.occurred_at, event.status.rank)).status.is_final


# Promises


class LocalMoment(NamedTuple):
    day: date
    hour: time | None  # None where only the day was meant


def local_moment(told: str) -> LocalMoment | None:
    """The local day and hour as they are written, whatever offset follows.

    Midnight is how a time stamp spells a day without an hour, and a minute to midnight is the end of that day.
    """
    try:
        at = datetime.fromisoformat(OFFSET.sub("", told))
    except ValueError:
        return None
    if at.year not in CREDIBLE_YEARS:
        return None
    hour = at.time().replace(microsecond=0)
    return LocalMoment(at.date(), None if hour in NO_HOURS else hour)


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
        if type(node) is not dict:
            return None
        node = node.get(step)
    return node


def _json(carrier: Carrier, body: Reply | Callback, kind, name: str):
    try:
        return _storable_json(body, kind, name)
    except UnreadablePayload as error:
        if isinstance(body, Reply):
            carrier.check(body)
        error.carrier = carrier.key
        raise


def _storable_json(body: Reply | Callback, kind, name: str):
    told = body.json()
    if not isinstance(told, kind):
        start = body.body[:60].decode("utf-8", "replace")
        raise UnreadablePayload(f"expected {name}, got {start!r}", reply=body)
    if _may_be_too_deep(body.body) and _is_too_deep(told):
        raise UnreadablePayload(f"the JSON is nested more than {DEEPEST} levels deep", reply=body)
    is_suspect = b"\\u" in body.body or b"\xed" in body.body  # how any of what cannot be stored begins
    return _storable(told) if is_suspect else told


def _may_be_too_deep(body: bytes) -> bool:
    """Whether enough objects and lists begin in the body; in a long one counting them saves no time."""
    return len(body) > LONG or body.count(b"{") + body.count(b"[") > DEEPEST


def _is_too_deep(told: dict | list) -> bool:
    level = [told]
    for _ in range(DEEPEST):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True


def _storable(node):
    """This value without what no database takes."""
    if isinstance(node, dict):
        return {UNSTORABLE.sub("", key): _storable(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_storable(value) for value in node]
    return UNSTORABLE.sub("", node) if isinstance(node, str) else node

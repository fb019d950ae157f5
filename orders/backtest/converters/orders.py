"""A merchant's own history as CSV: one line for each scan, in any order. `docs/backtest.md` describes the columns.

    shipment,lane,ordered_at,promised_at,delivered_at,scanned_at,status,planned_at

Several lanes, from the widest to the narrowest, are parted by ">". Other columns are ignored. A shipment without
delivery was on its way until the last scan of the file: late if its promise had passed by then, left out if not.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby

from orders.promise.trips import Scan, Trip

HOUR = timedelta(hours=1)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def trips(lines: Iterable[dict[str, str]]) -> Iterator[Trip]:
    numbered = sorted(enumerate(lines, start=2), key=lambda one: one[1]["shipment"])
    heard = [_instant(line, "scanned_at", number) for number, line in numbered if line["scanned_at"]]
    until = max(heard, default=EPOCH)
    for key, group in groupby(numbered, key=lambda one: one[1]["shipment"]):
        trip = _trip(key, list(group), until)
        if trip.arrived or trip.is_late:
            yield trip


def _trip(key: str, numbered: list[tuple[int, dict[str, str]]], until: datetime) -> Trip:
    number, first = numbered[0]
    ordered = _instant(first, "ordered_at", number)
    ended = _instant(first, "delivered_at", number) if first["delivered_at"] else until
    return Trip(
        key=key,
        lanes=_lanes(first["lane"]),
        promised=(_instant(first, "promised_at", number) - ordered) / HOUR,
        took=(ended - ordered) / HOUR,
        scans=tuple(sorted(_scans(ordered, numbered), key=lambda scan: scan.hours)),
        opened=(ordered - EPOCH) / HOUR,
        known=(ended - EPOCH) / HOUR,
        arrived=bool(first["delivered_at"]),
    )


def _lanes(text: str) -> tuple[str, ...]:
    """Lanes named by all that is wider: "DHL > DE-FI" is the lane "DHL" and the lane "DHL > DE-FI" of it."""
    names = [name.strip() for name in text.split(">") if name.strip()]
    return tuple(" > ".join(names[: depth + 1]) for depth in range(len(names)))


def _scans(ordered: datetime, numbered: list[tuple[int, dict[str, str]]]) -> Iterator[Scan]:
    for number, line in numbered:
        if line["scanned_at"]:
            at = _instant(line, "scanned_at", number)
            planned = line.get("planned_at") and _instant(line, "planned_at", number)
            yield Scan((at - ordered) / HOUR, line["status"], (at - planned) / HOUR if planned else None)


def _instant(line: dict[str, str], column: str, number: int) -> datetime:
    try:
        instant = datetime.fromisoformat(line[column])
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError(
            f"line {number}: {column} is {line[column]!r}. Give a time with its zone: 2026-03-05T14:30:00+01:00."
        )
    return instant

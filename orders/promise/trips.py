"""A shipment as its history tells it, and what was known of it at any moment of the way.

Everything is in hours since the shipment set out, so that a merchant's parcels and a published data set look alike.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

START = "start"
# The clock looks again at these hours before the promise, beside every event.
SWEEPS = (720, 480, 336, 240, 192, 168, 144, 120, 96, 84, 72, 60, 48, 36, 24, 12)

# Hours are cut at these when a row is weighed: what looks alike is scored once. The sweeps are among them.
CUTS = (
    *(0, 2, 4, 6, 9, 12, 15, 18, 21, 24, 30, 36, 42, 48, 54, 60, 66, 72, 78, 84, 90, 96, 108, 120, 132, 144, 156),
    *(168, 180, 192, 204, 216, 228, 240, 264, 288, 312, 336, 384, 432, 480, 600, 720, 960, 1440, 2160, 4320, 8760),
)
LATENESS_CUTS = (-240, -120, -72, -48, -24, -12, -6, -3, -1, 1, 3, 6, 12, 24, 48, 72, 120, 240)


class Scan(NamedTuple):
    """News of a shipment: the state it is in from now on, how late this was by the plan, if any, and its kind."""

    hours: float
    state: str
    lateness: float | None = None
    moment: str = "scan"


@dataclass(frozen=True, slots=True)
class Trip:
    """A shipment whose lateness is settled: it arrived, or it was still on its way after its promise.

    `lanes` name what it has in common with others, from the widest to the narrowest.
    """

    key: str
    lanes: tuple[str, ...]
    promised: float
    took: float
    scans: tuple[Scan, ...]
    opened: float  # on the history's own clock
    known: float  # when its outcome was known
    arrived: bool = True  # if not, `took` is how long it had been on its way when last heard of

    @property
    def is_late(self) -> bool:
        return self.took > self.promised


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of a shipment at one moment: nothing that happened later."""

    lanes: tuple[str, ...]
    moment: str
    state: str
    promised: float
    left: float
    silence: float
    lateness: float | None


def row_at(trip: Trip, hours: float, moment: str = "") -> Row:
    seen = [scan for scan in trip.scans if scan.hours <= hours]
    last = seen[-1] if seen else Scan(0.0, START, moment=START)
    return Row(
        lanes=trip.lanes,
        moment=moment or last.moment,
        state=last.state,
        promised=trip.promised,
        left=round(trip.promised - hours, 6),
        silence=hours - last.hours,
        lateness=last.lateness,
    )


def rows(trip: Trip) -> Iterator[Row]:
    """Every moment at which an alert could still help: the start, each scan and each sweep before the promise."""
    yield row_at(trip, 0.0, START)
    moments = [(scan.hours, "") for scan in trip.scans]
    moments += [(trip.promised - left, sweep(left)) for left in SWEEPS]
    for hours, moment in sorted(moments):
        if 0 < hours < min(trip.took, trip.promised):
            yield row_at(trip, hours, moment)


def sweep(left: float) -> str:
    return f"P-{left:g}h"


def stays(trip: Trip) -> Iterator[tuple[str, float]]:
    """Each state with the hours from its scan to the end; the start with the whole way."""
    yield START, trip.took
    for scan in trip.scans:
        if scan.hours < trip.took:
            yield scan.state, trip.took - scan.hours


def rounded(row: Row) -> Row:
    """The row with its hours cut down to the last of CUTS."""
    return replace(
        row,
        promised=_cut(CUTS, row.promised),
        left=_cut(CUTS, row.left),
        silence=_cut(CUTS, row.silence),
        lateness=None if row.lateness is None else _cut(LATENESS_CUTS, row.lateness),
    )


def _cut(cuts: tuple[float, ...], hours: float) -> float:
    return cuts[max(bisect_right(cuts, hours) - 1, 0)]

"""Cargo 2000 tracking and tracing (UCI 382): air freight with planned and actual milestones, in case order.

Activities 1 to 12 are received, departed, arrived and delivered of up to three inbound legs, 13 to 16 those of the
outbound leg. The set has no dates, so the case number is the clock, and an outcome counts as known GAP cases later.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from orders.promise.trips import Scan, Trip

GAP = 60
MINUTES = 60.0
STEPS = ("received", "departed", "arrived", "delivered")
OUTBOUND = 3


def trips(lines: Iterator[dict[str, str]]) -> Iterator[Trip]:
    for number, (case, milestones) in enumerate(groupby(lines, key=itemgetter("CaseID"))):
        yield _trip(number, case, list(milestones))


def _trip(number: int, case: str, milestones: list[dict[str, str]]) -> Trip:
    in_order = sorted(milestones, key=lambda milestone: float(milestone["Timestamp"]))
    origin, destination = _airport(in_order, "14"), _airport(in_order[::-1], "15")
    return Trip(
        key=case,
        lanes=(f"from {origin}", f"to {destination}", f"{origin} to {destination}"),
        promised=float(milestones[0]["PlannedEndTimestamp"]) / MINUTES,
        took=float(milestones[0]["EndTimestamp"]) / MINUTES,
        scans=tuple(_scans(in_order)),
        opened=number,
        known=number + GAP,
    )


def _scans(in_order: list[dict[str, str]]) -> Iterator[Scan]:
    """The state after each milestone: which step it was, and how many inbound legs are still to be delivered."""
    open_legs = {_leg(milestone) for milestone in in_order} - {OUTBOUND}
    departures = 0
    for milestone in in_order:
        step = STEPS[(int(milestone["ActivityID"]) - 1) % len(STEPS)]
        if _leg(milestone) != OUTBOUND:
            if step == "delivered":
                open_legs.discard(_leg(milestone))
            state, moment = f"in {step}, {len(open_legs)} open", f"inbound {step}"
        else:
            departures += step == "departed"
            state, moment = f"out {step} {departures}", f"outbound {step}"
        at, planned = float(milestone["Timestamp"]), float(milestone["PlannedTimestamp"])
        yield Scan(at / MINUTES, state, (at - planned) / MINUTES, moment)


def _leg(milestone: dict[str, str]) -> int:
    return (int(milestone["ActivityID"]) - 1) // len(STEPS)


def _airport(in_order: list[dict[str, str]], activity: str) -> str:
    """The route as booked: where the outbound leg first departs, and where it last arrives."""
    return next((m["AirportCode"] for m in in_order if m["ActivityID"] == activity and m["AirportCode"]), "?")

"""What closed shipments taught: how often a lane is late, and how long the rest of the way takes from each state."""

import math
from collections.abc import Sequence

from orders.promise.logistic import logit
from orders.promise.parcels import carrier_of
from orders.promise.survival import BORROWED, LifeTable, longer, quantile
from orders.promise.transit import published_late_share
from orders.promise.trips import START, Row, Trip, stays

EVERYWHERE = ""
# Shipments on a lane before it speaks for itself.
FEWEST = 1
# Beyond these odds a count of parcels says no more.
FARTHEST_ODDS = 5.0
QUARTER_DAY = 6.0
# Shipments' worth of the published late share that a history starts from.
PRIOR = 10.0


class History:
    """Counts, added shipment by shipment."""

    def __init__(self) -> None:
        self.life = LifeTable()
        self.late: dict[str, list[int]] = {}  # lane -> [shipments, late ones]
        self.rest: dict[str, list[float]] = {}  # state -> [stays, hours]
        self._curves: dict[tuple, list[float]] = {}

    def learn(self, trip: Trip) -> None:
        self._curves.clear()
        lanes, stayed = (EVERYWHERE, *trip.lanes), list(stays(trip))
        for lane in lanes:
            counts = self.late.setdefault(lane, [0, 0])
            counts[0] += 1
            counts[1] += trip.is_late
        for state, hours in stayed:
            rest = self.rest.setdefault(state, [0, 0.0])
            rest[0] += 1
            rest[1] += hours
        self.life.add(stayed, lanes, ended=trip.arrived)

    def late_share(self, lanes: Sequence[str]) -> float:
        share, borrowed = published_late_share(carrier_of(lanes)), PRIOR
        for lane in (EVERYWHERE, *lanes):
            shipments, late = self.late.get(lane, (0, 0))
            share, borrowed = (late + borrowed * share) / (shipments + borrowed), BORROWED
        return share

    def curve(self, state: str, lanes: Sequence[str] = ()) -> list[float]:
        """How long stays in this state last, on these lanes; the whole way if this state was never seen."""
        asked = (state, *lanes)
        if asked not in self._curves:
            known = state if self.life.knows(state, EVERYWHERE) else START
            self._curves[asked] = self.life.curve(known, (EVERYWHERE, *lanes))
        return self._curves[asked]

    def telling(self, lanes: Sequence[str]) -> tuple[str, ...]:
        """The lanes with enough shipments to say more than the wider ones do."""
        return tuple(lane for lane in lanes if self.late.get(lane, (0, 0))[0] >= FEWEST)

    def usual_rest(self, state: str) -> float:
        stays_seen, hours = self.rest.get(state) or self.rest.get(START) or (1, 0.0)
        return hours / stays_seen

    def facts(self, row: Row) -> tuple[float, ...]:
        """The row as numbers, in the order of FACTS."""
        lanes = self.telling(row.lanes)
        here = self.curve(row.state, lanes)
        return (
            _log(row.left),
            _log(row.silence),
            signed_log(row.lateness),
            _log(row.promised),
            _log(self.usual_rest(row.state)),
            logit(self.late_share(row.lanes)),
            _held(longer(self.curve(START, lanes), 0.0, row.promised)),
            _held(longer(here, row.silence, row.left)),
            _held(longer(self.curve(row.state), row.silence, row.left)),
        )

    def longer(self, row: Row, hours: float) -> float:
        """P(such a shipment takes more than these hours from now)."""
        return longer(self.curve(row.state, self.telling(row.lanes)), row.silence, hours)

    def within(self, row: Row, share: float) -> float:
        """The hours from now within which this share of such shipments arrive."""
        return quantile(self.curve(row.state, self.telling(row.lanes)), row.silence, share)


FACTS = ("left", "silence", "lateness", "promised", "usual_rest", "late_share", "whole", "rest_here", "rest_anywhere")
(LEFT, SILENCE, LATENESS, PROMISED, USUAL_REST, LATE_SHARE, WHOLE, REST_HERE, REST_ANYWHERE) = range(len(FACTS))


def _log(hours: float) -> float:
    return math.log(max(hours, 1.0))


def signed_log(hours: float | None) -> float:
    """Hours early or late by the plan; without one, on time."""
    return math.copysign(math.log1p(abs(hours) / QUARTER_DAY), hours) if hours else 0.0


def _held(probability: float) -> float:
    return min(max(logit(probability), -FARTHEST_ODDS), FARTHEST_ODDS)

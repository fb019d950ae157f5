"""The estimator: will this shipment miss its promise, and when will it come? Pure, in plain Python.

`History` holds what closed shipments taught, `Logistic` weighs it, `Line` keeps it calibrated. A model learns shipment
by shipment and is refitted from time to time on the latest ones.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orders.promise.calibration import Levels, Line, Outcome
from orders.promise.history import (
    EVERYWHERE,
    LATE_SHARE,
    LATENESS,
    LEFT,
    PROMISED,
    REST_HERE,
    SILENCE,
    USUAL_REST,
    WHOLE,
    History,
    signed_log,
)
from orders.promise.logistic import FARTHEST, Logistic, chance
from orders.promise.trips import CUTS, LATENESS_CUTS, Row, rounded

PRODUCTS = (
    (LEFT, REST_HERE),
    (LEFT, LATENESS),
    (LEFT, USUAL_REST),
    (LEFT, WHOLE),
    (LEFT, LATE_SHARE),
    (LEFT, LEFT),
    (REST_HERE, REST_HERE),
    (REST_HERE, WHOLE),
    (REST_HERE, LATE_SHARE),
    (USUAL_REST, SILENCE),
)
# Facts that stand still between two scans, and are multiplied with none of each other in PRODUCTS.
STANDING = (LATENESS, PROMISED, WHOLE)
# Drift makes older shipments worth less than the time they take.
LATEST = 3000
FEWEST = 60


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment of a closed shipment: the facts as they were known then, and how it ended."""

    facts: tuple[float, ...]
    is_late: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The evidence behind a probability, as data for words to be made of."""

    probability: float
    lane: str  # the narrowest lane that spoke; none: all of the merchant's shipments
    shipments: int  # closed ones on that lane; none at all: published figures decided
    late_shipments: int
    needs_longer: float  # the share of them that, from this state and silence, took longer than is left
    silence: float
    lateness: float | None


class RiskModel:
    def __init__(self, history: History | None = None) -> None:
        self.history = history or History()
        self.logistic = Logistic(PRODUCTS)
        self.line = Line()
        self.levels: dict[str, Levels] = {}

    def refit(self, samples: Sequence[Sample]) -> None:
        """Weigh the facts anew; a history of only one kind of ending teaches nothing."""
        if len({sample.is_late for sample in samples}) == 2:
            rows, late, weights = zip(*((s.facts, s.is_late, s.weight) for s in samples), strict=True)
            self.logistic.fit(rows, late, weights)

    def recalibrate(self, outcomes: Sequence[Outcome]) -> None:
        self.line = Line.through(outcomes)

    def log_odds(self, facts: Sequence[float]) -> float:
        """Before calibration. Until there are weights, the rest of the way on this lane alone decides."""
        return self.logistic.log_odds(facts) if self.logistic.weights else facts[REST_HERE]

    def probability(self, row: Row) -> float:
        return chance(self.line(row.moment, self.log_odds(self.history.facts(rounded(row)))))

    def interval(self, row: Row) -> tuple[float, float]:
        """The hours from now between which such shipments arrive."""
        levels = self.levels.get(row.moment, Levels())
        return self.history.within(row, levels.low), self.history.within(row, levels.high)

    def explain(self, row: Row) -> Explanation:
        lanes = self.history.telling(row.lanes)
        lane = lanes[-1] if lanes else EVERYWHERE
        shipments, late = self.history.late.get(lane, (0, 0))
        longer = self.history.longer(row, row.left)
        return Explanation(self.probability(row), lane, shipments, late, longer, row.silence, row.lateness)


class Sweep:
    """Scores many shipments at once, with the same results as `RiskModel.probability`.

    Between two scans only the clock moves. What moves with it is worked out once for each lane, state, time left and
    silence; the facts that stand still then cost a multiplication each. A sweep serves until its model learns more.
    """

    def __init__(self, model: RiskModel) -> None:
        self.model = model
        self.moving: dict[tuple, tuple[float, ...]] = {}
        self.standing: dict[tuple, tuple[float, float]] = {}
        self.lateness = [signed_log(hours) for hours in (LATENESS_CUTS[0], *LATENESS_CUTS)]

    def probabilities(self, rows: Iterable[Row]) -> list[float]:
        moving, standing, lateness = self.moving, self.standing, self.lateness
        moments, place, exp = self.model.line.moments, bisect_right, math.exp
        scored = []
        for row in rows:
            lane = row.lanes[-1] if row.lanes else EVERYWHERE
            key = (lane, row.state, place(CUTS, row.left), place(CUTS, row.silence))
            odds, by_lateness, by_promised, by_whole = moving.get(key) or self._move(key, row)
            key = (lane, place(CUTS, row.promised))
            promised, whole = standing.get(key) or self._stand(key, row)
            odds += by_promised * promised + by_whole * whole + moments.get(row.moment, 0.0)
            if row.lateness is not None:
                odds += by_lateness * lateness[place(LATENESS_CUTS, row.lateness)]
            scored.append(1 / (1 + exp(-odds if odds > -FARTHEST else FARTHEST)))
        return scored

    def _move(self, key: tuple, row: Row) -> tuple[float, ...]:
        """The log odds with the standing facts at nought, and what one of each adds."""
        facts = list(self.model.history.facts(rounded(row)))
        for fact in STANDING:
            facts[fact] = 0.0
        base = self._odds(facts)
        self.moving[key] = base, *(self._odds([*facts[:fact], 1.0, *facts[fact + 1 :]]) - base for fact in STANDING)
        return self.moving[key]

    def _odds(self, facts: Sequence[float]) -> float:
        return self.model.line("", self.model.log_odds(facts))

    def _stand(self, key: tuple, row: Row) -> tuple[float, float]:
        facts = self.model.history.facts(rounded(row))
        self.standing[key] = facts[PROMISED], facts[WHOLE]
        return self.standing[key]

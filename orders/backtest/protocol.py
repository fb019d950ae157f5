"""Replaying history as it happened: each moment is scored by a model that knows only what was known by then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from orders.promise.alerting import Course, Policy, choose
from orders.promise.calibration import Levels, Outcome
from orders.promise.logistic import chance
from orders.promise.model import FEWEST, LATEST, RiskModel, Sample
from orders.promise.trips import Row, Trip, rounded, rows

REFITS = 20
# Calibration and thresholds follow the drift: from this many of the latest closed shipments.
RECENT = 400


@dataclass(slots=True)
class Scored:
    """One moment of one shipment, and what the model said about it then."""

    row: Row
    facts: tuple[float, ...]
    log_odds: float
    probability: float
    low: float
    high: float
    place: float

    def rest(self, trip: Trip) -> float:
        """The hours it then took."""
        return trip.took - (trip.promised - self.row.left)


@dataclass(slots=True)
class Journey:
    """A shipment with everything the model said along its way, and the policies in force when it set out."""

    trip: Trip
    scored: list[Scored]
    by_fitted_model: bool
    policies: dict[tuple[float, float], Policy] = field(default_factory=dict)

    def speaks(self, aim: tuple[float, float], scored: Scored) -> bool:
        """Whether the policy in force for this aim would have alerted at this moment."""
        policy = self.policies.get(aim)
        return policy is not None and scored.probability >= policy.threshold(scored.row.left)


def replay(trips: Sequence[Trip], aims: Sequence[tuple[float, float]], progress: Callable = lambda *_: None):
    """The journeys in the order the shipments set out. Aims are (minimum lead, precision)."""
    return _Replay(aims, sorted(trips, key=lambda trip: trip.opened), progress).run()


class _Replay:
    def __init__(self, aims, trips, progress) -> None:
        self.aims, self.trips, self.progress = aims, trips, progress
        self.model = RiskModel()
        self.policies: dict[tuple[float, float], Policy] = {}
        self.journeys: list[Journey] = []
        self.closed: list[Journey] = []
        self.to_close = sorted(range(len(trips)), key=lambda place: trips[place].known, reverse=True)
        self.fitted = False

    def run(self) -> tuple[list[Journey], RiskModel]:
        every = max(len(self.trips) // REFITS, FEWEST // 2)
        for number, trip in enumerate(self.trips):
            self.close_before(trip.opened)
            if number % every == 0 and len(self.closed) >= FEWEST:
                self.refit()
                self.progress(number, len(self.trips))
            scored = [self.score(trip, row) for row in rows(trip)]
            self.journeys.append(Journey(trip, scored, self.fitted, self.policies))
        return self.journeys, self.model

    def close_before(self, moment: float) -> None:
        """Learn the outcomes known by now."""
        while self.to_close and self.trips[self.to_close[-1]].known < moment:
            journey = self.journeys[self.to_close.pop()]
            self.model.history.learn(journey.trip)
            for scored in journey.scored if journey.trip.arrived else ():
                self.model.levels.setdefault(scored.row.moment, Levels()).learn(scored.place)
            self.closed.append(journey)

    def refit(self) -> None:
        latest = self.closed[-LATEST:]
        self.model.refit([sample for journey in latest[FEWEST // 2 :] for sample in _samples(journey)])
        judged = [journey for journey in self.closed[-RECENT:] if journey.by_fitted_model]
        self.model.recalibrate([outcome for journey in judged for outcome in _outcomes(journey)])
        if judged:
            courses = {lead: self.courses(judged, lead) for lead, _ in self.aims}
            self.policies = {aim: choose(courses[aim[0]], *aim) for aim in self.aims}
        self.fitted = True

    def courses(self, journeys: Sequence[Journey], min_lead: float) -> list[Course]:
        return [Course.of(((s.row.left, s.probability) for s in j.scored), min_lead) for j in journeys]

    def score(self, trip: Trip, row: Row) -> Scored:
        model = self.model
        facts = model.history.facts(rounded(row))
        log_odds = model.log_odds(facts)
        low, high = model.interval(row)
        rest = trip.took - (row.promised - row.left)
        place = 1 - model.history.longer(row, rest)
        return Scored(row, facts, log_odds, chance(model.line(row.moment, log_odds)), low, high, place)


def _samples(journey: Journey) -> list[Sample]:
    weight = len(journey.scored) ** -0.5
    return [Sample(scored.facts, journey.trip.is_late, weight) for scored in journey.scored]


def _outcomes(journey: Journey) -> list[Outcome]:
    late = journey.trip.is_late
    return [Outcome(scored.row.moment, scored.log_odds, late) for scored in journey.scored]

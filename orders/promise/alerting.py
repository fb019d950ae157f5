"""When to speak up: thresholds for an alert that leaves enough time and is right often enough.

An alert cannot be taken back, so an early one must be surer than a last one. Three thresholds say so: while there is
ample time, later, and at the last moment that still leaves the minimum lead.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

# Half of the alerts should come at least this early: time to send a replacement, or to ask and be answered.
AMPLE_HOURS = 72.0
LAST, MIDDLE, AMPLE = range(3)
NEVER = 2.0
GRID = [step / 50 for step in range(15, 50)]
# Standard errors between the precision aimed at and the one expected: the best of many is a lucky one.
CAUTION = 0.2


@dataclass(frozen=True, slots=True)
class Policy:
    """The chance of lateness at which to alert, by how much time is left."""

    min_lead: float
    ample: float = NEVER
    middle: float = NEVER
    last: float = NEVER

    def threshold(self, left: float) -> float:
        return (self.last, self.middle, self.ample)[stage(left, self.min_lead)]


def stage(left: float, min_lead: float) -> int:
    """Whether this is the last moment for the minimum lead, or one with ample time, or one between."""
    if left <= min_lead:
        return LAST
    return MIDDLE if left < AMPLE_HOURS else AMPLE


@dataclass(slots=True)
class Course:
    """The chances of lateness said along one shipment's way: in each stage, those higher than all before."""

    records: tuple[list[float], ...] = field(default_factory=lambda: ([], [], []))

    @classmethod
    def of(cls, chances: Iterable[tuple[float, float]], min_lead: float) -> "Course":
        """From (hours left, chance) at each moment, in the order of time."""
        course = cls()
        for left, chance in chances:
            records = course.records[stage(left, min_lead)]
            if left >= min_lead and chance > (records[-1] if records else 0.0):
                records.append(chance)
        return course

    def crossing(self, place: int, threshold: float) -> float:
        """The chance at which the threshold was first reached; 0 if it never was."""
        records = self.records[place]
        at = bisect_left(records, threshold)
        return records[at] if at < len(records) else 0.0


@dataclass(slots=True)
class Tally:
    """Alerts so far, and how many late shipments are expected among them, by the chances they were given."""

    alerted: int = 0
    late: float = 0.0
    early: float = 0.0

    def add(self, chance: float, *, early: bool = False) -> None:
        self.alerted += 1
        self.late += chance
        self.early += chance * early

    def worth(self, policy: Policy, precision: float) -> tuple[bool, bool, float]:
        """Precise enough first, then half of the alerts early, then as many late shipments as possible."""
        if not self.alerted:
            return False, False, 0.0
        doubt = CAUTION * math.sqrt(precision * (1 - precision) / self.alerted)
        precise = self.late / self.alerted >= precision + doubt
        return precise, policy.min_lead >= AMPLE_HOURS or 2 * self.early >= self.late, self.late


def choose(courses: Sequence[Course], min_lead: float, precision: float) -> Policy:
    """The policy expected to catch most late shipments at this precision, half of them early.

    The expectation rests on calibrated chances, not on how these few shipments happened to end.
    """
    by_last = sorted(courses, key=lambda course: -course.crossing(LAST, 0.0))
    pairs = [(ample, middle) for ample in (*GRID, NEVER) for middle in (ample, NEVER)]
    found = [one for pair in pairs for one in _with_last(by_last, Policy(min_lead, *pair), precision)]
    worth, policy = max(found, key=lambda one: one[0], default=((False,), None))
    return policy if worth[0] else Policy(min_lead)


def _with_last(by_last: Sequence[Course], policy: Policy, precision: float):
    """The policy with each last threshold in turn, downwards, and its worth."""
    tally, waiting = _before_last(by_last, policy)
    yield tally.worth(policy, precision), policy
    for chance, equals in groupby(waiting):
        for equal in equals:
            tally.add(equal)
        last = Policy(policy.min_lead, policy.ample, policy.middle, chance)
        yield tally.worth(last, precision), last


def _before_last(by_last: Sequence[Course], policy: Policy) -> tuple[Tally, list[float]]:
    """The alerts given before the last moment, and the last chances of the others."""
    tally, waiting = Tally(), []
    for course in by_last:
        if chance := course.crossing(AMPLE, policy.ample):
            tally.add(chance, early=True)
        elif chance := course.crossing(MIDDLE, policy.middle):
            tally.add(chance)
        elif chance := course.crossing(LAST, 0.0):
            waiting.append(chance)
    return tally, waiting

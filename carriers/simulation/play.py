"""Play a policy over journeys, and say how old the news was when it was learnt."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from carriers.simulation.journeys import Journey, Scan
from carriers.simulation.policies import Known, Policy
from orders.statuses import Status

BAD_NEWS = (Status.EXCEPTION, Status.ATTEMPT_FAILED, Status.RETURNING)
PACES, HALVINGS = (0.02, 50), 12


@dataclass(slots=True)
class Outcome:
    """Calls made, and the age in seconds of what they told: of each new status, and of every scan."""

    calls: int = 0
    news: dict[Status, list[float]] = field(default_factory=lambda: defaultdict(list))
    scans: list[float] = field(default_factory=list)

    def of(self, statuses: Iterable[Status] = tuple(Status)) -> list[float]:
        return [age for status in statuses for age in self.news.get(status, ())]


def play(journeys: Iterable[Journey], policy: Policy, end: datetime, pace: float = 1) -> Outcome:
    """Ask for each parcel from its label on, whenever the policy says."""
    outcome = Outcome()
    for journey in journeys:
        _follow(journey, policy, end, pace, outcome)
    return outcome


def pace_for(journeys: list[Journey], policy: Policy, end: datetime, calls: int) -> float:
    """The pace at which the policy makes so many calls: it is halved in upon."""
    low, high = PACES
    for _halving in range(HALVINGS):
        middle = (low * high) ** 0.5
        if play(journeys, policy, end, middle).calls > calls:
            high = middle
        else:
            low = middle
    return low


def mean(ages: list[float]) -> float:
    return sum(ages) / len(ages) if ages else 0.0


def percentile(ages: list[float], share: float) -> float:
    return sorted(ages)[int(share * len(ages))] if ages else 0.0


def _follow(journey: Journey, policy: Policy, end: datetime, pace: float, outcome: Outcome) -> None:
    known, told, due = Known.at_first(journey), 0, journey.created_at
    while due is not None and due < end:
        outcome.calls += 1
        while told < len(journey.scans) and journey.scans[told].told_at <= due:
            _learn(known, journey.scans[told], due, outcome)
            told += 1
        due = policy(known, due, pace)
    # What was never asked for is as old as the month allows.
    for scan in journey.scans[told:]:
        if scan.told_at < end:
            _learn(known, scan, end, outcome)


def _learn(known: Known, scan: Scan, now: datetime, outcome: Outcome) -> None:
    age = (now - scan.told_at).total_seconds()
    outcome.scans.append(age)
    if scan.status is not known.status:
        outcome.news[scan.status].append(age)
    known.status, known.status_at, known.last_news_at = scan.status, scan.at, scan.at
    known.window = scan.window or known.window

"""The figures of a backtest. Shipments are counted, not rows; a late alert is none."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, median

from orders.backtest.protocol import Journey, Scored

SURE = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Alerts:
    """How a rule did: alerted shipments, the late ones among them, all late ones, and the leads of those caught."""

    alerted: int
    caught: int
    late: int
    leads: tuple[float, ...]

    @property
    def precision(self) -> float | None:
        return self.caught / self.alerted if self.alerted else None

    @property
    def recall(self) -> float | None:
        return self.caught / self.late if self.late else None

    @property
    def median_lead(self) -> float | None:
        return median(self.leads) if self.leads else None


def alerts(journeys: Iterable[Journey], min_lead: float, speaks: Callable[[Journey, Scored], bool]) -> Alerts:
    """The first moment at which the rule speaks is the alert; moments later than the minimum lead do not count."""
    alerted, late, leads = 0, 0, []
    for journey in journeys:
        late += journey.trip.is_late
        spoken = (s.row.left for s in journey.scored if s.row.left >= min_lead and speaks(journey, s))
        lead = next(spoken, None)
        alerted += lead is not None
        if lead is not None and journey.trip.is_late:
            leads.append(lead)
    return Alerts(alerted, len(leads), late, tuple(leads))


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not count:
        return 0.0, 1.0
    share, square = hits / count, SURE * SURE
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = SURE * math.sqrt(share * (1 - share) / count + square / (4 * count * count)) / (1 + square / count)
    return middle - half, middle + half


def auc(pairs: Sequence[tuple[float, bool]]) -> float | None:
    """The chance that a late shipment was given the higher probability; ties count half."""
    late = sum(is_late for _, is_late in pairs)
    if late in (0, len(pairs)):
        return None
    ranks = _late_ranks(sorted(pairs))
    return (ranks - late * (late + 1) / 2) / (late * (len(pairs) - late))


def _late_ranks(ordered: Sequence[tuple[float, bool]]) -> float:
    """The sum of the late ones' ranks, equal values sharing theirs."""
    total, start = 0.0, 0
    while start < len(ordered):
        end = start
        while end < len(ordered) and ordered[end][0] == ordered[start][0]:
            end += 1
        total += sum(is_late for _, is_late in ordered[start:end]) * (start + end + 1) / 2
        start = end
    return total


def brier(pairs: Sequence[tuple[float, bool]]) -> float | None:
    return sum((p - is_late) ** 2 for p, is_late in pairs) / len(pairs) if pairs else None

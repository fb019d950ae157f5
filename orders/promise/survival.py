"""Residual life: how much longer a parcel in this state takes, learned from closed and from still open ones.

The life-table form of Kaplan and Meier's estimator: time runs in buckets that widen with it, and each bucket holds how
many stays ended in it and how many were last seen in it. A parcel still on its way counts until the moment it was last
seen, so that slow parcels are not forgotten. A narrow lane borrows from the next wider one, bucket by bucket.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import mul

# Hours, 5 % apart: fine enough for a day, short enough for two years.
EDGES = [0.0] + [1.05**step for step in range(200)]
LAST = len(EDGES) - 1
# A lane's own stays weigh as much as the wider lane's once there are this many.
BORROWED = 8.0


def bucket(hours: float) -> int:
    return bisect_right(EDGES, hours) - 1 if hours > 0 else 0


class LifeTable:
    """Stays by lane and state: how many ended, and how many were only last seen, in each bucket."""

    def __init__(self) -> None:
        self.ended: dict[str, dict[str, dict[int, int]]] = {}
        self.censored: dict[str, dict[str, dict[int, int]]] = {}
        # Stays are many and asked for seldom: they wait here, and are told to each of their lanes before an answer.
        self._waiting: dict[tuple, dict[tuple, int]] = {}
        self._hazards: dict[tuple, list[float]] = {}

    def add(self, stays: Iterable[tuple[str, float]], lanes: tuple[str, ...], *, ended: bool = True) -> None:
        """Count (state, hours) of one parcel on each of its lanes."""
        counts = self._waiting.setdefault((lanes, ended), {})
        for state, hours in stays:
            key = state, bucket(hours)
            counts[key] = counts.get(key, 0) + 1

    def knows(self, state: str, lane: str) -> bool:
        self._count()
        return state in self.ended.get(lane, ()) or state in self.censored.get(lane, ())

    def curve(self, state: str, lanes: Sequence[str]) -> list[float]:
        """The share of stays longer than each of EDGES; `lanes` go from the widest to the narrowest."""
        self._count()
        return _survival(self._hazards_of(state, tuple(lanes)))

    def _count(self) -> None:
        """Count the stays that wait on each of their lanes."""
        if not self._waiting:
            return
        for (lanes, ended), stays in self._waiting.items():
            kept = self.ended if ended else self.censored
            for lane in lanes:
                states = kept.setdefault(lane, {})
                for (state, place), count in stays.items():
                    counts = states.setdefault(state, {})
                    counts[place] = counts.get(place, 0) + count
        self._waiting.clear()
        self._hazards.clear()

    def _hazards_of(self, state: str, lanes: tuple[str, ...]) -> list[float]:
        """The share of the stays that reach a bucket and end in it, on the last of these lanes."""
        key = (state, lanes)
        if key not in self._hazards:
            self._hazards[key] = self._borrowing(state, lanes) if lanes else [0.0] * LAST
        return self._hazards[key]

    def _borrowing(self, state: str, lanes: tuple[str, ...]) -> list[float]:
        *wider, lane = lanes
        ended, censored = (kept.get(lane, {}).get(state, {}) for kept in (self.ended, self.censored))
        borrowed = BORROWED if any(self.knows(state, one) for one in wider) else 1e-9
        return _hazards(ended, censored, self._hazards_of(state, tuple(wider)), borrowed)

    def to_json(self) -> dict:
        self._count()
        return {"ended": self.ended, "censored": self.censored}

    @classmethod
    def from_json(cls, data: dict) -> "LifeTable":
        table = cls()
        table.ended, table.censored = (_with_places(data[kept]) for kept in ("ended", "censored"))
        return table


def _with_places(lanes: dict) -> dict[str, dict[str, dict[int, int]]]:
    """JSON knows no numbers as keys."""
    return {
        lane: {state: {int(place): count for place, count in counts.items()} for state, counts in states.items()}
        for lane, states in lanes.items()
    }


def _hazards(ended: dict[int, int], censored: dict[int, int], wider: list[float], borrowed: float) -> list[float]:
    """Shrunk towards the wider lane's; where no stay ends there are only those."""
    at_risk = sum(ended.values()) + sum(censored.values())
    hazards: list[float] = []
    for place in sorted(ended.keys() | censored.keys()):
        if place >= LAST:
            break
        ending, weight = ended.get(place, 0), at_risk + borrowed
        hazards += [hazard * (borrowed / weight) for hazard in wider[len(hazards) : place]]
        hazards.append((ending + borrowed * wider[place]) / weight)
        at_risk -= ending + censored.get(place, 0)
    return hazards + [hazard * (borrowed / (at_risk + borrowed)) for hazard in wider[len(hazards) :]]


def _survival(hazards: list[float]) -> list[float]:
    return list(accumulate([1 - hazard for hazard in hazards], mul, initial=1.0))


def longer(curve: list[float], since: float, more: float) -> float:
    """P(a stay that has lasted `since` hours lasts `more` hours longer)."""
    return _at(curve, since + more) / max(_at(curve, since), 1e-12)


def quantile(curve: list[float], since: float, share: float) -> float:
    """The hours from now within which this share of the stays that lasted `since` hours end."""
    target = (1 - share) * max(_at(curve, since), 1e-12)
    low, high = 0, LAST
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if curve[middle] <= target else (middle + 1, high)
    return max(_between(curve, low, target) - since, 0.0)


def _at(curve: list[float], hours: float) -> float:
    place = min(bucket(hours), LAST - 1)
    into = (hours - EDGES[place]) / (EDGES[place + 1] - EDGES[place])
    return curve[place] + min(max(into, 0.0), 1.0) * (curve[place + 1] - curve[place])


def _between(curve: list[float], place: int, target: float) -> float:
    """The hour at which the straight line between two edges reaches the target."""
    if place == 0 or curve[place - 1] <= curve[place]:
        return EDGES[place]
    part = (curve[place - 1] - target) / (curve[place - 1] - curve[place])
    return EDGES[place - 1] + min(part, 1.0) * (EDGES[place] - EDGES[place - 1])

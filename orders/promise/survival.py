"""Residual life: how much longer a parcel in this state takes, learned from closed and from still open ones.

The life-table form of Kaplan and Meier's estimator: time runs in buckets that widen with it, and each bucket holds how
many stays ended in it and how many were last seen in it. A parcel still on its way counts until the moment it was last
seen, so that slow parcels are not forgotten. A narrow lane borrows from the next wider one, bucket by bucket.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

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

    def add(self, state: str, lanes: Iterable[str], hours: float, *, ended: bool = True) -> None:
        kept, place = (self.ended if ended else self.censored), bucket(hours)
        for lane in lanes:
            counts = kept.setdefault(lane, {}).setdefault(state, {})
            counts[place] = counts.get(place, 0) + 1

    def knows(self, state: str, lane: str) -> bool:
        return state in self.ended.get(lane, ()) or state in self.censored.get(lane, ())

    def curve(self, state: str, lanes: Sequence[str]) -> list[float]:
        """The share of stays longer than each of EDGES; `lanes` go from the widest to the narrowest."""
        hazards = [0.0] * LAST
        borrowed = 1e-9
        for lane in lanes:
            if self.knows(state, lane):
                ended, censored = (kept.get(lane, {}).get(state, {}) for kept in (self.ended, self.censored))
                hazards, borrowed = _hazards(ended, censored, hazards, borrowed), BORROWED
        return _survival(hazards)


def _hazards(ended: dict[int, int], censored: dict[int, int], wider: list[float], borrowed: float) -> list[float]:
    """The share of the stays that reach a bucket and end in it, shrunk towards the wider lane's."""
    at_risk = sum(ended.values()) + sum(censored.values())
    hazards = []
    for place in range(LAST):
        ending = ended.get(place, 0)
        hazards.append((ending + borrowed * wider[place]) / (at_risk + borrowed))
        at_risk -= ending + censored.get(place, 0)
    return hazards


def _survival(hazards: list[float]) -> list[float]:
    alive, curve = 1.0, [1.0]
    for hazard in hazards:
        alive *= 1 - hazard
        curve.append(alive)
    return curve


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

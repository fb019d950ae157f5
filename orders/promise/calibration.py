"""Keeping chances honest while the world drifts: probabilities by Platt's line, intervals by adaptive levels."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from orders.promise.logistic import chance

# Each step of the level answers one arrival (Gibbs and Candes 2021); larger follows faster and trembles more.
PACE = 0.02
ROUNDS, HALVINGS, SETTLED, CLOSE = 50, 10, 1e-6, 1e-4
# A moment of the way has a few hundred rows: ten bins would mostly measure chance.
BINS = 5
# Rows' worth of trust in the line as it is; a moment's own shift needs as many to leave the common one.
HELD, HELD_MOMENT = 20.0, 30.0


@dataclass(slots=True)
class Outcome:
    """A past estimate and what became of it."""

    moment: str
    log_odds: float
    is_late: bool
    weight: float = 1.0


@dataclass(slots=True)
class Line:
    """Platt's line through the log odds, with a shift for each moment of the way."""

    shift: float = 0.0
    slope: float = 1.0
    moments: dict[str, float] = field(default_factory=dict)

    def __call__(self, moment: str, log_odds: float) -> float:
        return self.shift + self.slope * log_odds + self.moments.get(moment, 0.0)

    @classmethod
    def through(cls, outcomes: Iterable[Outcome]) -> "Line":
        """The line that fits these outcomes best: those of the most recent closed shipments."""
        outcomes = list(outcomes)
        line = _fitted(cls(), outcomes)
        by_moment: dict[str, list[Outcome]] = {}
        for outcome in outcomes:
            by_moment.setdefault(outcome.moment, []).append(outcome)
        line.moments = {moment: _own_shift(line, rows) for moment, rows in by_moment.items()}
        return line


def _fitted(line: Line, outcomes: list[Outcome]) -> Line:
    """By Newton's steps, each halved until it leads downhill: a clear-cut history would have them overshoot."""
    for _ in range(ROUNDS):
        (shift, slope), loss = _step(line, outcomes), misfit(line, outcomes)
        tried = (Line(line.shift + shift / 2**half, line.slope + slope / 2**half) for half in range(HALVINGS))
        better = next((one for one in tried if misfit(one, outcomes) < loss - SETTLED), None)
        if better is None:
            break
        line = better
    return line


def misfit(line: Line, outcomes: Iterable[Outcome]) -> float:
    """How ill the line, apart from its moments, fits: the log loss, and the distance from changing nothing."""
    held = HELD / 2 * (line.shift**2 + (line.slope - 1) ** 2)
    return held + math.fsum(o.weight * _surprise(line.shift + line.slope * o.log_odds, o.is_late) for o in outcomes)


def _surprise(log_odds: float, is_late: bool) -> float:
    wrong = -log_odds if is_late else log_odds
    return max(wrong, 0.0) + math.log1p(math.exp(-abs(wrong)))


def _step(line: Line, outcomes: list[Outcome]) -> tuple[float, float]:
    """Newton's step for shift and slope, held near 0 and 1."""
    a, b = -HELD * line.shift, HELD * (1 - line.slope)
    aa, ab, bb = HELD, 0.0, HELD
    for outcome in outcomes:
        x, p = outcome.log_odds, chance(line.shift + line.slope * outcome.log_odds)
        missed, curve = outcome.weight * (outcome.is_late - p), outcome.weight * p * (1 - p)
        a, b = a + missed, b + missed * x
        aa, ab, bb = aa + curve, ab + curve * x, bb + curve * x * x
    det = aa * bb - ab * ab
    return (a * bb - b * ab) / det, (b * aa - a * ab) / det


def _own_shift(line: Line, outcomes: list[Outcome]) -> float:
    """Where what is missed and what holds it back are even: between two ends, halved until they meet."""
    low = -len(outcomes) / HELD_MOMENT * 4
    high = -low
    while high - low > CLOSE:
        middle = (low + high) / 2
        missed = sum(o.is_late - chance(line.shift + line.slope * o.log_odds + middle) for o in outcomes)
        low, high = (middle, high) if missed > HELD_MOMENT / 4 * middle else (low, middle)
    return (low + high) / 2


@dataclass(slots=True)
class Levels:
    """Which quantiles to show so that the shown interval covers its nominal share of arrivals."""

    nominal: float = 0.8
    low: float = 0.1
    high: float = 0.9

    def learn(self, place: float) -> None:
        """Move both levels by where an arrival fell: `place` is its quantile among the expected ones, 0 to 1."""
        tail = (1 - self.nominal) / 2
        self.low = _inside(self.low + PACE * (tail - (place < self.low)))
        self.high = _inside(self.high + PACE * ((place > self.high) - tail))


def _inside(level: float) -> float:
    return min(max(level, 0.002), 0.998)


def calibration_error(pairs: Iterable[tuple[float, bool]], bins: int = BINS) -> float:
    """The mean gap between what was said and what came true, over bins of equal width."""
    totals = _binned(pairs, bins)
    count = sum(rows for *_, rows in totals)
    return math.fsum(abs(said - came) for said, came, _, _ in totals) / count if count else 0.0


def calibration_noise(pairs: Iterable[tuple[float, bool]], bins: int = BINS) -> float:
    """The error a perfect forecaster would show on as few rows as these, by chance alone."""
    totals = _binned(pairs, bins)
    count = sum(rows for *_, rows in totals)
    return math.fsum(math.sqrt(2 / math.pi * spread) for _, _, spread, _ in totals) / count if count else 0.0


def _binned(pairs: Iterable[tuple[float, bool]], bins: int) -> list[list[float]]:
    """For each bin: the sum said, the sum come true, the variance of that sum, and the rows."""
    totals = [[0.0, 0.0, 0.0, 0] for _ in range(bins)]
    for p, is_late in pairs:
        total = totals[min(int(p * bins), bins - 1)]
        total[:] = total[0] + p, total[1] + is_late, total[2] + p * (1 - p), total[3] + 1
    return totals

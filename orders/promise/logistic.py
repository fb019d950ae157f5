"""Logistic regression with a ridge, by Newton's method in plain Python: some twenty columns, some ten thousand rows."""

import math
from collections.abc import Sequence
from functools import partial
from math import sumprod
from operator import mul

RIDGE = 10.0
STEPS, SETTLED = 10, 0.01
# Every so many-th row finds the neighbourhood, which costs most of the steps; all rows find the place.
COARSE, MANY = 8, 10_000
FARTHEST = 30.0
# Newton oversteps where one side is rare; a shorter step finds back.
LONGEST = 2.0


def logit(probability: float) -> float:
    probability = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(probability / (1 - probability))


def chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-min(max(log_odds, -FARTHEST), FARTHEST)))


class Logistic:
    """Log odds as a weighted sum of facts and of the products of some of them, all brought to the same scale."""

    def __init__(self, products: Sequence[tuple[int, int]] = ()) -> None:
        self.products = [tuple(pair) for pair in products]
        self.means: list[float] = []
        self.scales: list[float] = []
        self.weights: list[float] = []

    def fit(self, rows: Sequence[Sequence[float]], late: Sequence[bool], weights: Sequence[float]) -> "Logistic":
        columns = self._columns(rows)
        self.weights = [0.0] * len(columns)
        for every in (COARSE, 1) if len(rows) >= MANY else (1,):
            self._descend([column[::every] for column in columns], late[::every], [w * every for w in weights[::every]])
        return self

    def _descend(self, columns: list[list[float]], late: Sequence[bool], weights: Sequence[float]) -> None:
        rows = list(zip(*columns, strict=True))
        for _ in range(STEPS):
            step = _newton_step(columns, rows, late, weights, self.weights)
            step = [min(max(one, -LONGEST), LONGEST) for one in step]
            self.weights = [old + new for old, new in zip(self.weights, step, strict=True)]
            if max(map(abs, step)) < SETTLED:
                break

    def log_odds(self, row: Sequence[float]) -> float:
        scaled = [(value - mean) * scale for value, mean, scale in zip(row, self.means, self.scales, strict=True)]
        return sumprod(self.weights, [1.0, *scaled, *(scaled[i] * scaled[j] for i, j in self.products)])

    def _columns(self, rows: Sequence[Sequence[float]]) -> list[list[float]]:
        """The columns with a leading one, brought to the same scale, and their products."""
        columns = list(zip(*rows, strict=True))
        self.means = [math.fsum(column) / len(column) for column in columns]
        self.scales = [_scale(column, mean) for column, mean in zip(columns, self.means, strict=True)]
        scaled = [
            [(value - mean) * scale for value in column]
            for column, mean, scale in zip(columns, self.means, self.scales, strict=True)
        ]
        multiplied = [[a * b for a, b in zip(scaled[i], scaled[j], strict=True)] for i, j in self.products]
        return [[1.0] * len(rows), *scaled, *multiplied]

    def to_json(self) -> dict:
        return vars(self)

    @classmethod
    def from_json(cls, data: dict) -> "Logistic":
        made = cls(data["products"])
        made.means, made.scales, made.weights = data["means"], data["scales"], data["weights"]
        return made


def _scale(column: Sequence[float], mean: float) -> float:
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in column) / len(column))
    return 1 / deviation if deviation > 1e-9 else 0.0


def _newton_step(columns, rows, late, row_weights, weights) -> list[float]:
    chances = [chance(odds) for odds in map(partial(sumprod, weights), rows)]
    missed = [w * (y - p) for w, y, p in zip(row_weights, late, chances, strict=True)]
    curves = [w * p * (1 - p) for w, p in zip(row_weights, chances, strict=True)]
    slope = [sumprod(missed, column) for column in columns]
    matrix = [[0.0] * len(columns) for _ in columns]
    for i, column in enumerate(columns):
        curved = list(map(mul, curves, column))
        for j in range(i + 1):
            matrix[i][j] = matrix[j][i] = sumprod(curved, columns[j])
    for i in range(1, len(columns)):  # the intercept is not held
        matrix[i][i] += RIDGE
        slope[i] -= RIDGE * weights[i]
    return solve(matrix, slope)


def solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss's elimination with the largest pivot."""
    size = len(right)
    table = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda row: abs(table[row][i]))
        table[i], table[pivot] = table[pivot], table[i]
        for row in range(i + 1, size):
            factor = table[row][i] / table[i][i]
            table[row][i:] = [low - factor * top for low, top in zip(table[row][i:], table[i][i:], strict=True)]
    found = [0.0] * size
    for i in reversed(range(size)):
        found[i] = (table[i][size] - sumprod(table[i][i + 1 : size], found[i + 1 :])) / table[i][i]
    return found

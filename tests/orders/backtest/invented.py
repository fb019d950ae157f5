"""An invented history: a quick and a slow lane, scans with plans, and silence before trouble."""

import random

from orders.promise.trips import Scan, Trip


def invented(count: int, seed: int = 13) -> list[Trip]:
    source = random.Random(seed)
    return [_trip(source, number) for number in range(count)]


def _trip(source: random.Random, number: int) -> Trip:
    lane, delay = source.choice([("X quick", source.gauss(-10, 15)), ("X slow", source.gauss(5, 25))])
    picked_up, at_hub = 10 + source.random() * 5, 45 + max(delay, -20) * 0.7
    scans = (Scan(picked_up, "picked up", 0.0), Scan(at_hub, "at hub", at_hub - 45, "at hub"))
    took = max(90 + delay, at_hub + 4)
    return Trip(f"T{number}", ("X", lane), 96.0, took, scans, opened=float(number * 6), known=number * 6 + took)

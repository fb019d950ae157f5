"""Parcels as the estimator looks at them: what they have in common with others, and how far they have come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import ceil, inf
from typing import NamedTuple

# The clock looks again so many hours after the last news or look.
LOOK_AGAIN = 6


class ClosedParcel(NamedTuple):
    """A parcel whose outcome is known. Hours count from when it was ordered; `known` is when the outcome was.

    `scans` are (hours, status, city) in time order, before the first attempt to deliver. `silent_days` is its longest
    silence in working days. One that never `arrived` was late and given up: `took` is how long it had not come by then.
    """

    key: int
    lanes: tuple[str, ...]
    promised: float
    took: float
    known: datetime
    scans: tuple[tuple[float, str, str], ...]
    silent_days: int = 0
    arrived: bool = True

    @property
    def is_late(self) -> bool:
        return self.took > self.promised

    def looks(self) -> "Iterator[OpenParcel]":
        """The parcel as it was known at each look before its end and its promise's: at news, and as time went by."""
        for (at, status, city), (until, _, _) in pairwise([(0.0, "", ""), *self.scans, (inf, "", "")]):
            for silence in range(0, ceil(min(until, self.took, self.promised) - at), LOOK_AGAIN):
                left = self.promised - at - silence
                yield OpenParcel(self.lanes, status, city, self.promised, left, silence, is_scanned=bool(status))


@dataclass(frozen=True, slots=True)
class OpenParcel:
    """What is known of a parcel now: hours of its promise, hours left of them, hours since the last scan."""

    lanes: tuple[str, ...]
    status: str
    city: str
    promised: float
    left: float
    silence: float
    is_scanned: bool


def lanes_of(carrier: str, service: str, origin: str, destination: str, postcode: str) -> tuple[str, ...]:
    """From the widest to the narrowest: the service, between two countries, to an area."""
    whole = f"{carrier} {service}".strip()
    between = f"{whole} {origin}>{destination}"
    return (whole, between, f"{between} {postcode[:2]}") if postcode else (whole, between)


def carrier_of(lanes: Sequence[str]) -> str:
    """The carrier such lanes belong to; "" for none."""
    return lanes[0].partition(" ")[0] if lanes else ""

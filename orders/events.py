"""What a carrier told: one scan, and everything one reply says of one parcel. Plain values, no database."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow


@dataclass(frozen=True, slots=True)
class Location:
    """A place as the carrier names it. `country` is an ISO 3166 alpha-2 code, or empty when it did not say."""

    city: str = ""
    postcode: str = ""
    country: str = ""

    def __bool__(self):
        return bool(self.city or self.postcode or self.country)


@dataclass(frozen=True, slots=True)
class ParcelEvent:
    """One scan.

    `occurred_at` is aware. `zone_known` is False where the carrier sent a naive local time and the adapter had to
    choose the zone by the carrier's documented rule. `description` is the carrier's own words, never translated.
    `code` is what `status_map` was asked for. `raw` is the carrier's own structure, kept for people. `carrier` names
    who made the scan, where that is not the carrier that was asked: the one behind an aggregator, or the next leg's.
    """

    status: Status
    occurred_at: datetime
    code: str = ""
    description: str = ""
    location: Location = Location()
    reason: Reason | None = None
    event_id: str = ""
    zone_known: bool = True
    carrier: str = ""
    raw: Mapping = field(default_factory=dict, compare=False, hash=False)

    def __post_init__(self):
        if self.occurred_at.utcoffset() is None:
            raise ValueError(f"The time {self.occurred_at} has no zone: give it the carrier's documented one.")

    @property
    def key(self) -> str:
        """What makes this scan itself: the carrier's event id, or a digest of its code, time and place."""
        if self.event_id:
            return f"id:{self.event_id}"[:80]
        place = self.location
        told = "\x1f".join(
            (self.code, f"{self.occurred_at.timestamp():.0f}", place.city.casefold(), place.postcode, place.country)
        )
        return hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Handover:
    """Who brings the parcel to the door, as the carrier that handed it over names it, and its number there."""

    carrier: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class TrackingUpdate:
    """What one reply or callback says of one parcel; events in any order.

    `window` is the carrier's promise, None when it made none. `handed_to` is the carrier of the parcel's last leg.
    `return_of` and the like are not here: a parcel on its way back says so by its events.
    """

    number: str
    events: tuple[ParcelEvent, ...] = ()
    window: PromisedWindow | None = None
    service: str = ""
    origin: Location = Location()
    destination: Location = Location()
    proof_of_delivery: str = ""
    handed_to: Handover | None = None

    @property
    def as_of(self) -> datetime | None:
        """The newest instant this update knows of: an older update never overrides a newer one's window."""
        return max((event.occurred_at for event in self.events), default=None)

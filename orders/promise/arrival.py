"""When a parcel will come, in days: the carrier's word or our own estimate, and whose it is."""

from dataclasses import dataclass
from datetime import date, datetime

from orders.promise.risk import RiskState
from orders.windows import zone_named

# The share of parcels that come between our earliest and our latest; the levels are learned so that it stays true.
COVERAGE = 0.8


@dataclass(frozen=True, slots=True)
class Arrival:
    """Local dates of the destination. A carrier names no likely day: there it is None."""

    earliest: date
    latest: date
    likely: date | None = None
    by_us: bool = False


def arrival_of(shipment) -> Arrival | None:
    """The carrier's days as long as nothing speaks against them, else our own; None where neither is known.

    A carrier knows its own schedule and is the better judge while the parcel keeps to it. Once the parcel is at risk
    or late, what other parcels did from there on is.
    """
    ours, promise = _ours(shipment), shipment.promise
    is_doubted = RiskState(shipment.risk).is_trouble
    if promise is not None and promise.source == "carrier" and not (is_doubted and ours):
        return Arrival(promise.earliest, promise.latest)
    return ours


def _ours(shipment) -> Arrival | None:
    if not shipment.risk_arrival:
        return None
    zone = zone_named(shipment.zone)
    earliest, likely, latest = (datetime.fromisoformat(at).astimezone(zone).date() for at in shipment.risk_arrival)
    return Arrival(earliest, latest, likely, by_us=True)

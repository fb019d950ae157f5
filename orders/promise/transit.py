"""How long a parcel usually still needs: the first, static answer, to be replaced by the merchant's own history."""

from datetime import datetime, timedelta

from orders.statuses import Status

# Customs union or single market: a parcel between two of these crosses no customs border.
# fmt: off
SINGLE_MARKET = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})
# fmt: on

# Hours from the first scan to the door for eight parcels of ten, by how far the parcel goes.
TYPICAL_HOURS = {"domestic": 48, "region": 96, "world": 168}

# Hours it still needs at the very least once it has this status, whatever has passed already.
LEAST_HOURS = {
    Status.UNKNOWN: 36,
    Status.INFO_RECEIVED: 36,
    Status.IN_TRANSIT: 12,
    Status.EXCEPTION: 24,
    Status.ATTEMPT_FAILED: 16,
    Status.OUT_FOR_DELIVERY: 3,
    Status.AVAILABLE_FOR_PICKUP: 0,
}

AT_THE_DOOR = frozenset({Status.OUT_FOR_DELIVERY, Status.AVAILABLE_FOR_PICKUP})


def distance(origin: str, destination: str) -> str:
    """Which row of TYPICAL_HOURS a parcel between these countries belongs to; unknown countries count as domestic."""
    if not origin or not destination or origin == destination:
        return "domestic"
    return "region" if {origin, destination} <= SINGLE_MARKET else "world"


def least_rest(status: Status) -> timedelta:
    """How long the rest of the way takes at the very least, wherever the parcel goes."""
    return timedelta(hours=LEAST_HOURS.get(status, 0))


def typical_rest(
    status: Status, *, origin: str, destination: str, first_scan_at: datetime | None, now: datetime
) -> timedelta:
    """How long the rest of the way usually takes from `now`, given nothing but the status and the way so far."""
    if status in AT_THE_DOOR:
        return least_rest(status)
    whole = timedelta(hours=TYPICAL_HOURS[distance(origin, destination)])
    travelled = now - first_scan_at if first_scan_at else timedelta()
    return max(least_rest(status), whole - travelled)

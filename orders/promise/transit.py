"""How long a parcel usually still needs, and how often it is late: what is published, for a shop without a history."""

from datetime import datetime, timedelta

from orders.promise.calendar import ONE_DAY, is_working_day
from orders.statuses import Status
from orders.windows import zone_named

# Customs union or single market: a parcel between two of these crosses no customs border.
# fmt: off
SINGLE_MARKET = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})
# fmt: on

# Hours from the first scan to the door for eight parcels of ten, by how far the parcel goes.
TYPICAL_HOURS = {"domestic": 48, "region": 96, "world": 168}

# The version under which estimates from these figures are kept.
PUBLISHED = "published-1"

# The share of parcels that came later than promised in December 2025, the busiest month (ShipMatrix): ground parcels
# with a day of grace, without weather and wrong addresses. Others: the mean of the three.
PUBLISHED_LATE_SHARE = {"ups": 0.028, "fedex": 0.047, "usps": 0.059}
USUAL_LATE_SHARE = 0.045

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

# A silence is not counted any further.
MOST_DAYS = 60

AT_THE_DOOR = frozenset({Status.OUT_FOR_DELIVERY, Status.AVAILABLE_FOR_PICKUP})


def distance(origin: str, destination: str) -> str:
    """Which row of TYPICAL_HOURS a parcel between these countries belongs to; unknown countries count as domestic."""
    if not origin or not destination or origin == destination:
        return "domestic"
    return "region" if {origin, destination} <= SINGLE_MARKET else "world"


def published_late_share(carrier: str) -> float:
    return PUBLISHED_LATE_SHARE.get(carrier, USUAL_LATE_SHARE)


def least_rest(status: Status) -> timedelta:
    """How long the rest of the way takes at the very least, wherever the parcel goes."""
    return timedelta(hours=LEAST_HOURS.get(status, 0))


def working_days_between(since: datetime, until: datetime, zone: str, country: str = "") -> int:
    """How many working days of the place have passed in full, hour for hour."""
    tz = zone_named(zone)
    start, end = since.astimezone(tz), until.astimezone(tz)
    days = (end.date() - start.date()).days
    passed = sum(is_working_day(start.date() + ONE_DAY * day, country) for day in range(1, min(days, MOST_DAYS) + 1))
    is_cut_short = days > 0 and end.time() < start.time() and is_working_day(end.date(), country)
    return max(passed - is_cut_short, 0)


def typical_rest(
    status: Status, *, origin: str, destination: str, first_scan_at: datetime | None, now: datetime
) -> timedelta:
    """How long the rest of the way usually takes from `now`, given nothing but the status and the way so far."""
    if status in AT_THE_DOOR:
        return least_rest(status)
    whole = timedelta(hours=TYPICAL_HOURS[distance(origin, destination)])
    travelled = now - first_scan_at if first_scan_at else timedelta()
    return max(least_rest(status), whole - travelled)

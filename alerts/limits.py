"""How much one shopper is told about one order: a budget for each day, and a pause after each message."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from orders.windows import zone_named

# A depot that sends its backlog tells of a parcel's whole day in a minute: the last of it is worth a message.
SPACING = timedelta(minutes=10)


def is_enough(told_at: Iterable[datetime], most_a_day: int, zone: str, now: datetime) -> bool:
    """Whether as many messages as a day may bring went out on the day that it is in `zone`."""
    tz = zone_named(zone)
    today = now.astimezone(tz).date()
    return sum(instant.astimezone(tz).date() == today for instant in told_at) >= most_a_day


def spaced_until(told_at: Iterable[datetime], now: datetime) -> datetime | None:
    """When enough time has passed since the last message; None when it has."""
    last = max(told_at, default=None)
    return last + SPACING if last and now < last + SPACING else None

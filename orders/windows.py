"""A promise is a local date or window, never an instant."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of this name; ValueError names what came when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no IANA time zone, such as 'Europe/Helsinki'.") from error


@dataclass(frozen=True, slots=True)
class PromisedWindow:
    """The days, and perhaps the hours, within which a parcel was promised.

    `earliest` and `latest` are local dates at the destination, both included. `from_time` and `to_time` are local
    times on those days, or None for "by the end of the day". `zone` is the IANA zone of the destination, or None
    where nobody has said it yet: the shipment then lends its own.
    """

    earliest: date
    latest: date
    from_time: time | None = None
    to_time: time | None = None
    zone: str | None = None

    def __post_init__(self):
        if isinstance(self.earliest, datetime) or isinstance(self.latest, datetime):
            raise TypeError("A promised window takes dates, not instants: read the local date first.")
        if self.latest < self.earliest:
            raise ValueError(f"The window ends ({self.latest}) before it starts ({self.earliest}).")
        if self.zone is not None:
            zone_named(self.zone)

    def ends_at(self, zone: str) -> datetime:
        """The instant after which the promise is broken, in `zone` unless the window names its own."""
        tz = zone_named(self.zone or zone)
        if self.to_time is None:
            return datetime.combine(self.latest + timedelta(days=1), time(), tzinfo=tz)
        return datetime.combine(self.latest, self.to_time, tzinfo=tz)

    def days(self) -> tuple[date, date]:
        return self.earliest, self.latest

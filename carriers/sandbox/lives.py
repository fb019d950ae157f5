"""A parcel's life: what happens to it, where and when. Pure; every wire format tells the same life in its own words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow, zone_named

# Countries that one zone serves well enough; a place elsewhere, or off the coast, names its own.
COUNTRY_ZONES = {
    "AE": "Asia/Dubai",
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "CH": "Europe/Zurich",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "EE": "Europe/Tallinn",
    "ES": "Europe/Madrid",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "IT": "Europe/Rome",
    "JP": "Asia/Tokyo",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "PL": "Europe/Warsaw",
    "SE": "Europe/Stockholm",
    "US": "America/New_York",
}


class Leg(StrEnum):
    """Which scan on the way it is: carriers have codes of their own for each, Doorstep calls them all in transit."""

    PICKED_UP = "picked_up"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Place:
    """A town and its clock. `country` is ISO 3166 alpha-2; `zone` is IANA, by default the country's."""

    city: str
    postcode: str
    country: str
    zone: str = ""
    state: str = ""

    def __post_init__(self):
        if not self.zone and self.country not in COUNTRY_ZONES:
            raise ValueError(f"{self.city}, {self.country!r}: no time zone is known for this country; give a `zone`.")
        zone_named(self.zone or COUNTRY_ZONES[self.country])

    @property
    def timezone(self) -> ZoneInfo:
        return zone_named(self.zone or COUNTRY_ZONES[self.country])


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happens `after` so many seconds from the life's start; negative for before it.

    `text` replaces the carrier's usual words. `promised` is a new promise that the carrier makes at this moment.
    """

    after: float
    status: Status
    place: Place
    reason: Reason | None = None
    leg: Leg | None = None
    text: str = ""
    promised: PromisedWindow | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """A moment that has come to pass."""

    at: datetime
    moment: Moment

    @property
    def local(self) -> datetime:
        """The instant on the clock of the place, whole seconds."""
        return self.at.astimezone(self.moment.place.timezone).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Life:
    """One parcel from label to doorstep. `carrier` is the registry's key; `service` as the carrier names it."""

    carrier: str
    number: str
    started_at: datetime
    origin: Place
    destination: Place
    moments: tuple[Moment, ...]
    promised: PromisedWindow | None = None
    service: str = ""

    def __post_init__(self):
        if self.started_at.utcoffset() is None:
            raise ValueError(f"{self.number}: started_at {self.started_at} has no zone; give an offset such as +00:00.")
        object.__setattr__(self, "moments", tuple(sorted(self.moments, key=lambda moment: moment.after)))

    def instant(self, moment: Moment) -> datetime:
        return (self.started_at + timedelta(seconds=moment.after)).astimezone(UTC)


def events_at(life: Life, now: datetime) -> list[Scan]:
    """What has happened by `now`, oldest first."""
    scans = (Scan(life.instant(moment), moment) for moment in life.moments)
    return [scan for scan in scans if scan.at <= now]


def status_at(life: Life, now: datetime) -> Status | None:
    """What the parcel is doing; None before anything happened."""
    scans = events_at(life, now)
    return scans[-1].moment.status if scans else None


def promise_at(life: Life, now: datetime) -> PromisedWindow | None:
    """The newest promise the carrier has made by `now`."""
    revised = [scan.moment.promised for scan in events_at(life, now) if scan.moment.promised]
    return revised[-1] if revised else life.promised


def life_from_json(data: Mapping) -> Life:
    """A life from its JSON form, see `life_to_json`. Raises ValueError that names what is missing or wrong."""
    try:
        return Life(
            carrier=data["carrier"],
            number=data["number"],
            started_at=datetime.fromisoformat(data["started_at"]),
            origin=Place(**data["origin"]),
            destination=Place(**data["destination"]),
            moments=tuple(_moment(each) for each in data["moments"]),
            promised=_window(data.get("promised")),
            service=data.get("service", ""),
        )
    except KeyError as error:
        raise ValueError(f"A life must say {error.args[0]!r}; it says {', '.join(sorted(data))}.") from error
    except (TypeError, AttributeError) as error:
        raise ValueError(f"The life of {data.get('number', '?')} cannot be read: {error}.") from error


def life_to_json(life: Life) -> dict:
    """The life as JSON-ready values: instants and dates in ISO 8601, statuses and reasons by their words."""
    return {
        "carrier": life.carrier,
        "number": life.number,
        "started_at": life.started_at.isoformat(),
        "service": life.service,
        "origin": asdict(life.origin),
        "destination": asdict(life.destination),
        "promised": _window_to_json(life.promised),
        "moments": [_moment_to_json(moment) for moment in life.moments],
    }


def _moment(data: Mapping) -> Moment:
    return Moment(
        after=float(data["after"]),
        status=Status(data["status"]),
        place=Place(**data["place"]),
        reason=Reason(data["reason"]) if data.get("reason") else None,
        leg=Leg(data["leg"]) if data.get("leg") else None,
        text=data.get("text", ""),
        promised=_window(data.get("promised")),
    )


def _moment_to_json(moment: Moment) -> dict:
    return {
        "after": moment.after,
        "status": moment.status.value,
        "reason": moment.reason.value if moment.reason else None,
        "leg": moment.leg.value if moment.leg else None,
        "place": asdict(moment.place),
        "text": moment.text,
        "promised": _window_to_json(moment.promised),
    }


def _window(data: Mapping | None) -> PromisedWindow | None:
    if data is None:
        return None
    return PromisedWindow(
        earliest=date.fromisoformat(data["earliest"]),
        latest=date.fromisoformat(data["latest"]),
        from_time=time.fromisoformat(data["from_time"]) if data.get("from_time") else None,
        to_time=time.fromisoformat(data["to_time"]) if data.get("to_time") else None,
        zone=data.get("zone"),
    )


def _window_to_json(window: PromisedWindow | None) -> dict | None:
    if window is None:
        return None
    return {
        "earliest": window.earliest.isoformat(),
        "latest": window.latest.isoformat(),
        "from_time": window.from_time.isoformat() if window.from_time else None,
        "to_time": window.to_time.isoformat() if window.to_time else None,
        "zone": window.zone,
    }

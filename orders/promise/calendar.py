"""Working days: when a promise of "two to four working days" falls, and how long a silence really lasted."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays

from orders.windows import zone_named

MONDAY_TO_FRIDAY = frozenset(range(5))
ONE_DAY = timedelta(days=1)
CALENDAR_YEARS = range(2000, 2101)


@dataclass(frozen=True, slots=True)
class Closed:
    """A day without work: a public holiday of this place, or, where none is named, no working weekday."""

    day: date
    holiday_of: str = ""


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The weekdays (0 is Monday) on which somebody works, except the public holidays of these places.

    A place is a country (ISO 3166-1 alpha-2) or a region (ISO 3166-2, such as "DE-BY"), which keeps its country's
    holidays and its own; "" has no holidays.
    """

    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    places: tuple[str, ...] = ()

    def __post_init__(self):
        if not self.weekdays:
            raise ValueError("Nobody works on no day of the week: name at least one.")

    def closed(self, day: date) -> Closed | None:
        """Why nobody works on this day; None on a working day."""
        if day.weekday() not in self.weekdays:
            return Closed(day)
        return next((Closed(day, _whose(day, place)) for place in self.places if is_holiday(day, place)), None)

    def after(self, day: date, count: int) -> tuple[date, list[Closed]]:
        """The `count`-th working day after `day`, and the days on the way to it that do not count.

        None to count: `day` itself, or the first working day from it on.
        """
        skipped = []
        day += ONE_DAY * (count > 0)
        while (closed := self.closed(day)) or count > 1:
            if closed:
                skipped.append(closed)
            else:
                count -= 1
            day += ONE_DAY
        return day, skipped


def is_holiday(day: date, place: str) -> bool:
    return bool(place) and day in _public_holidays(place, day.year)


def has_own_holidays(region: str) -> bool:
    """Whether this region's calendar has ever differed from its country's."""
    years = range(2020, 2030)
    return any(_public_holidays(region, year).keys() != _public_holidays(region[:2], year).keys() for year in years)


def holiday_name(day: date, place: str, language: str = "") -> str:
    """What the holiday is called, in this language where its country's calendar speaks it, else as it does there."""
    return _public_holidays(place, day.year, _spoken_of(place[:2], language)).get(day, "")


def is_working_day(day: date, country: str = "") -> bool:
    """Monday to Friday, except the country's public holidays."""
    return WorkingDays(places=(country,)).closed(day) is None


def add_working_days(day: date, count: int, country: str = "") -> date:
    """The `count`-th working day after `day`; `day` itself need not be one."""
    return WorkingDays(places=(country,)).after(day, count)[0]


def after_working_days(moment: datetime, count: int, zone: str, country: str = "") -> datetime:
    """The same hour, `count` working days later, by the clock and calendar of the place."""
    local = moment.astimezone(zone_named(zone))
    return local.replace(**_parts(add_working_days(local.date(), count, country)))


def _whose(day: date, place: str) -> str:
    """The country if the holiday is kept in all of it, else the region."""
    return place[:2] if is_holiday(day, place[:2]) else place


@lru_cache(maxsize=2048)
def _public_holidays(place: str, year: int, language: str | None = None) -> dict[date, str]:
    """The year's public holidays by name; none for a country the library does not know.

    A whole year at once: the library's own calendars fill up as they are asked, which threads must not share.
    """
    country, _, region = place.partition("-")
    try:
        return dict(holidays.country_holidays(country, region or None, years=year, expand=False, language=language))
    except NotImplementedError:
        return _public_holidays(country, year, language) if region else {}


@lru_cache(maxsize=2048)
def _spoken_of(country: str, language: str) -> str | None:
    """The one of the calendar's languages that is the reader's: for "sv-FI" and "sv", Finland's "sv_FI"."""
    try:
        known = holidays.country_holidays(country).supported_languages
    except NotImplementedError:
        return None
    wanted = language.partition("-")[0]
    return next((name for name in known if wanted and name.partition("_")[0] == wanted), None)


def _parts(day: date) -> dict:
    return {"year": day.year, "month": day.month, "day": day.day}

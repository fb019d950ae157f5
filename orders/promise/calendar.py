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
    """A day without work: a public holiday of this country, or, where none is named, no working weekday."""

    day: date
    holiday_of: str = ""


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The weekdays (0 is Monday) on which somebody works, except the public holidays of these countries.

    Countries are ISO 3166 alpha-2; "" has no holidays.
    """

    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    countries: tuple[str, ...] = ()

    def __post_init__(self):
        if not self.weekdays:
            raise ValueError("Nobody works on no day of the week: name at least one.")

    def closed(self, day: date) -> Closed | None:
        """Why nobody works on this day; None on a working day."""
        if day.weekday() not in self.weekdays:
            return Closed(day)
        return next((Closed(day, country) for country in self.countries if is_holiday(day, country)), None)

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


def is_holiday(day: date, country: str) -> bool:
    return bool(country) and day in _public_holidays(country, day.year)


def holiday_name(day: date, country: str, language: str = "") -> str:
    """What the holiday is called, in this language where its country's calendar speaks it, else as it does there."""
    return _public_holidays(country, day.year, _spoken_of(country, language)).get(day, "")


def is_working_day(day: date, country: str = "") -> bool:
    """Monday to Friday, except the country's public holidays."""
    return WorkingDays(countries=(country,)).closed(day) is None


def add_working_days(day: date, count: int, country: str = "") -> date:
    """The `count`-th working day after `day`; `day` itself need not be one."""
    return WorkingDays(countries=(country,)).after(day, count)[0]


def after_working_days(moment: datetime, count: int, zone: str, country: str = "") -> datetime:
    """The same hour, `count` working days later, by the clock and calendar of the place."""
    local = moment.astimezone(zone_named(zone))
    return local.replace(**_parts(add_working_days(local.date(), count, country)))


@lru_cache(maxsize=2048)
def _public_holidays(country: str, year: int, language: str | None = None) -> dict[date, str]:
    """The year's public holidays by name; none for a country the library does not know.

    A whole year at once: the library's own calendars fill up as they are asked, which threads must not share.
    """
    try:
        return dict(holidays.country_holidays(country, years=year, expand=False, language=language))
    except NotImplementedError:
        return {}


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

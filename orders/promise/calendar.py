"""Working days: when a promise of "two to four working days" falls, and how long a silence really lasted."""

from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays

from orders.windows import PromisedWindow, zone_named

SATURDAY = 5


@lru_cache(maxsize=64)
def _public_holidays(country: str):
    """The country's public holidays; an empty calendar for a country the library does not know."""
    try:
        return holidays.country_holidays(country)
    except NotImplementedError:
        return {}


def is_working_day(day: date, country: str = "") -> bool:
    """Monday to Friday, except the country's public holidays (ISO 3166 alpha-2; none given, none kept)."""
    return day.weekday() < SATURDAY and not (country and day in _public_holidays(country))


def add_working_days(day: date, count: int, country: str = "") -> date:
    """The `count`-th working day after `day`; `day` itself need not be one."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, country)
    return day


def after_working_days(moment: datetime, count: int, zone: str, country: str = "") -> datetime:
    """The same hour, `count` working days later, by the clock and calendar of the place."""
    local = moment.astimezone(zone_named(zone))
    return local.replace(**_parts(add_working_days(local.date(), count, country)))


def promised_window(ordered_at: datetime, days_min: int, days_max: int, zone: str, country: str = "") -> PromisedWindow:
    """The window of a promise in working days after the order, at the destination."""
    day = ordered_at.astimezone(zone_named(zone)).date()
    return PromisedWindow(add_working_days(day, days_min, country), add_working_days(day, days_max, country), zone=zone)


def _parts(day: date) -> dict:
    return {"year": day.year, "month": day.month, "day": day.day}

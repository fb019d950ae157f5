"""Dates and times in the reader's language, by CLDR. Page, e-mail, SMS and admin all take their wording from here."""

from datetime import date, datetime
from decimal import Decimal

from babel import Locale
from babel.dates import format_interval, format_skeleton, format_time, format_timedelta
from babel.numbers import format_currency
from django.utils import timezone
from django.utils.translation import get_language, pgettext, to_locale

from orders.windows import PromisedWindow, zone_named

# Plain "en" is American in CLDR; the portal writes "Thu 26 Nov".
CLDR_NAMES = {"en": "en_GB"}

DAY, DAY_WITH_YEAR = "MMMMEd", "yMMMMEd"


def locale_for(language: str | None = None) -> Locale:
    """CLDR's locale for this language; the active one when none is given."""
    language = language or get_language() or "en"
    return Locale.parse(CLDR_NAMES.get(language, to_locale(language)))


def day(when: date, *, today: date | None = None, language: str | None = None) -> str:
    """ "Thu 26 Nov", with the year when it is not `today`'s."""
    locale = locale_for(language)
    return format_skeleton(_skeleton(today, when), datetime(when.year, when.month, when.day), locale=locale)  # noqa: DTZ001


def promised(window: PromisedWindow, *, today: date | None = None, language: str | None = None) -> str:
    """ "Thu 26 – Fri 27 November", or one day with its hours: "Thu 26 November, 13:00–15:00"."""
    locale = locale_for(language)
    if window.earliest == window.latest:
        days = day(window.latest, today=today, language=language)
    else:
        days = format_interval(
            window.earliest, window.latest, _skeleton(today, window.earliest, window.latest), locale=locale
        )
    if window.to_time is None:
        return days
    until = format_time(window.to_time, "short", locale=locale)
    if window.from_time is None:
        return pgettext("promise", "%(days)s by %(until)s") % {"days": days, "until": until}
    hours = f"{format_time(window.from_time, 'short', locale=locale)}–{until}"
    return pgettext("promise", "%(days)s, %(hours)s") % {"days": days, "hours": hours}


def clock(moment: datetime, zone: str | None = None, *, language: str | None = None) -> str:
    """ "14:30" by the clock of `zone`, or by the moment's own when none is given."""
    return format_time(_local(moment, zone), "short", locale=locale_for(language))


def day_and_clock(moment: datetime, zone: str | None = None, *, language: str | None = None) -> str:
    """ "Thu 26 November, 14:30" by the clock of `zone`, or by the moment's own."""
    local, locale = _local(moment, zone), locale_for(language)
    days = day(local.date(), today=timezone.now().date(), language=language)
    return pgettext("promise", "%(days)s, %(hours)s") % {
        "days": days,
        "hours": format_time(local, "short", locale=locale),
    }


def ago(moment: datetime, *, now: datetime | None = None, language: str | None = None) -> str:
    """ "2 hours ago", "in 5 minutes"."""
    span = moment - (now or timezone.now())
    return format_timedelta(span, granularity="minute", add_direction=True, threshold=1, locale=locale_for(language))


def money(amount: Decimal, currency: str, *, language: str | None = None) -> str:
    """ "€79.90"; `currency` is its ISO 4217 code, which stands for itself where CLDR does not know it."""
    return format_currency(amount, currency, locale=locale_for(language))


def _local(moment: datetime, zone: str | None) -> datetime:
    """The wall clock's reading, as a naive value that CLDR formats without shifting."""
    return (moment.astimezone(zone_named(zone)) if zone else moment).replace(tzinfo=None)


def _skeleton(today: date | None, *days: date) -> str:
    today = today or timezone.now().date()
    return DAY if all(when.year == today.year for when in days) else DAY_WITH_YEAR

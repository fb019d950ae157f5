"""Figures of the desk for estimates; a dash where there is nothing to go by."""

from datetime import timedelta

from babel.dates import format_timedelta
from django import template
from django.utils.translation import pgettext

from orders.wording import locale_for

register = template.Library()

NOTHING = "–"


@register.filter
def of_100(share):
    """ "7 of 100": what a share means for a shop's parcels."""
    return NOTHING if share is None else pgettext("share", "%(count)d of 100") % {"count": round(share * 100)}


@register.filter
def hours(value):
    """ "10 hours", and from two days on "3 days"."""
    if value is None:
        return NOTHING
    return format_timedelta(timedelta(hours=value), granularity="hour", threshold=2, locale=locale_for())


@register.filter
def unlocalized(number):
    """As SVG wants it: with a point, in every language."""
    return str(number)

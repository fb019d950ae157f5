"""Figures of the desk for estimates; a dash where there is nothing to go by."""

from django import template
from django.utils.formats import localize

register = template.Library()

NOTHING = "–"


@register.filter
def of_100(share):
    return NOTHING if share is None else round(share * 100)


@register.filter
def hours(value):
    return NOTHING if value is None else localize(round(value))


@register.filter
def unlocalized(number):
    """As SVG wants it: with a point, in every language."""
    return str(number)

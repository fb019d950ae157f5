"""orders.wording for templates."""

from django import template

from orders import wording

register = template.Library()

register.filter("promised", lambda window: wording.promised(window))
register.filter("day", lambda when: wording.day(when))
register.filter("clock", lambda moment, zone=None: wording.clock(moment, zone))
register.filter("day_and_clock", lambda moment, zone=None: wording.day_and_clock(moment, zone))
register.filter("ago", lambda moment: wording.ago(moment))

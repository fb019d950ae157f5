"""Why a promise is as it is: the steps of a plan as sentences in the reader's language."""

from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from orders import wording
from orders.promise.calendar import holiday_name
from orders.promise.rules import Plan, Step, What

SENTENCES = {
    What.ORDERED: _("Ordered on %(day)s."),
    What.AFTER_CUT_OFF: _("The cut-off of %(day)s had passed: it counts from the next working day."),
    What.WAREHOUSE_CLOSED: _("%(day)s: the warehouse does not work."),
    What.NOT_COLLECTED: _("%(day)s: the carrier does not collect."),
    What.HANDED_OVER: _("Handed over on %(day)s."),
    What.NO_TRANSIT: _("%(day)s: no working day for the delivery."),
    What.EARLIEST: _("There on %(day)s at the earliest."),
    What.LATEST: _("There on %(day)s at the latest."),
}
ON_A_HOLIDAY = {
    What.WAREHOUSE_CLOSED: _("%(day)s: the warehouse does not work, for it is %(holiday)s (%(country)s)."),
    What.NOT_COLLECTED: _("%(day)s: the carrier does not collect, for it is %(holiday)s (%(country)s)."),
    What.NO_TRANSIT: _("%(day)s: no working day for the delivery, for it is %(holiday)s (%(country)s)."),
}


def sentence(step: Step, today: date | None = None) -> str:
    """The step in words; the year stands there when it is not `today`'s."""
    day = wording.day(step.day, today=today)
    if not step.holiday_of:
        return SENTENCES[step.what] % {"day": day}
    told = {"day": day, "holiday": holiday_of(step), "country": step.holiday_of}
    return ON_A_HOLIDAY[step.what] % told


def sentences(plan: Plan, today: date | None = None) -> list[str]:
    return [sentence(step, today) for step in plan.steps]


def holiday_of(step: Step) -> str:
    """The public holiday on that day, in the reader's language where its country's calendar speaks it."""
    return holiday_name(step.day, step.holiday_of, get_language() or "") if step.holiday_of else ""

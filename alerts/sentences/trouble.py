"""What is said of what goes wrong or changes."""

from django.utils.translation import pgettext_lazy

from alerts.sentences.base import SEE_ORDER, Sentences
from alerts.triggers import Trigger

TROUBLE = {
    Trigger.AT_RISK: Sentences(
        subject=pgettext_lazy("at risk", "Your order %(order)s may arrive later than %(last)s"),
        headline=pgettext_lazy("at risk", "May arrive later than %(last)s"),
        story=pgettext_lazy(
            "at risk",
            "Your parcel from %(shop)s was promised for %(days)s. We are no longer sure that it will arrive in time, "
            "and would rather tell you now.",
        ),
        next=pgettext_lazy(
            "at risk", "You do not need to do anything. We are watching it and will write as soon as we know more."
        ),
        short=pgettext_lazy(
            "at risk", "%(shop)s: your order %(order)s may arrive later than %(last)s. We will write when we know more."
        ),
    ),
    Trigger.LATE: Sentences(
        subject=pgettext_lazy("late", "Your order %(order)s is late"),
        headline=pgettext_lazy("late", "It should have come by %(last)s"),
        story=pgettext_lazy(
            "late", "Your parcel from %(shop)s has not arrived as promised. We are sorry that you have to wait."
        ),
        next=pgettext_lazy(
            "late",
            "We have no new day yet and will write as soon as there is one. If you cannot wait, tell us and we will "
            "see what can be done.",
        ),
        short=pgettext_lazy(
            "late",
            "%(shop)s: your order %(order)s is late, it should have come by %(last)s. We are sorry and will write when "
            "there is a new day.",
        ),
    ),
    Trigger.PROMISE_REVISED: Sentences(
        subject=pgettext_lazy("new day", "New delivery day for your order %(order)s: %(days)s"),
        headline=pgettext_lazy("new day", "Now expected %(days)s"),
        story=pgettext_lazy("new day", "Your parcel from %(shop)s takes longer than planned. We are sorry."),
        next=pgettext_lazy("new day", "You do not need to do anything. If it takes longer still, we will tell you."),
        short=pgettext_lazy("new day", "%(shop)s: your order %(order)s is now expected %(days)s (was %(was)s)."),
    ),
    Trigger.RECOVERED: Sentences(
        subject=pgettext_lazy("recovered", "Your order %(order)s is back on track: %(days)s"),
        headline=pgettext_lazy("recovered", "Back on track: %(days)s"),
        story=pgettext_lazy(
            "recovered", "We had written that your parcel from %(shop)s may be late. It has caught up."
        ),
        next=pgettext_lazy("recovered", "You do not need to do anything. If it is late after all, we will tell you."),
        short=pgettext_lazy("recovered", "%(shop)s: your order %(order)s is back on track, expected %(days)s."),
    ),
    Trigger.EXCEPTION: Sentences(
        subject=pgettext_lazy("exception", "There is a problem with your order %(order)s"),
        headline=pgettext_lazy("exception", "There is a problem on the way"),
        story=pgettext_lazy("exception", "Your parcel from %(shop)s has met a problem on its way to you."),
        next=pgettext_lazy("exception", "You do not need to do anything now. Its page always shows the latest."),
        short=pgettext_lazy("exception", "%(shop)s: there is a problem with your order %(order)s on its way. See why:"),
    ),
    Trigger.DAMAGED: Sentences(
        subject=pgettext_lazy("damaged", "A parcel of your order %(order)s was damaged on its way"),
        headline=pgettext_lazy("damaged", "Damaged on its way"),
        story=pgettext_lazy("damaged", "The carrier has reported your parcel from %(shop)s as damaged. We are sorry."),
        next=pgettext_lazy("damaged", "Please write to us: we will put it right."),
        short=pgettext_lazy(
            "damaged",
            "%(shop)s: a parcel of your order %(order)s was damaged on its way. We are sorry and will put it right:",
        ),
    ),
    Trigger.LOST: Sentences(
        subject=pgettext_lazy("lost", "The carrier has lost a parcel of your order %(order)s"),
        headline=pgettext_lazy("lost", "Your parcel is lost"),
        story=pgettext_lazy("lost", "The carrier has reported your parcel from %(shop)s as lost. We are sorry."),
        next=pgettext_lazy("lost", "Please write to us: we will put it right."),
        short=pgettext_lazy(
            "lost",
            "%(shop)s: the carrier has lost a parcel of your order %(order)s. We are sorry and will put it right:",
        ),
    ),
    Trigger.RETURNING: Sentences(
        subject=pgettext_lazy("returning", "Your order %(order)s is on its way back to us"),
        headline=pgettext_lazy("returning", "On its way back"),
        story=pgettext_lazy("returning", "The carrier is taking your parcel back to %(shop)s."),
        next=pgettext_lazy("returning", "Please write to us if you still want it, and we will find a way."),
        short=pgettext_lazy(
            "returning", "%(shop)s: the carrier is taking your order %(order)s back to us. What you can do:"
        ),
    ),
    Trigger.RETURNED: Sentences(
        subject=pgettext_lazy("returned", "Your order %(order)s has come back to us"),
        headline=pgettext_lazy("returned", "Back at the shop"),
        story=pgettext_lazy("returned", "Your parcel has arrived back at %(shop)s."),
        next=pgettext_lazy("returned", "Please write to us if you have not heard from us about it yet."),
        short=pgettext_lazy("returned", "%(shop)s: your order %(order)s has come back to us."),
    ),
    Trigger.CANCELLED: Sentences(
        subject=pgettext_lazy("cancelled", "A parcel of your order %(order)s was cancelled"),
        headline=pgettext_lazy("cancelled", "Cancelled"),
        story=pgettext_lazy("cancelled", "A parcel of your order from %(shop)s was cancelled and will not come."),
        next=pgettext_lazy("cancelled", "If you did not expect this, please write to us."),
        short=pgettext_lazy("cancelled", "%(shop)s: a parcel of your order %(order)s was cancelled."),
    ),
    Trigger.ORDER_DELAYED: Sentences(
        subject=pgettext_lazy("order delayed", "Your order %(order)s takes us longer than planned"),
        headline=pgettext_lazy("order delayed", "It takes us longer"),
        story=pgettext_lazy(
            "order delayed",
            "Getting your order %(order)s ready takes %(shop)s longer than planned. We are sorry about the wait.",
        ),
        next=pgettext_lazy(
            "order delayed",
            "You do not need to do anything. If you cannot wait, write to us and we will see what can be done.",
        ),
        short=pgettext_lazy(
            "order delayed",
            "%(shop)s: getting your order %(order)s ready takes longer than planned. We are sorry about the wait.",
        ),
        button=SEE_ORDER,
    ),
    Trigger.ORDER_CANCELLED: Sentences(
        subject=pgettext_lazy("order cancelled", "Your order %(order)s was cancelled"),
        headline=pgettext_lazy("order cancelled", "Order cancelled"),
        story=pgettext_lazy("order cancelled", "Your order %(order)s at %(shop)s was cancelled and will not come."),
        next=pgettext_lazy("order cancelled", "If you did not expect this, please write to us."),
        short=pgettext_lazy(
            "order cancelled",
            "%(shop)s: your order %(order)s was cancelled. If you did not expect this, please write to us.",
        ),
        button=SEE_ORDER,
    ),
}

"""What each message says, in whole sentences for translators.

Placeholders: %(shop)s and %(order)s; %(days)s is the promise, %(last)s its last day, %(was)s the promise before, and
%(when)s the moment of delivery. Texts to phones are one or two sentences; the link follows.
"""

from dataclasses import dataclass

from django.utils.functional import Promise as Lazy
from django.utils.translation import pgettext_lazy

from alerts.triggers import Trigger
from orders.reasons import Action

FOLLOW = pgettext_lazy("button", "Follow your parcel")


@dataclass(frozen=True, slots=True)
class Sentences:
    """`headline` stands large, `story` is what happened, `next` what follows unless the reason asks for something."""

    subject: Lazy
    headline: Lazy
    story: Lazy
    next: Lazy
    sms: Lazy
    button: Lazy = FOLLOW


BECAUSE = pgettext_lazy("message", "The reason: %(reason)s.")
CARRIER_SAYS = pgettext_lazy("message", "The carrier says: %(reason)s.")
NO_REASON = pgettext_lazy("message", "The carrier has not said why.")
EXPECTED = pgettext_lazy("message", "Expected %(days)s")
WAS = pgettext_lazy("promise", "was %(days)s")
TEST = pgettext_lazy("message", "Test: %(subject)s")

SENTENCES = {
    Trigger.SHIPPED: Sentences(
        subject=pgettext_lazy("shipped", "Your order %(order)s is on its way"),
        headline=pgettext_lazy("shipped", "On its way"),
        story=pgettext_lazy("shipped", "The carrier has your parcel from %(shop)s and is bringing it to you."),
        next=pgettext_lazy("shipped", "You do not need to do anything. If it takes longer, we will tell you."),
        sms=pgettext_lazy("shipped", "%(shop)s: your order %(order)s is on its way."),
    ),
    Trigger.OUT_FOR_DELIVERY: Sentences(
        subject=pgettext_lazy("out for delivery", "Your order %(order)s is out for delivery"),
        headline=pgettext_lazy("out for delivery", "Out for delivery"),
        story=pgettext_lazy("out for delivery", "Your parcel from %(shop)s has left the depot for your address."),
        next=pgettext_lazy("out for delivery", "It helps if somebody is there to take it in."),
        sms=pgettext_lazy("out for delivery", "%(shop)s: your order %(order)s is out for delivery."),
    ),
    Trigger.DELIVERED: Sentences(
        subject=pgettext_lazy("delivered", "Your order %(order)s has been delivered"),
        headline=pgettext_lazy("delivered", "Delivered"),
        story=pgettext_lazy("delivered", "Your parcel from %(shop)s was delivered: %(when)s."),
        next=pgettext_lazy("delivered", "If you cannot find it, write to us and we will look into it."),
        sms=pgettext_lazy("delivered", "%(shop)s: your order %(order)s has been delivered."),
    ),
    Trigger.ATTEMPT_FAILED: Sentences(
        subject=pgettext_lazy("attempt failed", "The carrier could not hand over your order %(order)s"),
        headline=pgettext_lazy("attempt failed", "The carrier could not hand it over"),
        story=pgettext_lazy("attempt failed", "The carrier came with your parcel from %(shop)s and left with it."),
        next=pgettext_lazy("attempt failed", "The page of your parcel shows what happens now and what you can do."),
        sms=pgettext_lazy(
            "attempt failed", "%(shop)s: the carrier could not hand over your order %(order)s. What you can do:"
        ),
    ),
    Trigger.AVAILABLE_FOR_PICKUP: Sentences(
        subject=pgettext_lazy("pickup", "Your order %(order)s is ready for pickup"),
        headline=pgettext_lazy("pickup", "Ready for pickup"),
        story=pgettext_lazy("pickup", "Your parcel from %(shop)s is waiting for you to collect it."),
        next=pgettext_lazy("pickup", "Please collect it soon: after some days the carrier sends it back."),
        sms=pgettext_lazy("pickup", "%(shop)s: your order %(order)s is ready for pickup. Where to collect it:"),
        button=Action.COLLECT.button,
    ),
    Trigger.EXCEPTION: Sentences(
        subject=pgettext_lazy("exception", "There is a problem with your order %(order)s"),
        headline=pgettext_lazy("exception", "There is a problem on the way"),
        story=pgettext_lazy("exception", "Your parcel from %(shop)s has met a problem on its way to you."),
        next=pgettext_lazy("exception", "You do not need to do anything now. Its page always shows the latest."),
        sms=pgettext_lazy("exception", "%(shop)s: there is a problem with your order %(order)s on its way. See why:"),
    ),
    Trigger.RETURNING: Sentences(
        subject=pgettext_lazy("returning", "Your order %(order)s is on its way back to us"),
        headline=pgettext_lazy("returning", "On its way back"),
        story=pgettext_lazy("returning", "The carrier is taking your parcel back to %(shop)s."),
        next=pgettext_lazy("returning", "Please write to us if you still want it, and we will find a way."),
        sms=pgettext_lazy(
            "returning", "%(shop)s: the carrier is taking your order %(order)s back to us. What you can do:"
        ),
    ),
    Trigger.RETURNED: Sentences(
        subject=pgettext_lazy("returned", "Your order %(order)s has come back to us"),
        headline=pgettext_lazy("returned", "Back at the shop"),
        story=pgettext_lazy("returned", "Your parcel has arrived back at %(shop)s."),
        next=pgettext_lazy("returned", "Please write to us if you have not heard from us about it yet."),
        sms=pgettext_lazy("returned", "%(shop)s: your order %(order)s has come back to us."),
    ),
    Trigger.CANCELLED: Sentences(
        subject=pgettext_lazy("cancelled", "A parcel of your order %(order)s was cancelled"),
        headline=pgettext_lazy("cancelled", "Cancelled"),
        story=pgettext_lazy("cancelled", "A parcel of your order from %(shop)s was cancelled and will not come."),
        next=pgettext_lazy("cancelled", "If you did not expect this, please write to us."),
        sms=pgettext_lazy("cancelled", "%(shop)s: a parcel of your order %(order)s was cancelled."),
    ),
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
        sms=pgettext_lazy(
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
        sms=pgettext_lazy(
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
        sms=pgettext_lazy("new day", "%(shop)s: your order %(order)s is now expected %(days)s (was %(was)s)."),
    ),
    Trigger.RECOVERED: Sentences(
        subject=pgettext_lazy("recovered", "Your order %(order)s is back on track: %(days)s"),
        headline=pgettext_lazy("recovered", "Back on track: %(days)s"),
        story=pgettext_lazy(
            "recovered", "We had written that your parcel from %(shop)s may be late. It has caught up."
        ),
        next=pgettext_lazy("recovered", "You do not need to do anything. If it is late after all, we will tell you."),
        sms=pgettext_lazy("recovered", "%(shop)s: your order %(order)s is back on track, expected %(days)s."),
    ),
}

"""What is said of what the shopper has to do something for."""

from django.utils.translation import pgettext_lazy

from alerts.sentences.base import Sentences
from alerts.triggers import Trigger
from orders.reasons import Action

TASKS = {
    Trigger.ATTEMPT_FAILED: Sentences(
        subject=pgettext_lazy("attempt failed", "The carrier could not hand over your order %(order)s"),
        headline=pgettext_lazy("attempt failed", "The carrier could not hand it over"),
        story=pgettext_lazy("attempt failed", "The carrier came with your parcel from %(shop)s and left with it."),
        next=pgettext_lazy("attempt failed", "The page of your parcel shows what happens now and what you can do."),
        short=pgettext_lazy(
            "attempt failed", "%(shop)s: the carrier could not hand over your order %(order)s. What you can do:"
        ),
    ),
    Trigger.ADDRESS_PROBLEM: Sentences(
        subject=pgettext_lazy("address problem", "The carrier needs a better address for your order %(order)s"),
        headline=pgettext_lazy("address problem", "Something is wrong with the address"),
        story=pgettext_lazy(
            "address problem", "The carrier cannot bring your parcel from %(shop)s to the address that it has."
        ),
        next=pgettext_lazy("address problem", "Please confirm your address."),
        short=pgettext_lazy(
            "address problem",
            "%(shop)s: the carrier needs a better address for your order %(order)s. Please confirm it:",
        ),
    ),
    Trigger.HELD_IN_CUSTOMS: Sentences(
        subject=pgettext_lazy("held in customs", "Customs is holding your order %(order)s"),
        headline=pgettext_lazy("held in customs", "Held in customs"),
        story=pgettext_lazy("held in customs", "Your parcel from %(shop)s is waiting for customs to release it."),
        next=pgettext_lazy("held in customs", "You do not need to do anything now. Its page always shows the latest."),
        short=pgettext_lazy("held in customs", "%(shop)s: customs is holding your order %(order)s. What happens next:"),
    ),
    Trigger.DUTIES_DUE: Sentences(
        subject=pgettext_lazy("duties due", "Duties have to be paid for your order %(order)s"),
        headline=pgettext_lazy("duties due", "Duties have to be paid"),
        story=pgettext_lazy(
            "duties due", "Your parcel from %(shop)s is with customs, which releases it once the duties are paid."
        ),
        next=pgettext_lazy("duties due", "Please pay the duties so that customs can release it."),
        short=pgettext_lazy(
            "duties due",
            "%(shop)s: duties have to be paid for your order %(order)s before customs releases it. How to pay:",
        ),
    ),
    Trigger.AVAILABLE_FOR_PICKUP: Sentences(
        subject=pgettext_lazy("pickup", "Your order %(order)s is ready for pickup"),
        headline=pgettext_lazy("pickup", "Ready for pickup"),
        story=pgettext_lazy("pickup", "Your parcel from %(shop)s is waiting for you to collect it."),
        next=pgettext_lazy("pickup", "Please collect it soon: after some days the carrier sends it back."),
        short=pgettext_lazy("pickup", "%(shop)s: your order %(order)s is ready for pickup. Where to collect it:"),
        button=Action.COLLECT.button,
    ),
    Trigger.PICKUP_REMINDER: Sentences(
        subject=pgettext_lazy("pickup reminder", "Your order %(order)s is still waiting for you"),
        headline=pgettext_lazy("pickup reminder", "Still waiting to be collected"),
        story=pgettext_lazy("pickup reminder", "Your parcel from %(shop)s has been waiting for you for some days."),
        next=pgettext_lazy("pickup reminder", "Please collect it soon: after some days the carrier sends it back."),
        short=pgettext_lazy(
            "pickup reminder", "%(shop)s: your order %(order)s is still waiting for you. Please collect it soon. Where:"
        ),
        button=Action.COLLECT.button,
    ),
}

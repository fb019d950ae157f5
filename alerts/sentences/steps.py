"""What is said of each step on the way of an order and its parcels."""

from django.utils.translation import pgettext_lazy

from alerts.sentences.base import SEE_ORDER, Sentences
from alerts.triggers import Trigger

STEPS = {
    Trigger.ORDER_RECEIVED: Sentences(
        subject=pgettext_lazy("order received", "We have received your order %(order)s"),
        headline=pgettext_lazy("order received", "Thank you for your order"),
        story=pgettext_lazy("order received", "Your order %(order)s has reached %(shop)s."),
        next=pgettext_lazy(
            "order received", "You do not need to do anything. Its page shows how far it is, from our house to yours."
        ),
        short=pgettext_lazy(
            "order received",
            "%(shop)s: thank you, we have received your order %(order)s. Its page shows how far it is:",
        ),
        button=SEE_ORDER,
    ),
    Trigger.ANNOUNCED: Sentences(
        subject=pgettext_lazy("announced", "Your order %(order)s is being prepared"),
        headline=pgettext_lazy("announced", "Being prepared"),
        story=pgettext_lazy(
            "announced", "%(shop)s has announced your parcel to the carrier. It has not been scanned on its way yet."
        ),
        next=pgettext_lazy("announced", "You do not need to do anything. Its page always shows the latest."),
        short=pgettext_lazy(
            "announced", "%(shop)s: your order %(order)s is being prepared and has been announced to the carrier."
        ),
    ),
    Trigger.SHIPPED: Sentences(
        subject=pgettext_lazy("shipped", "Your order %(order)s is on its way"),
        headline=pgettext_lazy("shipped", "On its way"),
        story=pgettext_lazy("shipped", "The carrier has your parcel from %(shop)s and is bringing it to you."),
        next=pgettext_lazy("shipped", "You do not need to do anything. If it takes longer, we will tell you."),
        short=pgettext_lazy("shipped", "%(shop)s: your order %(order)s is on its way."),
    ),
    Trigger.ARRIVING_TOMORROW: Sentences(
        subject=pgettext_lazy("arriving tomorrow", "Your order %(order)s may arrive tomorrow"),
        headline=pgettext_lazy("arriving tomorrow", "Expected %(days)s"),
        story=pgettext_lazy(
            "arriving tomorrow", "Your parcel from %(shop)s is on its way and may come as early as tomorrow."
        ),
        next=pgettext_lazy("arriving tomorrow", "You do not need to do anything. Its page always shows the latest."),
        short=pgettext_lazy("arriving tomorrow", "%(shop)s: your order %(order)s may arrive tomorrow (%(days)s)."),
    ),
    Trigger.OUT_FOR_DELIVERY: Sentences(
        subject=pgettext_lazy("out for delivery", "Your order %(order)s is out for delivery"),
        headline=pgettext_lazy("out for delivery", "Out for delivery"),
        story=pgettext_lazy("out for delivery", "Your parcel from %(shop)s has left the depot for your address."),
        next=pgettext_lazy("out for delivery", "It helps if somebody is there to take it in."),
        short=pgettext_lazy("out for delivery", "%(shop)s: your order %(order)s is out for delivery."),
    ),
    Trigger.DELIVERED: Sentences(
        subject=pgettext_lazy("delivered", "Your order %(order)s has been delivered"),
        headline=pgettext_lazy("delivered", "Delivered"),
        story=pgettext_lazy("delivered", "Your parcel from %(shop)s was delivered: %(when)s."),
        next=pgettext_lazy("delivered", "If you cannot find it, write to us and we will look into it."),
        short=pgettext_lazy("delivered", "%(shop)s: your order %(order)s has been delivered."),
    ),
    Trigger.LEFT_WITH_NEIGHBOUR: Sentences(
        subject=pgettext_lazy("left with a neighbour", "Your order %(order)s is with a neighbour"),
        headline=pgettext_lazy("left with a neighbour", "Left with a neighbour"),
        story=pgettext_lazy(
            "left with a neighbour", "The carrier says that a neighbour took in your parcel from %(shop)s: %(when)s."
        ),
        next=pgettext_lazy(
            "left with a neighbour", "Please ask next door. If nobody has it, write to us and we will look into it."
        ),
        short=pgettext_lazy(
            "left with a neighbour",
            "%(shop)s: the carrier left your order %(order)s with a neighbour. Who has it, as far as we know:",
        ),
    ),
    Trigger.LEFT_IN_SAFE_PLACE: Sentences(
        subject=pgettext_lazy("left in a safe place", "Your order %(order)s was left in a safe place"),
        headline=pgettext_lazy("left in a safe place", "Left in a safe place"),
        story=pgettext_lazy(
            "left in a safe place",
            "The carrier says that your parcel from %(shop)s was left in a safe place: %(when)s.",
        ),
        next=pgettext_lazy(
            "left in a safe place",
            "Please look where parcels are usually left. If you cannot find it, write to us and we will look into it.",
        ),
        short=pgettext_lazy(
            "left in a safe place",
            "%(shop)s: the carrier left your order %(order)s in a safe place. Where, as far as we know:",
        ),
    ),
    Trigger.LEFT_IN_LOCKER: Sentences(
        subject=pgettext_lazy("left in a locker", "Your order %(order)s was left for you"),
        headline=pgettext_lazy("left in a locker", "Left for you"),
        story=pgettext_lazy("left in a locker", "The carrier left your parcel from %(shop)s for you: %(when)s."),
        next=pgettext_lazy(
            "left in a locker", "Please look there. If you cannot find it, write to us and we will look into it."
        ),
        short=pgettext_lazy(
            "left in a locker",
            "%(shop)s: the carrier left your order %(order)s for you in a locker, a mailbox or at the reception. More:",
        ),
    ),
}

"""What is said of several parcels of one order at once. %(count)d is two or more."""

from dataclasses import dataclass

from django.utils.functional import Promise as Lazy
from django.utils.translation import npgettext_lazy, pgettext_lazy

from alerts.triggers import Trigger


@dataclass(frozen=True, slots=True)
class Gathered:
    """`told` is the whole news, subject and headline alike; `next` stands below the list of the parcels."""

    told: Lazy
    next: Lazy


SHORT = pgettext_lazy("gathered", "%(shop)s: %(told)s.")
# One of the parcels in the list, and its days.
PARCEL = pgettext_lazy("gathered", "%(carrier)s %(number)s")
DAYS_AND_BEFORE = pgettext_lazy("gathered", "%(days)s (was %(was)s)")

IF_LONGER = pgettext_lazy("gathered", "You do not need to do anything. If one takes longer, we will tell you.")

GATHERED = {
    Trigger.ANNOUNCED: Gathered(
        npgettext_lazy(
            "gathered",
            "%(count)d parcel of your order %(order)s is being prepared",
            "%(count)d parcels of your order %(order)s are being prepared",
            "count",
        ),
        IF_LONGER,
    ),
    Trigger.SHIPPED: Gathered(
        npgettext_lazy(
            "gathered",
            "%(count)d parcel of your order %(order)s is on its way",
            "%(count)d parcels of your order %(order)s are on their way",
            "count",
        ),
        IF_LONGER,
    ),
    Trigger.ARRIVING_TOMORROW: Gathered(
        npgettext_lazy(
            "gathered",
            "%(count)d parcel of your order %(order)s may arrive tomorrow",
            "%(count)d parcels of your order %(order)s may arrive tomorrow",
            "count",
        ),
        IF_LONGER,
    ),
    Trigger.OUT_FOR_DELIVERY: Gathered(
        npgettext_lazy(
            "gathered",
            "%(count)d parcel of your order %(order)s is out for delivery",
            "%(count)d parcels of your order %(order)s are out for delivery",
            "count",
        ),
        pgettext_lazy("gathered", "It helps if somebody is there to take them in."),
    ),
    Trigger.AVAILABLE_FOR_PICKUP: Gathered(
        npgettext_lazy(
            "gathered",
            "%(count)d parcel of your order %(order)s is ready for pickup",
            "%(count)d parcels of your order %(order)s are ready for pickup",
            "count",
        ),
        pgettext_lazy("gathered", "Please collect them soon: after some days the carrier sends them back."),
    ),
    Trigger.DELIVERED: Gathered(
        npgettext_lazy(
            "gathered",
            "%(count)d parcel of your order %(order)s has been delivered",
            "%(count)d parcels of your order %(order)s have been delivered",
            "count",
        ),
        pgettext_lazy("gathered", "If you cannot find one, write to us and we will look into it."),
    ),
    Trigger.AT_RISK: Gathered(
        npgettext_lazy(
            "gathered",
            "%(count)d parcel of your order %(order)s may be late",
            "%(count)d parcels of your order %(order)s may be late",
            "count",
        ),
        pgettext_lazy("gathered", "You do not need to do anything. We will write as soon as we know more."),
    ),
    Trigger.LATE: Gathered(
        npgettext_lazy(
            "gathered",
            "%(count)d parcel of your order %(order)s is late",
            "%(count)d parcels of your order %(order)s are late",
            "count",
        ),
        pgettext_lazy("gathered", "We are sorry that you have to wait, and will write as soon as there is a new day."),
    ),
    Trigger.PROMISE_REVISED: Gathered(
        npgettext_lazy(
            "gathered",
            "%(count)d parcel of your order %(order)s takes longer than planned",
            "%(count)d parcels of your order %(order)s take longer than planned",
            "count",
        ),
        pgettext_lazy("gathered", "We are sorry. If one takes longer still, we will tell you."),
    ),
    Trigger.RECOVERED: Gathered(
        npgettext_lazy(
            "gathered",
            "%(count)d parcel of your order %(order)s is back on track",
            "%(count)d parcels of your order %(order)s are back on track",
            "count",
        ),
        IF_LONGER,
    ),
}

"""What is worth a message: from a StatusChange to a Trigger, and each trigger's manners."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from orders.models import ChangeKind, RiskState, StatusChange
from orders.reasons import Reason
from orders.statuses import Status


class Trigger(TextChoices):
    """What a message tells, most telling first: of several in one piece of news, the first is said."""

    CANCELLED = "cancelled", pgettext_lazy("message", "Cancelled")
    RETURNED = "returned", pgettext_lazy("message", "Returned to the shop")
    RETURNING = "returning", pgettext_lazy("message", "On its way back")
    DELIVERED = "delivered", pgettext_lazy("message", "Delivered")
    AVAILABLE_FOR_PICKUP = "available_for_pickup", pgettext_lazy("message", "Ready for pickup")
    ATTEMPT_FAILED = "attempt_failed", pgettext_lazy("message", "Delivery attempt failed")
    EXCEPTION = "exception", pgettext_lazy("message", "Held up")
    OUT_FOR_DELIVERY = "out_for_delivery", pgettext_lazy("message", "Out for delivery")
    LATE = "late", pgettext_lazy("message", "Late")
    PROMISE_REVISED = "promise_revised", pgettext_lazy("message", "New delivery day")
    AT_RISK = "at_risk", pgettext_lazy("message", "May be late")
    SHIPPED = "shipped", pgettext_lazy("message", "Shipped")
    RECOVERED = "recovered", pgettext_lazy("message", "Back on track")

    @property
    def manners(self) -> "Manners":
        return MANNERS[self]

    @property
    def precedence(self) -> int:
        """0 for what is said before all else."""
        return list(Trigger).index(self)


# Of the promise rather than of the parcel: pointless once the parcel has arrived or will not.
ABOUT_THE_PROMISE = frozenset({Trigger.LATE, Trigger.PROMISE_REVISED, Trigger.AT_RISK, Trigger.RECOVERED})
# After one of these, "back on track" is worth saying.
WARNINGS = frozenset({Trigger.LATE, Trigger.AT_RISK})


@dataclass(frozen=True, slots=True)
class Manners:
    """`channels` by default; whether the shopper who saw the page needs it; whether one promise gets it once only."""

    channels: tuple[str, ...]
    skipped_when_seen: bool = False
    once_per_promise: bool = False


EMAIL, EMAIL_AND_SMS = ("email",), ("email", "sms")

MANNERS = {
    Trigger.CANCELLED: Manners(EMAIL),
    Trigger.RETURNED: Manners(EMAIL),
    Trigger.RETURNING: Manners(EMAIL_AND_SMS),
    Trigger.DELIVERED: Manners(EMAIL_AND_SMS, skipped_when_seen=True),
    Trigger.AVAILABLE_FOR_PICKUP: Manners(EMAIL_AND_SMS),
    Trigger.ATTEMPT_FAILED: Manners(EMAIL_AND_SMS),
    Trigger.EXCEPTION: Manners(EMAIL_AND_SMS),
    Trigger.OUT_FOR_DELIVERY: Manners(EMAIL_AND_SMS, skipped_when_seen=True),
    Trigger.LATE: Manners(EMAIL_AND_SMS, once_per_promise=True),
    Trigger.PROMISE_REVISED: Manners(EMAIL_AND_SMS),
    Trigger.AT_RISK: Manners(EMAIL_AND_SMS, once_per_promise=True),
    Trigger.SHIPPED: Manners(EMAIL, skipped_when_seen=True),
    Trigger.RECOVERED: Manners(EMAIL_AND_SMS, skipped_when_seen=True, once_per_promise=True),
}

# A headline that is a message of its own, whatever it was before.
BY_STATUS = {
    Status.OUT_FOR_DELIVERY: Trigger.OUT_FOR_DELIVERY,
    Status.ATTEMPT_FAILED: Trigger.ATTEMPT_FAILED,
    Status.AVAILABLE_FOR_PICKUP: Trigger.AVAILABLE_FOR_PICKUP,
    Status.DELIVERED: Trigger.DELIVERED,
    Status.EXCEPTION: Trigger.EXCEPTION,
    Status.RETURNING: Trigger.RETURNING,
    Status.RETURNED: Trigger.RETURNED,
    Status.CANCELLED: Trigger.CANCELLED,
}
# In transit is news only to somebody who was last told that the parcel had not left.
NOT_LEFT = frozenset({Status.UNKNOWN, Status.INFO_RECEIVED, Status.CANCELLED})

BY_RISK = {
    RiskState.AT_RISK: Trigger.AT_RISK,
    RiskState.LATE: Trigger.LATE,
    RiskState.RECOVERED: Trigger.RECOVERED,
}

# These hold a parcel up and ask nothing of the shopper: what matters of them is what they do to the promise.
DELAYS = frozenset(
    {
        Reason.WEATHER,
        Reason.STRIKE,
        Reason.HOLIDAY,
        Reason.MISSORTED,
        Reason.CARRIER_DELAY,
        Reason.CAPACITY,
        Reason.VEHICLE_BREAKDOWN,
        Reason.RESCHEDULED,
        Reason.REDIRECTED,
        Reason.NOT_HANDED_OVER,
        Reason.SHIPPING_DATA,
    }
)


def trigger_for(change: StatusChange) -> Trigger | None:
    """What this change is worth saying, or None. Whether it is said, and to whom, is judged elsewhere."""
    return _READERS[ChangeKind(change.kind)](change)


def _by_status(change: StatusChange) -> Trigger | None:
    new = Status(change.new)
    if new is Status.IN_TRANSIT:
        return Trigger.SHIPPED if change.old in NOT_LEFT else _asked_of_the_shopper(change)
    return BY_STATUS.get(new)


def _asked_of_the_shopper(change: StatusChange) -> Trigger | None:
    """A parcel that moves on while the shopper has something to do for it."""
    if change.reason and Reason(change.reason).action.button:
        return Trigger.EXCEPTION
    return None


def _by_promise(change: StatusChange) -> Trigger | None:
    new = change.promise
    before = new.supersedes if new else None
    return Trigger.PROMISE_REVISED if before and new.latest > before.latest else None


def _by_risk(change: StatusChange) -> Trigger | None:
    return BY_RISK.get(RiskState(change.new))


_READERS = {ChangeKind.STATUS: _by_status, ChangeKind.PROMISE: _by_promise, ChangeKind.RISK: _by_risk}

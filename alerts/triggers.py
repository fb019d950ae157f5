"""What is worth a message: from a StatusChange to a Trigger, and each trigger's manners."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from orders.models import CaseNews, ChangeKind, OrderNews, Purpose, RiskState, StatusChange
from orders.reasons import Reason
from orders.statuses import Status


class Trigger(TextChoices):
    """What a message tells, most telling first: of several in one piece of news, the first is said."""

    CANCELLED = "cancelled", pgettext_lazy("message", "Cancelled")
    ORDER_CANCELLED = "order_cancelled", pgettext_lazy("message", "Order cancelled")
    LOST = "lost", pgettext_lazy("message", "Lost")
    DAMAGED = "damaged", pgettext_lazy("message", "Damaged")
    RETURNED = "returned", pgettext_lazy("message", "Returned to the shop")
    RETURNING = "returning", pgettext_lazy("message", "On its way back")
    LEFT_WITH_NEIGHBOUR = "left_with_neighbour", pgettext_lazy("message", "Left with a neighbour")
    LEFT_IN_SAFE_PLACE = "left_in_safe_place", pgettext_lazy("message", "Left in a safe place")
    LEFT_IN_LOCKER = "left_in_locker", pgettext_lazy("message", "Left in a locker")
    DELIVERED = "delivered", pgettext_lazy("message", "Delivered")
    AVAILABLE_FOR_PICKUP = "available_for_pickup", pgettext_lazy("message", "Ready for pickup")
    PICKUP_REMINDER = "pickup_reminder", pgettext_lazy("message", "Still waiting to be picked up")
    ATTEMPT_FAILED = "attempt_failed", pgettext_lazy("message", "Delivery attempt failed")
    ADDRESS_PROBLEM = "address_problem", pgettext_lazy("message", "Problem with the address")
    DUTIES_DUE = "duties_due", pgettext_lazy("message", "Duties to be paid")
    HELD_IN_CUSTOMS = "held_in_customs", pgettext_lazy("message", "Held in customs")
    EXCEPTION = "exception", pgettext_lazy("message", "Held up")
    OUT_FOR_DELIVERY = "out_for_delivery", pgettext_lazy("message", "Out for delivery")
    LATE = "late", pgettext_lazy("message", "Late")
    PROMISE_REVISED = "promise_revised", pgettext_lazy("message", "New delivery day")
    AT_RISK = "at_risk", pgettext_lazy("message", "May be late")
    ARRIVING_TOMORROW = "arriving_tomorrow", pgettext_lazy("message", "Arriving tomorrow")
    SHIPPED = "shipped", pgettext_lazy("message", "On its way")
    ANNOUNCED = "announced", pgettext_lazy("message", "Announced to the carrier")
    RECOVERED = "recovered", pgettext_lazy("message", "Back on track")
    ORDER_DELAYED = "order_delayed", pgettext_lazy("message", "Order delayed in the shop")
    ORDER_RECEIVED = "order_received", pgettext_lazy("message", "Order received")
    CASE_OPENED = "case_opened", pgettext_lazy("message", "Case opened")
    CASE_ANSWERED = "case_answered", pgettext_lazy("message", "Case answered")
    CASE_CLOSED = "case_closed", pgettext_lazy("message", "Case closed")
    REFUNDED = "refunded", pgettext_lazy("message", "Refund sent")
    HOW_TO_USE = "how_to_use", pgettext_lazy("message", "How to use it")
    CARE = "care", pgettext_lazy("message", "How to care for it")
    FEEDBACK = "feedback", pgettext_lazy("message", "How was it?")
    WARRANTY_ENDS = "warranty_ends", pgettext_lazy("message", "Warranty ends soon")
    ANNIVERSARY = "anniversary", pgettext_lazy("message", "A year ago")

    @property
    def manners(self) -> "Manners":
        return MANNERS[self]

    @property
    def precedence(self) -> int:
        """0 for what is said before all else."""
        return list(Trigger).index(self)


class Group(TextChoices):
    """What shoppers choose by on the preference page: they want a group of messages or not."""

    STEPS = "steps", pgettext_lazy("messages", "Each step on the way")
    TROUBLE = "trouble", pgettext_lazy("messages", "When something goes wrong or changes")
    TASKS = "tasks", pgettext_lazy("messages", "When I have to do something")
    SERVICE = "service", pgettext_lazy("messages", "Answers and refunds")
    HELP = "help", pgettext_lazy("messages", "Help with what I bought")
    LATER = "later", pgettext_lazy("messages", "Questions and reminders later")

    @property
    def purpose(self) -> Purpose:
        """What consent a message of this group needs."""
        return Purpose.AFTERCARE if self in (Group.HELP, Group.LATER) else Purpose.DELIVERY


# Of the promise rather than of the parcel: pointless once the parcel has arrived or will not.
ABOUT_THE_PROMISE = frozenset(
    {Trigger.LATE, Trigger.PROMISE_REVISED, Trigger.AT_RISK, Trigger.RECOVERED, Trigger.ARRIVING_TOMORROW}
)
# The parcel is there.
ARRIVED = frozenset(
    {Trigger.DELIVERED, Trigger.LEFT_WITH_NEIGHBOUR, Trigger.LEFT_IN_SAFE_PLACE, Trigger.LEFT_IN_LOCKER}
)
# A problem on the way, each told once for one reason.
PROBLEMS = frozenset(
    {
        Trigger.LOST,
        Trigger.DAMAGED,
        Trigger.ADDRESS_PROBLEM,
        Trigger.DUTIES_DUE,
        Trigger.HELD_IN_CUSTOMS,
        Trigger.EXCEPTION,
    }
)
# What these say is their reason: it is not given a second time.
NAMES_ITS_REASON = frozenset(
    {Trigger.LOST, Trigger.DAMAGED, Trigger.DUTIES_DUE, Trigger.LEFT_WITH_NEIGHBOUR, Trigger.LEFT_IN_SAFE_PLACE}
)
# The promised day says nothing any more: the parcel waits already, or will not come by itself.
BEYOND_THE_PROMISE = frozenset(
    {Trigger.LOST, Trigger.DAMAGED, Trigger.RETURNING, Trigger.AVAILABLE_FOR_PICKUP, Trigger.PICKUP_REMINDER}
)
# What these say comes next asks to write to the shop, in words of their own.
ASKS_TO_WRITE = frozenset({Trigger.LOST, Trigger.DAMAGED, Trigger.RETURNING, Trigger.RETURNED, Trigger.CANCELLED})
# Not news: each follows some time after a change, by alerts/followups.py.
FOLLOW_UPS = frozenset(
    {
        Trigger.ARRIVING_TOMORROW,
        Trigger.PICKUP_REMINDER,
        Trigger.HOW_TO_USE,
        Trigger.CARE,
        Trigger.FEEDBACK,
        Trigger.WARRANTY_ENDS,
        Trigger.ANNIVERSARY,
    }
)
# After one of these, "back on track" is worth saying.
WARNINGS = frozenset({Trigger.LATE, Trigger.AT_RISK})


@dataclass(frozen=True, slots=True)
class Manners:
    """How a trigger is said unless the shop decides otherwise.

    `channels` by default; `is_on` before a shop has decided; whether the shopper who saw the page needs it; whether one
    promise gets it once only. `breaks_quiet` may wake people up, `breaks_budget` is sent however much was said today,
    `gathers` tells the parcels of a split order in one message.
    """

    group: Group
    channels: tuple[str, ...]
    is_on: bool = True
    skipped_when_seen: bool = False
    once_per_promise: bool = False
    breaks_quiet: bool = False
    breaks_budget: bool = False
    gathers: bool = False


EMAIL, ALL = ("email",), ("email", "sms", "push", "webhook")
QUIETLY = ("email", "push", "webhook")

MANNERS = {
    Trigger.CANCELLED: Manners(Group.TROUBLE, QUIETLY, breaks_budget=True),
    Trigger.ORDER_CANCELLED: Manners(Group.TROUBLE, QUIETLY, breaks_budget=True),
    Trigger.LOST: Manners(Group.TROUBLE, ALL, breaks_budget=True),
    Trigger.DAMAGED: Manners(Group.TROUBLE, ALL, breaks_budget=True),
    Trigger.RETURNED: Manners(Group.TROUBLE, QUIETLY),
    Trigger.RETURNING: Manners(Group.TROUBLE, ALL, breaks_budget=True),
    Trigger.LEFT_WITH_NEIGHBOUR: Manners(Group.STEPS, ALL, skipped_when_seen=True, breaks_budget=True),
    Trigger.LEFT_IN_SAFE_PLACE: Manners(Group.STEPS, ALL, skipped_when_seen=True, breaks_budget=True),
    Trigger.LEFT_IN_LOCKER: Manners(Group.STEPS, ALL, skipped_when_seen=True, breaks_budget=True),
    Trigger.DELIVERED: Manners(Group.STEPS, ALL, skipped_when_seen=True, breaks_budget=True, gathers=True),
    Trigger.AVAILABLE_FOR_PICKUP: Manners(Group.TASKS, ALL, breaks_budget=True, gathers=True),
    Trigger.PICKUP_REMINDER: Manners(Group.TASKS, ALL, breaks_budget=True),
    Trigger.ATTEMPT_FAILED: Manners(Group.TASKS, ALL, breaks_budget=True),
    Trigger.ADDRESS_PROBLEM: Manners(Group.TASKS, ALL, breaks_budget=True),
    Trigger.DUTIES_DUE: Manners(Group.TASKS, ALL, breaks_budget=True),
    # Of the tasks, since customs may ask for papers: who wants to hear of nothing else must hear of that.
    Trigger.HELD_IN_CUSTOMS: Manners(Group.TASKS, ALL, breaks_budget=True),
    Trigger.EXCEPTION: Manners(Group.TROUBLE, ALL),
    Trigger.OUT_FOR_DELIVERY: Manners(
        Group.STEPS, ALL, skipped_when_seen=True, breaks_quiet=True, breaks_budget=True, gathers=True
    ),
    Trigger.LATE: Manners(Group.TROUBLE, ALL, once_per_promise=True, gathers=True),
    Trigger.PROMISE_REVISED: Manners(Group.TROUBLE, ALL, gathers=True),
    Trigger.AT_RISK: Manners(Group.TROUBLE, ALL, once_per_promise=True, gathers=True),
    Trigger.ARRIVING_TOMORROW: Manners(
        Group.STEPS, QUIETLY, is_on=False, skipped_when_seen=True, once_per_promise=True, gathers=True
    ),
    Trigger.SHIPPED: Manners(Group.STEPS, QUIETLY, skipped_when_seen=True, gathers=True),
    Trigger.ANNOUNCED: Manners(Group.STEPS, QUIETLY, is_on=False, skipped_when_seen=True, gathers=True),
    Trigger.RECOVERED: Manners(Group.TROUBLE, ALL, skipped_when_seen=True, once_per_promise=True, gathers=True),
    Trigger.ORDER_DELAYED: Manners(Group.TROUBLE, QUIETLY),
    Trigger.ORDER_RECEIVED: Manners(Group.STEPS, EMAIL, is_on=False),
    Trigger.CASE_OPENED: Manners(Group.SERVICE, QUIETLY, breaks_budget=True),
    Trigger.CASE_ANSWERED: Manners(Group.SERVICE, QUIETLY, breaks_budget=True),
    Trigger.CASE_CLOSED: Manners(Group.SERVICE, QUIETLY, breaks_budget=True),
    Trigger.REFUNDED: Manners(Group.SERVICE, QUIETLY, breaks_budget=True),
    Trigger.HOW_TO_USE: Manners(Group.HELP, EMAIL, is_on=False),
    Trigger.CARE: Manners(Group.HELP, EMAIL, is_on=False),
    Trigger.FEEDBACK: Manners(Group.LATER, EMAIL, is_on=False),
    Trigger.WARRANTY_ENDS: Manners(Group.LATER, EMAIL, is_on=False),
    Trigger.ANNIVERSARY: Manners(Group.LATER, EMAIL, is_on=False),
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
# A headline whose reason says more than itself.
BY_REASON = {
    (Status.DELIVERED, Reason.DELIVERED_TO_NEIGHBOUR): Trigger.LEFT_WITH_NEIGHBOUR,
    (Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE): Trigger.LEFT_IN_SAFE_PLACE,
    (Status.DELIVERED, Reason.DELIVERED_TO_LOCKER): Trigger.LEFT_IN_LOCKER,
    (Status.DELIVERED, Reason.DELIVERED_TO_RECEPTION): Trigger.LEFT_IN_LOCKER,
    (Status.EXCEPTION, Reason.CUSTOMS_HELD): Trigger.HELD_IN_CUSTOMS,
    (Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS): Trigger.HELD_IN_CUSTOMS,
    (Status.EXCEPTION, Reason.DUTIES_UNPAID): Trigger.DUTIES_DUE,
    (Status.EXCEPTION, Reason.ADDRESS_INCORRECT): Trigger.ADDRESS_PROBLEM,
    (Status.EXCEPTION, Reason.ADDRESS_INCOMPLETE): Trigger.ADDRESS_PROBLEM,
    (Status.EXCEPTION, Reason.RECIPIENT_MOVED): Trigger.ADDRESS_PROBLEM,
    (Status.EXCEPTION, Reason.DAMAGED): Trigger.DAMAGED,
    (Status.EXCEPTION, Reason.LOST): Trigger.LOST,
}
# Another reason for these is another piece of news: a second attempt, a second problem.
SAID_AGAIN = frozenset({Status.ATTEMPT_FAILED, Status.EXCEPTION})
# In transit is news only to somebody who was last told that the parcel had not left.
NOT_LEFT = frozenset({Status.UNKNOWN, Status.INFO_RECEIVED, Status.CANCELLED})

BY_RISK = {
    RiskState.AT_RISK: Trigger.AT_RISK,
    RiskState.LATE: Trigger.LATE,
    RiskState.RECOVERED: Trigger.RECOVERED,
}

BY_ORDER_NEWS = {
    OrderNews.RECEIVED: Trigger.ORDER_RECEIVED,
    OrderNews.DELAYED: Trigger.ORDER_DELAYED,
    OrderNews.CANCELLED: Trigger.ORDER_CANCELLED,
}
BY_CASE_NEWS = {
    CaseNews.OPENED: Trigger.CASE_OPENED,
    CaseNews.ANSWERED: Trigger.CASE_ANSWERED,
    CaseNews.CLOSED: Trigger.CASE_CLOSED,
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


def _by_status(change: StatusChange) -> Trigger | None:
    new, reason = Status(change.new), Reason(change.reason) if change.reason else None
    if new is Status.INFO_RECEIVED:
        return Trigger.ANNOUNCED if change.old == Status.UNKNOWN else None
    if new is Status.IN_TRANSIT:
        return Trigger.SHIPPED if change.old in NOT_LEFT else _asked_of_the_shopper(reason)
    if told := BY_REASON.get((new, reason)):
        return told
    return BY_STATUS.get(new) if change.new != change.old or new in SAID_AGAIN else None


def _asked_of_the_shopper(reason: Reason | None) -> Trigger | None:
    """A parcel that moves on while the shopper has something to do for it."""
    if reason and reason.action.button:
        return BY_REASON.get((Status.EXCEPTION, reason), Trigger.EXCEPTION)
    return None


def _by_promise(change: StatusChange) -> Trigger | None:
    new = change.promise
    before = new.supersedes if new else None
    return Trigger.PROMISE_REVISED if before and new.latest > before.latest else None


_READERS = {
    ChangeKind.STATUS: _by_status,
    ChangeKind.PROMISE: _by_promise,
    ChangeKind.RISK: lambda change: BY_RISK.get(RiskState(change.new)),
    ChangeKind.ORDER: lambda change: BY_ORDER_NEWS.get(OrderNews(change.new)),
    ChangeKind.CASE: lambda change: BY_CASE_NEWS.get(CaseNews(change.new)),
    ChangeKind.REFUND: lambda change: Trigger.REFUNDED,
}


def trigger_for(change: StatusChange) -> Trigger | None:
    """What this change is worth saying, or None. Whether it is said, and to whom, is judged elsewhere."""
    read = _READERS.get(ChangeKind(change.kind))
    return read(change) if read else None

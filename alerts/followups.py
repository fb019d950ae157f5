"""What is said some time after a change: when, and whether it is still the moment once that time has come.

A day is counted by the calendar of the destination, and its hour is that of the clocks there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q, Sum
from django.utils import translation

from alerts.manners import Rule, rules_for
from alerts.models import Alert
from alerts.texts.aftercare import products_for, warranty_ends
from alerts.texts.variables import AFTERCARE
from alerts.triggers import FOLLOW_UPS, NOT_LEFT, Trigger
from orders.models import CaseKind, ChangeKind, Order, OrderNews, Product, RiskState, Shipment, StatusChange
from orders.statuses import Status
from orders.windows import PromisedWindow, zone_named

IN_THE_MORNING, IN_THE_EVENING = time(10), time(17)
# Days after the parcel lies ready or was delivered, unless the shop says otherwise.
USUAL_DAYS = {Trigger.PICKUP_REMINDER: 3, Trigger.HOW_TO_USE: 1, Trigger.FEEDBACK: 5, Trigger.CARE: 14}
BEFORE_THE_WARRANTY_ENDS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """`due_at` is aware."""

    trigger: Trigger
    due_at: datetime


def follow_ups(change: StatusChange) -> list[FollowUp]:
    """What the shop wants said some time after this change, the soonest first. Nothing that is due already."""
    wanted = {trigger: rule for trigger, rule in _asked(change).items() if rule.is_on}
    found = (FollowUp(trigger, due) for trigger, rule in wanted.items() if (due := _due_at(change, trigger, rule)))
    return sorted((told for told in found if told.due_at > change.created_at), key=lambda told: told.due_at)


def is_still_due(alert: Alert, now: datetime) -> bool:
    """Whether what was to be said later is still to be said now. News, which does not wait, always is."""
    trigger = Trigger(alert.trigger)
    if trigger not in FOLLOW_UPS:
        return True
    if trigger is Trigger.ARRIVING_TOMORROW:
        return _is_still_coming(alert.shipment, alert.change) and _is_before(alert.shipment, alert.change, now)
    if not _still_stands(alert.shipment, alert.change):
        return False
    return trigger is Trigger.PICKUP_REMINDER or _is_all_well(alert.order, alert.shipment)


def at_local(day: date, clock: time, zone: str) -> datetime:
    """When the clocks of `zone` show this on that day; in UTC."""
    return datetime.combine(day, clock, tzinfo=zone_named(zone)).astimezone(UTC)


def days_after(moment: datetime, days: int, zone: str) -> datetime:
    """In the morning, so many days of the local calendar after the moment's own."""
    return at_local(_local_day(moment, zone) + timedelta(days), IN_THE_MORNING, zone)


def evening_before(window: PromisedWindow, zone: str) -> datetime:
    """The evening before the first promised day, in `zone` unless the window names its own."""
    return at_local(window.earliest - timedelta(days=1), IN_THE_EVENING, window.zone or zone)


def a_year_after(day: date) -> date:
    """The same day of the next year; of 29 February, the last of that month."""
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


# When


def _asked(change: StatusChange) -> dict[Trigger, Rule]:
    """The shop's rules for what may follow this change."""
    triggers = [*_following(change)]
    return rules_for(change.merchant, triggers) if triggers else {}


def _following(change: StatusChange) -> Iterator[Trigger]:
    is_new = change.kind == ChangeKind.STATUS and change.new != change.old
    if change.promise and (change.kind == ChangeKind.PROMISE or (is_new and _has_left(change))):
        yield Trigger.ARRIVING_TOMORROW
    if is_new and change.new == Status.AVAILABLE_FOR_PICKUP:
        yield Trigger.PICKUP_REMINDER
    if is_new and change.new == Status.DELIVERED:
        yield from sorted(AFTERCARE)


def _has_left(change: StatusChange) -> bool:
    return change.new == Status.IN_TRANSIT and change.old in NOT_LEFT


def _due_at(change: StatusChange, trigger: Trigger, rule: Rule) -> datetime | None:
    zone = change.shipment.zone
    if trigger is Trigger.ARRIVING_TOMORROW:
        return evening_before(change.promise.window, zone)
    if trigger is Trigger.PICKUP_REMINDER:
        return days_after(change.occurred_at, _days(trigger, rule), zone)
    return _due_after_delivery(change, trigger, rule)


def _due_after_delivery(change: StatusChange, trigger: Trigger, rule: Rule) -> datetime | None:
    """None where nothing that was bought is a subject for it."""
    delivered, zone = change.occurred_at, change.shipment.zone
    with translation.override(change.order.spoken_language):
        products = products_for(trigger, change.order)
    if not products:
        return None
    if trigger is Trigger.WARRANTY_ENDS:
        return _warranty_reminder(products[0], _local_day(delivered, zone), zone)
    if trigger is Trigger.ANNIVERSARY:
        return at_local(a_year_after(_local_day(delivered, zone)), IN_THE_MORNING, zone)
    return days_after(delivered, _days(trigger, rule), zone)


def _days(trigger: Trigger, rule: Rule) -> int:
    return USUAL_DAYS[trigger] if rule.after_days is None else rule.after_days


def _warranty_reminder(product: Product, delivered: date, zone: str) -> datetime | None:
    """None where the warranty is so short that nobody forgets it."""
    day = warranty_ends(product, delivered) - BEFORE_THE_WARRANTY_ENDS
    return at_local(day, IN_THE_MORNING, zone) if day - delivered >= BEFORE_THE_WARRANTY_ENDS else None


def _local_day(moment: datetime, zone: str) -> date:
    return moment.astimezone(zone_named(zone)).date()


# Whether it still is the moment


def _is_still_coming(shipment: Shipment, change: StatusChange) -> bool:
    """On its way, and neither put off nor in doubt."""
    return (
        shipment.status == Status.IN_TRANSIT
        and shipment.promise_id == change.promise_id
        and not RiskState(shipment.risk).is_trouble
    )


def _is_before(shipment: Shipment, change: StatusChange, now: datetime) -> bool:
    """The first promised day has not begun: a pause, or a quiet evening, may have put the message off until then."""
    window = change.promise.window
    return _local_day(now, window.zone or shipment.zone) < window.earliest


def _still_stands(shipment: Shipment, change: StatusChange) -> bool:
    """The parcel is where this change put it, and has been since."""
    moved = shipment.changes.filter(kind=ChangeKind.STATUS, pk__gt=change.pk).exclude(new=change.new)
    return shipment.status == change.new and not moved.exists()


def _is_all_well(order: Order, shipment: Shipment) -> bool:
    """Everything that was ordered is there to stay, this parcel came last, and nothing is open."""
    parcels = [parcel for parcel in order.shipments.all() if parcel.status != Status.CANCELLED]
    if any(parcel.status != Status.DELIVERED for parcel in parcels) or shipment.pk != _last_of(parcels):
        return False
    return not (_has_case(order) or _is_called_off(order) or _is_paid_back(order))


def _last_of(parcels: list[Shipment]) -> int:
    return max(parcels, key=lambda parcel: (parcel.delivered_at, parcel.pk)).pk


def _has_case(order: Order) -> bool:
    """Something is open, or was to be sent back."""
    return order.cases.filter(Q(closed_at__isnull=True) | Q(kind=CaseKind.RETURN)).exists()


def _is_called_off(order: Order) -> bool:
    return order.changes.filter(kind=ChangeKind.ORDER, new=OrderNews.CANCELLED).exists()


def _is_paid_back(order: Order) -> bool:
    sent = order.refunds.aggregate(sum=Sum("amount"))["sum"] or 0
    return bool(order.total) and sent >= order.total

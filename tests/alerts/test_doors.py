"""Every message has a door: from what a carrier, the shop or the clock tells to the queued row, for each trigger."""

from datetime import date
from decimal import Decimal

import pytest

from alerts import planning
from alerts.models import Alert, TriggerRule
from alerts.states import State
from alerts.triggers import FOLLOW_UPS, Trigger
from orders.models import CaseKind, Product, Purpose, Shipment, StatusChange
from orders.reasons import Reason
from orders.services.cases import answer_case, close_case, open_case
from orders.services.intake import take_order
from orders.services.order_news import order_cancelled, order_delayed
from orders.services.record_events import reassess
from orders.services.refunds import record_refund
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.alerts.stories import DAY, HOUR, NOW, TOO_FAR, put_off, risk
from tests.builders import a_customer, a_merchant, a_scan, a_shipment, an_order, record
from tests.orders.test_intake import an_order_comes

pytestmark = pytest.mark.django_db


PROMISED = PromisedWindow(date(2026, 3, 4), date(2026, 3, 11), zone="Europe/Helsinki")


@pytest.fixture
def parcel() -> Shipment:
    """Still at the shop, which tells everything; its shopper wants to hear everything."""
    merchant = a_merchant()
    tells_everything(merchant)
    agreed = [("email", Purpose.AFTERCARE)]
    order = an_order(customer=a_customer(merchant, agreed_to=agreed), created_at=NOW - DAY)
    Product.objects.update(setup_guide="https://shop.example/guide", care_en="Dust it.", warranty_months=24)
    return a_shipment(order, window=PROMISED, now=NOW - DAY)  # with days to spare


def tells_everything(merchant):
    TriggerRule.objects.bulk_create(TriggerRule(merchant=merchant, trigger=trigger) for trigger in Trigger)


def scanned(status, reason=None, at=NOW):
    return lambda parcel: record(parcel, a_scan(status, at=at, reason=reason), now=at)


def after(first, then):
    """What happened first is told already."""

    def door(parcel):
        first(parcel)
        StatusChange.objects.update(planned_at=NOW)
        parcel.refresh_from_db()
        then(parcel)

    return door


def in_a_case(step):
    def door(parcel):
        case = open_case(parcel.order, CaseKind.DAMAGED, now=NOW)
        StatusChange.objects.update(planned_at=NOW)
        step(case.pk)

    return door


def was_warned(parcel):
    risk(parcel, "at_risk")
    planning.plan_forgotten(TOO_FAR + HOUR)
    Alert.objects.filter(trigger=Trigger.AT_RISK, state=State.QUEUED).update(
        state=State.SENT, due_at=None, sent_at=TOO_FAR - 10 * HOUR
    )


LEFT = scanned(Status.IN_TRANSIT, at=NOW - HOUR)
NOT_TODAY = PromisedWindow(date(2026, 3, 16), date(2026, 3, 17), zone="Europe/Helsinki")
DOORS = {
    Trigger.ORDER_RECEIVED: lambda parcel: take_order(parcel.merchant, an_order_comes(number="7", placed_at=NOW), NOW),
    Trigger.ORDER_DELAYED: lambda parcel: order_delayed(parcel.order, NOW),
    Trigger.ORDER_CANCELLED: lambda parcel: order_cancelled(parcel.order, NOW),
    Trigger.ANNOUNCED: scanned(Status.INFO_RECEIVED),
    Trigger.SHIPPED: scanned(Status.IN_TRANSIT),
    Trigger.ARRIVING_TOMORROW: after(LEFT, lambda parcel: put_off(parcel, NOT_TODAY)),
    Trigger.OUT_FOR_DELIVERY: scanned(Status.OUT_FOR_DELIVERY),
    Trigger.DELIVERED: scanned(Status.DELIVERED),
    Trigger.LEFT_WITH_NEIGHBOUR: scanned(Status.DELIVERED, Reason.DELIVERED_TO_NEIGHBOUR),
    Trigger.LEFT_IN_SAFE_PLACE: scanned(Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE),
    Trigger.LEFT_IN_LOCKER: scanned(Status.DELIVERED, Reason.DELIVERED_TO_LOCKER),
    Trigger.AVAILABLE_FOR_PICKUP: scanned(Status.AVAILABLE_FOR_PICKUP),
    Trigger.PICKUP_REMINDER: scanned(Status.AVAILABLE_FOR_PICKUP),
    Trigger.ATTEMPT_FAILED: scanned(Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
    Trigger.ADDRESS_PROBLEM: scanned(Status.EXCEPTION, Reason.ADDRESS_INCOMPLETE),
    Trigger.DUTIES_DUE: scanned(Status.EXCEPTION, Reason.DUTIES_UNPAID),
    Trigger.HELD_IN_CUSTOMS: scanned(Status.EXCEPTION, Reason.CUSTOMS_HELD),
    Trigger.DAMAGED: scanned(Status.EXCEPTION, Reason.DAMAGED),
    Trigger.LOST: scanned(Status.EXCEPTION, Reason.LOST),
    Trigger.EXCEPTION: scanned(Status.EXCEPTION, Reason.SECURITY_HOLD),
    Trigger.RETURNING: scanned(Status.RETURNING, Reason.REFUSED),
    Trigger.RETURNED: scanned(Status.RETURNED),
    Trigger.CANCELLED: scanned(Status.CANCELLED),
    Trigger.AT_RISK: after(LEFT, lambda parcel: reassess(parcel.pk, NOW + 9 * DAY)),
    Trigger.LATE: after(LEFT, lambda parcel: reassess(parcel.pk, NOW + 10 * DAY)),
    Trigger.PROMISE_REVISED: after(LEFT, lambda parcel: put_off(parcel, NOT_TODAY)),
    Trigger.RECOVERED: after(was_warned, lambda parcel: risk(parcel, "recovered", at=TOO_FAR + HOUR)),
    Trigger.CASE_OPENED: lambda parcel: open_case(parcel.order, CaseKind.DAMAGED, now=NOW),
    Trigger.CASE_ANSWERED: in_a_case(lambda case: answer_case(case, "A new one comes today.", NOW)),
    Trigger.CASE_CLOSED: in_a_case(lambda case: close_case(case, NOW)),
    Trigger.REFUNDED: lambda parcel: record_refund(parcel.order, "R-1", Decimal("9.90"), sent_at=NOW, now=NOW),
    Trigger.HOW_TO_USE: scanned(Status.DELIVERED),
    Trigger.CARE: scanned(Status.DELIVERED),
    Trigger.FEEDBACK: scanned(Status.DELIVERED),
    Trigger.WARRANTY_ENDS: scanned(Status.DELIVERED),
    Trigger.ANNIVERSARY: scanned(Status.DELIVERED),
}


def test_every_trigger_has_a_door():
    assert set(DOORS) == set(Trigger)


@pytest.mark.parametrize("trigger", Trigger)
def test_what_happens_becomes_a_queued_message(parcel, trigger):
    StatusChange.objects.update(planned_at=NOW)
    DOORS[trigger](parcel)
    changes = StatusChange.objects.filter(planned_at=None)
    for change in changes:
        planning.plan(change.pk, change.created_at)
    alert = Alert.objects.get(trigger=trigger, channel="email")
    assert (alert.get_state_display(), alert.get_reason_display()) == ("Queued", "")
    assert alert.due_at > alert.created_at if trigger in FOLLOW_UPS else alert.due_at >= alert.created_at
    assert alert.merchant == parcel.merchant

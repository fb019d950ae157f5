"""News of an order beside its parcels: told like any other, and known apart from theirs."""

from datetime import timedelta

import pytest
import time_machine

from alerts import delivery, planning
from alerts.models import Alert, TriggerRule
from alerts.states import Held, State, Why
from alerts.triggers import Trigger
from orders.models import CaseKind, Refund, StatusChange
from orders.reasons import Reason
from orders.services.cases import answer_case, close_case, open_case
from orders.services.order_news import order_delayed, order_received
from orders.statuses import Status
from tests.alerts.stories import HOUR, NOW, a_parcel, news
from tests.builders import a_customer, a_shipment, an_order

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def order():
    return an_order(customer=a_customer(phone=""), placed_at=NOW)


def plan(moment):
    """What was recorded and nobody planned yet."""
    return [
        alert
        for pk in StatusChange.objects.filter(planned_at=None).order_by("pk").values_list("pk", flat=True)
        for alert in planning.plan(pk, moment)
    ]


def at(moment):
    with time_machine.travel(moment):
        delivery.deliver_due()


def told():
    rows = Alert.objects.filter(channel="email").order_by("pk")
    return [(Trigger(alert.trigger), alert.state, alert.reason) for alert in rows]


def test_an_order_without_a_parcel_is_told_that_it_came_in(order, inbox):
    TriggerRule.objects.create(merchant=order.merchant, trigger=Trigger.ORDER_RECEIVED, is_on=True)
    order_received(order, NOW)
    (alert,) = plan(NOW)
    assert (alert.order, alert.shipment, alert.language) == (order, None, "en")
    at(NOW)
    assert told() == [(Trigger.ORDER_RECEIVED, State.SENT, "")]
    assert order.number in inbox.mailbox.all()[0].subject


def test_what_became_of_the_order_since_overtakes_what_waits(order, inbox):
    TriggerRule.objects.create(merchant=order.merchant, trigger=Trigger.ORDER_RECEIVED, is_on=True)
    order_received(order, NOW)
    plan(NOW)
    order_delayed(order, NOW + MINUTE)
    at(NOW + MINUTE)
    assert told() == [(Trigger.ORDER_RECEIVED, State.SUPPRESSED, Why.OVERTAKEN)]


def test_each_case_is_told_by_itself_and_its_latest_word_only(order, inbox):
    first, _second = (open_case(order, CaseKind.DAMAGED, now=NOW) for _ in range(2))
    plan(NOW)
    answer_case(first.pk, "We send another one.", now=NOW + MINUTE)
    plan(NOW + MINUTE)
    close_case(first.pk, now=NOW + 2 * MINUTE)
    at(NOW + 2 * MINUTE)
    assert [(trigger, why) for trigger, _state, why in told()] == [
        (Trigger.CASE_OPENED, Why.OVERTAKEN),
        (Trigger.CASE_OPENED, ""),
        (Trigger.CASE_ANSWERED, Why.OVERTAKEN),
    ]


def test_what_a_parcel_was_told_of_is_not_the_orders(order, inbox):
    """They share the budget and the spacing, for they have one reader; and nothing else."""
    parcel, _not_left = a_parcel(order=order), a_shipment(order, now=NOW)
    planning.plan(news(parcel, Status.EXCEPTION, reason=Reason.SECURITY_HOLD).pk, NOW)
    at(NOW)
    StatusChange.objects.filter(planned_at=None).update(planned_at=NOW)
    order_delayed(order, NOW + 2 * MINUTE)
    plan(NOW + 2 * MINUTE)
    assert Alert.objects.get(channel="email", trigger=Trigger.ORDER_DELAYED).held == Held.SPACING
    at(NOW + HOUR)
    assert told()[-1] == (Trigger.ORDER_DELAYED, State.SENT, "")


def test_two_refunds_are_two_messages(order, inbox):
    for reference in ("R-1", "R-2"):
        refund = Refund.objects.create(
            merchant=order.merchant, order=order, reference=reference, amount=5, currency="EUR", sent_at=NOW
        )
        StatusChange.objects.create(
            merchant=order.merchant,
            order=order,
            refund=refund,
            kind="refund",
            new="sent",
            occurred_at=NOW,
            created_at=NOW,
        )
    plan(NOW)
    at(NOW)
    assert told() == [(Trigger.REFUNDED, State.SENT, "")] * 2

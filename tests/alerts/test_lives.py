"""Whole lives of orders, as their shoppers read them: what is told is true, once, and what is not told says why."""

from datetime import timedelta

import pytest
import time_machine

from alerts import delivery, planning
from alerts.models import Alert, Preference
from alerts.states import Held, State, Why
from alerts.triggers import Trigger
from orders.models import Shipment, StatusChange
from orders.reasons import Reason
from orders.services.order_news import order_cancelled
from orders.statuses import Status
from tests.alerts.stories import DAY, HOUR, NOW, a_parcel, later_by, news
from tests.builders import a_customer, a_merchant, a_scan, a_shipment, an_order, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    return an_order(customer=a_customer(phone=""), placed_at=NOW)


def told(moment) -> list[Alert]:
    """What is planned and sent by then, the oldest first."""
    with time_machine.travel(moment):
        planning.plan_all(StatusChange.objects.filter(planned_at=None).order_by("pk").values_list("pk", flat=True))
        delivery.deliver_due()
    return list(Alert.objects.filter(channel="email").order_by("pk"))


def test_a_shop_that_begins_today_does_not_say_that_last_weeks_parcels_are_on_their_way(order, inbox):
    parcel = a_shipment(order, window=later_by(0), now=NOW)
    record(parcel, a_scan(at=NOW - 8 * DAY), a_scan(at=NOW - HOUR, city="Lübeck"), now=NOW)
    (alert,) = (alert for alert in told(NOW) if alert.trigger == Trigger.SHIPPED)
    assert (alert.state, alert.reason) == (State.SUPPRESSED, Why.OLD_NEWS)


def test_what_the_shopper_must_do_is_told_after_the_pause_if_it_is_still_to_be_done(order, inbox):
    parcel = a_parcel(order=order)
    back = NOW + 10 * DAY
    Preference.objects.create(merchant=order.merchant, customer=order.customer, unwanted=[], paused_until=back)
    news(parcel, Status.EXCEPTION, reason=Reason.DUTIES_UNPAID)
    assert [alert.held for alert in told(NOW)] == [Held.PAUSED]
    assert [alert.state for alert in told(back)] == [State.SENT]


def test_a_parcel_of_an_order_that_was_called_off_is_not_called_off_once_more(order, inbox):
    parcel = a_shipment(order, window=later_by(0), now=NOW)
    order_cancelled(order, NOW)
    told(NOW)
    record(parcel, a_scan(Status.CANCELLED, at=NOW + HOUR, reason=Reason.CANCELLED_BY_MERCHANT), now=NOW + HOUR)
    assert [(alert.trigger, alert.reason) for alert in told(NOW + HOUR)] == [
        (Trigger.ORDER_CANCELLED, ""),
        (Trigger.CANCELLED, Why.TOLD_BEFORE),
    ]


@pytest.mark.parametrize(
    ("status", "subject"),
    [
        (Status.IN_TRANSIT, "1 parcel of your order {} has been delivered"),
        (Status.EXCEPTION, "1 parcel of your order {} has been delivered"),
        (Status.DELIVERED, "Your order {} has been delivered"),
        (Status.CANCELLED, "Your order {} has been delivered"),
    ],
)
def test_one_parcel_that_arrives_is_not_the_whole_order(order, inbox, status, subject):
    parcel, other = a_parcel(order=order), a_parcel(order=order)
    Shipment.objects.filter(pk=other.pk).update(status=status)
    news(parcel, Status.DELIVERED)
    told(NOW)
    (alert,) = told(NOW + timedelta(minutes=11))
    assert alert.subject == subject.format(order.number)


def test_a_text_of_one_parcel_says_so_too(inbox):
    order = an_order(merchant=a_merchant(name="Nordlicht"))
    parcel, _other = a_parcel(order=order), a_parcel(order=order)
    news(parcel, Status.OUT_FOR_DELIVERY)
    told(NOW)
    told(NOW + timedelta(minutes=11))
    text = Alert.objects.get(channel="sms").body_text
    assert text.startswith(f"Nordlicht: 1 parcel of your order {order.number} is out for delivery. http")


def test_no_consent_is_told_in_words_that_are_true_of_every_channel():
    assert "text" not in Why.NO_CONSENT.label

"""What becomes of an order as a whole: received by coming in, delayed or cancelled by the shop's word."""

from datetime import timedelta

import pytest

from orders.models import ChangeKind, Shipment, StatusChange
from orders.services.intake import take_order
from orders.services.order_news import NewsRefused, order_cancelled, order_delayed
from orders.statuses import Status
from tests.builders import a_merchant, a_shipment, an_order, utc
from tests.orders.test_intake import MONDAY, an_order_comes

pytestmark = pytest.mark.django_db

NOW = utc(2026, 3, 2, 12)


def told(order) -> list[str]:
    news = StatusChange.objects.filter(order=order, kind=ChangeKind.ORDER).order_by("id")
    return list(news.values_list("new", flat=True))


def test_an_order_that_comes_in_is_received_once_and_when_it_was_placed():
    merchant = a_merchant()
    order = take_order(merchant, an_order_comes(placed_at=MONDAY - timedelta(hours=2)), MONDAY)
    take_order(merchant, an_order_comes(), MONDAY + timedelta(hours=1))
    received = StatusChange.objects.get(order=order, kind=ChangeKind.ORDER)
    assert (received.new, received.shipment) == ("received", None)
    assert (received.occurred_at, received.created_at) == (MONDAY - timedelta(hours=2), MONDAY)


def test_an_order_placed_by_a_clock_that_is_ahead_is_received_now():
    order = take_order(a_merchant(), an_order_comes(placed_at=MONDAY + timedelta(hours=2)), MONDAY)
    assert StatusChange.objects.get(order=order, kind=ChangeKind.ORDER).occurred_at == MONDAY


def test_a_delay_is_told_once():
    order = an_order()
    assert order_delayed(order, NOW).occurred_at == NOW
    assert order_delayed(order, NOW) is None
    assert told(order) == ["delayed"]


def test_a_cancelled_order_is_cancelled_once_and_for_good():
    order = an_order()
    order_delayed(order, NOW)
    assert order_cancelled(order, NOW).old == "delayed"
    assert order_cancelled(order, NOW) is None
    with pytest.raises(NewsRefused, match="was cancelled"):
        order_delayed(order, NOW)
    assert told(order) == ["delayed", "cancelled"]


@pytest.mark.parametrize(
    ("parcels", "may_delay", "may_cancel"),
    [
        ([], True, True),
        ([Status.UNKNOWN], True, True),
        ([Status.INFO_RECEIVED, Status.CANCELLED], True, True),
        ([Status.CANCELLED], False, True),
        ([Status.IN_TRANSIT], False, False),
        ([Status.IN_TRANSIT, Status.UNKNOWN], True, False),
        ([Status.DELIVERED], False, False),
        ([Status.RETURNED], False, True),
    ],
)
def test_only_what_may_be_true_is_told(parcels, may_delay, may_cancel):
    order = an_order()
    for status in parcels:
        Shipment.objects.filter(pk=a_shipment(order).pk).update(status=status)
    assert accepts(order_delayed, order) is may_delay
    assert accepts(order_cancelled, order) is may_cancel


def accepts(tell, order) -> bool:
    try:
        tell(order, NOW)
    except NewsRefused:
        return False
    return True

"""The buttons by which staff tell what became of an order."""

import pytest

from orders.models import ChangeKind, Order, Role, StatusChange
from orders.statuses import Status
from tests.builders import a_merchant, a_scan, a_shipment, an_order, record
from tests.staff import a_desk, press_on, told, url_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    return an_order(number="1001")


@pytest.fixture
def desk(django_user_model, order):
    return a_desk(django_user_model, order.merchant)


def news() -> list[str]:
    return list(StatusChange.objects.exclude(kind=ChangeKind.RISK).order_by("id").values_list("new", flat=True))


@pytest.mark.parametrize(("button", "becomes"), [("tell_delay", "delayed"), ("tell_cancellation", "cancelled")])
def test_what_became_of_it_is_told_once(desk, order, button, becomes):
    assert told(press_on(desk, order, button)) == ["It is noted, and the shopper is told."]
    assert told(press_on(desk, order, button)) == ["It was known."]
    assert news() == [becomes]


def test_what_cannot_be_is_said(desk, order):
    record(a_shipment(order), a_scan(Status.IN_TRANSIT))
    (said,) = told(press_on(desk, order, "tell_cancellation"))
    assert "under way" in said
    assert news() == ["in_transit"]


def test_a_refund_is_noted_and_shown_and_too_much_is_refused(desk, order):
    press_on(desk, order, "note_refund", amount="9.90", reference="R-1")
    (said,) = told(press_on(desk, order, "note_refund", amount="79.90", reference="R-2"))
    assert "is too much" in said
    assert order.refunds.get().reference == "R-1"
    shown = desk.get(url_of(Order, "change", order.pk)).content.decode()
    assert "R-1" in shown
    assert "What became of it" in shown
    assert news() == ["sent"]


@pytest.mark.parametrize("button", ["tell_delay", "tell_cancellation", "note_refund"])
def test_neither_a_viewer_nor_a_stranger_tells_anything(django_user_model, order, button):
    for merchant, role in ((order.merchant, Role.VIEWER), (a_merchant("Südwind"), Role.OWNER)):
        press_on(a_desk(django_user_model, merchant, role), order, button, amount="1", reference="R")
    assert news() == []

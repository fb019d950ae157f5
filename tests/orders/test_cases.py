"""Cases: opened, answered and closed, each told in the same transaction."""

import pytest

from orders.models import Case, CaseKind, ChangeKind, StatusChange, WebhookDelivery, WebhookEndpoint
from orders.services.cases import CaseRefused, answer_case, close_case, open_case
from orders.signals import changes_recorded
from tests.builders import a_shipment, an_order, utc

pytestmark = pytest.mark.django_db

NOW = utc(2026, 3, 2, 12)


@pytest.fixture
def order():
    return an_order()


@pytest.fixture
def case(order):
    return open_case(order, CaseKind.DAMAGED, "The shade is torn.", now=NOW)


def told(order) -> list[tuple[str, str]]:
    changes = StatusChange.objects.filter(order=order, kind=ChangeKind.CASE).order_by("id")
    return list(changes.values_list("old", "new"))


def test_a_life_of_a_case_is_told_step_by_step(order, case):
    answer_case(case.pk, "We send you a new one today.", NOW)
    assert close_case(case.pk, NOW)
    assert told(order) == [("", "opened"), ("opened", "answered"), ("answered", "closed")]
    case.refresh_from_db()
    assert (case.answer, case.answered_at, case.closed_at) == ("We send you a new one today.", NOW, NOW)


def test_a_case_about_one_parcel_is_news_of_that_parcel(order):
    shipment = a_shipment(order)
    case = open_case(order, CaseKind.MISSING, shipment=shipment)
    change = StatusChange.objects.get(case=case)
    assert (change.shipment, change.order, change.merchant) == (shipment, order, order.merchant)


def test_a_parcel_of_another_order_is_refused_and_nothing_is_opened(order):
    with pytest.raises(CaseRefused, match="does not belong to order"):
        open_case(order, CaseKind.MISSING, shipment=a_shipment())
    assert not Case.objects.exists()


def test_the_same_answer_again_is_no_news_another_one_is(order, case):
    for words in ("Soon.", " Soon. ", "Today."):
        answer_case(case.pk, words, NOW)
    assert told(order) == [("", "opened"), ("opened", "answered"), ("answered", "answered")]


@pytest.mark.parametrize("words", ["", "  \n"])
def test_an_empty_answer_is_refused(order, case, words):
    with pytest.raises(CaseRefused, match="answer is empty"):
        answer_case(case.pk, words)
    assert told(order) == [("", "opened")]


def test_a_closed_case_is_closed_once_and_not_answered_any_more(order, case):
    assert close_case(case.pk, NOW)
    assert not close_case(case.pk, NOW)
    with pytest.raises(CaseRefused, match="closed"):
        answer_case(case.pk, "Too late.")
    assert told(order) == [("", "opened"), ("opened", "closed")]


def test_those_who_act_on_it_are_woken_after_the_commit_and_the_shops_systems_are_told(
    order, django_capture_on_commit_callbacks
):
    WebhookEndpoint.objects.create(merchant=order.merchant, url="https://shop.example/hooks", kinds=["case"])
    woken = []
    changes_recorded.connect(lambda sender, ids, **kw: woken.extend(ids), weak=False, dispatch_uid="test.cases")
    try:
        with django_capture_on_commit_callbacks(execute=True):
            open_case(order, CaseKind.RETURN)
            assert woken == []
    finally:
        changes_recorded.disconnect(dispatch_uid="test.cases")
    change = StatusChange.objects.get(order=order)
    assert woken == [change.pk]
    assert WebhookDelivery.objects.get().change == change

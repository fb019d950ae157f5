"""Refunds: noted once by their reference, never more than was paid."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.models import ChangeKind, Refund, StatusChange
from orders.services.refunds import RefundRefused, record_refund
from tests.builders import an_order, utc

NOW = utc(2026, 3, 2, 12)
TEN = Decimal("10.00")


@pytest.fixture
def order(db):
    return an_order(total=Decimal("79.90"))


def test_a_refund_is_noted_and_told(order):
    refund, is_new = record_refund(order, "R-1", TEN, sent_at=NOW - timedelta(hours=1), now=NOW)
    assert (refund.amount, refund.currency, refund.merchant, is_new) == (TEN, "EUR", order.merchant, True)
    change = StatusChange.objects.get(refund=refund)
    assert (change.kind, change.new, change.occurred_at) == (ChangeKind.REFUND, "sent", NOW - timedelta(hours=1))


def test_the_same_reference_is_the_same_refund(order):
    first, _is_new = record_refund(order, "R-1", TEN)
    assert record_refund(order, "R-1", Decimal(10)) == (first, False)
    assert StatusChange.objects.filter(kind=ChangeKind.REFUND).count() == 1


def test_two_orders_may_use_the_same_reference(order):
    other = an_order(order.merchant)
    assert record_refund(order, "R-1", TEN)[1]
    assert record_refund(other, "R-1", TEN)[1]


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"reference": "R-1", "amount": Decimal(11)}, "reference", "known as 10.00 EUR"),
        ({"amount": Decimal("69.91")}, "amount", "€10.00 were sent back before"),
        ({"amount": Decimal(0)}, "amount", "more than 0"),
        ({"amount": Decimal(-5)}, "amount", "more than 0"),
        ({"currency": "SEK"}, "currency", "paid in EUR"),
        ({"sent_at": NOW + timedelta(days=1)}, "sent_at", "yet to come"),
    ],
)
def test_what_cannot_be_right_is_refused_by_its_field(order, given, field, said):
    record_refund(order, "R-1", TEN, now=NOW)
    with pytest.raises(RefundRefused, match=said) as refused:
        record_refund(order, **{"reference": "R-2", "amount": TEN, "now": NOW, **given})
    assert refused.value.field == field
    assert Refund.objects.count() == 1


def test_an_order_of_unknown_worth_bounds_nothing(order):
    order.total = 0
    order.save()
    assert record_refund(order, "R-1", Decimal(500))[1]


@pytest.mark.django_db
@given(cents=st.lists(st.integers(1, 9_000), max_size=6))
def test_however_it_is_sent_back_it_is_never_more_than_was_paid(cents):
    order = an_order(total=Decimal("79.90"))
    for n, amount in enumerate(cents):
        try:
            record_refund(order, f"R-{n}", Decimal(amount) / 100)
        except RefundRefused:
            continue
    sent = [refund.amount for refund in order.refunds.all()]
    assert sum(sent) <= order.total
    assert len(sent) == StatusChange.objects.filter(order=order, kind=ChangeKind.REFUND).count()

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from hypothesis import given as each_of
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient

from orders.incoming import ConsentData, CustomerData, OrderData
from orders.models import ApiKey, AskedAt, Consent, Purpose
from orders.services.consents import give, withdraw
from orders.services.intake import take_order
from tests.builders import a_customer, a_merchant, utc

MONDAY = utc(2026, 3, 2, 12)
DAY = timedelta(days=1)


@pytest.fixture
def shopper(db):
    return a_customer(agreed_to=[])


def holding(customer, **kind):
    return list(customer.consents.filter(withdrawn_at=None, **kind))


def test_a_yes_is_kept_with_its_proof(shopper):
    consent = give(shopper, "sms", where=AskedAt.PAGE, wording="Text me about my order.", at=MONDAY)
    assert holding(shopper) == [consent]
    assert (consent.merchant, consent.given_at, consent.given_where) == (shopper.merchant, MONDAY, AskedAt.PAGE)
    assert (consent.purpose, consent.wording) == (Purpose.DELIVERY, "Text me about my order.")


def test_a_second_yes_leaves_the_first_with_its_proof(shopper):
    first = give(shopper, "sms", wording="Text me.", at=MONDAY)
    assert give(shopper, "sms", wording="Text me more.", at=MONDAY + DAY) == first
    assert [consent.wording for consent in Consent.objects.all()] == ["Text me."]


def test_what_is_withdrawn_stays_on_record(shopper):
    give(shopper, "sms", at=MONDAY)
    assert withdraw(shopper, "sms", at=MONDAY + DAY)
    assert not withdraw(shopper, "sms", at=MONDAY + 2 * DAY), "it was withdrawn already"
    assert [(row.given_at, row.withdrawn_at) for row in Consent.objects.all()] == [(MONDAY, MONDAY + DAY)]


def test_a_newer_no_wins_over_an_older_yes_that_comes_in_later(shopper):
    give(shopper, "sms", at=MONDAY)
    withdraw(shopper, "sms", at=MONDAY + DAY)
    assert give(shopper, "sms", at=MONDAY) is None
    assert not holding(shopper)


def test_a_yes_after_the_no_holds_and_the_history_tells_both(shopper):
    give(shopper, "sms", at=MONDAY)
    withdraw(shopper, "sms", at=MONDAY + DAY)
    again = give(shopper, "sms", at=MONDAY + 2 * DAY)
    assert holding(shopper) == [again]
    assert Consent.objects.count() == 2


def test_a_no_takes_back_one_purpose_or_all_of_the_channel(shopper):
    for purpose in (Purpose.DELIVERY, Purpose.AFTERCARE):
        give(shopper, "email", purpose)
    kept = give(shopper, "sms")
    withdraw(shopper, "email", Purpose.AFTERCARE)
    assert [consent.purpose for consent in holding(shopper, channel="email")] == [Purpose.DELIVERY]
    withdraw(shopper, "email")
    assert holding(shopper) == [kept]


def test_nothing_is_given_in_the_name_of_somebody_who_was_forgotten(shopper):
    shopper.erased_at = timezone.now()
    shopper.save()
    assert give(shopper, "sms") is None


@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_are_one_consent():
    shopper = a_customer(agreed_to=[])

    def click(_nth):
        try:
            return give(shopper, "sms").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as people:
        assert len(set(people.map(click, range(16)))) == 1
    assert shopper.consents.count() == 1


class TestAnyStory(TestCase):
    @each_of(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=12))
    @effort(max_examples=60, deadline=None)
    def test_at_most_one_holds_and_no_row_ever_vanishes(self, story):
        shopper, rows = a_customer(agreed_to=[]), 0
        for is_yes, day in story:
            if is_yes:
                give(shopper, "sms", at=MONDAY + day * DAY)
            else:
                withdraw(shopper, "sms", at=MONDAY + day * DAY)
            assert len(holding(shopper)) <= 1
            assert shopper.consents.count() >= rows
            rows = shopper.consents.count()
            taken_back = [row.withdrawn_at for row in shopper.consents.all() if row.withdrawn_at]
            assert all(row.given_at > no for row in holding(shopper) for no in taken_back)


# From the shop


def an_order_with(**consent) -> OrderData:
    told = {"channel": "sms", "given_at": MONDAY, "wording": "Text me about my order.", **consent}
    customer = CustomerData(email="aino@shopper.example", phone="+358401234567", consents=(ConsentData(**told),))
    return OrderData(number="1001", placed_at=MONDAY, customer=customer)


@pytest.mark.django_db
class TestIntake:
    def test_a_consent_comes_in_with_the_order(self):
        customer = take_order(a_merchant(), an_order_with()).customer
        consent = customer.consents.get()
        assert (consent.channel, consent.purpose, consent.given_at) == ("sms", Purpose.DELIVERY, MONDAY)
        assert (consent.given_where, consent.wording) == (AskedAt.SHOP, "Text me about my order.")

    def test_the_same_order_again_changes_nothing(self):
        merchant = a_merchant()
        for _again in range(2):
            take_order(merchant, an_order_with())
        assert Consent.objects.count() == 1

    def test_what_was_withdrawn_since_is_not_given_again_by_a_repeated_order(self):
        merchant = a_merchant()
        customer = take_order(merchant, an_order_with()).customer
        withdraw(customer, "sms")
        take_order(merchant, an_order_with())
        assert not holding(customer)

    def test_a_no_that_was_said_in_the_shop_comes_in_too(self):
        merchant = a_merchant()
        customer = take_order(merchant, an_order_with()).customer
        for _again in range(2):
            take_order(merchant, an_order_with(withdrawn_at=MONDAY + DAY))
        assert [row.withdrawn_at for row in customer.consents.all()] == [MONDAY + DAY]


@pytest.mark.parametrize(
    ("consent", "message"),
    [
        ({"channel": "pigeon"}, "There is no way of writing “pigeon”. Known are email, "),
        ({"purpose": "adverts"}, "There is no purpose “adverts”. Known purposes: delivery, aftercare"),
        ({"given_at": MONDAY.replace(tzinfo=None)}, "has no time zone: add its offset"),
        ({"given_at": utc(2099, 1, 1)}, "has not come yet"),
        ({"wording": " "}, "This is empty"),
    ],
)
def test_a_consent_that_cannot_be_is_refused_with_what_to_change(consent, message):
    with pytest.raises(ValidationError) as refused:
        an_order_with(**consent)
    assert message in " ".join(refused.value.messages)


@pytest.mark.django_db
def test_the_api_takes_consents_and_says_what_is_wrong_with_them():
    _row, key = ApiKey.issue(a_merchant(), "tests")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    consent = {"channel": "email", "purpose": "aftercare", "given_at": "2026-03-02T09:00:00+02:00", "wording": "Yes."}

    def post(**change):
        customer = {"email": "aino@shopper.example", "consents": [{**consent, **change}]}
        order = {"number": "1001", "placed_at": "2026-03-02T09:00:00+02:00", "customer": customer}
        return client.post("/api/orders/", order, format="json")

    assert post().status_code == 201
    assert Consent.objects.get().purpose == Purpose.AFTERCARE
    refused = post(channel="pigeon")
    assert refused.status_code == 400
    assert "pigeon" in str(refused.json()["customer"]["consents"]["0"]["channel"])

from datetime import date, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Case, CaseKind, Customer, Promiser
from orders.reasons import Reason
from orders.selectors import Mark, PromiseStory, find_shipment, journey, promise_story, shipment_for_page
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.builders import a_merchant, a_scan, a_shipment, an_order, record, utc


def march(first, last=None, **kw):
    return PromisedWindow(date(2026, 3, first), date(2026, 3, last or first), **kw)


@pytest.mark.django_db
class TestPromiseStory:
    def test_without_a_promise_there_is_nothing_to_tell(self):
        story = promise_story(a_shipment(promised=False))
        assert (story.was, story.now, story.missed, story.is_later, story.is_earlier) == (
            None,
            None,
            False,
            False,
            False,
        )

    def test_a_moved_promise_is_told_against_the_first_one_with_the_last_reason(self):
        shipment = a_shipment(window=march(4))
        record(shipment, a_scan(at=utc(2026, 3, 2, 8)), window=march(5))
        missorted = a_scan(Status.EXCEPTION, at=utc(2026, 3, 3, 8), reason=Reason.MISSORTED)
        record(shipment, missorted, window=march(6, 7))
        story = promise_story(shipment, now=utc(2026, 3, 4, 8))
        assert (story.was.days(), story.now.days()) == (march(4).days(), march(6, 7).days())
        assert (story.why, story.by) == (Reason.MISSORTED, Promiser.CARRIER)
        assert story.is_later
        assert not story.missed

    def test_it_is_missed_by_the_clock_of_the_destination(self):
        shipment = a_shipment(window=march(4), zone="Europe/Helsinki")
        assert not promise_story(shipment, now=utc(2026, 3, 4, 21, 59)).missed
        assert promise_story(shipment, now=utc(2026, 3, 4, 22, 0)).missed

    def test_an_attempt_in_time_keeps_the_promise_for_good(self):
        shipment = a_shipment(window=march(4))
        record(shipment, a_scan(Status.ATTEMPT_FAILED, at=utc(2026, 3, 4, 9), reason=Reason.RECIPIENT_ABSENT))
        assert not promise_story(shipment, now=utc(2026, 3, 9)).missed


@pytest.mark.parametrize(
    ("was", "now", "later", "earlier"),
    [
        (march(4, 6), march(5), False, False),
        (march(4, 6), march(6, 7), True, False),
        (march(4), march(3), False, True),
        (march(4, to_time=time(12)), march(4, to_time=time(18)), True, False),
        (march(4), march(4, from_time=time(13), to_time=time(15)), False, False),
    ],
    ids=["a day within", "past the end", "before the start", "later that day", "its hours"],
)
def test_only_another_plan_is_told_as_a_change(was, now, later, earlier):
    story = PromiseStory("Europe/Helsinki", was=was, now=now)
    assert (story.is_later, story.is_earlier) == (later, earlier)


@pytest.mark.django_db
class TestJourney:
    def told(self, *scans):
        shipment = a_shipment()
        record(shipment, *(a_scan(status, at=utc(2026, 3, 2 + day)) for day, status in enumerate(scans)))
        return [(step.status, step.mark) for step in journey(shipment)]

    def test_before_any_news_all_is_still_to_come(self):
        assert {mark for _status, mark in self.told()} == {Mark.TO_COME}

    def test_on_the_way_there(self):
        assert self.told(Status.IN_TRANSIT) == [
            (Status.INFO_RECEIVED, Mark.DONE),
            (Status.IN_TRANSIT, Mark.NOW),
            (Status.OUT_FOR_DELIVERY, Mark.TO_COME),
            (Status.DELIVERED, Mark.TO_COME),
        ]

    def test_once_there_all_is_done(self):
        assert {mark for _status, mark in self.told(Status.IN_TRANSIT, Status.DELIVERED)} == {Mark.DONE}

    def test_a_step_bears_the_name_of_what_really_happens(self):
        assert self.told(Status.EXCEPTION)[1] == (Status.EXCEPTION, Mark.TROUBLE)
        assert self.told(Status.AVAILABLE_FOR_PICKUP)[2] == (Status.AVAILABLE_FOR_PICKUP, Mark.NOW)
        assert self.told(Status.ATTEMPT_FAILED)[2] == (Status.ATTEMPT_FAILED, Mark.TROUBLE)

    def test_a_way_back_does_not_promise_a_delivery(self):
        assert self.told(Status.IN_TRANSIT, Status.RETURNING) == [
            (Status.INFO_RECEIVED, Mark.DONE),
            (Status.IN_TRANSIT, Mark.DONE),
            (Status.RETURNING, Mark.TROUBLE),
            (Status.RETURNED, Mark.TO_COME),
        ]

    def test_a_cancelled_parcel_goes_nowhere(self):
        assert self.told(Status.CANCELLED) == [(Status.INFO_RECEIVED, Mark.DONE), (Status.CANCELLED, Mark.TROUBLE)]


@pytest.mark.django_db
class TestShipmentForPage:
    def test_a_wrong_token_finds_nothing(self):
        a_shipment()
        assert shipment_for_page("nope") is None

    def test_another_shops_token_finds_nothing(self):
        shipment = a_shipment()
        assert shipment_for_page(shipment.token, a_merchant()) is None
        assert shipment_for_page(shipment.token, shipment.merchant) == shipment

    def test_closed_cases_are_past(self):
        shipment = a_shipment()
        told = {"merchant": shipment.merchant, "order": shipment.order, "kind": CaseKind.DAMAGED}
        Case.objects.create(**told, closed_at=utc(2026, 3, 2))
        assert shipment_for_page(shipment.token).order.open_cases == []
        case = Case.objects.create(**told)
        assert shipment_for_page(shipment.token).order.open_cases == [case]


@pytest.mark.django_db
class TestFindShipment:
    def an_order(self, **kw):
        order = an_order(**{"number": "AB-1001", "postcode": "00 100", **kw})
        return order, a_shipment(order)

    @pytest.mark.parametrize("number", ["AB-1001", "ab-1001", "#AB-1001", " # AB-1001 "])
    def test_the_number_may_be_spelt_as_people_do(self, number):
        order, shipment = self.an_order()
        assert find_shipment(order.merchant, number, "00100") == shipment

    def test_a_number_that_the_shop_writes_with_its_sign_is_found_without(self):
        order, shipment = self.an_order(number="#1001")
        assert find_shipment(order.merchant, "1001", "00100") == shipment

    @pytest.mark.parametrize("given", ["00100", " 001-00 "])
    def test_the_postcode_opens_it(self, given):
        order, shipment = self.an_order()
        assert find_shipment(order.merchant, "AB-1001", given) == shipment

    def test_the_e_mail_address_opens_it_in_any_case(self):
        order, shipment = self.an_order()
        assert find_shipment(order.merchant, "AB-1001", f" {order.customer.email.upper()} ") == shipment

    @pytest.mark.parametrize("given", ["", " ", "00200", "somebody@else.example", "0010", "\ud800"])
    def test_nothing_else_opens_it(self, given):
        order, _shipment = self.an_order()
        assert find_shipment(order.merchant, "AB-1001", given) is None

    def test_what_the_order_lacks_cannot_be_matched_by_nothing(self):
        order, _shipment = self.an_order(postcode="")
        Customer.objects.filter(pk=order.customer_id).update(email="")
        assert find_shipment(order.merchant, "AB-1001", "") is None
        assert find_shipment(order.merchant, "AB-1001", " - ") is None

    def test_the_first_parcel_of_several_is_led_to(self):
        order, first = self.an_order()
        a_shipment(order)
        assert find_shipment(order.merchant, "AB-1001", "00100") == first

    def test_another_shops_order_is_not_found(self):
        _order, _shipment = self.an_order()
        assert find_shipment(a_merchant(), "AB-1001", "00100") is None

    def test_the_same_is_asked_whether_the_order_exists_or_not(self, monkeypatch):
        order, _shipment = self.an_order()
        compared = []
        monkeypatch.setattr(
            "orders.selectors.constant_time_compare", lambda one, other: compared.append((one, other)) or one == other
        )
        seen = []
        for number in ("AB-1001", "AB-1002"):
            compared.clear()
            with CaptureQueriesContext(
                connection,
            ) as asked:
                assert find_shipment(order.merchant, number, "99999") is None
            seen.append((len(asked), len(compared), {len(one) for one, _other in compared}))
        assert seen[0] == seen[1] == (1, 2, {64})

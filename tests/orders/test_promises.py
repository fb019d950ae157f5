"""The promise ledger, and the rules by which a shop makes its promises."""

from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from orders.models import DeliveryRule, Promise, Promiser
from orders.promise.rules import Delivery
from orders.services.promises import first_promise, make_promise, plan_by_rules
from orders.windows import PromisedWindow
from tests.builders import a_merchant, a_shipment, an_order, utc

pytestmark = pytest.mark.django_db

MONDAY = utc(2026, 11, 23, 9)  # 11:00 in Helsinki
HELSINKI = Delivery(zone="Europe/Helsinki", country="FI", postcode="00100", carrier="ups", service="Express")


def a_rule(merchant, **kw):
    return DeliveryRule.objects.create(merchant=merchant, **kw)


class TestLedger:
    def test_a_row_cannot_be_saved_again(self):
        promise = a_shipment().promise
        promise.latest += timedelta(days=1)
        with pytest.raises(TypeError, match="never altered"):
            promise.save()

    def test_rows_cannot_be_altered_together_either(self):
        promise = a_shipment().promise
        with pytest.raises(TypeError, match="never altered"):
            Promise.objects.filter(pk=promise.pk).update(latest=date(2030, 1, 1))
        with pytest.raises(TypeError, match="never altered"):
            promise.shipment.promises.update(reason="weather")
        promise.reason = "weather"
        with pytest.raises(TypeError, match="never altered"):
            Promise.objects.bulk_update([promise], ["reason"])

    def test_a_row_goes_with_its_parcel_only(self):
        promise = a_shipment().promise
        with pytest.raises(TypeError, match="with its parcel only"):
            promise.delete()
        promise.shipment.delete()
        assert not Promise.objects.exists()

    def test_each_row_names_the_one_it_supersedes_and_the_first_stays_the_measure(self):
        shipment = a_shipment()
        first = shipment.promise
        later = PromisedWindow(first.latest, first.latest + timedelta(days=2))
        now = timezone.now()
        made = make_promise(shipment, later, Promiser.CARRIER, as_of=now, now=now)
        assert made.supersedes == first
        assert (first.supersedes, first_promise(shipment)) == (None, first)


class TestWhoPromises:
    def test_without_a_rule_the_usual_days_are_promised(self):
        merchant = a_merchant(delivery_days_min=1, delivery_days_max=3)
        rule, plan = plan_by_rules(merchant, HELSINKI, MONDAY)
        assert rule is None
        assert plan.window == PromisedWindow(date(2026, 11, 24), date(2026, 11, 26), zone="Europe/Helsinki")

    def test_the_most_specific_rule_that_suits_wins(self):
        merchant = a_merchant()
        for told in (
            {},
            {"country": "FI"},
            {"country": "FI", "postcode_prefix": "00"},
            {"country": "FI", "postcode_prefix": "001"},
            {"country": "FI", "postcode_prefix": "99"},
            {"carrier": "ups", "service": "Express"},
        ):
            a_rule(merchant, **told)
        assert plan_by_rules(merchant, HELSINKI, MONDAY)[0].postcode_prefix == "001"

    def test_of_two_alike_the_first_one_made_wins(self):
        merchant = a_merchant()
        first = a_rule(merchant, service="EXPRESS")
        a_rule(merchant, service="express")
        assert plan_by_rules(merchant, HELSINKI, MONDAY)[0] == first

    def test_a_rule_that_is_not_in_use_or_another_shops_promises_nothing(self):
        merchant = a_merchant()
        a_rule(merchant, country="FI", active=False)
        a_rule(a_merchant("Sudwind"), country="FI")
        assert plan_by_rules(merchant, HELSINKI, MONDAY)[0] is None

    def test_the_warehouse_is_the_shops_own_place(self):
        # 11:00 in Helsinki is 04:00 in New York, where it is also Thanksgiving on the 26th.
        merchant = a_merchant(country="US", time_zone="America/New_York")
        a_rule(merchant, cut_off=time(10), transit_min=2, transit_max=3)
        _rule, plan = plan_by_rules(merchant, HELSINKI, MONDAY)
        assert (plan.window.earliest, plan.window.latest) == (date(2026, 11, 25), date(2026, 11, 27))

    def test_a_parcel_without_a_window_gets_its_rules_promise(self):
        merchant = a_merchant()
        a_rule(merchant, country="FI", postcode_prefix="00 1", transit_min=3, transit_max=3)
        parcel = a_shipment(an_order(merchant, placed_at=MONDAY))
        assert parcel.promise.window == PromisedWindow(date(2026, 11, 26), date(2026, 11, 26), zone="Europe/Helsinki")
        assert parcel.promise.source == Promiser.MERCHANT

    def test_the_orders_own_window_goes_before_every_rule(self):
        merchant = a_merchant()
        a_rule(merchant)
        window = PromisedWindow(date(2026, 12, 1), date(2026, 12, 2), zone="Europe/Helsinki")
        assert a_shipment(an_order(merchant, placed_at=MONDAY), window=window).promise.window == window

    def test_a_parcel_whose_label_lacks_the_postcode_goes_by_the_orders(self):
        merchant = a_merchant()
        a_rule(merchant, country="FI", postcode_prefix="99", transit_min=9, transit_max=9)
        order = an_order(merchant, placed_at=MONDAY, postcode="99800")
        assert a_shipment(order, destination_postcode="").promise.latest == date(2026, 12, 4)


class TestWhatTheDatabaseRefuses:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"transit_min": 3, "transit_max": 2},
            {"postcode_prefix": "99"},
            {"carrier_weekdays": ""},
            {"warehouse_weekdays": ""},
        ],
    )
    def test_a_rule_that_makes_no_sense(self, wrong):
        merchant = a_merchant()
        with pytest.raises(IntegrityError), transaction.atomic():
            a_rule(merchant, **wrong)

    def test_a_second_rule_in_use_for_the_same_deliveries(self):
        merchant = a_merchant()
        a_rule(merchant, country="FI")
        a_rule(merchant, country="FI", active=False)
        with pytest.raises(IntegrityError), transaction.atomic():
            a_rule(merchant, country="FI")

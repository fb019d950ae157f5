"""The desk for the estimates of lateness: what they go by, how good they were, how sure to be."""

import re
from datetime import date

import pytest

from orders.models import LearnedTransit, Merchant, RiskState, Role, Shipment
from orders.promise.risk import Sureness
from orders.services import hindsight
from orders.services.hindsight import Bin, Ended, ended_parcels, every_nth, gap, reliability, tallies, tally
from orders.services.learning import learn
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.builders import a_merchant, a_scan, a_shipment, record, utc
from tests.orders.histories import HOUR, a_history
from tests.staff import a_desk, url_of

LATE = Ended("ups", ("DE", "FI"), is_late=True, course=[[60, 0.2], [40, 0.5], [20, 0.7]])
MISSED = Ended("dpd", ("DE", "FI"), is_late=True, course=[[60, 0.1]])
SCARE = Ended("ups", ("DE", "SE"), is_late=False, course=[[50, 0.65], [30, 0.1]])
CALM = Ended("ups", ("DE", "FI"), is_late=False, course=[[50, 0.05]])
ALL = [LATE, MISSED, SCARE, CALM]


class TestHindsight:
    def test_an_alert_is_right_or_false_and_a_late_parcel_caught_or_missed(self):
        whole = tally(ALL, 0.6)
        assert (whole.parcels, whole.late, whole.caught, whole.missed, whole.false_alarms) == (4, 2, 1, 1, 1)
        assert (whole.precision, whole.lead) == (0.5, 20)

    def test_what_is_foreseen_only_on_the_last_day_is_not_caught_ahead(self):
        last_day, the_day_before = tally(ALL, 0.6), tally(ALL, Sureness.EARLY.enter)
        assert (last_day.caught_ahead, last_day.caught_late, last_day.recall) == (0, 1, 0.0)
        assert (the_day_before.caught_ahead, the_day_before.caught_late, the_day_before.recall) == (1, 0, 0.5)

    def test_who_writes_earlier_knows_of_more_and_is_wrong_more_often(self):
        assert tally(ALL, Sureness.EARLY.enter).lead == 40
        assert tally(ALL, Sureness.SURE.enter).alerted == 0

    def test_nothing_to_go_by_is_no_hundred_percent(self):
        nothing = tally([], 0.6)
        assert (nothing.precision, nothing.recall, nothing.lead) == (None, None, None)

    def test_the_carrier_with_most_late_parcels_comes_first(self):
        rows = tallies([*ALL, LATE], 0.6, lambda parcel: parcel.carrier)
        assert [(row.name, row.late) for row in rows] == [("ups", 2), ("dpd", 1)]

    def test_what_was_said_stands_against_what_came(self):
        bins = reliability([LATE, SCARE])
        assert [(round(one.said, 2), one.came, one.count) for one in bins] == [
            (0.1, 0.0, 1),
            (0.2, 1.0, 1),
            (0.5, 1.0, 1),
            (0.65, 0.0, 1),
            (0.7, 1.0, 1),
        ]

    def test_the_gap_is_weighed_by_how_often_it_was_said(self):
        assert gap([Bin(0.1, 0.0, 30), Bin(0.9, 0.5, 10)]) == pytest.approx(0.175)
        assert gap([]) is None

    @pytest.mark.django_db
    def test_only_parcels_whose_end_is_known_count(self):
        shop = a_merchant()
        (came,) = a_history(shop, 1)
        open_one, overdue = a_shipment(merchant=shop), a_shipment(merchant=shop)
        Shipment.objects.update(risk_course=[[30.0, 0.2]])
        Shipment.objects.filter(pk=overdue.pk).update(risk=RiskState.LATE)
        assert open_one.first_attempt_at is None
        told = ended_parcels(shop, now=came.first_attempt_at)
        assert sorted(parcel.is_late for parcel in told) == [False, True]
        assert {parcel.lane for parcel in told} == {("DE", "FI")}

    @pytest.mark.django_db
    def test_what_was_feared_for_a_promise_that_was_moved_is_neither_right_nor_false(self):
        today = utc(2026, 11, 24, 9)
        parcel = a_shipment(window=PromisedWindow(date(2026, 11, 24), date(2026, 11, 24)), now=today)
        record(parcel, a_scan(at=today), now=today)
        assert tally(self.ended(parcel), 0.5).alerted == 1
        week = PromisedWindow(date(2026, 12, 4), date(2026, 12, 4))
        record(parcel, a_scan(Status.EXCEPTION, at=today + HOUR), window=week, now=today + 2 * HOUR)
        assert tally(self.ended(parcel), 0.5).alerted == 0
        assert [left > 200 for left, _chance in parcel.risk_course] == [True]

    def ended(self, parcel):
        """As if its end were known."""
        return [Ended(parcel.carrier, ("DE", "FI"), is_late=False, course=parcel.risk_course)]

    @pytest.mark.django_db
    def test_of_very_many_parcels_every_nth_is_looked_at(self, monkeypatch):
        shop = a_merchant()
        a_history(shop, 100)
        Shipment.objects.update(risk_course=[[30.0, 0.2]])
        now = shop.shipments.latest("first_attempt_at").first_attempt_at
        assert every_nth(shop, now) == 1
        monkeypatch.setattr(hindsight, "MOST_PARCELS", 30)
        assert every_nth(shop, now) == 4
        assert len(ended_parcels(shop, now, every=4)) == 25


@pytest.mark.django_db
class TestDesk:
    @pytest.fixture
    def shop(self):
        return a_merchant()

    def page(self, desk, **query):
        return desk.get(url_of(LearnedTransit, "changelist"), query).content.decode()

    def form(self, desk, shop):
        return desk.get(url_of(Merchant, "change", shop.pk)).content.decode()

    def test_a_shop_without_a_history_reads_what_its_estimates_start_from(self, shop, django_user_model):
        page = self.page(a_desk(django_user_model, shop))
        assert "Not enough history yet: 0 of 200 closed parcels" in page
        assert "published figures" in page
        assert "No parcel with an estimate has ended yet" in page

    def test_what_the_estimates_start_from_is_told_for_each_carrier(self, shop, django_user_model):
        a_history(shop, 2)
        Shipment.objects.update(first_attempt_at=shop.created_at, risk_course=[[30.0, 0.2]])
        assert "Late with DHL: 4.5 % (nothing published" in self.page(a_desk(django_user_model, shop))

    def test_a_shop_with_a_history_reads_how_large_it_is(self, shop, django_user_model):
        parcels = a_history(shop, 200)
        learn(shop)
        Shipment.objects.filter(pk=parcels[0].pk).update(risk=RiskState.LATE, risk_course=[[30.0, 0.7], [20.0, 0.8]])
        Shipment.objects.update(first_attempt_at=shop.created_at)
        page = self.page(a_desk(django_user_model, shop))
        assert "Estimated from 200 closed parcels" in page
        assert re.search(r">Caught</dt>\s*<dd[^>]*>1</dd>", page)
        assert page.count("<circle") == 2
        assert "DHL, Germany to Finland" in page

    def test_the_cost_does_not_grow_with_the_history(self, shop, django_user_model, django_assert_max_num_queries):
        desk = a_desk(django_user_model, shop)
        a_history(shop, 300)
        Shipment.objects.update(first_attempt_at=shop.created_at, risk_course=[[30.0, 0.2]])
        learn(shop)
        with django_assert_max_num_queries(12):
            self.page(desk)

    def test_thresholds_that_are_no_choice_are_called_the_shops_own(self, shop, django_user_model):
        desk = a_desk(django_user_model, shop, Role.OWNER)
        assert "When it is more likely than not. <a" in self.form(desk, shop)
        Merchant.objects.update(risk_enter=0.5)
        assert "By thresholds of your own. <a" in self.form(desk, shop)
        assert 'name="risk_enter"' not in self.form(desk, shop)

    @pytest.mark.parametrize("chosen", Sureness)
    def test_how_sure_to_be_is_chosen_and_kept(self, shop, django_user_model, chosen):
        desk = a_desk(django_user_model, shop)
        assert desk.post(url_of(LearnedTransit, "changelist"), {"sureness": chosen.value}).status_code == 302
        shop.refresh_from_db()
        assert (shop.risk_enter, shop.risk_leave) == (chosen.enter, chosen.leave)
        assert f'value="{chosen.value}" checked' in self.page(desk)

    @pytest.mark.parametrize(("role", "word"), [(Role.VIEWER, "early"), (Role.STAFF, "sometimes")])
    def test_a_viewers_choice_and_a_word_that_is_none_change_nothing(self, shop, django_user_model, role, word):
        a_desk(django_user_model, shop, role).post(url_of(LearnedTransit, "changelist"), {"sureness": word})
        shop.refresh_from_db()
        assert (shop.risk_enter, shop.risk_leave) == (Sureness.BALANCED.enter, Sureness.BALANCED.leave)

    def test_another_shops_figures_are_not_shown(self, shop, django_user_model):
        other = a_merchant("Sydkust")
        page = self.page(a_desk(django_user_model, shop), shop=other.slug)
        assert "Sydkust" not in page

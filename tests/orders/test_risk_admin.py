"""The desk for the estimates of lateness: what they go by, how good they were, how sure to be."""

import pytest

from orders.models import LearnedTransit, RiskState, Role, Shipment
from orders.promise.risk import Sureness
from orders.services.hindsight import Ended, ended_parcels, reliability, tallies, tally
from orders.services.learning import learn
from tests.builders import a_merchant, a_shipment
from tests.orders.histories import a_history
from tests.staff import a_desk, url_of

LATE = Ended("ups", "DE → FI", is_late=True, course=[[60, 0.2], [40, 0.5], [20, 0.7]])
MISSED = Ended("dpd", "DE → FI", is_late=True, course=[[60, 0.1]])
SCARE = Ended("ups", "DE → SE", is_late=False, course=[[50, 0.65], [30, 0.1]])
CALM = Ended("ups", "DE → FI", is_late=False, course=[[50, 0.05]])
ALL = [LATE, MISSED, SCARE, CALM]


class TestHindsight:
    def test_an_alert_is_right_or_false_and_a_late_parcel_caught_or_missed(self):
        whole = tally(ALL, 0.6)
        assert (whole.parcels, whole.late, whole.caught, whole.missed, whole.false_alarms) == (4, 2, 1, 1, 1)
        assert (whole.precision, whole.recall, whole.lead) == (0.5, 0.5, 20)

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
        assert {parcel.lane for parcel in told} == {"DE → FI"}


@pytest.mark.django_db
class TestDesk:
    @pytest.fixture
    def shop(self):
        return a_merchant()

    def page(self, desk, **query):
        return desk.get(url_of(LearnedTransit, "changelist"), query).content.decode()

    def test_a_shop_without_a_history_reads_what_its_estimates_start_from(self, shop, django_user_model):
        page = self.page(a_desk(django_user_model, shop))
        assert "No history yet: 0 of 200 closed parcels" in page
        assert "published transit times" in page

    def test_a_shop_with_a_history_reads_how_large_it_is(self, shop, django_user_model):
        parcels = a_history(shop, 200)
        learn(shop)
        Shipment.objects.filter(pk=parcels[0].pk).update(risk=RiskState.LATE, risk_course=[[30.0, 0.7], [20.0, 0.8]])
        Shipment.objects.update(first_attempt_at=shop.created_at)
        page = self.page(a_desk(django_user_model, shop))
        assert "Estimated from 200 closed parcels" in page
        assert "Caught: <strong>1</strong>" in page
        assert page.count("<circle") == 2
        assert "dhl-unified DE → FI" in page

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

"""The desk for delivery rules."""

from datetime import time

import pytest
from django.urls import reverse

from orders.models import DeliveryRule, Role
from tests.builders import a_merchant
from tests.staff import a_desk, as_posted, errors, logged_in, url_of

pytestmark = pytest.mark.django_db

ADD = url_of(DeliveryRule, "add")
PREVIEW = reverse("admin:orders_deliveryrule_preview")


@pytest.fixture
def merchant():
    return a_merchant()


@pytest.fixture
def desk(django_user_model, merchant):
    return a_desk(django_user_model, merchant)


def add(desk, **typed):
    return desk.post(ADD, {**as_posted(desk.get(ADD)), **typed})


class TestRules:
    def test_a_rule_is_added_as_it_is_typed(self, desk, merchant):
        typed = {"country": "fi", "postcode_prefix": "99 8", "cut_off": "13:30", "carrier_weekdays": ["6", "1", "2"]}
        assert add(desk, **typed).status_code == 302
        rule = merchant.delivery_rules.get()
        assert (rule.country, rule.postcode_prefix, rule.cut_off) == ("FI", "998", time(13, 30))
        assert (rule.warehouse_weekdays, rule.carrier_weekdays) == ("12345", "126")
        assert rule.rule.carrier_weekdays == {0, 1, 5}

    def test_the_days_that_are_kept_are_ticked(self, desk, merchant):
        rule = DeliveryRule.objects.create(merchant=merchant, carrier_weekdays="156")
        page = desk.get(url_of(DeliveryRule, "change", rule.pk))
        assert as_posted(page)["carrier_weekdays"] == ["1", "5", "6"]

    @pytest.mark.parametrize(
        ("field", "wrong", "why"),
        [
            ("country", "XQ", "is no country"),
            ("warehouse_weekdays", [], "required"),
            ("carrier", "pigeon", "not one of the available choices"),
            ("transit_min", "5", "at most less than it takes at least"),
            ("postcode_prefix", "99", "say which country"),
            ("handling_days", "61", "less than or equal to 60"),
        ],
    )
    def test_what_cannot_be_right_is_refused_with_the_reason(self, desk, field, wrong, why):
        told = errors(add(desk, **{field: wrong}))
        assert why in str(told)
        assert len(told) == 1
        assert not DeliveryRule.objects.exists()

    def test_the_warehouses_region_is_chosen_from_those_of_the_shops_country(self, desk, merchant):
        merchant.country = "DE"
        merchant.save()
        assert add(desk, country="DE", warehouse_region="DE-BY").status_code == 302
        assert merchant.delivery_rules.get().rule.origin == "DE-BY"
        assert "valid choice" in str(errors(add(desk, warehouse_region="ES-CT")))

    def test_a_region_of_another_shops_country_is_refused(self, django_user_model):
        german, spanish = a_merchant(country="DE"), a_merchant("Sydkust", country="ES")
        operator = logged_in(django_user_model.objects.create_superuser("operator"))
        assert 'label="Spain"' in operator.get(ADD).content.decode()
        told = errors(add(operator, merchant=str(spanish.pk), warehouse_region="DE-BY"))
        assert "another country" in str(told["warehouse_region"])
        assert add(operator, merchant=str(german.pk), warehouse_region="DE-BY").status_code == 302

    def test_a_region_left_over_from_a_move_keeps_no_holidays(self, merchant):
        assert DeliveryRule(merchant=merchant, warehouse_region="DE-BY").rule.origin == "FI"

    def test_a_second_rule_for_the_same_deliveries_is_refused_in_words(self, desk, merchant):
        DeliveryRule.objects.create(merchant=merchant, country="FI")
        assert "change that one" in str(errors(add(desk, country="FI")))

    def test_the_list_shows_what_an_order_now_is_promised(self, desk, merchant):
        DeliveryRule.objects.create(merchant=merchant, country="FI", postcode_prefix="99")
        page = desk.get(url_of(DeliveryRule, "changelist")).content.decode()
        assert "FI · 99…" in page
        assert "an order now arrives" in page.lower()
        assert PREVIEW in page


class TestPreview:
    def test_nothing_is_promised_before_somebody_asks(self, desk):
        assert desk.get(PREVIEW).context["preview"] is None

    def test_it_says_which_rule_the_days_and_why(self, desk, merchant):
        DeliveryRule.objects.create(merchant=merchant, country="FI", transit_max=2)
        page = desk.get(PREVIEW, {"country": "fi", "postcode": "00100", "at": "2026-11-21T09:00"}).content.decode()
        for words in (
            "By the rule “FI”",
            "Tue 24 Nov\u2009–\u2009Wed 25 Nov",
            "Sun 22 Nov: the warehouse does not work.",
        ):
            assert words in page

    def test_a_regions_holiday_is_named_with_its_region(self, desk, merchant):
        merchant.country, merchant.time_zone = "DE", "Europe/Berlin"
        merchant.save()
        DeliveryRule.objects.create(merchant=merchant, warehouse_region="DE-BY", cut_off=None)
        page = desk.get(PREVIEW, {"country": "DE", "at": "2026-06-04T09:00"}).content.decode()
        assert "for it is Corpus Christi (DE-BY)" in page

    def test_a_postcode_that_tells_the_region_brings_its_holidays(self, desk):
        asked = {"country": "ES", "postcode": "08001", "at": "2026-09-10T09:00"}
        assert "National Day of Catalonia (ES-CT)" in desk.get(PREVIEW, asked).content.decode()
        assert "Catalonia" not in desk.get(PREVIEW, {**asked, "postcode": "28001"}).content.decode()

    def test_without_a_rule_it_says_so(self, desk):
        page = desk.get(PREVIEW, {"country": "SE"}).content.decode()
        assert "no rule suits" in page

    def test_a_year_without_a_calendar_is_refused(self, desk):
        assert "at" in desk.get(PREVIEW, {"at": "9999-12-31T23:00"}).context["form"].errors

    def test_the_hour_is_the_shops_whatever_the_servers_zone(self, desk, settings):
        # 03:30 on this day was left out in Helsinki, and was on every clock in New York.
        settings.TIME_ZONE = "Europe/Helsinki"
        page = desk.get(PREVIEW, {"at": "2026-03-29T03:30"})
        assert not page.context["form"].errors

    def test_viewers_may_ask_but_not_write(self, django_user_model, merchant):
        desk = a_desk(django_user_model, merchant, Role.VIEWER)
        assert desk.get(PREVIEW, {"country": "FI"}).status_code == 200
        assert desk.get(ADD).status_code == 403

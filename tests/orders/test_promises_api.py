"""The API over promises: the preview that the shop's desk shows, too, and the scores."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from orders.models import ApiKey, DeliveryRule, Role
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.builders import a_member, a_merchant, a_scan, a_shipment, record, utc
from tests.staff import a_desk, logged_in

pytestmark = pytest.mark.django_db

PREVIEW = "/api/promises/preview/"
AFTERNOON = "2026-11-23T15:00:00+02:00"


@pytest.fixture
def merchant():
    return a_merchant()


@pytest.fixture
def client(merchant):
    _row, key = ApiKey.issue(merchant, "tests")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def a_rule(merchant, **kw):
    return DeliveryRule.objects.create(merchant=merchant, **{"country": "FI", "transit_max": 2, **kw})


class TestPreview:
    def test_it_tells_the_days_in_numbers_and_in_words_and_why(self, merchant, client):
        a_rule(merchant)
        told = client.get(PREVIEW, {"country": "FI", "postcode": "00100", "at": AFTERNOON}).json()
        assert told["window"] == {"earliest": "2026-11-25", "latest": "2026-11-26", "zone": "Europe/Helsinki"}
        assert told["text"] == "Wed 25 Nov\u2009–\u2009Thu 26 Nov"
        assert told["rule"] == "FI"
        assert told["ordered_at"] == AFTERNOON
        assert [step["step"] for step in told["steps"]] == [
            "ordered",
            "after_cut_off",
            "handed_over",
            "earliest",
            "latest",
        ]
        assert told["steps"][2]["text"] == "Handed over on Tue 24 Nov."

    def test_a_holiday_is_named(self, merchant, client):
        a_rule(merchant)
        told = client.get(PREVIEW, {"country": "FI", "at": "2027-12-03T09:00:00+02:00"}).json()
        [day] = [step for step in told["steps"] if step["holiday_of"]]
        assert (day["day"], day["holiday_of"], day["holiday"]) == ("2027-12-06", "FI", "Independence Day")

    def test_without_a_rule_it_says_the_usual_days(self, client):
        told = client.get(PREVIEW, {"country": "FI", "at": AFTERNOON}).json()
        assert told["rule"] is None
        assert told["window"] == {"earliest": "2026-11-25", "latest": "2026-11-27", "zone": "Europe/Helsinki"}

    def test_with_nothing_said_it_is_an_order_now_to_anywhere(self, client):
        told = client.get(PREVIEW)
        assert told.status_code == 200
        assert told.json()["window"]["earliest"] >= timezone.now().date().isoformat()

    @pytest.mark.parametrize(
        ("field", "wrong", "why"),
        [
            ("country", "fi", "no country"),
            ("zone", "Mars/Olympus", "no time zone"),
            ("at", "2026-11-23T15:00:00", "has no time zone"),
            ("at", "9999-12-31T23:00:00Z", "No calendar is kept for 9999"),
        ],
    )
    def test_what_cannot_be_right_is_refused_with_the_reason(self, client, field, wrong, why):
        response = client.get(PREVIEW, {field: wrong})
        assert response.status_code == 400
        assert why in response.json()[field][0]

    def test_another_shops_rules_say_nothing_here(self, client):
        a_rule(a_merchant("Sudwind"))
        assert client.get(PREVIEW, {"country": "FI"}).json()["rule"] is None

    def test_without_a_key_nothing_is_told(self):
        assert APIClient().get(PREVIEW).status_code == 401

    @pytest.mark.parametrize(
        ("to", "zone"), [("FI", "Europe/Helsinki"), ("JP", "Asia/Tokyo"), ("US", "Europe/Helsinki")]
    )
    def test_desk_api_and_order_give_the_same_answer(self, merchant, client, django_user_model, to, zone):
        a_rule(merchant, country="", carrier="ups", service="Express", transit_min=2, transit_max=4)
        asked = {"country": to, "postcode": "00100", "carrier": "ups", "service": "express"}
        by_api = client.get(PREVIEW, {**asked, "at": AFTERNOON}).json()
        desk = a_desk(django_user_model, merchant)
        on_desk = desk.get(reverse("admin:orders_deliveryrule_preview"), {**asked, "at": "2026-11-23T15:00"}).context
        parcel = {"carrier": "ups", "tracking_number": "1Z999AA10123456784", "service": "Express", "country": to}
        order = {"number": "1", "placed_at": AFTERNOON, "customer": {"email": "aino@shopper.example"}}
        client.post("/api/orders/", {**order, "shipments": [{**parcel, "postcode": "00100"}]}, format="json")
        promised = merchant.shipments.get().promise
        assert [str(promised.earliest), str(promised.latest), promised.zone] == [*by_api["window"].values()]
        assert (on_desk["preview"].plan.window, promised.zone) == (promised.window, zone)
        assert on_desk["days"] == by_api["text"]
        assert on_desk["sentences"] == [step["text"] for step in by_api["steps"]]


class TestScores:
    def test_they_are_told_by_lane_and_week(self, merchant, client):
        window = PromisedWindow(date(2026, 11, 25), date(2026, 11, 25))
        shipment = a_shipment(merchant=merchant, window=window)
        record(shipment, a_scan(Status.DELIVERED, at=utc(2026, 11, 25, 19)))
        [row] = client.get("/api/scores/", {"since": "2026-11-01", "until": "2026-11-30"}).json()
        assert row == {
            "carrier": "dhl-unified",
            "origin": "DE",
            "destination": "FI",
            "service": "",
            "week": "2026-W48",
            "parcels": 1,
            "kept": 1,
            "missed": 0,
            "open": 0,
            "uncounted": 0,
            "share": 1.0,
            "hours_early": 3.0,
            "hours_late": None,
        }

    def test_unless_asked_they_are_the_last_twelve_weeks(self, merchant, client):
        today = timezone.now().astimezone().date()
        for days_ago in (0, 80, 90):
            day = date.fromordinal(today.toordinal() - days_ago)
            a_shipment(merchant=merchant, window=PromisedWindow(day, day))
        rows = client.get("/api/scores/").json()
        assert sum(row["open"] + row["uncounted"] for row in rows) == 2

    def test_a_year_without_a_calendar_is_refused(self, client):
        response = client.get("/api/scores/", {"until": "0001-01-10"})
        assert response.status_code == 400
        assert response.json() == {"until": ["No calendar is kept for 1."]}

    def test_another_shops_are_not_told(self, client):
        a_shipment()
        assert client.get("/api/scores/").json() == []


def test_who_works_for_several_shops_says_which(django_user_model, merchant):
    user = a_member(django_user_model, merchant, Role.VIEWER)
    second = a_merchant("Sudwind", time_zone="America/New_York", country="US")
    second.memberships.create(user=user, role=Role.VIEWER)
    desk, url = logged_in(user), reverse("admin:orders_deliveryrule_preview")
    page = desk.get(url, {"merchant": second.pk, "at": "2026-11-23T15:00"}).context
    assert str(page["preview"].ordered_at) == "2026-11-23 15:00:00-05:00"
    assert "merchant" in desk.get(url, {"country": "FI"}).context["form"].errors
    stranger = a_merchant("Westwind")
    assert "merchant" in desk.get(url, {"merchant": stranger.pk}).context["form"].errors

"""The REST API: what it takes, what it tells, what it refuses, and whose rows it knows."""

import io
import json
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from carriers.detection import Candidate
from orders.models import ApiKey, Customer, Merchant, Notice, Order, Shipment
from orders.statuses import Status
from orders.tenancy import ApiKeyThrottle
from orders.windows import PromisedWindow
from tests.builders import a_late_shipment, a_merchant, a_scan, a_shipment, an_account, an_order, record, utc

ORDER = {
    "number": "1001",
    "placed_at": "2026-03-02T09:00:00+02:00",
    "customer": {"email": "aino@shopper.example", "name": "Aino Virtanen", "language": "fi"},
    "items": [{"sku": "LAMP", "name": "Linen lamp", "quantity": 2, "price": "39.95"}],
    "shipments": [
        {
            "carrier": "ups",
            "tracking_number": "1Z999AA10123456784",
            "country": "FI",
            "postcode": "00100",
            "city": "Helsinki",
            "window": {"earliest": "2026-03-05", "latest": "2026-03-06"},
        }
    ],
}


def a_client(merchant):
    _row, key = ApiKey.issue(merchant, "tests")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


@pytest.fixture
def merchant():
    return a_merchant()


@pytest.fixture
def client(merchant):
    return a_client(merchant)


def changed(**parcel):
    return {**ORDER, "shipments": [{**ORDER["shipments"][0], **parcel}]}


@pytest.mark.django_db
class TestKeys:
    def test_without_a_key_nothing_is_told(self):
        response = APIClient().get("/api/orders/")
        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Bearer"
        assert "Authorization: Bearer ds_" in response.json()["detail"]

    def test_a_key_that_is_not_known_says_where_to_make_one(self):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION="Bearer ds_wrong")
        response = client.get("/api/orders/")
        assert response.status_code == 401
        assert "Make a new one in the admin" in response.json()["detail"]

    def test_a_revoked_key_opens_nothing(self, merchant, client):
        merchant.api_keys.update(revoked_at=timezone.now())
        assert client.get("/api/orders/").status_code == 401

    def test_the_last_use_is_kept_to_the_minute(self, merchant, client):
        client.get("/api/orders/")
        first = merchant.api_keys.get().last_used_at
        client.get("/api/orders/")
        assert merchant.api_keys.get().last_used_at == first
        merchant.api_keys.update(last_used_at=first - timedelta(minutes=2))
        client.get("/api/orders/")
        assert merchant.api_keys.get().last_used_at > first

    def test_too_many_calls_are_refused_for_the_merchant_whatever_the_key(self, merchant, client, monkeypatch):
        monkeypatch.setattr(ApiKeyThrottle, "THROTTLE_RATES", {"api": "2/min"})
        other_key, stranger = a_client(merchant), a_client(a_merchant())
        assert [client.get("/api/orders/").status_code, other_key.get("/api/orders/").status_code] == [200, 200]
        assert client.get("/api/orders/").status_code == 429
        assert stranger.get("/api/orders/").status_code == 200


@pytest.mark.django_db
class TestTakingOrders:
    def test_a_new_order_is_201_and_told_whole(self, client):
        response = client.post("/api/orders/", ORDER, format="json")

        assert response.status_code == 201, response.content
        assert response["Location"].endswith("/api/orders/1001/")
        told = response.json()
        assert (told["number"], told["total"], told["customer"]["email"]) == ("1001", "79.90", "aino@shopper.example")
        parcel = told["shipments"][0]
        assert parcel["promise"]["earliest"] == "2026-03-05"
        assert parcel["promise"]["latest"] == "2026-03-06"
        assert parcel["promise"]["zone"] == "Europe/Helsinki"

    def test_the_same_order_again_is_200_and_no_second_row(self, client):
        client.post("/api/orders/", ORDER, format="json")
        response = client.post("/api/orders/", ORDER, format="json")
        assert response.status_code == 200
        assert (Order.objects.count(), Shipment.objects.count()) == (1, 1)

    def test_a_second_parcel_completes_the_order(self, client):
        client.post("/api/orders/", ORDER, format="json")
        response = client.post("/api/orders/", changed(tracking_number="1Z999AA10123456785"), format="json")
        assert response.status_code == 200
        assert len(response.json()["shipments"]) == 2

    def test_the_order_goes_to_the_keys_merchant(self, merchant, client):
        client.post("/api/orders/", ORDER, format="json")
        order = Order.objects.get()
        rows = [order, order.customer, order.items.get(), order.items.get().product, order.shipments.get()]
        assert {row.merchant_id for row in rows} == {merchant.pk}

    @pytest.mark.parametrize("field", ["merchant", "merchant_id", "id"])
    def test_another_merchant_cannot_be_named(self, client, field):
        response = client.post("/api/orders/", {**ORDER, field: a_merchant().pk}, format="json")
        assert response.status_code == 400
        assert response.json()[field].startswith("This field is not known here: leave it out. Known are number, ")
        assert not Order.objects.exists()

    @pytest.mark.parametrize("field", ["status", "risk", "risk_probability", "token", "delivered_at", "merchant"])
    def test_what_follows_from_the_carriers_news_cannot_be_posted(self, client, field):
        response = client.post("/api/orders/", changed(**{field: "delivered"}), format="json")
        assert response.status_code == 400
        assert field in response.json()["shipments"]["0"]
        assert not Shipment.objects.exists()

    @pytest.mark.parametrize(
        ("order", "path", "message"),
        [
            ({**ORDER, "number": ""}, ["number", 0], "may not be blank"),
            ({**ORDER, "placed_at": "2026-03-02T09:00:00"}, ["placed_at", 0], "add its offset, as in 2026-03-02T09:00"),
            ({**ORDER, "customer": {"name": "Aino"}}, ["customer", "email", 0], "give one of them"),
            ({**ORDER, "items": [{"sku": "A", "price": "-1"}]}, ["items", 0, "price", 0], "The amount is -1.00"),
            ({**ORDER, "currency": "€"}, ["currency", 0], "“€” is no currency"),
            (changed(carrier="fedx"), ["shipments", 0, "carrier", 0], "Did you mean fedex?"),
            (changed(country="Finland"), ["shipments", 0, "country", 0], "“Finland” is no country"),
            (
                changed(window={"earliest": "2026-03-06", "latest": "2026-03-05"}),
                ["shipments", 0, "window", "latest", 0],
                "The window ends (2026-03-05) before it starts (2026-03-06): exchange the two.",
            ),
            (
                changed(window={"earliest": "2026-03-06T00:00:00Z", "latest": "2026-03-06"}),
                ["shipments", 0, "window", "earliest", 0],
                "Date has wrong format",
            ),
        ],
    )
    def test_a_wrong_value_is_400_with_its_place_and_what_to_change(self, client, order, path, message):
        response = client.post("/api/orders/", order, format="json")
        assert response.status_code == 400
        told = response.json()
        for step in path:
            told = told[step] if isinstance(told, list) else told[str(step)]
        assert message in told
        assert not Order.objects.exists()

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (b"{", "JSON parse error"),
            (b"[" * 100_000, "nested too deeply"),
            (b'{"number": "\\ud800"}', "lone surrogate"),
            (b'{"number": NaN}', "JSON parse error"),
            (b"[]", "Expected a dictionary"),
        ],
    )
    def test_a_body_that_is_no_order_is_400_and_never_500(self, client, body, message):
        response = client.post("/api/orders/", body, content_type="application/json")
        assert response.status_code == 400
        assert message in json.dumps(response.json())

    def test_a_body_over_the_limit_is_not_read(self, client, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
        response = client.post("/api/orders/", ORDER, format="json")
        assert response.status_code == 400
        assert not Order.objects.exists()


@pytest.mark.django_db
class TestOrdersWithoutACarrier:
    UPS, SILENT = "1Z999AA10123456784", "PARCEL-7"

    @pytest.fixture
    def order(self, merchant):
        an_account(merchant, "ups")
        an_account(merchant, "fedex")
        return changed(carrier="", tracking_number=self.UPS)

    def told_of(self, response):
        return response.json()["shipments"]["0"]["carrier"][0]

    def test_a_number_that_is_clearly_of_one_of_the_shops_carriers_is_taken_and_that_is_said(self, client, order):
        response = client.post("/api/orders/", order, format="json")
        assert response.status_code == 201
        assert response.json()["shipments"][0]["carrier"] == "ups"
        assert response.json()["warnings"] == [
            "“1Z999AA10123456784” came without a carrier and was taken as a parcel of ups, whose form it has."
        ]

    def test_the_field_may_be_left_out(self, client, order):
        del order["shipments"][0]["carrier"]
        assert client.post("/api/orders/", order, format="json").json()["shipments"][0]["carrier"] == "ups"

    def test_a_carrier_without_an_account_is_named_and_not_taken(self, merchant, client, order):
        merchant.carrier_accounts.filter(carrier="ups").update(active=False)
        response = client.post("/api/orders/", order, format="json")
        assert response.status_code == 400
        assert "send carrier. It may be ups (" in self.told_of(response)
        assert not Order.objects.exists()

    def test_of_two_that_are_likely_none_is_taken_and_both_are_named_the_best_first(
        self, client, order, settings, monkeypatch
    ):
        best, next_best = (
            Candidate("dhl", ("ups", "dhl-unified"), True, 0.97),
            Candidate("fedex", ("fedex",), None, 0.02),
        )
        monkeypatch.setattr("carriers.detection.detect", lambda *_number, **_told: [best, next_best])
        order["shipments"][0]["carrier"] = ""
        Merchant.objects.get().carrier_accounts.create(carrier="dhl-unified")
        response = client.post("/api/orders/", order, format="json")
        assert self.told_of(response).endswith("It may be ups (97%), dhl-unified (97%), fedex (2%).")

    def test_a_likely_one_is_not_enough(self, client, order, monkeypatch):
        likely = Candidate("ups", ("ups",), True, 0.89)
        monkeypatch.setattr("carriers.detection.detect", lambda *_number, **_told: [likely])
        assert client.post("/api/orders/", order, format="json").status_code == 400

    def test_a_number_of_no_known_form_is_asked_for(self, client, order):
        order["shipments"].append({"tracking_number": self.SILENT})
        response = client.post("/api/orders/", order, format="json")
        assert response.json() == {
            "shipments": {
                "1": {
                    "carrier": [
                        "“PARCEL-7” came without a carrier, and has the form of no carrier that is known: send carrier."
                    ]
                }
            }
        }
        assert not Order.objects.exists()

    def test_what_is_known_is_not_asked_for_again(self, client, order):
        order["shipments"][0].update(carrier="ups", tracking_number=self.SILENT)
        client.post("/api/orders/", order, format="json")
        order["shipments"][0]["carrier"] = ""
        response = client.post("/api/orders/", order, format="json")
        assert (response.status_code, response.json()["warnings"], Shipment.objects.count()) == (200, [], 1)


@pytest.mark.django_db
class TestDoubtedCarriers:
    def test_a_carrier_that_was_sent_is_taken_and_the_doubt_is_told_once(self, merchant, client):
        an_account(merchant, "ups")
        for warnings in (1, 0):
            response = client.post("/api/orders/", changed(carrier="fedex"), format="json")
            assert response.json()["shipments"][0]["carrier"] == "fedex"
            assert len(response.json()["warnings"]) == warnings
        notice = Notice.objects.get()
        assert (notice.kind, notice.subject, notice.count) == ("carrier_doubted", "1Z999AA10123456784", 1)
        assert notice.detail == (
            "“1Z999AA10123456784” came as a parcel of fedex and looks like one of ups: is that right?"
        )

    @pytest.mark.parametrize(
        ("sent", "account", "number"),
        [
            ("ups", "ups", "1Z999AA10123456784"),
            ("fedex", "fedex", "1Z999AA10123456784"),  # there is no account at UPS
            ("easypost", "ups", "1Z999AA10123456784"),  # an aggregator has everybody's numbers
            ("posti", "dhl-unified", "RR473124829DE"),  # every post on the way tracks it
            ("fedex", "ups", "PARCEL-7"),
        ],
    )
    def test_nothing_is_said_where_nothing_is_sure(self, merchant, client, sent, account, number):
        an_account(merchant, account)
        response = client.post("/api/orders/", changed(carrier=sent, tracking_number=number), format="json")
        assert response.json()["warnings"] == []
        assert not Notice.objects.exists()


@pytest.mark.django_db
class TestCorrectingTheCarrier:
    @pytest.fixture
    def shipment(self, merchant):
        shipment = a_shipment(an_order(merchant, number="1001"), tracking_number="JD1")
        record(shipment, a_scan(Status.DELIVERED))
        return shipment

    def correct(self, client, shipment, **told):
        return client.patch(f"/api/shipments/{shipment.token}/", told, format="json")

    def test_the_parcel_starts_anew_and_the_answer_says_what_was_corrected(self, client, shipment):
        response = self.correct(client, shipment, carrier="ups", tracking_number="1Z1", note="Relabelled")
        assert response.status_code == 200
        told = response.json()
        assert (told["token"], told["carrier"], told["tracking_number"]) == (shipment.token, "ups", "1Z1")
        assert (told["status"], told["delivered_at"], told["events"]) == ("unknown", None, [])
        (correction,) = told["corrections"]
        assert correction.pop("at")
        assert correction == {
            "old_carrier": "dhl-unified",
            "old_number": "JD1",
            "new_carrier": "ups",
            "new_number": "1Z1",
            "by": "API: tests",
            "note": "Relabelled",
        }

    def test_a_wrong_carriers_promise_is_not_told(self, client, shipment):
        window = PromisedWindow(date(2026, 3, 9), date(2026, 3, 9))
        record(shipment, a_scan(), window=window)
        told = self.correct(client, shipment, carrier="ups").json()
        assert {promise["source"] for promise in told["promises"]} == {"merchant"}
        assert told["promise"] == told["promises"][-1]

    @pytest.mark.parametrize(
        ("told", "message"),
        [
            ({}, "There is nothing to correct"),
            ({"carrier": "dhl-unified"}, "There is nothing to correct"),
            ({"carrier": "fedx"}, "Did you mean fedex?"),
            ({"carrier": ""}, "may not be blank"),
            ({"status": "delivered"}, "This field is not known here"),
        ],
    )
    def test_what_cannot_be_is_400_with_what_to_change(self, client, shipment, told, message):
        response = self.correct(client, shipment, **told)
        assert response.status_code == 400
        assert message in json.dumps(response.json())

    def test_the_orders_old_label_adds_no_second_parcel(self, client, shipment):
        self.correct(client, shipment, carrier="ups")
        for carrier in ("dhl-unified", ""):
            again = changed(carrier=carrier, tracking_number="JD1")
            assert client.post("/api/orders/", again, format="json").status_code == 200
        assert Shipment.objects.get().carrier == "ups"

    def test_it_is_news_to_who_asks_what_is_new(self, client, shipment):
        moment = timezone.now()
        self.correct(client, shipment, carrier="ups")
        told = client.get("/api/shipments/", {"updated_after": moment.isoformat()}).json()["results"]
        assert [row["token"] for row in told] == [shipment.token]

    def test_another_shops_parcel_is_not_there(self, client):
        theirs = a_shipment(an_order(a_merchant("Alpha")))
        assert self.correct(client, theirs, carrier="ups").status_code == 404
        theirs.refresh_from_db()
        assert theirs.carrier == "dhl-unified"


@pytest.mark.django_db
class TestTellingOrders:
    def test_an_order_is_found_by_its_number_in_two_ways(self, client):
        client.post("/api/orders/", {**ORDER, "number": "#1001"}, format="json")
        assert [row["number"] for row in client.get("/api/orders/", {"number": "#1001"}).json()["results"]] == ["#1001"]
        assert client.get("/api/orders/%231001/").json()["number"] == "#1001"
        assert client.get("/api/orders/", {"number": "999"}).json()["results"] == []

    def test_pages_follow_each_other_until_every_order_was_told_once(self, merchant, client):
        for number in range(120):
            an_order(merchant, number=f"N{number}")
        told, url = [], "/api/orders/"
        while url:
            page = client.get(url).json()
            told += [order["number"] for order in page["results"]]
            url = page["next"]
        assert told == [f"N{number}" for number in reversed(range(120))]

    def test_a_page_asks_the_same_number_of_questions_for_five_orders_and_for_fifty(
        self, merchant, client, django_assert_num_queries
    ):
        client.get("/api/orders/")
        for _order in range(5):
            a_shipment(an_order(merchant))
        with django_assert_num_queries(7) as five:
            client.get("/api/orders/")
        for _order in range(45):
            a_shipment(an_order(merchant))
        with django_assert_num_queries(len(five)):
            assert len(client.get("/api/orders/").json()["results"]) == 50


@pytest.mark.django_db
class TestTellingParcels:
    def test_a_parcel_is_told_with_its_whole_story(self, merchant, client):
        shipment = a_shipment(
            an_order(merchant), window=PromisedWindow(date(2026, 3, 5), date(2026, 3, 6)), now=utc(2026, 3, 2, 8)
        )
        later = PromisedWindow(date(2026, 3, 9), date(2026, 3, 9))
        scan = a_scan(Status.IN_TRANSIT, at=utc(2026, 3, 3, 8))
        record(shipment, scan, window=later, now=utc(2026, 3, 3, 9))

        told = client.get(f"/api/shipments/{shipment.token}/").json()

        assert told["status"] == "in_transit"
        assert [(promise["earliest"], promise["source"]) for promise in told["promises"]] == [
            ("2026-03-05", "merchant"),
            ("2026-03-09", "carrier"),
        ]
        assert told["promise"] == told["promises"][-1]
        assert told["promise"]["zone"] == "Europe/Helsinki"
        risk = {"state": shipment.risk, "probability": shipment.risk_probability, "reason": "", "why": []}
        assert told["risk"] == {**risk, "model": shipment.risk_model}
        assert told["tracking_url"] == f"https://portal.test/t/{shipment.token}/"
        assert told["events"][0]["description"] == "Carrier says in_transit"
        assert told["events"][0]["location"] == {"city": "Hamburg", "postcode": "", "country": "DE"}

    def test_a_scan_keeps_the_clock_of_its_place(self, merchant, client):
        shipment = a_shipment(an_order(merchant))
        at = utc(2026, 3, 3, 8).astimezone(timezone.get_fixed_timezone(-420))
        record(shipment, a_scan(at=at))
        told = client.get(f"/api/shipments/{shipment.token}/").json()
        assert told["events"][0]["occurred_at"] == "2026-03-03T01:00:00-07:00"

    def test_the_page_is_at_the_merchants_own_host(self, merchant, client):
        merchant.domains.create(host="track.nordlicht.example")
        shipment = a_shipment(an_order(merchant))
        told = client.get(f"/api/shipments/{shipment.token}/").json()
        assert told["tracking_url"] == f"https://track.nordlicht.example/t/{shipment.token}/"

    def test_parcels_are_narrowed_by_status_and_risk(self, merchant, client):
        moving, waiting = a_shipment(an_order(merchant)), a_shipment(an_order(merchant))
        record(moving, a_scan())
        late = a_late_shipment(an_order(merchant))

        def tokens(**wanted):
            return [row["token"] for row in client.get("/api/shipments/", wanted).json()["results"]]

        assert tokens() == [late.token, waiting.token, moving.token]
        assert tokens(status="in_transit") == [moving.token]
        assert tokens(risk="late") == [late.token]
        assert tokens(status="in_transit", risk="late") == []

    def test_updated_after_means_that_something_was_learnt(self, merchant, client):
        long_ago, moment = utc(2026, 3, 1, 8), utc(2026, 3, 3, 8)
        quiet = a_shipment(an_order(merchant), now=long_ago)
        scanned = a_shipment(an_order(merchant), now=long_ago)
        record(scanned, a_scan(at=utc(2026, 3, 1, 9)), now=moment + timedelta(minutes=1))
        added = a_shipment(an_order(merchant), now=moment + timedelta(minutes=1))

        response = client.get("/api/shipments/", {"updated_after": moment.isoformat()})

        assert {row["token"] for row in response.json()["results"]} == {scanned.token, added.token}
        assert quiet.token not in response.content.decode()

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ({"status": "lost"}, '"lost" is not a valid choice'),
            ({"updated_after": "2026-03-03T08:00:00"}, "add its offset"),
            ({"updated_after": "yesterday"}, "Datetime has wrong format"),
        ],
    )
    def test_a_wrong_filter_is_400_and_not_overlooked(self, client, query, message):
        response = client.get("/api/shipments/", query)
        assert response.status_code == 400
        assert message in response.json()[next(iter(query))][0]


@pytest.mark.django_db
class TestOtherMerchants:
    def test_nothing_of_another_merchant_is_told(self, client):
        stranger = a_merchant("Alpha")
        order = an_order(stranger, number="ALPHA-SECRET-1")
        shipment = a_shipment(order, tracking_number="ALPHA-SECRET-2")
        for url in (
            "/api/orders/",
            "/api/orders/?number=ALPHA-SECRET-1",
            "/api/shipments/",
            f"/api/shipments/?status={shipment.status}",
        ):
            response = client.get(url)
            assert response.status_code == 200
            assert response.json()["results"] == []
        for url in ("/api/orders/ALPHA-SECRET-1/", f"/api/shipments/{shipment.token}/"):
            response = client.get(url)
            assert response.status_code == 404
            assert "SECRET" not in response.content.decode()

    def test_the_same_number_at_two_shops_is_two_orders(self, client):
        theirs = an_order(a_merchant("Alpha"), number="1001")
        response = client.post("/api/orders/", ORDER, format="json")
        assert response.status_code == 201
        theirs.refresh_from_db()
        assert theirs.shipments.count() == 0
        assert Customer.objects.filter(email="aino@shopper.example").count() == 1


@pytest.mark.django_db
def test_the_schema_is_written_without_a_warning():
    written = io.StringIO()
    call_command("spectacular", "--fail-on-warn", "--validate", stdout=written, stderr=io.StringIO())
    assert "/api/shipments/{token}/:" in written.getvalue()


@pytest.mark.django_db
def test_rows_cannot_be_changed_but_for_the_carrier_nor_deleted_by_the_api(merchant, client):
    shipment = a_shipment(an_order(merchant, number="1001"))
    order, parcel = "/api/orders/1001/", f"/api/shipments/{shipment.token}/"
    for method, url in (("put", order), ("patch", order), ("delete", order), ("put", parcel), ("delete", parcel)):
        assert getattr(client, method)(url, {}, format="json").status_code == 405

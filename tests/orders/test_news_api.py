"""The API over news of an order, refunds and cases."""

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from orders.models import ApiKey, Case, CaseKind, Refund, StatusChange
from orders.services.cases import open_case
from orders.statuses import Status
from tests.builders import a_merchant, a_scan, a_shipment, an_order, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant():
    cache.clear()
    return a_merchant()


@pytest.fixture
def order(merchant):
    return an_order(merchant, number="1001")


@pytest.fixture
def client(merchant):
    _row, key = ApiKey.issue(merchant, "tests")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


class TestNews:
    def test_a_delay_is_news_once(self, client, order):
        answers = [client.post("/api/orders/1001/news/", {"news": "delayed"}, format="json") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 200]
        assert {answer.json()["news"] for answer in answers} == {"delayed"}
        assert [row["news"] for row in client.get("/api/orders/1001/news/").json()["results"]] == ["delayed"]

    def test_what_cannot_be_is_refused_in_words(self, client, order):
        record(a_shipment(order), a_scan(Status.IN_TRANSIT))
        answer = client.post("/api/orders/1001/news/", {"news": "cancelled"}, format="json")
        assert answer.status_code == 400
        assert "under way" in answer.json()["news"][0]

    @pytest.mark.parametrize("told", [{"news": "received"}, {"news": "lost"}, {}, {"news": "delayed", "why": "x"}])
    def test_other_words_are_refused(self, client, order, told):
        assert client.post("/api/orders/1001/news/", told, format="json").status_code == 400
        assert not StatusChange.objects.filter(kind="order").exists()


class TestRefunds:
    def test_a_refund_is_told_once(self, client, order):
        refund = {"reference": "R-1", "amount": "19.90", "sent_at": "2026-03-02T12:00:00+02:00"}
        answers = [client.post("/api/orders/1001/refunds/", refund, format="json") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 200]
        assert answers[0].json() == {**refund, "currency": "EUR", "sent_at": "2026-03-02T10:00:00Z"}
        assert [row["reference"] for row in client.get("/api/orders/1001/refunds/").json()["results"]] == ["R-1"]

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"amount": "99.90"}, "amount"),
            ({"amount": "-1"}, "amount"),
            ({"amount": "much"}, "amount"),
            ({"currency": "SEK"}, "currency"),
            ({"currency": "euro"}, "currency"),
            ({"sent_at": "2026-03-02T12:00:00"}, "sent_at"),
            ({"sent_at": "2999-03-02T12:00:00Z"}, "sent_at"),
            ({"reference": ""}, "reference"),
            ({"order": "1001"}, "order"),
        ],
    )
    def test_what_is_wrong_is_named_by_its_field(self, client, order, wrong, field):
        told = {"reference": "R-1", "amount": "19.90", **wrong}
        answer = client.post("/api/orders/1001/refunds/", told, format="json")
        assert (answer.status_code, [*answer.json()]) == (400, [field])
        assert not Refund.objects.exists()


class TestCases:
    def test_a_case_is_opened_answered_and_closed(self, client, order):
        parcel = a_shipment(order)
        told = {"kind": "damaged", "message": "The shade is torn.", "parcel": parcel.token}
        made = client.post("/api/orders/1001/cases/", told, format="json")
        assert made.status_code == 201
        assert (made.json()["order"], made.json()["parcel"], made.json()["kind"]) == ("1001", parcel.token, "damaged")
        case = f"/api/cases/{made.json()['id']}/"
        assert client.post(f"{case}answer/", {"answer": "A new one comes."}, format="json").status_code == 200
        assert client.post(f"{case}close/").json()["closed_at"]
        assert client.get(case).json()["answer"] == "A new one comes."

    def test_a_closed_case_takes_no_answer(self, client, order):
        case = open_case(order, CaseKind.MISSING)
        for _ in range(2):
            assert client.post(f"/api/cases/{case.pk}/close/").status_code == 200
        answer = client.post(f"/api/cases/{case.pk}/answer/", {"answer": "Hm."}, format="json")
        assert (answer.status_code, [*answer.json()]) == (400, ["answer"])

    def test_a_parcel_of_another_order_is_refused(self, client, order, merchant):
        told = {"kind": "damaged", "parcel": a_shipment(an_order(merchant)).token}
        answer = client.post("/api/orders/1001/cases/", told, format="json")
        assert (answer.status_code, [*answer.json()]) == (400, ["parcel"])
        assert not Case.objects.exists()

    def test_a_list_is_narrowed_to_the_open_ones_and_to_an_order(self, client, order, merchant):
        shut = open_case(order, CaseKind.MISSING)
        still = open_case(order, CaseKind.RETURN)
        other = open_case(an_order(merchant, number="1002"), CaseKind.RETURN)
        client.post(f"/api/cases/{shut.pk}/close/")

        def listed(query):
            return [row["id"] for row in client.get(f"/api/cases/{query}").json()["results"]]

        assert listed("") == [other.pk, still.pk, shut.pk]
        assert listed("?open=true") == [other.pk, still.pk]
        assert listed("?open=false") == [shut.pk]
        assert listed("?open=true&order=1001") == [still.pk]


class TestScope:
    @pytest.mark.parametrize("part", ["news", "refunds", "cases"])
    def test_an_order_of_another_shop_is_not_there(self, client, part):
        an_order(number="2002")
        assert client.get(f"/api/orders/2002/{part}/").status_code == 404
        told = {"news": "delayed", "reference": "R", "amount": "1", "kind": "missing"}
        known = {"news": ["news"], "refunds": ["reference", "amount"], "cases": ["kind"]}[part]
        sent = {name: told[name] for name in known}
        assert client.post(f"/api/orders/2002/{part}/", sent, format="json").status_code == 404
        assert not StatusChange.objects.exists()

    def test_a_case_of_another_shop_is_neither_seen_nor_touched(self, client):
        case = open_case(an_order(), CaseKind.MISSING)
        assert client.get("/api/cases/").json()["results"] == []
        assert client.get(f"/api/cases/{case.pk}/").status_code == 404
        for way in ("close", "answer"):
            assert client.post(f"/api/cases/{case.pk}/{way}/", {"answer": "x"}, format="json").status_code == 404
        case.refresh_from_db()
        assert (case.closed_at, case.answer) == (None, "")

    def test_without_a_key_nothing_is_told(self, order):
        assert APIClient().get("/api/orders/1001/refunds/").status_code == 401

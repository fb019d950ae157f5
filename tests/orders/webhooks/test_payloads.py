import json
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from orders.models import CaseKind, Promise, RiskState, Shipment, StatusChange, WebhookDelivery
from orders.promise.evidence import Evidence, Kind
from orders.reasons import Reason
from orders.serializers import ParcelSerializer
from orders.services.cases import answer_case, open_case
from orders.services.order_news import order_delayed
from orders.services.refunds import record_refund
from orders.statuses import Status
from orders.webhooks.payloads import write
from orders.windows import PromisedWindow
from tests.builders import a_scan, a_shipment, an_order, record, utc

pytestmark = pytest.mark.django_db

MONDAY = utc(2026, 3, 2, 8)
FIRST = PromisedWindow(date(2026, 3, 5), date(2026, 3, 6))
THEN = PromisedWindow(date(2026, 3, 9), date(2026, 3, 9), time(9), time(13))


@pytest.fixture
def shipment():
    return a_shipment(window=FIRST, now=MONDAY, zone="Pacific/Kiritimati", destination_country="KI")


def told(change):
    return json.loads(write(WebhookDelivery(change=change, created_at=MONDAY)))


def a_change(shipment, kind="status"):
    changes = record(shipment, a_scan(Status.IN_TRANSIT, at=MONDAY), window=THEN, now=MONDAY)
    change = next(change for change in changes if change.kind == kind)
    change.shipment = Shipment.objects.get(pk=shipment.pk)
    return change


def test_a_change_is_told_with_its_id_kind_and_time(shipment):
    delivery = WebhookDelivery(change=a_change(shipment), created_at=MONDAY)
    body = json.loads(write(delivery))
    assert [*body] == ["id", "kind", "created_at", "change", "order", "parcel", "case", "refund"]
    assert (body["id"], body["kind"], body["created_at"]) == (str(delivery.uuid), "status", "2026-03-02T08:00:00Z")
    assert body["change"] == {
        "old": "unknown",
        "new": "in_transit",
        "reason": "",
        "occurred_at": "2026-03-02T08:00:00Z",
    }


def test_the_parcel_is_the_rest_apis_and_tells_what_was_promised_first(shipment):
    parcel = told(a_change(shipment, "promise"))["parcel"]
    first = parcel.pop("first_promise")
    assert parcel == json.loads(json.dumps(ParcelSerializer(Shipment.objects.get()).data, default=str))
    assert (first["earliest"], first["latest"], first["source"]) == ("2026-03-05", "2026-03-06", "merchant")
    assert parcel["promise"]["source"] == "carrier"


def test_a_promise_is_local_days_and_hours_with_their_zone(shipment):
    body = told(a_change(shipment, "promise"))
    window = ("earliest", "latest", "from_time", "to_time", "zone")
    assert [body["parcel"]["promise"][name] for name in window] == [
        "2026-03-09",
        "2026-03-09",
        "09:00:00",
        "13:00:00",
        "Pacific/Kiritimati",
    ]
    assert (body["change"]["old"], body["change"]["new"]) == ("2026-03-05/2026-03-06", "2026-03-09/2026-03-09")


def test_the_risk_is_told_with_its_probability_and_reason(shipment):
    change = a_change(shipment)
    change.shipment.risk, change.shipment.risk_probability = RiskState.AT_RISK, 0.64
    change.shipment.risk_reason = Reason.SILENCE
    change.shipment.risk_evidence = [Evidence(Kind.SILENT, 3).to_json()]
    risk = told(change)["parcel"]["risk"]
    assert (risk["state"], risk["probability"], risk["reason"]) == ("at_risk", 0.64, "silence")
    assert risk["why"] == ["No scan for 3 working days."]


def test_a_parcel_that_nothing_was_promised_of_has_no_promise(shipment):
    Shipment.objects.update(promise=None)
    change = a_change(shipment)
    Promise.objects.all().delete()
    change.shipment = Shipment.objects.get()
    parcel = told(change)["parcel"]
    assert (parcel["promise"], parcel["first_promise"]) == (None, None)


def keys(told, at=""):
    """The path of every key in this JSON, in order."""
    if not isinstance(told, dict):
        return []
    return [path for name, value in told.items() for path in (f"{at}{name}", *keys(value, f"{at}{name}."))]


def test_the_docs_show_every_field_and_no_other(shipment):
    text = (Path(settings.BASE_DIR) / "docs/webhooks.md").read_text()
    shown = json.loads(text[text.index("\n    {\n") : text.index("\n    }\n") + 6])
    assert sorted(keys(shown)) == sorted(keys(told(a_change(shipment, "promise"))))


def test_what_became_of_the_order_is_told_of_no_parcel():
    order = an_order(number="1001", placed_at=MONDAY)
    body = told(order_delayed(order, MONDAY))
    assert (body["kind"], body["change"]["new"], body["parcel"]) == ("order", "delayed", None)
    assert body["order"] == {"number": "1001", "placed_at": "2026-03-02T08:00:00Z", "currency": "EUR", "total": "79.90"}


def test_a_case_is_the_rest_apis_and_so_is_its_parcel(shipment):
    case = open_case(shipment.order, CaseKind.DAMAGED, "Torn.", shipment, MONDAY)
    answer_case(case.pk, "A new one comes.", MONDAY)
    body = told(StatusChange.objects.get(new="answered"))
    assert (body["kind"], body["parcel"]["token"], body["refund"]) == ("case", shipment.token, None)
    assert (body["case"]["kind"], body["case"]["answer"]) == ("damaged", "A new one comes.")


def test_a_refund_is_told_with_its_amount():
    order = an_order()
    record_refund(order, "R-1", Decimal("19.90"), sent_at=MONDAY)
    body = told(StatusChange.objects.get())
    assert body["refund"] == {
        "reference": "R-1",
        "amount": "19.90",
        "currency": "EUR",
        "sent_at": "2026-03-02T08:00:00Z",
    }


def test_a_test_is_about_nothing():
    body = told(None)
    assert body.pop("id")
    assert body.pop("created_at")
    assert body == {"kind": "test", "change": None, "order": None, "parcel": None, "case": None, "refund": None}

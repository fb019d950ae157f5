"""Whoever asks to be forgotten is: walked by introspection, so that a model that is added later is walked, too.

A shopper leaves marks in every table that may hold them. After the erasure no row of any model, ours or Django's,
holds one, and nothing of anybody else's has changed.
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.utils import timezone
from rest_framework.test import APIClient

from alerts.consent import is_suppressed, suppress
from alerts.delivery import deliver, reap
from alerts.links import preferences_link_for
from alerts.models import Alert, BrowserSubscription, Preference, Suppressed, Suppression
from alerts.planning import plan_all
from alerts.preferences import Choices, choose
from alerts.states import State, Why
from alerts.triggers import Trigger
from carriers.models import CallbackDelivery, DeliveryState, PushSubscription, UnmatchedNumber
from orders.incoming import ConsentData, CustomerData, OrderData, ShipmentData
from orders.models import (
    ApiKey,
    CarrierCorrection,
    Case,
    CaseKind,
    Consent,
    Customer,
    Notice,
    NoticeKind,
    Order,
    Shipment,
    StatusChange,
    TrackingEvent,
    WebhookDelivery,
    WebhookEndpoint,
)
from orders.services import erasure
from orders.services.corrections import correct_carrier
from orders.services.disclosure import AsJSON, known_of
from orders.services.erasure import erase_customer
from orders.services.intake import take_order
from orders.signals import customer_erased
from tests.builders import a_customer, a_merchant, a_scan, a_shipment, an_account, an_order, record

pytestmark = pytest.mark.django_db

NAME, EMAIL, OLD_EMAIL, PHONE = "Zebulon Quill", "zebulon@quill.example", "zq@before.example", "+447911123456"
WRONG_NUMBER, NUMBER, HANDED = "JD014600003333333333", "JD014600004444444444", "LX555555555DE"
STREET = "Quill Street 7"
MARKS = [NAME, EMAIL, OLD_EMAIL, PHONE, WRONG_NUMBER, NUMBER, HANDED, STREET, "EH12QL"]
# The models in which the shopper below has left a mark.
LEFT_IN = {
    Alert,
    BrowserSubscription,
    CallbackDelivery,
    CarrierCorrection,
    Case,
    Consent,
    Customer,
    LogEntry,
    Notice,
    Order,
    PushSubscription,
    Shipment,
    Suppression,
    TrackingEvent,
    UnmatchedNumber,
    WebhookDelivery,
}


def a_shopper_with_a_past(merchant=None, **kw) -> Customer:
    """One row in every table that may tell of a shopper, each with a mark."""
    merchant = merchant or a_merchant(time_zone="UTC")
    customer = a_customer(merchant, **{"name": NAME, "email": EMAIL, "phone": PHONE, "agreed_to": [], **kw})
    wording = f"Text me at {PHONE}."
    Consent.objects.create(merchant=merchant, customer=customer, channel="sms", wording=wording)
    order = an_order(merchant, customer, postcode="EH1 2QL")
    parcel = a_parcel_with_a_past(order)
    change = StatusChange.objects.filter(shipment=parcel).first()
    Case.objects.create(merchant=merchant, order=order, kind=CaseKind.MISSING, message=STREET, answer=f"Dear {NAME}")
    Notice.tell(merchant.pk, NoticeKind.CARRIER_DOUBTED, NUMBER, "Hardly")
    Notice.tell(merchant.pk, NoticeKind.MESSAGE_FAILED, "E-mail", f"{EMAIL} does not exist")
    told = json.dumps({"number": NUMBER, "signed": NAME})
    hook = WebhookEndpoint.objects.create(merchant=merchant, url=f"https://shop.example/{customer.pk}")
    WebhookDelivery.objects.create(
        merchant=merchant, endpoint=hook, change=change, state="delivered", body=told, answer=told, error=told[:300]
    )
    an_alert(order, change, address=OLD_EMAIL)
    an_alert(order, None, is_test=True, address="staff@shop.example")
    suppress(merchant, "email", OLD_EMAIL, Suppressed.UNSUBSCRIBED)
    suppress(merchant, "sms", PHONE, Suppressed.STOP)
    BrowserSubscription.objects.create(
        merchant=merchant, order=order, endpoint_digest="x", subscription={"user": NAME}, language="en"
    )
    Preference.objects.create(merchant=merchant, customer=customer, unwanted=["steps"])
    a_carriers_news(merchant, customer)
    return customer


def a_parcel_with_a_past(order) -> Shipment:
    parcel = a_shipment(order, tracking_number=WRONG_NUMBER, destination_postcode="EH1 2QL", destination_country="GB")
    record(parcel, a_scan(description=f"Wrong {NAME}", raw={"to": NAME}))
    correct_carrier(parcel.pk, by="staff", number=NUMBER, note=f"{NAME} called")
    parcel.refresh_from_db()
    record(parcel, a_scan(description=f"Received by {NAME}", raw={"street": STREET}))
    Shipment.objects.filter(pk=parcel.pk).update(
        proof_of_delivery=NAME, handed_to_number=HANDED, poll_error=f"{NUMBER} is unknown"
    )
    return parcel


def an_alert(order, change, **kw) -> Alert:
    words = f"Dear {NAME}, {STREET}"
    told = {"trigger": Trigger.SHIPPED, "channel": "email", "language": "en", "state": State.SENT, "customer": None}
    told |= {"subject": words, "body_text": words, "body_html": words, "error": words, "error_detail": words}
    customer = None if kw.get("is_test") else order.customer
    told |= {"merchant": order.merchant, "order": order, "change": change, "customer": customer}
    told["shipment"] = change and change.shipment
    return Alert.objects.create(**told | kw)


def a_carriers_news(merchant, customer) -> None:
    account = an_account(merchant)
    body = json.dumps({"number": NUMBER, "to": NAME}).encode()
    read = CallbackDelivery.objects.create(
        merchant=merchant,
        account=account,
        digest=str(customer.pk),
        body=body,
        headers={"x": NAME},
        numbers=["OTHER", NUMBER],
        error=f"{NUMBER}?",
        state=DeliveryState.PROCESSED,
    )
    CallbackDelivery.objects.create(
        merchant=merchant,
        account=account,
        digest=f"{customer.pk} unread",
        body=f"<not json> {NUMBER} {NAME}".encode(),
        proof={"signature": NAME},
        state=DeliveryState.REJECTED,
    )
    UnmatchedNumber.objects.create(merchant=merchant, account=account, delivery=read, number=HANDED)
    PushSubscription.objects.create(merchant=merchant, account=account, number=NUMBER, terms="x")


@pytest.fixture
def shopper(django_user_model):
    customer = a_shopper_with_a_past()
    user = django_user_model.objects.create_user("staff")
    alert = Alert.objects.filter(order__customer=customer).first()
    for row in (customer, Shipment.objects.get(order__customer=customer), alert, Suppression.objects.first()):
        kind = ContentType.objects.get_for_model(row)
        LogEntry.objects.create(
            user=user, content_type=kind, object_id=row.pk, object_repr=str(row), action_flag=CHANGE
        )
    return customer


def rows_with_marks() -> dict[type[models.Model], list[str]]:
    """Where any mark is found, in which column of which row."""
    found = {}
    for model in apps.get_models():
        for row in model._base_manager.values():
            told = {name: _as_text(value) for name, value in row.items()}
            marked = [name for name, text in told.items() if any(mark in text for mark in MARKS)]
            if marked:
                found.setdefault(model, []).append(f"{model.__name__} {row['id']}: {', '.join(marked)}")
    return found


def _as_text(value) -> str:
    return bytes(value).decode() if isinstance(value, (bytes, memoryview)) else str(value)


class TestNothingIsLeft:
    def test_the_marks_are_there_to_be_seen_before(self, shopper):
        """Without this the walk could pass by looking at empty tables."""
        assert set(rows_with_marks()) == LEFT_IN

    def test_no_row_of_any_model_holds_a_mark_afterwards(self, shopper):
        assert erase_customer(shopper.pk)
        assert rows_with_marks() == {}

    def test_the_shopper_is_an_empty_row_that_says_so(self, shopper):
        erase_customer(shopper.pk)
        shopper.refresh_from_db()
        assert shopper.erased_at
        assert (shopper.name, shopper.email, str(shopper.phone), shopper.language) == ("", "", "", "")
        assert str(shopper) == "Forgotten"
        assert not Preference.objects.exists()

    def test_twice_is_once(self, shopper):
        erase_customer(shopper.pk)
        erased_at = Customer.objects.get(pk=shopper.pk).erased_at
        assert not erase_customer(shopper.pk)
        assert Customer.objects.get(pk=shopper.pk).erased_at == erased_at

    def test_where_one_app_fails_nothing_is_erased(self, shopper):
        def fail(**_signal):
            raise ValueError("cannot erase")

        customer_erased.connect(fail)
        before = rows_with_marks()
        try:
            with pytest.raises(ValueError, match="cannot erase"):
                erase_customer(shopper.pk)
        finally:
            customer_erased.disconnect(fail)
        assert rows_with_marks() == before


class TestWhatStays:
    def test_the_order_with_its_number_and_worth_and_how_its_promise_was_kept(self, shopper):
        order = shopper.orders.get()
        promises = list(order.shipments.get().promises.values())
        erase_customer(shopper.pk)
        kept = Order.objects.get(pk=order.pk)
        assert (kept.number, kept.total, kept.placed_at) == (order.number, order.total, order.placed_at)
        assert list(kept.shipments.get().promises.values()) == promises
        assert kept.shipments.get().events.exists()

    def test_the_region_of_the_postcode_for_the_estimates(self, shopper):
        erase_customer(shopper.pk)
        assert Shipment.objects.get().destination_postcode == "EH"

    def test_that_there_were_messages_and_when(self, shopper):
        erase_customer(shopper.pk)
        alert = Alert.objects.get(is_test=False)
        assert (alert.state, alert.address) == (State.SENT, "")
        assert alert.forgotten_at

    def test_that_they_are_never_to_be_written_to_without_their_addresses(self, shopper):
        erase_customer(shopper.pk)
        assert is_suppressed(shopper.merchant, "email", OLD_EMAIL)
        assert is_suppressed(shopper.merchant, "sms", PHONE)
        assert not is_suppressed(shopper.merchant, "email", EMAIL), "this one was never on the list"

    def test_everything_of_everybody_else(self, shopper):
        other = a_shopper_with_a_past()
        before = rows_of(other.merchant)
        erase_customer(shopper.pk)
        assert rows_of(other.merchant) == before


def rows_of(merchant):
    ours = [model for model in apps.get_models() if any(field.name == "merchant" for field in model._meta.fields)]
    return {model: list(model.objects.filter(merchant=merchant).order_by("pk").values()) for model in ours}


class TestFromThenOn:
    def test_old_links_lead_nowhere(self, client, shopper, settings):
        parcel, choices = Shipment.objects.get(), preferences_link_for(shopper.orders.get())
        page, choices = f"/t/{parcel.token}/", choices.removeprefix(settings.SITE_URL)
        assert [client.get(path).status_code for path in (page, choices)] == [200, 200]
        erase_customer(shopper.pk)
        assert [client.get(path).status_code for path in (page, choices)] == [404, 404]

    def test_the_parcel_is_not_followed_any_more_and_late_news_of_it_is_left(self, shopper):
        parcel = Shipment.objects.get()
        Shipment.objects.filter(pk=parcel.pk).update(next_poll_at=timezone.now())
        erase_customer(shopper.pk)
        parcel.refresh_from_db()
        assert (parcel.next_poll_at, parcel.next_risk_at) == (None, None)
        assert not Shipment.objects.filter(tracking_number=NUMBER).exists()

    def test_what_waits_to_be_sent_is_not_sent(self, shopper):
        order, now = shopper.orders.get(), timezone.now()
        change = StatusChange.objects.filter(order=order).first()
        waiting = an_alert(order, change, trigger=Trigger.LATE, address=EMAIL, state=State.QUEUED, due_at=now)
        erase_customer(shopper.pk)
        waiting.refresh_from_db()
        assert (waiting.state, waiting.reason, waiting.due_at) == (State.SUPPRESSED, Why.FORGOTTEN, None)
        assert not deliver(waiting.pk)

    def test_what_a_worker_died_over_finds_no_address_when_it_is_taken_up_again(self, shopper):
        order, now = shopper.orders.get(), timezone.now()
        change = StatusChange.objects.filter(order=order).first()
        taken = an_alert(order, change, trigger=Trigger.LATE, address=EMAIL, state=State.SENDING, due_at=now)
        erase_customer(shopper.pk)
        reap(now)
        for _hour_for_which_it_waits in range(3):
            taken.refresh_from_db()
            deliver(taken.pk, taken.due_at or now)
        taken.refresh_from_db()
        assert (taken.state, taken.address, taken.sent_at) == (State.SUPPRESSED, "", None)

    def test_the_same_order_sent_again_teaches_nothing(self):
        merchant = a_merchant()
        consent = ConsentData(channel="sms", given_at=timezone.now() - timedelta(hours=1), wording="Text me.")
        customer = CustomerData(email=EMAIL, name=NAME, phone=PHONE, consents=(consent,))
        parcel = ShipmentData(carrier="dhl-unified", tracking_number=NUMBER, postcode="EH1 2QL")
        data = OrderData(number="1001", placed_at=timezone.now(), customer=customer, shipments=(parcel,))
        order = take_order(merchant, data)
        erase_customer(order.customer_id)
        take_order(merchant, data)
        assert rows_with_marks() == {}
        assert order.shipments.count() == 1

    def test_a_new_order_makes_a_new_shopper(self, shopper):
        data = OrderData(number="2002", placed_at=timezone.now(), customer=CustomerData(email=EMAIL))
        erase_customer(shopper.pk)
        assert take_order(shopper.merchant, data).customer_id != shopper.pk


class TestFinding:
    def test_by_e_mail_or_phone_within_the_shop(self, shopper):
        merchant = shopper.merchant
        assert erasure.find_customer(merchant, email=f" {EMAIL.upper()}") == shopper
        assert erasure.find_customer(merchant, phone=PHONE) == shopper
        with pytest.raises(Customer.DoesNotExist):
            erasure.find_customer(a_merchant(), email=EMAIL)

    def test_a_phone_that_several_share_is_nobodys_in_particular(self, shopper):
        a_customer(shopper.merchant, phone=PHONE)
        with pytest.raises(Customer.MultipleObjectsReturned):
            erasure.find_customer(shopper.merchant, phone=PHONE)


class TestCommand:
    def test_it_asks_and_then_forgets(self, shopper, capsys, monkeypatch):
        monkeypatch.setattr("builtins.input", lambda question: "yes" if NAME in question else "no")
        call_command("erase_customer", merchant=shopper.merchant.slug, email=EMAIL)
        assert "1 orders stay" in capsys.readouterr().out
        assert rows_with_marks() == {}

    def test_who_does_not_say_yes_forgets_nobody(self, shopper, monkeypatch):
        monkeypatch.setattr("builtins.input", lambda _question: "")
        with pytest.raises(CommandError, match="Nothing was erased"):
            call_command("erase_customer", merchant=shopper.merchant.slug, email=EMAIL)
        assert not Customer.objects.get(pk=shopper.pk).erased_at

    def test_nobody_and_several_are_named_with_what_to_do(self, shopper):
        with pytest.raises(CommandError, match="knows no shopper with nobody"):
            call_command("erase_customer", merchant=shopper.merchant.slug, email="nobody@shop.example")
        a_customer(shopper.merchant, phone=PHONE)
        with pytest.raises(CommandError, match="give the e-mail"):
            call_command("erase_customer", merchant=shopper.merchant.slug, phone=PHONE)


class TestExport:
    def test_it_tells_every_mark_that_the_shopper_left(self, shopper, capsys):
        call_command("export_customer", merchant=shopper.merchant.slug, email=EMAIL)
        known = json.loads(capsys.readouterr().out)
        told = json.dumps(known)
        assert [mark for mark in (NAME, EMAIL, OLD_EMAIL, PHONE, NUMBER, STREET) if mark not in told] == []
        assert {"customer", "consent", "order", "shipment", "trackingevent", "case", "alert", "preference"} <= set(
            known
        )
        assert known["order"][0]["number"] == shopper.orders.get().number

    def test_it_tells_nothing_of_anybody_else(self, shopper):
        other = a_customer(shopper.merchant, name="Somebody Else", email="else@shopper.example")
        a_shipment(an_order(customer=other), tracking_number="JD999999999999999999")
        told = json.dumps(known_of(shopper), cls=AsJSON)
        assert "Somebody Else" not in told
        assert "JD999999999999999999" not in told


class TestApi:
    def client_of(self, merchant):
        _row, key = ApiKey.issue(merchant, "tests")
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        return client

    def post(self, merchant, what, **who):
        return self.client_of(merchant).post(f"/api/customers/{what}/", who, format="json")

    def test_it_forgets_and_names_the_orders_that_stay(self, shopper):
        number = shopper.orders.get().number
        answer = self.post(shopper.merchant, "erase", email=EMAIL)
        assert (answer.status_code, answer.json()) == (200, {"orders": [number]})
        assert rows_with_marks() == {}
        assert self.post(shopper.merchant, "erase", email=EMAIL).status_code == 404

    def test_it_tells_what_is_known(self, shopper):
        assert self.post(shopper.merchant, "export", email=EMAIL).json()["customer"][0]["name"] == NAME

    @pytest.mark.parametrize("what", ["erase", "export"])
    def test_another_shops_shopper_is_not_there(self, shopper, what):
        assert self.post(a_merchant(), what, email=EMAIL).status_code == 404
        assert not Customer.objects.get(pk=shopper.pk).erased_at

    @pytest.mark.parametrize("who", [{}, {"email": "nonsense"}, {"phone": "nonsense"}, {"email": "", "phone": ""}])
    def test_nobody_in_particular_is_refused(self, shopper, who):
        assert self.post(shopper.merchant, "erase", **who).status_code in (400, 404)
        assert not Customer.objects.get(pk=shopper.pk).erased_at

    def test_what_is_nested_too_deeply_is_refused_with_a_sentence(self):
        client = self.client_of(a_merchant())
        answer = client.post("/api/customers/erase/", "[" * 100_000, content_type="application/json")
        assert (answer.status_code, "nested too deeply" in answer.text) == (400, True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_whatever_else_happens_at_that_moment_nothing_is_left(_round):
    """An order comes in again, its news is planned, and the shopper chooses, all while the shopper is forgotten."""
    merchant = a_merchant()
    parcel = ShipmentData(carrier="dhl-unified", tracking_number=NUMBER, postcode="EH1 2QL")
    customer = CustomerData(email=EMAIL, name=NAME, phone=PHONE)
    data = OrderData(number="1001", placed_at=timezone.now(), customer=customer, shipments=(parcel,))
    order = take_order(merchant, data)
    record(order.shipments.get(), a_scan())
    start = threading.Barrier(4)

    def at_once(act):
        start.wait()
        try:
            act()
        finally:
            connection.close()

    acts = [
        lambda: erase_customer(order.customer_id),
        lambda: take_order(merchant, data),
        lambda: plan_all(StatusChange.objects.values_list("pk", flat=True)),
        lambda: choose(Customer.objects.get(pk=order.customer_id), Choices(by_email=False, by_text=True)),
    ]
    with ThreadPoolExecutor(4) as people:
        list(people.map(at_once, acts))
    assert rows_with_marks() == {}

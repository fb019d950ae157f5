"""A carrier pushes: verified, stored, answered at once; read in a task, once."""

import base64
import gzip
import hashlib
import hmac
import json
import time
from datetime import timedelta
from unittest import mock

import pytest
from django.db import OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from carriers import services
from carriers.adapters.dhl_unified import DHL
from carriers.errors import UnreadablePayload
from carriers.models import (
    CallbackDelivery,
    CarrierAccount,
    Check,
    CodeMeaning,
    DeliveryState,
    UnmappedCode,
    UnmatchedNumber,
)
from carriers.services import callbacks
from orders.incoming import CustomerData, OrderData, ShipmentData
from orders.models import Notice, NoticeKind, Shipment, Source
from orders.services.intake import take_order
from orders.services.record_events import MOST_EVENTS
from orders.statuses import Status
from tests.builders import a_merchant, a_shipment, an_account, an_order

NUMBER = "00340434161094000001"


def dhl_push(number=NUMBER, status="delivered", at="2026-03-03T09:00:00Z"):
    said = {"statusCode": status, "status": status, "description": f"It is {status}"}
    if at:
        said["timestamp"] = at
    return json.dumps({"scope": "subscription.push", "shipments": [{"id": number, "status": said}]}).encode()


@pytest.fixture
def account(db, settings):
    settings.CELERY_TASK_ALWAYS_EAGER = False
    return an_account(a_merchant())


@pytest.fixture
def push(client, account):
    """POST a body as the carrier would; its task is left to whoever runs it."""

    def send(body, secret=None, to=None, content_type="application/json", **headers):
        to = to or account
        url = reverse("carrier-callback", args=[to.carrier, to.callback_token])
        headers = {DHL.callback_header: to.callback_secrets[0] if secret is None else secret, **headers}
        with mock.patch("carriers.tasks.process_callback.delay"):
            return client.post(url, body, content_type=content_type, headers=headers)

    return send


def work():
    """What the sweep does: read every callback that waits."""
    return [services.process_delivery(pk) for pk in services.waiting_deliveries(timezone.now() + timedelta(seconds=1))]


class TestGoodCallbacks:
    def test_it_is_stored_answered_and_then_read(self, account, push):
        shipment = a_shipment(an_order(account.merchant), tracking_number=NUMBER)
        assert push(dhl_push()).status_code in (200, 204)
        delivery = CallbackDelivery.objects.get()
        assert (delivery.state, bytes(delivery.body)) == (DeliveryState.WAITING, dhl_push())

        assert work() == [True]

        shipment.refresh_from_db()
        delivery.refresh_from_db()
        assert shipment.status == Status.DELIVERED
        assert shipment.events.get().source == Source.CALLBACK
        assert (delivery.state, delivery.numbers) == (DeliveryState.PROCESSED, [NUMBER])

    def test_the_same_callback_again_changes_nothing(self, account, push):
        shipment = a_shipment(an_order(account.merchant), tracking_number=NUMBER)
        push(dhl_push())
        work()
        assert push(dhl_push()).status_code in (200, 204)
        assert work() == []
        assert CallbackDelivery.objects.get().repeats == 1
        assert shipment.events.count() == 1

    def test_its_task_may_come_twice(self, account, push):
        a_shipment(an_order(account.merchant), tracking_number=NUMBER)
        push(dhl_push())
        delivery = CallbackDelivery.objects.get()
        assert services.process_delivery(delivery.pk) is True
        assert services.process_delivery(delivery.pk) is False

    def test_a_push_without_a_time_brings_the_next_check_forward(self, account, push):
        later = timezone.now() + timedelta(hours=5)
        shipment = a_shipment(an_order(account.merchant), tracking_number=NUMBER, next_poll_at=later)
        push(dhl_push(at=None))
        work()
        shipment.refresh_from_db()
        assert shipment.events.count() == 0
        assert shipment.next_poll_at <= timezone.now()

    def test_a_number_nobody_knows_is_kept_for_people(self, push, account):
        push(dhl_push("JD-NOT-OURS"))
        assert work() == [True]
        assert CallbackDelivery.objects.get().numbers == ["JD-NOT-OURS"]

    def test_a_code_is_read_as_the_shop_has_confirmed(self, account, push):
        shipment = a_shipment(an_order(account.merchant), tracking_number=NUMBER)
        meaning = CodeMeaning.objects.create(
            merchant=account.merchant, carrier=account.carrier, code="QQ", status=Status.AVAILABLE_FOR_PICKUP
        )
        push(dhl_push(status="QQ"))
        work()
        shipment.refresh_from_db()
        assert (shipment.status, UnmappedCode.objects.get().code) == (Status.UNKNOWN, "QQ")

        CodeMeaning.objects.filter(pk=meaning.pk).update(confirmed_at=timezone.now())
        services.process_again([CallbackDelivery.objects.get().pk])
        work()
        shipment.refresh_from_db()
        assert shipment.status == Status.AVAILABLE_FOR_PICKUP
        assert shipment.events.count() == UnmappedCode.objects.get().count == 1

    def test_another_shops_meanings_are_its_own(self, account, push):
        shipment = a_shipment(an_order(account.merchant), tracking_number=NUMBER)
        CodeMeaning.objects.create(
            merchant=a_merchant("Other"),
            carrier=account.carrier,
            code="QQ",
            status=Status.DELIVERED,
            confirmed_at=timezone.now(),
        )
        push(dhl_push(status="QQ"))
        work()
        shipment.refresh_from_db()
        assert shipment.status == Status.UNKNOWN

    def test_another_merchants_parcel_with_the_same_number_hears_nothing(self, account, push):
        theirs = a_shipment(an_order(a_merchant("Other")), tracking_number=NUMBER)
        push(dhl_push())
        work()
        theirs.refresh_from_db()
        assert theirs.status == Status.UNKNOWN

    def test_a_broker_that_is_down_loses_nothing(self, account, client):
        a_shipment(an_order(account.merchant), tracking_number=NUMBER)
        url = reverse("carrier-callback", args=[account.carrier, account.callback_token])
        with mock.patch("carriers.tasks.process_callback.delay", side_effect=ConnectionRefusedError):
            answer = client.post(
                url,
                dhl_push(),
                content_type="application/json",
                headers={DHL.callback_header: account.callback_secrets[0]},
            )
        assert answer.status_code in (200, 204)
        assert work() == [True]

    def test_a_worker_killed_while_reading_costs_one_lease(self, account, push):
        a_shipment(an_order(account.merchant), tracking_number=NUMBER)
        push(dhl_push())
        with (
            mock.patch("carriers.services.callbacks._process", side_effect=KeyboardInterrupt),
            pytest.raises(KeyboardInterrupt),
        ):
            work()
        assert work() == []
        after_the_lease = timezone.now() + timedelta(minutes=3)
        [again] = services.waiting_deliveries(after_the_lease)
        assert services.process_delivery(again, after_the_lease) is True

    def test_an_old_secret_stays_valid_while_the_new_one_is_rolled_out(self, account, push):
        old = account.callback_secrets[0]
        CarrierAccount.objects.filter(pk=account.pk).update(callback_secrets=["the-new-one", old])
        assert push(dhl_push(), secret=old).status_code in (200, 204)
        assert push(dhl_push("JD2"), secret="the-new-one").status_code in (200, 204)

    def test_secrets_in_headers_are_not_kept(self, account, push):
        push(dhl_push(), **{"X-Trace": "seen"})
        delivery = CallbackDelivery.objects.get()
        assert delivery.headers["X-Trace"] == "seen"
        assert account.callback_secrets[0] not in json.dumps(delivery.headers)
        assert delivery.proof is None

    def test_what_was_answered_and_how_fast_stands_on_the_row(self, push):
        answer = push(dhl_push())
        delivery = CallbackDelivery.objects.get()
        assert delivery.answered == answer.status_code
        assert 0 <= delivery.took_ms < 5000

    @pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "image/png", ""])
    def test_a_wrong_content_type_does_no_harm(self, push, content_type):
        assert push(dhl_push(), content_type=content_type).status_code in (200, 204)
        assert work() == [True]

    def test_a_stale_one_does_not_turn_the_parcel_back(self, account, push):
        shipment = a_shipment(an_order(account.merchant), tracking_number=NUMBER)
        push(dhl_push(status="delivered", at="2026-03-03T09:00:00Z"))
        push(dhl_push(status="transit", at="2026-03-01T09:00:00Z"))
        assert work() == [True, True]
        shipment.refresh_from_db()
        assert shipment.status == Status.DELIVERED
        assert shipment.events.count() == 2


class TestBeforeTheOrder:
    """A carrier may speak of a parcel before its shop does."""

    @pytest.fixture
    def order(self, django_capture_on_commit_callbacks):
        """Take in an order with one parcel."""

        def order(merchant, number=NUMBER, carrier="dhl-unified"):
            data = OrderData(
                number=f"{carrier} {number}",
                placed_at=timezone.now(),
                customer=CustomerData(email="aino@shopper.example"),
                shipments=(ShipmentData(carrier=carrier, tracking_number=number, country="FI"),),
            )
            with (
                mock.patch("carriers.tasks.process_callback.delay"),
                django_capture_on_commit_callbacks(execute=True),
            ):
                return take_order(merchant, data).shipments.get()

        return order

    def test_the_callback_is_read_again_when_the_order_comes_in(self, account, push, order):
        push(dhl_push())
        work()
        assert UnmatchedNumber.objects.get().number == NUMBER

        shipment = order(account.merchant)
        assert work() == [True]

        shipment.refresh_from_db()
        assert shipment.status == Status.DELIVERED
        assert not UnmatchedNumber.objects.exists()

    def test_another_parcel_another_carrier_and_another_shop_do_not_wake_it(self, account, push, order):
        push(dhl_push())
        work()
        order(account.merchant, number="JD-ANOTHER")
        order(a_merchant("Other"))
        order(account.merchant, carrier="ups")
        assert work() == []
        assert UnmatchedNumber.objects.count() == 1

    def test_an_order_that_comes_in_while_the_callback_is_read_hears_of_it(self, account, push):
        """The order finds no remembered number yet, and the callback found no parcel yet."""
        remember = UnmatchedNumber.objects.bulk_create
        parcels = []

        def order_comes_first(rows, **options):
            parcels.append(a_shipment(an_order(account.merchant), tracking_number=NUMBER))
            return remember(rows, **options)

        push(dhl_push())
        with mock.patch.object(UnmatchedNumber.objects, "bulk_create", side_effect=order_comes_first):
            assert work() == [True]
        [shipment] = parcels
        shipment.refresh_from_db()
        assert shipment.status == Status.DELIVERED

    def test_a_number_that_no_parcel_can_have_is_not_remembered(self, push):
        push(dhl_push("9" * 65))
        assert work() == [True]
        assert not UnmatchedNumber.objects.exists()


class TestHandshake:
    def test_dhls_handshake_is_answered_and_brings_the_callbacks(self, account, sandbox, live_server):
        url = live_server.url + reverse("carrier-callback", args=[account.carrier, account.callback_token])
        with mock.patch("carriers.tasks.process_callback.delay", side_effect=services.process_delivery):
            subscription = sandbox.subscribe("dhl-unified", url, account.callback_secrets[0])
        assert subscription.state.value == "active"

    def test_a_handshake_that_points_elsewhere_is_refused(self, account, push):
        body = json.dumps(
            {
                "scope": "subscription.validate",
                "self": "http://169.254.169.254/latest/meta-data/",
                "secret": "shhh",
            }
        ).encode()
        push(body)
        with mock.patch("requests.Session.request", side_effect=AssertionError("it was called")):
            work()
        assert CallbackDelivery.objects.get().state == DeliveryState.REJECTED


class TestBadCallbacks:
    def test_a_wrong_token_in_the_url_is_not_found(self, client, account):
        url = reverse("carrier-callback", args=["dhl-unified", "guess"])
        assert client.post(url, dhl_push(), content_type="application/json").status_code == 404
        assert not CallbackDelivery.objects.exists()

    def test_another_carriers_url_is_not_found(self, client, account):
        url = reverse("carrier-callback", args=["ups", account.callback_token])
        assert client.post(url, dhl_push(), content_type="application/json").status_code == 404

    @pytest.mark.parametrize("secret", ["", "guess", "gu€ss"])
    def test_a_forged_one_is_refused_kept_and_told(self, push, account, secret):
        answer = push(dhl_push(), secret=secret.encode().decode("latin-1"))
        assert answer.status_code == 400
        assert DHL.callback_header in answer.json()["error"]
        assert CallbackDelivery.objects.get().state == DeliveryState.REJECTED
        assert Notice.objects.get().kind == NoticeKind.CALLBACK_REJECTED
        assert work() == []

    def test_it_says_which_check_was_not_passed(self, push, account):
        push(b"{}", secret="")
        push(b"[]", secret="guess")
        push(b"<html>")
        push(b"packed", **{"Content-Encoding": "gzip"})
        push(b"x" * 1_000_001)
        CarrierAccount.objects.filter(pk=account.pk).update(callback_secrets=[])
        push(b"")
        checks = CallbackDelivery.objects.order_by("pk").values_list("failed_check", flat=True)
        expected = [Check.HEADER, Check.SIGNATURE, Check.READABLE, Check.CONTENT, Check.SIZE, Check.SECRET]
        assert list(checks) == expected

    def test_a_forged_one_does_not_stand_in_the_way_of_the_genuine(self, push, account):
        a_shipment(an_order(account.merchant), tracking_number=NUMBER)
        push(dhl_push(), secret="guess")
        assert push(dhl_push()).status_code in (200, 204)
        assert work() == [True]

    def test_one_byte_flipped_breaks_a_signature(self, client, db):
        account = an_account(a_merchant(), "fedex")
        url = reverse("carrier-callback", args=["fedex", account.callback_token])
        body = json.dumps({"transactionId": "1", "output": {"completeTrackResults": []}}).encode()
        signature = base64.b64encode(
            hmac.new(account.callback_secrets[0].encode(), body, hashlib.sha256).digest()
        ).decode()
        flipped = body.replace(b'"1"', b'"2"')
        answer = client.post(url, flipped, content_type="application/json", headers={"fdx-signature": signature})
        assert answer.status_code == 400

    @pytest.mark.parametrize("body", [b"", b"<html>", b'{"scope": ', b"\xff\xfe", b"[" * 100_000])
    def test_an_unreadable_one_is_refused_with_a_reason_and_kept(self, push, body):
        answer = push(body)
        assert answer.status_code == 400
        assert "expected JSON" in answer.json()["error"]
        assert CallbackDelivery.objects.get().state == DeliveryState.UNREADABLE

    def test_text_that_is_not_utf_8_is_unreadable(self, push):
        body = '{"scope": "subscription.push", "shipments": [{"id": "Käpylä"}]}'.encode("latin-1")
        assert push(body).status_code == 400
        assert CallbackDelivery.objects.get().state == DeliveryState.UNREADABLE

    def test_an_xml_entity_attack_is_nothing_but_unreadable(self, push):
        entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
        body = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{entities}]><x>&e9;</x>'.encode()
        assert push(body).status_code == 400
        assert bytes(CallbackDelivery.objects.get().body) == body

    def test_a_packed_body_is_not_unpacked(self, push):
        bomb = gzip.compress(b"0" * 100_000_000)
        answer = push(bomb, **{"Content-Encoding": "gzip"})
        assert answer.status_code == 415
        assert "Send it as it is" in answer.json()["error"]
        assert bytes(CallbackDelivery.objects.get().body) == bomb

    def test_a_bomb_that_says_it_is_plain_is_unreadable(self, push):
        assert push(gzip.compress(b"0" * 100_000_000)).status_code == 400

    def test_ten_thousand_scans_of_one_parcel_are_read_up_to_the_limit(self, account, push):
        shipment = a_shipment(an_order(account.merchant), tracking_number=NUMBER)
        first = timezone.now() - timedelta(days=9)
        times = [(first + timedelta(seconds=n)).isoformat()[:19] for n in range(10_000)]
        scans = [{"timestamp": at, "status": "delivered", "statusCode": "delivered"} for at in times]
        push(json.dumps({"scope": "subscription.push", "shipments": [{"id": NUMBER, "events": scans}]}).encode())
        started = time.monotonic()
        assert work() == [True]
        assert time.monotonic() - started < callbacks.LEASE.total_seconds() / 4
        assert shipment.events.count() == MOST_EVENTS

    def test_ten_thousand_parcels_in_one_callback_cost_a_few_questions(
        self, account, push, django_assert_max_num_queries
    ):
        a_shipment(an_order(account.merchant), tracking_number="P7")
        status = {"statusCode": "transit", "timestamp": "2026-03-03T09:00:00Z"}
        parcels = [{"id": f"P{n}", "status": status} for n in range(10_000)]
        push(json.dumps({"scope": "subscription.push", "shipments": parcels}).encode())
        with django_assert_max_num_queries(150):
            assert work() == [True]
        assert Shipment.objects.get().status == Status.IN_TRANSIT
        assert UnmatchedNumber.objects.count() == 9_999

    def test_a_fault_of_ours_loses_nothing(self, account, push):
        shipment = a_shipment(an_order(account.merchant), tracking_number=NUMBER)
        with mock.patch.object(DHL, "parse_callback", side_effect=KeyError("shipments")):
            assert push(dhl_push()).status_code in (200, 204)
            assert work() == [False]
        services.process_again([CallbackDelivery.objects.get().pk])
        assert work() == [True]
        shipment.refresh_from_db()
        assert shipment.status == Status.DELIVERED

    def test_a_flood_is_counted_but_not_kept(self, push, monkeypatch):
        monkeypatch.setattr(callbacks, "REJECTED_KEPT_A_DAY", 3)
        for n in range(9):
            assert push(f'{{"forged": {n}}}'.encode(), secret="guess").status_code == 400
        *kept, counter = CallbackDelivery.objects.order_by("pk")
        assert [bytes(row.body) for row in kept] == [f'{{"forged": {n}}}'.encode() for n in range(3)]
        assert (bytes(counter.body), counter.repeats) == (b"", 5)
        assert "only counted" in counter.error

    def test_the_same_forgery_is_kept_once_a_day(self, push):
        push(b"{}", secret="guess")
        push(b"{}", secret="guess")
        assert CallbackDelivery.objects.get().repeats == 1
        CallbackDelivery.objects.update(received_at=timezone.now() - timedelta(days=2))
        push(b"{}", secret="guess")
        assert CallbackDelivery.objects.count() == 2

    def test_one_over_a_megabyte_is_refused_and_its_beginning_kept(self, push):
        answer = push(b'{"x": "' + b"x" * 1_000_001 + b'"}')
        assert answer.status_code == 413
        assert "1000000 bytes" in answer.json()["error"]
        assert 0 < len(CallbackDelivery.objects.get().body) < 100_000

    def test_a_probe_is_answered(self, client, account):
        url = reverse("carrier-callback", args=[account.carrier, account.callback_token])
        assert client.get(url).status_code == 200
        assert client.head(url).status_code == 200
        assert client.put(url).status_code == 405

    def test_a_database_that_is_down_asks_the_carrier_to_come_back(self, push, account):
        with mock.patch("carriers.services.callbacks._store", side_effect=OperationalError("locked")):
            assert push(dhl_push()).status_code == 503

    def test_one_that_fails_again_and_again_is_given_up_and_told(self, account, push):
        a_shipment(an_order(account.merchant), tracking_number=NUMBER)
        push(dhl_push())
        [pk] = services.waiting_deliveries(timezone.now() + timedelta(seconds=1))
        now = timezone.now()
        with mock.patch("carriers.services.callbacks.record_events", side_effect=RuntimeError("a bug")):
            for round_ in range(1, 7):
                services.process_delivery(pk, now + round_ * timedelta(minutes=3))
        delivery = CallbackDelivery.objects.get()
        assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, 5)
        assert "a bug" in delivery.error


class TestAgain:
    def test_an_unreadable_one_is_read_when_we_can(self, account, push):
        shipment = a_shipment(an_order(account.merchant), tracking_number=NUMBER)
        with mock.patch.object(DHL, "parse_callback", side_effect=UnreadablePayload("a new shape")):
            push(dhl_push())
        assert CallbackDelivery.objects.get().state == DeliveryState.UNREADABLE

        assert services.process_again([CallbackDelivery.objects.get().pk]) == 1
        assert work() == [True]
        shipment.refresh_from_db()
        assert shipment.status == Status.DELIVERED

    def test_one_that_is_still_unreadable_says_so_at_once(self, push):
        push(b"[]")
        services.process_again([CallbackDelivery.objects.get().pk])
        assert work() == [False]
        delivery = CallbackDelivery.objects.get()
        assert (delivery.state, delivery.failed_check) == (DeliveryState.UNREADABLE, Check.READABLE)
        assert work() == []

    def test_the_carrier_sends_again_what_could_not_be_read(self, account, push):
        shipment = a_shipment(an_order(account.merchant), tracking_number=NUMBER)
        with mock.patch.object(DHL, "parse_callback", side_effect=UnreadablePayload("a new shape")):
            push(dhl_push())
        push(dhl_push())
        assert work() == [True]
        shipment.refresh_from_db()
        assert shipment.status == Status.DELIVERED
        assert CallbackDelivery.objects.get().repeats == 1

    def test_a_rejected_one_is_verified_by_the_secret_of_today(self, account, push):
        shipment = a_shipment(an_order(account.merchant), tracking_number=NUMBER)
        push(dhl_push(), secret="the carrier's own")
        delivery = CallbackDelivery.objects.get()
        assert services.process_again([delivery.pk]) == 0
        assert "the carrier's own" not in json.dumps(delivery.headers)

        CarrierAccount.objects.filter(pk=account.pk).update(callback_secrets=["the carrier's own"])
        assert services.process_again([delivery.pk]) == 1
        assert work() == [True]
        shipment.refresh_from_db()
        delivery.refresh_from_db()
        assert shipment.status == Status.DELIVERED
        assert (delivery.state, delivery.failed_check, delivery.proof) == (DeliveryState.PROCESSED, "", None)

    def test_the_proof_is_encrypted_at_rest(self, push):
        push(dhl_push(), secret="the carrier's own")
        with connection.cursor() as cursor:
            cursor.execute("SELECT proof FROM carriers_callbackdelivery")
            (stored,) = cursor.fetchone()
        assert stored
        assert "carrier" not in stored

    def test_a_rejected_one_that_was_taken_in_meanwhile_stays_as_it_is(self, account, push):
        push(dhl_push(), secret="old")
        push(dhl_push())
        CarrierAccount.objects.filter(pk=account.pk).update(callback_secrets=["old"])
        rejected = CallbackDelivery.objects.get(state=DeliveryState.REJECTED)
        assert services.process_again([rejected.pk]) == 0
        rejected.refresh_from_db()
        assert rejected.state == DeliveryState.REJECTED

    def test_the_beginning_of_an_oversized_one_is_not_taken_for_the_whole(self, push):
        push(b" " * 1_000_001)
        assert services.process_again([CallbackDelivery.objects.get().pk]) == 0

    def test_all_of_an_account_at_once(self, account, push):
        other = an_account(a_merchant("Other"))
        with mock.patch.object(DHL, "parse_callback", side_effect=UnreadablePayload("a new shape")):
            push(dhl_push("JD1"))
            push(dhl_push("JD2"), to=other)
        push(dhl_push("JD3"), secret="forged")
        push(dhl_push("JD4"))
        CallbackDelivery.objects.filter(account=account, state=DeliveryState.WAITING).update(state=DeliveryState.FAILED)
        assert callbacks.process_all_again(account) == 2
        waiting = CallbackDelivery.objects.filter(state=DeliveryState.WAITING)
        assert {row.account for row in waiting} == {account}


class TestForgetting:
    def test_what_was_read_long_ago_is_emptied_and_what_was_not_is_kept(self, account, push):
        push(dhl_push("JD1"))
        work()
        push(b"<html>")
        push(dhl_push("JD2"))
        work()
        long_ago = timezone.now() - callbacks.BODY_KEPT - timedelta(days=1)
        CallbackDelivery.objects.exclude(numbers=["JD2"]).update(received_at=long_ago)
        assert callbacks.forget_old_bodies() == 1
        assert callbacks.forget_old_bodies() == 0
        empty, unreadable, fresh = CallbackDelivery.objects.order_by("pk")
        assert (bytes(empty.body), empty.headers, empty.numbers) == (b"", {}, [])
        assert bytes(unreadable.body) == b"<html>"
        assert bytes(fresh.body) == dhl_push("JD2")
        assert [row.number for row in UnmatchedNumber.objects.all()] == ["JD2"]

    def test_an_emptied_one_is_not_processed_again(self, push):
        push(dhl_push())
        work()
        CallbackDelivery.objects.update(body=b"")
        assert services.process_again([CallbackDelivery.objects.get().pk]) == 0

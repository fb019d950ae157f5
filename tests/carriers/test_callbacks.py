"""A carrier pushes: verified, stored, answered at once; read in a task, once."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from unittest import mock

import pytest
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from carriers import services
from carriers.adapters.dhl_unified import DHL
from carriers.models import CallbackDelivery, CarrierAccount, DeliveryState
from orders.models import Notice, NoticeKind, Source
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

    def send(body, secret=None, to=None, **headers):
        to = to or account
        url = reverse("carrier-callback", args=[to.carrier, to.callback_token])
        headers = {DHL.callback_header: to.callback_secrets[0] if secret is None else secret, **headers}
        with mock.patch("carriers.tasks.process_callback.delay"):
            return client.post(url, body, content_type="application/json", headers=headers)

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
        headers = CallbackDelivery.objects.get().headers
        assert headers["X-Trace"] == "seen"
        assert account.callback_secrets[0] not in json.dumps(headers)


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

    def test_one_over_a_megabyte_is_refused_and_its_beginning_kept(self, push):
        answer = push(b'{"x": "' + b"x" * 1_000_001 + b'"}')
        assert answer.status_code == 413
        assert "1000000 bytes" in answer.json()["error"]
        assert 0 < len(CallbackDelivery.objects.get().body) < 100_000

    def test_a_probe_is_answered(self, client, account):
        url = reverse("carrier-callback", args=[account.carrier, account.callback_token])
        assert client.get(url).status_code == 204
        assert client.head(url).status_code == 204
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

import json
import threading
from datetime import timedelta
from itertools import pairwise
from unittest import mock

import pytest
from django.db import connection, transaction

from orders.models import Notice, Shipment, StatusChange, WebhookDelivery, WebhookEndpoint, WebhookState
from orders.statuses import Status
from orders.webhooks import delivery
from orders.webhooks.delivery import GIVEN_UP_AFTER, LEASE, PAUSED_AFTER, deliver, due_deliveries
from orders.webhooks.planning import plan
from orders.webhooks.services import forget_old_secret, resume, rotate_secret, send_again, send_test
from tests.builders import a_merchant, a_scan, a_shipment, record, utc
from tests.orders.webhooks.receiver import Reply
from tests.orders.webhooks.test_signing import documented

NOW = utc(2026, 3, 2, 12)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

pytestmark = pytest.mark.django_db


def a_delivery(endpoint, at=NOW, **kw) -> WebhookDelivery:
    """The news that the endpoint's parcel is under way, due at once."""
    shipment = Shipment.objects.get(merchant=endpoint.merchant)
    change = StatusChange.objects.create(
        merchant=endpoint.merchant,
        order=shipment.order,
        shipment=shipment,
        kind="status",
        old=Status.UNKNOWN,
        new=Status.IN_TRANSIT,
        occurred_at=at,
        created_at=at,
    )
    plan([change])
    made = WebhookDelivery.objects.filter(endpoint=endpoint, change=change)
    made.update(**kw)
    return made.get()


def sent(row, now=NOW):
    deliver(row.pk, now)
    row.refresh_from_db()
    return row


def until_it_ends(row):
    """Try whenever it is due; the instants of the attempts."""
    tried = []
    while row.due_at:
        tried.append(row.due_at)
        WebhookEndpoint.objects.update(rests_until=None)
        sent(row, row.due_at)
    return tried


class TestPlanning:
    def test_each_change_is_one_delivery_to_each_endpoint_of_its_merchant(self, endpoint):
        other = WebhookEndpoint.objects.create(merchant=endpoint.merchant, url=endpoint.url + "/2")
        stranger = a_shipment()
        WebhookEndpoint.objects.create(merchant=stranger.merchant, url=endpoint.url)
        shipment = Shipment.objects.get(merchant=endpoint.merchant)
        changes = record(shipment, a_scan(Status.IN_TRANSIT), now=NOW)
        for _again in range(2):
            plan(changes)
        planned = WebhookDelivery.objects.order_by("endpoint", "change").values_list("endpoint", "change")
        assert list(planned) == [(to.pk, change.pk) for to in (endpoint, other) for change in changes]

    def test_only_what_the_endpoint_wants_to_hear_of(self, endpoint):
        WebhookEndpoint.objects.update(kinds=["risk"])
        shipment = Shipment.objects.get()
        plan(record(shipment, a_scan(Status.IN_TRANSIT), now=NOW))
        assert not WebhookDelivery.objects.filter(change__kind="status").exists()

    @pytest.mark.parametrize("off", [{"active": False}, {"paused_at": NOW}])
    def test_nothing_is_planned_for_one_that_is_off(self, endpoint, off):
        WebhookEndpoint.objects.update(**off)
        plan(record(Shipment.objects.get(), a_scan(Status.IN_TRANSIT), now=NOW))
        assert not WebhookDelivery.objects.exists()


class TestDeliver:
    def test_it_arrives_signed_and_named(self, endpoint, receiver):
        row = sent(a_delivery(endpoint))
        (received,) = receiver.received
        assert received.headers["Doorstep-Delivery"] == json.loads(received.body)["id"] == str(row.uuid)
        assert received.headers["Content-Type"] == "application/json"
        assert documented()(received.body, received.headers["Doorstep-Signature"], endpoint.secrets[0])
        assert (row.state, row.due_at, row.attempts, row.answered) == (WebhookState.DELIVERED, None, 1, 200)
        assert (row.delivered_at, row.body.encode()) == (NOW, received.body)

    def test_it_is_sent_once_however_often_a_worker_is_woken(self, endpoint, receiver):
        row = a_delivery(endpoint)
        assert [deliver(row.pk, NOW) for _ in range(3)] == [True, False, False]
        assert due_deliveries(NOW + HOUR) == []
        assert len(receiver.received) == 1

    def test_what_is_not_due_waits(self, endpoint, receiver):
        row = a_delivery(endpoint, due_at=NOW + HOUR)
        assert not deliver(row.pk, NOW)
        assert due_deliveries(NOW) == []
        assert due_deliveries(NOW + HOUR) == [row.pk]

    def test_every_attempt_sends_the_same_although_the_parcel_moved_on(self, endpoint, receiver):
        receiver.answers(500)
        row = sent(a_delivery(endpoint))
        record(Shipment.objects.get(), a_scan(Status.DELIVERED))
        sent(row, NOW + HOUR)
        first, second = receiver.received
        assert first.body == second.body
        assert first.headers["Doorstep-Delivery"] == second.headers["Doorstep-Delivery"]

    def test_what_a_dead_worker_had_claimed_is_sent_when_the_lease_has_run_out(self, endpoint, receiver):
        row = a_delivery(endpoint)
        with mock.patch.object(delivery, "_attempt", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            deliver(row.pk, NOW)
        assert due_deliveries(NOW + LEASE - MINUTE) == []
        assert due_deliveries(NOW + LEASE) == [row.pk]
        assert sent(row, NOW + LEASE).state == WebhookState.DELIVERED

    def test_a_claim_that_ran_out_writes_nothing(self, endpoint, receiver):
        row = a_delivery(endpoint)
        stale = WebhookDelivery.objects.get(pk=row.pk)
        stale.attempts = 1
        sent(row)
        WebhookDelivery.objects.filter(pk=row.pk).update(attempts=2)
        delivery._record_failure(stale, delivery.Answer(error="late"), NOW)
        row.refresh_from_db()
        assert (row.state, row.error) == (WebhookState.DELIVERED, "")

    def test_a_fault_of_ours_is_on_the_row_and_not_held_against_the_endpoint(self, endpoint, receiver):
        row = a_delivery(endpoint)
        with mock.patch.object(delivery, "write", side_effect=ValueError("no words")):
            sent(row)
        assert (row.state, row.error) == (WebhookState.WAITING, "Doorstep failed: ValueError('no words')")
        endpoint.refresh_from_db()
        assert endpoint.failures == 0

    def test_one_deleted_meanwhile_is_no_fault(self, endpoint, receiver):
        row = a_delivery(endpoint)
        WebhookEndpoint.objects.all().delete()
        assert not deliver(row.pk, NOW)


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_two_workers_send_it_once(self, endpoint, receiver):
        row = a_delivery(endpoint)
        gate = threading.Barrier(4)

        def work():
            gate.wait()
            deliver(row.pk, NOW)
            connection.close()

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert len(receiver.received) == 1

    def test_no_transaction_is_open_while_the_network_is_asked(self, endpoint, receiver):
        seen = []
        ask = delivery.post

        def post(*args):
            seen.append(connection.in_atomic_block)
            return ask(*args)

        with mock.patch.object(delivery, "post", post):
            sent(a_delivery(endpoint))
        assert seen == [False]

    def test_a_change_that_is_rolled_back_is_not_told(self, endpoint):
        with transaction.atomic():
            a_delivery(endpoint)
            transaction.set_rollback(True)
        assert due_deliveries(NOW) == []


class TestAgain:
    def test_the_pauses_grow_over_a_day_and_then_it_is_given_up(self, endpoint, receiver):
        receiver.replies = [Reply(500, body=b"our fault")] * 50
        row = a_delivery(endpoint)
        tried = until_it_ends(row)
        pauses = [later - sooner for sooner, later in pairwise(tried)]
        assert pauses[0] < timedelta(seconds=13)
        assert all(later > sooner for sooner, later in pairwise(pauses[:7]))
        assert timedelta(hours=18) < tried[-1] - NOW <= GIVEN_UP_AFTER
        assert (row.state, row.answered, row.answer) == (WebhookState.FAILED, 500, "our fault")

    def test_giving_up_is_told_to_the_merchant(self, endpoint, receiver):
        receiver.answers(500)
        sent(a_delivery(endpoint, queued_at=NOW - GIVEN_UP_AFTER))
        notice = Notice.objects.get()
        assert (notice.merchant, notice.subject) == (endpoint.merchant, f"Webhook {endpoint.url}")
        assert notice.detail == "News was given up after 1 attempts: answered 500. It can be sent again by hand."

    def test_an_endpoint_may_ask_for_more_time(self, endpoint, receiver):
        receiver.replies = [Reply(429, {"Retry-After": "1800"})]
        assert sent(a_delivery(endpoint)).due_at == NOW + 30 * MINUTE

    def test_but_not_for_more_than_the_longest_pause(self, endpoint, receiver):
        receiver.replies = [Reply(429, {"Retry-After": "999999"})]
        assert sent(a_delivery(endpoint)).due_at == NOW + 4 * HOUR

    def test_by_hand_it_is_sent_with_the_same_id_and_body(self, endpoint, receiver):
        row = sent(a_delivery(endpoint))
        assert send_again(WebhookDelivery.objects.all()) == 1
        row.refresh_from_db()
        assert (row.state, row.attempts, row.delivered_at) == (WebhookState.WAITING, 0, None)
        sent(row, row.due_at)
        first, second = receiver.received
        assert (first.body, row.state) == (second.body, WebhookState.DELIVERED)

    def test_by_hand_what_waits_is_left_alone(self, endpoint):
        row = a_delivery(endpoint, due_at=NOW + HOUR)
        assert send_again(WebhookDelivery.objects.all()) == 0
        row.refresh_from_db()
        assert row.due_at == NOW + HOUR


class TestTheEndpoint:
    def test_a_failure_is_noted_and_a_success_forgets_it(self, endpoint, receiver):
        receiver.answers(500, 500)
        row = sent(a_delivery(endpoint))
        sent(row, NOW + HOUR)
        endpoint.refresh_from_db()
        assert (endpoint.failures, endpoint.failing_since, endpoint.last_error) == (2, NOW, "answered 500")
        sent(row, NOW + 2 * HOUR)
        endpoint.refresh_from_db()
        assert (endpoint.failures, endpoint.failing_since, endpoint.last_error) == (0, None, "")
        assert endpoint.last_success_at == NOW + 2 * HOUR

    def test_one_that_failed_is_left_in_peace_whatever_waits_for_it(self, endpoint, receiver):
        receiver.answers(500)
        sent(a_delivery(endpoint))
        second = a_delivery(endpoint)
        assert not deliver(second.pk, NOW + timedelta(seconds=9))
        assert second.pk not in due_deliveries(NOW + timedelta(seconds=9))
        assert deliver(second.pk, NOW + timedelta(seconds=10))

    def test_one_delivery_finds_out_for_all_whether_it_is_well_again(self, endpoint, receiver):
        WebhookEndpoint.objects.update(failures=3)
        first, second = a_delivery(endpoint), a_delivery(endpoint)
        due_meanwhile, post = [], delivery.post

        def look_and_post(*args):
            due_meanwhile.extend(due_deliveries(NOW))
            return post(*args)

        with mock.patch.object(delivery, "post", look_and_post):
            sent(first)
        assert due_meanwhile == []
        assert due_deliveries(NOW) == [second.pk]

    def test_it_does_not_rest_for_long(self, endpoint, receiver):
        receiver.answers(500)
        WebhookEndpoint.objects.update(failures=50)
        sent(a_delivery(endpoint))
        endpoint.refresh_from_db()
        assert endpoint.rests_until == NOW + 10 * MINUTE

    def test_another_shops_news_does_not_wait_for_it(self, endpoint, receiver):
        WebhookEndpoint.objects.update(rests_until=NOW + HOUR)
        other = WebhookEndpoint.objects.create(merchant=a_shipment().merchant, url=receiver.url)
        assert sent(a_delivery(other)).state == WebhookState.DELIVERED

    def test_after_three_days_of_failures_it_is_paused_and_the_merchant_told(self, endpoint, receiver):
        receiver.answers(500, 503, 500)
        sent(a_delivery(endpoint))
        later = NOW + PAUSED_AFTER
        sent(a_delivery(endpoint, later - HOUR), later - HOUR)
        assert not WebhookEndpoint.objects.filter(paused_at__isnull=False).exists()
        sent(a_delivery(endpoint, later), later)
        endpoint.refresh_from_db()
        assert endpoint.paused_at == later
        assert Notice.objects.get().detail == (
            "The webhook is paused, and gets no news until somebody resumes it: answered 500."
        )
        assert due_deliveries(later + HOUR) == []

    def test_one_that_says_it_is_gone_is_paused_at_once(self, endpoint, receiver):
        receiver.answers(410)
        sent(a_delivery(endpoint))
        endpoint.refresh_from_db()
        assert endpoint.paused_at == NOW

    def test_what_waited_is_sent_when_it_is_resumed(self, endpoint, receiver):
        receiver.answers(410)
        row = sent(a_delivery(endpoint, NOW - 3 * PAUSED_AFTER, due_at=NOW, queued_at=NOW))
        WebhookDelivery.objects.update(queued_at=NOW - 3 * PAUSED_AFTER)
        assert resume(WebhookEndpoint.objects.all()) == 1
        row.refresh_from_db()
        receiver.answers(500)
        assert sent(row, row.due_at).state == WebhookState.WAITING, "it has its whole day again"
        assert sent(row, row.due_at + MINUTE).state == WebhookState.DELIVERED

    def test_a_private_address_is_refused_in_production(self, endpoint, receiver, settings):
        settings.SANDBOX = settings.WEBHOOKS_ALLOW_PRIVATE = False
        row = sent(a_delivery(endpoint))
        assert (row.state, row.error) == (WebhookState.WAITING, "127.0.0.1 is in a private network")
        assert receiver.received == []


class TestServices:
    def test_a_test_arrives(self, endpoint, receiver):
        row = send_test(endpoint)
        assert sent(row, row.due_at).state == WebhookState.DELIVERED
        assert json.loads(receiver.received[0].body)["kind"] == "test"

    def test_tests_may_be_many(self, endpoint):
        assert {send_test(endpoint).pk for _ in range(3)} == {*due_deliveries()}

    def test_while_a_secret_changes_both_verify(self, endpoint, receiver):
        old = endpoint.secrets[0]
        new = rotate_secret(endpoint)
        sent(a_delivery(endpoint))
        (received,) = receiver.received
        told = received.headers["Doorstep-Signature"]
        assert [documented()(received.body, told, secret) for secret in (old, new)] == [True, True]

    def test_no_more_than_two_secrets_sign_and_in_the_end_one(self, endpoint):
        made = [rotate_secret(endpoint) for _ in range(3)]
        endpoint.refresh_from_db()
        assert endpoint.secrets == [made[2], made[1]]
        forget_old_secret(endpoint)
        endpoint.refresh_from_db()
        assert endpoint.secrets == [made[2]]

    def test_a_secret_is_encrypted_in_the_database(self, endpoint):
        with connection.cursor() as cursor:
            cursor.execute("SELECT secrets FROM orders_webhookendpoint")
            assert "whsec_" not in cursor.fetchone()[0]

    def test_the_same_address_may_be_of_two_shops(self, endpoint):
        WebhookEndpoint.objects.create(merchant=a_merchant(), url=endpoint.url)

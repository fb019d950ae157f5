"""Ordering pushes parcel by parcel, over HTTP, in UPS's and DHL's own wire formats."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from carriers import services
from carriers.models import CallbackDelivery, CarrierAccount, PushSubscription
from carriers.sandbox import plots
from carriers.sandbox.pushing import State
from carriers.sandbox.wire import REFUSED
from carriers.services.subscriptions import AGAIN_AFTER, LEASE, subscribe, subscribe_due
from orders.models import Notice, NoticeKind, Shipment
from orders.statuses import Status
from tests.builders import a_merchant, a_shipment, an_account, an_order

NUMBERS = {"dhl-unified": "00340434161094000001", "ups": "1Z999AA10123456784", "fedex": "771234567890"}
CARRIERS = ["dhl-unified", "ups"]
A_DAY = timedelta(days=1)
NOBODY = "http://127.0.0.1:9"  # takes no handshake


@pytest.fixture(autouse=True)
def _portal(settings):
    settings.SITE_URL = NOBODY


def a_parcel(carrier="ups", merchant=None, **kw):
    merchant = merchant or a_merchant()
    if not CarrierAccount.objects.filter(merchant=merchant, carrier=carrier).exists():
        an_account(merchant, carrier, calls_per_minute=6000)
    number = kw.pop("tracking_number", NUMBERS[carrier])
    return a_shipment(an_order(merchant), carrier=carrier, tracking_number=number, promised=False, **kw)


def parcels_of(merchant, carrier, count):
    pattern = {"ups": "1Z999AA1{:010}", "dhl-unified": "0034043416109{:07}"}[carrier]
    return [a_parcel(carrier, merchant, tracking_number=pattern.format(index)) for index in range(count)]


def tick(now=None):
    """One tick: claim what is due and order it. Returns how many parcels will be pushed."""
    return sum(subscribe(batch, now) for batch in subscribe_due(now))


def row(number=None):
    return PushSubscription.objects.get(**({"number": number} if number else {}))


@pytest.mark.django_db
class TestOrdering:
    @pytest.mark.parametrize("carrier", CARRIERS)
    def test_pushes_are_ordered_to_the_accounts_own_address_with_its_secret(self, carrier, sandbox):
        shipment = a_parcel(carrier)
        assert tick() == 1
        account = CarrierAccount.objects.get()
        (ordered,) = sandbox.pusher.subscriptions
        assert ordered.numbers == {shipment.tracking_number}
        assert ordered.url == f"{NOBODY}/callbacks/{carrier}/{account.callback_token}/"
        assert ordered.secret == account.callback_secrets[0]
        assert (row().ordered_at is not None, row().error) == (True, "")

    @pytest.mark.parametrize("carrier", CARRIERS)
    def test_what_is_ordered_is_not_ordered_again(self, carrier, sandbox):
        a_parcel(carrier)
        assert (tick(), tick(), tick(timezone.now() + 11 * A_DAY)) == (1, 0, 0)
        assert len(sandbox.pusher.subscriptions) == 1

    def test_dhls_own_name_for_the_order_is_kept(self, sandbox):
        a_parcel("dhl-unified")
        tick()
        assert sandbox.pusher.subscriptions[0].address.endswith(f"/{row().reference}")

    def test_a_number_in_two_orders_of_the_shop_is_ordered_once(self, sandbox):
        merchant = a_merchant()
        a_parcel("ups", merchant)
        a_parcel("ups", merchant)
        assert tick() == 1

    def test_the_parcels_of_two_shops_are_ordered_by_their_own_accounts(self, sandbox):
        a_parcel("ups")
        a_parcel("ups")
        assert tick() == 2
        assert {each.secret for each in sandbox.pusher.subscriptions} == {
            account.callback_secrets[0] for account in CarrierAccount.objects.all()
        }

    @pytest.mark.parametrize(("carrier", "size"), [("dhl-unified", 10), ("ups", 100)])
    def test_as_many_go_into_one_order_as_the_carrier_takes(self, carrier, size, sandbox):
        merchant = a_merchant()
        parcels_of(merchant, carrier, size + 1)
        assert sorted(len(batch.subscription_ids) for batch in subscribe_due()) == [1, size]

    def test_orders_are_calls_like_any_other_within_the_accounts_limit(self, sandbox):
        merchant = a_merchant()
        an_account(merchant, "dhl-unified", calls_per_minute=6)
        parcels_of(merchant, "dhl-unified", 21)
        now = timezone.now()
        assert (tick(now), tick(now)) == (10, 0)
        assert tick(now + timedelta(seconds=15)) == 10

    @pytest.mark.parametrize(
        "settled",
        [
            {"status": Status.DELIVERED},
            {"status": Status.CANCELLED},
            {"next_poll_at": None},
            {"carrier": "fedex"},
        ],
    )
    def test_only_parcels_under_way_at_such_a_carrier_are_ordered(self, settled, sandbox):
        shipment = a_parcel("ups")
        Shipment.objects.filter(pk=shipment.pk).update(**settled)
        an_account(shipment.merchant, "fedex")
        assert tick() == 0
        assert not PushSubscription.objects.exists()

    def test_once_the_parcel_has_arrived_nothing_is_left(self, sandbox):
        shipment = a_parcel("ups")
        tick()
        Shipment.objects.filter(pk=shipment.pk).update(status=Status.DELIVERED)
        assert tick() == 0
        assert not PushSubscription.objects.exists()

    @pytest.mark.parametrize(
        "unfit",
        [
            {"active": False},
            {"refused_at": timezone.now()},
            {"paused_until": timezone.now() + A_DAY},
            {"failures": 50},
            {"callback_secrets": []},
        ],
    )
    def test_an_account_that_may_not_be_asked_orders_nothing(self, unfit, sandbox):
        a_parcel("ups")
        CarrierAccount.objects.update(**unfit)
        assert tick() == 0

    def test_a_portal_that_no_carrier_can_reach_orders_nothing_and_says_so_once(self, settings, sandbox, caplog):
        settings.SANDBOX, settings.SITE_URL = False, "http://localhost:8765"
        a_parcel("ups")
        with caplog.at_level(logging.WARNING, "carriers"):
            assert (subscribe_due(), subscribe_due()) == ([], [])
        assert [record.getMessage() for record in caplog.records] == [
            "No pushes are ordered: carriers cannot reach http://localhost:8765. "
            "Set SITE_URL to the portal's public address."
        ]

    def test_a_portal_with_a_public_address_orders(self, settings, sandbox):
        settings.SANDBOX, settings.SITE_URL = False, "https://track.example.com"
        a_parcel("ups")
        assert len(subscribe_due()) == 1


@pytest.mark.django_db
class TestRenewal:
    def test_an_order_at_ups_is_renewed_two_days_before_it_lapses(self, sandbox):
        a_parcel("ups")
        now = timezone.now()
        tick(now)
        assert row().next_at == now + 12 * A_DAY
        assert tick(now + 12 * A_DAY - timedelta(seconds=1)) == 0
        assert tick(now + 12 * A_DAY) == 1
        assert row().next_at == now + 24 * A_DAY

    def test_an_order_at_dhl_holds_for_as_long_as_the_parcel_is_under_way(self, sandbox):
        a_parcel("dhl-unified")
        tick()
        assert row().next_at is None

    def test_a_parcel_that_has_arrived_is_not_renewed(self, sandbox):
        shipment = a_parcel("ups")
        tick()
        Shipment.objects.filter(pk=shipment.pk).update(status=Status.DELIVERED)
        assert tick(timezone.now() + 13 * A_DAY) == 0

    @pytest.mark.parametrize("carrier", CARRIERS)
    def test_with_a_new_secret_everything_is_ordered_anew(self, carrier, sandbox):
        a_parcel(carrier)
        tick()
        account = CarrierAccount.objects.get()
        account.callback_secrets = ["the new one", *account.callback_secrets]
        account.save()
        assert (tick(), tick()) == (1, 0)
        assert sandbox.pusher.subscriptions[-1].secret == "the new one"

    def test_at_a_new_address_everything_is_ordered_anew(self, sandbox, settings):
        a_parcel("ups")
        tick()
        settings.SITE_URL = "http://127.0.0.1:10"
        assert (tick(), tick()) == (1, 0)
        assert sandbox.pusher.subscriptions[-1].url.startswith("http://127.0.0.1:10/")

    def test_an_order_on_its_way_does_not_count_for_new_terms(self, sandbox):
        a_parcel("ups")
        [batch] = subscribe_due()
        CarrierAccount.objects.update(callback_secrets=["the new one"])
        [renewed] = subscribe_due()
        assert subscribe(batch) == 0
        assert subscribe(renewed) == 1
        assert [each.secret for each in sandbox.pusher.subscriptions] == ["the new one"]


@pytest.mark.django_db
class TestTrouble:
    def test_a_number_that_ups_does_not_take_is_tried_again_after_six_hours(self, sandbox):
        merchant = a_merchant()
        a_parcel("ups", merchant)
        a_parcel("ups", merchant, tracking_number="9205590164917312751089")
        now = timezone.now()
        assert tick(now) == 1
        odd = row("9205590164917312751089")
        assert (odd.error, odd.ordered_at) == ("UPS did not take this number.", None)
        assert odd.next_at == now + AGAIN_AFTER == now + timedelta(hours=6)
        assert row(NUMBERS["ups"]).error == ""
        assert [len(batch.subscription_ids) for batch in subscribe_due(now + AGAIN_AFTER)] == [1]

    def test_an_order_without_any_number_of_ups_is_no_trouble_of_the_accounts(self, sandbox):
        a_parcel("ups", tracking_number="9205590164917312751089")
        assert tick() == 0
        assert row().error == "UPS did not take this number."
        assert not Notice.objects.exists()

    @pytest.mark.parametrize("carrier", CARRIERS)
    @pytest.mark.parametrize("kind", ["500", "503"])
    def test_a_carrier_that_is_down_is_asked_again_after_six_hours(self, carrier, kind, sandbox):
        a_parcel(carrier)
        sandbox.fault(carrier, kind)
        now = timezone.now()
        assert tick(now) == 0
        assert kind in row().error
        assert CarrierAccount.objects.get().failures == 1
        assert tick(now + AGAIN_AFTER - timedelta(seconds=1)) == 0
        assert tick(now + AGAIN_AFTER) == 1
        assert row().error == ""

    def test_no_answer_at_all_is_noted_too(self, settings):
        settings.SANDBOX_CARRIER_URL = "http://127.0.0.1:9"
        a_parcel("dhl-unified")
        assert tick() == 0
        assert "the connection failed" in row().error

    @pytest.mark.parametrize("kind", ["html", "half"])
    def test_an_answer_nobody_can_read_is_kept_and_told(self, kind, sandbox):
        a_parcel("dhl-unified")
        sandbox.fault("dhl-unified", kind)
        now = timezone.now()
        assert tick(now) == 0
        assert Notice.objects.get().kind == NoticeKind.PAYLOAD_UNREADABLE
        assert (row().refused, row().next_at) == (False, now + AGAIN_AFTER)

    def test_a_429_pauses_the_account(self, sandbox):
        a_parcel("dhl-unified")
        sandbox.fault("dhl-unified", "429", seconds=90)
        tick()
        assert CarrierAccount.objects.get().paused_until > timezone.now() + timedelta(seconds=80)

    @pytest.mark.parametrize("carrier", CARRIERS)
    def test_a_carrier_that_grants_no_pushes_is_left_alone_with_orders_and_still_polled(self, carrier, sandbox):
        merchant = a_merchant()
        parcels_of(merchant, carrier, 2)
        CarrierAccount.objects.update(credentials=dict.fromkeys(CarrierAccount.objects.get().credentials, REFUSED))
        now = timezone.now()
        assert tick(now) == 0
        assert CarrierAccount.objects.get().refused_at is None
        assert "401" in PushSubscription.objects.first().error
        notice = Notice.objects.get()
        assert (notice.kind, notice.subject) == (NoticeKind.ACCOUNT_REFUSED, f"{CarrierAccount.objects.get()}: pushes")
        a_parcel(carrier, merchant)
        assert subscribe_due(now + timedelta(minutes=1)) == []
        assert len(subscribe_due(now + AGAIN_AFTER)) == 1

    def test_a_refusal_ends_the_other_orders_of_its_tick(self, sandbox):
        merchant = a_merchant()
        parcels_of(merchant, "dhl-unified", 30)
        CarrierAccount.objects.update(credentials={"api_key": REFUSED})
        assert tick() == 0
        assert [call.status for call in sandbox.ledger.calls] == [401]

    def test_with_mended_credentials_it_is_tried_at_once(self, sandbox):
        a_parcel("dhl-unified")
        CarrierAccount.objects.update(credentials={"api_key": REFUSED})
        tick()
        CarrierAccount.objects.update(credentials={"api_key": "a better one"})
        assert tick() == 1
        assert not PushSubscription.objects.filter(refused=True).exists()


@pytest.mark.django_db
class TestClaims:
    def test_a_batch_whose_message_came_twice_is_ordered_once(self, sandbox):
        a_parcel("ups")
        [batch] = subscribe_due()
        assert (subscribe(batch), subscribe(batch)) == (1, 0)
        assert len(sandbox.pusher.subscriptions) == 1

    def test_a_killed_worker_costs_one_lease(self, sandbox):
        a_parcel("ups")
        now = timezone.now()
        [batch] = subscribe_due(now)  # and then nothing more is heard of it
        assert subscribe_due(now + LEASE - timedelta(seconds=1)) == []
        [again] = subscribe_due(now + LEASE)
        assert again.subscription_ids == batch.subscription_ids

    def test_a_worker_that_wakes_up_after_its_lease_orders_nothing(self, sandbox):
        a_parcel("ups")
        now = timezone.now()
        [late] = subscribe_due(now)
        [again] = subscribe_due(now + LEASE)
        assert (subscribe(late), subscribe(again)) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_order_each_parcel_once(sandbox):
    merchant = a_merchant()
    numbers = {parcel.tracking_number for parcel in parcels_of(merchant, "dhl-unified", 40)}

    def work(_worker):
        try:
            return sum(tick() for _round in range(3))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        assert sum(workers.map(work, range(4))) == 40
    ordered = [number for each in sandbox.pusher.subscriptions for number in each.numbers]
    assert (len(ordered), set(ordered)) == (40, numbers)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("carrier", CARRIERS)
def test_an_order_brings_the_scans_of_the_parcel(carrier, live_server, settings, sandbox, a_life):
    """Order, handshake where there is one, push, scan: with real servers on both sides."""
    settings.SITE_URL = live_server.url
    shipment = a_parcel(carrier)
    stranger = a_parcel(carrier, tracking_number=shipment.tracking_number[:-1] + "9")
    Shipment.objects.filter(pk=stranger.pk).update(status=Status.DELIVERED)
    for parcel in (shipment, stranger):
        a_life(plots.delivered, parcel)
    assert tick() == 1
    wait_until(lambda: sandbox.pusher.subscriptions[0].state is State.ACTIVE)
    assert sandbox.pusher.push_newest(sandbox.life(carrier, shipment.tracking_number)) == 1
    assert sandbox.pusher.push_newest(sandbox.life(carrier, stranger.tracking_number)) == 0
    wait_until(lambda: Shipment.objects.get(pk=shipment.pk).status == Status.OUT_FOR_DELIVERY)
    assert not CallbackDelivery.objects.filter(state="rejected").exists()


def wait_until(holds, seconds=10):
    """Read callbacks, as the sweep does, until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, list(CallbackDelivery.objects.values_list("state", "error"))
        for delivery_id in services.waiting_deliveries():
            services.process_delivery(delivery_id)
        time.sleep(0.05)

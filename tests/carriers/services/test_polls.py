"""Asking carriers, over HTTP, in their own wire formats."""

from datetime import timedelta

import pytest
from django.utils import timezone

from carriers import services
from carriers.adapters.dhl_unified import DHL
from carriers.base import Carrier
from carriers.models import CarrierAccount, UnmappedCode
from carriers.sandbox import plots
from carriers.services.polls import of_this_parcel, poll_batch
from orders.events import TrackingUpdate
from orders.models import Notice, NoticeKind, Shipment
from orders.reasons import Reason
from orders.services.corrections import correct_carrier
from orders.statuses import Status
from tests.builders import a_merchant, a_scan, a_shipment, an_account, an_order, utc

CARRIERS = ["dhl-unified", "ups", "fedex"]
NUMBERS = {"dhl-unified": "00340434161094000001", "ups": "1Z999AA10123456784", "fedex": "771234567890"}


def a_parcel(carrier="dhl-unified", merchant=None, **kw):
    merchant = merchant or a_merchant()
    if not CarrierAccount.objects.filter(merchant=merchant, carrier=carrier).exists():
        an_account(merchant, carrier, calls_per_minute=6000)
    number = kw.pop("tracking_number", NUMBERS.get(carrier, ""))
    return a_shipment(an_order(merchant), carrier=carrier, tracking_number=number, **kw)


def poll():
    """One tick: claim what is due and ask for it."""
    return sum(services.take_turn(turn) for turn in services.poll_due())


def claim(now=None):
    """The batches that every account may ask for now."""
    now = now or timezone.now()
    return [batch for account in CarrierAccount.objects.all() for batch in services.claim_batches(account, 100, now)]


@pytest.mark.django_db
class TestPolling:
    @pytest.mark.parametrize("carrier", CARRIERS)
    def test_a_due_parcel_is_asked_for_and_its_news_recorded(self, carrier, a_life):
        shipment = a_parcel(carrier)
        a_life(plots.delivered, shipment)
        assert poll() == 1
        shipment.refresh_from_db()
        assert shipment.status == Status.OUT_FOR_DELIVERY
        assert shipment.events.count() >= 4
        assert shipment.poll_error == ""
        assert shipment.next_poll_at > timezone.now()
        assert shipment.promise.source == "carrier"

    def test_a_parcel_of_which_too_little_is_known_to_ask_is_not_held_against_the_account(self):
        shipment = a_parcel("shippo", tracking_number="9205590164917312751089")  # and no word of who carries it
        poll()
        shipment.refresh_from_db()
        account = CarrierAccount.objects.get()
        assert "shippo" in shipment.poll_error
        assert (shipment.poll_failures, account.failures, account.last_error) == (0, 0, "")
        assert shipment.next_poll_at > timezone.now() + timedelta(minutes=30)

    @pytest.mark.parametrize("carrier", CARRIERS)
    def test_asking_twice_stores_nothing_twice(self, carrier, a_life):
        shipment = a_parcel(carrier)
        a_life(plots.attempt_failed, shipment, hours=52)
        poll()
        events, changes = shipment.events.count(), shipment.changes.count()
        services.poll_now([shipment.pk])
        assert poll() == 1
        assert (shipment.events.count(), shipment.changes.count()) == (events, changes)

    @pytest.mark.parametrize("carrier", CARRIERS)
    def test_a_token_is_asked_for_once(self, carrier, a_life, sandbox):
        shipment = a_parcel(carrier)
        a_life(plots.delivered, shipment)
        for _again in range(3):
            services.poll_now([shipment.pk])
            poll()
        account = CarrierAccount.objects.get(carrier=carrier)
        assert bool(account.access_token) == (carrier != "dhl-unified")
        assert "access_token" not in str(account.credentials)

    @pytest.mark.parametrize("carrier", CARRIERS)
    def test_a_number_the_carrier_does_not_know_yet_is_asked_for_again(self, carrier, sandbox):
        shipment = a_parcel(carrier)
        assert poll() == 1
        shipment.refresh_from_db()
        assert shipment.status == Status.UNKNOWN
        assert shipment.poll_failures == 0
        assert shipment.poll_error
        assert shipment.next_poll_at - timezone.now() > timedelta(minutes=30)

    def test_a_parcel_is_claimed_by_one_worker_only(self, a_life):
        a_life(plots.delivered, a_parcel())
        assert len(services.poll_due()) == 1
        assert services.poll_due() == []

    def test_a_turn_whose_message_came_twice_is_taken_once(self, a_life):
        a_life(plots.delivered, a_parcel())
        [turn] = services.poll_due()
        assert services.take_turn(turn) == 1
        assert services.take_turn(turn) == 0

    def test_a_worker_killed_in_its_turn_costs_the_account_two_minutes(self):
        a_parcel()
        [turn] = services.poll_due()  # and then nothing more is heard of it
        assert services.poll_due(turn.claimed_until - timedelta(seconds=1)) == []
        assert len(services.poll_due(turn.claimed_until + timedelta(seconds=1))) == 1

    def test_a_parcel_that_is_corrected_while_it_is_asked_for_takes_nothing_in(self, a_life, monkeypatch):
        shipment = a_parcel()
        a_life(plots.delivered, shipment)
        fetch = DHL.fetch

        def fetch_and_correct(carrier, parcels):
            replies = fetch(carrier, parcels)
            correct_carrier(shipment.pk, "ups", by="maija")
            return replies

        monkeypatch.setattr(DHL, "fetch", fetch_and_correct)
        [batch] = claim()
        poll_batch(batch)
        shipment.refresh_from_db()
        assert (shipment.carrier, shipment.status, shipment.polled_at) == ("ups", Status.UNKNOWN, None)
        assert shipment.next_poll_at <= timezone.now()
        assert not shipment.events.exists()

    def test_a_killed_worker_costs_its_parcels_one_lease(self, a_life):
        shipment = a_parcel()
        [batch] = claim()
        assert claim() == []
        [again] = claim(batch.claimed_until + timedelta(seconds=1))
        assert again.shipment_ids == (shipment.pk,)

    def test_a_batch_asked_for_twice_costs_no_second_call(self, a_life, sandbox):
        a_life(plots.delivered, a_parcel())
        [batch] = claim()
        assert services.poll_batch(batch) == 1
        assert services.poll_batch(batch) == 0

    def test_poll_now_during_a_poll_wins_over_its_schedule(self, a_life):
        shipment = a_parcel()
        a_life(plots.delivered, shipment)
        [batch] = claim()
        services.poll_now([shipment.pk])
        asked_at = Shipment.objects.get(pk=shipment.pk).next_poll_at
        services.poll_batch(batch)
        assert Shipment.objects.get(pk=shipment.pk).next_poll_at == asked_at

    def test_another_merchants_parcel_is_asked_for_with_its_own_account(self, a_life, sandbox):
        ours, theirs = a_parcel(), a_parcel(tracking_number="00340434161094000002")
        accounts = {batch.shipment_ids[0]: batch.account_id for batch in claim()}
        owners = dict(CarrierAccount.objects.values_list("pk", "merchant_id"))
        assert {pk: owners[account] for pk, account in accounts.items()} == {
            ours.pk: ours.merchant_id,
            theirs.pk: theirs.merchant_id,
        }

    def test_fedex_is_asked_for_thirty_parcels_in_one_call(self, sandbox):
        merchant = a_merchant()
        for index in range(31):
            a_parcel("fedex", merchant, tracking_number=f"7712345{index:05}")
        assert sorted(len(batch.shipment_ids) for batch in claim()) == [1, 30]


@pytest.mark.django_db
class TestTrouble:
    @pytest.mark.parametrize("carrier", CARRIERS)
    @pytest.mark.parametrize("kind", ["500", "503", "html", "half"])
    def test_a_carrier_in_trouble_is_asked_again_soon(self, carrier, kind, sandbox, a_life):
        shipment = a_parcel(carrier)
        a_life(plots.delivered, shipment)
        sandbox.fault(carrier, kind)
        assert poll() == 0
        shipment.refresh_from_db()
        assert shipment.poll_error
        assert shipment.poll_failures == 1
        assert shipment.next_poll_at - timezone.now() < timedelta(minutes=5)
        assert CarrierAccount.objects.get().last_error

    def test_a_reply_nobody_can_read_is_kept_and_told(self, sandbox, a_life):
        shipment = a_parcel()
        a_life(plots.delivered, shipment)
        sandbox.fault("dhl-unified", "html")
        poll()
        notice = Notice.objects.get(kind=NoticeKind.PAYLOAD_UNREADABLE)
        assert "We will be back soon" in notice.detail

    @pytest.mark.parametrize("carrier", CARRIERS)
    def test_a_429_pauses_the_account_for_as_long_as_the_carrier_asks(self, carrier, sandbox, a_life):
        shipment = a_parcel(carrier)
        a_life(plots.delivered, shipment)
        sandbox.fault(carrier, "429", seconds=90)
        poll()
        account = CarrierAccount.objects.get()
        assert timedelta(seconds=80) < account.paused_until - timezone.now() <= timedelta(seconds=90)
        assert services.poll_due(timezone.now() + timedelta(seconds=60)) == []
        assert len(services.poll_due(timezone.now() + timedelta(seconds=120))) == 1

    @pytest.mark.parametrize("carrier", CARRIERS)
    def test_a_refused_account_is_left_alone_and_its_merchant_told(self, carrier, sandbox):
        from carriers.sandbox.wire import REFUSED

        shipment = a_parcel(carrier)
        refused = dict.fromkeys(CarrierAccount.objects.get().credentials, REFUSED)
        CarrierAccount.objects.update(credentials=refused)
        assert poll() == 0
        assert CarrierAccount.objects.get().refused_at
        assert Notice.objects.get().kind == NoticeKind.ACCOUNT_REFUSED
        assert services.poll_due() == []
        CarrierAccount.objects.update(refused_at=None)
        assert [batch.shipment_ids for batch in claim()] == [(shipment.pk,)]

    def test_no_answer_at_all_is_a_failure_like_any_other(self, settings):
        settings.SANDBOX_CARRIER_URL = "http://127.0.0.1:9"
        shipment = a_parcel()
        poll()
        shipment.refresh_from_db()
        assert "the connection failed" in shipment.poll_error

    def test_one_parcels_fault_does_not_cost_its_neighbours_their_news(self, sandbox, a_life, monkeypatch):
        merchant = a_merchant()
        first = a_parcel("fedex", merchant)
        second = a_parcel("fedex", merchant, tracking_number="771234567899")
        for shipment in (first, second):
            a_life(plots.delivered, shipment)
        record = services.polls.record_events

        def fail_for_the_first(shipment_id, *args, **kw):
            if shipment_id == first.pk:
                raise RuntimeError("a bug")
            return record(shipment_id, *args, **kw)

        monkeypatch.setattr(services.polls, "record_events", fail_for_the_first)
        assert poll() == 1
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.status, first.poll_failures) == (Status.UNKNOWN, 1)
        assert second.status == Status.OUT_FOR_DELIVERY

    def test_parcels_without_an_account_are_told_of_once_they_are_overdue(self):
        shipment, now = a_shipment(carrier="ups"), timezone.now()
        assert services.note_missing_accounts(now) == 0
        assert services.note_missing_accounts(now + timedelta(minutes=11)) == 1
        assert services.note_missing_accounts(now + timedelta(minutes=16)) == 1
        notice = Notice.objects.get()
        assert (notice.merchant, notice.subject, notice.count) == (shipment.merchant, "UPS", 2)
        an_account(shipment.merchant, "ups")
        assert services.note_missing_accounts(now + timedelta(minutes=21)) == 0

    def test_an_unknown_code_is_counted_and_shown(self, sandbox, a_life, monkeypatch):
        shipment = a_parcel("ups")
        a_life(plots.delivered, shipment)
        monkeypatch.setattr(Carrier, "unmapped_codes", lambda self, update: [update.events[0].code])
        poll()
        services.poll_now([shipment.pk])
        poll()
        assert UnmappedCode.objects.get().count == 2
        assert Notice.objects.get(kind=NoticeKind.CODE_UNMAPPED).count == 1


def test_of_several_uses_of_a_number_the_newest_speaks_of_this_parcel():
    old = TrackingUpdate("77", (a_scan(Status.DELIVERED, at=utc(2024, 1, 1)),))
    new = TrackingUpdate("77", (a_scan(Status.EXCEPTION, at=utc(2026, 1, 1), reason=Reason.WEATHER),))
    assert of_this_parcel([new, old], "77") is new
    assert of_this_parcel([old, new], "77") is new

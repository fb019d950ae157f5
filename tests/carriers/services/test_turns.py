"""An account's turns: its budget used, its breaker, and a carrier or a worker that fails in the middle."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from carriers import services
from carriers.base import Headers, Reply
from carriers.errors import CarrierRefused, CarrierUnavailable
from carriers.models import CarrierAccount
from carriers.sandbox import plots
from carriers.sandbox.wire import Limit
from carriers.services import accounts, polls
from carriers.services.accounts import FAILURES_BEFORE_REST, FIRST_REST, LAST_REST, Breaker, TurnTokens, note_trouble
from carriers.services.polls import Desks
from orders.models import Shipment
from tests.builders import a_merchant, a_shipment, an_account, an_order, utc

NOON = utc(2026, 3, 4, 12)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
NOBODY = "http://127.0.0.1:9"


def a_shop(carrier="dhl-unified", parcels=1, now=None, **kw):
    """An account with so many parcels due."""
    merchant = a_merchant()
    account = an_account(merchant, carrier, **{"calls_per_minute": 6000, "calls_per_day": 1_000_000, **kw})
    order, due = an_order(merchant), (now or timezone.now()) - MINUTE
    for index in range(parcels):
        a_shipment(
            order, carrier=carrier, tracking_number=f"0034043416109400{index:04}", promised=False, next_poll_at=due
        )
    return account


def take_turns():
    return sum(services.take_turn(turn) for turn in services.poll_due())


def calls(sandbox, carrier="dhl-unified"):
    return sandbox.ledger.as_json()["carriers"].get(carrier, {"calls": 0})["calls"]


def failing(account, times, now=NOON, dice=1.0, **error):
    for _time in range(times):
        note_trouble(account, CarrierUnavailable("no answer", **error), now, dice)
    return CarrierAccount.objects.get(pk=account.pk)


@pytest.mark.django_db
class TestTurns:
    def test_one_turn_asks_for_everything_that_is_due(self, sandbox):
        a_shop(parcels=40)
        assert take_turns() == 40
        assert calls(sandbox) == 40

    def test_calls_overlap_so_that_latency_does_not_limit_the_budget(self, sandbox):
        a_shop(parcels=30)
        sandbox.fault("dhl-unified", "latency", times=None, seconds=0.2)
        started = timezone.now()
        assert take_turns() == 30
        assert timezone.now() - started < timedelta(seconds=4)  # six seconds one after the other

    def test_what_a_turn_leaves_undone_is_due_again_at_once(self, sandbox, monkeypatch):
        a_shop(parcels=5)
        monkeypatch.setattr(polls, "TURN", timedelta())
        assert take_turns() == 0
        assert Shipment.objects.filter(next_poll_at__lte=timezone.now()).count() == 5

    def test_a_budget_without_a_call_soon_ends_the_turn_instead_of_holding_a_worker(self, sandbox):
        account = a_shop(parcels=3, calls_per_minute=6)
        started = timezone.now()
        assert take_turns() == 1
        assert timezone.now() - started < 5 * SECOND
        account.refresh_from_db()
        assert account.next_turn_at - timezone.now() > 5 * SECOND

    def test_a_slow_limit_is_never_overstepped(self, sandbox):
        sandbox.rate_limits.limits["dhl-unified"] = Limit(30, 60)
        a_shop(parcels=40, calls_per_minute=30)
        take_turns()
        assert "429" not in sandbox.ledger.as_json()["carriers"]["dhl-unified"]["by_status"]

    def test_an_account_at_a_carrier_that_nobody_speaks_to_any_more_holds_up_no_other(self, sandbox):
        a_shop(parcels=1)
        gone = a_shop(parcels=1)
        CarrierAccount.objects.filter(pk=gone.pk).update(carrier="pony-express")
        Shipment.objects.filter(merchant=gone.merchant).update(carrier="pony-express")
        assert take_turns() == 1


@pytest.mark.django_db
class TestScarceCalls:
    def test_the_urgent_go_first(self):
        account = a_shop(parcels=20, now=NOON)
        urgent = [*Shipment.objects.values_list("pk", flat=True)[15:]]
        Shipment.objects.filter(pk__in=urgent).update(poll_urgent=True)
        claimed = {batch.shipment_ids[0] for batch in services.claim_batches(account, 7, NOON)}
        assert claimed >= set(urgent)

    def test_the_others_go_in_the_order_they_came_due(self):
        account = a_shop(parcels=3, now=NOON)
        stalest = Shipment.objects.last()
        Shipment.objects.filter(pk=stalest.pk).update(next_poll_at=NOON - HOUR)
        [batch] = services.claim_batches(account, 1, NOON)
        assert batch.shipment_ids == (stalest.pk,)

    def test_however_many_urgent_ones_there_are_the_stalest_get_a_share(self):
        account = a_shop(parcels=40, now=NOON)
        Shipment.objects.filter(pk__in=[*Shipment.objects.values_list("pk", flat=True)[:30]]).update(poll_urgent=True)
        claimed = [batch.shipment_ids[0] for batch in services.claim_batches(account, 20, NOON)]
        others = Shipment.objects.filter(pk__in=claimed, poll_urgent=False).count()
        assert len(claimed) == 20
        assert others in (5, 6)

    def test_people_who_press_the_button_go_first(self):
        a_shop(parcels=2)
        pressed = Shipment.objects.first()
        services.poll_now([pressed.pk])
        assert [*Shipment.objects.filter(poll_urgent=True)] == [pressed]


@pytest.mark.django_db
class TestTheBreaker:
    def test_it_is_closed_opens_after_failures_in_a_row_and_is_half_open_when_it_has_rested(self):
        account = a_shop()
        assert Breaker.of(failing(account, FAILURES_BEFORE_REST - 1), NOON) is Breaker.CLOSED
        opened = failing(account, 1)
        assert Breaker.of(opened, NOON) is Breaker.OPEN
        assert Breaker.of(opened, NOON + FIRST_REST) is Breaker.HALF_OPEN

    def test_each_rest_is_longer_until_the_longest(self):
        account, rests = a_shop(), []
        failing(account, FAILURES_BEFORE_REST - 1)
        for _failure in range(6):
            again = (account.paused_until or NOON) + HOUR
            account = failing(account, 1, now=again)
            rests.append(account.paused_until - again)
        assert rests == [FIRST_REST * n for n in (1, 2, 4, 8, 15, 15)]
        assert rests[-1] == LAST_REST

    def test_calls_that_were_on_their_way_when_it_opened_do_not_make_the_rest_longer(self):
        account = failing(a_shop(), FAILURES_BEFORE_REST)
        assert failing(account, 15).paused_until == account.paused_until

    def test_accounts_that_failed_together_do_not_all_come_back_together(self):
        first, second = a_shop(), a_shop()
        rests = [failing(account, 10, dice=dice).paused_until for account, dice in ((first, 0.1), (second, 0.9))]
        assert rests[0] < rests[1]

    def test_half_open_lets_one_call_out_and_an_answer_closes_it(self, sandbox):
        account = a_shop(parcels=5, failures=FAILURES_BEFORE_REST)
        assert len(services.claim_batches(account, 5, timezone.now())) == 1
        assert take_turns() == 4
        account.refresh_from_db()
        assert account.failures == 0

    def test_half_open_and_still_dead_costs_one_call(self, settings):
        settings.SANDBOX_CARRIER_URL = NOBODY
        account = a_shop(parcels=5, failures=FAILURES_BEFORE_REST)
        assert take_turns() == 0
        account.refresh_from_db()
        assert Breaker.of(account, timezone.now()) is Breaker.OPEN
        assert Shipment.objects.filter(poll_failures=1).count() == 1
        assert Shipment.objects.filter(poll_failures=0, next_poll_at__lte=timezone.now()).count() == 4

    def test_a_429_pauses_and_is_no_failure(self):
        reply = Reply(429, b"", Headers())
        account = failing(a_shop(), 1, reply=reply)
        assert (account.failures, account.paused_until) == (0, NOON + MINUTE)

    def test_a_shorter_pause_does_not_end_a_longer_one(self):
        account = a_shop()
        failing(account, 1, retry_after=90)
        assert failing(account, 1, retry_after=5).paused_until == NOON + 90 * SECOND

    def test_nobody_is_believed_who_asks_to_wait_for_ever(self):
        assert failing(a_shop(), 1, retry_after=10**9).paused_until == NOON + timedelta(days=1)


@pytest.mark.django_db
class TestFaults:
    def test_a_carrier_down_for_a_day_costs_few_calls_and_is_caught_up_with_at_once(self, sandbox, settings):
        account = a_shop(parcels=30, now=NOON)
        up, settings.SANDBOX_CARRIER_URL = settings.SANDBOX_CARRIER_URL, NOBODY
        tried = 0
        for minute in range(24 * 60):
            tried += self._tick(account, NOON + minute * MINUTE)
        assert FAILURES_BEFORE_REST < tried < 200
        settings.SANDBOX_CARRIER_URL = up
        back = NOON + 24 * HOUR
        for minute in range(30):
            self._tick(account, back + minute * MINUTE)
        assert Shipment.objects.filter(poll_failures=0, polled_at__gte=back).count() >= 20
        assert Breaker.of(account, back + HOUR) is Breaker.CLOSED

    def _tick(self, account, now):
        account.refresh_from_db()
        batches = services.claim_batches(account, 10, now)
        for batch in batches:
            services.poll_batch(batch, now)
        return len(batches)

    def test_a_429_in_the_middle_leaves_the_other_parcels_due(self, sandbox):
        account = a_shop(parcels=40)
        sandbox.rate_limits.limits["dhl-unified"] = Limit(10, 60)
        assert take_turns() == 10
        account.refresh_from_db()
        assert account.paused_until > timezone.now()
        held = Shipment.objects.filter(next_poll_at__gt=account.paused_until + MINUTE, polled_at__isnull=True)
        assert not held.exists()

    @pytest.mark.parametrize("carrier", ["ups", "fedex"])
    def test_a_token_that_expires_in_the_middle_is_renewed_and_no_parcel_is_lost(self, carrier, sandbox, a_life):
        number = {"ups": "1Z999AA10123456784", "fedex": "771234567890"}[carrier]
        account = a_shop(carrier, parcels=0)
        shipment = a_shipment(an_order(account.merchant), carrier=carrier, tracking_number=number, promised=False)
        a_life(plots.delivered, shipment)
        assert take_turns() == 1
        sandbox.wire(carrier).tokens._until.clear()  # the carrier forgets every token it gave
        services.poll_now([shipment.pk])
        assert take_turns() == 1
        account.refresh_from_db()
        assert account.refused_at is None
        assert account.access_token_until > timezone.now()

    def test_a_token_that_was_just_renewed_by_another_call_is_kept(self):
        tokens = TurnTokens(a_shop("ups"))
        tokens.save("new", 3600)
        tokens.keep()
        tokens.forget()
        assert tokens.load() == "new"

    def test_a_refusal_in_the_middle_stops_the_turn(self, sandbox, monkeypatch):
        account = a_shop(parcels=10)
        refusal = CarrierRefused("closed", carrier="dhl-unified")
        monkeypatch.setattr(accounts.HttpTransport, "__call__", lambda *a, **kw: (_ for _ in ()).throw(refusal))
        assert take_turns() == 0
        account.refresh_from_db()
        assert account.refused_at
        assert Shipment.objects.filter(next_poll_at__lte=timezone.now()).count() == 10


class TestDesks:
    def test_one_at_a_time_is_served_and_nobody_is_left_waiting(self):
        desks, served, at_the_desk = Desks(1), [], 0

        def work(number):
            nonlocal at_the_desk
            with desks:
                at_the_desk += 1
                served.append((number, at_the_desk))
                at_the_desk -= 1

        with ThreadPoolExecutor(8) as workers:
            [*workers.map(work, range(200))]
        assert {number for number, _how_many in served} == set(range(200))
        assert {how_many for _number, how_many in served} == {1}


@pytest.mark.django_db(transaction=True)
class TestNeighbours:
    def test_a_carrier_that_never_answers_holds_up_nobody_else(self, sandbox):
        def take(turn):
            try:
                return services.take_turn(turn)
            finally:
                connection.close()

        dead, well = a_shop("ups", parcels=3), a_shop(parcels=20)
        sandbox.fault("ups", "timeout", seconds=3, times=None)
        started = timezone.now()
        with ThreadPoolExecutor(2) as workers:
            turns = {turn.account_id: workers.submit(take, turn) for turn in services.poll_due()}
            assert turns[well.pk].result() == 20
            assert timezone.now() - started < 3 * SECOND
        assert turns[dead.pk].result() == 0

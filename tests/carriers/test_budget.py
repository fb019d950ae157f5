"""An account's calls: never more than the carrier allows, in any minute and any day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from carriers import budget
from carriers.models import CarrierAccount
from tests.builders import an_account, utc

NOON = utc(2026, 3, 4, 12)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def grants(account, *, every, total, wanted=1000, urgent=False):
    """What is granted to somebody who asks for all he can get: [(when, how many)]."""
    moments = (NOON + index * every for index in range(int(total / every)))
    return [(now, budget.take(account.pk, wanted, now, urgent=urgent)) for now in moments]


def most_in(window, granted):
    """The most calls that any window of this length holds."""
    return max(sum(n for at, n in granted if start <= at < start + window) for start, _n in granted)


@pytest.mark.django_db
class TestTheMinute:
    @pytest.mark.parametrize("limit", [1, 5, 12, 60, 600])
    def test_no_minute_holds_more_calls_than_the_limit(self, limit):
        account = an_account(calls_per_minute=limit, calls_per_day=10_000_000)
        granted = grants(account, every=SECOND, total=4 * MINUTE)
        assert most_in(MINUTE, granted) <= max(limit, 2)

    def test_nearly_all_of_it_is_used_while_there_is_work(self):
        account = an_account(calls_per_minute=600, calls_per_day=10_000_000)
        granted = grants(account, every=SECOND, total=5 * MINUTE)
        assert sum(n for _at, n in granted) >= 0.96 * 5 * 600

    def test_two_workers_share_one_bucket(self):
        account = an_account(calls_per_minute=600, calls_per_day=10_000_000)
        first, second = budget.take(account.pk, 10, NOON), budget.take(account.pk, 10, NOON)
        assert (first, second) == (10, 8)

    def test_no_more_is_granted_than_is_wanted(self):
        assert budget.take(an_account(calls_per_minute=600).pk, 3, NOON) == 3

    def test_a_clock_that_was_set_back_costs_no_calls_and_grants_none(self):
        account = an_account(calls_per_minute=600, calls_per_day=10_000_000)
        assert budget.take(account.pk, 100, NOON) == 18
        assert budget.take(account.pk, 100, NOON - HOUR) == 0


@pytest.mark.django_db
class TestTheDay:
    def test_no_day_holds_more_calls_than_the_quota(self):
        account = an_account(calls_per_minute=60, calls_per_day=240)
        granted = grants(account, every=10 * MINUTE, total=3 * DAY, urgent=True)
        assert most_in(DAY, granted) <= 240

    def test_it_is_spread_over_the_day_and_not_burnt_in_the_morning(self):
        account = an_account(calls_per_minute=60, calls_per_day=240)
        granted = grants(account, every=5 * MINUTE, total=DAY)
        morning, evening = granted[: len(granted) // 3], granted[-len(granted) // 3 :]
        assert sum(n for _at, n in morning) < 240 / 2
        assert sum(n for _at, n in evening) > 240 / 4.5

    def test_some_calls_are_kept_for_parcels_that_cannot_wait(self):
        account = an_account(calls_per_minute=1000, calls_per_day=240)
        ordinary = [budget.take(account.pk, 1, NOON + index * SECOND) for index in range(60)]
        assert sum(ordinary) == 20
        urgent = [budget.take(account.pk, 1, NOON + MINUTE + index * SECOND, urgent=True) for index in range(60)]
        assert sum(urgent) >= 20

    def test_the_carriers_documented_quota_holds_where_the_account_has_none(self):
        account = an_account(carrier="dhl-unified", calls_per_minute=60_000)
        documented = budget.calls_per_day(account)
        assert most_in(DAY, grants(account, every=HOUR, total=2 * DAY, urgent=True)) <= documented


@pytest.mark.django_db
class TestNoCalls:
    @pytest.mark.parametrize(
        "state",
        [{"active": False}, {"refused_at": NOON}, {"paused_until": NOON + SECOND}],
        ids=lambda state: next(iter(state)),
    )
    def test_an_account_that_may_not_be_asked_gets_none(self, state):
        assert budget.take(an_account(**state).pk, 1, NOON) == 0

    def test_a_pause_ends(self):
        assert budget.take(an_account(paused_until=NOON).pk, 1, NOON) == 1

    def test_what_is_taken_is_written_down(self):
        account = an_account(calls_per_minute=600)
        budget.take(account.pk, 5, timezone.now())
        assert CarrierAccount.objects.get(pk=account.pk).calls_left == pytest.approx(13)

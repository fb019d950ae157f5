from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.polling import (
    LAST_RETRY,
    LONGEST_WAIT,
    NEWS_AN_HOUR,
    PATIENCE,
    WAITS,
    PollFacts,
    Wait,
    back_off,
    is_urgent,
    next_due,
)
from orders.promise.risk import RiskState
from orders.statuses import FINAL, Status
from orders.windows import PromisedWindow, zone_named
from tests.builders import utc

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOON = utc(2026, 3, 4, 10)  # a Wednesday in Helsinki
FACTS = PollFacts(
    status=Status.IN_TRANSIT,
    risk=RiskState.ON_TRACK,
    window=PromisedWindow(date(2026, 3, 6), date(2026, 3, 7)),
    zone="Europe/Helsinki",
    status_at=NOON - 5 * HOUR,
    last_news_at=NOON - 5 * HOUR,
)


def promised(first, last=None):
    return PromisedWindow(date(2026, 3, first), date(2026, 3, last or first))


def wait(facts=FACTS, now=NOON, **changes):
    due = next_due(replace(facts, **changes), now)
    return due and due - now


def wait_at(day, hour, minute=0, **changes):
    """The wait from an hour of March in Helsinki, with news an hour ago unless said otherwise."""
    now = datetime(2026, 3, day, hour, minute, tzinfo=zone_named("Europe/Helsinki"))
    return wait(now=now, **{"last_news_at": now - HOUR, **changes})


class TestWhatIsWaitedFor:
    def test_every_status_waits_for_something_and_every_wait_is_in_the_table(self):
        assert set(WAITS) == set(Status)
        assert set(NEWS_AN_HOUR) == set(Wait)

    def test_out_for_delivery_is_asked_for_twice_an_hour_or_more(self):
        assert wait(status=Status.OUT_FOR_DELIVERY) < 35 * MINUTE

    def test_the_morning_of_the_promised_day_is_watched_closely(self):
        assert wait_at(6, 7) < 30 * MINUTE
        assert wait_at(4, 7) > 2 * HOUR

    def test_without_a_promise_every_morning_may_be_the_one(self):
        assert wait_at(4, 7, window=None) < 30 * MINUTE

    def test_a_parcel_that_lay_silent_overnight_is_less_likely_to_be_on_the_round(self):
        assert wait_at(6, 7) < wait_at(6, 7, last_news_at=utc(2026, 3, 5, 10))

    def test_a_promise_that_has_passed_does_not_make_it_come_sooner(self):
        assert wait_at(6, 7, window=promised(4)) > wait_at(6, 7, window=promised(6))

    def test_a_label_is_asked_for_in_the_evening_when_parcels_are_collected(self):
        label = {"status": Status.INFO_RECEIVED, "window": promised(5)}
        assert wait_at(4, 17, **label) < HOUR
        assert wait_at(4, 8, **label) > 3 * HOUR

    def test_a_label_is_collected_on_the_shops_clock(self):
        label = {"status": Status.INFO_RECEIVED, "window": promised(5)}
        assert wait_at(4, 10, **label, shop_zone="Asia/Shanghai") < wait_at(4, 10, **label)

    def test_a_label_whose_parcel_is_promised_for_tomorrow_must_be_collected_today(self):
        label = {"status": Status.INFO_RECEIVED}
        assert wait_at(4, 17, window=promised(5), **label) < wait_at(4, 17, window=promised(9), **label)

    def test_customs_work_by_day(self):
        assert wait_at(4, 11, customs=True) < wait_at(4, 11)

    def test_a_parcel_in_trouble_is_asked_for_more_often(self):
        assert wait(risk=RiskState.LATE) < wait()

    def test_what_is_held_up_for_days_can_wait_until_then(self):
        assert wait_at(4, 7, status=Status.EXCEPTION, window=promised(4)) < wait_at(4, 7, status=Status.EXCEPTION)


class TestRest:
    def test_a_wait_into_the_night_ends_soon_after_the_busy_hours_or_in_the_morning(self):
        """News of the evening does not lie until the sun is up."""
        label = {"status": Status.INFO_RECEIVED, "window": promised(5)}
        assert wait_at(4, 22, 30, **label) < 3 * HOUR

    def test_nobody_delivers_on_sunday(self):
        on_the_round = {"window": promised(7, 9)}
        assert wait_at(8, 7, **on_the_round) > 3 * wait_at(9, 7, **on_the_round)

    def test_summer_time_moves_the_morning_with_it(self):
        assert wait_at(27, 7, window=promised(27)) == wait_at(30, 7, window=promised(30)) < 30 * MINUTE

    @pytest.mark.parametrize("night", [utc(2026, 3, 28, 23, 30), utc(2026, 10, 24, 23, 30)])
    def test_the_hour_that_is_missing_or_comes_twice_harms_nothing(self, night):
        facts = replace(FACTS, window=None, last_news_at=night - HOUR)
        due, steps = night, 0
        while due < night + 10 * HOUR:
            due, before, steps = next_due(facts, due), due, steps + 1
            assert MINUTE < due - before < DAY
        assert steps < 40

    def test_silence_makes_the_waits_longer(self):
        fresh, silent = NOON - HOUR, NOON - 10 * DAY
        assert wait(last_news_at=silent) > 2 * wait(last_news_at=fresh)

    def test_it_stops_thirty_days_after_the_last_news(self):
        assert wait(last_news_at=NOON - 30 * DAY) is None

    def test_it_stops_a_week_after_delivery(self):
        assert wait(status=Status.DELIVERED, status_at=NOON - 6 * DAY) == LONGEST_WAIT
        assert wait(status=Status.DELIVERED, status_at=NOON - 7 * DAY) is None


class TestPatience:
    def test_twice_the_patience_asks_less_often(self):
        assert next_due(FACTS, NOON, 2 * PATIENCE) > next_due(FACTS, NOON)

    def test_the_news_that_may_have_come_has_waited_for_just_as_long(self):
        """In an hour of even expectation: half of what is expected, times the wait, twice."""
        facts = replace(FACTS, status=Status.OUT_FOR_DELIVERY)
        expected = NEWS_AN_HOUR[Wait.DOORBELL][2]
        hours = wait(facts) / HOUR
        assert expected * hours**2 / 2 == pytest.approx(PATIENCE / HOUR)


class TestTrouble:
    @pytest.mark.parametrize(("failures", "minutes"), [(1, 2), (2, 4), (3, 8), (20, LAST_RETRY / MINUTE)])
    def test_failures_are_retried_ever_more_seldom(self, failures, minutes):
        assert wait(failures=failures) == timedelta(minutes=minutes)

    def test_parcels_that_failed_together_are_spread_by_the_dice(self):
        assert wait(failures=3, dice=0.0) == 4 * MINUTE
        assert wait(failures=3, dice=0.5) == 6 * MINUTE

    def test_the_wait_after_many_failures_has_an_end(self):
        assert back_off(10_000, MINUTE, HOUR, dice=1) == HOUR

    def test_a_number_not_found_yet_is_asked_for_more_seldom_day_by_day(self):
        ages = (HOUR, 12 * HOUR, 2 * DAY, 9 * DAY)
        waits = [wait(not_found=True, last_news_at=NOON - age) for age in ages]
        assert waits == [40 * MINUTE, 2 * HOUR, 6 * HOUR, DAY]


class TestUrgency:
    @pytest.mark.parametrize("status", [Status.OUT_FOR_DELIVERY, Status.EXCEPTION, Status.ATTEMPT_FAILED])
    def test_who_waits_at_the_door_and_what_is_held_up_goes_first(self, status):
        assert is_urgent(replace(FACTS, status=status), NOON)

    def test_so_does_what_is_at_risk_and_what_was_promised_for_today(self):
        assert is_urgent(replace(FACTS, risk=RiskState.AT_RISK), NOON)
        assert is_urgent(FACTS, utc(2026, 3, 6, 8))

    def test_all_others_wait_their_turn(self):
        assert not is_urgent(FACTS, NOON)
        assert not is_urgent(replace(FACTS, window=None), NOON)
        assert not is_urgent(replace(FACTS, status=Status.DELIVERED, risk=RiskState.LATE), NOON)


@given(
    status=st.sampled_from([*Status]),
    risk=st.sampled_from([*RiskState]),
    hours=st.integers(0, 24 * 40),
    failures=st.integers(0, 50),
    not_found=st.booleans(),
    customs=st.booleans(),
    zone=st.sampled_from(["Europe/Helsinki", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu"]),
)
def test_the_next_check_lies_ahead_and_no_further_than_the_longest_wait(
    status, risk, hours, failures, not_found, customs, zone
):
    now = NOON + timedelta(hours=hours)
    changes = {"failures": failures, "not_found": not_found, "customs": customs, "zone": zone}
    facts = replace(FACTS, status=status, risk=risk, **changes)
    due = next_due(facts, now)
    if due is None:
        assert hours >= 30 * 24 - 5 or status in FINAL
    else:
        assert now < due <= now + LONGEST_WAIT

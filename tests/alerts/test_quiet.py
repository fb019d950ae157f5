"""Quiet hours by the recipient's clock, whatever is done to the clocks, and a release that is no burst."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels import CHANNELS
from alerts.models import ChannelRule, new_uuid
from alerts.quiet import DEFAULTS, RELEASE, Pace, opens_at, paces_of, released_at
from tests.builders import a_merchant, utc

NIGHT = Pace(time(21), time(8), most_a_day=3)
MINUTE = timedelta(minutes=1)

clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
paces = st.builds(Pace, clocks, clocks, st.just(3))
zones = st.sampled_from(sorted(name for name in available_timezones() if "/" in name))
instants = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))


def clock(instant, zone):
    return instant.astimezone(ZoneInfo(zone)).time()


class TestOpensAt:
    def test_a_message_of_the_night_waits_for_the_morning_where_its_reader_lives(self):
        assert opens_at(NIGHT, "Europe/Helsinki", utc(2026, 3, 2, 22)) == utc(2026, 3, 3, 6)
        assert opens_at(NIGHT, "America/New_York", utc(2026, 3, 2, 22)) is None

    @pytest.mark.parametrize(
        ("hour", "opening"),
        [(18, None), (19, utc(2026, 3, 3, 6)), (5, utc(2026, 3, 2, 6)), (6, None)],
        ids=["20:00", "21:00", "7:00", "8:00"],
    )
    def test_the_first_minute_is_quiet_and_the_last_is_not(self, hour, opening):
        assert opens_at(NIGHT, "Europe/Helsinki", utc(2026, 3, 2, hour)) == opening

    def test_the_same_time_twice_is_never_quiet(self):
        assert opens_at(Pace(time(22), time(22)), "Europe/Helsinki", utc(2026, 3, 2, 20)) is None

    def test_the_night_in_which_clocks_go_forward_is_an_hour_shorter(self):
        assert opens_at(NIGHT, "Europe/Berlin", utc(2026, 3, 28, 22)) == utc(2026, 3, 29, 6)

    def test_the_night_in_which_clocks_go_back_is_an_hour_longer(self):
        assert opens_at(NIGHT, "Europe/Berlin", utc(2026, 10, 24, 22)) == utc(2026, 10, 25, 7)

    def test_an_opening_within_the_hour_that_is_left_out_is_when_it_is_left_out(self):
        pace = Pace(time(21), time(2, 30))
        assert opens_at(pace, "Europe/Berlin", utc(2026, 3, 29, 0)) == utc(2026, 3, 29, 1)

    def test_an_hour_that_comes_twice_is_quiet_twice(self):
        pace = Pace(time(21), time(2, 30))
        assert opens_at(pace, "Europe/Berlin", utc(2026, 10, 25, 0)) == utc(2026, 10, 25, 0, 30)
        assert opens_at(pace, "Europe/Berlin", utc(2026, 10, 25, 1)) == utc(2026, 10, 25, 1, 30)

    def test_midnight_that_clocks_jump_over_is_no_trouble(self):
        pace = Pace(time(22), time(0))
        assert opens_at(pace, "America/Santiago", utc(2026, 9, 6, 3)) == utc(2026, 9, 6, 4)

    @given(paces, zones, instants)
    def test_it_is_the_first_minute_that_is_not_quiet(self, pace, zone, now):
        opening = opens_at(pace, zone, now)
        if opening is None:
            assert not pace.is_quiet(clock(now, zone))
            return
        assert pace.is_quiet(clock(now, zone))
        assert not pace.is_quiet(clock(opening, zone))
        assert opening > now
        before = opening - MINUTE
        assert before <= now or pace.is_quiet(clock(before, zone))


class TestReleasedAt:
    def test_ten_thousand_that_wait_for_the_same_morning_are_released_evenly(self):
        opening = utc(2026, 3, 3, 6)
        released = [released_at(NIGHT, opening, new_uuid()) - opening for _ in range(10_000)]
        assert min(released) >= timedelta(0)
        assert max(released) < RELEASE
        by_minute = Counter(wait // MINUTE for wait in released)
        assert len(by_minute) == RELEASE // MINUTE
        assert max(by_minute.values()) < 1.5 * 10_000 / len(by_minute)

    def test_the_same_message_is_released_at_the_same_time_however_often_it_is_asked(self):
        message = new_uuid()
        assert len({released_at(NIGHT, utc(2026, 3, 3, 6), message) for _ in range(3)}) == 1

    @given(paces, st.uuids())
    def test_nothing_is_released_into_the_next_quiet_time(self, pace, message):
        opening = opens_at(pace, "UTC", datetime.combine(utc(2026, 3, 3), pace.quiet_from, tzinfo=UTC))
        if opening is not None:
            assert not pace.is_quiet(clock(released_at(pace, opening, message), "UTC"))


def test_each_channel_has_a_pace_and_only_systems_are_told_without_limit():
    assert set(DEFAULTS) == set(CHANNELS)
    assert [key for key, pace in DEFAULTS.items() if not pace.is_for_people] == ["webhook"]


@pytest.mark.django_db
def test_what_the_shop_decided_counts_to_the_minute():
    shop, other = a_merchant(), a_merchant("Fjord")
    ChannelRule.objects.create(
        merchant=shop, channel="email", quiet_from=time(22), quiet_until=time(6, 30, 59), most_a_day=1, is_on=False
    )
    assert paces_of(shop) == {**DEFAULTS, "email": Pace(time(22), time(6, 30), most_a_day=1, is_on=False)}
    assert paces_of(other) == DEFAULTS

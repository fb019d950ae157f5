from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.windows import PromisedWindow, zone_named
from tests.builders import utc

ZONES = ["Europe/Helsinki", "America/New_York", "Pacific/Kiritimati", "Pacific/Niue", "Asia/Kathmandu"]


def test_a_promise_takes_dates_not_instants():
    with pytest.raises(TypeError, match="not instants"):
        PromisedWindow(datetime(2026, 3, 1), datetime(2026, 3, 2))


def test_a_window_cannot_end_before_it_starts():
    with pytest.raises(ValueError, match="before it starts"):
        PromisedWindow(date(2026, 3, 2), date(2026, 3, 1))


def test_a_zone_that_is_none_is_named_in_the_error():
    with pytest.raises(ValueError, match="'Mars/Olympus' is no IANA time zone"):
        PromisedWindow(date(2026, 3, 1), date(2026, 3, 1), zone="Mars/Olympus")


def test_the_last_day_counts_whole():
    window = PromisedWindow(date(2026, 3, 1), date(2026, 3, 2), zone="Europe/Helsinki")
    assert window.ends_at("UTC") == utc(2026, 3, 2, 22)


def test_an_hour_ends_the_window_earlier():
    window = PromisedWindow(date(2026, 3, 2), date(2026, 3, 2), to_time=time(15))
    assert window.ends_at("Europe/Helsinki") == utc(2026, 3, 2, 13)


@given(st.dates(date(2020, 1, 1), date(2035, 12, 30)), st.sampled_from(ZONES))
def test_the_promised_day_ends_when_its_own_date_does_in_every_zone(day, zone):
    end = PromisedWindow(day, day, zone=zone).ends_at("UTC").astimezone(zone_named(zone))
    assert (end.date() - day).days == 1
    assert end.time() <= time(1)  # the hour where a clock change skips midnight

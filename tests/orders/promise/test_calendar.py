from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.promise.calendar import (
    Closed,
    WorkingDays,
    add_working_days,
    after_working_days,
    holiday_name,
    is_working_day,
)
from tests.builders import utc


def test_a_promise_of_working_days_skips_the_weekend():
    assert add_working_days(date(2026, 11, 20), 1) == date(2026, 11, 23)


def test_a_public_holiday_of_the_destination_is_no_working_day():
    # Finland's independence day, a Monday in 2027.
    assert is_working_day(date(2027, 12, 6))
    assert not is_working_day(date(2027, 12, 6), "FI")


def test_a_country_without_a_calendar_keeps_no_holidays():
    assert is_working_day(date(2026, 12, 25), "ZZ")


def test_the_days_that_do_not_count_are_told_with_their_reason():
    # Christmas in Finland: the Eve is no public holiday by the calendar, the 25th and the 26th are.
    found, skipped = WorkingDays(frozenset(range(6)), ("", "FI")).after(date(2026, 12, 24), 1)
    assert found == date(2026, 12, 28)
    assert skipped == [Closed(date(2026, 12, 25), "FI"), Closed(date(2026, 12, 26), "FI"), Closed(date(2026, 12, 27))]


def test_with_no_day_to_count_the_next_working_day_is_found():
    saturday = date(2026, 11, 21)
    assert WorkingDays().after(saturday, 0) == (
        date(2026, 11, 23),
        [Closed(saturday), Closed(date(2026, 11, 22))],
    )
    assert WorkingDays().after(date(2026, 11, 23), 0) == (date(2026, 11, 23), [])


def test_nobody_works_on_no_day_at_all():
    with pytest.raises(ValueError, match="name at least one"):
        WorkingDays(frozenset())


def test_a_holiday_is_named_in_the_readers_language_where_its_country_speaks_it():
    independence_day = date(2027, 12, 6)
    assert holiday_name(independence_day, "FI", "en") == "Independence Day"
    assert holiday_name(independence_day, "FI", "sv") == "Självständighetsdagen"
    assert holiday_name(independence_day, "FI", "de") == "Itsenäisyyspäivä"
    assert holiday_name(date(2027, 12, 7), "FI", "en") == ""
    assert holiday_name(independence_day, "ZZ", "en") == ""


def test_silence_keeps_the_hour_of_the_clock_over_the_change_to_summer_time():
    friday = utc(2026, 3, 27, 8)  # 10:00 in Helsinki, two days before the clocks change
    assert after_working_days(friday, 1, "Europe/Helsinki") == utc(2026, 3, 30, 7)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(1, 15), st.sampled_from(["", "FI", "DE", "US", "AE"]))
def test_the_nth_working_day_is_one_and_n_working_days_lie_between(day, count, country):
    found = add_working_days(day, count, country)
    days = [date.fromordinal(number) for number in range(day.toordinal() + 1, found.toordinal() + 1)]
    assert is_working_day(found, country)
    assert sum(is_working_day(each, country) for each in days) == count

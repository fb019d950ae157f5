from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from orders.promise.calendar import add_working_days, after_working_days, is_working_day, promised_window
from tests.builders import utc


def test_a_promise_of_working_days_skips_the_weekend():
    assert add_working_days(date(2026, 11, 20), 1) == date(2026, 11, 23)


def test_a_public_holiday_of_the_destination_is_no_working_day():
    # Finland's independence day, a Monday in 2027.
    assert is_working_day(date(2027, 12, 6))
    assert not is_working_day(date(2027, 12, 6), "FI")


def test_a_country_without_a_calendar_keeps_no_holidays():
    assert is_working_day(date(2026, 12, 25), "ZZ")


def test_an_order_late_at_night_counts_from_the_destinations_day():
    # 23:30 in London on Monday is Tuesday in Helsinki.
    window = promised_window(utc(2026, 3, 2, 23, 30), 1, 2, "Europe/Helsinki")
    assert (window.earliest, window.latest) == (date(2026, 3, 4), date(2026, 3, 5))


def test_silence_keeps_the_hour_of_the_clock_over_the_change_to_summer_time():
    friday = utc(2026, 3, 27, 8)  # 10:00 in Helsinki, two days before the clocks change
    assert after_working_days(friday, 1, "Europe/Helsinki") == utc(2026, 3, 30, 7)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(1, 15), st.sampled_from(["", "FI", "DE", "US", "AE"]))
def test_the_nth_working_day_is_one_and_n_working_days_lie_between(day, count, country):
    found = add_working_days(day, count, country)
    days = [date.fromordinal(number) for number in range(day.toordinal() + 1, found.toordinal() + 1)]
    assert is_working_day(found, country)
    assert sum(is_working_day(each, country) for each in days) == count

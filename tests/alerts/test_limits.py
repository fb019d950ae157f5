from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.limits import SPACING, is_enough, spaced_until
from tests.builders import utc

NOW = utc(2026, 3, 2, 12)
waits = st.timedeltas(timedelta(0), timedelta(hours=1))


def test_a_day_is_the_readers_own():
    late = utc(2026, 3, 1, 21, 59), utc(2026, 3, 1, 22, 1)
    assert is_enough(late, 1, "Europe/Helsinki", NOW)
    assert not is_enough(late, 2, "Europe/Helsinki", NOW)
    assert not is_enough(late, 1, "UTC", NOW)


def test_the_next_message_waits_until_ten_minutes_after_the_last():
    earlier, last = NOW - timedelta(minutes=9), NOW - timedelta(minutes=4)
    assert spaced_until([last, earlier], NOW) == last + timedelta(minutes=10)


def test_after_ten_minutes_and_at_first_nothing_waits():
    assert spaced_until([], NOW) is None
    assert spaced_until([NOW - SPACING], NOW) is None


@given(st.lists(waits))
def test_it_waits_for_the_last_message_and_never_longer_than_the_spacing(ago):
    until = spaced_until([NOW - wait for wait in ago], NOW)
    assert (until is None) == (not ago or min(ago) >= SPACING)
    assert until is None or NOW < until <= NOW + SPACING

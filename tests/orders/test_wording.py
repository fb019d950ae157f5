from datetime import date, time, timedelta

import pytest
from django.utils import timezone

from orders.windows import PromisedWindow
from orders.wording import ago, clock, day_and_clock, promised
from tests.builders import utc

TODAY = date(2026, 11, 22)
WINDOW = PromisedWindow(date(2026, 11, 26), date(2026, 11, 27))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Thu 26 Nov – Fri 27 Nov"),
        ("fi", "to 26. – pe 27. marraskuuta"),
        ("de", "Do., 26. – Fr., 27. Nov."),
        ("ar", "الخميس، 26 – الجمعة، 27 نوفمبر"),
    ],
)
def test_a_promise_is_worded_in_each_language(language, words):
    # CLDR parts the days with a thin space in some languages.
    assert promised(WINDOW, today=TODAY, language=language).replace("\u2009", " ") == words


def test_a_promise_of_another_year_says_which():
    window = PromisedWindow(date(2026, 12, 30), date(2027, 1, 2))
    assert "2026" in promised(window, today=TODAY, language="en")
    assert "2027" in promised(window, today=TODAY, language="en")


def test_a_promise_with_hours_names_them():
    window = PromisedWindow(TODAY, TODAY, time(13), time(15))
    assert promised(window, today=TODAY, language="en") == "Sun 22 Nov, 13:00–15:00"


def test_a_promise_by_an_hour_says_by():
    window = PromisedWindow(TODAY, TODAY, to_time=time(18))
    assert promised(window, today=TODAY, language="en") == "Sun 22 Nov by 18:00"


def test_the_clock_is_the_places():
    assert clock(utc(2026, 11, 22, 12, 30), "Asia/Kathmandu", language="en") == "18:15"


def test_midnight_in_the_place_is_its_own_day():
    assert day_and_clock(utc(2026, 11, 22, 23), "Pacific/Auckland", language="en").startswith("Mon 23 Nov")


def test_ago_counts_in_minutes_at_least():
    now = timezone.now()
    assert ago(now - timedelta(seconds=5), now=now, language="en") == "1 minute ago"
    assert ago(now + timedelta(hours=3), now=now, language="en") == "in 3 hours"

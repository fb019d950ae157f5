import io
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command

from carriers.simulation.journeys import Journey, Scan, journeys
from carriers.simulation.play import mean, pace_for, percentile, play
from carriers.simulation.policies import backing_off, doorstep, fixed
from orders.statuses import Status
from orders.windows import zone_named
from tests.builders import utc

MONDAY, END = date(2026, 3, 2), datetime(2026, 4, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LABEL = utc(2026, 3, 2, 12)


@pytest.fixture(scope="module")
def month():
    return journeys(800, MONDAY, 30, random.Random(7))


def a_journey(*scans, told_at=LABEL):
    journey = Journey("Europe/Berlin", "Europe/Berlin", False, LABEL, told_at, None)
    journey.scans = [Scan(at, max(at, told_at), status) for at, status in scans]
    return journey


class TestJourneys:
    def test_the_same_seed_gives_the_same_month(self):
        first, again = (journeys(20, MONDAY, 30, random.Random(3)) for _time in range(2))
        assert first == again

    def test_things_happen_one_after_the_other(self, month):
        for journey in month:
            times = [scan.at for scan in journey.scans]
            assert times == sorted(times)

    def test_nine_in_ten_parcels_arrive(self, month):
        arrived = sum(journey.scans[-1].status is Status.DELIVERED for journey in month)
        assert 0.9 < arrived / len(month) < 1

    def test_six_to_eleven_in_a_hundred_meet_an_exception(self, month):
        met = sum(any(scan.status is Status.EXCEPTION for scan in journey.scans) for journey in month)
        assert 0.05 < met / len(month) < 0.12

    def test_rounds_leave_in_the_morning_and_never_on_sunday(self, month):
        rounds = [
            scan.at.astimezone(zone_named(journey.zone))
            for journey in month
            for scan in journey.scans
            if scan.status is Status.OUT_FOR_DELIVERY
        ]
        assert {at.hour for at in rounds} <= {5, 6, 7, 8, 9, 10}
        assert 6 not in {at.weekday() for at in rounds}


class TestPlaying:
    def test_news_is_as_old_as_the_next_check_makes_it(self):
        journey = a_journey((LABEL, Status.INFO_RECEIVED), (LABEL + 3 * HOUR, Status.DELIVERED))
        outcome = play([journey], fixed, END)
        assert outcome.calls == 3  # at once, after two hours and after four
        assert outcome.news == {Status.INFO_RECEIVED: [0], Status.DELIVERED: [3600]}

    def test_a_scan_without_a_new_status_is_no_news(self):
        journey = a_journey((LABEL, Status.IN_TRANSIT), (LABEL + HOUR, Status.IN_TRANSIT))
        outcome = play([journey], fixed, END)
        assert len(outcome.scans) == 2
        assert len(outcome.of()) == 1

    def test_what_the_carrier_tells_late_counts_from_then(self):
        journey = a_journey((LABEL, Status.INFO_RECEIVED), told_at=LABEL + HOUR)
        assert play([journey], fixed, END).of() == [3600]

    def test_what_is_never_asked_for_is_as_old_as_the_month(self):
        journey = a_journey((LABEL, Status.DELIVERED), (LABEL + HOUR, Status.EXCEPTION))
        assert play([journey], fixed, LABEL + 5 * HOUR).of([Status.EXCEPTION]) == [4 * 3600]

    def test_a_policy_that_backs_off_starts_anew_with_news(self):
        quiet = a_journey((LABEL, Status.IN_TRANSIT))
        lively = a_journey(*((LABEL + hour * HOUR, Status.IN_TRANSIT) for hour in range(0, 96, 3)))
        end = LABEL + 96 * HOUR
        assert play([lively], backing_off, end).calls > 3 * play([quiet], backing_off, end).calls

    def test_the_pace_makes_the_calls_equal(self, month):
        sample = month[:30]
        calls = play(sample, fixed, END).calls
        pace = pace_for(sample, doorstep, END, calls)
        assert play(sample, doorstep, END, pace).calls == pytest.approx(calls, rel=0.03)


class TestWhatItIsWorth:
    """Looser than the figures of 100,000 parcels, which `manage.py simulate_polling` prints."""

    def test_news_is_less_than_half_as_old_at_the_same_number_of_calls(self, month):
        theirs = play(month, fixed, END)
        ours = play(month, doorstep, END)
        assert ours.calls < 1.05 * theirs.calls
        assert mean(ours.of()) < 0.5 * mean(theirs.of())
        out = (Status.OUT_FOR_DELIVERY,)
        assert percentile(ours.of(out), 0.95) < 0.25 * percentile(theirs.of(out), 0.95)

    def test_the_command_prints_a_line_for_each_policy(self):
        out = io.StringIO()
        call_command("simulate_polling", parcels=30, days=5, stdout=out, stderr=io.StringIO())
        assert [line.split("  ")[0] for line in out.getvalue().splitlines()[2:]] == [
            "fixed 2 h",
            "3-6-12-24 h",
            "Doorstep",
            "ours : fixed",
        ]

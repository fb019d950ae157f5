from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.polling import CADENCE, LAST_RETRY, PollFacts, next_due
from orders.promise.risk import RiskState
from orders.statuses import FINAL, Status
from orders.windows import PromisedWindow, zone_named
from tests.builders import utc

NOON = utc(2026, 3, 4, 10)  # in Helsinki
FACTS = PollFacts(
    status=Status.IN_TRANSIT,
    risk=RiskState.ON_TRACK,
    window=PromisedWindow(date(2026, 3, 9), date(2026, 3, 10)),
    zone="Europe/Helsinki",
    status_at=NOON - timedelta(hours=5),
    last_news_at=NOON - timedelta(hours=5),
)


def wait(facts=FACTS, now=NOON, **changes):
    due = next_due(replace(facts, **changes), now)
    return due and due - now


def test_every_status_has_a_cadence():
    assert set(CADENCE) == set(Status)


def test_a_parcel_out_for_delivery_is_asked_for_every_quarter_of_an_hour():
    assert wait(status=Status.OUT_FOR_DELIVERY) == timedelta(minutes=15)


def test_the_promised_day_is_watched_closely():
    assert wait(window=PromisedWindow(date(2026, 3, 4), date(2026, 3, 4))) == timedelta(minutes=45)


def test_a_parcel_at_risk_is_asked_for_every_hour():
    assert wait(risk=RiskState.AT_RISK) == timedelta(hours=1)


def test_nobody_is_asked_in_the_destinations_night():
    due = next_due(FACTS, utc(2026, 3, 4, 18, 30))  # 20:30: three hours later it is night
    assert due.astimezone(zone_named("Europe/Helsinki")).hour == 5


def test_it_stops_thirty_days_after_the_last_news():
    assert wait(last_news_at=NOON - timedelta(days=30)) is None


def test_it_stops_a_week_after_delivery():
    assert wait(status=Status.DELIVERED, status_at=NOON - timedelta(days=6)) == timedelta(days=2)
    assert wait(status=Status.DELIVERED, status_at=NOON - timedelta(days=7)) is None


@pytest.mark.parametrize(("failures", "minutes"), [(1, 2), (2, 4), (3, 8), (20, LAST_RETRY / timedelta(minutes=1))])
def test_failures_are_retried_ever_more_seldom(failures, minutes):
    assert wait(failures=failures) == timedelta(minutes=minutes)


def test_a_number_not_found_yet_is_asked_for_more_seldom_day_by_day():
    ages = (timedelta(hours=1), timedelta(days=2), timedelta(days=9))
    waits = [wait(not_found=True, last_news_at=NOON - age) for age in ages]
    assert waits == [timedelta(hours=2), timedelta(hours=6), timedelta(days=1)]


@given(
    status=st.sampled_from([*Status]),
    risk=st.sampled_from([*RiskState]),
    hours=st.integers(0, 24 * 40),
    failures=st.integers(0, 50),
    not_found=st.booleans(),
    zone=st.sampled_from(["Europe/Helsinki", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu"]),
)
def test_the_next_check_lies_ahead_and_never_more_than_two_days_and_a_night(
    status, risk, hours, failures, not_found, zone
):
    now = NOON + timedelta(hours=hours)
    facts = replace(FACTS, status=status, risk=risk, failures=failures, not_found=not_found, zone=zone)
    due = next_due(facts, now)
    if due is None:
        assert hours >= 30 * 24 - 5 or status in FINAL
    else:
        assert now < due <= now + timedelta(days=2, hours=8)

"""Whose days the page shows: the carrier's, or our own."""

from datetime import date
from types import SimpleNamespace

import pytest

from orders.promise.arrival import Arrival, arrival_of
from orders.promise.risk import RiskState

OURS = ["2026-03-04T21:30:00+00:00", "2026-03-05T22:30:00+00:00", "2026-03-08T10:00:00+00:00"]
CARRIERS = SimpleNamespace(source="carrier", earliest=date(2026, 3, 4), latest=date(2026, 3, 5))
SHOPS = SimpleNamespace(source="merchant", earliest=date(2026, 3, 4), latest=date(2026, 3, 5))
BY_CARRIER = Arrival(date(2026, 3, 4), date(2026, 3, 5))
BY_US = Arrival(date(2026, 3, 4), date(2026, 3, 8), date(2026, 3, 6), by_us=True)


def days(promise, risk=RiskState.ON_TRACK, ours=OURS):
    return arrival_of(SimpleNamespace(promise=promise, risk=risk, risk_arrival=ours, zone="Europe/Helsinki"))


@pytest.mark.parametrize(
    ("promise", "risk", "ours", "expected"),
    [
        (CARRIERS, RiskState.ON_TRACK, OURS, BY_CARRIER),
        (CARRIERS, RiskState.AT_RISK, OURS, BY_US),
        (CARRIERS, RiskState.LATE, [], BY_CARRIER),
        (SHOPS, RiskState.ON_TRACK, OURS, BY_US),
        (SHOPS, RiskState.ON_TRACK, [], None),
        (None, RiskState.ON_TRACK, OURS, BY_US),
    ],
)
def test_the_carriers_days_count_until_the_parcel_is_doubted(promise, risk, ours, expected):
    assert days(promise, risk, ours) == expected


def test_the_days_are_those_of_the_destination():
    assert days(None).likely == date(2026, 3, 6)  # half past midnight in Helsinki

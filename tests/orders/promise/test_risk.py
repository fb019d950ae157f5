from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.promise.risk import Estimate, Facts, RiskState, estimate, next_look, next_state
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.builders import utc

NOW = utc(2026, 3, 4, 12)  # a Wednesday
FACTS = Facts(
    status=Status.IN_TRANSIT,
    window=PromisedWindow(date(2026, 3, 6), date(2026, 3, 6)),
    zone="Europe/Helsinki",
    origin="FI",
    destination="FI",
    created_at=utc(2026, 3, 3, 8),
    first_scan_at=utc(2026, 3, 3, 12),
    last_event_at=utc(2026, 3, 4, 6),
    first_attempt_at=None,
)


def state(current, facts, now=NOW, probability=None, enter=0.6, leave=0.35):
    estimated = estimate(facts, now) if probability is None else Estimate(probability, Reason.SILENCE)
    return next_state(current, facts, estimated, now, enter=enter, leave=leave)


def test_a_parcel_with_time_in_hand_is_on_track():
    assert state(RiskState.ON_TRACK, FACTS) == (RiskState.ON_TRACK, None)


def test_it_is_at_risk_when_the_usual_rest_of_the_way_no_longer_fits():
    abroad = replace(FACTS, origin="US", first_scan_at=utc(2026, 3, 4, 6))
    assert state(RiskState.ON_TRACK, abroad) == (RiskState.AT_RISK, Reason.TRANSIT_TOO_LONG)


def test_a_parcel_out_for_delivery_on_its_day_is_not_at_risk():
    out = replace(FACTS, status=Status.OUT_FOR_DELIVERY, origin="US")
    assert state(RiskState.AT_RISK, out, utc(2026, 3, 6, 7))[0] == RiskState.RECOVERED


def test_a_carriers_own_promise_is_not_doubted_for_the_distance():
    abroad = replace(FACTS, origin="US", first_scan_at=utc(2026, 3, 4, 6), promised_by_carrier=True)
    assert state(RiskState.ON_TRACK, abroad)[0] == RiskState.ON_TRACK


def test_before_anybody_said_a_word_there_is_nothing_to_estimate_from():
    fresh = replace(FACTS, status=Status.UNKNOWN, origin="US", first_scan_at=None, last_event_at=None)
    assert state(RiskState.ON_TRACK, fresh) == (RiskState.ON_TRACK, None)


def test_an_old_promise_is_not_called_broken_before_the_carrier_was_asked():
    imported = replace(FACTS, created_at=utc(2026, 3, 9, 8), carrier_asked=False, last_event_at=None)
    soon, later = utc(2026, 3, 9, 8, 30), utc(2026, 3, 9, 9)
    assert state(RiskState.ON_TRACK, imported, soon) == (RiskState.ON_TRACK, None)
    assert next_look(imported, soon) == later
    assert state(RiskState.ON_TRACK, imported, later)[0] == RiskState.LATE


def test_three_silent_working_days_are_a_risk_and_a_weekend_is_not_silence():
    facts = replace(
        FACTS, window=PromisedWindow(date(2026, 3, 16), date(2026, 3, 16)), last_event_at=utc(2026, 3, 6, 8)
    )
    assert state(RiskState.ON_TRACK, facts, utc(2026, 3, 9, 8))[0] == RiskState.ON_TRACK
    assert state(RiskState.ON_TRACK, facts, utc(2026, 3, 11, 9)) == (RiskState.AT_RISK, Reason.SILENCE)


def test_a_label_that_is_never_scanned_is_a_risk_after_four_working_days():
    facts = replace(
        FACTS,
        status=Status.UNKNOWN,
        window=PromisedWindow(date(2026, 3, 20), date(2026, 3, 20)),
        first_scan_at=None,
        last_event_at=None,
    )
    assert state(RiskState.ON_TRACK, facts, utc(2026, 3, 9, 7))[0] == RiskState.ON_TRACK
    assert state(RiskState.ON_TRACK, facts, utc(2026, 3, 9, 9)) == (RiskState.AT_RISK, Reason.SILENCE)


def test_late_begins_when_the_promised_day_ends_at_the_destination():
    last_minute, midnight = utc(2026, 3, 6, 21, 59), utc(2026, 3, 6, 22)
    assert state(RiskState.AT_RISK, FACTS, last_minute)[0] == RiskState.AT_RISK
    assert state(RiskState.AT_RISK, FACTS, midnight) == (RiskState.LATE, Reason.PROMISE_PASSED)


def test_an_attempt_in_time_keeps_the_promise_even_if_nobody_was_at_home():
    attempted = replace(FACTS, status=Status.ATTEMPT_FAILED, first_attempt_at=utc(2026, 3, 6, 9))
    assert state(RiskState.ON_TRACK, attempted, utc(2026, 3, 8, 9))[0] == RiskState.ON_TRACK


def test_a_delivery_after_the_promise_stays_late():
    delivered = replace(FACTS, status=Status.DELIVERED, first_attempt_at=utc(2026, 3, 7, 9))
    assert state(RiskState.AT_RISK, delivered, utc(2026, 3, 7, 9))[0] == RiskState.LATE


def test_a_parcel_on_its_way_back_does_not_become_late():
    back = replace(FACTS, status=Status.RETURNING)
    assert state(RiskState.ON_TRACK, back, utc(2026, 3, 9, 9))[0] == RiskState.ON_TRACK


def test_nothing_promised_is_no_risk_and_no_reassurance():
    facts = replace(FACTS, window=None)
    assert estimate(facts, NOW).probability is None
    assert state(RiskState.ON_TRACK, facts) == (RiskState.ON_TRACK, None)
    assert next_look(facts, NOW) is None


@pytest.mark.parametrize(
    ("current", "probability", "expected"),
    [
        (RiskState.ON_TRACK, 0.59, RiskState.ON_TRACK),
        (RiskState.ON_TRACK, 0.60, RiskState.AT_RISK),
        (RiskState.AT_RISK, 0.36, RiskState.AT_RISK),
        (RiskState.AT_RISK, 0.35, RiskState.RECOVERED),
        (RiskState.RECOVERED, 0.59, RiskState.RECOVERED),
        (RiskState.RECOVERED, 0.60, RiskState.AT_RISK),
    ],
)
def test_two_thresholds_keep_the_state_still(current, probability, expected):
    assert state(current, FACTS, probability=probability)[0] == expected


@given(st.lists(st.floats(0.36, 0.59), min_size=1, max_size=50))
def test_an_estimate_that_wobbles_between_the_thresholds_never_changes_the_state(wobbles):
    for current in (RiskState.ON_TRACK, RiskState.AT_RISK, RiskState.RECOVERED):
        for probability in wobbles:
            assert state(current, FACTS, probability=probability)[0] is current


@given(hours=st.integers(0, 24 * 20), status=st.sampled_from([*Status]))
def test_a_probability_is_one_and_the_next_look_lies_ahead(hours, status):
    facts, now = replace(FACTS, status=status), NOW + timedelta(hours=hours)
    probability, look = estimate(facts, now).probability, next_look(facts, now)
    assert probability is None or 0 <= probability <= 1
    assert look is None or now < look <= now + timedelta(hours=6)


def test_the_next_look_is_when_the_promise_ends_to_the_second():
    assert next_look(FACTS, utc(2026, 3, 6, 20)) == utc(2026, 3, 6, 22)

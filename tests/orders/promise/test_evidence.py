"""Why a parcel is at risk, in words."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest
from django.utils import translation

from orders.promise.evidence import (
    FOR_THE_SHOP,
    FOR_THE_SHOPPER,
    NOT_FOR_THE_SHOPPER,
    Evidence,
    Kind,
    risk_words,
    words,
)
from orders.promise.risk import Estimate, continued, reasons, silent_days
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.builders import utc
from tests.orders.promise.test_risk import FACTS

WEDNESDAY = utc(2026, 3, 11, 9)
FAR = PromisedWindow(date(2026, 3, 16), date(2026, 3, 16))
SILENT = replace(FACTS, window=FAR, last_event_at=utc(2026, 3, 6, 8))


def told(facts, now=WEDNESDAY):
    return words(reasons(facts, now))


def test_a_silence_is_told_in_working_days_of_the_place():
    assert told(SILENT) == ["No scan for 3 working days."]


def test_a_holiday_of_the_destination_is_no_silence():
    facts = replace(SILENT, origin="FI", last_event_at=utc(2026, 4, 2, 8), window=FAR)
    easter = utc(2026, 4, 8, 7)  # Good Friday and Easter Monday are no working days in Finland
    assert "working days" not in " ".join(told(facts, easter))


def test_a_label_never_scanned_is_told_as_that():
    facts = replace(SILENT, status=Status.UNKNOWN, first_scan_at=None, last_event_at=None)
    assert told(facts) == ["The carrier has not scanned it for 6 working days since the label was made."]


def test_after_a_week_a_parcel_may_be_lost():
    assert told(SILENT, utc(2026, 3, 13, 9))[0] == "No scan for 7 days: it may be lost."


def test_a_promise_that_has_passed_comes_first():
    facts = replace(SILENT, window=FACTS.window)
    assert told(facts) == [
        "The promised day has passed.",
        "No scan for 3 working days.",
        "From here a parcel usually needs 12 more hours; too few are left.",
    ]


def test_after_a_late_attempt_only_the_promise_matters():
    facts = replace(SILENT, window=FACTS.window, first_attempt_at=WEDNESDAY)
    assert told(facts) == ["The promised day has passed."]


def test_without_a_promise_there_is_nothing_to_explain():
    assert reasons(replace(SILENT, window=None), WEDNESDAY) == ()


@pytest.mark.parametrize(
    ("evidence", "for_the_shop", "for_the_shopper"),
    [
        (Evidence(Kind.SILENT, 1), "No scan for 1 working day.", "No scan for 1 working day."),
        (
            Evidence(Kind.LEFT_HUB, 9, {"city": "Hamburg"}),
            "9 of 10 parcels on this lane had left Hamburg by now.",
            "9 of 10 parcels on this lane had left Hamburg by now.",
        ),
        (
            Evidence(Kind.IN_TIME, 1),
            "From here, 1 of 10 parcels on this lane arrives in the time that is left.",
            None,
        ),
        (Evidence(Kind.LOST, 8), "No scan for 8 days: it may be lost.", "No scan for 8 days."),
    ],
)
def test_each_reader_is_told_what_helps(evidence, for_the_shop, for_the_shopper):
    assert words([evidence]) == [for_the_shop]
    assert words([evidence], for_shopper=True) == ([for_the_shopper] if for_the_shopper else [])


def test_it_is_told_from_what_was_stored():
    evidence = Evidence(Kind.LEFT_HUB, 9, {"city": "Hamburg"})
    shipment = SimpleNamespace(risk_evidence=[evidence.to_json()])
    assert Evidence.from_json(evidence.to_json()) == evidence
    assert risk_words(shipment) == words([evidence], for_shopper=True)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_words_for_both_in_any_language(kind):
    evidence = Evidence(kind, 2, {"city": "Hamburg"})
    for language in ("en", "fi", "ar"):
        with translation.override(language):
            assert all(words([evidence], for_shopper=False))
            assert all(words([evidence], for_shopper=True))
    assert kind in FOR_THE_SHOP
    assert (kind in FOR_THE_SHOPPER) == (kind not in NOT_FOR_THE_SHOPPER)


class Slow:
    """A service whose parcels in time are silent for as many working days."""

    def __init__(self, days):
        self.days = days

    def usual_silence(self, lanes):
        return self.days


@pytest.mark.parametrize(("known", "expected"), [(None, 3), (0, 3), (2, 3), (4, 5), (30, 10)])
def test_a_service_known_to_be_silent_for_longer_is_given_longer(known, expected):
    assert silent_days(SILENT, Slow(known)) == expected


def test_the_course_keeps_what_moved_or_was_higher_than_ever_until_the_promise_ends():
    course = []
    for probability in (0.2, 0.22, 0.21, 0.4, 0.37, 0.3):
        course = continued(course, FACTS, Estimate(probability), utc(2026, 3, 4, 12))
    assert [probability for _, probability in course] == [0.2, 0.22, 0.4, 0.3]
    assert continued(course, FACTS, Estimate(0.9), utc(2026, 3, 7)) == course
    assert continued(course, FACTS, Estimate(None), utc(2026, 3, 5)) == course

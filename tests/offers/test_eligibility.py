from datetime import timedelta

import pytest

from offers.eligibility import PHASES, Context, choose
from offers.models import Offer, Phase
from orders.statuses import TROUBLE, Status
from tests.builders import utc

NOW = utc(2026, 3, 4, 12)
MOMENT = {
    "phase": Phase.UNDERWAY,
    "country": "FI",
    "language": "fi",
    "categories": frozenset({"lamps", "shades"}),
    "now": NOW,
}


def an_offer(**kw) -> Offer:
    return Offer(**{"title": "Bulbs", "link": "https://shop.example/bulbs", "starts_at": NOW - timedelta(days=1), **kw})


def chosen(*offers, **moment):
    return choose(offers, Context(**{**MOMENT, **moment}))


def test_an_offer_without_rules_suits_everybody():
    offer = an_offer()
    assert chosen(offer) is offer


@pytest.mark.parametrize("wrong", [{"is_trouble": True}, {"has_open_case": True}, {"phase": None}])
def test_nothing_is_sold_while_anything_is_wrong(wrong):
    assert chosen(an_offer(), **wrong) is None


def test_no_status_of_trouble_has_a_phase_and_every_other_has_one():
    assert set(PHASES) == set(Status) - TROUBLE


@pytest.mark.parametrize(
    ("rule", "moment"),
    [
        ({"phases": ["arrived"]}, {"phase": Phase.ARRIVED}),
        ({"countries": ["SE", "FI"]}, {"country": "FI"}),
        ({"countries": ["se"]}, {"country": "SE"}),
        ({"languages": ["de"]}, {"language": "de"}),
        ({"categories": ["lamps"]}, {"categories": frozenset({"lamps"})}),
        ({"ends_at": NOW}, {"now": NOW - timedelta(seconds=1)}),
        ({"starts_at": NOW}, {"now": NOW}),
    ],
)
def test_each_rule_lets_its_moment_through(rule, moment):
    offer = an_offer(**rule)
    assert chosen(offer, **moment) is offer


@pytest.mark.parametrize(
    ("rule", "moment"),
    [
        ({"phases": ["arrived"]}, {"phase": Phase.UNDERWAY}),
        ({"countries": ["SE"]}, {"country": "FI"}),
        ({"countries": ["SE"]}, {"country": ""}),
        ({"languages": ["de"]}, {"language": "fi"}),
        ({"categories": ["chairs"]}, {}),
        ({"categories": ["chairs"]}, {"categories": frozenset()}),
        ({"ends_at": NOW}, {"now": NOW}),
        ({"starts_at": NOW}, {"now": NOW - timedelta(seconds=1)}),
        ({"active": False}, {}),
        ({"link": "javascript:alert(1)"}, {}),
    ],
)
def test_each_rule_keeps_other_moments_out(rule, moment):
    assert chosen(an_offer(**rule), **moment) is None


def test_the_highest_priority_that_fits_wins_and_the_first_of_equals():
    low, high, equal = an_offer(priority=1), an_offer(priority=20), an_offer(priority=20)
    abroad = an_offer(priority=99, countries=["SE"])
    assert chosen(low, abroad, high, equal) is high

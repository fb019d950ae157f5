"""How a shop handles a trigger: its own rule over the usual manners."""

from decimal import Decimal

import pytest

from alerts.manners import Rule, refused_by, rule_for, rules_for
from alerts.models import TriggerRule
from alerts.states import Why
from alerts.triggers import MANNERS, Trigger
from tests.alerts.stories import HOUR, NOW
from tests.builders import a_merchant, a_shipment, an_order

pytestmark = pytest.mark.django_db

ON = Rule(is_on=True, channels=("email",))


def test_a_shop_that_decided_nothing_has_the_usual_manners():
    rules = rules_for(a_merchant())
    assert {trigger: (rule.is_on, rule.channels) for trigger, rule in rules.items()} == {
        trigger: (manners.is_on, manners.channels) for trigger, manners in MANNERS.items()
    }


def test_what_a_shop_decided_is_its_own_and_nobody_elses():
    mine, other = a_merchant(), a_merchant()
    TriggerRule.objects.create(merchant=mine, trigger=Trigger.LATE, channels=["sms"], countries=["FI"], after_days=2)
    assert rule_for(mine, Trigger.LATE) == Rule(True, ("sms",), countries=("FI",), after_days=2)
    assert rule_for(other, Trigger.LATE).channels == MANNERS[Trigger.LATE].channels


def test_channels_that_were_left_alone_are_the_usual_ones():
    shop = a_merchant()
    TriggerRule.objects.create(merchant=shop, trigger=Trigger.LATE, is_on=False)
    assert rule_for(shop, Trigger.LATE) == Rule(False, MANNERS[Trigger.LATE].channels)


def test_all_rules_are_one_question_to_the_database(django_assert_num_queries):
    shop = a_merchant()
    with django_assert_num_queries(1):
        rules_for(shop)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, None),
        ({"is_on": False}, Why.SWITCHED_OFF),
        ({"on_since": NOW}, None),
        ({"on_since": NOW + HOUR}, Why.BEFORE_SWITCH),
        ({"countries": ("SE", "FI")}, None),
        ({"countries": ("SE",)}, Why.NOT_FOR_THIS),
        ({"carriers": ("dhl-unified",)}, None),
        ({"carriers": ("ups",)}, Why.NOT_FOR_THIS),
        ({"countries": ("FI",), "carriers": ("ups",)}, Why.NOT_FOR_THIS),
        ({"least_total": Decimal("79.90")}, None),
        ({"least_total": Decimal(80)}, Why.NOT_FOR_THIS),
    ],
)
def test_a_rule_refuses_what_it_is_not_for(said, why):
    order = an_order(created_at=NOW)
    parcel = a_shipment(order)
    rule = Rule(**{"is_on": True, "channels": ("email",), **said})
    assert refused_by(rule, order, parcel) == why
    assert refused_by(rule, order, None) == why, "the order suits where its parcel does"


def test_an_order_without_parcels_has_no_country():
    rule = Rule(is_on=True, channels=("email",), countries=("FI",))
    assert refused_by(rule, an_order(), None) == Why.NOT_FOR_THIS
    assert refused_by(ON, an_order(), None) is None

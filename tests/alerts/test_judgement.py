"""The rules by themselves: facts in, the first reason against sending out."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from alerts.judgement import WHEN_PLANNED, WHEN_SENT, News, Reach, Reader, judge, out_of_reach
from alerts.quiet import Pace
from alerts.states import Why
from alerts.triggers import Trigger
from orders.reasons import Reason
from tests.builders import utc

NOW = utc(2026, 3, 2, 12)
LONG_AGO = NOW - timedelta(days=3, minutes=1)

NEWS = News(
    trigger=Trigger.AT_RISK,
    reason=None,
    happened_at=NOW,
    learnt_at=NOW,
    still_true=True,
    latest=date(2026, 3, 5),
)
READER = Reader(seen_at=None)
REACH = Reach(address="aino@shopper.example", is_ready=True, has_consent=True, is_suppressed=False)


def planned(news=NEWS, reader=READER, **facts):
    return _judged(WHEN_PLANNED, news, reader, facts)


def sent(news=NEWS, reader=READER, **facts):
    return _judged(WHEN_SENT, news, reader, facts)


def _judged(rules, news, reader, facts):
    of_news = {name: value for name, value in facts.items() if hasattr(news, name)}
    of_reader = {name: value for name, value in facts.items() if name not in of_news}
    return judge(rules, replace(news, **of_news), replace(reader, **of_reader), NOW)


def test_news_without_objection_is_sent():
    assert planned() is None
    assert sent() is None


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"refused": Why.SWITCHED_OFF}, Why.SWITCHED_OFF),
        ({"refused": Why.BEFORE_SWITCH}, Why.BEFORE_SWITCH),
        ({"refused": Why.NOT_FOR_THIS}, Why.NOT_FOR_THIS),
        ({"pace": Pace(is_on=False)}, Why.SWITCHED_OFF),
        ({"is_unwanted": True}, Why.UNWANTED),
        ({"still_true": False}, Why.OVERTAKEN),
        ({"happened_at": LONG_AGO}, Why.OLD_NEWS),
    ],
)
def test_what_can_change_meanwhile_is_judged_both_times(facts, why):
    assert planned(**facts) is why
    assert sent(**facts) is why


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, None),
        ({"address": ""}, Why.NO_ADDRESS),
        ({"can_be_reached": False}, Why.NOT_MOBILE),
        ({"has_consent": False}, Why.NO_CONSENT),
        ({"is_suppressed": True}, Why.UNSUBSCRIBED),
        ({"is_suppressed": True, "has_consent": False}, Why.UNSUBSCRIBED),
        ({"is_ready": False}, Why.NOT_SET_UP),
    ],
)
def test_whether_somebody_may_be_written_to_is_a_question_of_its_own(facts, why):
    assert out_of_reach(replace(REACH, **facts)) is why


def test_news_of_three_days_ago_is_still_told():
    assert planned(happened_at=NOW - timedelta(days=3)) is None


def test_a_parcel_that_was_history_when_first_looked_up_is_not_announced():
    assert planned(is_backfill=True) is Why.BACKFILL


def test_a_mere_delay_waits_until_it_touches_the_promise():
    assert planned(trigger=Trigger.EXCEPTION, reason=Reason.MISSORTED) is Why.ONLY_A_DELAY
    assert planned(trigger=Trigger.EXCEPTION, reason=Reason.CUSTOMS_HELD) is None
    assert planned(trigger=Trigger.EXCEPTION, reason=None) is None


def test_the_same_problem_is_told_once():
    held = {"trigger": Trigger.EXCEPTION, "reason": Reason.CUSTOMS_HELD}
    assert planned(**held, told_problems=frozenset({"customs_held"})) is Why.TOLD_BEFORE
    assert planned(**held, told_problems=frozenset({"damaged"})) is None


@pytest.mark.parametrize("trigger", [Trigger.AT_RISK, Trigger.LATE, Trigger.RECOVERED])
def test_one_promise_gets_each_message_about_it_once(trigger):
    assert planned(trigger=trigger, told=frozenset({trigger}), was_warned=True) is Why.TOLD_BEFORE
    assert planned(trigger=trigger, told=frozenset(), was_warned=True) is None


def test_the_same_headline_with_another_reason_is_no_news():
    told = {"trigger": Trigger.ATTEMPT_FAILED, "told": frozenset({Trigger.ATTEMPT_FAILED})}
    assert planned(**told, is_restated=True) is Why.TOLD_BEFORE
    assert planned(trigger=Trigger.DELIVERED, told=frozenset({Trigger.ATTEMPT_FAILED}), is_restated=True) is None


def test_a_second_attempt_to_deliver_is_news_again():
    assert planned(trigger=Trigger.ATTEMPT_FAILED, told=frozenset({Trigger.ATTEMPT_FAILED})) is None


def test_a_new_day_is_told_only_if_it_is_later_than_any_the_shopper_knows():
    revised = {"trigger": Trigger.PROMISE_REVISED, "latest": date(2026, 3, 6)}
    assert planned(**revised, knows_latest=date(2026, 3, 6)) is Why.TOLD_BEFORE
    assert planned(**revised, knows_latest=date(2026, 3, 5)) is None


def test_all_well_again_is_told_only_to_those_who_were_warned():
    assert planned(trigger=Trigger.RECOVERED) is Why.NEVER_WARNED
    assert planned(trigger=Trigger.RECOVERED, was_warned=True) is None


@pytest.mark.parametrize(
    ("trigger", "why"),
    [
        (Trigger.SHIPPED, Why.SEEN),
        (Trigger.OUT_FOR_DELIVERY, Why.SEEN),
        (Trigger.DELIVERED, Why.SEEN),
        (Trigger.AT_RISK, None),
        (Trigger.LATE, None),
        (Trigger.ATTEMPT_FAILED, None),
    ],
)
def test_who_saw_the_page_after_the_news_is_spared_only_the_pleasant_messages(trigger, why):
    assert sent(trigger=trigger, seen_at=NOW + timedelta(seconds=1)) is why
    assert sent(trigger=trigger, seen_at=NOW - timedelta(seconds=1)) is None

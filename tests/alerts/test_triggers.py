from datetime import date

import pytest

from alerts.channels import CHANNELS
from alerts.sentences import SENTENCES
from alerts.triggers import MANNERS, Trigger, trigger_for
from orders.models import ChangeKind, Promise, StatusChange
from orders.reasons import Reason


def change(kind, old, new, **kw):
    return StatusChange(kind=kind, old=old, new=new, **kw)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("unknown", "in_transit", Trigger.SHIPPED),
        ("info_received", "in_transit", Trigger.SHIPPED),
        ("cancelled", "in_transit", Trigger.SHIPPED),
        ("exception", "in_transit", None),
        ("unknown", "info_received", Trigger.ANNOUNCED),
        ("in_transit", "info_received", None),
        ("in_transit", "out_for_delivery", Trigger.OUT_FOR_DELIVERY),
        ("unknown", "delivered", Trigger.DELIVERED),
        ("out_for_delivery", "attempt_failed", Trigger.ATTEMPT_FAILED),
        ("attempt_failed", "available_for_pickup", Trigger.AVAILABLE_FOR_PICKUP),
        ("in_transit", "exception", Trigger.EXCEPTION),
        ("in_transit", "returning", Trigger.RETURNING),
        ("returning", "returned", Trigger.RETURNED),
        ("info_received", "cancelled", Trigger.CANCELLED),
    ],
)
def test_a_new_headline_is_told_by_its_own_message(old, new, told):
    assert trigger_for(change(ChangeKind.STATUS, old, new)) is told


def test_a_parcel_under_way_that_needs_the_shopper_is_told_as_a_problem():
    papers = change(ChangeKind.STATUS, "in_transit", "in_transit", reason=Reason.CUSTOMS_DOCUMENTS)
    weather = change(ChangeKind.STATUS, "in_transit", "in_transit", reason=Reason.WEATHER)
    assert trigger_for(papers) is Trigger.HELD_IN_CUSTOMS
    assert trigger_for(weather) is None


@pytest.mark.parametrize(
    ("new", "reason", "told"),
    [
        ("delivered", Reason.DELIVERED_TO_NEIGHBOUR, Trigger.LEFT_WITH_NEIGHBOUR),
        ("delivered", Reason.DELIVERED_TO_SAFE_PLACE, Trigger.LEFT_IN_SAFE_PLACE),
        ("delivered", Reason.DELIVERED_TO_LOCKER, Trigger.LEFT_IN_LOCKER),
        ("delivered", Reason.DELIVERED_TO_RECEPTION, Trigger.LEFT_IN_LOCKER),
        ("delivered", Reason.WEATHER, Trigger.DELIVERED),
        ("exception", Reason.CUSTOMS_HELD, Trigger.HELD_IN_CUSTOMS),
        ("exception", Reason.CUSTOMS_DOCUMENTS, Trigger.HELD_IN_CUSTOMS),
        ("exception", Reason.DUTIES_UNPAID, Trigger.DUTIES_DUE),
        ("exception", Reason.ADDRESS_INCORRECT, Trigger.ADDRESS_PROBLEM),
        ("exception", Reason.ADDRESS_INCOMPLETE, Trigger.ADDRESS_PROBLEM),
        ("exception", Reason.RECIPIENT_MOVED, Trigger.ADDRESS_PROBLEM),
        ("exception", Reason.DAMAGED, Trigger.DAMAGED),
        ("exception", Reason.LOST, Trigger.LOST),
        ("exception", Reason.UNDER_INVESTIGATION, Trigger.EXCEPTION),
        ("attempt_failed", Reason.ADDRESS_INCORRECT, Trigger.ATTEMPT_FAILED),
        ("returning", Reason.DAMAGED, Trigger.RETURNING),
        ("in_transit", Reason.DUTIES_UNPAID, Trigger.DUTIES_DUE),
        ("in_transit", Reason.PAYMENT_REQUIRED, Trigger.EXCEPTION),
        ("in_transit", Reason.CUSTOMS_HELD, None),
    ],
)
def test_a_reason_that_says_more_than_the_headline_is_told_by_its_own_message(new, reason, told):
    assert trigger_for(change(ChangeKind.STATUS, "in_transit", new, reason=reason)) is told


@pytest.mark.parametrize(
    ("status", "reason", "told"),
    [
        ("delivered", Reason.DELIVERED_TO_NEIGHBOUR, Trigger.LEFT_WITH_NEIGHBOUR),
        ("delivered", Reason.WEATHER, None),
        ("out_for_delivery", Reason.RESCHEDULED, None),
        ("available_for_pickup", Reason.RECIPIENT_ABSENT, None),
        ("returning", Reason.REFUSED, None),
        ("attempt_failed", Reason.BUSINESS_CLOSED, Trigger.ATTEMPT_FAILED),
        ("exception", Reason.UNDER_INVESTIGATION, Trigger.EXCEPTION),
    ],
)
def test_a_reason_heard_later_is_told_only_if_it_is_news_to_the_shopper(status, reason, told):
    assert trigger_for(change(ChangeKind.STATUS, status, status, reason=reason)) is told


@pytest.mark.parametrize(
    ("kind", "new", "told"),
    [
        (ChangeKind.ORDER, "received", Trigger.ORDER_RECEIVED),
        (ChangeKind.ORDER, "delayed", Trigger.ORDER_DELAYED),
        (ChangeKind.ORDER, "cancelled", Trigger.ORDER_CANCELLED),
        (ChangeKind.CASE, "opened", Trigger.CASE_OPENED),
        (ChangeKind.CASE, "answered", Trigger.CASE_ANSWERED),
        (ChangeKind.CASE, "closed", Trigger.CASE_CLOSED),
        (ChangeKind.REFUND, "sent", Trigger.REFUNDED),
    ],
)
def test_what_becomes_of_an_order_a_case_and_a_refund_is_told(kind, new, told):
    assert trigger_for(change(kind, "", new)) is told


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("at_risk", Trigger.AT_RISK),
        ("late", Trigger.LATE),
        ("recovered", Trigger.RECOVERED),
        ("on_track", None),
    ],
)
def test_a_new_state_of_the_risk_is_told_unless_all_is_well(new, told):
    assert trigger_for(change(ChangeKind.RISK, "on_track", new)) is told


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (date(2026, 11, 24), date(2026, 11, 26), Trigger.PROMISE_REVISED),
        (date(2026, 11, 24), date(2026, 11, 24), None),
        (date(2026, 11, 24), date(2026, 11, 23), None),
        (None, date(2026, 11, 24), None),
    ],
)
def test_only_a_later_day_is_told_as_a_new_promise(before, after, told):
    old = Promise(earliest=before, latest=before) if before else None
    new = Promise(earliest=after, latest=after, supersedes=old)
    assert trigger_for(change(ChangeKind.PROMISE, "", "", promise=new)) is told


def test_every_trigger_has_its_manners_and_its_sentences_and_uses_channels_that_exist():
    assert set(MANNERS) == set(SENTENCES) == set(Trigger)
    assert {key for manners in MANNERS.values() for key in manners.channels} <= set(CHANNELS)

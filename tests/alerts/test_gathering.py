"""The parcels of a split order are told in one message."""

from datetime import timedelta

import pytest
import time_machine

from alerts import delivery, planning
from alerts.background import Background, joined
from alerts.gathering import gather
from alerts.models import Alert
from alerts.quiet import DEFAULTS, Pace
from alerts.states import Held, State, Why
from alerts.triggers import Trigger
from orders.reasons import Reason
from orders.statuses import Status
from tests.alerts.stories import HOUR, NOW, TOO_FAR, a_parcel, later_by, news, put_off, risk
from tests.builders import a_customer, an_order

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def order():
    """Its shopper reads e-mails only."""
    return an_order(customer=a_customer(phone=""))


def plan(change):
    return planning.plan(change.pk, change.created_at)


def at(moment):
    with time_machine.travel(moment):
        delivery.deliver_due()


def emails():
    return list(Alert.objects.filter(channel="email").order_by("pk"))


def test_two_parcels_that_go_out_on_one_morning_are_one_message(order, inbox):
    first, second = a_parcel(order=order), a_parcel(order=order)
    plan(news(first, Status.OUT_FOR_DELIVERY))
    plan(news(second, Status.OUT_FOR_DELIVERY, at=NOW + 3 * MINUTE))
    assert [(alert.held, alert.body_text) for alert in emails()] == [(Held.GATHERING, "")] * 2
    at(NOW + 9 * MINUTE)
    assert inbox.mailbox.all() == []
    at(NOW + 13 * MINUTE)
    lead, other = emails()
    assert (lead.state, other.state, other.reason, other.told_in) == (
        State.SENT,
        State.SUPPRESSED,
        "told_together",
        lead,
    )
    assert list(lead.digested.all()) == [other]
    (mail,) = inbox.mailbox.all()
    assert mail.text.splitlines() == lead.body_text.splitlines()
    assert "2 parcels" in lead.subject


def test_a_parcel_that_travels_alone_is_told_at_once(order):
    (alert,) = plan(news(a_parcel(order=order), Status.OUT_FOR_DELIVERY))
    assert (alert.held, alert.due_at) == ("", NOW)
    assert alert.body_text


def test_the_last_parcel_to_arrive_takes_along_those_that_wait_for_it(order, inbox):
    first, second = a_parcel(order=order), a_parcel(order=order)
    plan(news(first, Status.DELIVERED))
    (last,) = plan(news(second, Status.DELIVERED, at=NOW + MINUTE))
    with time_machine.travel(NOW + MINUTE):
        delivery.deliver_planned(last)
    first_told, last_told = emails()
    assert last_told.state == State.SENT
    assert (first_told.reason, first_told.told_in) == (Why.TOLD_TOGETHER, last_told)
    assert len(inbox.mailbox.all()) == 1


def test_a_parcel_of_which_it_is_not_true_any_more_is_left_out(order, inbox):
    first, second, third = (a_parcel(order=order) for _ in range(3))
    for parcel in (first, second, third):
        plan(news(parcel, Status.OUT_FOR_DELIVERY))
    news(second, Status.ATTEMPT_FAILED, at=NOW + MINUTE, reason=Reason.RECIPIENT_ABSENT)
    at(NOW + 10 * MINUTE)
    assert [(alert.state, alert.reason) for alert in emails()] == [
        (State.SENT, ""),
        (State.SUPPRESSED, Why.OVERTAKEN),
        (State.SUPPRESSED, Why.TOLD_TOGETHER),
    ]


def test_one_parcel_is_not_told_twice_in_one_message(order, inbox):
    parcel = a_parcel(order=order)
    a_parcel(order=order)
    for minutes, days in enumerate((0, 1)):
        plan(put_off(parcel, later_by(days), at=NOW + minutes * MINUTE)[0])
    at(NOW + 11 * MINUTE)
    at(NOW + 30 * MINUTE)
    assert [alert.reason for alert in emails()] == [Why.OVERTAKEN, ""]


def test_what_was_told_together_counts_as_told(order, inbox):
    first, second = a_parcel(order=order), a_parcel(order=order)
    for parcel in (first, second):
        plan(risk(parcel, "at_risk", at=TOO_FAR))
    at(TOO_FAR + 10 * MINUTE)
    risk(second, "recovered", at=TOO_FAR + HOUR)
    plan(risk(second, "at_risk", at=TOO_FAR + 2 * HOUR))
    assert [alert.reason for alert in emails()] == ["", Why.TOLD_TOGETHER, Why.TOLD_BEFORE]


def test_systems_are_told_of_each_parcel_by_itself(order, monkeypatch):
    monkeypatch.setitem(DEFAULTS, "email", Pace())
    parcels = a_parcel(order=order), a_parcel(order=order)
    due = [alert for parcel in parcels for alert in plan(news(parcel, Status.OUT_FOR_DELIVERY))]
    assert [alert.held for alert in due] == ["", ""]


def test_what_is_meant_for_a_later_day_is_not_taken_along(order):
    first, second = a_parcel(order=order), a_parcel(order=order)
    for parcel in (first, second):
        plan(news(parcel, Status.OUT_FOR_DELIVERY))
    lead, later = emails()
    Alert.objects.filter(pk=later.pk).update(held=Held.LATER, due_at=NOW + HOUR)
    assert gather(joined(lead, lead.order, lead.merchant), Background(lead.order, NOW)) == 0


def test_a_retry_gathers_nothing_for_its_words_may_have_arrived(order, inbox):
    first, second = a_parcel(order=order), a_parcel(order=order)
    plan(news(first, Status.OUT_FOR_DELIVERY))
    Alert.objects.update(state=State.RETRY, attempts=1, body_text="One parcel.", due_at=NOW + 11 * MINUTE)
    plan(news(second, Status.OUT_FOR_DELIVERY, at=NOW + 4 * MINUTE))
    at(NOW + 11 * MINUTE)
    lead, other = emails()
    assert (lead.state, lead.body_text) == (State.SENT, "One parcel.")
    assert (other.state, other.trigger) == (State.QUEUED, Trigger.OUT_FOR_DELIVERY)

"""Whatever happens in whatever order: no message twice, none too many, and none that wakes anybody up."""

from collections import Counter
from datetime import time, timedelta
from itertools import pairwise
from unittest import mock
from zoneinfo import ZoneInfo

import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from alerts import delivery, planning
from alerts.channels import CHANNELS
from alerts.channels.base import Receipt
from alerts.channels.email import Email
from alerts.channels.sms.channel import Sms
from alerts.limits import SPACING
from alerts.models import Alert
from alerts.quiet import DEFAULTS, Pace
from alerts.states import OPEN, State
from alerts.triggers import Trigger
from orders.models import ChangeKind, RiskState
from orders.statuses import Status
from tests.alerts.stories import NOW, a_parcel, later_by, put_off, risk
from tests.builders import a_scan, an_order, record

OF_A_PROMISE = (Trigger.AT_RISK, Trigger.LATE, Trigger.PROMISE_REVISED, Trigger.RECOVERED)
HELSINKI = ZoneInfo("Europe/Helsinki")


class QuickEmail(Email):
    """The channel but for the wire: how messages travel is other tests' business."""

    def send(self, alert):
        return Receipt()


class QuickSms(Sms):
    def is_ready(self, merchant):
        return True

    def send(self, alert):
        return Receipt()


# Small budgets, so that a story of a dozen happenings uses them up.
PACES = {"email": Pace(most_a_day=2), "sms": Pace(time(21), time(8), most_a_day=1)}
HERE = {"email": f"{__name__}.QuickEmail", "sms": f"{__name__}.QuickSms"}

risks = st.sampled_from([RiskState.AT_RISK, RiskState.RECOVERED, RiskState.LATE])
happenings = st.one_of(
    risks,
    st.sampled_from([Status.OUT_FOR_DELIVERY, Status.ATTEMPT_FAILED, Status.EXCEPTION, Status.IN_TRANSIT]),
    st.integers(0, 5).map(later_by),
)
waits = st.one_of(st.integers(0, 15), st.integers(15, 14 * 60)).map(lambda minutes: timedelta(minutes=minutes))
eventful = st.lists(st.tuples(st.integers(0, 1), waits, happenings), min_size=1, max_size=12)
# One promise doubted again and again, so slowly that nothing but the rule itself keeps it from being told each time.
half_days = st.integers(4, 14).map(lambda hours: timedelta(hours=hours))
wavering = st.lists(st.tuples(st.just(0), half_days, risks), min_size=4, max_size=12)
stories = st.one_of(eventful, wavering)


def happens(parcel, what, moment):
    """The changes that this makes; none where it is no news."""
    if isinstance(what, RiskState):
        return [] if parcel.risk == what else [risk(parcel, what, at=moment)]
    if isinstance(what, Status):
        changes = record(parcel, a_scan(what, at=moment), now=moment)
        return [change for change in changes if change.kind == ChangeKind.STATUS]
    return put_off(parcel, what, at=moment)


def live_through(story):
    """Two parcels of one order; workers look at what is due at each moment and until nothing is open."""
    order = an_order()
    parcels, moment = [a_parcel(order=order), a_parcel(order=order)], NOW
    for which, wait, what in story:
        moment = send_until(moment + wait, moment)
        for change in happens(parcels[which], what, moment):
            with time_machine.travel(moment, tick=False):
                planning.plan(change.pk, moment)
        send_at(moment)
    send_until(moment + timedelta(days=5), moment)
    assert not Alert.objects.filter(state__in=OPEN).exists()


def send_until(end, moment):
    while (due := Alert.objects.filter(due_at__lte=end).order_by("due_at").first()) is not None:
        moment = max(due.due_at, moment)
        send_at(moment)
    return end


def send_at(moment):
    with time_machine.travel(moment, tick=False):
        delivery.deliver_due()


class TestRestraint(TestCase):
    @settings(max_examples=20, deadline=None)
    @given(stories)
    def test_whatever_happens(self, story):
        Alert.objects.all().delete()
        with mock.patch.dict(CHANNELS, HERE), mock.patch.dict(DEFAULTS, PACES):
            live_through(story)
        sent = list(Alert.objects.filter(state=State.SENT).select_related("change").order_by("sent_at"))
        self.no_promise_is_told_of_twice(sent)
        for channel in ("email", "sms"):
            self.a_day_brings_no_more_than_its_budget([alert for alert in sent if alert.channel == channel])
            self.what_can_wait_waits_its_turn([alert for alert in sent if alert.channel == channel])
        self.only_what_is_out_for_delivery_breaks_the_quiet(sent)

    def no_promise_is_told_of_twice(self, sent):
        told = Counter(
            (alert.change.promise_id, alert.trigger, alert.channel, alert.address)
            for alert in sent
            if alert.trigger in OF_A_PROMISE
        )
        assert all(times == 1 for times in told.values()), told

    def a_day_brings_no_more_than_its_budget(self, sent):
        for place, alert in enumerate(sent):
            if not Trigger(alert.trigger).manners.breaks_budget:
                day = alert.sent_at.astimezone(HELSINKI).date()
                before = [one for one in sent[:place] if one.sent_at.astimezone(HELSINKI).date() == day]
                assert len(before) < PACES[alert.channel].most_a_day

    def what_can_wait_waits_its_turn(self, sent):
        for earlier, later in pairwise(sent):
            assert Trigger(later.trigger).manners.breaks_budget or later.sent_at - earlier.sent_at >= SPACING

    def only_what_is_out_for_delivery_breaks_the_quiet(self, sent):
        for alert in sent:
            if alert.channel == "sms" and alert.trigger != Trigger.OUT_FOR_DELIVERY:
                assert not PACES["sms"].is_quiet(alert.sent_at.astimezone(HELSINKI).time())

"""Messages that wait: for the morning, for their turn, for the end of a pause, for a later day."""

from datetime import time, timedelta

import pytest
import time_machine

from alerts import delivery, planning
from alerts.models import Alert, ChannelRule, Preference, TriggerRule
from alerts.states import Held, State, Why
from alerts.triggers import Trigger
from orders.models import Case, CaseKind, Consent, Purpose, Shipment
from orders.reasons import Reason
from orders.statuses import Status
from tests.alerts.stories import DAY, HOUR, NOW, a_parcel, later_by, news, put_off
from tests.builders import a_customer, a_merchant, an_order, utc

pytestmark = pytest.mark.django_db

# In Helsinki 22:00, and 8:00 on the next morning.
NIGHT, MORNING = utc(2026, 3, 2, 20), utc(2026, 3, 3, 6)
MINUTE = timedelta(minutes=1)


def plan(change):
    return planning.plan(change.pk, change.created_at)


def by(channel, trigger=None):
    rows = Alert.objects.filter(channel=channel, **({"trigger": trigger} if trigger else {}))
    return rows.latest("pk")


def at(moment):
    """Let workers look at what is due at this moment."""
    with time_machine.travel(moment):
        delivery.deliver_due()


def outcome(alert):
    alert.refresh_from_db()
    return alert.state, alert.reason


class TestQuietHours:
    def test_a_text_of_the_night_is_written_and_sent_in_the_morning(self, inbox):
        plan(news(a_parcel(), Status.DELIVERED, at=NIGHT))
        text = by("sms")
        assert (text.state, text.held, text.body_text) == (State.QUEUED, Held.QUIET_HOURS, "")
        assert MORNING <= text.due_at < MORNING + timedelta(minutes=45)
        at(text.due_at - MINUTE)
        assert inbox.phones.all() == []
        at(text.due_at)
        assert outcome(text) == (State.SENT, "")
        assert inbox.phones.all()[0].body == text.body_text != ""
        assert (text.attempts, text.held) == (1, Held.QUIET_HOURS)

    def test_an_e_mail_is_not_held_unless_the_shop_says_so(self):
        shipment = a_parcel()
        plan(news(shipment, Status.RETURNING, at=NIGHT))
        assert by("email").held == ""
        hours = {"quiet_from": time(22), "quiet_until": time(7)}
        ChannelRule.objects.create(merchant=shipment.merchant, channel="email", most_a_day=4, **hours)
        plan(news(shipment, Status.RETURNED, at=NIGHT + MINUTE))
        assert by("email").held == Held.QUIET_HOURS

    def test_the_shoppers_own_clock_counts_and_not_the_parcels(self):
        customer = a_customer(time_zone="America/New_York")
        plan(news(a_parcel(order=an_order(customer=customer)), Status.DELIVERED, at=NIGHT))
        assert by("sms").held == ""

    def test_out_for_delivery_today_may_wake_people_and_of_yesterday_may_not(self):
        plan(news(a_parcel(), Status.OUT_FOR_DELIVERY, at=NIGHT))
        assert by("sms").held == ""
        change = news(a_parcel(), Status.OUT_FOR_DELIVERY, at=NIGHT)
        planning.plan(change.pk, NIGHT + 6 * HOUR)
        assert by("sms").held == Held.QUIET_HOURS

    def test_what_newer_news_overtakes_in_the_night_is_not_sent_in_the_morning(self, inbox):
        shipment = a_parcel()
        plan(news(shipment, Status.ATTEMPT_FAILED, at=NIGHT))
        failed = by("sms")
        plan(news(shipment, Status.DELIVERED, at=NIGHT + HOUR))
        at(MORNING + HOUR)
        assert outcome(failed) == (State.SUPPRESSED, Why.OVERTAKEN)
        assert len(inbox.phones.all()) == 1

    def test_a_retry_does_not_wake_anybody_either_and_keeps_its_words(self, inbox):
        evening = NIGHT - HOUR - timedelta(seconds=5)
        plan(news(a_parcel(), Status.RETURNING, at=evening))
        text = by("sms")
        inbox.gateway.fault("500")
        at(evening)
        assert outcome(text)[0] == State.RETRY
        at(text.due_at)
        assert outcome(text)[0] == State.RETRY
        assert (text.held, text.attempts) == (Held.QUIET_HOURS, 1)
        assert text.due_at >= MORNING
        words = text.body_text
        at(text.due_at)
        assert outcome(text)[0] == State.SENT
        assert inbox.phones.all()[0].body == words != ""

    def test_a_channel_that_the_shop_switched_off_sends_nothing(self):
        shipment = a_parcel()
        hours = {"quiet_from": time(21), "quiet_until": time(8)}
        ChannelRule.objects.create(merchant=shipment.merchant, channel="sms", is_on=False, most_a_day=3, **hours)
        plan(news(shipment, Status.DELIVERED))
        assert outcome(by("sms")) == (State.SUPPRESSED, Why.SWITCHED_OFF)
        assert by("email").state == State.QUEUED


class TestBudget:
    def test_after_as_many_as_a_day_may_bring_the_next_is_told_tomorrow_or_never(self, inbox):
        shipment = a_parcel(order=an_order(customer=a_customer(phone="")))
        for hours in range(5):
            plan(put_off(shipment, later_by(hours), at=NOW + hours * HOUR)[0])
            at(NOW + hours * HOUR)
        assert len(inbox.mailbox.all()) == 4
        assert outcome(by("email")) == (State.SUPPRESSED, Why.ENOUGH_TODAY)
        plan(put_off(shipment, later_by(6), at=NOW + DAY)[0])
        at(NOW + DAY)
        assert outcome(by("email")) == (State.SENT, "")

    def test_what_cannot_wait_is_told_all_the_same(self, inbox):
        order = an_order(customer=a_customer(phone=""))
        shipment, other = a_parcel(order=order), a_parcel()
        ChannelRule.objects.create(
            merchant=shipment.merchant, channel="email", quiet_from=time(), quiet_until=time(), most_a_day=1
        )
        for parcel in (shipment, other):
            plan(put_off(parcel)[0])
        at(NOW)
        plan(news(shipment, Status.ATTEMPT_FAILED, at=NOW + HOUR, reason=Reason.RECIPIENT_ABSENT))
        at(NOW + HOUR)
        assert outcome(by("email", Trigger.ATTEMPT_FAILED)) == (State.SENT, "")
        assert len(inbox.mailbox.all()) == 3, "another order has a budget of its own"


class TestSpacing:
    def test_the_second_message_waits_ten_minutes_and_is_written_then(self, inbox):
        shipment = a_parcel()
        plan(put_off(shipment)[0])
        at(NOW)
        plan(news(shipment, Status.EXCEPTION, at=NOW + 2 * MINUTE, reason=Reason.SECURITY_HOLD))
        second = by("email", Trigger.EXCEPTION)
        assert (second.held, second.body_text) == (Held.SPACING, "")
        assert second.due_at - by("email", Trigger.PROMISE_REVISED).sent_at == 10 * MINUTE
        at(NOW + 9 * MINUTE)
        assert outcome(second)[0] == State.QUEUED
        at(second.due_at)
        assert outcome(second) == (State.SENT, "")

    def test_a_backlog_that_is_scanned_in_a_minute_becomes_two_messages(self, inbox):
        shipment = a_parcel(order=an_order(customer=a_customer(phone="")))
        for seconds, window in enumerate([later_by(days) for days in range(6)]):
            moment = NOW + timedelta(seconds=seconds)
            plan(put_off(shipment, window, at=moment)[0])
            at(moment)
        for minutes in range(0, 60, 5):
            at(NOW + minutes * MINUTE)
        assert len(inbox.mailbox.all()) == 2
        assert by("email").state == State.SENT
        overtaken = Alert.objects.filter(channel="email", state=State.SUPPRESSED, reason=Why.OVERTAKEN)
        assert overtaken.count() == 4

    def test_what_cannot_wait_does_not(self):
        shipment = a_parcel()
        plan(put_off(shipment)[0])
        Alert.objects.update(state=State.SENT, due_at=None, sent_at=NOW)
        plan(news(shipment, Status.ATTEMPT_FAILED, at=NOW + MINUTE))
        assert by("email", Trigger.ATTEMPT_FAILED).held == ""


class TestChoices:
    def test_a_kind_that_the_shopper_does_not_want_is_not_sent_and_another_is(self):
        shipment = a_parcel()
        customer = shipment.order.customer
        Preference.objects.create(merchant=customer.merchant, customer=customer, unwanted=["steps"])
        plan(news(shipment, Status.OUT_FOR_DELIVERY))
        assert outcome(by("email")) == (State.SUPPRESSED, Why.UNWANTED)
        plan(news(shipment, Status.ATTEMPT_FAILED, at=NOW + HOUR))
        assert by("email").state == State.QUEUED

    def test_a_pause_holds_everything_until_it_ends_and_old_news_is_not_told_then(self, inbox):
        shipment = a_parcel()
        customer = shipment.order.customer
        choice = Preference.objects.create(merchant=customer.merchant, customer=customer, paused_until=NOW + DAY)
        plan(news(shipment, Status.ATTEMPT_FAILED))
        alert = by("email")
        assert (alert.held, alert.due_at) == (Held.PAUSED, NOW + DAY)
        at(NOW + DAY)
        assert outcome(alert) == (State.SENT, "")
        choice.paused_until = NOW + 9 * DAY
        choice.save()
        plan(news(shipment, Status.OUT_FOR_DELIVERY, at=NOW + 2 * DAY))
        at(NOW + 9 * DAY)
        assert outcome(by("email")) == (State.SUPPRESSED, Why.OLD_NEWS)

    def test_the_shops_manners_are_kept(self):
        shop = a_merchant()
        rule = TriggerRule.objects.create(merchant=shop, trigger=Trigger.DELIVERED, is_on=False)
        plan(news(a_parcel(order=an_order(shop)), Status.DELIVERED))
        assert outcome(by("email")) == (State.SUPPRESSED, Why.SWITCHED_OFF)
        rule.is_on, rule.channels, rule.countries = True, ["email"], ["SE"]
        rule.save()
        plan(news(a_parcel(order=an_order(shop)), Status.DELIVERED, at=NOW + HOUR))
        assert outcome(by("email")) == (State.SUPPRESSED, Why.NOT_FOR_THIS)
        assert Alert.objects.filter(channel="sms").count() == 1, "only of the first"
        rule.countries, rule.on_since = [], NOW + 3000 * DAY
        rule.save()
        plan(news(a_parcel(order=an_order(shop)), Status.DELIVERED, at=NOW + 2 * HOUR))
        assert outcome(by("email")) == (State.SUPPRESSED, Why.BEFORE_SWITCH)


class TestFollowUps:
    @pytest.fixture
    def parcel(self):
        """Its shop asks how it was, and its shopper agreed to be asked."""
        customer = a_customer(phone="")
        shipment = a_parcel(order=an_order(customer=customer))
        TriggerRule.objects.create(merchant=customer.merchant, trigger=Trigger.FEEDBACK, is_on=True, after_days=5)
        Consent.objects.create(
            merchant=customer.merchant, customer=customer, channel="email", purpose=Purpose.AFTERCARE
        )
        plan(news(shipment, Status.DELIVERED))
        Alert.objects.filter(trigger=Trigger.DELIVERED).update(state=State.SENT, due_at=None, sent_at=NOW)
        return shipment

    def test_tomorrow_is_not_said_when_a_pause_has_made_it_today(self, inbox):
        shipment = a_parcel(order=an_order(customer=a_customer(phone="")))
        customer = shipment.order.customer
        TriggerRule.objects.create(merchant=customer.merchant, trigger=Trigger.ARRIVING_TOMORROW, is_on=True)
        plan(put_off(shipment)[0])
        Alert.objects.filter(trigger=Trigger.PROMISE_REVISED).update(state=State.SENT, due_at=None, sent_at=NOW)
        alert, arrives = by("email", Trigger.ARRIVING_TOMORROW), utc(2026, 3, 8, 22)
        Preference.objects.create(merchant=customer.merchant, customer=customer, paused_until=arrives)
        at(alert.due_at)
        assert outcome(alert)[0] == State.QUEUED
        at(arrives)
        assert outcome(alert) == (State.SUPPRESSED, Why.OVERTAKEN)

    def test_what_follows_is_queued_for_its_day_and_sent_then(self, parcel, inbox):
        alert = by("email", Trigger.FEEDBACK)
        assert (alert.state, alert.held, alert.body_text) == (State.QUEUED, Held.LATER, "")
        assert alert.due_at - NOW > 4 * DAY
        at(alert.due_at)
        assert outcome(alert) == (State.SENT, "")

    def test_nobody_is_asked_how_it_was_while_a_case_is_open(self, parcel, inbox):
        Case.objects.create(merchant=parcel.merchant, order=parcel.order, kind=CaseKind.DAMAGED)
        alert = by("email", Trigger.FEEDBACK)
        at(alert.due_at)
        assert outcome(alert) == (State.SUPPRESSED, Why.IN_TROUBLE)

    def test_nobody_is_asked_while_another_parcel_is_in_trouble(self, parcel, inbox):
        other = a_parcel(order=parcel.order)
        Shipment.objects.filter(pk=other.pk).update(status=Status.EXCEPTION)
        alert = by("email", Trigger.FEEDBACK)
        at(alert.due_at)
        assert outcome(alert) == (State.SUPPRESSED, Why.IN_TROUBLE)

    def test_a_consent_that_is_withdrawn_meanwhile_counts(self, parcel, inbox):
        parcel.order.customer.consents.update(withdrawn_at=NOW)
        alert = by("email", Trigger.FEEDBACK)
        at(alert.due_at)
        assert outcome(alert) == (State.SUPPRESSED, Why.NO_CONSENT)

    def test_one_that_is_forgotten_for_days_is_not_sent_any_more(self, parcel, inbox):
        alert = by("email", Trigger.FEEDBACK)
        at(alert.due_at + 4 * DAY)
        assert outcome(alert) == (State.SUPPRESSED, Why.OLD_NEWS)

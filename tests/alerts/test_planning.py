from datetime import date, timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from alerts import planning, writing
from alerts.background import Background
from alerts.consent import suppress
from alerts.judgement import WHEN_SENT, judge
from alerts.models import Alert, Suppressed
from alerts.states import State, Why
from alerts.triggers import Trigger
from orders.models import Customer, Notice, StatusChange
from orders.reasons import Reason
from orders.services.corrections import correct_carrier
from orders.services.record_events import reassess
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.alerts.stories import DAY, HOUR, NOW, PUT_OFF, TOO_FAR, a_parcel, news, put_off, risk
from tests.builders import a_customer, a_merchant, a_scan, a_shipment, an_order, record

pytestmark = pytest.mark.django_db


def plan(change, now=None):
    return [alert.pk for alert in planning.plan(change.pk, now or change.created_at)]


def judged_again(alert, now):
    """What would be decided if it were sent at this moment."""
    background = Background(alert.order, now)
    return judge(WHEN_SENT, background.news_of(alert), background.reader_of(alert), now)


def told(shipment, channel="email"):
    """What was decided by this channel, oldest first: (trigger, why not) or (trigger, "")."""
    rows = Alert.objects.filter(shipment=shipment, channel=channel).order_by("id")
    return [(Trigger(alert.trigger), alert.reason) for alert in rows]


class TestACorrectedCarrier:
    """The wrong carrier's news has been told; the right one's is told where it is news."""

    def corrected(self, shipment, at, carrier="ups"):
        correct_carrier(shipment.pk, carrier, by="maija", now=at)
        shipment.refresh_from_db()

    def test_the_correction_itself_is_not_told(self):
        shipment = a_parcel()
        plan(news(shipment, Status.DELIVERED))
        self.corrected(shipment, NOW + HOUR)
        assert planning.plan_forgotten(NOW + DAY) == []
        assert told(shipment) == [(Trigger.DELIVERED, "")]

    def test_what_waits_to_be_sent_is_not_true_any_more(self):
        shipment = a_parcel()
        plan(news(shipment, Status.DELIVERED))
        self.corrected(shipment, NOW + HOUR)
        alert = Alert.objects.get(shipment=shipment, channel="email")
        assert judged_again(alert, NOW + HOUR) is Why.OVERTAKEN

    def test_the_same_delivery_told_by_both_is_told_once_another_one_again(self):
        shipment = a_parcel()
        plan(news(shipment, Status.DELIVERED, at=NOW))
        self.corrected(shipment, NOW + HOUR)
        same = record(shipment, a_scan(Status.DELIVERED, at=NOW - HOUR), now=NOW + 2 * HOUR)
        plan(same[0])
        self.corrected(shipment, NOW + 4 * HOUR, "fedex")
        plan(news(shipment, Status.DELIVERED, at=NOW + 5 * HOUR))
        assert told(shipment) == [
            (Trigger.DELIVERED, ""),
            (Trigger.DELIVERED, Why.TOLD_BEFORE),
            (Trigger.DELIVERED, ""),
        ]

    def test_it_is_not_shipped_twice(self):
        shipment = a_shipment(window=PUT_OFF, now=NOW - DAY)
        plan(news(shipment, Status.IN_TRANSIT))
        self.corrected(shipment, NOW + HOUR)
        plan(news(shipment, Status.IN_TRANSIT, at=NOW + 2 * HOUR))
        assert told(shipment) == [(Trigger.SHIPPED, ""), (Trigger.SHIPPED, Why.TOLD_BEFORE)]

    def test_a_problem_of_another_parcel_does_not_hide_this_ones(self):
        shipment = a_parcel()
        plan(news(shipment, Status.EXCEPTION, reason=Reason.ADDRESS_INCORRECT))
        self.corrected(shipment, NOW + HOUR)
        plan(news(shipment, Status.EXCEPTION, at=NOW + 2 * HOUR, reason=Reason.ADDRESS_INCORRECT))
        assert told(shipment)[:2] == [(Trigger.ADDRESS_PROBLEM, ""), (Trigger.ADDRESS_PROBLEM, "")]

    def test_late_is_said_once_of_the_same_promise(self):
        shipment = a_parcel()
        put_off(shipment, window=PromisedWindow(date(2026, 3, 4), date(2026, 3, 5)))
        StatusChange.objects.filter(shipment=shipment).update(planned_at=NOW)
        late = NOW + 4 * DAY
        (change,) = reassess(shipment.pk, late)
        plan(change)
        self.corrected(shipment, late + HOUR)
        (change,) = [change for change in reassess(shipment.pk, late + 3 * HOUR) if change.kind == "risk"]
        plan(change)
        assert told(shipment) == [(Trigger.LATE, ""), (Trigger.LATE, Why.TOLD_BEFORE)]


class TestPlan:
    def test_news_becomes_one_queued_message_by_each_channel_in_the_shoppers_language(self):
        customer = a_customer(email="Aino@Shopper.example", phone="+358401234567", language="fi")
        shipment = a_parcel(order=an_order(customer=customer))
        change = news(shipment, Status.OUT_FOR_DELIVERY)

        ids = plan(change)

        email, sms = Alert.objects.filter(pk__in=ids).order_by("channel")
        assert (email.channel, email.address) == ("email", "aino@shopper.example")
        assert (sms.channel, sms.address) == ("sms", "+358401234567")
        assert {email.language, sms.language} == {"fi"}
        assert {email.state, sms.state} == {State.QUEUED}
        assert {email.due_at, sms.due_at} == {NOW}
        assert email.subject
        assert shipment.token in sms.body_text
        change.refresh_from_db()
        assert change.planned_at == NOW

    def test_planning_twice_gives_one_message(self):
        change = news(a_parcel(), Status.OUT_FOR_DELIVERY)
        assert len(plan(change)) == 2
        assert plan(change) == []
        assert Alert.objects.filter(change=change).count() == 2

    def test_a_change_that_is_no_message_is_planned_and_gives_none(self):
        shipment = a_parcel()
        change = news(shipment, Status.IN_TRANSIT, reason=Reason.MISSORTED)
        assert plan(change) == []
        change.refresh_from_db()
        assert change.planned_at
        assert told(shipment) == []

    def test_what_is_not_sent_is_a_row_that_says_why(self):
        customer = a_customer(agreed_to=[])
        shipment = a_parcel(order=an_order(customer=customer))
        plan(news(shipment, Status.OUT_FOR_DELIVERY))
        sms = Alert.objects.get(shipment=shipment, channel="sms")
        assert (sms.state, sms.reason, sms.due_at) == (State.SUPPRESSED, Why.NO_CONSENT, None)
        assert sms.get_reason_display() == "The shopper has not agreed to such messages."

    def test_a_shopper_without_an_address_is_a_row_that_says_so(self):
        customer = a_customer(email="")
        shipment = a_parcel(order=an_order(customer=customer))
        plan(news(shipment, Status.OUT_FOR_DELIVERY))
        assert told(shipment) == [(Trigger.OUT_FOR_DELIVERY, Why.NO_ADDRESS)]
        assert told(shipment, "sms") == [(Trigger.OUT_FOR_DELIVERY, "")]

    def test_an_unsubscribed_address_gets_nothing_from_this_shop_and_still_hears_from_another(self):
        ours, theirs = a_parcel(order=an_order(a_merchant("Nordlicht"))), a_parcel(order=an_order(a_merchant("Fjord")))
        Customer.objects.filter(orders__shipments=theirs).update(email=ours.order.customer.email)
        suppress(ours.merchant, "email", ours.order.customer.email.upper(), Suppressed.UNSUBSCRIBED)
        for shipment in (ours, theirs):
            plan(news(shipment, Status.OUT_FOR_DELIVERY))
        assert told(ours) == [(Trigger.OUT_FOR_DELIVERY, Why.UNSUBSCRIBED)]
        assert told(theirs) == [(Trigger.OUT_FOR_DELIVERY, "")]

    def test_a_shop_without_a_number_to_text_from_sends_e_mail_only(self):
        shipment = a_parcel(order=an_order(a_merchant(sms_from="")))
        plan(news(shipment, Status.OUT_FOR_DELIVERY))
        assert told(shipment, "sms") == [(Trigger.OUT_FOR_DELIVERY, Why.NOT_SET_UP)]
        assert told(shipment) == [(Trigger.OUT_FOR_DELIVERY, "")]

    def test_words_that_cannot_be_written_are_a_failed_message_and_a_notice(self, monkeypatch):
        def broken(alert):
            raise KeyError("days")

        monkeypatch.setattr(writing, "write", broken)
        shipment = a_parcel()
        assert plan(news(shipment, Status.OUT_FOR_DELIVERY)) == []
        alert = Alert.objects.get(shipment=shipment, channel="email")
        assert (alert.state, alert.reason, alert.error) == (State.FAILED, Why.UNWRITTEN, "'days'")
        assert Notice.objects.get(merchant=shipment.merchant).subject == "Its text could not be written."


class TestOldNews:
    def test_what_happened_days_ago_is_not_told(self):
        shipment = a_parcel()
        change = news(shipment, Status.OUT_FOR_DELIVERY, at=NOW)
        plan(change, now=NOW + 4 * DAY)
        assert told(shipment) == [(Trigger.OUT_FOR_DELIVERY, Why.OLD_NEWS)]

    def test_an_order_imported_after_its_delivery_is_not_announced(self):
        shipment = a_shipment(now=NOW)
        changes = record(shipment, a_scan(Status.DELIVERED, at=NOW - 30 * DAY), now=NOW)
        plan(changes[0])
        assert told(shipment) == [(Trigger.DELIVERED, Why.OLD_NEWS)]

    def test_a_parcel_that_stood_still_for_days_before_it_was_first_looked_up_is_not_announced(self):
        shipment = a_shipment(promised=False, now=NOW)
        shipped = news(shipment, Status.IN_TRANSIT, at=NOW - 5 * DAY)
        StatusChange.objects.filter(pk=shipped.pk).update(created_at=NOW)
        plan(risk(shipment, "at_risk", at=NOW))
        assert told(shipment) == [(Trigger.AT_RISK, Why.BACKFILL), (Trigger.SHIPPED, Why.OLD_NEWS)]

    def test_a_parcel_that_stands_still_is_told_of_where_it_had_been_heard_of_before(self):
        shipment = a_parcel()
        plan(risk(shipment, "at_risk", at=NOW + 3 * DAY))
        assert told(shipment) == [(Trigger.AT_RISK, "")]

    def test_a_promise_that_passed_long_before_the_import_is_not_told_as_late(self):
        window = PromisedWindow(date(2026, 2, 20), date(2026, 2, 20), zone="Europe/Helsinki")
        shipment = a_shipment(window=window, now=NOW)
        reassess(shipment.pk, NOW + timedelta(hours=2))
        late = StatusChange.objects.get(shipment=shipment, new="late")
        plan(late)
        assert told(shipment) == [(Trigger.LATE, Why.OLD_NEWS)]


class TestOneMessageForOnePieceOfNews:
    def test_a_new_day_and_the_risk_it_brings_are_one_message(self):
        shipment = a_parcel()
        revised = put_off(shipment)[0]
        endangered = risk(shipment, "at_risk", at=NOW)
        for change in (endangered, revised):
            plan(change)
        assert told(shipment) == [(Trigger.PROMISE_REVISED, ""), (Trigger.AT_RISK, Why.SAME_NEWS)]
        assert told(shipment, "sms") == [(Trigger.PROMISE_REVISED, ""), (Trigger.AT_RISK, Why.SAME_NEWS)]

    def test_a_delivery_that_comes_late_is_told_as_a_delivery_only(self):
        shipment = a_parcel()
        changes = record(shipment, a_scan(Status.DELIVERED, at=NOW + 6 * DAY), now=NOW + 6 * DAY)
        assert {change.new for change in changes} == {"delivered", "late"}
        plan(changes[1])
        assert told(shipment) == [(Trigger.DELIVERED, ""), (Trigger.LATE, Why.OVERTAKEN)]

    def test_a_delay_that_endangers_the_promise_is_told_as_the_danger(self):
        shipment = a_parcel()
        held_up = news(shipment, Status.EXCEPTION, at=NOW, reason=Reason.MISSORTED)
        risk(shipment, "at_risk", at=NOW)
        plan(held_up)
        assert told(shipment) == [(Trigger.EXCEPTION, Why.ONLY_A_DELAY), (Trigger.AT_RISK, "")]


class TestOncePerPromise:
    def test_a_risk_that_comes_and_goes_is_told_once(self):
        shipment = a_parcel()
        plan(risk(shipment, "at_risk", at=TOO_FAR))
        Alert.objects.update(state=State.SENT, due_at=None)
        risk(shipment, "recovered", at=TOO_FAR + HOUR)
        plan(risk(shipment, "at_risk", at=TOO_FAR + 2 * HOUR))
        assert told(shipment) == [(Trigger.AT_RISK, ""), (Trigger.AT_RISK, Why.TOLD_BEFORE)]

    def test_a_day_that_swings_back_and_forth_is_told_once(self):
        shipment = a_parcel()
        sooner = PromisedWindow(date(2026, 3, 6), date(2026, 3, 6), zone="Europe/Helsinki")
        for hours, window in enumerate((PUT_OFF, sooner, PUT_OFF)):
            changes = put_off(shipment, window, at=NOW + hours * HOUR)
            plan(changes[0])
            Alert.objects.filter(state=State.QUEUED).update(state=State.SENT, due_at=None)
        assert told(shipment) == [(Trigger.PROMISE_REVISED, ""), (Trigger.PROMISE_REVISED, Why.TOLD_BEFORE)]

    def test_a_new_day_that_was_never_told_does_not_count_as_known(self):
        shipment = a_parcel()
        changes = put_off(shipment)
        plan(changes[0])
        Alert.objects.update(state=State.FAILED, reason=Why.UNAVAILABLE, due_at=None)
        sooner = PromisedWindow(date(2026, 3, 6), date(2026, 3, 6), zone="Europe/Helsinki")
        later = PromisedWindow(date(2026, 3, 7), date(2026, 3, 7), zone="Europe/Helsinki")
        for hours, window in enumerate((sooner, later), start=1):
            plan(put_off(shipment, window, at=NOW + hours * HOUR)[0])
        assert told(shipment)[-1] == (Trigger.PROMISE_REVISED, "")

    def test_all_well_again_is_told_where_the_warning_went_and_nowhere_else(self):
        shipment = a_parcel()
        plan(risk(shipment, "at_risk", at=TOO_FAR))
        Alert.objects.filter(channel="email").update(state=State.SENT, due_at=None)
        Alert.objects.filter(channel="sms").update(state=State.FAILED, reason=Why.ADDRESS_REFUSED, due_at=None)
        plan(risk(shipment, "recovered", at=TOO_FAR + HOUR))
        assert told(shipment)[-1] == (Trigger.RECOVERED, "")
        assert told(shipment, "sms")[-1] == (Trigger.RECOVERED, Why.NEVER_WARNED)

    def test_a_warning_that_never_left_needs_no_all_clear_and_does_not_leave_any_more(self):
        shipment = a_parcel()
        (email,) = plan(risk(shipment, "at_risk", at=TOO_FAR))
        plan(risk(shipment, "recovered", at=TOO_FAR + HOUR))
        assert told(shipment)[-1] == (Trigger.RECOVERED, Why.NEVER_WARNED)
        assert judged_again(Alert.objects.get(pk=email), TOO_FAR + HOUR) is Why.OVERTAKEN


class TestForgottenChanges:
    def test_a_change_that_nobody_was_woken_for_is_planned_by_the_sweep(self):
        shipment = a_parcel()
        news(shipment, Status.OUT_FOR_DELIVERY, at=NOW)
        assert planning.plan_forgotten(NOW + timedelta(seconds=1)) == []
        assert len(planning.plan_forgotten(NOW + timedelta(seconds=6))) == 2

    def test_a_change_that_cannot_be_planned_is_set_aside_with_a_notice_and_its_neighbour_is_planned(self, monkeypatch):
        broken, well = a_parcel(), a_parcel()
        for shipment in (broken, well):
            news(shipment, Status.OUT_FOR_DELIVERY, at=NOW)
        news_of = Background.news_of

        def fails_for_one(background, alert):
            if alert.shipment_id == broken.pk:
                raise RuntimeError("a mistake of ours")
            return news_of(background, alert)

        monkeypatch.setattr(Background, "news_of", fails_for_one)
        planning.plan_forgotten(NOW + HOUR)
        assert told(broken) == []
        assert told(well) == [(Trigger.OUT_FOR_DELIVERY, "")]
        notice = Notice.objects.get(merchant=broken.merchant)
        assert "RuntimeError('a mistake of ours')" in notice.detail
        assert not StatusChange.objects.filter(planned_at=None).exists()

    def test_a_change_that_was_erased_meanwhile_does_not_stop_its_neighbour(self):
        gone, stays = news(a_parcel(), Status.OUT_FOR_DELIVERY), news(a_parcel(), Status.OUT_FOR_DELIVERY)
        gone_id = gone.pk
        gone.delete()
        assert len(planning.plan_all([gone_id, stays.pk], NOW)) == 2

    def test_a_database_that_is_busy_leaves_the_change_for_the_next_sweep(self, monkeypatch):
        shipment = a_parcel()
        news(shipment, Status.OUT_FOR_DELIVERY, at=NOW)

        def busy(background, alert):
            raise OperationalError("database is locked")

        with monkeypatch.context() as patched:
            patched.setattr(Background, "news_of", busy)
            assert planning.plan_forgotten(NOW + HOUR) == []
        assert Notice.objects.count() == 0
        assert len(planning.plan_forgotten(NOW + HOUR)) == 2


def test_planning_takes_as_many_queries_for_an_old_order_as_for_a_new_one(django_assert_max_num_queries):
    shipment = a_parcel()
    for days in range(5):
        plan(news(shipment, Status.OUT_FOR_DELIVERY, at=NOW + days * DAY))
        plan(news(shipment, Status.ATTEMPT_FAILED, at=NOW + days * DAY + HOUR))
    change = news(shipment, Status.OUT_FOR_DELIVERY, at=timezone.now())
    with django_assert_max_num_queries(30):
        plan(change)

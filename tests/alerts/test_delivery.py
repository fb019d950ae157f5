from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from alerts import delivery
from alerts.channels import CHANNELS
from alerts.channels.base import Channel, ChannelError, Kind, Receipt
from alerts.channels.email import Email
from alerts.consent import suppress
from alerts.models import Alert, Suppressed, Suppression
from alerts.quiet import DEFAULTS, Pace
from alerts.services import send_test
from alerts.states import State, Why
from orders.models import Notice, Shipment
from orders.statuses import Status
from tests.alerts.conftest import mailers
from tests.alerts.stories import DAY, HOUR, NOW, a_parcel, an_alert, news
from tests.builders import a_customer, an_order

pytestmark = pytest.mark.django_db


def deliver(alert, now=NOW):
    delivery.deliver(alert.pk, now)
    alert.refresh_from_db()
    return alert


def to(email, **kw):
    return an_alert(a_parcel(order=an_order(customer=a_customer(email=email))), **kw)


class TestDeliver:
    def test_an_e_mail_is_sent_as_it_was_written(self, inbox):
        alert = deliver(an_alert())
        (mail,) = inbox.mailbox.all()
        assert mail.recipients == (alert.address,)
        assert mail.subject == alert.subject
        assert mail.text.splitlines() == alert.body_text.splitlines()
        assert mail.html.splitlines() == alert.body_html.splitlines()
        assert (alert.state, alert.reason, alert.due_at, alert.attempts) == (State.SENT, "", None, 1)
        assert alert.sent_at

    def test_a_text_is_sent_and_keeps_the_providers_number(self, inbox):
        alert = deliver(an_alert(channel="sms"))
        (text,) = inbox.phones.all()
        assert (text.to, text.body) == (alert.address, alert.body_text)
        assert (alert.state, alert.provider_id) == (State.SENT, text.sid)

    def test_a_message_is_sent_once_however_often_a_worker_is_woken(self, inbox):
        alert = an_alert()
        for _ in range(3):
            deliver(alert)
        assert delivery.deliver_due(now=NOW + HOUR) == 0
        assert len(inbox.mailbox.all()) == 1

    def test_a_message_that_is_not_due_waits(self, inbox):
        alert = an_alert(due_at=NOW + HOUR)
        assert deliver(alert, NOW).state == State.QUEUED
        assert deliver(alert, NOW + HOUR).state == State.SENT

    def test_the_most_overdue_goes_first_and_no_more_than_asked_for(self, inbox):
        late, later = an_alert(due_at=NOW), an_alert(due_at=NOW - HOUR)
        assert delivery.deliver_due(limit=1, now=NOW) == 1
        late.refresh_from_db()
        later.refresh_from_db()
        assert (later.state, late.state) == (State.SENT, State.QUEUED)


class TestJudgedAgain:
    def test_unsubscribing_wins_against_a_message_that_is_queued(self, inbox):
        alert = an_alert()
        suppress(alert.merchant, "email", alert.address, Suppressed.UNSUBSCRIBED)
        deliver(alert)
        assert (alert.state, alert.reason, alert.due_at) == (State.SUPPRESSED, Why.UNSUBSCRIBED, None)
        assert inbox.mailbox.all() == []

    def test_who_looked_at_the_page_meanwhile_is_not_told_that_it_is_out_for_delivery(self, inbox):
        alert = an_alert()
        Shipment.objects.update(seen_at=NOW + timedelta(minutes=1))
        assert deliver(alert, NOW + HOUR).reason == Why.SEEN

    def test_news_that_newer_news_made_untrue_is_not_sent(self, inbox):
        alert = an_alert()
        news(alert.shipment, Status.DELIVERED, at=NOW + HOUR)
        assert deliver(alert, NOW + 2 * HOUR).reason == Why.OVERTAKEN

    def test_a_failed_attempt_is_told_although_the_parcel_moved_on(self, inbox):
        alert = an_alert()
        failed = news(alert.shipment, Status.ATTEMPT_FAILED, at=NOW + HOUR)
        Alert.objects.filter(pk=alert.pk).update(change=failed, trigger="attempt_failed")
        news(alert.shipment, Status.IN_TRANSIT, at=NOW + 2 * HOUR)
        assert deliver(alert, NOW + 3 * HOUR).state == State.SENT

    def test_consent_that_was_withdrawn_counts(self, inbox):
        alert = an_alert(channel="sms")
        alert.customer.consents.all().delete()
        alert.customer.save()
        assert deliver(alert).reason == Why.NO_CONSENT

    def test_what_has_been_retried_for_days_is_old_news(self, inbox):
        assert deliver(an_alert(), NOW + 4 * DAY).reason == Why.OLD_NEWS


class TestFailures:
    def test_a_mailbox_that_does_not_exist_fails_for_good(self, inbox):
        alert = deliver(to("nobody@shopper.example"))
        assert (alert.state, alert.reason, alert.due_at) == (State.FAILED, Why.ADDRESS_REFUSED, None)
        assert "550 5.1.1 There is no such mailbox" in alert.error
        assert Notice.objects.count() == 0, "one wrong address is not the merchant's trouble"

    def test_a_mailbox_that_is_busy_is_tried_again_soon(self, inbox):
        alert = deliver(to("later@shopper.example"))
        assert (alert.state, alert.attempts) == (State.RETRY, 1)
        assert timedelta(seconds=8) <= alert.due_at - NOW <= timedelta(seconds=12)
        assert "451 4.3.0" in alert.error

    def test_waits_grow_and_the_eighth_failure_is_the_last(self, inbox):
        alert = to("later@shopper.example")
        now, waits = NOW, []
        while alert.state in (State.QUEUED, State.RETRY):
            deliver(alert, now)
            if alert.due_at:
                waits.append(alert.due_at - now)
                now = alert.due_at
        assert alert.attempts == 8
        assert waits == sorted(waits)
        assert len(waits) == 7
        assert timedelta(hours=4.8) <= waits[-1] <= timedelta(hours=7.2)
        assert (alert.state, alert.reason) == (State.FAILED, Why.ADDRESS_REFUSED)

    def test_a_mail_server_that_is_down_is_tried_again_and_in_the_end_told_to_the_merchant(self, settings, free_port):
        settings.MAILERS = mailers(free_port)
        alert = deliver(an_alert())
        assert (alert.state, alert.reason) == (State.RETRY, Why.UNAVAILABLE)
        assert "cannot be reached" in alert.error
        Alert.objects.update(attempts=7, due_at=NOW)
        assert deliver(alert).state == State.FAILED
        notice = Notice.objects.get(merchant=alert.merchant)
        assert notice.subject == "E-mail: The provider could not be reached for too long."

    def test_a_retry_sends_the_same_words_under_the_same_message_id(self, inbox, monkeypatch):
        alert = an_alert()
        send, falls_silent = Email.send, iter([True, False])

        def send_and_hear_nothing(self, alert):
            receipt = send(self, alert)
            if next(falls_silent):
                raise ChannelError("It fell silent.", Kind.UNSURE, why=Why.NO_ANSWER)
            return receipt

        monkeypatch.setattr(Email, "send", send_and_hear_nothing)
        deliver(alert)
        assert alert.state == State.RETRY
        # Meanwhile the merchant takes another name: what was written stays written.
        alert.merchant.name = "Südlicht"
        alert.merchant.save()
        deliver(alert, alert.due_at)
        first, second = inbox.mailbox.all()
        assert first.message["Message-ID"] == second.message["Message-ID"] == f"<{alert.uuid.hex}@127.0.0.1>"
        assert (first.subject, first.text, first.html) == (second.subject, second.text, second.html)

    def test_a_text_without_an_answer_is_unsure_and_never_sent_again(self, inbox, monkeypatch):
        monkeypatch.setattr("alerts.channels.sms.base.TIMEOUT", (1, 0.3))
        inbox.gateway.fault("timeout", seconds=1)
        alert = deliver(an_alert(channel="sms"))
        assert (alert.state, alert.reason, alert.due_at) == (State.UNSURE, Why.NO_ANSWER, None)
        delivery.reap(NOW + DAY)
        assert delivery.deliver_due(now=NOW + DAY) == 0
        assert len(inbox.phones.all()) == 1, "it had arrived after all"

    def test_a_provider_that_is_busy_is_given_the_time_it_asks_for(self, inbox):
        inbox.gateway.fault("429", seconds=90)
        alert = deliver(an_alert(channel="sms"))
        assert (alert.state, alert.due_at) == (State.RETRY, NOW + timedelta(seconds=90))

    def test_a_provider_with_a_fault_is_tried_again(self, inbox):
        inbox.gateway.fault("500")
        alert = deliver(an_alert(channel="sms"))
        assert alert.state == State.RETRY
        assert deliver(alert, alert.due_at).state == State.SENT
        assert (alert.reason, alert.error) == ("", "")

    def test_a_number_that_cannot_be_texted_fails_for_good(self, inbox):
        alert = deliver(an_alert(channel="sms", address="+15005550009"))
        assert (alert.state, alert.reason) == (State.FAILED, Why.ADDRESS_REFUSED)
        assert "code 21614" in alert.error

    def test_a_number_that_unsubscribed_at_the_provider_is_remembered(self, inbox):
        alert = deliver(an_alert(channel="sms", address="+15005550004"))
        assert (alert.state, alert.reason) == (State.FAILED, Why.UNSUBSCRIBED)
        suppression = Suppression.objects.get(merchant=alert.merchant, channel="sms")
        assert (suppression.address, suppression.reason) == ("+15005550004", Suppressed.BY_PROVIDER)

    def test_an_account_that_is_refused_is_told_to_the_merchant(self, inbox, settings):
        settings.TWILIO_AUTH_TOKEN = "refused"
        alert = deliver(an_alert(channel="sms"))
        assert (alert.state, alert.reason) == (State.FAILED, Why.ACCOUNT_REFUSED)
        notice = Notice.objects.get(merchant=alert.merchant)
        assert notice.subject == "Text message: The provider refused the account or sender."
        assert "code 20003" in notice.detail


class TestReap:
    def test_an_e_mail_of_a_worker_that_died_is_sent_again(self, inbox):
        alert = an_alert(state=State.SENDING, due_at=NOW, attempts=1)
        delivery.reap(NOW)
        assert deliver(alert).state == State.SENT
        assert alert.attempts == 2

    def test_a_text_of_a_worker_that_died_is_unsure(self, inbox):
        alert = an_alert(channel="sms", state=State.SENDING, due_at=NOW, attempts=1)
        delivery.reap(NOW)
        deliver(alert)
        assert (alert.state, alert.reason, alert.due_at) == (State.UNSURE, Why.WORKER_LOST, None)
        assert inbox.phones.all() == []

    def test_a_worker_that_is_still_within_its_lease_is_left_alone(self):
        alert = an_alert(state=State.SENDING, due_at=NOW + HOUR, attempts=1)
        delivery.reap(NOW)
        alert.refresh_from_db()
        assert alert.state == State.SENDING

    def test_a_message_that_kills_its_worker_each_time_is_given_up(self):
        alert = an_alert(state=State.SENDING, due_at=NOW, attempts=8)
        delivery.reap(NOW)
        alert.refresh_from_db()
        assert (alert.state, alert.reason) == (State.FAILED, Why.WORKER_LOST)


class Probe(Channel):
    """A channel that calls back while it sends."""

    key, name, is_repeatable = "probe", "Probe", True
    while_sending = staticmethod(lambda alert: None)

    def is_ready(self, merchant):
        return True

    def send(self, alert):
        Probe.while_sending(alert)
        return Receipt("probe-1")


@pytest.fixture
def probe(monkeypatch):
    monkeypatch.setitem(CHANNELS, "probe", f"{__name__}.Probe")
    monkeypatch.setitem(DEFAULTS, "probe", Pace(most_a_day=3))

    def during(action):
        monkeypatch.setattr(Probe, "while_sending", staticmethod(action))

    return during


class TestTheClaimAndTheOutcome:
    @pytest.mark.django_db(transaction=True)
    def test_nothing_is_sent_within_a_transaction_and_the_claim_is_committed_before(self, probe):
        seen = []
        probe(lambda alert: seen.append((connection.in_atomic_block, Alert.objects.get(pk=alert.pk).state)))
        deliver(an_alert(channel="email"), NOW)  # an alert of our own makes the parcel; the probe takes it over
        alert = an_alert()
        Alert.objects.filter(pk=alert.pk).update(channel="probe")
        deliver(alert)
        assert seen == [(False, State.SENDING)]
        assert alert.provider_id == "probe-1"

    def test_a_worker_that_lost_its_claim_does_not_overwrite_what_its_successor_wrote(self, probe):
        alert = an_alert()
        Alert.objects.filter(pk=alert.pk).update(channel="probe")

        def meanwhile(alert):
            Alert.objects.filter(pk=alert.pk).update(attempts=2, state=State.DELIVERED, due_at=None)
            raise ChannelError("too late", Kind.PERMANENT, why=Why.REFUSED)

        probe(meanwhile)
        deliver(alert)
        assert (alert.state, alert.reason) == (State.DELIVERED, "")

    def test_a_mistake_of_ours_in_one_message_does_not_stop_its_neighbour(self, probe):
        broken, well = an_alert(due_at=NOW - HOUR), an_alert()
        Alert.objects.update(channel="probe")

        def fails_for_one(alert):
            if alert.pk == broken.pk:
                raise ZeroDivisionError("a mistake of ours")

        probe(fails_for_one)
        assert delivery.deliver_due(now=NOW) == 2
        broken.refresh_from_db()
        well.refresh_from_db()
        assert (broken.state, broken.reason) == (State.RETRY, Why.UNEXPECTED)
        assert "ZeroDivisionError('a mistake of ours')" in broken.error
        assert well.state == State.SENT


class TestSendTest:
    def test_staff_can_send_themselves_a_test_without_a_customer(self, inbox, django_capture_on_commit_callbacks):
        shipment = a_parcel()
        with django_capture_on_commit_callbacks(execute=True):
            alert = send_test(shipment.merchant, "me@nordlicht.example", "email", "fi", shipment)
        assert (alert.is_test, alert.change, alert.customer, alert.state) == (True, None, None, State.QUEUED)
        assert alert.language == "fi"
        assert deliver(alert, timezone.now()).state == State.SENT
        assert inbox.mailbox.all()[0].recipients == ("me@nordlicht.example",)

    def test_a_test_does_not_count_as_told(self, inbox):
        alert = an_alert()
        send_test(alert.merchant, alert.address, "email", "en", alert.shipment)
        assert deliver(alert).state == State.SENT

    def test_a_parcel_of_another_merchant_is_refused(self):
        ours, theirs = a_parcel(), a_parcel()
        with pytest.raises(ValueError, match=f"Parcel {theirs} is another merchant's: choose one of"):
            send_test(ours.merchant, "me@nordlicht.example", "email", "en", theirs)

    def test_an_unknown_language_and_an_empty_address_are_refused_with_what_to_change(self):
        shipment = a_parcel()
        with pytest.raises(ValueError, match="'xx' is no language of Doorstep: choose one of en"):
            send_test(shipment.merchant, "me@nordlicht.example", "email", "xx", shipment)
        with pytest.raises(ValueError, match="There is no address to send the test to"):
            send_test(shipment.merchant, " ", "email", "en", shipment)

    def test_a_shop_that_sends_too_many_has_to_wait_and_another_has_not(self, monkeypatch):
        """Its own words to any number, at the cost of the platform: no way of writing to strangers."""
        monkeypatch.setattr("alerts.services.TESTS", {"turns": 2, "every": 3600})
        ours, theirs = a_parcel(), a_parcel()
        for _ in range(2):
            send_test(ours.merchant, "me@nordlicht.example", "email", "en", ours)
        with pytest.raises(ValueError, match="Too many tests"):
            send_test(ours.merchant, "me@nordlicht.example", "email", "en", ours)
        send_test(theirs.merchant, "me@nordlicht.example", "email", "en", theirs)
        assert Alert.objects.filter(is_test=True).count() == 3

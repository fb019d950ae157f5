"""Brokers that are away, workers that are killed, two that want the same: nothing is lost and nothing is said twice."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.db import connection, connections
from django.utils import timezone

from alerts import delivery, planning, tasks, writing
from alerts.background import Background
from alerts.channels.base import ChannelError, Kind
from alerts.channels.email import Email
from alerts.consent import suppress
from alerts.judgement import GATHERING
from alerts.models import Alert, Suppressed
from alerts.states import State, Why
from orders.models import Notice, StatusChange
from orders.services.erasure import erase_customer
from orders.statuses import Status
from tests.alerts.stories import NOW, a_parcel, an_alert, news
from tests.builders import a_customer, a_scan, a_shipment, an_order, record

needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="several connections at once need PostgreSQL: set DATABASE_URL",
)


@pytest.fixture
def broker_is_away():
    """A file lies where the broker keeps its messages: every attempt to send one fails."""
    folder = configured.CELERY_QUEUE_DIR / "messages"
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("")
    yield
    folder.unlink()
    folder.mkdir()


def at_once(*actions):
    """Run these in threads that start together, each with a database connection of its own; re-raise what failed."""
    start, failed = threading.Barrier(len(actions)), []

    def run(action):
        try:
            start.wait()
            action()
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not failed, failed


@pytest.mark.skipif(not configured.CELERY_BROKER_URL.startswith("filesystem"), reason="takes the file broker away")
@pytest.mark.django_db(transaction=True)
def test_news_that_comes_while_the_broker_is_away_is_recorded_and_the_sweep_sends_it(broker_is_away, inbox, caplog):
    now = timezone.now()
    shipment = a_shipment(now=now)
    record(shipment, a_scan(Status.OUT_FOR_DELIVERY), now=now - planning.FORGOTTEN_AFTER)
    assert "No worker could be woken for alerts.tasks.plan_changes" in caplog.text
    assert Alert.objects.count() == 0
    tasks.sweep()
    assert [mail.recipients for mail in inbox.mailbox.all()] == [(shipment.order.customer.email,)]
    assert len(inbox.phones.all()) == 1


@needs_postgresql
@pytest.mark.django_db(transaction=True)
class TestTwoWorkers:
    def test_that_plan_the_same_change_make_one_message(self):
        for _ in range(5):
            change = news(a_parcel(), Status.OUT_FOR_DELIVERY)
            at_once(*[lambda: planning.plan(change.pk, NOW)] * 4)  # noqa: B023
            assert Alert.objects.filter(change=change).count() == 2

    def test_that_plan_two_changes_of_one_moment_make_one_message(self):
        shipment = a_parcel()
        StatusChange.objects.filter(shipment=shipment).delete()
        late = timezone.now()
        changes = record(shipment, a_scan(Status.OUT_FOR_DELIVERY, at=late), now=late)
        assert len(changes) == 2
        at_once(*[lambda change=change: planning.plan(change.pk, late) for change in changes])
        queued = Alert.objects.filter(shipment=shipment, state=State.QUEUED)
        assert sorted(queued.values_list("channel", "trigger")) == [
            ("email", "out_for_delivery"),
            ("sms", "out_for_delivery"),
        ]

    def test_that_deliver_send_each_message_once(self, inbox):
        alerts = [an_alert(channel=channel) for channel in ("email", "sms") for _ in range(10)]
        at_once(*[lambda: delivery.deliver_due(limit=100, now=NOW)] * 4)
        assert len(inbox.mailbox.all()) == 10
        assert len(inbox.phones.all()) == 10
        states = set(Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).values_list("state", "attempts"))
        assert states == {(State.SENT, 1)}

    def test_that_take_two_parcels_of_one_order_at_once_send_one_message(self, inbox):
        for _ in range(5):
            order = an_order(customer=a_customer(phone=""))
            parcels = [a_parcel(order=order) for _parcel in range(3)]
            for parcel in parcels:
                planning.plan(news(parcel, Status.OUT_FOR_DELIVERY).pk, NOW)
            ids = list(Alert.objects.filter(order=order, channel="email").values_list("pk", flat=True))
            due = NOW + GATHERING
            at_once(*[lambda alert_id=alert_id: delivery.deliver(alert_id, due) for alert_id in ids])  # noqa: B023
            (lead,) = Alert.objects.filter(order=order, state=State.SENT)
            others = Alert.objects.filter(order=order, reason=Why.TOLD_TOGETHER)
            assert set(others.values_list("told_in", flat=True)) == {lead.pk}
            assert others.count() == 2
        assert len(inbox.mailbox.all()) == 5

    def test_one_that_plans_and_one_that_sweeps_send_a_message_once(self, inbox):
        for _ in range(5):
            (alert,) = planning.plan(news(parcel_of_a_reader(), Status.OUT_FOR_DELIVERY).pk, NOW)
            at_once(
                lambda: delivery.deliver_planned(alert, NOW),  # noqa: B023
                lambda: delivery.deliver_due(now=NOW),
                lambda: delivery.deliver(alert.pk, NOW),  # noqa: B023
            )
            alert.refresh_from_db()
            assert (alert.state, alert.attempts) == (State.SENT, 1)
        assert len(inbox.mailbox.all()) == 5


@pytest.mark.django_db
class TestUnsubscribingWhileItIsSent:
    """Whoever unsubscribes before the network is touched gets nothing."""

    @pytest.mark.parametrize("way", [delivery.deliver_planned, lambda alert, now: delivery.deliver(alert.pk, now)])
    def test_wins_after_the_claim(self, way, inbox, monkeypatch):
        (alert,) = planning.plan(news(parcel_of_a_reader(), Status.OUT_FOR_DELIVERY).pk, NOW)
        send, claimed = delivery._send, []

        def unsubscribe_and_send(alert, now):
            claimed.append(Alert.objects.get(pk=alert.pk).state)
            suppress(alert.merchant, "email", alert.address, Suppressed.UNSUBSCRIBED)
            send(alert, now)

        monkeypatch.setattr(delivery, "_send", unsubscribe_and_send)
        way(alert, NOW)
        alert.refresh_from_db()
        assert claimed == [State.SENDING]
        assert (alert.state, alert.reason, alert.due_at) == (State.SUPPRESSED, Why.UNSUBSCRIBED, None)
        assert inbox.mailbox.all() == []


@pytest.mark.django_db
class TestAProviderThatIsDownForAnHour:
    def test_loses_nothing_and_says_nothing_twice(self, inbox):
        """Each text is tried again by its own clock, and leaves within minutes of the provider's return."""
        inbox.gateway.fault("500", times=None)
        texts = [an_alert(channel="sms") for _ in range(5)]
        overtaken = texts.pop()
        moment, back = NOW, NOW + timedelta(hours=1)
        while moment < back:
            delivery.deliver_due(now=moment)
            moment += timedelta(seconds=30)
        assert {text.state for text in Alert.objects.all()} == {State.RETRY}
        news(overtaken.shipment, Status.DELIVERED, at=moment)
        tries = set(Alert.objects.values_list("attempts", flat=True))
        assert tries <= {5, 6}, "an outage is not made worse by asking all the time"
        inbox.gateway.clear_faults()
        while moment < back + timedelta(hours=3):
            delivery.deliver_due(now=moment)
            moment += timedelta(minutes=5)
        assert sorted(text.to for text in inbox.phones.all()) == sorted(text.address for text in texts)
        overtaken.refresh_from_db()
        assert (overtaken.state, overtaken.reason) == (State.SUPPRESSED, Why.OVERTAKEN)
        assert set(Alert.objects.exclude(pk=overtaken.pk).values_list("state", flat=True)) == {State.SENT}


class TestWordsThatCannotBeWritten:
    @pytest.mark.django_db
    def test_when_their_time_comes_are_a_failed_message_and_a_notice_and_the_neighbour_is_sent(
        self, inbox, monkeypatch
    ):
        broken, well = (held_until_morning() for _ in range(2))
        write = writing.write

        def fails_for_one(alert):
            if alert.pk == broken.pk:
                raise KeyError("days")
            write(alert)

        monkeypatch.setattr(writing, "write", fails_for_one)
        delivery.deliver_due(now=NOW + timedelta(hours=20))
        broken.refresh_from_db()
        well.refresh_from_db()
        assert (broken.state, broken.reason, broken.due_at) == (State.FAILED, Why.UNWRITTEN, None)
        assert (well.state, len(inbox.phones.all())) == (State.SENT, 1)
        assert Notice.objects.get(merchant=broken.merchant).subject == "Its text could not be written."

    @pytest.mark.django_db
    def test_a_mistake_while_it_is_judged_is_tried_again_and_does_not_stop_the_neighbour(self, inbox, monkeypatch):
        broken, well = an_alert(), an_alert()
        news_of = Background.news_of

        def fails_for_one(background, alert):
            if alert.pk == broken.pk:
                raise RuntimeError("a mistake of ours")
            return news_of(background, alert)

        with monkeypatch.context() as patched:
            patched.setattr(Background, "news_of", fails_for_one)
            assert delivery.deliver_due(now=NOW) == 2
        broken.refresh_from_db()
        well.refresh_from_db()
        assert (broken.state, broken.reason, well.state) == (State.RETRY, Why.UNEXPECTED, State.SENT)
        delivery.deliver_due(now=broken.due_at)
        broken.refresh_from_db()
        assert broken.state == State.SENT


@pytest.mark.django_db
def test_messages_of_a_channel_that_is_not_there_are_left_and_stop_nobody(inbox):
    """A worker of the last version, beside those of the next one: it leaves them what it does not know."""
    unknown, well = an_alert(channel="sms", attempts=8, state=State.RETRY), an_alert()
    Alert.objects.filter(pk=unknown.pk).update(channel="pigeon")
    assert delivery.deliver_due(now=NOW) == 1
    assert not delivery.deliver(unknown.pk, NOW)
    unknown.refresh_from_db()
    well.refresh_from_db()
    assert (unknown.state, unknown.attempts, well.state) == (State.RETRY, 8, State.SENT)


@pytest.mark.django_db
def test_the_words_of_a_failure_that_outlives_the_shopper_are_not_kept(inbox, monkeypatch):
    """Forgotten while the mail server thinks: its refusal names the address."""
    alert = an_alert()

    def forget_and_refuse(channel, alert):
        erase_customer(alert.customer_id)
        said = f"No mailbox {alert.address}"
        raise ChannelError(said, Kind.PERMANENT, why=Why.ADDRESS_REFUSED, detail=said)

    monkeypatch.setattr(Email, "send", forget_and_refuse)
    delivery.deliver(alert.pk, NOW)
    alert.refresh_from_db()
    assert (alert.state, alert.reason) == (State.FAILED, Why.ADDRESS_REFUSED)
    assert (alert.error, alert.error_detail) == ("", "")


def parcel_of_a_reader():
    """Its shopper reads e-mails only."""
    return a_parcel(order=an_order(customer=a_customer(phone="")))


def held_until_morning():
    """A text of the night."""
    night = NOW + timedelta(hours=8)
    change = news(a_parcel(), Status.DELIVERED, at=night)
    planning.plan(change.pk, night)
    Alert.objects.filter(change=change).exclude(channel="sms").delete()
    return Alert.objects.get(change=change)


WORKER = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()
from datetime import datetime
from django.conf import settings
from alerts import delivery
settings.SANDBOX_SMS_URL, smtp_port, alert_id, now = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
settings.MAILERS["default"]["OPTIONS"] = {"host": "127.0.0.1", "port": smtp_port}
delivery.deliver(alert_id, datetime.fromisoformat(now))
"""


@needs_postgresql
@pytest.mark.django_db(transaction=True)
class TestAWorkerKilledWhileSending:
    """`kill -9` between the provider's taking the message and our writing it down."""

    def kill_while_sending(self, inbox, alert, has_arrived):
        database = connection.settings_dict
        url = f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/"
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, inbox.url, str(inbox.smtp_port), str(alert.pk), NOW.isoformat()],
            env={**os.environ, "DATABASE_URL": url + database["NAME"], "SITE_URL": configured.SITE_URL},
            cwd=configured.BASE_DIR,
        )
        try:
            deadline = time.monotonic() + 30
            while not has_arrived():
                assert time.monotonic() < deadline, "the worker never sent anything"
                assert worker.poll() is None, "the worker ended before it could be killed"
                time.sleep(0.02)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        alert.refresh_from_db()
        assert (alert.state, alert.attempts) == (State.SENDING, 1)

    def a_lease_later(self, alert):
        now = NOW + delivery.LEASE
        delivery.reap(now)
        delivery.deliver_due(now=now)
        alert.refresh_from_db()

    def test_costs_a_text_its_certainty_and_is_not_sent_again(self, inbox):
        inbox.gateway.fault("timeout", seconds=30)
        alert = an_alert(channel="sms")
        self.kill_while_sending(inbox, alert, inbox.phones.all)
        self.a_lease_later(alert)
        assert (alert.state, alert.reason) == (State.UNSURE, Why.WORKER_LOST)
        assert len(inbox.phones.all()) == 1

    def test_sends_an_e_mail_again_under_the_same_message_id(self, inbox, monkeypatch):
        handle_data = inbox.mailbox.handle_DATA

        async def keep_and_fall_silent(*told):
            await handle_data(*told)
            await asyncio.sleep(30)

        monkeypatch.setattr(inbox.mailbox, "handle_DATA", keep_and_fall_silent)
        alert = an_alert()
        self.kill_while_sending(inbox, alert, inbox.mailbox.all)
        monkeypatch.undo()
        self.a_lease_later(alert)
        assert (alert.state, alert.attempts) == (State.SENT, 2)
        first, second = inbox.mailbox.all()
        assert first.message["Message-ID"] == second.message["Message-ID"]
        assert first.text == second.text

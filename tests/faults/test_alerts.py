"""Brokers that are away, workers that are killed, two that want the same: nothing is lost and nothing is said twice."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.conf import settings as configured
from django.db import connection, connections
from django.utils import timezone

from alerts import delivery, planning, tasks
from alerts.models import Alert
from alerts.states import State, Why
from orders.models import StatusChange
from orders.statuses import Status
from tests.alerts.stories import NOW, a_parcel, an_alert, news
from tests.builders import a_scan, a_shipment, record

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

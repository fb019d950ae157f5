"""From a scan to a phone and back, over real HTTP and SMTP: news, message, receipt, STOP."""

import time

import pytest

from alerts import delivery, links, planning
from alerts.channels.sms import PROVIDERS
from alerts.models import Alert
from alerts.sandbox.inbox import SandboxInbox
from alerts.states import State, Why
from orders.statuses import Status
from tests.alerts.accounts import platform_at
from tests.alerts.conftest import mailers
from tests.alerts.stories import HOUR, NOW, a_parcel, news

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def inbox(settings, live_server):
    """As elsewhere, but somebody answers at SITE_URL."""
    settings.SITE_URL = live_server.url
    with SandboxInbox(receipt_pace=0) as inbox:
        settings.SANDBOX_SMS_URL = inbox.url
        settings.MAILERS = mailers(inbox.smtp_port)
        yield inbox


def tell(shipment, status, at):
    change = news(shipment, status, at=at)
    planning.plan(change.pk, at)
    delivery.deliver_due(now=at)
    return Alert.objects.get(change=change, channel="sms")


def eventually(alert, *states):
    deadline = time.monotonic() + 10
    while alert.state not in states:
        assert time.monotonic() < deadline, f"still {alert.state}"
        time.sleep(0.02)
        alert.refresh_from_db()


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_a_text_is_delivered_and_its_receipt_says_so(provider, inbox, settings):
    platform_at(settings, provider)
    alert = tell(a_parcel(), Status.OUT_FOR_DELIVERY, NOW)
    eventually(alert, State.DELIVERED)
    assert alert.provider_id == inbox.phones.all()[0].sid
    assert {post.status for post in inbox.receipts.posted} == {204}


def test_a_text_that_could_not_be_delivered_says_so(inbox):
    inbox.gateway.fault("undelivered")
    alert = tell(a_parcel(), Status.OUT_FOR_DELIVERY, NOW)
    eventually(alert, State.FAILED)
    assert alert.error == "Twilio reports undelivered, error 30003."


def test_a_text_whose_answer_was_lost_is_settled_by_its_receipt(inbox, monkeypatch):
    monkeypatch.setattr("alerts.channels.sms.base.TIMEOUT", (1, 0.3))
    inbox.gateway.fault("timeout", seconds=1)
    alert = tell(a_parcel(), Status.OUT_FOR_DELIVERY, NOW)
    eventually(alert, State.DELIVERED)
    assert len(inbox.phones.all()) == 1


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_stop_ends_the_texts_and_leaves_the_e_mails(provider, inbox, settings):
    platform_at(settings, provider)
    shipment = a_parcel()
    alert = tell(shipment, Status.OUT_FOR_DELIVERY, NOW)
    assert inbox.reply(alert.address, "STOP", links.sms_inbound_link(provider)) in (200, 204)
    reply = inbox.phones.all()[-1]
    assert (reply.to, reply.inbound) == (alert.address, False)
    next_one = tell(shipment, Status.ATTEMPT_FAILED, NOW + HOUR)
    assert (next_one.state, next_one.reason) == (State.SUPPRESSED, Why.UNSUBSCRIBED)
    assert len(inbox.mailbox.all()) == 2

"""From a change to a browser and to the shop's own system, each on the loopback, through planning and delivery."""

import json

import pytest

from alerts import delivery, planning
from alerts.channels import push
from alerts.models import Alert
from alerts.states import State
from orders.statuses import Status
from tests.alerts.browsers import Browser, subscribed_to
from tests.alerts.channels.test_webhook import set_up
from tests.alerts.stories import NOW, a_parcel, news
from tests.orders.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vapid(settings):
    settings.VAPID_PRIVATE_KEY = push.new_private_key()


@pytest.fixture
def there():
    with Receiver() as there:
        yield there


@pytest.fixture
def shipment():
    return a_parcel()


def told_by(shipment, *ways) -> list[Alert]:
    """Plan that it is out for delivery; the messages by these ways."""
    change = news(shipment, Status.OUT_FOR_DELIVERY)
    planning.plan(change.pk, NOW)
    return list(Alert.objects.filter(change=change, channel__in=ways).order_by("pk"))


def test_each_browser_of_the_order_is_told(shipment, there):
    browsers = [Browser(f"{there.url}/{n}") for n in range(2)]
    rows = [subscribed_to(shipment, browser) for browser in browsers]
    alerts = told_by(shipment, "push")
    assert {alert.address for alert in alerts} == {str(row.uuid) for row in rows}
    for alert in alerts:
        assert delivery.deliver(alert.pk, NOW)
    received = {post.path: post.body for post in there.received}
    for n, browser in enumerate(browsers):
        read = browser.read(received[f"/hooks/{n}"])
        assert read["title"] == alerts[0].subject
        assert read["body"] == alerts[0].body_text.strip()
        assert "out for delivery" in read["title"].lower()
    alerts[0].refresh_from_db()
    assert (alerts[0].state, alerts[0].provider) == (State.SENT, "127.0.0.1")


def test_the_shops_system_is_told_once(shipment, there):
    set_up(shipment.merchant, url=there.url)
    (alert,) = told_by(shipment, "webhook")
    assert alert.address == "127.0.0.1"
    assert delivery.deliver(alert.pk, NOW)
    told = json.loads(there.received[0].body)["data"]
    assert (told["trigger"], told["subject"]) == ("out_for_delivery", alert.subject)
    assert told["text"] == alert.body_text.strip() != ""
    alert.refresh_from_db()
    assert (alert.state, alert.provider) == (State.SENT, "webhook")


def test_what_the_shop_never_set_up_leaves_no_row(shipment):
    assert told_by(shipment, "push", "webhook") == []
    assert Alert.objects.exists(), "the others do"


def test_a_browser_that_is_switched_off_before_the_hour_is_told_nothing(shipment, there):
    row = subscribed_to(shipment, Browser(there.url))
    (alert,) = told_by(shipment, "push")
    push.forget(row)
    delivery.deliver(alert.pk, NOW)
    alert.refresh_from_db()
    assert alert.state == State.FAILED
    assert there.received == []

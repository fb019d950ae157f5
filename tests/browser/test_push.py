"""Messages on a device, in a real browser. Its push service is out of reach: what it would give stands in for it."""

import json

import pytest
from django.utils import timezone

from alerts.channels import push
from alerts.models import BrowserSubscription
from orders.models import MerchantDomain, Shipment
from orders.statuses import Status
from tests.alerts.browsers import Browser
from tests.browser.test_pages import faults, scrolls_sideways
from tests.tracker import scenes

pytestmark = pytest.mark.django_db(transaction=True)

# What PushManager.subscribe() asks of the push service, answered at once. A key is an ArrayBuffer there.
STAND_IN = """
(() => {
  const given = %s;
  let current = null;
  PushManager.prototype.getSubscription = async () => current;
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly || applicationServerKey !== "%s") throw new Error("refused");
    const bytes = Uint8Array.from(atob(applicationServerKey.replaceAll("-", "+").replaceAll("_", "/")), (sign) =>
      sign.charCodeAt(0));
    current = { ...given, options: { applicationServerKey: bytes.buffer }, toJSON: () => given };
    return current;
  };
})();
"""

SUBSCRIBED = "PushManager.prototype.subscribe({ userVisibleOnly: true, applicationServerKey: '%s' })"


@pytest.fixture
def shipment(settings):
    settings.VAPID_PRIVATE_KEY = push.new_private_key()
    return scenes.on_its_way(scenes.a_shop())


@pytest.fixture
def browser():
    return Browser("http://127.0.0.1/push/a-long-secret")


@pytest.fixture
def window(chromium, live_server):
    """A window in which notifications are allowed."""
    window = chromium.new_context(viewport={"width": 390, "height": 844})
    window.grant_permissions(["notifications"], origin=live_server.url)
    yield window
    window.close()


@pytest.fixture
def page(window, live_server, shipment, browser):
    page = window.new_page()
    page.add_init_script(STAND_IN % (json.dumps(browser.subscription), push.public_key()))
    page.goto(f"{live_server.url}/t/{shipment.token}/")
    return page


def test_it_is_switched_on_and_off_by_a_button(page, shipment, browser):
    refused = []
    page.on("console", lambda line: line.type == "error" and refused.append(line.text))
    page.get_by_role("button", name="Tell me on this device").click()
    page.get_by_text("This device is told of all news.").wait_for()
    row = BrowserSubscription.objects.get()
    assert (row.order, row.language) == (shipment.order, "en")
    assert row.subscription == {name: browser.subscription[name] for name in ("endpoint", "keys")}
    assert not page.get_by_role("button", name="Tell me on this device").is_visible()
    assert faults(page) == []
    assert not scrolls_sideways(page)

    page.get_by_role("button", name="Stop on this device").click()
    page.get_by_role("button", name="Tell me on this device").wait_for()
    row.refresh_from_db()
    assert row.gone_at
    assert refused == []


def test_a_browser_that_cannot_says_so(page, window):
    page.evaluate("() => { PushManager.prototype.subscribe = async () => { throw new Error('no push service') } }")
    page.get_by_role("button", name="Tell me on this device").click()
    page.get_by_text("This browser takes no notifications now.").wait_for()
    assert page.get_by_role("button", name="Tell me on this device").is_enabled()


def test_somebody_who_says_no_is_asked_no_more_than_that(page, window):
    window.clear_permissions()
    page.evaluate("() => { Notification.requestPermission = async () => 'denied' }")
    page.get_by_role("button", name="Tell me on this device").click()
    page.get_by_text("This browser takes no notifications now.").wait_for()
    assert not BrowserSubscription.objects.exists()


def test_on_the_shops_own_host_it_works_as_well(chromium, live_server, shipment, browser):
    host = "track.localhost"  # browsers trust every name below localhost as they trust https
    MerchantDomain.objects.create(merchant=shipment.merchant, host=host)
    own = live_server.url.replace("localhost", host)
    assert host in own
    window = chromium.new_context()
    window.grant_permissions(["notifications"], origin=own)
    page = window.new_page()
    page.add_init_script(STAND_IN % (json.dumps(browser.subscription), push.public_key()))
    page.goto(f"{own}/t/{shipment.token}/")
    page.get_by_role("button", name="Tell me on this device").click()
    page.get_by_text("This device is told of all news.").wait_for()
    assert BrowserSubscription.objects.get().order == shipment.order
    window.close()


def test_what_comes_is_shown_and_the_newer_takes_the_place_of_the_older(page, window, live_server, shipment):
    page.get_by_role("button", name="Tell me on this device").click()
    page.get_by_text("This device is told of all news.").wait_for()
    devtools = window.new_cdp_session(page)
    registrations = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda told: registrations.extend(told["registrations"]))
    devtools.send("ServiceWorker.enable")
    page.wait_for_function("navigator.serviceWorker.ready.then((worker) => worker.active.state === 'activated')")
    assert registrations[-1]["scopeURL"] == f"{live_server.url}/"
    for title in ("On its way", "Out for delivery"):
        told = {"title": title, "body": "…", "link": page.url, "tag": "parcel-1", "lang": "en", "dir": "ltr"}
        devtools.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": live_server.url,
                "registrationId": registrations[-1]["registrationId"],
                "data": json.dumps(told),
            },
        )
        page.wait_for_function(
            "title => navigator.serviceWorker.ready.then((worker) => worker.getNotifications())"
            ".then((shown) => shown.length === 1 && shown[0].title === title)",
            arg=title,
        )


def test_once_it_has_come_it_can_only_be_switched_off(page, live_server, shipment):
    page.get_by_role("button", name="Tell me on this device").click()
    page.get_by_text("This device is told of all news.").wait_for()
    Shipment.objects.update(status=Status.DELIVERED, delivered_at=timezone.now())
    # The stand-in forgets with the page; a browser does not.
    page.add_init_script(SUBSCRIBED % push.public_key())
    page.reload()
    page.get_by_role("button", name="Stop on this device").click()
    page.locator("[data-push-key]").wait_for(state="hidden")


def test_without_javascript_the_page_offers_nothing(visit, shipment):
    page = visit(f"/t/{shipment.token}/", javascript=False)
    assert not page.locator("[data-push-key]").is_visible()


@pytest.mark.parametrize("language", ["fi", "ar"])
def test_the_card_is_there_in_every_language(chromium, live_server, shipment, language):
    window = chromium.new_context(viewport={"width": 390, "height": 844})
    page = window.new_page()
    page.goto(f"{live_server.url}/t/{shipment.token}/?lang={language}")
    page.locator("[data-push-on]").wait_for()
    assert faults(page) == []
    assert not scrolls_sideways(page)
    window.close()

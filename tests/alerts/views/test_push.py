"""A tracking page's script asks for messages on its device, asks whether there are, and asks no more."""

import hashlib
import json

import pytest
from django.test import Client
from django.urls import reverse

from alerts.channels import push
from alerts.models import BrowserSubscription, Suppressed, Suppression
from alerts.views.push import MOST_BROWSERS, TURNS
from tests.alerts.browsers import Browser
from tests.builders import a_shipment

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipment():
    return a_shipment()


@pytest.fixture
def browser():
    return Browser("https://127.0.0.1/push/a-long-secret")


def ask(client, shipment, browser, language="en", **kw):
    body = json.dumps({"subscription": browser.subscription, "language": language})
    url = reverse("alerts:push-subscribe", args=[shipment.token])
    return client.post(url, body, **{"content_type": "application/json", **kw})


def path_of(shipment, browser):
    digest = hashlib.sha256(browser.endpoint.encode()).hexdigest()
    return reverse("alerts:push-subscription", args=[shipment.token, digest])


class TestSubscribing:
    def test_the_browser_is_kept_with_what_it_agreed_to(self, client, shipment, browser):
        answer = ask(client, shipment, browser)
        assert (answer.status_code, answer.json()) == (201, {"is_on": True})
        row = BrowserSubscription.objects.get()
        assert (row.merchant, row.order, row.language) == (shipment.merchant, shipment.order, "en")
        assert row.subscription["endpoint"] == browser.endpoint
        number = shipment.order.number
        assert row.wording == f"Nordlicht tells this device the news of order {number}, until you switch it off here."
        assert answer.headers["Cache-Control"] == "private, no-store"

    def test_the_same_browser_again_is_the_same_row(self, client, shipment, browser):
        for language in ("en", "fi"):
            ask(client, shipment, browser, language=language)
        assert BrowserSubscription.objects.get().language == "fi"

    def test_it_needs_no_cookie_and_leaves_none(self, shipment, browser):
        client = Client(enforce_csrf_checks=True)
        answer = ask(client, shipment, browser)
        assert answer.status_code == 201
        assert not answer.cookies

    @pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
    def test_another_sites_page_is_turned_away(self, client, shipment, browser, site):
        assert ask(client, shipment, browser, headers={"Sec-Fetch-Site": site}).status_code == 403
        assert not BrowserSubscription.objects.exists()

    def test_another_sites_form_is_turned_away_whatever_browser_it_is(self, client, shipment, browser):
        assert ask(client, shipment, browser, content_type="text/plain").status_code == 400
        assert not BrowserSubscription.objects.exists()

    def test_without_the_link_nobody_may(self, client, shipment, browser):
        shipment.token = "guessed"
        assert ask(client, shipment, browser).status_code == 404

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "[]",
            "{",
            '{"language": "en"}',
            '{"language": "xx", "subscription": {}}',
            '{"language": ["en"], "subscription": {}}',
            '{"language": "en", "subscription": {"endpoint": "https://127.0.0.1/"}}',
            "[" * 3000,
            '"' + "x" * 5000 + '"',
            b"\xff\xfe",
        ],
    )
    def test_anything_else_gets_a_sentence(self, client, shipment, body):
        url = reverse("alerts:push-subscribe", args=[shipment.token])
        answer = client.post(url, body, content_type="application/json")
        assert answer.status_code == 400
        assert answer.json()["error"]

    def test_an_address_in_the_house_is_refused(self, client, shipment, browser, settings):
        settings.SANDBOX = False
        answer = ask(client, shipment, browser)
        assert answer.status_code == 400
        assert not BrowserSubscription.objects.exists()

    def test_nobody_learns_by_it_which_names_there_are_in_the_house(self, client, shipment, settings):
        settings.SANDBOX = False
        there, nowhere = Browser("https://localhost/push"), Browser("https://nowhere.invalid/push")
        answers = [ask(client, shipment, browser).json() for browser in (there, nowhere)]
        assert answers[0] == answers[1]

    def test_whoever_had_unsubscribed_wants_it_again(self, client, shipment, browser):
        ask(client, shipment, browser)
        address = str(BrowserSubscription.objects.get().uuid)
        told = {"merchant": shipment.merchant, "channel": "push", "address": address}
        Suppression.objects.create(**told, reason=Suppressed.UNSUBSCRIBED)
        ask(client, shipment, browser)
        assert not Suppression.objects.exists()

    def test_one_browser_too_many_takes_the_oldest_ones_place(self, client, shipment):
        for n in range(MOST_BROWSERS + 1):
            ask(client, shipment, Browser(f"https://127.0.0.1/{n}"))
        told = shipment.order.browsers.filter(gone_at=None)
        endpoints = {row.subscription["endpoint"] for row in told}
        assert len(endpoints) == MOST_BROWSERS
        assert "https://127.0.0.1/0" not in endpoints

    def test_too_many_turns_have_to_wait(self, client, shipment, browser):
        answers = [ask(client, shipment, browser) for _turn in range(TURNS["turns"] + 1)]
        assert (answers[-2].status_code, answers[-1].status_code) == (201, 429)
        assert int(answers[-1].headers["Retry-After"]) > 0


class TestTheSubscription:
    def test_it_is_off_then_on_then_off(self, client, shipment, browser):
        path = path_of(shipment, browser)
        assert client.get(path).json() == {"is_on": False}
        ask(client, shipment, browser)
        assert client.get(path).json() == {"is_on": True}
        assert client.delete(path).json() == {"is_on": False}
        assert client.get(path).json() == {"is_on": False}

    def test_what_ended_keeps_its_proof_and_no_way_to_write(self, client, shipment, browser):
        ask(client, shipment, browser)
        client.delete(path_of(shipment, browser))
        row = BrowserSubscription.objects.get()
        assert row.gone_at
        assert row.wording
        assert row.subscription == {}

    def test_switched_on_again_it_is_told_again(self, client, shipment, browser):
        ask(client, shipment, browser)
        client.delete(path_of(shipment, browser))
        ask(client, shipment, browser)
        row = BrowserSubscription.objects.get()
        assert row.gone_at is None
        assert row.subscription["endpoint"] == browser.endpoint

    def test_another_orders_link_does_not_end_it(self, client, shipment, browser):
        ask(client, shipment, browser)
        client.delete(path_of(a_shipment(), browser))
        assert client.get(path_of(shipment, browser)).json() == {"is_on": True}

    def test_another_sites_page_cannot_end_it(self, client, shipment, browser):
        ask(client, shipment, browser)
        answer = client.delete(path_of(shipment, browser), headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
        assert BrowserSubscription.objects.get().gone_at is None


def test_the_worker_may_be_there_for_all_pages_and_is_always_looked_up_anew(client):
    answer = client.get(reverse("alerts:push-worker"))
    assert answer.headers["Content-Type"] == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "addEventListener" in answer.text
    assert '"fetch"' not in answer.text, "it intercepts no page"


class TestThePage:
    def page(self, client, shipment):
        return client.get(f"/t/{shipment.token}/")

    def test_without_a_key_it_is_what_it_was(self, client, shipment):
        assert "push" not in self.page(client, shipment).text

    def test_with_one_it_offers_a_button_that_only_a_script_shows(self, client, shipment, settings):
        settings.VAPID_PRIVATE_KEY = push.new_private_key()
        page = self.page(client, shipment)
        assert f'data-push-key="{push.public_key()}"' in page.text
        assert f"/messages/push/{shipment.token}/" in page.text
        assert "Nordlicht tells this device the news of order" in page.text
        assert not page.cookies

    def test_a_shop_that_switched_it_off_offers_none(self, client, shipment, settings):
        settings.VAPID_PRIVATE_KEY = push.new_private_key()
        shipment.merchant.channel_rules.create(
            channel="push", is_on=False, quiet_from="21:00", quiet_until="08:00", most_a_day=5
        )
        assert "data-push-key" not in self.page(client, shipment).text

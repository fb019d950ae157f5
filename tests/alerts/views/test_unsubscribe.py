import pytest
from django.test import Client
from django.urls import reverse

from alerts import links
from alerts.models import Alert, Suppressed, Suppression
from alerts.states import State, Why
from alerts.triggers import Trigger
from orders.models import Purpose
from tests.builders import a_customer, a_merchant, an_order

pytestmark = pytest.mark.django_db


def an_alert(merchant=None, **kw) -> Alert:
    """An e-mail that was sent."""
    customer = a_customer(merchant, agreed_to=[("email", Purpose.AFTERCARE), ("sms", Purpose.DELIVERY)])
    order = an_order(customer=customer)
    told = {"channel": "email", "address": customer.email, "language": "en", "state": State.SENT, **kw}
    told = {"merchant": order.merchant, "order": order, "customer": customer, "trigger": Trigger.SHIPPED, **told}
    return Alert.objects.create(is_test=True, **told)


def path(alert, settings):
    return links.unsubscribe_link(alert).removeprefix(settings.SITE_URL)


class TestLooking:
    def test_it_changes_nothing_and_shows_a_button(self, client, settings):
        alert = an_alert()
        response = client.get(path(alert, settings))
        assert response.status_code == 200
        assert '<button class="button">No more messages from Nordlicht</button>' in response.content.decode()
        assert alert.address not in response.content.decode(), "the link may have been passed on"
        assert not Suppression.objects.exists()

    def test_it_offers_to_choose_instead(self, client, settings):
        alert = an_alert()
        assert links.preferences_link(alert) in client.get(path(alert, settings)).content.decode()

    def test_the_page_speaks_the_messages_language(self, client, settings):
        alert = an_alert(language="ar")
        assert '<html lang="ar" dir="rtl">' in client.get(path(alert, settings)).content.decode()

    def test_the_page_is_kept_by_no_cache_and_tells_no_site_its_address(self, client, settings):
        headers = client.get(path(an_alert(), settings)).headers
        assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("private, no-store", "no-referrer")

    def test_a_mark_in_the_shops_name_stays_text(self, client, settings):
        alert = an_alert(a_merchant("<b>x</b>", slug="x", email_from="a@b.example"))
        assert "<b>x</b>" not in client.get(path(alert, settings)).content.decode()


class TestUnsubscribing:
    def test_the_button_ends_the_e_mails(self, client, settings):
        alert = an_alert()
        response = client.post(path(alert, settings))
        assert "gets no more messages about deliveries from Nordlicht" in response.content.decode()
        suppression = Suppression.objects.get()
        assert (suppression.merchant, suppression.address) == (alert.merchant, alert.address)
        assert (suppression.channel, suppression.reason) == ("email", Suppressed.UNSUBSCRIBED)

    def test_it_ends_what_follows_the_delivery_too_and_leaves_the_texts(self, client, settings):
        alert = an_alert()
        client.post(path(alert, settings))
        assert [consent.channel for consent in alert.customer.consents.filter(withdrawn_at=None)] == ["sms"]

    def test_a_mail_programs_one_click_needs_neither_cookie_nor_csrf_token_and_comes_twice_without_harm(self, settings):
        strict, alert = Client(enforce_csrf_checks=True), an_alert()
        for _ in range(2):
            response = strict.post(path(alert, settings), {"List-Unsubscribe": "One-Click"})
            assert response.status_code == 200
        assert Suppression.objects.count() == 1

    def test_one_can_come_back_by_the_page(self, client, settings):
        alert = an_alert()
        assert "Write to me again" in client.post(path(alert, settings)).content.decode()
        back = client.post(path(alert, settings), {"again": "1"})
        assert "No more messages?" in back.content.decode()
        assert not Suppression.objects.exists()

    def test_nobody_comes_back_to_an_address_that_bounced(self, client, settings):
        alert = an_alert()
        Suppression.objects.create(
            merchant=alert.merchant, channel="email", address=alert.address, reason=Suppressed.BOUNCED
        )
        assert "Write to me again" not in client.get(path(alert, settings)).content.decode()
        client.post(path(alert, settings), {"again": "1"})
        assert Suppression.objects.exists()

    def test_a_test_that_staff_sent_themselves_offers_no_shoppers_choices(self, client, settings):
        alert = an_alert(customer=None)
        assert "/choices/" not in client.get(path(alert, settings)).content.decode()


class TestTheLink:
    def test_one_that_was_changed_or_guessed_is_not_found(self, client, settings):
        alert = an_alert()
        wrong = path(alert, settings)[:-2] + "x/"
        assert client.post(wrong).status_code == 404
        assert client.post(reverse("alerts:unsubscribe", args=[alert.uuid.hex])).status_code == 404
        assert not Suppression.objects.exists()

    def test_one_of_a_message_whose_address_was_forgotten_is_not_found(self, client, settings):
        alert = an_alert(address="", state=State.SUPPRESSED, reason=Why.NO_ADDRESS)
        assert client.post(path(alert, settings)).status_code == 404

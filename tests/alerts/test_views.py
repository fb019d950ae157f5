import pytest
from django.test import Client
from django.urls import reverse

from alerts import links
from alerts.channels.sms import twilio
from alerts.models import Sender, Suppressed, Suppression
from alerts.sandbox.receipts import sign
from alerts.states import State, Why
from tests.alerts.stories import a_parcel, an_alert
from tests.builders import a_merchant, an_order

pytestmark = pytest.mark.django_db

PHONE = "+358401234567"


def post(client, settings, url, form, token=None, **headers):
    """What Twilio posts to our public address, signed by the sandbox's own reading of Twilio's rule."""
    signature = sign(token or settings.TWILIO_AUTH_TOKEN, url, form)
    path = url.removeprefix(settings.SITE_URL)
    return client.post(path, form, headers={"X-Twilio-Signature": signature, **headers})


@pytest.fixture
def receipt(client, settings):
    def post_receipt(alert, status, **form):
        form = {"MessageSid": "SM1", "MessageStatus": status, "AccountSid": "AC1", "To": PHONE, **form}
        response = post(client, settings, links.twilio_receipt_link(alert), form)
        alert.refresh_from_db()
        return response

    return post_receipt


def a_sent_text(state=State.SENT, **kw):
    due_at = {"due_at": None} if state not in (State.SENDING, State.RETRY) else {}
    return an_alert(channel="sms", state=state, attempts=1, **due_at, **kw)


class TestReceipts:
    def test_a_delivered_text_is_delivered(self, receipt):
        alert = a_sent_text()
        assert receipt(alert, "delivered").status_code == 204
        assert alert.state == State.DELIVERED
        assert alert.delivered_at
        assert alert.provider_id == "SM1"

    def test_an_undelivered_text_has_failed_and_says_twilios_code(self, receipt):
        alert = a_sent_text()
        receipt(alert, "undelivered", ErrorCode="30003")
        assert (alert.state, alert.reason) == (State.FAILED, Why.UNDELIVERED)
        assert alert.error == "Twilio reports undelivered, error 30003."

    def test_late_and_repeated_receipts_do_not_turn_back_what_is_known(self, receipt):
        alert = a_sent_text()
        receipt(alert, "delivered")
        delivered_at = alert.delivered_at
        for status in ("sent", "queued", "delivered", "failed"):
            assert receipt(alert, status).status_code == 204
        assert (alert.state, alert.delivered_at) == (State.DELIVERED, delivered_at)

    @pytest.mark.parametrize(
        ("status", "state"), [("queued", State.SENT), ("sent", State.SENT), ("delivered", State.DELIVERED)]
    )
    def test_a_receipt_settles_a_text_of_which_nobody_knew(self, receipt, status, state):
        alert = a_sent_text(State.UNSURE, reason=Why.NO_ANSWER)
        receipt(alert, status)
        assert (alert.state, alert.reason) == (state, "")
        assert alert.sent_at

    def test_a_receipt_that_is_quicker_than_our_own_commit_is_not_lost(self, receipt):
        alert = a_sent_text(State.SENDING)
        receipt(alert, "delivered")
        assert (alert.state, alert.due_at) == (State.DELIVERED, None)

    def test_a_receipt_for_a_text_that_waits_for_its_next_attempt_stops_that_attempt(self, receipt):
        alert = a_sent_text(State.RETRY)
        receipt(alert, "sent")
        assert (alert.state, alert.due_at) == (State.SENT, None)

    def test_a_forged_receipt_is_refused_with_what_to_check(self, client, settings, receipt):
        alert = a_sent_text()
        url, form = links.twilio_receipt_link(alert), {"MessageStatus": "delivered"}
        for response in (
            post(client, settings, url, form, token="guessed"),
            client.post(url.removeprefix(settings.SITE_URL), form),
            client.post(url.removeprefix(settings.SITE_URL), form, headers={"X-Twilio-Signature": "é"}),
        ):
            assert response.status_code == 403
            assert "Check its auth token, and that SITE_URL" in response.content.decode()
        alert.refresh_from_db()
        assert alert.state == State.SENT

    def test_a_parameter_that_was_not_signed_is_noticed(self, client, settings):
        alert = a_sent_text()
        url = links.twilio_receipt_link(alert)
        signature = sign(settings.TWILIO_AUTH_TOKEN, url, {"MessageStatus": "sent"})
        path = url.removeprefix(settings.SITE_URL)
        forged = client.post(path, {"MessageStatus": "delivered"}, headers={"X-Twilio-Signature": signature})
        assert forged.status_code == 403

    def test_the_host_header_plays_no_part_in_the_signature(self, client, settings):
        alert = a_sent_text()
        url, form = links.twilio_receipt_link(alert), {"MessageStatus": "delivered"}
        assert post(client, settings, url, form, Host="elsewhere.example").status_code == 204

    def test_an_unknown_message_is_not_found(self, client, settings):
        url = settings.SITE_URL + reverse("alerts:twilio-receipt", args=["00000000-0000-0000-0000-000000000000"])
        assert post(client, settings, url, {"MessageStatus": "delivered"}).status_code == 404

    def test_a_merchants_own_account_signs_for_its_own_texts_only(self, client, settings):
        ours, theirs = a_sent_text(), a_sent_text()
        credentials = {"account_sid": "ACown", "auth_token": "own-token"}
        Sender.objects.create(merchant=ours.merchant, channel="sms", credentials=credentials)
        form = {"MessageStatus": "delivered"}
        assert post(client, settings, links.twilio_receipt_link(ours), form, token="own-token").status_code == 204
        assert post(client, settings, links.twilio_receipt_link(theirs), form, token="own-token").status_code == 403

    def test_a_get_is_not_allowed(self, client):
        assert client.get(reverse("alerts:twilio-receipt", args=[a_sent_text().uuid])).status_code == 405


def test_the_signature_is_the_one_twilio_documents():
    """The worked example of twilio.com/docs/usage/security: URL, form, token and signature as given there."""
    told = (
        "https://mycompany.com/myapp.php?foo=1&bar=2"
        "CallSidCA1234567890ABCDECaller+12349013030Digits1234From+12349013030To+18005551212"
    )
    assert twilio.sign("12345", told) == b"0/KCTR6DLpKmkAf8muzZqo1nDgQ="


class TestInbound:
    def text(self, client, settings, merchant, body, sender=PHONE):
        return post(
            client, settings, links.twilio_inbound_link(merchant), {"From": sender, "Body": body, "To": "+1500"}
        )

    @pytest.mark.parametrize("body", ["STOP", "stop", " Stop. ", "UNSUBSCRIBE", "lopeta", "Stopp", "توقف"])
    def test_stop_in_any_language_ends_the_texts_of_this_shop(self, client, settings, body):
        merchant, other = a_merchant(), a_merchant("Fjord")
        response = self.text(client, settings, merchant, body)
        assert response.status_code == 200
        assert response["Content-Type"] == "text/xml"
        suppression = Suppression.objects.get()
        assert (suppression.merchant, suppression.channel, suppression.address) == (merchant, "sms", PHONE)
        assert suppression.reason == Suppressed.STOP
        assert not other.suppressions.exists()

    def test_stop_twice_is_stop_once(self, client, settings):
        merchant = a_merchant()
        for _ in range(2):
            assert self.text(client, settings, merchant, "STOP").status_code == 200
        assert Suppression.objects.count() == 1

    def test_start_takes_stop_back(self, client, settings):
        merchant = a_merchant()
        self.text(client, settings, merchant, "STOP")
        self.text(client, settings, merchant, "START")
        assert not Suppression.objects.exists()

    def test_start_does_not_take_back_what_the_staff_decided(self, client, settings):
        merchant = a_merchant()
        Suppression.objects.create(merchant=merchant, channel="sms", address=PHONE, reason=Suppressed.BY_STAFF)
        self.text(client, settings, merchant, "START")
        assert Suppression.objects.count() == 1

    def test_other_words_change_nothing(self, client, settings):
        assert self.text(client, settings, a_merchant(), "Please stop by on Friday").status_code == 200
        assert not Suppression.objects.exists()

    def test_a_forged_stop_is_refused(self, client, settings):
        url = links.twilio_inbound_link(a_merchant())
        assert post(client, settings, url, {"From": PHONE, "Body": "STOP"}, token="guessed").status_code == 403
        assert not Suppression.objects.exists()

    def test_without_any_token_nothing_is_believed(self, client, settings):
        settings.TWILIO_AUTH_TOKEN = ""
        url = links.twilio_inbound_link(a_merchant())
        form = {"From": PHONE, "Body": "STOP"}
        signature = sign("", url, form)
        path = url.removeprefix(settings.SITE_URL)
        assert client.post(path, form, headers={"X-Twilio-Signature": signature}).status_code == 403


class TestUnsubscribe:
    def path(self, alert, settings):
        return links.unsubscribe_link(alert).removeprefix(settings.SITE_URL)

    def test_opening_the_link_changes_nothing_and_shows_a_button(self, client, settings):
        alert = an_alert()
        response = client.get(self.path(alert, settings))
        assert response.status_code == 200
        assert '<button class="button">No more messages from Nordlicht</button>' in response.content.decode()
        assert alert.address not in response.content.decode(), "the link may have been passed on"
        assert not Suppression.objects.exists()

    def test_the_button_ends_the_e_mails(self, client, settings):
        alert = an_alert()
        response = client.post(self.path(alert, settings))
        assert "gets no more messages about deliveries from Nordlicht" in response.content.decode()
        suppression = Suppression.objects.get()
        assert (suppression.merchant, suppression.address) == (alert.merchant, alert.address)
        assert (suppression.channel, suppression.reason) == ("email", Suppressed.UNSUBSCRIBED)

    def test_a_mail_programs_one_click_needs_neither_cookie_nor_csrf_token(self, settings):
        strict, alert = Client(enforce_csrf_checks=True), an_alert()
        for _ in range(2):
            response = strict.post(self.path(alert, settings), {"List-Unsubscribe": "One-Click"})
            assert response.status_code == 200
        assert Suppression.objects.count() == 1

    def test_the_page_speaks_the_messages_language(self, client, settings):
        alert = an_alert(language="ar")
        assert '<html lang="ar" dir="rtl">' in client.get(self.path(alert, settings)).content.decode()

    def test_a_link_that_was_changed_or_guessed_is_not_found(self, client, settings):
        alert = an_alert()
        path = self.path(alert, settings)
        assert client.post(path[:-2] + "x/").status_code == 404
        assert client.post(reverse("alerts:unsubscribe", args=[alert.uuid.hex])).status_code == 404
        assert not Suppression.objects.exists()

    def test_the_page_is_kept_by_no_cache(self, client, settings):
        assert client.get(self.path(an_alert(), settings))["Cache-Control"] == "private, no-store"

    def test_a_mark_in_the_shops_name_stays_text(self, client, settings):
        alert = an_alert(a_parcel(order=an_order(a_merchant("<b>x</b>", slug="x", email_from="a@b.example"))))
        assert "<b>x</b>" not in client.get(self.path(alert, settings)).content.decode()

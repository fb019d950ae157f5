"""What e-mail providers tell of messages: three providers' own bodies and signatures, through their webhooks."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.urls import reverse

from alerts.models import Suppressed, Suppression
from alerts.states import State, Why
from orders.models import Consent
from orders.services.erasure import erase_customer
from tests.alerts.stories import a_message
from tests.builders import a_merchant

pytestmark = pytest.mark.django_db

SECRET = "doorstep:a-long-password"
SIGNING_KEY = "key-of-mailgun"


@pytest.fixture
def anymail(settings):
    """Set django-anymail up with these settings."""

    def set_up(**told):
        settings.ANYMAIL = {"IGNORE_UNSUPPORTED_FEATURES": True, **told}

    return set_up


@pytest.fixture
def tell(client):
    """Post to the webhook of this provider."""

    def tell(provider, body, **headers):
        url = reverse("alerts:email-receipt", args=[provider])
        return client.post(url, body, content_type="application/json", headers=headers)

    return tell


@pytest.fixture
def alert():
    """An e-mail that went out."""
    return a_message(state=State.SENT, attempts=1, provider_id="0ccec474-9a3b-4a1f-9b7d-4f6d0e8b3f0a")


@pytest.fixture
def postmark(anymail, tell):
    """Postmark posts with a user and password; its bodies are as it documents them."""
    anymail(WEBHOOK_SECRET=SECRET)
    basic = base64.b64encode(SECRET.encode()).decode()

    def tell_as_postmark(alert, record, password=basic, metadata=None, **more):
        body = {
            "RecordType": record,
            "MessageStream": "outbound",
            "ServerID": 23,
            "MessageID": alert.provider_id,
            "Recipient": alert.address,
            "Metadata": {"alert": alert.uuid.hex} if metadata is None else metadata,
            **more,
        }
        return tell("postmark", json.dumps(body), Authorization=f"Basic {password}")

    return tell_as_postmark


def postmark_bounce(kind, details, **more):
    return {
        "ID": 42,
        "Type": kind,
        "TypeCode": 1,
        "Name": kind,
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Details": details,
        "BouncedAt": "2026-03-02T12:00:05Z",
        "Inactive": True,
        **more,
    }


class TestPostmark:
    def test_a_delivery_is_noted(self, postmark, alert):
        details = "smtp;250 2.0.0 OK"
        answer = postmark(alert, "Delivery", DeliveredAt="2026-03-02T12:00:05Z", Details=details)
        alert.refresh_from_db()
        assert (answer.status_code, alert.state) == (200, State.DELIVERED)
        assert alert.delivered_at

    def test_a_mailbox_that_is_not_there_gets_no_more_from_this_shop(self, postmark, alert):
        postmark(alert, "Bounce", **postmark_bounce("HardBounce", "smtp;550 5.1.1 user unknown", Email=alert.address))
        alert.refresh_from_db()
        assert (alert.state, alert.reason) == (State.FAILED, Why.UNDELIVERED)
        assert alert.error.startswith("Postmark: bounced. ")
        (stopped,) = Suppression.objects.all()
        assert (stopped.merchant, stopped.address) == (alert.merchant, alert.address)
        assert stopped.reason == Suppressed.BOUNCED

    def test_a_soft_bounce_fails_this_message_and_stops_nothing(self, postmark, alert):
        postmark(alert, "Bounce", **postmark_bounce("SoftBounce", "smtp;552 5.2.2 mailbox full", Email=alert.address))
        alert.refresh_from_db()
        assert alert.state == State.FAILED
        assert not Suppression.objects.exists()

    def test_a_complaint_stops_it_for_good(self, postmark, alert):
        told = {**postmark_bounce("SpamComplaint", ""), "Email": alert.address}
        postmark(alert, "SpamComplaint", **told)
        alert.refresh_from_db()
        assert alert.state == State.DELIVERED, "it came, and was not welcome"
        assert Suppression.objects.get().reason == Suppressed.COMPLAINED

    def test_unsubscribing_at_the_provider_counts(self, postmark, alert):
        told = {"SuppressSending": True, "SuppressionReason": "ManualSuppression", "Origin": "Recipient"}
        postmark(alert, "SubscriptionChange", ChangedAt="2026-03-02T12:00:05Z", **told)
        assert Suppression.objects.get().reason == Suppressed.BY_PROVIDER

    def test_without_our_number_it_is_known_by_the_providers(self, postmark, alert):
        postmark(alert, "Delivery", metadata={}, DeliveredAt="2026-03-02T12:00:05Z")
        alert.refresh_from_db()
        assert alert.state == State.DELIVERED

    @pytest.mark.parametrize("metadata", [{}, {"alert": "nonsense"}, {"alert": None}, {"alert": "0" * 32}])
    def test_an_e_mail_that_is_none_of_ours_changes_nothing(self, postmark, alert, metadata):
        alert.provider_id = "another"
        answer = postmark(alert, "Bounce", metadata=metadata, **postmark_bounce("HardBounce", ""))
        alert.refresh_from_db()
        assert (answer.status_code, alert.state) == (200, State.SENT)
        assert not Suppression.objects.exists()

    def test_the_same_twice_and_the_first_last_do_no_harm(self, postmark, alert):
        for _again in range(2):
            postmark(alert, "Delivery", DeliveredAt="2026-03-02T12:00:05Z")
        postmark(alert, "Bounce", **postmark_bounce("SoftBounce", "smtp;452 4.2.2 full"))
        alert.refresh_from_db()
        assert alert.state == State.DELIVERED

    def test_a_receipt_that_comes_before_our_own_record_settles_it(self, postmark):
        alert = a_message(state=State.SENDING, attempts=1)
        postmark(alert, "Delivery", DeliveredAt="2026-03-02T12:00:05Z")
        alert.refresh_from_db()
        assert (alert.state, alert.due_at) == (State.DELIVERED, None)

    @pytest.mark.parametrize("password", ["", "bm9ib2R5Om5vdGhpbmc="])
    def test_without_the_password_it_is_refused(self, postmark, alert, password):
        told = postmark_bounce("HardBounce", "smtp;550 5.1.1 user unknown")
        assert postmark(alert, "Bounce", password=password, **told).status_code == 400
        assert not Suppression.objects.exists()

    def test_where_no_password_is_set_anybody_could_be_postmark_and_nobody_is_believed(self, postmark, anymail, alert):
        anymail()
        answer = postmark(alert, "Bounce", **postmark_bounce("HardBounce", "smtp;550 5.1.1 user unknown"))
        assert answer.status_code == 403
        assert "Set WEBHOOK_SECRET" in answer.text
        assert not Suppression.objects.exists()

    def test_what_is_no_event_gets_a_sentence(self, postmark, tell):
        basic = base64.b64encode(SECRET.encode()).decode()
        answer = tell("postmark", b"<html>", Authorization=f"Basic {basic}")
        assert (answer.status_code, answer.text[:27]) == (400, "This is no event of postmar")


class TestOpening:
    def test_nobodys_reading_is_noted_unasked(self, postmark, alert):
        postmark(alert, "Open", ReceivedAt="2026-03-02T12:09:00Z", FirstOpen=True)
        alert.refresh_from_db()
        assert (alert.opened_at, alert.state) == (None, State.SENT)

    def test_with_the_shoppers_consent_the_first_time_is_kept(self, postmark, alert):
        Consent.objects.create(
            merchant=alert.merchant, customer=alert.customer, channel="email", purpose="opens", wording="You may."
        )
        for minute in ("09", "30"):
            postmark(alert, "Open", ReceivedAt=f"2026-03-02T12:{minute}:00Z")
        alert.refresh_from_db()
        assert alert.opened_at.isoformat() == "2026-03-02T12:09:00+00:00"
        assert alert.state == State.DELIVERED


@pytest.fixture
def mailgun(anymail, tell):
    """Mailgun signs with the time and a token inside the body."""
    anymail(MAILGUN_WEBHOOK_SIGNING_KEY=SIGNING_KEY)

    def tell_as_mailgun(alert, event, key=SIGNING_KEY, **more):
        at, token = str(int(time.time())), "c" * 50
        signature = hmac.digest(key.encode(), f"{at}{token}".encode(), hashlib.sha256).hex()
        data = {
            "id": "G9Bn5sl1TC6nu79C8C0bwg",
            "timestamp": float(at),
            "event": event,
            "recipient": alert.address,
            "message": {"headers": {"message-id": "20260302120000.1.ABC@mg.example", "to": alert.address}},
            "user-variables": {"alert": alert.uuid.hex},
            **more,
        }
        signed = {"timestamp": at, "token": token, "signature": signature}
        return tell("mailgun", json.dumps({"signature": signed, "event-data": data}))

    return tell_as_mailgun


class TestMailgun:
    NO_SUCH_USER = {
        "severity": "permanent",
        "reason": "bounce",
        "delivery-status": {"code": 550, "message": "5.1.1 The email account that you tried to reach does not exist."},
    }

    def test_a_permanent_failure_stops_the_address(self, mailgun, alert):
        assert mailgun(alert, "failed", **self.NO_SUCH_USER).status_code == 200
        alert.refresh_from_db()
        assert alert.state == State.FAILED
        assert "does not exist" in alert.error
        assert Suppression.objects.get().reason == Suppressed.BOUNCED

    def test_a_temporary_failure_is_not_the_end(self, mailgun, alert):
        mailgun(alert, "failed", severity="temporary", reason="generic")
        alert.refresh_from_db()
        assert alert.state == State.SENT
        assert not Suppression.objects.exists()

    def test_mail_that_is_taken_for_spam_says_nothing_about_the_address(self, mailgun, alert):
        said = {"code": 554, "message": "5.7.1 Message rejected as spam"}
        mailgun(alert, "failed", **{**self.NO_SUCH_USER, "delivery-status": said})
        alert.refresh_from_db()
        assert alert.state == State.FAILED
        assert not Suppression.objects.exists()

    def test_a_forged_signature_is_refused(self, mailgun, alert):
        assert mailgun(alert, "complained", key="guessed", **self.NO_SUCH_USER).status_code == 400
        assert not Suppression.objects.exists()

    def test_without_its_signing_key_nothing_is_believed(self, mailgun, anymail, alert):
        anymail()
        answer = mailgun(alert, "complained")
        assert answer.status_code == 403
        assert "MAILGUN_WEBHOOK_SIGNING_KEY" in answer.text


class TestSendGrid:
    """SendGrid posts several events at once and signs the time and the body by ECDSA."""

    @pytest.fixture
    def sendgrid(self, anymail, tell):
        key = ec.generate_private_key(ec.SECP256R1())
        spki = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        anymail(SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY=base64.b64encode(spki).decode())

        def tell_as_sendgrid(*events, signer=key):
            at, body = str(int(time.time())), json.dumps(events).encode()
            signature = base64.b64encode(signer.sign(at.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
            prefix = "X-Twilio-Email-Event-Webhook"
            return tell("sendgrid", body, **{f"{prefix}-Signature": signature, f"{prefix}-Timestamp": at})

        return tell_as_sendgrid

    def event(self, alert, event, **more):
        ids = {"sg_event_id": "bW9yZQ", "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001"}
        return {"email": alert.address, "timestamp": 1772452805, "event": event, "alert": alert.uuid.hex, **ids, **more}

    def test_each_of_several_events_goes_to_its_message(self, sendgrid, alert):
        other = a_message(state=State.SENT, attempts=1)
        gone = self.event(other, "bounce", type="bounce", status="5.1.1", reason="550 5.1.1 No such user")
        assert sendgrid(self.event(alert, "delivered", response="250 OK"), gone).status_code == 200
        alert.refresh_from_db()
        other.refresh_from_db()
        assert (alert.state, other.state) == (State.DELIVERED, State.FAILED)
        assert Suppression.objects.get().merchant == other.merchant

    def test_what_it_dropped_for_an_earlier_complaint_is_one(self, sendgrid, alert):
        sendgrid(self.event(alert, "dropped", reason="Unsubscribed Address"))
        alert.refresh_from_db()
        assert alert.state == State.FAILED
        assert Suppression.objects.get().reason == Suppressed.BY_PROVIDER

    def test_a_forged_signature_is_refused(self, sendgrid, alert):
        thief = ec.generate_private_key(ec.SECP256R1())
        assert sendgrid(self.event(alert, "spamreport"), signer=thief).status_code == 400
        assert not Suppression.objects.exists()


class TestResend:
    """Resend tells a bounce's kind in a word; a password in the address verifies it."""

    @pytest.mark.parametrize(("kind", "stops"), [("Permanent", 1), ("Transient", 0), ("Undetermined", 0)])
    def test_only_a_permanent_bounce_stops_the_address(self, anymail, tell, alert, kind, stops):
        anymail(WEBHOOK_SECRET=SECRET)
        said = "The recipient's email provider sent a hard bounce message, but didn't specify the reason."
        body = {
            "type": "email.bounced",
            "created_at": "2026-03-02T12:00:05.000Z",
            "data": {
                "email_id": alert.provider_id,
                "to": [alert.address],
                "bounce": {"message": said, "type": kind, "subType": "General"},
                "headers": [{"name": "X-Metadata", "value": json.dumps({"alert": alert.uuid.hex})}],
            },
        }
        basic = base64.b64encode(SECRET.encode()).decode()
        assert tell("resend", json.dumps(body), Authorization=f"Basic {basic}").status_code == 200
        assert Suppression.objects.count() == stops


class TestAShopperWhoWasForgotten:
    """The provider still knows the address; Doorstep is not to learn it again."""

    @pytest.fixture
    def forgotten(self, alert):
        alert.known_as = alert.address
        erase_customer(alert.customer_id)
        return alert

    @pytest.mark.parametrize(
        ("record", "kind", "state"),
        [("Bounce", "HardBounce", State.FAILED), ("SpamComplaint", "SpamComplaint", State.DELIVERED)],
    )
    def test_what_is_told_of_their_messages_names_nobody(self, postmark, forgotten, record, kind, state):
        told = postmark_bounce(kind, f"smtp;550 5.1.1 <{forgotten.known_as}> user unknown")
        assert postmark(forgotten, record, **told).status_code == 200
        forgotten.refresh_from_db()
        assert forgotten.state == state
        assert (forgotten.error, forgotten.provider_id) == ("", "")
        assert not Suppression.objects.exists()


def test_one_shops_bounce_is_not_the_others(postmark, alert):
    a_merchant("Meridian")
    postmark(alert, "Bounce", **postmark_bounce("HardBounce", "smtp;550 5.1.1 user unknown"))
    assert {row.merchant for row in Suppression.objects.all()} == {alert.merchant}


def test_a_provider_that_nobody_knows_is_not_there(tell):
    assert tell("pigeon", "{}").status_code == 404
    assert tell("mandrill_inbound", "{}").status_code == 404

"""E-mails through django-anymail, to a gateway on the loopback that answers as these providers' APIs do."""

import base64
import json
import smtplib
from email import message_from_bytes
from urllib.parse import parse_qsl

import pytest

from alerts.channels.base import ChannelError, Kind
from alerts.channels.email import Email, is_no_mailbox, provider
from alerts.models import Suppressed, Suppression
from alerts.states import Why
from orders.models import Consent
from tests.alerts.stories import a_message
from tests.orders.webhooks.receiver import Receiver, Reply

pytestmark = pytest.mark.django_db

INACTIVE = (
    "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: "
    "aino@shopper.example. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a "
    "manual suppression."
)


@pytest.fixture
def gateway():
    with Receiver() as gateway:
        yield gateway


@pytest.fixture
def through(settings, gateway):
    """Send by this backend, whose API is the gateway."""

    def through(backend, **told):
        settings.MAILERS = {"default": {"BACKEND": f"{backend}.EmailBackend", "OPTIONS": {}}}
        settings.ANYMAIL = {"IGNORE_UNSUPPORTED_FEATURES": True, "REQUESTS_TIMEOUT": 2, **told}

    return through


def answer(data, status=200, **headers) -> Reply:
    return Reply(status, {"Content-Type": "application/json", **headers}, json.dumps(data).encode())


def refusal(alert) -> ChannelError:
    with pytest.raises(ChannelError) as raised:
        Email().send(alert)
    return raised.value


class TestPostmark:
    TAKEN = {"To": "aino@shopper.example", "SubmittedAt": "2026-03-02T12:00:00Z", "ErrorCode": 0, "Message": "OK"}

    @pytest.fixture(autouse=True)
    def postmark(self, through, gateway):
        through("anymail.backends.postmark", POSTMARK_SERVER_TOKEN="token", POSTMARK_API_URL=gateway.url)

    def test_the_e_mail_arrives_whole_and_its_number_is_kept(self, gateway):
        alert = a_message(address="aino@shopper.example")
        gateway.replies = [answer({**self.TAKEN, "MessageID": "b7bc2f4a"})]
        receipt = Email().send(alert)
        assert (receipt.provider, receipt.provider_id) == ("postmark", "b7bc2f4a")
        (received,) = gateway.received
        assert received.path == "/hooks/email"
        sent = json.loads(received.body)
        assert (sent["To"], sent["Subject"]) == (alert.address, alert.subject)
        assert (sent["TextBody"], sent["HtmlBody"]) == (alert.body_text, alert.body_html)
        headers = {header["Name"]: header["Value"] for header in sent["Headers"]}
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert sent["Metadata"] == {"alert": alert.uuid.hex}

    def test_nobody_watches_the_reader(self, gateway):
        gateway.replies = [answer({**self.TAKEN, "MessageID": "1"})]
        Email().send(a_message())
        sent = json.loads(gateway.received[0].body)
        assert (sent["TrackOpens"], sent["TrackLinks"]) == (False, "None")

    def test_only_the_shoppers_own_yes_lets_opening_be_noted(self, gateway):
        alert = a_message()
        Consent.objects.create(merchant=alert.merchant, customer=alert.customer, channel="email", purpose="opens")
        gateway.replies = [answer({**self.TAKEN, "MessageID": "1"})]
        Email().send(alert)
        assert json.loads(gateway.received[0].body)["TrackOpens"] is True

    @pytest.mark.parametrize(
        ("reply", "kind", "why"),
        [
            (answer({"ErrorCode": 10, "Message": "Bad server token"}, 401), Kind.PERMANENT, Why.ACCOUNT_REFUSED),
            (answer({"ErrorCode": 300, "Message": "Invalid 'From'"}, 422), Kind.PERMANENT, Why.REFUSED),
            (answer({"ErrorCode": 406, "Message": INACTIVE}, 422), Kind.PERMANENT, Why.ADDRESS_REFUSED),
            (answer({}, 503), Kind.TEMPORARY, Why.UNAVAILABLE),
            (Reply(200, {}, b"<html>a proxy's page"), Kind.UNSURE, Why.NO_ANSWER),
            (answer({"ErrorCode": 10, "Message": "no"}, 200), Kind.UNSURE, Why.NO_ANSWER),
        ],
        ids=["401", "422", "inactive", "503", "a page", "an error in a 200"],
    )
    def test_each_answer_has_its_meaning(self, gateway, reply, kind, why):
        alert = a_message(address="aino@shopper.example")
        gateway.replies = [reply]
        error = refusal(alert)
        assert (error.kind, error.why) == (kind, why)

    def test_too_many_requests_wait_as_long_as_is_asked(self, gateway):
        gateway.replies = [answer({}, 429, **{"Retry-After": "9"})]
        error = refusal(a_message())
        assert (error.kind, error.why, error.retry_after) == (Kind.TEMPORARY, Why.UNAVAILABLE, 9)

    def test_an_api_that_is_not_there_leaves_it_open(self, through, free_port):
        through(
            "anymail.backends.postmark",
            POSTMARK_SERVER_TOKEN="token",
            POSTMARK_API_URL=f"http://127.0.0.1:{free_port}/",
        )
        assert refusal(a_message()).kind is Kind.UNSURE


class TestMailgun:
    def test_the_e_mail_arrives_whole(self, through, gateway):
        through("anymail.backends.mailgun", MAILGUN_API_KEY="key", MAILGUN_API_URL=gateway.url)
        alert = a_message()
        gateway.replies = [answer({"id": "<20260302.1@mg.example>", "message": "Queued. Thank you."})]
        receipt = Email().send(alert)
        assert (receipt.provider, receipt.provider_id) == ("mailgun", "<20260302.1@mg.example>")
        (received,) = gateway.received
        assert received.path == "/hooks/nordlicht.example/messages"
        assert received.headers["Authorization"] == "Basic " + base64.b64encode(b"api:key").decode()
        form = fields(received)
        assert (form["to"], form["subject"], form["v:alert"]) == (alert.address, alert.subject, alert.uuid.hex)
        assert (form["o:tracking-opens"], form["o:tracking-clicks"]) == ("no", "no")
        assert form["h:List-Unsubscribe"].startswith("<https://portal.test/messages/unsubscribe/")


class TestResend:
    def test_it_is_told_which_message_it_is(self, through, gateway):
        through("alerts.mailers.resend", RESEND_API_KEY="re_key", RESEND_API_URL=gateway.url)
        alert = a_message()
        gateway.replies = [answer({}, 503), answer({"id": "49a3999c"})]
        refusal(alert)
        assert Email().send(alert).provider == "resend"
        first, second = gateway.received
        assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"] == alert.uuid.hex
        assert first.body == second.body, "or Resend would refuse it as another message"

    def test_the_same_message_on_its_way_is_waited_for(self, through, gateway):
        through("alerts.mailers.resend", RESEND_API_KEY="re_key", RESEND_API_URL=gateway.url)
        gateway.replies = [answer({"name": "concurrent_idempotent_requests"}, 409)]
        assert refusal(a_message()).kind is Kind.TEMPORARY


def test_brevo_is_told_which_message_it_is(through, gateway):
    through("anymail.backends.brevo", BREVO_API_KEY="key", BREVO_API_URL=gateway.url)
    alert = a_message()
    gateway.replies = [answer({"messageId": "<1@smtp-relay.example>"}, 201)]
    Email().send(alert)
    assert json.loads(gateway.received[0].body)["headers"]["idempotencyKey"] == str(alert.uuid)


class TestMailServer:
    def test_its_name_is_smtp_and_nothing_of_the_providers_stands_in_the_mail(self, inbox):
        assert provider() == "smtp"
        assert Email().send(a_message()).provider == "smtp"
        (mail,) = inbox.mailbox.all()
        assert mail.message["idempotencyKey"] is None

    def test_a_mailbox_that_does_not_exist_gets_no_more_from_this_shop(self, inbox):
        alert = a_message(address="nobody@shopper.example")
        assert refusal(alert).why == Why.ADDRESS_REFUSED
        (stopped,) = Suppression.objects.all()
        assert (stopped.merchant, stopped.address) == (alert.merchant, alert.address)
        assert stopped.reason == Suppressed.BOUNCED

    def test_a_busy_one_does(self, inbox):
        assert refusal(a_message(address="later@shopper.example")).kind is Kind.TEMPORARY
        assert not Suppression.objects.exists()

    @pytest.mark.parametrize(
        ("code", "said", "is_so"),
        [
            (550, b"5.1.1 no such user", True),
            (550, b"5.1.10 RESOLVER.ADR.RecipientNotFound", True),
            (554, b"5.7.1 blocked by our list, see 5.1.1", False),
            (552, b"5.2.2 mailbox full", False),
            (550, b"no such user", False),
            (450, b"4.1.1 not now", False),
            (450, b"5.1.1 confused", False),
        ],
    )
    def test_the_servers_own_code_decides(self, code, said, is_so):
        assert is_no_mailbox(smtplib.SMTPRecipientsRefused({"a@b.example": (code, said)})) is is_so
        assert not is_no_mailbox(smtplib.SMTPDataError(code, said))


def fields(received) -> dict[str, str]:
    """The fields of the form that was posted."""
    head = f"Content-Type: {received.headers['Content-Type']}\r\n\r\n".encode()
    if not received.headers["Content-Type"].startswith("multipart"):
        return dict(parse_qsl(received.body.decode()))
    parts = message_from_bytes(head + received.body).get_payload()
    return {
        part.get_param("name", header="Content-Disposition"): part.get_payload(decode=True).decode() for part in parts
    }

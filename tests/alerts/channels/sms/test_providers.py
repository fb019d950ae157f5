"""What holds at every provider of texts, over real HTTP and each one's own wire format."""

import datetime
import ipaddress
import ssl
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from alerts.channels.base import ChannelError, ChannelMisconfigured, Kind
from alerts.channels.sms import PROVIDERS, provider
from alerts.channels.sms.base import Account, Text
from alerts.channels.sms.channel import Sms, account_of
from alerts.links import sms_receipt_link
from alerts.models import Sender
from alerts.sandbox.dialects.base import NOT_ALLOWED
from alerts.states import Why
from tests.alerts.accounts import ACCOUNTS, platform_at
from tests.alerts.keys import a_private_key, pem
from tests.alerts.stories import an_alert
from tests.builders import a_merchant

PUBLIC = ("service_plan_id", "account_sid", "api_key")
LATER, LOST = (Kind.TEMPORARY, Why.UNAVAILABLE), (Kind.UNSURE, Why.NO_ANSWER)
NOT_OURS = (Kind.PERMANENT, Why.ACCOUNT_REFUSED)


def an_account(key, **change) -> Account:
    return Account(provider(key), {**ACCOUNTS[key], **change}, "+15005550006")


def refusal(key, to="+358401234567", timeout=(2, 0.5), **change) -> ChannelError:
    with pytest.raises(ChannelError) as raised:
        an_account(key, **change).send(Text(to, "Your parcel is late."), timeout)
    return raised.value


def meaning(error: ChannelError):
    return error.kind, error.why


@pytest.mark.django_db
class TestSending:
    def test_the_text_is_taken_and_the_provider_told_where_its_receipts_go(self, by, inbox):
        alert = an_alert(channel="sms")
        receipt = Sms().send(alert)
        (text,) = inbox.phones.all()
        assert (receipt.provider_id, receipt.provider, text.dialect.key) == (text.sid, by, by)
        assert (text.sender, text.to, text.body) == ("+15005550006", "+358401234567", alert.body_text)
        assert text.callback == sms_receipt_link(by, alert)
        assert text.reference in ("", alert.uuid.hex)

    def test_a_merchants_own_account_and_sender_come_before_the_platforms(self, by, inbox, settings):
        alert = an_alert(channel="sms")
        other = next(key for key in PROVIDERS if key != by)
        own = Sender.objects.create(
            merchant=alert.merchant, channel="sms", provider=other, identity="Nordlicht", credentials=ACCOUNTS[other]
        )
        assert Sms().send(alert).provider == other
        (text,) = inbox.phones.all()
        assert text.sender == "Nordlicht"
        own.active = False
        own.save()
        assert Sms().send(alert).provider == by

    def test_without_a_whole_account_it_says_what_to_fill_in(self, by, settings):
        alert = an_alert(channel="sms")
        platform_at(settings, by, **dict.fromkeys(ACCOUNTS[by], ""))
        assert not Sms().is_ready(alert.merchant)
        with pytest.raises(ChannelError, match=r"is not complete; missing: .* Fill in the sender") as raised:
            Sms().send(alert)
        assert meaning(raised.value) == (Kind.PERMANENT, Why.NOT_SET_UP)

    def test_a_merchant_without_a_sender_cannot_text(self, by):
        assert Sms().is_ready(a_merchant())
        assert account_of(a_merchant(sms_from="")).lacks == ("comes from",)

    def test_a_provider_there_is_not_is_a_mistake_of_ours(self, settings):
        settings.SMS_PROVIDER = "pigeon"
        with pytest.raises(ChannelMisconfigured, match=r"no provider of texts 'pigeon'\. Known providers: sinch, "):
            Sms().is_ready(a_merchant())


@pytest.mark.parametrize("key", sorted(PROVIDERS))
class TestTroubles:
    @pytest.mark.parametrize(
        ("fault", "meant"),
        [("429", LATER), ("500", LATER), ("502", LOST), ("200", LOST), ("timeout", LOST), ("latency", LOST)],
    )
    def test_each_trouble_has_its_meaning(self, key, fault, meant, inbox):
        inbox.gateway.fault(fault, seconds=1)
        assert meaning(refusal(key)) == meant

    def test_too_many_requests_wait_as_long_as_the_provider_asks(self, key, inbox):
        inbox.gateway.fault("429", seconds=7)
        assert refusal(key).retry_after == 7

    def test_a_provider_that_is_not_there_never_got_the_text(self, key, settings, free_port):
        settings.SANDBOX_SMS_URL = f"http://127.0.0.1:{free_port}"
        assert meaning(refusal(key)) == LATER

    def test_a_certificate_that_is_not_to_be_trusted_gets_no_text(self, key, settings, tmp_path):
        with a_server(NeverAsked, tmp_path) as server:
            settings.SANDBOX_SMS_URL = f"https://127.0.0.1:{server.server_port}"
            assert meaning(refusal(key)) == LATER
            assert server.asked == []

    def test_a_redirect_is_not_followed(self, key, settings):
        with a_server(Elsewhere) as server:
            settings.SANDBOX_SMS_URL = f"http://127.0.0.1:{server.server_port}"
            assert meaning(refusal(key)) == LOST
            assert len(server.asked) == 1

    def test_a_wrong_secret_is_the_accounts_fault(self, key, inbox):
        secret = list(ACCOUNTS[key])[-1]
        assert meaning(refusal(key, **{secret: "refused"})) == NOT_OURS

    def test_a_secret_that_cannot_be_one_is_the_accounts_fault_and_stays_secret(self, key, inbox):
        error = refusal(key, **{list(ACCOUNTS[key])[-1]: "tök€n"})
        assert meaning(error) == NOT_OURS
        assert "tök€n" not in f"{error} {error.detail}"
        assert inbox.phones.all() == []

    def test_a_country_that_the_account_may_not_text_to_is_the_accounts_fault(self, key, inbox):
        assert meaning(refusal(key, NOT_ALLOWED)) == NOT_OURS

    def test_no_secret_is_in_an_error_or_in_what_is_printed(self, key, inbox, settings):
        error = refusal(key, NOT_ALLOWED)
        shown = f"{error} {error.detail} {an_account(key)!r}"
        assert not [secret for name, secret in ACCOUNTS[key].items() if name not in PUBLIC and secret in shown]

    def test_a_netrc_on_the_machine_does_not_take_the_accounts_place(self, key, inbox, tmp_path, monkeypatch):
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login somebody password refused\n")
        monkeypatch.setenv("NETRC", str(netrc))
        assert an_account(key).send(Text("+358401234567", "Hei")).provider_id

    @pytest.mark.parametrize(
        ("status", "why"),
        [
            (201, Why.NO_ANSWER),
            (202, Why.NO_ANSWER),
            (400, Why.REFUSED),
            (402, Why.ACCOUNT_REFUSED),
            (403, Why.ACCOUNT_REFUSED),
            (404, Why.ACCOUNT_REFUSED),
            (408, Why.UNAVAILABLE),
            (422, Why.REFUSED),
            (503, Why.UNAVAILABLE),
            (504, Why.NO_ANSWER),
        ],
    )
    @pytest.mark.parametrize("body", [b"", b"<html>a proxy's page", b"[]", b"{}", b'{"code": "new", "type": "#new"}'])
    def test_an_answer_without_a_code_we_know_is_read_by_its_status(self, key, status, why, body):
        response = requests.Response()
        response.status_code, response._content = status, body
        with pytest.raises(ChannelError) as raised:
            provider(key)._read(response)
        assert raised.value.why == why


class TestJwt:
    def test_vonages_application_signs_its_requests(self, inbox):
        key = pem(a_private_key())
        account = Account(provider("vonage"), {"application_id": "app", "private_key": key}, "Nordlicht")
        account.send(Text("+358401234567", "Hei"))
        (text,) = inbox.phones.all()
        assert (text.account, text.sender) == ("app", "Nordlicht")

    def test_a_key_that_cannot_be_read_says_so_and_sends_nothing(self, inbox):
        account = Account(provider("vonage"), {"application_id": "app", "private_key": "MIIE"}, "Nordlicht")
        with pytest.raises(ChannelError, match="private key cannot be used") as raised:
            account.send(Text("+358401234567", "Hei"))
        assert meaning(raised.value) == (Kind.PERMANENT, Why.NOT_SET_UP)
        assert inbox.phones.all() == []


class NeverAsked(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.asked.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format, *arguments):
        pass


class Elsewhere(NeverAsked):
    def do_POST(self):
        self.server.asked.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(307)
        self.send_header("Location", self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def a_server(handler, folder=None):
    """Answers on the loopback; by TLS, with a certificate that it made for itself, where a folder is given."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.asked = []
    server.handle_error = lambda *arguments: None
    if folder:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self_signed(folder))
        server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def self_signed(folder):
    key = a_private_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_text(pem(key))
    return folder / "cert.pem", folder / "key.pem"

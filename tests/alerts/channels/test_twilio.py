import pytest
import requests
from phonenumber_field.phonenumber import PhoneNumber

from alerts.channels import ChannelMisconfigured, channel
from alerts.channels.base import ChannelError, Kind
from alerts.channels.sms import twilio
from alerts.channels.sms.twilio import Twilio
from alerts.links import twilio_receipt_link
from alerts.models import Sender
from alerts.states import Why
from tests.alerts.stories import an_alert
from tests.builders import a_customer

pytestmark = pytest.mark.django_db


def refusal(alert) -> ChannelError:
    with pytest.raises(ChannelError) as raised:
        Twilio().send(alert)
    return raised.value


def meaning(error: ChannelError):
    return error.kind, error.why


class TestSend:
    def test_twilio_takes_the_text_and_is_told_where_its_receipts_go(self, inbox):
        alert = an_alert(channel="sms")
        receipt = Twilio().send(alert)
        (text,) = inbox.phones.all()
        assert receipt.provider_id == text.sid
        assert (text.sender, text.to, text.body) == ("+15005550006", "+358401234567", alert.body_text)
        assert text.status_callback == twilio_receipt_link(alert)
        assert alert.uuid.hex in text.status_callback.replace("-", "")

    def test_a_merchants_own_account_and_messaging_service_come_before_the_platforms(self, inbox):
        alert = an_alert(channel="sms")
        own = {"account_sid": "ACown", "auth_token": "own-token"}
        Sender.objects.create(merchant=alert.merchant, channel="sms", identity="MGservice", credentials=own)
        Twilio().send(alert)
        (text,) = inbox.phones.all()
        assert (text.account_sid, text.auth_token, text.service_sid) == ("ACown", "own-token", "MGservice")

    def test_a_sender_that_is_switched_off_leaves_it_to_the_platform(self, inbox, settings):
        alert = an_alert(channel="sms")
        Sender.objects.create(merchant=alert.merchant, channel="sms", credentials={}, active=False)
        Twilio().send(alert)
        assert inbox.phones.all()[0].account_sid == settings.TWILIO_ACCOUNT_SID

    def test_without_an_account_it_says_what_to_fill_in(self, settings):
        alert = an_alert(channel="sms")
        settings.TWILIO_ACCOUNT_SID = ""
        error = refusal(alert)
        assert "fill in the sender, or TWILIO_ACCOUNT_SID" in str(error)
        assert meaning(error) == (Kind.PERMANENT, Why.NOT_SET_UP)

    @pytest.mark.parametrize(
        ("number", "kind", "why"),
        [
            ("+15005550001", Kind.PERMANENT, Why.ADDRESS_REFUSED),
            ("+15005550002", Kind.PERMANENT, Why.ADDRESS_REFUSED),
            ("+15005550003", Kind.PERMANENT, Why.ACCOUNT_REFUSED),
            ("+15005550004", Kind.PERMANENT, Why.UNSUBSCRIBED),
            ("+15005550009", Kind.PERMANENT, Why.ADDRESS_REFUSED),
        ],
    )
    def test_twilios_magic_numbers_fail_for_good_each_for_its_reason(self, inbox, number, kind, why):
        assert meaning(refusal(an_alert(channel="sms", address=number))) == (kind, why)

    def test_too_many_requests_wait_as_long_as_twilio_asks(self, inbox):
        inbox.gateway.fault("429", seconds=7)
        error = refusal(an_alert(channel="sms"))
        assert meaning(error) == (Kind.TEMPORARY, Why.UNAVAILABLE)
        assert error.retry_after == 7
        assert str(error) == "Twilio answered Too Many Requests (HTTP 429, code 20429)."

    def test_a_gateway_that_is_not_there_never_got_the_text(self, settings, free_port):
        alert = an_alert(channel="sms")
        settings.SANDBOX_SMS_URL = f"http://127.0.0.1:{free_port}"
        assert meaning(refusal(alert)) == (Kind.TEMPORARY, Why.UNAVAILABLE)

    def test_a_gateway_that_hangs_up_after_the_text_may_have_it(self, inbox):
        inbox.gateway.fault("timeout", seconds=0)
        assert meaning(refusal(an_alert(channel="sms"))) == (Kind.UNSURE, Why.NO_ANSWER)

    def test_no_error_shows_the_auth_token(self, inbox, settings):
        settings.TWILIO_AUTH_TOKEN = "refused"
        error = refusal(an_alert(channel="sms"))
        assert "refused" not in f"{error} {error.detail}"
        assert "refused" not in repr(twilio.account_of(an_alert().merchant))


@pytest.mark.parametrize(
    ("status", "body", "meant"),
    [
        (200, b"<html>a proxy's page", (Kind.UNSURE, Why.NO_ANSWER)),
        (201, b"{}", (Kind.UNSURE, Why.NO_ANSWER)),
        (504, b"", (Kind.UNSURE, Why.NO_ANSWER)),
        (500, b"oops", (Kind.TEMPORARY, Why.UNAVAILABLE)),
        (503, b"[]", (Kind.TEMPORARY, Why.UNAVAILABLE)),
        (401, b'{"code": 20003, "message": "Authenticate"}', (Kind.PERMANENT, Why.ACCOUNT_REFUSED)),
        (404, b'{"code": 20404}', (Kind.PERMANENT, Why.ACCOUNT_REFUSED)),
        (400, b'{"code": 21617, "message": "too long"}', (Kind.PERMANENT, Why.REFUSED)),
        (400, b'{"code": 99999}', (Kind.PERMANENT, Why.REFUSED)),
    ],
)
def test_answers_are_read_by_code_and_then_by_status(status, body, meant):
    response = requests.Response()
    response.status_code, response._content = status, body
    with pytest.raises(ChannelError) as raised:
        twilio._read(response)
    assert meaning(raised.value) == meant


class TestAddress:
    def test_a_number_is_written_in_its_international_form(self):
        customer = a_customer(phone=PhoneNumber.from_string("040 123 4567", region="FI"))
        assert Twilio().address_of(customer) == "+358401234567"

    def test_a_number_that_cannot_exist_is_none(self):
        assert Twilio().address_of(a_customer(phone="+999")) == ""
        assert Twilio().address_of(a_customer(phone="ask Aino")) == ""

    def test_no_number_is_none(self):
        assert Twilio().address_of(a_customer(phone="")) == ""


def test_typographic_signs_that_would_double_the_price_are_spelt_plainly():
    assert Twilio().tidy("Tue\u00a024\u2009–\u2009Thu 26 · “Linen’s”…\n") == 'Tue 24 - Thu 26 - "Linen\'s"...'


def test_a_channel_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(ChannelMisconfigured, match=r"There is no channel 'fax'\. Known channels: email, sms\."):
        channel("fax")

import pytest

from alerts.channels.base import Kind
from alerts.channels.sms import twilio
from alerts.channels.sms.channel import Sms
from alerts.models import Sender
from alerts.states import Why
from tests.alerts.channels.sms.test_providers import meaning, refusal
from tests.alerts.stories import an_alert


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("+15005550001", Why.ADDRESS_REFUSED),
        ("+15005550002", Why.ADDRESS_REFUSED),
        ("+15005550003", Why.ACCOUNT_REFUSED),
        ("+15005550004", Why.UNSUBSCRIBED),
        ("+15005550009", Why.ADDRESS_REFUSED),
    ],
)
def test_twilios_magic_numbers_fail_for_good_each_for_its_reason(inbox, number, why):
    assert meaning(refusal("twilio", number)) == (Kind.PERMANENT, why)


def test_the_error_says_what_twilio_said(inbox):
    inbox.gateway.fault("429")
    assert str(refusal("twilio")) == "Twilio answered Too Many Requests (HTTP 429, code 20429)."


@pytest.mark.django_db
def test_a_messaging_service_sends_under_its_id(inbox):
    alert = an_alert(channel="sms")
    own = {"account_sid": "ACown", "auth_token": "own-token"}
    Sender.objects.create(
        merchant=alert.merchant, channel="sms", provider="twilio", identity="MGservice", credentials=own
    )
    Sms().send(alert)
    (text,) = inbox.phones.all()
    assert (text.account, text.secret, text.service) == ("ACown", "own-token", "MGservice")


def test_the_signature_is_the_one_twilio_documents():
    """The worked example of twilio.com/docs/usage/security: URL, form, token and signature as given there."""
    told = (
        "https://mycompany.com/myapp.php?foo=1&bar=2"
        "CallSidCA1234567890ABCDECaller+12349013030Digits1234From+12349013030To+18005551212"
    )
    assert twilio.sign("12345", told) == b"0/KCTR6DLpKmkAf8muzZqo1nDgQ="

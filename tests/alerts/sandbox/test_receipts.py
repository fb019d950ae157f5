import base64
import hashlib
import hmac
from urllib.parse import parse_qsl

import pytest
import requests

from alerts.sandbox.dialects.twilio import sign
from alerts.sandbox.texts import TextStatus
from tests.alerts.sandbox.conftest import ACCOUNT, PHONE, SHOP, TOKEN, text
from tests.carriers.sandbox.listener import wait_until


def forms(listener):
    return [dict(parse_qsl(received.body.decode())) for received in listener.received]


def signature(url, form):
    """Twilio's algorithm step by step, not the sandbox's own."""
    told = url
    for name, value in sorted(form.items()):
        told += name
        told += value
    return base64.b64encode(hmac.new(TOKEN.encode(), told.encode("utf-8"), hashlib.sha1).digest()).decode()


def test_the_signature_is_that_of_twilios_published_example():
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    assert sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", params) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def test_a_text_is_sent_then_delivered_and_each_receipt_is_signed(inbox, listener):
    sid = text(inbox, StatusCallback=listener.url).json()["sid"]
    listener.wait_for(2)
    assert [form["MessageStatus"] for form in forms(listener)] == ["sent", "delivered"]
    for received, form in zip(listener.received, forms(listener), strict=True):
        assert received.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert received.headers["X-Twilio-Signature"] == signature(listener.url, form)
        assert form == {
            "MessageSid": sid,
            "SmsSid": sid,
            "MessageStatus": form["MessageStatus"],
            "SmsStatus": form["MessageStatus"],
            "To": PHONE,
            "From": SHOP,
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
        }


def test_a_messaging_services_text_is_queued_first(inbox, listener):
    text(inbox, From=None, MessagingServiceSid="MG1", StatusCallback=listener.url)
    listener.wait_for(3)
    told = [(form["MessageStatus"], form["MessagingServiceSid"], form["From"]) for form in forms(listener)]
    assert told == [(status, "MG1", "+15005550006") for status in ("queued", "sent", "delivered")]


@pytest.mark.parametrize(
    ("kind", "statuses", "code"),
    [("undelivered", ["sent", "undelivered"], "30003"), ("failed", ["failed"], "30008")],
)
def test_a_text_that_does_not_arrive_says_why(inbox, listener, kind, statuses, code):
    inbox.gateway.fault(kind, to=PHONE)
    text(inbox, StatusCallback=listener.url)
    listener.wait_for(len(statuses))
    assert [form["MessageStatus"] for form in forms(listener)] == statuses
    assert forms(listener)[-1]["ErrorCode"] == code
    wait_until(lambda: inbox.phones.all()[0].error_code == int(code))


def test_a_text_without_a_callback_is_delivered_in_silence(inbox):
    text(inbox)
    wait_until(lambda: inbox.phones.all()[0].status is TextStatus.DELIVERED)
    assert inbox.phones.all()[0].sent_at is not None
    assert list(inbox.receipts.posted) == []


def test_a_receipt_that_meets_nobody_does_not_hold_up_the_next(inbox, listener, free_port):
    text(inbox, StatusCallback=f"http://127.0.0.1:{free_port}/")
    text(inbox, StatusCallback=listener.url)
    listener.wait_for(2)
    assert 0 in {post.status for post in inbox.receipts.posted}


def reply(inbox, **data):
    return requests.post(f"{inbox.url}/_sandbox/reply", json={"phone": PHONE, **data}, timeout=5)


def test_a_reply_is_posted_signed_and_kept(inbox, listener):
    text(inbox)
    assert reply(inbox, body="Where is it?", url=listener.url).json() == {"status": 200}
    (form,) = forms(listener)
    assert (form["From"], form["To"], form["Body"]) == (PHONE, SHOP, "Where is it?")
    assert (form["AccountSid"], form["NumMedia"]) == (ACCOUNT, "0")
    assert listener.received[0].headers["X-Twilio-Signature"] == signature(listener.url, form)
    assert [each.inbound for each in inbox.phones.all()] == [False, True]


def test_stop_ends_the_texts_to_a_number_and_start_lets_them_begin_again(inbox, listener):
    text(inbox)
    reply(inbox, body=" stop ", url=listener.url)
    refused = text(inbox)
    assert (refused.status_code, refused.json()["code"]) == (400, 21610)
    assert text(inbox, To="+358409999999").status_code == 201
    reply(inbox, body="START", url=listener.url)
    assert text(inbox).status_code == 201


def test_a_number_that_was_never_written_to_cannot_reply(inbox, listener):
    answer = reply(inbox, body="STOP", url=listener.url)
    assert answer.status_code == 400
    assert answer.json()["error"] == f"{PHONE!r} got no message that it could answer."


def test_a_reply_needs_somewhere_to_go(inbox):
    text(inbox)
    answer = reply(inbox, body="STOP")
    assert answer.status_code == 400
    assert "Nobody said where replies go" in answer.json()["error"]


def test_the_words_that_twilio_is_asked_to_text_back_are_shown_on_the_phone(inbox):
    text(inbox)
    twiml = "<Response><Message>No more texts &amp; that is all.</Message></Response>"
    dialect = inbox.phones.all()[0].dialect
    assert dialect.replied(twiml) == "No more texts & that is all."
    assert [dialect.replied(answer) for answer in ("<Response/>", "", "not XML")] == ["", "", ""]

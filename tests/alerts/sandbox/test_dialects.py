"""Vonage and Sinch as they are documented: what they take, what they refuse, and what they post."""

import base64
import hashlib
import hmac
import json

import pytest
import requests

from alerts.sandbox.dialects.sinch import WEBHOOK_SECRET
from alerts.sandbox.dialects.vonage import SIGNATURE_SECRET
from tests.alerts.sandbox.conftest import PHONE, SHOP
from tests.carriers.sandbox.listener import wait_until


def vonage(inbox, auth=("abcd1234", "secret"), **body):
    body = {
        "channel": "sms",
        "message_type": "text",
        "to": PHONE[1:],
        "from": SHOP[1:],
        "text": "Your parcel is late.",
        **body,
    }
    return requests.post(f"{inbox.url}/v1/messages", json=body, auth=auth, timeout=5)


def sinch(inbox, token="token", **body):
    body = {"from": SHOP, "to": [PHONE], "body": "Your parcel is late.", **body}
    headers = {"Authorization": f"Bearer {token}"}
    return requests.post(f"{inbox.url}/xms/v1/plan/batches", json=body, headers=headers, timeout=5)


def bodies(listener):
    return [json.loads(received.body) for received in listener.received]


def is_signed_by_vonage(received):
    """As developer.vonage.com tells to verify it, step by step and not by the sandbox's own code."""
    header, claims, signature = received.headers["Authorization"].removeprefix("Bearer ").split(".")
    expected = hmac.new(SIGNATURE_SECRET.encode(), f"{header}.{claims}".encode(), hashlib.sha256).digest()
    told = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == "HS256"
    assert told["payload_hash"] == hashlib.sha256(received.body).hexdigest()
    return base64.urlsafe_b64decode(signature + "==") == expected


def is_signed_by_sinch(received):
    nonce, moment = (received.headers[f"x-sinch-webhook-signature-{name}"] for name in ("nonce", "timestamp"))
    signed = received.body.decode() + "." + nonce + "." + moment
    expected = hmac.new(WEBHOOK_SECRET.encode(), signed.encode(), hashlib.sha256).digest()
    assert received.headers["x-sinch-webhook-signature-algorithm"] == "HmacSHA256"
    return received.headers["x-sinch-webhook-signature"] == base64.b64encode(expected).decode()


class TestVonage:
    def test_a_message_is_taken_with_its_uuid_and_nothing_more(self, inbox):
        reply = vonage(inbox)
        assert reply.status_code == 202
        assert list(reply.json()) == ["message_uuid"]

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"to": PHONE}, 1170),
            ({"to": ""}, 1170),
            ({"from": ""}, 1120),
            ({"text": ""}, 1020),
            ({"channel": "viber"}, 1020),
            ({"to": "15005550004"}, 1240),
        ],
    )
    def test_a_message_that_cannot_go_gets_a_problem_and_is_not_kept(self, inbox, body, code):
        reply = vonage(inbox, **body)
        assert (reply.status_code, reply.headers["Content-Type"]) == (422, "application/problem+json")
        assert reply.json()["type"].endswith(f"#{code}")
        assert inbox.phones.all() == []

    @pytest.mark.parametrize("auth", [None, ("abcd1234", "refused"), ("abcd1234", "")])
    def test_a_caller_without_an_account_is_unauthorized(self, inbox, auth):
        reply = vonage(inbox, auth)
        assert (reply.status_code, reply.json()["title"]) == (401, "You did not provide correct credentials.")

    def test_it_is_submitted_then_delivered_and_each_receipt_is_signed(self, inbox, listener):
        sid = vonage(inbox, webhook_url=listener.url, client_ref="ours").json()["message_uuid"]
        listener.wait_for(2)
        assert all(map(is_signed_by_vonage, listener.received))
        assert [told["status"] for told in bodies(listener)] == ["submitted", "delivered"]
        for told in bodies(listener):
            assert (told["message_uuid"], told["client_ref"], told["channel"]) == (sid, "ours", "sms")
            assert (told["to"], told["from"]) == (PHONE[1:], SHOP[1:])

    def test_one_that_never_left_is_rejected_and_says_why(self, inbox, listener):
        inbox.gateway.fault("failed")
        vonage(inbox, webhook_url=listener.url)
        (received,) = listener.wait_for(1)
        told = json.loads(received.body)
        assert (told["status"], told["error"]["title"]) == ("rejected", "1120")

    def test_an_answer_is_posted_signed(self, inbox, listener):
        vonage(inbox)
        inbox.inbound_urls = {"vonage": listener.url}
        assert inbox.reply(PHONE, "Stop it") == 200
        (received,) = listener.received
        assert is_signed_by_vonage(received)
        told = json.loads(received.body)
        assert (told["from"], told["to"], told["text"]) == (PHONE[1:], SHOP[1:], "Stop it")
        assert told["sms"]["keyword"] == "STOP"


class TestSinch:
    def test_a_batch_is_created_as_documented(self, inbox):
        reply = sinch(inbox, client_reference="ours")
        batch = reply.json()
        assert reply.status_code == 201
        assert (batch["to"], batch["from"], batch["canceled"]) == ([PHONE[1:]], SHOP[1:], False)
        assert (batch["type"], batch["client_reference"], batch["delivery_report"]) == ("mt_text", "ours", "none")

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"to": PHONE}, "syntax_constraint_violation"),
            ({"to": []}, "syntax_constraint_violation"),
            ({"body": ""}, "syntax_constraint_violation"),
            ({"from": ""}, "syntax_constraint_violation"),
            ({"to": ["040"]}, "syntax_invalid_parameter_format"),
        ],
    )
    def test_a_batch_that_cannot_go_gets_a_code_and_is_not_kept(self, inbox, body, code):
        reply = sinch(inbox, **body)
        assert (reply.status_code, reply.json()["code"]) == (400, code)
        assert inbox.phones.all() == []

    @pytest.mark.parametrize("token", ["", "refused"])
    def test_a_caller_without_an_account_is_unauthorized(self, inbox, token):
        assert sinch(inbox, token).status_code == 401

    def test_it_is_dispatched_then_delivered_and_each_receipt_is_signed(self, inbox, listener):
        sid = sinch(inbox, delivery_report="per_recipient", callback_url=listener.url).json()["id"]
        listener.wait_for(2)
        assert all(map(is_signed_by_sinch, listener.received))
        assert [(told["status"], told["code"]) for told in bodies(listener)] == [("Dispatched", 401), ("Delivered", 0)]
        for told in bodies(listener):
            assert (told["type"], told["batch_id"]) == ("recipient_delivery_report_sms", sid)
            assert told["recipient"] == PHONE[1:]

    def test_without_a_kind_of_report_none_is_posted(self, inbox, listener):
        sinch(inbox, callback_url=listener.url)
        wait_until(lambda: inbox.phones.all()[0].status == "delivered")
        assert listener.received == []

    def test_an_answer_is_posted_signed(self, inbox, listener):
        sinch(inbox)
        inbox.inbound_urls = {"sinch": listener.url}
        assert inbox.reply(PHONE, "STOP") == 200
        (received,) = listener.received
        assert is_signed_by_sinch(received)
        told = json.loads(received.body)
        assert (told["type"], told["from"], told["to"], told["body"]) == ("mo_text", PHONE[1:], SHOP[1:], "STOP")


def test_after_stop_twilio_turns_texts_away_and_the_others_leave_it_to_the_merchant(inbox, listener):
    for send in (vonage, sinch):
        assert send(inbox).ok
        inbox.reply(PHONE, "STOP", listener.url)
        assert send(inbox).ok


def test_one_screen_shows_the_texts_of_all_providers(inbox):
    vonage(inbox)
    sinch(inbox)
    page = requests.get(f"{inbox.url}/phone", timeout=5).text
    assert page.count("Your parcel is late.") == 2
    assert "· vonage ·" in page
    assert "· sinch ·" in page

"""Sinch's SMS API (XMS), version 1. Any service plan and token is accepted but the token "refused"."""

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from http import HTTPStatus

from alerts.sandbox.dialects.base import (
    E164,
    NOT_A_NUMBER,
    NOT_ALLOWED,
    REFUSED,
    Dialect,
    Post,
    Refusal,
    now,
    stamp,
)
from alerts.sandbox.texts import Text, TextStatus
from alerts.sandbox.web import Answer

# What every service plan's callbacks are signed with here.
WEBHOOK_SECRET = "sandbox-webhook-secret"
BATCHES = re.compile(r"/xms/v1/(?P<plan>[^/]+)/batches")

# Most of what is wrong with a number, Sinch tells by the receipt.
MAGIC_NUMBERS = {NOT_A_NUMBER: "syntax_invalid_parameter_format", NOT_ALLOWED: "unknown_campaign"}
# code -> HTTP status and text
ERRORS = {
    "syntax_invalid_json": (400, "The request body is not valid JSON."),
    "syntax_invalid_parameter_format": (400, "Invalid MSISDN format."),
    "syntax_constraint_violation": (400, "The request body does not fulfil all of the constraints set by the API."),
    "unknown_campaign": (403, "No campaign or service found for the given originator and destination."),
    "too_many_requests": (429, "Too many requests."),
    "internal_error": (500, "Internal error."),
}
STATUSES = {
    TextStatus.QUEUED: "Queued",
    TextStatus.SENT: "Dispatched",
    TextStatus.DELIVERED: "Delivered",
    TextStatus.UNDELIVERED: "Failed",
    TextStatus.FAILED: "Aborted",
}
CODES = {TextStatus.QUEUED: 400, TextStatus.SENT: 401, TextStatus.DELIVERED: 0}


class Sinch(Dialect):
    key = "sinch"
    error_codes = {TextStatus.UNDELIVERED: 11, TextStatus.FAILED: 402}

    def speaks(self, request):
        return bool(BATCHES.fullmatch(request.path)) and request.method == "POST"

    def read(self, request, phones):
        token = request.bearer()
        if not token or token == REFUSED:
            raise Refusal(Answer(HTTPStatus.UNAUTHORIZED))
        try:
            asked = request.json()
        except ValueError:
            raise Refusal(_error("syntax_invalid_json")) from None
        if code := _problem(asked):
            raise Refusal(_error(code))
        return Text(
            dialect=self,
            account=BATCHES.fullmatch(request.path)["plan"],
            secret=WEBHOOK_SECRET,
            to=asked["to"][0],
            sender=asked["from"],
            body=asked["body"],
            status=TextStatus.QUEUED,
            # Without a kind of report none is posted.
            callback=asked.get("callback_url", "") if asked.get("delivery_report") == "per_recipient" else "",
            reference=asked.get("client_reference", ""),
            sid=f"01{secrets.token_hex(12).upper()}",
        )

    def taken(self, text):
        return Answer.json(_batch(text), HTTPStatus.CREATED)

    def too_many(self, seconds):
        return _error("too_many_requests", **{"Retry-After": f"{seconds:.0f}"})

    def failure(self):
        return _error("internal_error")

    def receipt(self, text):
        told = {
            "type": "recipient_delivery_report_sms",
            "batch_id": text.sid,
            "recipient": text.to.removeprefix("+"),
            "code": text.error_code or CODES.get(text.status, 0),
            "status": STATUSES[text.status],
            "at": now(),
            "operator_status_at": now(),
            **({"client_reference": text.reference} if text.reference else {}),
        }
        return _signed(text, told)

    def inbound(self, text, url):
        told = {
            "type": "mo_text",
            "id": text.sid,
            "from": text.sender.removeprefix("+"),
            "to": text.to.removeprefix("+"),
            "body": text.body,
            "operator_id": "24405",
            "received_at": now(),
            "sent_at": now(),
        }
        return _signed(text, told)


def sign(secret: str, body: bytes, nonce: str, moment: str) -> str:
    """x-sinch-webhook-signature: base64(HMAC-SHA256(secret, body.nonce.timestamp))."""
    signed = body + f".{nonce}.{moment}".encode()
    return base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()


def _problem(asked: dict) -> str | None:
    """Sinch's first objection to the message, or None."""
    to, body = asked.get("to"), asked.get("body")
    if not isinstance(to, list) or len(to) != 1 or not body or not asked.get("from"):
        return "syntax_constraint_violation"
    if not E164.fullmatch(str(to[0])):
        return "syntax_invalid_parameter_format"
    return MAGIC_NUMBERS.get(to[0])


def _batch(text: Text) -> dict:
    return {
        "id": text.sid,
        "to": [text.to.removeprefix("+")],
        "from": text.sender.removeprefix("+"),
        "canceled": False,
        "body": text.body,
        "type": "mt_text",
        "created_at": stamp(text.created_at),
        "modified_at": stamp(text.created_at),
        "delivery_report": "per_recipient" if text.callback else "none",
        "flash_message": False,
        **({"callback_url": text.callback} if text.callback else {}),
        **({"client_reference": text.reference} if text.reference else {}),
    }


def _signed(text: Text, told: dict) -> Post:
    body = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
    nonce, moment = secrets.token_hex(13).upper(), str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "x-sinch-webhook-signature": sign(text.secret, body, nonce, moment),
        "x-sinch-webhook-signature-nonce": nonce,
        "x-sinch-webhook-signature-timestamp": moment,
        "x-sinch-webhook-signature-algorithm": "HmacSHA256",
    }
    return Post(body, headers)


def _error(code: str, **headers: str) -> Answer:
    status, text = ERRORS[code]
    return Answer.json({"code": code, "text": text}, status, **headers)

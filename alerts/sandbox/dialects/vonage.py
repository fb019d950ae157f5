"""Vonage's Messages API, version 1. Any application or key is accepted but the secret "refused"."""

import base64
import hashlib
import hmac
import json
import re
import time
import uuid
from http import HTTPStatus

from alerts.sandbox.dialects.base import (
    NOT_A_NUMBER,
    NOT_ALLOWED,
    NOT_MOBILE,
    REFUSED,
    UNREACHABLE,
    UNSUBSCRIBED,
    Dialect,
    Post,
    Refusal,
    now,
)
from alerts.sandbox.texts import Text, TextStatus
from alerts.sandbox.web import Answer, Request

# What every account's webhooks are signed with here.
SIGNATURE_SECRET = "sandbox-signature-secret"
NUMBER = re.compile(r"[1-9]\d{6,14}")  # E.164 without the plus
PROBLEM = {"Content-Type": "application/problem+json"}

MAGIC_NUMBERS = {NOT_A_NUMBER: 1170, UNREACHABLE: 1050, NOT_ALLOWED: 1160, UNSUBSCRIBED: 1240, NOT_MOBILE: 1190}
# code -> HTTP status, title and detail
ERRORS = {
    1000: (429, "Throttled", "You have exceeded the submission capacity allowed on this account."),
    1020: (422, "Invalid params", "The value of one or more parameters is invalid."),
    1030: (500, "Internal error", "There was an error processing your request in the Platform."),
    1050: (422, "Number barred", "The number you are trying to submit to is blacklisted and may not receive messages."),
    1120: (422, "Invalid sender", "The `from` parameter is invalid for the given channel."),
    1160: (422, "Non White-listed Destination", "The phone number is not in your pre-approved destination list."),
    1170: (422, "Invalid or Missing Msisdn Param", "The phone number was either missing or invalid."),
    1190: (422, "Absent Subscriber Permanent", "`to` is no longer active."),
    1240: (422, "Illegal Number", "You tried to send a message to a blacklisted phone number."),
    1260: (422, "Destination unreachable", "The message could not be delivered to the phone number."),
}
STATUSES = {
    TextStatus.SENT: "submitted",
    TextStatus.DELIVERED: "delivered",
    TextStatus.UNDELIVERED: "undeliverable",
    TextStatus.FAILED: "rejected",
}


class Vonage(Dialect):
    key = "vonage"
    error_codes = {TextStatus.UNDELIVERED: 1260, TextStatus.FAILED: 1120}

    def speaks(self, request):
        return request.path == "/v1/messages"

    def read(self, request, phones):
        account = _account(request)
        if not account:
            raise Refusal(_unauthorized())
        try:
            asked = request.json()
        except ValueError:
            raise Refusal(_error(1020)) from None
        if code := _problem(asked):
            raise Refusal(_error(code))
        return Text(
            dialect=self,
            account=account,
            secret=SIGNATURE_SECRET,
            to=f"+{asked['to']}",
            sender=_with_plus(asked["from"]),
            body=asked["text"],
            status=TextStatus.QUEUED,
            callback=asked.get("webhook_url", ""),
            reference=asked.get("client_ref", ""),
            sid=str(uuid.uuid4()),
        )

    def taken(self, text):
        return Answer.json({"message_uuid": text.sid}, HTTPStatus.ACCEPTED)

    def too_many(self, seconds):
        return _error(1000, **{"Retry-After": f"{seconds:.0f}"})

    def failure(self):
        return _error(1030)

    def receipt(self, text):
        if text.status not in STATUSES:
            return None
        told = {**_about(text), "status": STATUSES[text.status]}
        if text.error_code:
            told["error"] = {**_problem_of(text.error_code), "title": str(text.error_code)}
        return _signed(text, told)

    def inbound(self, text, url):
        first_word = (text.body.split() or [""])[0].upper()
        sms = {"num_messages": "1", "keyword": first_word}
        return _signed(text, {**_about(text), "message_type": "text", "text": text.body, "sms": sms})


def token(secret: str, body: bytes) -> str:
    """The JWT of a signed webhook: HS256, with the SHA-256 of the body among its claims."""
    claims = {
        "iat": int(time.time()),
        "jti": str(uuid.uuid4()),
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": "abcd1234",
    }
    signed = b".".join(_base64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return (signed + b"." + _base64(hmac.digest(secret.encode(), signed, hashlib.sha256))).decode()


def _account(request: Request) -> str:
    """The key by Basic authentication, or the application by a token; "" when neither is good."""
    key, secret = request.basic_auth()
    if key:
        return key if secret and secret != REFUSED else ""
    try:
        header, claims, _signature = request.bearer().split(".")
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, claims))
        is_good = header["alg"] == "RS256" and claims["jti"] and claims["iat"] <= time.time() < claims["exp"]
        return claims["application_id"] if is_good else ""
    except (ValueError, KeyError, TypeError):
        return ""


def _problem(asked: dict) -> int | None:
    """Vonage's first objection to the message, or None."""
    to = str(asked.get("to", ""))
    checks = (
        (asked.get("channel") != "sms" or asked.get("message_type") != "text", 1020),
        (not asked.get("text"), 1020),
        (not asked.get("from"), 1120),
        (not NUMBER.fullmatch(to), 1170),
        (f"+{to}" in MAGIC_NUMBERS, MAGIC_NUMBERS.get(f"+{to}")),
    )
    return next((code for wrong, code in checks if wrong), None)


def _about(text: Text) -> dict:
    return {
        "message_uuid": text.sid,
        "to": text.to.removeprefix("+"),
        "from": text.sender.removeprefix("+"),
        "timestamp": now(),
        "channel": "sms",
        "usage": {"currency": "EUR", "price": "0.0333"},
        **({"client_ref": text.reference} if text.reference else {}),
    }


def _signed(text: Text, told: dict) -> Post:
    body = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token(text.secret, body)}"}
    return Post(body, headers)


def _with_plus(sender: str) -> str:
    return f"+{sender}" if NUMBER.fullmatch(sender) else sender


def _base64(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def _problem_of(code: int) -> dict:
    _status, title, detail = ERRORS[code]
    kind = f"https://developer.vonage.com/api-errors/messages#{code}"
    return {"type": kind, "title": title, "detail": detail, "instance": uuid.uuid4().hex}


def _error(code: int, **headers: str) -> Answer:
    return Answer.json(_problem_of(code), ERRORS[code][0], **PROBLEM, **headers)


def _unauthorized() -> Answer:
    body = {
        "type": "https://developer.vonage.com/api-errors#unauthorized",
        "title": "You did not provide correct credentials.",
        "detail": "Check that you're using the correct credentials, and that your account has this feature enabled",
        "instance": uuid.uuid4().hex,
    }
    return Answer.json(body, HTTPStatus.UNAUTHORIZED, **PROBLEM)

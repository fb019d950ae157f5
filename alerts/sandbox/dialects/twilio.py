"""Twilio's Messages API, 2010-04-01. Any account and token is accepted but the token "refused"."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from email.utils import format_datetime
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

from alerts.sandbox.dialects.base import (
    E164,
    NOT_A_NUMBER,
    NOT_ALLOWED,
    NOT_MOBILE,
    REFUSED,
    UNREACHABLE,
    UNSUBSCRIBED,
    Dialect,
    Post,
    Refusal,
)
from alerts.sandbox.texts import Text, TextStatus
from alerts.sandbox.web import Answer, Request
from alerts.texts.segments import segments

VERSION = "2010-04-01"
API = f"/{VERSION}"
PAGE_SIZE = 50
MAX_BODY = 1600  # characters
MESSAGES = re.compile(rf"{API}/Accounts/(?P<account>[^/]+)/Messages(/(?P<sid>[^/]+))?\.json")

# Twilio's test credentials answer so to these numbers.
MAGIC_NUMBERS = {NOT_A_NUMBER: 21211, UNREACHABLE: 21612, NOT_ALLOWED: 21408, UNSUBSCRIBED: 21610, NOT_MOBILE: 21614}
# code -> HTTP status and message
ERRORS = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource {value} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    21211: (400, "Invalid 'To' Phone Number: {value}"),
    21408: (403, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {value}"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21609: (400, "The StatusCallback URL {value} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21612: (400, "The 'To' phone number {value} is not currently reachable via SMS"),
    21614: (400, "'To' number {value} is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
}


class Twilio(Dialect):
    key = "twilio"
    blocks_after_stop = True
    error_codes = {TextStatus.UNDELIVERED: 30003, TextStatus.FAILED: 30008}

    def speaks(self, request):
        return request.path.startswith(f"{API}/")

    def is_new(self, request):
        address = MESSAGES.fullmatch(request.path)
        return bool(address) and not address["sid"] and request.method == "POST"

    def look_up(self, request, phones):
        address = MESSAGES.fullmatch(request.path)
        if address is None:
            return _error(20404, request.path)
        account, token = request.basic_auth()
        if not _is_let_in(account, token, address["account"]):
            return _error(20003)
        own = [text for text in phones.all() if text.dialect is self and text.account == account]
        return _one(address["sid"], own, request) if address["sid"] else _list(own, request)

    def read(self, request, phones):
        account, token = request.basic_auth()
        if not _is_let_in(account, token, MESSAGES.fullmatch(request.path)["account"]):
            raise Refusal(_error(20003))
        form = request.form()
        if problem := _problem(form, phones.stopped):
            raise Refusal(problem)
        service = form.get("MessagingServiceSid", "")
        return Text(
            dialect=self,
            account=account,
            secret=token,
            to=form["To"],
            sender=form.get("From", ""),
            body=form["Body"],
            status=TextStatus.ACCEPTED if service else TextStatus.QUEUED,
            service=service,
            callback=form.get("StatusCallback", ""),
        )

    def taken(self, text):
        return Answer.json(resource(text), HTTPStatus.CREATED)

    def too_many(self, seconds):
        return _error(20429, **{"Retry-After": f"{seconds:.0f}"})

    def failure(self):
        return _error(20500)

    def receipt(self, text):
        return _signed(text, text.callback, _receipt(text))

    def inbound(self, text, url):
        return _signed(text, url, _inbound(text))

    def replied(self, answer):
        try:
            return ElementTree.fromstring(answer).findtext("Message") or ""
        except ElementTree.ParseError:
            return ""


def resource(text: Text) -> dict:
    """The Message resource as Twilio documents it."""
    uri = f"{API}/Accounts/{text.account}/Messages/{text.sid}"
    return {
        "account_sid": text.account,
        "api_version": VERSION,
        "body": text.body,
        "date_created": format_datetime(text.created_at),
        "date_sent": format_datetime(text.sent_at) if text.sent_at else None,
        "date_updated": format_datetime(text.sent_at or text.created_at),
        "direction": "inbound" if text.inbound else "outbound-api",
        "error_code": text.error_code,
        "error_message": None,
        "from": text.sender or None,
        "messaging_service_sid": text.service or None,
        "num_media": "0",
        # A Messaging Service has not chosen a sender yet and counts later.
        "num_segments": "0" if text.status is TextStatus.ACCEPTED else str(segments(text.body).parts),
        "price": None,
        "price_unit": "USD",
        "sid": text.sid,
        "status": text.status.value,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": text.to,
        "uri": f"{uri}.json",
    }


def sign(auth_token: str, url: str, params: Mapping[str, str]) -> str:
    """X-Twilio-Signature: base64(HMAC-SHA1(token, URL + each parameter's name and value, sorted by name))."""
    told = url + "".join(f"{name}{params[name]}" for name in sorted(params))
    return base64.b64encode(hmac.digest(auth_token.encode(), told.encode(), hashlib.sha1)).decode()


def _is_let_in(account: str, token: str, asked: str) -> bool:
    return bool(token) and token != REFUSED and account == asked


def _problem(form: dict, stopped: set[str]) -> Answer | None:
    """Twilio's first objection to the message, or None."""
    to, body = form.get("To", ""), form.get("Body", "")
    callback = form.get("StatusCallback", "")
    checks = (
        (not to, 21604),
        (not E164.fullmatch(to), 21211),
        (not (form.get("From") or form.get("MessagingServiceSid")), 21603),
        (not body, 21602),
        (len(body) > MAX_BODY, 21617),
        (callback and not _is_url(callback), 21609),
        (to in MAGIC_NUMBERS, MAGIC_NUMBERS.get(to)),
        (to in stopped, 21610),
    )
    code = next((code for wrong, code in checks if wrong), None)
    return _error(code, callback if code == 21609 else to) if code else None


def _one(sid: str, texts: list[Text], request: Request) -> Answer:
    found = next((text for text in texts if text.sid == sid), None)
    return Answer.json(resource(found)) if found else _error(20404, request.path)


def _list(texts: list[Text], request: Request) -> Answer:
    """Newest first, of one number with ?To=, as many as ?PageSize= says."""
    to = request.query.get("To")
    found = [text for text in texts[::-1] if to in (None, text.to)]
    asked = request.query.get("PageSize", "")
    size = int(asked) if asked.isdecimal() else PAGE_SIZE
    uri = f"{request.path}?{urlencode({**request.query, 'PageSize': size, 'Page': 0})}"
    return Answer.json(
        {
            "messages": [resource(text) for text in found[:size]],
            "page": 0,
            "page_size": size,
            "start": 0,
            "end": max(0, min(size, len(found)) - 1),
            "uri": uri,
            "first_page_uri": uri,
            "next_page_uri": None,
            "previous_page_uri": None,
        }
    )


def _signed(text: Text, url: str, params: Mapping[str, str]) -> Post:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": sign(text.secret, url, params),
    }
    return Post(urlencode(params).encode(), headers)


def _receipt(text: Text) -> dict[str, str]:
    receipt = {
        "SmsSid": text.sid,
        "SmsStatus": text.status.value,
        "MessageStatus": text.status.value,
        "MessageSid": text.sid,
        "AccountSid": text.account,
        "ApiVersion": VERSION,
        "From": text.sender,
        "To": text.to,
    }
    if text.service:
        receipt["MessagingServiceSid"] = text.service
    if text.error_code:
        receipt["ErrorCode"] = str(text.error_code)
    return receipt


def _inbound(text: Text) -> dict[str, str]:
    return {
        "MessageSid": text.sid,
        "SmsMessageSid": text.sid,
        "SmsSid": text.sid,
        "SmsStatus": text.status.value,
        "AccountSid": text.account,
        "ApiVersion": VERSION,
        "From": text.sender,
        "To": text.to,
        "Body": text.body,
        "NumMedia": "0",
        "NumSegments": "1",
    }


def _is_url(text: str) -> bool:
    address = urlsplit(text)
    return address.scheme in ("http", "https") and bool(address.hostname)


def _error(code: int, value: str = "", **headers: str) -> Answer:
    status, message = ERRORS[code]
    body = {
        "code": code,
        "message": message.format(value=value),
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return Answer.json(body, status, **headers)

"""An SMS gateway that speaks Twilio's Messages API (2010-04-01) and keeps what it is given.

Any account and token is accepted but the token "refused". Twilio's documented magic numbers answer with their errors.
"""

import re
import threading
from dataclasses import dataclass
from email.utils import format_datetime
from enum import StrEnum
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from alerts.sandbox.receipts import Receipts
from alerts.sandbox.texts import Phones, Text, TextStatus, segments
from alerts.sandbox.web import Answer, Request

API = "/2010-04-01"
REFUSED = "refused"
PAGE_SIZE = 50
MAX_BODY = 1600  # characters
E164 = re.compile(r"\+[1-9]\d{6,14}")
MESSAGES = re.compile(rf"{API}/Accounts/(?P<account>[^/]+)/Messages(/(?P<sid>[^/]+))?\.json")

# Twilio's test credentials answer so to these numbers.
MAGIC_NUMBERS = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
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


class Kind(StrEnum):
    """Trouble to order for the next messages."""

    LATENCY = "latency"
    TOO_MANY = "429"
    FAILURE = "500"
    TIMEOUT = "timeout"  # the message is taken, but the answer never comes
    UNDELIVERED = "undelivered"
    FAILED = "failed"


# What the receipt says of a message that did not arrive.
RECEIPT_ERRORS = {Kind.UNDELIVERED: 30003, Kind.FAILED: 30008}


@dataclass(slots=True)
class Fault:
    """One trouble for the next `times` messages, all with None; only those to the number `to`, where it is given."""

    kind: Kind
    times: int | None = 1
    seconds: float = 1.0
    to: str = ""


class SmsGateway:
    """Takes messages over HTTP, keeps them, and has their receipts sent."""

    def __init__(self, phones: Phones, receipts: Receipts):
        self.phones, self.receipts = phones, receipts
        self._faults: list[Fault] = []
        self._lock, self._stopping = threading.Lock(), threading.Event()

    def stop(self) -> None:
        self._stopping.set()

    def fault(self, kind: str, *, times: int | None = 1, seconds: float = 1, to: str = "") -> None:
        """Order trouble. Raises ValueError for a kind there is not."""
        with self._lock:
            self._faults.append(Fault(Kind(kind), times, seconds, to))

    def clear_faults(self) -> None:
        with self._lock:
            self._faults.clear()

    def answer(self, request: Request) -> Answer | None:
        """Twilio's answer; None to hang up without one."""
        address = MESSAGES.fullmatch(request.path)
        account, token = request.basic_auth()
        if address is None:
            return _error(20404, request.path)
        if not token or token == REFUSED or account != address["account"]:
            return _error(20003)
        if address["sid"]:
            return self._one(account, address["sid"], request)
        if request.method == "GET":
            return self._list(account, request)
        return self._create(account, token, request.form())

    def _create(self, account: str, token: str, form: dict) -> Answer | None:
        if problem := self._problem(form):
            return problem
        fault = self._next_fault(form["To"])
        if fault and fault.kind is Kind.TOO_MANY:
            return _error(20429, **{"Retry-After": f"{fault.seconds:.0f}"})
        if fault and fault.kind is Kind.FAILURE:
            return _error(20500)
        text = _accepted(account, token, form)
        answer = Answer.json(resource(text), HTTPStatus.CREATED)
        self.phones.keep(text)
        self.receipts.follow(text, RECEIPT_ERRORS.get(fault.kind) if fault else None)
        if fault and fault.kind in (Kind.LATENCY, Kind.TIMEOUT):
            self._stopping.wait(fault.seconds)
        return None if fault and fault.kind is Kind.TIMEOUT else answer

    def _problem(self, form: dict) -> Answer | None:
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
            (to in self.phones.stopped, 21610),
        )
        code = next((code for wrong, code in checks if wrong), None)
        return _error(code, callback if code == 21609 else to) if code else None

    def _next_fault(self, to: str) -> Fault | None:
        with self._lock:
            fault = next((fault for fault in self._faults if fault.to in ("", to)), None)
            if fault and fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
        return fault

    def _one(self, account: str, sid: str, request: Request) -> Answer:
        found = next((text for text in self.phones.all() if (text.account_sid, text.sid) == (account, sid)), None)
        return Answer.json(resource(found)) if found else _error(20404, request.path)

    def _list(self, account: str, request: Request) -> Answer:
        """Newest first, of one number with ?To=, as many as ?PageSize= says."""
        to = request.query.get("To")
        texts = [text for text in self.phones.all()[::-1] if text.account_sid == account and to in (None, text.to)]
        asked = request.query.get("PageSize", "")
        size = int(asked) if asked.isdecimal() else PAGE_SIZE
        uri = f"{request.path}?{urlencode({**request.query, 'PageSize': size, 'Page': 0})}"
        return Answer.json(
            {
                "messages": [resource(text) for text in texts[:size]],
                "page": 0,
                "page_size": size,
                "start": 0,
                "end": max(0, min(size, len(texts)) - 1),
                "uri": uri,
                "first_page_uri": uri,
                "next_page_uri": None,
                "previous_page_uri": None,
            }
        )


def resource(text: Text) -> dict:
    """The Message resource as Twilio documents it."""
    uri = f"{API}/Accounts/{text.account_sid}/Messages/{text.sid}"
    return {
        "account_sid": text.account_sid,
        "api_version": API.removeprefix("/"),
        "body": text.body,
        "date_created": format_datetime(text.created_at),
        "date_sent": format_datetime(text.sent_at) if text.sent_at else None,
        "date_updated": format_datetime(text.sent_at or text.created_at),
        "direction": "inbound" if text.inbound else "outbound-api",
        "error_code": text.error_code,
        "error_message": None,
        "from": text.sender or None,
        "messaging_service_sid": text.service_sid or None,
        "num_media": "0",
        # A Messaging Service has not chosen a sender yet and counts later.
        "num_segments": "0" if text.status is TextStatus.ACCEPTED else str(segments(text.body)),
        "price": None,
        "price_unit": "USD",
        "sid": text.sid,
        "status": text.status.value,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": text.to,
        "uri": f"{uri}.json",
    }


def _accepted(account: str, token: str, form: dict) -> Text:
    service = form.get("MessagingServiceSid", "")
    return Text(
        account_sid=account,
        auth_token=token,
        to=form["To"],
        sender=form.get("From", ""),
        body=form["Body"],
        status=TextStatus.ACCEPTED if service else TextStatus.QUEUED,
        service_sid=service,
        status_callback=form.get("StatusCallback", ""),
    )


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

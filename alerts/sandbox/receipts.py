"""What Twilio posts back: signed delivery receipts, and the replies that people text."""

import base64
import hashlib
import heapq
import hmac
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import requests

from alerts.sandbox.texts import Phones, Text, TextStatus

API_VERSION = "2010-04-01"
SENT_AFTER, ARRIVED_AFTER = 0.3, 1.0  # seconds from the message to its receipts
ANSWER_WITHIN = 10
KEPT = 500
NOBODY = 0  # the status of a post that met nobody
SERVICE_SENDER = "+15005550006"  # what a Messaging Service sends from

# Twilio's default keywords: the first set ends the messages to a number, the second lets them begin again.
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})


@dataclass(frozen=True, slots=True)
class Posted:
    """One post to a callback URL. `about` is the message's status; `status` the answer's, 0 when there was none."""

    at: datetime
    url: str
    sid: str
    about: str
    status: int


class Receipts:
    """One thread that moves each message through its life and posts the receipts.

    A message that is created gets no receipt for its first status, as Twilio does it. `pace` stretches the waits.
    """

    def __init__(self, phones: Phones, pace: float = 1.0):
        self.phones, self.pace = phones, pace
        self.posted: deque[Posted] = deque(maxlen=KEPT)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order, self._lock = itertools.count(), threading.Lock()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-receipts", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout=ANSWER_WITHIN + 1)

    def follow(self, text: Text, error_code: int | None) -> None:
        """Have the message sent and delivered; with an error code it fails instead, as that code means."""
        if text.status is TextStatus.ACCEPTED:
            self._later(0, lambda: self._move(text, TextStatus.QUEUED))
        if error_code == 30008:  # Twilio's "unknown error": it never left
            self._later(SENT_AFTER, lambda: self._move(text, TextStatus.FAILED, error_code))
            return
        self._later(SENT_AFTER, lambda: self._move(text, TextStatus.SENT))
        end = TextStatus.UNDELIVERED if error_code else TextStatus.DELIVERED
        self._later(ARRIVED_AFTER, lambda: self._move(text, end, error_code))

    def reply(self, text: Text, url: str) -> int:
        """Post a shopper's message to the merchant's URL and remember STOP; the answer's status, 0 when none came."""
        word = text.body.strip().upper()
        if word in STOP_WORDS:
            self.phones.stopped.add(text.sender)
        elif word in START_WORDS:
            self.phones.stopped.discard(text.sender)
        self.phones.keep(text)
        return self._post(text, url, _inbound(text))

    def _move(self, text: Text, status: TextStatus, error_code: int | None = None) -> None:
        text.status, text.error_code = status, error_code
        text.sender = text.sender or SERVICE_SENDER
        if status is TextStatus.SENT:
            text.sent_at = datetime.now(UTC)
        if text.status_callback:
            self._post(text, text.status_callback, _receipt(text))

    def _post(self, text: Text, url: str, params: Mapping[str, str]) -> int:
        headers = {"X-Twilio-Signature": sign(text.auth_token, url, params)}
        try:
            status = requests.post(
                url, data=params, headers=headers, timeout=ANSWER_WITHIN, allow_redirects=False
            ).status_code
        except requests.RequestException:
            status = NOBODY
        self.posted.append(Posted(datetime.now(UTC), url, text.sid, text.status.value, status))
        return status

    def _later(self, wait: float, action: Callable[[], None]) -> None:
        with self._lock:
            heapq.heappush(self._due, (time.monotonic() + wait * self.pace, next(self._order), action))
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            action, wait = self._next()
            if action:
                action()
            else:
                self._wake.wait(wait)
                self._wake.clear()

    def _next(self) -> tuple[Callable[[], None] | None, float | None]:
        """The action that is due, or the seconds until one will be; None when nothing is planned."""
        with self._lock:
            if not self._due:
                return None, None
            wait = self._due[0][0] - time.monotonic()
            return (None, wait) if wait > 0 else (heapq.heappop(self._due)[-1], 0)


def sign(auth_token: str, url: str, params: Mapping[str, str]) -> str:
    """X-Twilio-Signature: base64(HMAC-SHA1(token, URL + each parameter's name and value, sorted by name))."""
    told = url + "".join(f"{name}{params[name]}" for name in sorted(params))
    return base64.b64encode(hmac.digest(auth_token.encode(), told.encode(), hashlib.sha1)).decode()


def _receipt(text: Text) -> dict[str, str]:
    receipt = {
        "SmsSid": text.sid,
        "SmsStatus": text.status.value,
        "MessageStatus": text.status.value,
        "MessageSid": text.sid,
        "AccountSid": text.account_sid,
        "ApiVersion": API_VERSION,
        "From": text.sender,
        "To": text.to,
    }
    if text.service_sid:
        receipt["MessagingServiceSid"] = text.service_sid
    if text.error_code:
        receipt["ErrorCode"] = str(text.error_code)
    return receipt


def _inbound(text: Text) -> dict[str, str]:
    return {
        "MessageSid": text.sid,
        "SmsMessageSid": text.sid,
        "SmsSid": text.sid,
        "SmsStatus": text.status.value,
        "AccountSid": text.account_sid,
        "ApiVersion": API_VERSION,
        "From": text.sender,
        "To": text.to,
        "Body": text.body,
        "NumMedia": "0",
        "NumSegments": "1",
    }

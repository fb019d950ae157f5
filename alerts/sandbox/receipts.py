"""What providers post back: signed delivery receipts, and the replies that people text."""

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import requests

from alerts.sandbox.dialects.base import Post
from alerts.sandbox.texts import Phones, Text, TextStatus

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

    def follow(self, text: Text, end: TextStatus) -> None:
        """Have the message sent, and end so: DELIVERED, UNDELIVERED, or FAILED before it ever left."""
        if text.status is TextStatus.ACCEPTED:
            self._later(0, lambda: self._move(text, TextStatus.QUEUED))
        if end is TextStatus.FAILED:
            self._later(SENT_AFTER, lambda: self._move(text, end))
            return
        self._later(SENT_AFTER, lambda: self._move(text, TextStatus.SENT))
        self._later(ARRIVED_AFTER, lambda: self._move(text, end))

    def reply(self, text: Text, url: str) -> int:
        """Post a shopper's message to the merchant's URL and remember STOP; the answer's status, 0 when none came."""
        if text.dialect.blocks_after_stop:
            self._remember_stop(text)
        self.phones.keep(text)
        response = self._post(text, url, text.dialect.inbound(text, url))
        if response is None:
            return NOBODY
        if words := text.dialect.replied(response.text):
            self.phones.keep(_answer(text, words))
        return response.status_code

    def _remember_stop(self, text: Text) -> None:
        word = text.body.strip().upper()
        if word in STOP_WORDS:
            self.phones.stopped.add(text.sender)
        elif word in START_WORDS:
            self.phones.stopped.discard(text.sender)

    def _move(self, text: Text, status: TextStatus) -> None:
        text.status, text.error_code = status, text.dialect.error_codes.get(status)
        text.sender = text.sender or SERVICE_SENDER
        if status is TextStatus.SENT:
            text.sent_at = datetime.now(UTC)
        receipt = text.dialect.receipt(text) if text.callback else None
        if receipt:
            self._post(text, text.callback, receipt)

    def _post(self, text: Text, url: str, post: Post) -> requests.Response | None:
        try:
            response = requests.post(
                url, data=post.body, headers=post.headers, timeout=ANSWER_WITHIN, allow_redirects=False
            )
        except requests.RequestException:
            response = None
        status = NOBODY if response is None else response.status_code
        self.posted.append(Posted(datetime.now(UTC), url, text.sid, text.status.value, status))
        return response

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


def _answer(asked: Text, words: str) -> Text:
    """What the merchant's answer to a shopper's message says to the shopper."""
    return Text(
        dialect=asked.dialect,
        account=asked.account,
        secret=asked.secret,
        to=asked.sender,
        sender=asked.to,
        body=words,
        status=TextStatus.DELIVERED,
    )

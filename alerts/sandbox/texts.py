"""Text messages: one message, the phones that keep them, and how many segments a text takes."""

import secrets
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

KEPT = 5000

# GSM 03.38: one text takes 160 of these, or 70 of anything else; a longer one loses room to its segment headers.
GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")  # each takes two places


class TextStatus(StrEnum):
    """A message's life as Twilio names it."""

    ACCEPTED = "accepted"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    RECEIVED = "received"


@dataclass(slots=True)
class Text:
    """One message, out or in. `auth_token` signs its receipts and is never shown."""

    account_sid: str
    auth_token: str = field(repr=False)
    to: str
    sender: str
    body: str
    status: TextStatus
    service_sid: str = ""
    status_callback: str = ""
    error_code: int | None = None
    sid: str = field(default_factory=lambda: f"SM{secrets.token_hex(16)}")
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    sent_at: datetime | None = None

    @property
    def inbound(self) -> bool:
        return self.status is TextStatus.RECEIVED

    @property
    def phone(self) -> str:
        """The shopper's number, whoever wrote."""
        return self.sender if self.inbound else self.to


class Phones:
    """Every message, oldest first, and the numbers that wrote STOP."""

    def __init__(self):
        self.texts: deque[Text] = deque(maxlen=KEPT)
        self.stopped: set[str] = set()
        self._lock = threading.Lock()

    def keep(self, text: Text) -> None:
        with self._lock:
            self.texts.append(text)

    def all(self) -> list[Text]:
        with self._lock:
            return list(self.texts)

    def clear(self) -> None:
        with self._lock:
            self.texts.clear()
            self.stopped.clear()


def segments(body: str) -> int:
    """How many SMS the text is sent as."""
    if set(body) <= GSM_BASIC | GSM_EXTENSION:
        length, single, part = len(body) + sum(char in GSM_EXTENSION for char in body), 160, 153
    else:
        length, single, part = len(body.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= single else -(-length // part)

"""Text messages: one message, and the phones that keep them."""

import secrets
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alerts.sandbox.dialects.base import Dialect

KEPT = 5000


class TextStatus(StrEnum):
    """A message's life, in Twilio's words; each dialect has its own for the same."""

    ACCEPTED = "accepted"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    RECEIVED = "received"


@dataclass(slots=True)
class Text:
    """One message, out or in, with both numbers in E.164. `secret` signs its receipts and is never shown."""

    dialect: "Dialect" = field(repr=False)
    account: str
    secret: str = field(repr=False)
    to: str
    sender: str
    body: str
    status: TextStatus
    service: str = ""
    callback: str = ""
    reference: str = ""
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

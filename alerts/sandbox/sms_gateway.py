"""An SMS gateway that speaks every provider's wire format, keeps what it is given, and fails as it is told."""

import threading
from dataclasses import dataclass
from enum import StrEnum

from alerts.sandbox.dialects import DIALECTS
from alerts.sandbox.dialects.base import Dialect, Refusal
from alerts.sandbox.receipts import Receipts
from alerts.sandbox.texts import Phones, TextStatus
from alerts.sandbox.web import Answer, Request


class Kind(StrEnum):
    """Trouble to order for the next messages."""

    LATENCY = "latency"
    TOO_MANY = "429"
    FAILURE = "500"
    GATEWAY = "502"  # somebody on the way gave up, and the message is not taken
    ODD = "200"  # all seems well, but for the body
    TIMEOUT = "timeout"  # the message is taken, but the answer never comes
    UNDELIVERED = "undelivered"
    FAILED = "failed"


# How the life of a message ends that was taken.
ENDS = {Kind.UNDELIVERED: TextStatus.UNDELIVERED, Kind.FAILED: TextStatus.FAILED}


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

    def dialect(self, request: Request) -> Dialect | None:
        """Whose wire format this request is in."""
        return next((dialect for dialect in DIALECTS if dialect.speaks(request)), None)

    def answer(self, dialect: Dialect, request: Request) -> Answer | None:
        """The provider's answer; None to hang up without one."""
        if not dialect.is_new(request):
            return dialect.look_up(request, self.phones)
        try:
            text = dialect.read(request, self.phones)
        except Refusal as refusal:
            return refusal.answer
        fault = self._next_fault(text.to)
        if fault and (answer := _turned_away(dialect, fault)):
            return answer
        # Before its receipts can move it on.
        answer = dialect.taken(text)
        self.phones.keep(text)
        self.receipts.follow(text, ENDS.get(fault.kind, TextStatus.DELIVERED) if fault else TextStatus.DELIVERED)
        if fault and fault.kind in (Kind.LATENCY, Kind.TIMEOUT):
            self._stopping.wait(fault.seconds)
        return None if fault and fault.kind is Kind.TIMEOUT else answer

    def _next_fault(self, to: str) -> Fault | None:
        with self._lock:
            fault = next((fault for fault in self._faults if fault.to in ("", to)), None)
            if fault and fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
        return fault


def _turned_away(dialect: Dialect, fault: Fault) -> Answer | None:
    """The answer instead of taking the message, where the trouble is of that kind."""
    match fault.kind:
        case Kind.TOO_MANY:
            return dialect.too_many(fault.seconds)
        case Kind.FAILURE:
            return dialect.failure()
        case Kind.GATEWAY:
            return Answer(502, b"<html><h1>502 Bad Gateway</h1></html>", {"Content-Type": "text/html"})
        case Kind.ODD:
            failure = dialect.failure()
            return Answer(200, failure.body, failure.headers)
    return None

"""Troubles to order: the next calls of a carrier are slow, refused, broken or never answered."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from carriers.sandbox.wire import Answer, Limit

HTML = (
    b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body><h1>We will be back soon</h1></body></html>\n"
)


class Kind(StrEnum):
    LATENCY = "latency"  # answers after so many seconds
    TOO_MANY = "429"  # Retry-After says so many seconds
    FAILURE = "500"
    UNAVAILABLE = "503"
    TIMEOUT = "timeout"  # says nothing for so many seconds, then hangs up
    HTML = "html"  # a page where JSON was due, with status 200
    HALF = "half"  # JSON cut off in the middle, with status 200


@dataclass(frozen=True, slots=True)
class Fault:
    """One trouble for the next `times` calls; for all calls with None. `on` is "tracking" or "token"."""

    carrier: str
    kind: Kind
    times: int | None = 1
    seconds: float = 1.0
    on: str = "tracking"


class Faults:
    """The troubles that are waiting. Delays add up; of the others each call gets the first one ordered."""

    def __init__(self):
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self, carrier: str | None = None) -> None:
        """Forget one carrier's troubles, or all."""
        with self._lock:
            self._waiting = [fault for fault in self._waiting if carrier not in (None, fault.carrier)]

    def take(self, carrier: str, on: str) -> tuple[float, Fault | None]:
        """Seconds to wait, and the trouble for this call."""
        with self._lock:
            due = [fault for fault in self._waiting if (fault.carrier, fault.on) == (carrier, on)]
            delays = [fault for fault in due if fault.kind is Kind.LATENCY]
            breaking = next((fault for fault in due if fault.kind is not Kind.LATENCY), None)
            self._use([*delays, breaking] if breaking else delays)
        return sum(fault.seconds for fault in delays), breaking

    def _use(self, used: Iterable[Fault]) -> None:
        for fault in used:
            if fault.times is None:
                continue
            at = next(index for index, waiting in enumerate(self._waiting) if waiting is fault)
            left = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
            self._waiting[at : at + 1] = left


def spoil(kind: Kind, answer: Answer) -> Answer:
    """The answer as a broken proxy passes it on."""
    if kind is Kind.HTML:
        return Answer(200, HTML, {"Content-Type": "text/html; charset=utf-8"})
    return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.headers)


class RateLimits:
    """Counts calls per carrier and key in a sliding window, where a limit is set."""

    def __init__(self, limits: Mapping[str, Limit]):
        self.limits = dict(limits)
        self._calls: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def seconds_to_wait(self, carrier: str, caller: str) -> float:
        """0 when the call may pass, and it is counted; else the seconds until the next one may."""
        limit = self.limits.get(carrier)
        if limit is None:
            return 0
        now = time.monotonic()
        with self._lock:
            calls = self._calls[carrier, caller]
            while calls and calls[0] <= now - limit.seconds:
                calls.popleft()
            if len(calls) >= limit.calls:
                return max(1, calls[0] + limit.seconds - now)
            calls.append(now)
        return 0

"""What was asked of the sandbox and what it pushed, for tests and for people."""

import threading
from collections import Counter, defaultdict, deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

KEPT = 500
UNANSWERED = 0  # the status of a call that was never answered, and of a push that met nobody


@dataclass(frozen=True, slots=True)
class Call:
    at: datetime
    carrier: str
    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Pushed:
    """One try to push. `about` is a tracking number or the handshake's step; `answer` the subscriber's words."""

    at: datetime
    carrier: str
    url: str
    about: str
    attempt: int
    status: int
    answer: str


class Ledger:
    """Counts everything, keeps the newest."""

    def __init__(self):
        self.calls: deque[Call] = deque(maxlen=KEPT)
        self.pushes: deque[Pushed] = deque(maxlen=KEPT)
        self._by_status: dict[str, Counter] = defaultdict(Counter)
        self._lock = threading.Lock()

    def called(self, carrier: str, method: str, path: str, status: int) -> None:
        with self._lock:
            self.calls.append(Call(datetime.now(UTC), carrier, method, path, status))
            self._by_status[carrier][status] += 1

    def pushed(self, carrier: str, url: str, about: str, attempt: int, status: int, answer: str) -> None:
        with self._lock:
            self.pushes.append(Pushed(datetime.now(UTC), carrier, url, about, attempt, status, answer[:200]))

    def as_json(self) -> dict:
        with self._lock:
            return {
                "carriers": {carrier: self._summary(counts) for carrier, counts in self._by_status.items()},
                "calls": [_plain(call) for call in self.calls],
                "pushes": [_plain(push) for push in self.pushes],
            }

    def _summary(self, counts: Counter) -> dict:
        return {"calls": counts.total(), "by_status": {str(status): count for status, count in sorted(counts.items())}}


def _plain(entry: Call | Pushed) -> dict:
    return asdict(entry) | {"at": entry.at.isoformat()}

"""Callbacks: who subscribed, and one thread that pushes each new moment and tries again when nobody listens."""

import heapq
import itertools
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus

import requests

from carriers.sandbox.ledger import UNANSWERED, Ledger
from carriers.sandbox.lives import Life, events_at
from carriers.sandbox.wire import Lives, Order, Push, WireFormat

RETRY_WAITS = (2.0, 10.0)  # seconds before the second and the third try
ANSWER_WITHIN = 10  # seconds
TICK = 0.1


class State(StrEnum):
    WAITING = "waiting"  # the carrier asked for an activation call
    ACTIVATED = "activated"  # the call came; the carrier confirms it
    ACTIVE = "active"


@dataclass(slots=True)
class Subscription:
    """Somebody who wants one carrier's news, of the ordered `numbers` or of all parcels (None), `until` it lapses.

    `since` is the instant up to which it was told everything.
    """

    carrier: str
    url: str
    secret: str
    address: str
    path: str
    since: datetime
    numbers: frozenset[str] | None = None
    until: datetime | None = None
    hook_secret: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    state: State = State.WAITING
    live: threading.Event = field(default_factory=threading.Event, repr=False)

    def activate(self) -> None:
        self.state = State.ACTIVE
        self.live.set()

    def is_live(self, now: datetime) -> bool:
        return self.state is State.ACTIVE and (self.until is None or now < self.until)

    def lives(self, played: Lives) -> Iterable[Life]:
        """Those of the carrier's lives that it wants to hear of."""
        if self.numbers is None:
            return played.values()
        return [played[number] for number in self.numbers if number in played]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One push on its way. `then` is called once it arrived."""

    subscription: Subscription
    push: Push
    about: str
    attempt: int = 1
    then: Callable[[], None] | None = None


class Pusher:
    """Tells subscribers what happens, as the carriers do."""

    def __init__(
        self,
        formats: Mapping[str, WireFormat],
        lives: Callable[[str], Lives],
        clock: Callable[[], datetime],
        ledger: Ledger,
        retry_waits: tuple[float, ...] = RETRY_WAITS,
    ):
        self.formats, self.lives, self.clock, self.ledger = formats, lives, clock, ledger
        self.retry_waits = retry_waits
        self.subscriptions: list[Subscription] = []
        self._due: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._lock = threading.Lock()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-pusher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout=ANSWER_WITHIN + 1)

    def subscribe(self, carrier: str, order: Order, base_url: str) -> Subscription:
        """Open a subscription; news is pushed once it is live, at once where the carrier wants no handshake."""
        wire, now = self.formats[carrier], self.clock()
        path = f"{wire.subscription_path}/sub-{secrets.token_hex(8)}"
        until = now + wire.subscription_lifetime if order.numbers and wire.subscription_lifetime else None
        subscription = Subscription(
            carrier, order.url, order.secret, f"{base_url}{path}", path, now, order.numbers, until
        )
        introduction = wire.introduction(
            secret=order.secret, address=subscription.address, hook_secret=subscription.hook_secret
        )
        if introduction is None:
            subscription.activate()
        self._replace(subscription)
        self.subscriptions.append(subscription)
        if introduction is not None:
            self._send(Delivery(subscription, introduction, "validate"))
        return subscription

    def activate(self, carrier: str, path: str, hook_secret: str) -> HTTPStatus:
        """Take the subscriber's activation call and answer as the carrier does."""
        subscription = next((each for each in self.subscriptions if (each.carrier, each.path) == (carrier, path)), None)
        if subscription is None:
            return HTTPStatus.NOT_FOUND
        if not secrets.compare_digest(subscription.hook_secret.encode(), hook_secret.encode()):
            return HTTPStatus.UNAUTHORIZED
        if subscription.state is State.WAITING:
            subscription.state = State.ACTIVATED
            ready = self.formats[carrier].confirmation(secret=subscription.secret, address=subscription.address)
            self._send(Delivery(subscription, ready, "ready", then=subscription.activate))
        return HTTPStatus.NO_CONTENT

    def push_newest(self, life: Life) -> int:
        """Push the newest scan to everybody who is subscribed; the number of those."""
        now = self.clock()
        scans = events_at(life, now)
        own = [each for each in self.subscriptions if each.carrier == life.carrier and each.is_live(now)]
        told = [each for each in own if each.numbers is None or life.number in each.numbers] if scans else []
        for subscription in told:
            self._push(subscription, life, scans[-1])
        return len(told)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._watch()
            self._deliver_due()
            self._wake.wait(TICK)
            self._wake.clear()

    def _watch(self) -> None:
        """Queue every moment that came to pass since the last look."""
        now = self.clock()
        for subscription in [each for each in self.subscriptions if each.is_live(now)]:
            for life in subscription.lives(self.lives(subscription.carrier)):
                for scan in events_at(life, now):
                    if scan.at > subscription.since:
                        self._push(subscription, life, scan)
            subscription.since = max(subscription.since, now)

    def _replace(self, newer: Subscription) -> None:
        """A number that is ordered again is pushed once: to this subscriber, by the newer order."""
        for older in self.subscriptions:
            if older.numbers and newer.numbers and (older.carrier, older.url) == (newer.carrier, newer.url):
                older.numbers -= newer.numbers

    def _push(self, subscription: Subscription, life: Life, scan) -> None:
        wire = self.formats[life.carrier]
        push = wire.push(life, scan, secret=subscription.secret, address=subscription.address)
        self._send(Delivery(subscription, push, life.number))

    def _send(self, delivery: Delivery, wait: float = 0) -> None:
        with self._lock:
            heapq.heappush(self._due, (time.monotonic() + wait, next(self._order), delivery))
        self._wake.set()

    def _deliver_due(self) -> None:
        while not self._stopping.is_set() and (delivery := self._next_due()):
            self._deliver(delivery)

    def _next_due(self) -> Delivery | None:
        with self._lock:
            if self._due and self._due[0][0] <= time.monotonic():
                return heapq.heappop(self._due)[-1]
        return None

    def _deliver(self, delivery: Delivery) -> None:
        status, answer = post(delivery.subscription.url, delivery.push)
        subscription = delivery.subscription
        self.ledger.pushed(subscription.carrier, subscription.url, delivery.about, delivery.attempt, status, answer)
        if HTTPStatus(200) <= status < HTTPStatus(300):
            if delivery.then:
                delivery.then()
        elif delivery.attempt <= len(self.retry_waits):
            again = Delivery(subscription, delivery.push, delivery.about, delivery.attempt + 1, delivery.then)
            self._send(again, self.retry_waits[delivery.attempt - 1])


def post(url: str, push: Push) -> tuple[int, str]:
    """Post a callback: its answer's status and text; status 0 and the trouble's name when none came."""
    try:
        reply = requests.post(url, data=push.body, headers=push.headers, timeout=ANSWER_WITHIN, allow_redirects=False)
    except requests.RequestException as error:
        return UNANSWERED, f"no answer: {type(error).__name__}"
    return reply.status_code, reply.text

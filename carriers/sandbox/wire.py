"""What every wire format is made of: a request, an answer, a push, and the questions the server asks of it."""

import base64
import binascii
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import parse_qsl

from carriers.base import Headers
from carriers.sandbox.lives import Life, Moment, Scan, events_at
from orders.statuses import Status

# This key, client id or secret is never accepted, so that a refused account can be shown; any other one is.
REFUSED = "refused"

type Lives = Mapping[str, Life]
type Vocabulary[Words] = Mapping[tuple[Status, str | None], Words]


@dataclass(frozen=True, slots=True)
class Request:
    """A call as it came, its path without the carrier's key."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    def json(self) -> dict:
        """The body as a JSON object; empty when it is anything else."""
        try:
            data = json.loads(self.body)
        except ValueError:
            return {}
        return data if isinstance(data, dict) else {}

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace")))

    def basic_auth(self) -> tuple[str, str]:
        """Client id and secret of the Authorization header; two empty texts when there is none."""
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return (user, password) if scheme.lower() == "basic" else ("", "")

    @property
    def bearer(self) -> str:
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        return value if scheme.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, data, status: int = 200, content_type: str = "application/json", **headers: str) -> "Answer":
        body = json.dumps(data, ensure_ascii=False).encode()
        return cls(status, body, {"Content-Type": content_type, **headers})


@dataclass(frozen=True, slots=True)
class Push:
    """A callback's raw body and its headers, ready to be posted."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Order:
    """Pushes of these parcels, or of all (None), to `url` and proved with `secret`. `refused` are not taken."""

    url: str
    secret: str
    numbers: frozenset[str] | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls in so many seconds."""

    calls: int
    seconds: float


class WireFormat:
    """One carrier's API as its documentation draws it."""

    key: ClassVar[str] = ""
    # Where the carrier keeps subscriptions, for those that say the address in their callbacks.
    subscription_path: ClassVar[str] = "/subscription"
    # How long a subscription lives; None where it ends with the parcel.
    subscription_lifetime: ClassVar[timedelta | None] = None
    # The carrier's documented limit; None where it publishes none.
    documented_limit: ClassVar[Limit | None] = None
    token_path: ClassVar[str] = ""

    def __init__(self, clock: Callable[[], datetime]):
        self.clock = clock

    def check(self, life: Life) -> None:
        """Raise ValueError when this carrier has no word for something in the life."""
        raise NotImplementedError

    def caller(self, request: Request) -> str:
        """The key or token that the carrier counts calls by."""
        return request.bearer

    def answer(self, request: Request, lives: Lives) -> Answer:
        """The carrier's reply to a call of its API."""
        raise NotImplementedError

    def too_many(self, retry_after: float) -> Answer:
        """The carrier's 429."""
        raise NotImplementedError

    def failure(self, status: int) -> Answer:
        """The carrier's 500 or 503."""
        raise NotImplementedError

    def push(self, life: Life, scan: Scan, *, secret: str, address: str) -> Push:
        """The callback that tells of this scan. `address` is the subscription's, where the carrier names it."""
        raise NotImplementedError

    def order(self, request: Request) -> Order | Answer | None:
        """The pushes that this call orders, or why it may not; None where it is another call."""
        return None

    def ordered(self, order: Order, address: str) -> Answer:
        """The carrier's reply to an order it took."""
        raise NotImplementedError

    def introduction(self, *, secret: str, address: str, hook_secret: str) -> Push | None:
        """The message that opens a subscription; None where the carrier pushes without a handshake."""
        return None

    def activation(self, request: Request) -> tuple[str, str] | None:
        """The subscription's path and the hook secret, when this call answers an introduction; None otherwise."""
        return None

    def confirmation(self, *, secret: str, address: str) -> Push | None:
        """The message that says the subscription is live."""
        return None

    def scans(self, life: Life) -> list[Scan]:
        """What has happened to the parcel, newest first, as all three carriers list it."""
        return events_at(life, self.clock())[::-1]


class Tokens:
    """OAuth access tokens that expire."""

    def __init__(self, clock: Callable[[], datetime], lifetime: int):
        self.clock, self.lifetime = clock, lifetime
        self._until: dict[str, datetime] = {}

    def grant(self) -> str:
        token = secrets.token_urlsafe(24)
        self._until[token] = self.clock() + timedelta(seconds=self.lifetime)
        return token

    def accepts(self, token: str) -> bool:
        until = self._until.get(token)
        return until is not None and self.clock() < until


def accepted(*credentials: str) -> bool:
    """Whether all of these are given and none is the one that is always refused."""
    return all(credentials) and REFUSED not in credentials


def words_for[Words](vocabulary: Vocabulary[Words], moment: Moment) -> Words:
    """The carrier's words for this moment: for its reason or leg where it has some, else for its status alone."""
    detail = moment.reason or moment.leg
    words = vocabulary.get((moment.status, detail)) or vocabulary.get((moment.status, None))
    if words is None:
        raise ValueError(f"This carrier has no code for {moment.status.value} ({detail or 'no reason'}).")
    return words

"""The contract between Doorstep and a carrier. One subclass in one file per carrier, in `carriers/adapters/`."""

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from math import isfinite
from typing import Protocol
from urllib.parse import quote

import orjson

from carriers.errors import (
    CallbackRejected,
    CarrierError,
    CarrierRefused,
    CarrierUnavailable,
    NumberNotFound,
    UnreadablePayload,
)
from orders.events import TrackingUpdate
from orders.statuses import Status


class Headers(dict):
    """Header names without regard to case, as HTTP has them."""

    def __init__(self, headers: Mapping[str, str] | None = None):
        super().__init__({name.lower(): value for name, value in (headers or {}).items()})

    def __getitem__(self, name):
        return super().__getitem__(name.lower())

    def __contains__(self, name):
        return super().__contains__(name.lower())

    def get(self, name, default=None):
        return super().get(name.lower(), default)


def _finite(told: str) -> float | None:
    number = float(told)
    return number if isfinite(number) else None


class _Body:
    def json(self):
        """The body as JSON. Raises UnreadablePayload when it is HTML, cut off, or anything else."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return self._loosely()

    def _loosely(self):
        """The same for lone surrogates, other encodings than UTF-8, and numbers that are none, which read as null."""
        try:
            return json.loads(self.body, parse_float=_finite, parse_constant=lambda _told: None)
        except (ValueError, RecursionError) as error:
            start = self.body[:60].decode("utf-8", "replace").strip()
            raise UnreadablePayload(f"expected JSON, got {start!r} ({error})", reply=self) from error


@dataclass(frozen=True, slots=True)
class Reply(_Body):
    """A carrier's answer to a poll, as it came."""

    status: int
    body: bytes
    headers: Headers = field(default_factory=Headers)

    @property
    def retry_after(self) -> float | None:
        """Seconds the carrier asked to wait (RFC 9110: seconds or a date); None when it did not say."""
        value = self.headers.get("Retry-After", "").strip()
        if value.isdecimal():
            return float(value)
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, TypeError):
            return None
        return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


@dataclass(frozen=True, slots=True)
class Callback(_Body):
    """What a carrier pushed, as it came. `secrets` are the account's, newest first: any of them may have signed."""

    body: bytes
    headers: Headers = field(default_factory=Headers)
    secrets: tuple[str, ...] = ()

    status = HTTPStatus.OK
    retry_after = None


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What the carrier made of an order of pushes: its own name for it, and the numbers that it would not take."""

    reference: str = ""
    refused: tuple[str, ...] = ()


def matches_any(given: str, expected: Iterable[str]) -> bool:
    """True when a header's text is one of these, in a time that does not tell how nearly. Nothing matches nothing."""
    # As bytes: compare_digest refuses text outside ASCII, and a forger may send what he likes.
    told = given.encode("utf-8", "surrogatepass")
    found = [hmac.compare_digest(told, secret.encode("utf-8", "surrogatepass")) for secret in expected]
    return bool(given) and any(found)


def signature(secret: str, message: bytes, *, algorithm: str = "sha256", encoding: str = "hex") -> str:
    """The HMAC of the message under the secret, as "hex" or "base64" text."""
    code = hmac.new(secret.encode(), message, algorithm)
    return code.hexdigest() if encoding == "hex" else base64.b64encode(code.digest()).decode()


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The answer that tells a carrier its callback arrived."""

    status: int = HTTPStatus.NO_CONTENT
    body: bytes = b""
    content_type: str = "text/plain"


class Transport(Protocol):
    """Sends one request and returns a Reply; raises CarrierUnavailable when none came. See `carriers/http.py`."""

    def __call__(self, method: str, url: str, **options) -> Reply: ...


class TokenStore(Protocol):
    """Keeps an account's access token between calls, so that a token is asked for once in its life."""

    def load(self) -> str | None: ...
    def save(self, token: str, lifetime: float) -> None: ...
    def forget(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a carrier is asked about.

    Some want to know more than the number before they tell more: `postcode` and `country` (ISO 3166 alpha-2) of the
    destination, or, before an aggregator, `courier`: the carrier behind it as the aggregator spells it.
    """

    number: str
    postcode: str = ""
    country: str = ""
    courier: str = ""


class Carrier:
    """One carrier's API, both directions.

    A subclass says who it is, maps the carrier's words to ours, and gives `fetch` and `parse` where it can be asked,
    `parse_callback` and what proves a callback where it pushes. `parse*` are pure: they need no account, no network
    and no database.
    """

    key = ""  # the registry's, the database's and the URL's spelling
    name = ""  # as the carrier writes itself
    base_url = ""  # where its API lives; the sandbox takes its place by setting
    tracking_page = ""  # the carrier's page for people, with {number}
    credentials: tuple[str, ...] = ()  # what the account form asks for
    optional_credentials: tuple[str, ...] = ()  # what it takes where there is one
    batch_size = 1  # numbers in one call
    calls_per_minute = 60  # documented limit; an account may lower or raise it
    calls_per_day: int | None = None  # documented quota, None where there is none
    is_aggregator = False  # asks other carriers on our behalf

    # What proves a callback: a header, made of the body and the account's secret. A carrier that pushes without one
    # proves nothing but that it knows the unguessable address.
    pushes = False
    callback_header = ""
    callback_secret = ""  # what the account's secret is called at the carrier, or where it is entered there
    secret_credential = ""  # which credential signs, where the carrier makes the secret itself

    # Where pushes must be ordered for each parcel: how many in one order, and how long it lives (None: for as long as
    # the parcel is under way). 0 where the merchant orders them once, at the carrier.
    subscription_size = 0
    subscription_lifetime: timedelta | None = None

    # For people, in docs/carriers.md.
    api = ""  # what is asked; "" for a carrier that only pushes
    push_api = ""  # what pushes, and how it proves itself
    scan_times = ""  # whose clock the scans tell
    promise_from = ""  # where the delivery date stands; "" where the carrier tells none
    lacks: tuple[str, ...] = ("proof of delivery", "pickup point", "redirect")  # what is not read or done yet

    # The carrier's code -> our status. A code that is known to say nothing about the journey maps to UNKNOWN.
    status_map: Mapping[str, Status] = {}

    def __init__(
        self,
        credentials: Mapping[str, str] | None = None,
        *,
        send: Transport | None = None,
        tokens: TokenStore | None = None,
        base_url: str = "",
    ):
        self.account = dict(credentials or {})
        self.send = send
        self.tokens = tokens
        self.base_url = base_url or self.base_url

    # Asking

    def fetch(self, parcels: Iterable[Parcel]) -> dict[str, Reply]:
        """Ask for these parcels, at most `batch_size`. I/O only: a Reply per number, one Reply may serve several.

        Raises CarrierUnavailable when no answer came and CarrierRefused when no token was given.
        """
        raise NotImplementedError(f"{type(self).__name__} must say how to fetch")

    def parse(self, reply: Reply, number: str) -> list[TrackingUpdate]:
        """Read what the reply says of `number`: one update per parcel, usually one. "" asks for every parcel in it.

        Raises NumberNotFound, CarrierRefused, CarrierUnavailable or UnreadablePayload, whatever HTTP status the
        carrier put them in.
        """
        raise NotImplementedError(f"{type(self).__name__} must say how to parse a reply")

    # Being told

    def subscribe(self, numbers: Iterable[str], url: str, secret: str) -> Subscribed:
        """Order pushes of these parcels, at most `subscription_size`, to `url`, proved with `secret`.

        Raises CarrierRefused, CarrierUnavailable or UnreadablePayload.
        """
        raise NotImplementedError(f"{type(self).__name__} must say how to subscribe")

    def verify_callback(self, callback: Callback) -> None:
        """Raise CallbackRejected unless the raw body and headers show that the carrier sent this."""
        if not self.pushes:
            raise CallbackRejected(f"{self.name} is not known to push callbacks: remove this URL from its settings.")
        if not self.callback_header:
            return
        given = self.account.get(self.secret_credential)
        secrets = (given, *callback.secrets) if given else callback.secrets
        if not secrets:
            raise CallbackRejected(
                f"No secret is set for this account, so nobody can tell whether {self.name} sent this: enter "
                f"{self.callback_secret} in the account."
            )
        proofs = (self.proof(callback, secret) for secret in secrets)
        if not matches_any(callback.headers.get(self.callback_header, ""), proofs):
            raise CallbackRejected(
                f"The {self.callback_header!r} header is not the one that {self.name} would send with this body: "
                f"either somebody else sent it, or the account's secret is not {self.callback_secret}."
            )

    def proof(self, callback: Callback, secret: str) -> str:
        """What `callback_header` must say: the secret itself, or a signature made with it (see `signature`)."""
        return secret

    def handshake(self, callback: Callback) -> bool:
        """Complete the carrier's handshake, over the network if it must be. True when this callback was one."""
        return False

    def parse_callback(self, callback: Callback) -> list[TrackingUpdate]:
        """Read the news: one update per parcel. Raises UnreadablePayload."""
        raise NotImplementedError(f"{type(self).__name__} must say how to parse a callback")

    def acknowledge(self, callback: Callback) -> Acknowledgement:
        """The exact reply the carrier wants."""
        return Acknowledgement()

    # Reading

    def status(self, code: str) -> Status:
        """Our status for the carrier's code; UNKNOWN for one nobody has mapped, never a guess."""
        return self.status_map.get(code, Status.UNKNOWN)

    def unmapped_codes(self, update: TrackingUpdate) -> list[str]:
        """The codes in this update that `status_map` does not know: counted and shown, so that drift is seen."""
        unknown = (event.code for event in update.events if event.status is Status.UNKNOWN)
        return sorted({code for code in unknown if code and code not in self.status_map})

    def readable_updates(self, updates: Iterable[Callable[[], TrackingUpdate]]) -> list[TrackingUpdate]:
        """The parcels of a reply that can be read, each by its function; the first one's error when none can."""
        read, errors = [], []
        for update in updates:
            try:
                read.append(update())
            except CarrierError as error:
                errors.append(error)
        if errors and not read:
            raise errors[0]
        return read

    def check(self, reply: Reply) -> None:
        """Raise what the HTTP status means; return when it is a success."""
        if reply.status < HTTPStatus.BAD_REQUEST:
            return
        self.fail(reply, f"answered {reply.status}")

    def fail(self, reply: Reply, message: str, status: int | None = None):
        """Raise the error that `status` (the reply's own unless given) stands for, in the carrier's words."""
        status = status or reply.status
        error = UnreadablePayload
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            error = CarrierRefused
        elif status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            error = NumberNotFound
        elif status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT) or status >= 500:
            error = CarrierUnavailable
        raise error(message, carrier=self.key, reply=reply, retry_after=reply.retry_after)

    def tracking_url(self, number: str) -> str:
        """The carrier's page for people."""
        return self.tracking_page.format(number=quote(number, safe="")) if self.tracking_page else ""


class OAuthCarrier(Carrier):
    """A carrier that wants a bearer token by OAuth 2 client credentials (RFC 6749, 4.4)."""

    def request_token(self) -> Reply:
        """Ask for a new token."""
        raise NotImplementedError(f"{type(self).__name__} must say how to ask for a token")

    def call(self, method: str, path: str, **options) -> Reply:
        """Send with the cached token; when the carrier no longer takes it, once more with a new one."""
        reply = self._send(method, path, self._token(), options)
        if reply.status == HTTPStatus.UNAUTHORIZED:
            self.tokens.forget()
            reply = self._send(method, path, self._token(), options)
        return reply

    def _send(self, method, path, token, options):
        headers = {**options.get("headers", {}), "Authorization": f"Bearer {token}"}
        return self.send(method, f"{self.base_url}{path}", **{**options, "headers": headers})

    def _token(self) -> str:
        return self.tokens.load() or self._new_token()

    def _new_token(self) -> str:
        reply = self.request_token()
        self.check(reply)
        granted = reply.json()
        try:
            token, lifetime = str(granted["access_token"]), float(granted.get("expires_in", 3600))
        except (TypeError, KeyError, ValueError) as error:
            raise UnreadablePayload("gave no access token", carrier=self.key, reply=reply) from error
        # A minute early: a token must not expire between our check and the carrier's.
        self.tokens.save(token, max(0.0, lifetime - 60))
        return token


class MemoryTokens:
    """A TokenStore for one process: scripts, tests, and accounts that are not saved."""

    def __init__(self):
        self._token, self._until = None, 0.0

    def load(self):
        return self._token if time.monotonic() < self._until else None

    def save(self, token, lifetime):
        self._token, self._until = token, time.monotonic() + lifetime

    def forget(self):
        self._token = None

"""Pretend browsers and their push service: takes web push (RFC 8030, 8291, 8292) and shows what each browser would."""

import base64
import json
import secrets
import threading
from collections.abc import Callable
from http import HTTPStatus

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from alerts.sandbox.web import Answer, Request

PUSH = "/push/"
# RFC 8030 has push services take at least so much; the real ones take no more.
MOST = 4096


class Browser:
    """One browser on one device: its keys, and the notifications it shows, by their tags."""

    def __init__(self, endpoint: str):
        self.endpoint = endpoint
        self.shown: dict[str, dict] = {}
        self.is_gone = False
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = secrets.token_bytes(16)

    @property
    def subscription(self) -> dict:
        """What PushManager.subscribe() gives to a page, as JSON."""
        raw = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        keys = {"p256dh": _base64url(self._key.public_key().public_bytes(*raw)), "auth": _base64url(self._secret)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def read(self, body: bytes) -> dict:
        """The message for the page's service worker. Raises ECEException, or ValueError."""
        return json.loads(http_ece.decrypt(body, private_key=self._key, auth_secret=self._secret))

    def show(self, message: dict) -> None:
        """A newer one of the same tag takes the older one's place."""
        self.shown[message["tag"]] = message


class Browsers:
    """All of them, and the push service that they have in common."""

    def __init__(self, url: Callable[[], str]):
        self._url, self._lock = url, threading.Lock()
        self._all: dict[str, Browser] = {}

    def new(self) -> Browser:
        name = secrets.token_urlsafe(16)
        with self._lock:
            browser = self._all[name] = Browser(f"{self._url()}{PUSH}{name}")
        return browser

    def all(self) -> list[Browser]:
        with self._lock:
            return list(self._all.values())

    def clear(self) -> None:
        """Take the notifications away; the browsers stay subscribed."""
        for browser in self.all():
            browser.shown.clear()

    def answer(self, request: Request) -> Answer:
        """The push service's answer to one message."""
        browser = self._all.get(request.path.removeprefix(PUSH))
        if browser is None or browser.is_gone:
            return _answer(HTTPStatus.GONE if browser else HTTPStatus.NOT_FOUND, "The subscription is not known.")
        if problem := _problem(request):
            return problem
        try:
            browser.show(browser.read(request.body))
        except (http_ece.ECEException, ValueError, KeyError):
            # A real one cannot tell: the browser would drop it without a word.
            return _answer(HTTPStatus.BAD_REQUEST, "The browser could not read the message.")
        return Answer(HTTPStatus.CREATED, headers={"Location": f"{request.path}/{secrets.token_hex(8)}"})


def _problem(request: Request) -> Answer | None:
    """What a push service would object to, or None."""
    if not request.headers.get("ttl", "").isdecimal():
        return _answer(HTTPStatus.BAD_REQUEST, "TTL is missing.")
    if request.headers.get("content-encoding") != "aes128gcm":
        return _answer(HTTPStatus.BAD_REQUEST, "Content-Encoding must be aes128gcm.")
    if len(request.body) > MOST:
        return _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"More than {MOST} bytes.")
    if not _is_signed(request.authorization):
        return _answer(HTTPStatus.FORBIDDEN, "The VAPID signature is not valid.")
    return None


def _is_signed(authorization: str) -> bool:
    try:
        return Vapid02.verify(authorization)
    except Exception:  # it raises whatever it stumbles over
        return False


def _answer(status: HTTPStatus, said: str) -> Answer:
    return Answer(status, said.encode(), {"Content-Type": "text/plain"})


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

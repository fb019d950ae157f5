"""What a request for a text, its answer and a provider's post are made of."""

import json
import ssl
import time
from http import HTTPStatus

import requests
from django.conf import settings
from requests.auth import AuthBase
from urllib3.exceptions import MaxRetryError, NewConnectionError

from alerts.states import Why

# HTTP status -> why, where the provider's own code says nothing. Other errors of the server's are UNAVAILABLE, of
# ours REFUSED.
STATUSES = {
    HTTPStatus.UNAUTHORIZED: Why.ACCOUNT_REFUSED,
    HTTPStatus.PAYMENT_REQUIRED: Why.ACCOUNT_REFUSED,
    HTTPStatus.FORBIDDEN: Why.ACCOUNT_REFUSED,
    HTTPStatus.NOT_FOUND: Why.ACCOUNT_REFUSED,
    HTTPStatus.REQUEST_TIMEOUT: Why.UNAVAILABLE,
    HTTPStatus.TOO_MANY_REQUESTS: Why.UNAVAILABLE,
    # Said by somebody on the way, who may have passed the text on.
    HTTPStatus.BAD_GATEWAY: Why.NO_ANSWER,
    HTTPStatus.GATEWAY_TIMEOUT: Why.NO_ANSWER,
}
# Seconds. What was not taken is posted again for up to a day, and nobody says that it is signed anew.
FRESH = 25 * 60 * 60


class Bearer(AuthBase):
    """A token as `auth`: as a plain header, a .netrc on the machine would take its place."""

    def __init__(self, token: str):
        self._token = token

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def api_root(real: str) -> str:
    """Where the provider listens: the pretended one in the sandbox."""
    return settings.SANDBOX_SMS_URL if settings.SANDBOX else real


def international(number: str) -> str:
    """As numbers are stored: with the plus that some providers leave out."""
    digits = number.strip().removeprefix("+")
    return f"+{digits}" if digits.isascii() and digits.isdecimal() else ""


def never_left(error: requests.RequestException) -> bool:
    """The connection was not even made, or not with somebody to be trusted."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    cause = error.args[0] if error.args else None
    if not isinstance(cause, MaxRetryError):
        return False
    reason = cause.reason
    return isinstance(reason, NewConnectionError) or _is_certificate(reason)


def retry_after(response: requests.Response) -> float | None:
    given = response.headers.get("Retry-After", "")
    return float(given) if given.isdecimal() else None


def answered(response: requests.Response) -> dict:
    """The JSON object of the answer; empty where there is none."""
    try:
        told = response.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def json_object(posted: bytes) -> dict:
    """The body as a JSON object. Raises ValueError."""
    told = json.loads(posted)
    if not isinstance(told, dict):
        raise ValueError("The body must be a JSON object.")
    return told


def is_fresh(signed_at: object) -> bool:
    """Whether a signature of this time, in seconds since 1970, may still be on its way."""
    return isinstance(signed_at, (int, float)) and abs(time.time() - signed_at) < FRESH


def why_of(status: int, by_code: Why | None) -> Why:
    """What the status and, where the provider's code is one we know, that code mean together."""
    if status < HTTPStatus.BAD_REQUEST and by_code in (None, Why.UNAVAILABLE):
        # Taken, it seems, whatever the body says: only the receipt can tell.
        return Why.NO_ANSWER
    usual = Why.UNAVAILABLE if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Why.REFUSED
    return by_code or STATUSES.get(status, usual)


def _is_certificate(reason: Exception | None) -> bool:
    """Other errors of TLS may come after the text has left."""
    return bool(reason and reason.args and isinstance(reason.args[0], ssl.SSLCertVerificationError))

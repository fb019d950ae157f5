"""Texts by Twilio's Messages API, 2010-04-01."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

import requests
from django.conf import settings
from urllib3.exceptions import MaxRetryError, NewConnectionError

from alerts.channels.base import ChannelError, Kind, Receipt
from alerts.channels.sms.base import Sms
from alerts.links import twilio_receipt_link
from alerts.models import Sender
from alerts.states import State, Why
from orders.models import Merchant

API = "https://api.twilio.com"
TIMEOUT = (5, 20)  # seconds to connect, seconds to answer

# Twilio's error code -> why the text cannot arrive (twilio.com/docs/api/errors, 11/2026). What is not here is judged
# by the HTTP status.
ERRORS = {
    21211: Why.ADDRESS_REFUSED,  # invalid number
    21214: Why.ADDRESS_REFUSED,  # cannot be reached
    21217: Why.ADDRESS_REFUSED,  # does not look like a number
    21265: Why.ADDRESS_REFUSED,  # a short code
    21610: Why.UNSUBSCRIBED,
    21612: Why.ADDRESS_REFUSED,  # cannot be reached from this sender
    21614: Why.ADDRESS_REFUSED,  # not a mobile number
    21635: Why.ADDRESS_REFUSED,  # a landline
    21408: Why.ACCOUNT_REFUSED,  # the account may not text to that country
    21606: Why.ACCOUNT_REFUSED,  # the sender is not the account's
    21659: Why.ACCOUNT_REFUSED,  # the sender is no number of Twilio's
    21660: Why.ACCOUNT_REFUSED,  # the sender is another account's
}

# Twilio's message status -> what it proves. The rest says no more than that Twilio has the message.
STATES = {
    "delivered": State.DELIVERED,
    "read": State.DELIVERED,
    "undelivered": State.FAILED,
    "failed": State.FAILED,
    "canceled": State.FAILED,
}

MESSAGING_SERVICE = "MG"  # how the ids of Messaging Services begin


@dataclass(frozen=True, slots=True)
class Account:
    """A Twilio account, and what texts come from: a number, a name, or a Messaging Service's id."""

    sid: str
    token: str = field(repr=False)
    identity: str

    def __bool__(self):
        return bool(self.sid and self.token and self.identity)


class Twilio(Sms):
    credentials = ("account_sid", "auth_token")
    # Twilio has no idempotency key: nothing that may have left is sent again.
    is_repeatable = False

    def is_ready(self, merchant):
        return bool(account_of(merchant))

    def send(self, alert):
        account = account_of(alert.merchant)
        if not account:
            raise ChannelError(
                "There is no Twilio account or no sender: fill in the sender, or TWILIO_ACCOUNT_SID and "
                "TWILIO_AUTH_TOKEN and the merchant's “texts come from”.",
                Kind.PERMANENT,
                why=Why.NOT_SET_UP,
            )
        return _read(_post(account, alert))


def account_of(merchant: Merchant) -> Account:
    """The account that texts for this merchant: its own, else the platform's. False when it is not complete."""
    own = Sender.objects.filter(merchant=merchant, channel=Sms.key, active=True).first()
    if own is None:
        return Account(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, merchant.sms_from)
    given = own.credentials
    return Account(given.get("account_sid", ""), given.get("auth_token", ""), own.identity or merchant.sms_from)


def is_signed(merchant: Merchant, url: str, parameters: Iterable[tuple[str, list[str]]], signature: str) -> bool:
    """Whether Twilio signed this post to `url`: HMAC-SHA1 of the URL and its form, with the account's token.

    An account that was changed since may still be told of its last texts, so each of the merchant's own rows and the
    platform's account may have signed.
    """
    told = url + "".join(name + value for name, values in sorted(parameters) for value in sorted(set(values)))
    tokens = [settings.TWILIO_AUTH_TOKEN]
    tokens += [
        own.credentials.get("auth_token", "") for own in Sender.objects.filter(merchant=merchant, channel=Sms.key)
    ]
    fits = [hmac.compare_digest(sign(token, told), signature.encode()) for token in tokens if token]
    return any(fits)


def sign(token: str, told: str) -> bytes:
    return base64.b64encode(hmac.digest(token.encode(), told.encode(), hashlib.sha1))


def _post(account: Account, alert) -> requests.Response:
    service = account.identity.startswith(MESSAGING_SERVICE)
    try:
        # No kept-alive connection: one that the other side has just closed would look like a text that may have left.
        return requests.post(
            f"{_api()}/2010-04-01/Accounts/{account.sid}/Messages.json",
            data={
                "To": alert.address,
                "MessagingServiceSid" if service else "From": account.identity,
                "Body": alert.body_text,
                "StatusCallback": twilio_receipt_link(alert),
            },
            auth=(account.sid, account.token),
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        if _never_left(error):
            raise ChannelError(
                "Twilio cannot be reached.", Kind.TEMPORARY, why=Why.UNAVAILABLE, detail=repr(error)
            ) from error
        raise ChannelError(
            "Twilio was given the text and did not answer.", Kind.UNSURE, why=Why.NO_ANSWER, detail=repr(error)
        ) from error


def _api() -> str:
    return settings.SANDBOX_SMS_URL if settings.SANDBOX else API


def _never_left(error: requests.RequestException) -> bool:
    """The connection was not even made."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _read(response: requests.Response) -> Receipt:
    """What Twilio's answer says. Raises ChannelError unless it took the text."""
    told = _body(response)
    if response.status_code == HTTPStatus.CREATED and told.get("sid"):
        return Receipt(str(told["sid"]))
    status, code = response.status_code, told.get("code")
    said = f"Twilio answered {told.get('message') or 'nothing readable'} (HTTP {status}, code {code})."
    kind, why = _meaning(status, code)
    raise ChannelError(said, kind, why=why, retry_after=_retry_after(response), detail=response.text[:2000])


def _meaning(status: int, code: int | None) -> tuple[Kind, Why]:
    if code in ERRORS:
        return Kind.PERMANENT, ERRORS[code]
    if status < HTTPStatus.BAD_REQUEST or status == HTTPStatus.GATEWAY_TIMEOUT:
        # Taken, it seems, or passed on by somebody on the way: only the receipt can tell.
        return Kind.UNSURE, Why.NO_ANSWER
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Kind.TEMPORARY, Why.UNAVAILABLE
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
        return Kind.PERMANENT, Why.ACCOUNT_REFUSED
    return Kind.PERMANENT, Why.REFUSED


def _retry_after(response: requests.Response) -> float | None:
    given = response.headers.get("Retry-After", "")
    return float(given) if given.isdecimal() else None


def _body(response: requests.Response) -> dict:
    try:
        told = response.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}

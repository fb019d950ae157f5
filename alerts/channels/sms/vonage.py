"""Texts by Vonage's Messages API, version 1."""

import hashlib
import hmac
import time
import uuid
from http import HTTPStatus

from django.utils.translation import gettext as _

from alerts.channels.base import ChannelError, Kind
from alerts.channels.sms.base import Account, Posted, Provider, Said, Text
from alerts.channels.sms.tokens import hs256_claims, private_key, rs256
from alerts.channels.sms.wire import Bearer, api_root, international, is_fresh, json_object
from alerts.states import State, Why

API = "https://api.nexmo.com"
TOKEN_LASTS = 15 * 60  # seconds
BASIC, SIGNED = ("api_key", "api_secret"), ("application_id", "private_key")


class Vonage(Provider):
    key, name = "vonage", "Vonage"
    credentials = ("signature_secret",)
    # One of the two pairs: an application, or the account's key.
    optional = (*SIGNED, *BASIC)
    signs_with = "signature_secret"
    taken_with, id_field = HTTPStatus.ACCEPTED, "message_uuid"

    # developer.vonage.com/en/api-errors/messages (11/2026)
    errors = {
        "1000": Why.UNAVAILABLE,  # throttled
        "1030": Why.UNAVAILABLE,  # internal error
        "1100": Why.UNAVAILABLE,  # not submitted: communication failed
        "1050": Why.ADDRESS_REFUSED,  # number barred
        "1170": Why.ADDRESS_REFUSED,  # no valid number
        "1190": Why.ADDRESS_REFUSED,  # not in use any more
        "1240": Why.UNSUBSCRIBED,
        "1060": Why.ACCOUNT_REFUSED,  # account barred
        "1070": Why.ACCOUNT_REFUSED,  # no credit left
        "1080": Why.ACCOUNT_REFUSED,  # no access to this API
        "1120": Why.ACCOUNT_REFUSED,  # the sender may not be used there
        "1140": Why.ACCOUNT_REFUSED,  # something the account may not do
        "1160": Why.ACCOUNT_REFUSED,  # a trial account texts to its own numbers only
    }
    states = {
        "delivered": State.DELIVERED,
        "read": State.DELIVERED,
        "rejected": State.FAILED,
        "undeliverable": State.FAILED,
    }

    def lacking(self, credentials):
        has_pair = any(all(credentials.get(name) for name in pair) for pair in (SIGNED, BASIC))
        pair = () if has_pair else tuple(name for name in SIGNED if not credentials.get(name))
        return super().lacking(credentials) + pair

    def flaws(self, credentials):
        try:
            if credentials.get("private_key"):
                private_key(credentials["private_key"])
        except ValueError:
            whole = _("This is no private key. Paste the whole file that Vonage gave you, from first line to last.")
            return {"private_key": whole}
        return {}

    def request(self, account: Account, text: Text) -> dict:
        asked = {"client_ref": text.reference, "webhook_url": text.receipt_url, "webhook_version": "v1"}
        return {
            "url": f"{api_root(API)}/v1/messages",
            "json": {
                "channel": "sms",
                "message_type": "text",
                "to": text.to.removeprefix("+"),
                "from": account.identity.removeprefix("+"),
                "text": text.body,
                **(asked if text.receipt_url else {}),
            },
            "auth": _auth(account.credentials),
        }

    def complaint(self, told):
        return str(told.get("type") or "").rpartition("#")[2], str(told.get("detail") or told.get("title") or "")

    def signature(self, posted):
        return posted.headers.get("Authorization", "").removeprefix("Bearer ")

    def is_signed(self, posted: Posted, secret: str) -> bool:
        """A token in the header, signed with the account's secret, holds the digest of the body."""
        claims = hs256_claims(self.signature(posted), secret)
        if claims is None:
            return False
        digest = hashlib.sha256(posted.body).hexdigest()
        is_this_body = hmac.compare_digest(digest.encode(), str(claims.get("payload_hash", "")).encode())
        return is_this_body and is_fresh(claims.get("iat"))

    def read_receipt(self, posted):
        told = json_object(posted.body)
        error = told.get("error")
        code = error.get("title") if isinstance(error, dict) else None
        return self.told(str(told.get("status", "")), str(told.get("message_uuid", "")), code)

    def read_inbound(self, posted):
        told = json_object(posted.body)
        sender, to = (international(str(told.get(name, ""))) for name in ("from", "to"))
        return Said(sender, to, str(told.get("text") or ""))


def _auth(credentials):
    if not all(credentials.get(name) for name in SIGNED):
        return credentials["api_key"], credentials["api_secret"]
    now = int(time.time())
    claims = {
        "application_id": credentials["application_id"],
        "iat": now,
        "exp": now + TOKEN_LASTS,
        "jti": str(uuid.uuid4()),
    }
    try:
        return Bearer(rs256(claims, private_key(credentials["private_key"])))
    except ValueError as error:
        raise ChannelError(
            f"Vonage's private key cannot be used. {error}", Kind.PERMANENT, why=Why.NOT_SET_UP
        ) from error

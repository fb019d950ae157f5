"""Texts by Sinch's SMS API (XMS), version 1."""

import base64
import hashlib
import hmac
from http import HTTPStatus

from alerts.channels.sms.base import Account, Posted, Provider, Said, Text
from alerts.channels.sms.wire import Bearer, api_root, international, is_fresh, json_object
from alerts.states import State

REGIONS = ("eu", "us", "au", "br", "ca")
API = "https://{region}.sms.api.sinch.com"


class Sinch(Provider):
    key, name = "sinch", "Sinch"
    credentials = ("service_plan_id", "api_token")
    optional = ("region", "webhook_secret")
    choices = {"region": REGIONS}
    signs_with = "webhook_secret"
    always_signs = False  # only where its account manager has switched that on
    taken_with, id_field = HTTPStatus.CREATED, "id"

    # No error codes: the HTTP status says enough. Sinch takes nearly every text, and tells by its receipt what is wrong
    # with the number (developers.sinch.com/docs/sms/api-reference/status-codes, 11/2026).

    # Unknown is final and proves nothing: the network never said.
    states = {
        "delivered": State.DELIVERED,
        "aborted": State.FAILED,
        "cancelled": State.FAILED,
        "rejected": State.FAILED,
        "deleted": State.FAILED,
        "failed": State.FAILED,
        "expired": State.FAILED,
    }

    def request(self, account: Account, text: Text) -> dict:
        given = account.credentials
        root = api_root(API.format(region=given.get("region") or REGIONS[0]))
        asked = {
            "delivery_report": "per_recipient",
            "callback_url": text.receipt_url,
            "client_reference": text.reference,
        }
        return {
            "url": f"{root}/xms/v1/{given['service_plan_id']}/batches",
            "json": {
                "type": "mt_text",
                "from": account.identity,
                "to": [text.to],
                "body": text.body,
                **(asked if text.receipt_url else {}),
            },
            "auth": Bearer(given["api_token"]),
        }

    def complaint(self, told):
        return str(told.get("code") or ""), str(told.get("text") or "")

    def signature(self, posted):
        return posted.headers.get("x-sinch-webhook-signature", "")

    def is_signed(self, posted: Posted, secret: str) -> bool:
        """HMAC-SHA256 of the body, a nonce and the time, joined by full stops."""
        nonce, stamp = (posted.headers.get(f"x-sinch-webhook-signature-{name}", "") for name in ("nonce", "timestamp"))
        signed = b".".join((posted.body, nonce.encode(), stamp.encode()))
        expected = base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256))
        is_theirs = hmac.compare_digest(expected, self.signature(posted).encode())
        return is_theirs and is_fresh(int(stamp) if stamp.isdecimal() else None)

    def read_receipt(self, posted):
        told = json_object(posted.body)
        return self.told(str(told.get("status", "")), str(told.get("batch_id", "")), told.get("code"))

    def read_inbound(self, posted):
        told = json_object(posted.body)
        sender, to = (international(str(told.get(name, ""))) for name in ("from", "to"))
        return Said(sender, to, str(told.get("body") or ""))

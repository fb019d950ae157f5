"""Texts by Twilio's Messages API, 2010-04-01."""

import base64
import hashlib
import hmac
from http import HTTPStatus

from django.http import QueryDict

from alerts.channels.sms.base import Account, Posted, Provider, Said, Text
from alerts.channels.sms.wire import api_root, international
from alerts.states import State, Why

API = "https://api.twilio.com"
MESSAGING_SERVICE = "MG"  # how the ids of Messaging Services begin


class Twilio(Provider):
    key, name = "twilio", "Twilio"
    credentials = ("account_sid", "auth_token")
    signs_with = "auth_token"
    answers_inline = True
    taken_with, id_field = HTTPStatus.CREATED, "sid"

    # twilio.com/docs/api/errors (11/2026)
    errors = {
        "20429": Why.UNAVAILABLE,  # too many requests
        "21211": Why.ADDRESS_REFUSED,  # invalid number
        "21214": Why.ADDRESS_REFUSED,  # cannot be reached
        "21217": Why.ADDRESS_REFUSED,  # does not look like a number
        "21265": Why.ADDRESS_REFUSED,  # a short code
        "21610": Why.UNSUBSCRIBED,
        "21612": Why.ADDRESS_REFUSED,  # cannot be reached from this sender
        "21614": Why.ADDRESS_REFUSED,  # not a mobile number
        "21635": Why.ADDRESS_REFUSED,  # a landline
        "21408": Why.ACCOUNT_REFUSED,  # the account may not text to that country
        "21606": Why.ACCOUNT_REFUSED,  # the sender is not the account's
        "21659": Why.ACCOUNT_REFUSED,  # the sender is no number of Twilio's
        "21660": Why.ACCOUNT_REFUSED,  # the sender is another account's
    }
    states = {
        "delivered": State.DELIVERED,
        "read": State.DELIVERED,
        "undelivered": State.FAILED,
        "failed": State.FAILED,
        "canceled": State.FAILED,
    }

    def request(self, account: Account, text: Text) -> dict:
        sid, token = account.credentials["account_sid"], account.credentials["auth_token"]
        sender = "MessagingServiceSid" if account.identity.startswith(MESSAGING_SERVICE) else "From"
        form = {"To": text.to, sender: account.identity, "Body": text.body, "StatusCallback": text.receipt_url or None}
        return {
            "url": f"{api_root(API)}/2010-04-01/Accounts/{sid}/Messages.json",
            "data": form,  # None leaves a field out
            "auth": (sid, token),
        }

    def complaint(self, told):
        return str(told.get("code") or ""), str(told.get("message") or "")

    def signature(self, posted):
        return posted.headers.get("X-Twilio-Signature", "")

    def is_signed(self, posted: Posted, secret: str) -> bool:
        """HMAC-SHA1 of the address and the form, with the account's token."""
        form = sorted(QueryDict(posted.body).lists())
        signed = posted.url + "".join(name + value for name, values in form for value in sorted(set(values)))
        return hmac.compare_digest(sign(secret, signed), self.signature(posted).encode())

    def read_receipt(self, posted):
        form = QueryDict(posted.body)
        return self.told(form.get("MessageStatus", ""), form.get("MessageSid", ""), form.get("ErrorCode"))

    def read_inbound(self, posted):
        form = QueryDict(posted.body)
        return Said(international(form.get("From", "")), international(form.get("To", "")), form.get("Body", ""))


def sign(token: str, signed: str) -> bytes:
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1))

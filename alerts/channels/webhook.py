"""The shop's own system gets the message itself, to send it by its own means: its CRM, a messenger, an app.

A Standard Webhook (1.0.0) in the connection and within the limits of the shop's other webhooks. The address and the
secret are the credentials of the shop's Sender.
"""

import json
import time
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from alerts.channels.base import Channel, ChannelError, Kind, Receipt
from alerts.links import page_link
from alerts.models import Alert
from alerts.shops import sender_of
from alerts.states import Why
from orders.models import Customer, Merchant
from orders.webhooks.addresses import validate_url
from orders.webhooks.posting import Answer, post
from orders.webhooks.signing import standard_headers, standard_key


class Webhook(Channel):
    """The address is the host of the shop's system: the rest of its URL may be a secret."""

    key, name = "webhook", _("Webhook with the message")
    credentials = ("url", "secret")
    says = ("subject", "short")
    # The message's uuid is the webhook's id, by which the shop's system knows it again.
    is_repeatable = True

    def is_wanted(self, merchant):
        return self.is_ready(merchant)

    def is_ready(self, merchant):
        return bool(account_of(merchant))

    def address_of(self, customer):
        return urlsplit(account_of(customer.merchant).get("url", "")).hostname or ""

    def has_consent(self, customer, purpose):
        return True  # nothing is sent to the shopper: what the shop makes of it is the shop's to answer for

    def check_credentials(self, credentials: dict[str, str]) -> None:
        validate_url(credentials["url"])
        try:
            standard_key(credentials["secret"])
        except ValueError:
            raise ValidationError(
                _("Take a secret as your webhook library makes it: whsec_ and at least 24 bytes in Base64.")
            ) from None

    def send(self, alert):
        account = account_of(alert.merchant)
        if not account:
            said = "The shop has no address for messages: fill in the sender."
            raise ChannelError(said, Kind.PERMANENT, why=Why.NOT_SET_UP)
        body = payload(alert)
        signed = standard_headers(account["secret"], str(alert.uuid), body, int(time.time()))
        _read(post(account["url"], body, {"Content-Type": "application/json", **signed}))
        return Receipt(provider=self.key)


def account_of(merchant: Merchant) -> dict[str, str]:
    """The shop's own address and secret; empty without them."""
    own = sender_of(merchant, Webhook.key)
    is_whole = own is not None and all(own.credentials.get(name) for name in Webhook.credentials)
    return own.credentials if is_whole else {}


def payload(alert: Alert) -> bytes:
    """The body, the same at each attempt but for what the shop changed of the customer since."""
    told = {
        "type": "message",
        "timestamp": alert.created_at.isoformat(),
        "data": {
            "trigger": alert.trigger,
            "language": alert.language,
            "subject": alert.subject,
            "text": alert.body_text.strip(),
            "link": page_link(alert),
            "order": alert.order.number,
            "parcel": alert.shipment and alert.shipment.tracking_number,
            "customer": alert.customer and _customer(alert.customer),
            "is_test": alert.is_test,
        },
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _customer(customer: Customer) -> dict[str, str]:
    phone = customer.phone.as_e164 if customer.phone else ""
    return {"name": customer.name, "email": customer.email, "phone": phone}


def _read(answer: Answer) -> None:
    """What the shop's system answered. Raises ChannelError unless it took the message."""
    if answer.is_taken:
        return
    said = f"The shop's system {answer.error}."
    if answer.status is None:
        raise ChannelError(said, Kind.UNSURE, why=Why.NO_ANSWER, detail=answer.error)
    # A system that is being renewed answers anything for a while; only 410 says that it never will again.
    kind = Kind.PERMANENT if answer.is_gone else Kind.TEMPORARY
    why = Why.ACCOUNT_REFUSED if answer.is_gone else Why.UNAVAILABLE
    raise ChannelError(said, kind, why=why, retry_after=answer.retry_after or None, detail=answer.text)

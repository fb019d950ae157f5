"""A browser's end of web push, and that it subscribed to an order."""

import secrets

from alerts.models import BrowserSubscription
from alerts.sandbox.browsers import Browser
from orders.models import Shipment

__all__ = ["Browser", "subscribed_to"]


def subscribed_to(shipment: Shipment, browser: Browser, **kw) -> BrowserSubscription:
    given = {"endpoint_digest": secrets.token_hex(32), "subscription": browser.subscription, "language": "en", **kw}
    return BrowserSubscription.objects.create(merchant=shipment.merchant, order=shipment.order, **given)

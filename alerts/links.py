"""Links in messages, all absolute. What is signed names no address and no customer."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from alerts.models import Alert
from orders.models import Merchant, Order
from orders.portal import portal_url, tracking_url

PLATFORM = "*"  # no slug

_unsubscribing = Signer(salt="alerts.unsubscribe")
_choosing = Signer(salt="alerts.preferences")
_texting_back = Signer(salt="alerts.inbound")


def unsubscribe_link(alert: Alert) -> str:
    """Stops this channel for this message's address. Signed: the uuid alone, which mail headers show, does not do."""
    return portal_url(alert.merchant) + reverse("alerts:unsubscribe", args=[_unsubscribing.sign(alert.uuid.hex)])


def alert_to_unsubscribe(token: str) -> Alert | None:
    """The message in which this link stood, or None when the link is not one of ours."""
    try:
        uuid = _unsubscribing.unsign(token)
    except BadSignature:
        return None
    return Alert.objects.select_related("merchant").filter(uuid=uuid).first()


def preferences_link(alert: Alert) -> str:
    """Where the shopper of this message chooses what is written, and how."""
    return preferences_link_for(alert.order)


def preferences_link_for(order: Order) -> str:
    return portal_url(order.merchant) + preferences_path(order)


def preferences_path(order: Order) -> str:
    """The same from a page of the portal."""
    return reverse("alerts:preferences", args=[_choosing.sign(order.pk)])


def order_to_choose_for(token: str) -> Order | None:
    """The order whose shopper may choose by this link; None when it is not ours, or the shopper was forgotten."""
    try:
        pk = _choosing.unsign(token)
    except BadSignature:
        return None
    orders = Order.objects.select_related("merchant", "customer__merchant")
    return orders.filter(pk=pk, customer__erased_at=None).first()


def sms_receipt_link(provider: str, alert: Alert) -> str:
    """Where this provider tells what became of this text."""
    return settings.SITE_URL + reverse("alerts:sms-receipt", args=[provider, alert.uuid])


def sms_inbound_link(provider: str, merchant: Merchant | None = None) -> str:
    """Where this provider posts what is texted back to the merchant's own account, or to the platform's.

    Signed, so that nobody guesses it: it goes into the provider's settings.
    """
    whose = _texting_back.sign(merchant.slug if merchant else PLATFORM)
    return settings.SITE_URL + reverse("alerts:sms-inbound", args=[provider, whose])


def texted_back_to(token: str) -> Merchant | None:
    """The merchant whose link this is, None for the platform's. Raises BadSignature, or Merchant.DoesNotExist."""
    slug = _texting_back.unsign(token)
    return None if slug == PLATFORM else Merchant.objects.get(slug=slug)


def page_link(alert: Alert) -> str:
    """The page of the parcel, else of the order's first one, else where the shopper can look the order up."""
    parcel = alert.shipment or alert.order.shipments.order_by("pk").first()
    if parcel:
        return tracking_url(parcel)
    return portal_url(alert.merchant) + reverse("lookup", args=[alert.merchant.slug])

"""Links in messages, all absolute. What is signed names no address and no customer."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from alerts.models import Alert
from orders.models import Merchant
from orders.portal import portal_url

_unsubscribing = Signer(salt="alerts.unsubscribe")


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


def twilio_receipt_link(alert: Alert) -> str:
    """Where the provider tells what became of this message."""
    return settings.SITE_URL + reverse("alerts:twilio-receipt", args=[alert.uuid])


def twilio_inbound_link(merchant: Merchant) -> str:
    """Where the provider posts what shoppers text back; staff put it into the provider's settings."""
    return settings.SITE_URL + reverse("alerts:twilio-inbound", args=[merchant.slug])

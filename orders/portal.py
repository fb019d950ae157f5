"""Where a merchant's portal is to be found from outside: at its own host name, else at the installation's address."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from orders.models import Merchant, Shipment


def portal_url(merchant: Merchant) -> str:
    """The address of the merchant's portal, without a slash at the end. Asks for the domains unless prefetched."""
    domain = next(iter(merchant.domains.all()), None)
    return f"{urlsplit(settings.SITE_URL).scheme}://{domain.host}" if domain else settings.SITE_URL


def tracking_url(shipment: Shipment) -> str:
    """The shopper's page of this parcel. Whoever knows the address may see the page."""
    return portal_url(shipment.merchant) + reverse("track", args=[shipment.token])

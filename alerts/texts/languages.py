"""In which language a message is written."""

from collections.abc import Iterator

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.utils.translation import get_supported_language_variant

from orders.models import Order, Shipment


def language_for(order: Order, shipment: Shipment | None = None) -> str:
    """The order's language, else the shopper's, else the main one of the country of delivery, else the shop's.

    Each only if Doorstep speaks it. Without a parcel the country is that of the order's first one, if there is any.
    """
    spoken = dict(settings.LANGUAGES)
    return next((wish for wish in _wishes(order, shipment) if wish in spoken), settings.LANGUAGE_CODE)


def main_language(country: str) -> str:
    """The language that most people of this country read, by CLDR; "" where Doorstep does not speak it.

    `country` is two letters, such as FI, or "".
    """
    try:
        return get_supported_language_variant(str(Locale.parse(f"und_{country}")).replace("_", "-").lower())
    except (ValueError, UnknownLocaleError, LookupError):
        return ""


def _wishes(order: Order, shipment: Shipment | None) -> Iterator[str]:
    yield order.language
    yield order.customer.language
    yield main_language(_country(order, shipment))
    yield order.merchant.default_language


def _country(order: Order, shipment: Shipment | None) -> str:
    parcel = shipment or order.shipments.order_by("pk").first()
    return parcel.destination_country if parcel else ""

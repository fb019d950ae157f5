"""schema.org's ParcelDelivery, by which mail programs show a parcel beside the e-mail about it.

https://developers.google.com/gmail/markup/reference/parcel-delivery (November 2026). What is not known is left out:
Doorstep holds no street.
"""

import json
from datetime import date, datetime, time

from django.utils.safestring import SafeString, mark_safe

from alerts.texts.values import Facts
from orders.models import OrderItem, Shipment
from orders.windows import PromisedWindow, zone_named

# Within a script element nothing may look like the end of it, or like markup at all.
_SAFE = str.maketrans({"<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def script(parcels: list[Facts]) -> SafeString:
    """The script element for a message about these parcels, safe in HTML."""
    deliveries = [parcel_delivery(facts) for facts in parcels]
    told = json.dumps(deliveries, ensure_ascii=False, separators=(",", ":")).translate(_SAFE)
    return mark_safe(f'<script type="application/ld+json">{told}</script>')  # noqa: S308 - nothing in it is markup


def parcel_delivery(facts: Facts) -> dict:
    """The parcel as schema.org describes it; days as local dates, hours with the destination's offset."""
    shipment, order = facts.shipment, facts.alert.order
    merchant = {"@type": "Organization", "name": facts.alert.merchant.name}
    return _without_blanks(
        {
            "@context": "https://schema.org",
            "@type": "ParcelDelivery",
            "carrier": {"@type": "Organization", "name": facts.carrier},
            "trackingNumber": shipment.tracking_number,
            "trackingUrl": facts.link,
            **_arrival(facts.window, facts.zone),
            "deliveryAddress": _address(shipment),
            "itemShipped": [_product(row) for row in facts.items],
            "partOfOrder": {"@type": "Order", "orderNumber": order.number, "merchant": merchant},
        }
    )


def _arrival(window: PromisedWindow | None, zone: str) -> dict:
    if window is None:
        return {}
    return {
        "expectedArrivalFrom": _moment(window.earliest, window.from_time, window.zone or zone),
        "expectedArrivalUntil": _moment(window.latest, window.to_time, window.zone or zone),
    }


def _moment(day: date, hour: time | None, zone: str) -> str:
    return datetime.combine(day, hour, tzinfo=zone_named(zone)).isoformat() if hour else day.isoformat()


def _address(shipment: Shipment) -> dict:
    return {
        "@type": "PostalAddress",
        "addressLocality": shipment.destination_city,
        "postalCode": shipment.destination_postcode,
        "addressCountry": shipment.destination_country,
    }


def _product(row: OrderItem) -> dict:
    return {"@type": "Product", "name": row.product.name, "sku": row.product.sku}


def _without_blanks(told: dict) -> dict:
    return {name: _without_blanks(value) if isinstance(value, dict) else value for name, value in told.items() if value}

"""Reads for the page: the one offer beside a parcel's timeline, and the link behind it."""

from datetime import datetime

from django.utils import timezone

from offers.eligibility import PHASES, Context, choose
from offers.models import Offer
from orders.links import web_link
from orders.models import Shipment
from orders.statuses import Status


def offer_for(shipment: Shipment, *, language: str, has_open_case: bool, now: datetime | None = None) -> Offer | None:
    """The offer to show on this parcel's page now, or None. Asks the database only where selling is right at all."""
    context = Context(
        phase=PHASES.get(Status(shipment.status)),
        country=shipment.destination_country,
        language=language,
        categories=frozenset(item.product.category for item in shipment.order.items.all()),
        now=now or timezone.now(),
        is_trouble=shipment.is_trouble,
        has_open_case=has_open_case,
    )
    return choose(Offer.objects.filter(merchant=shipment.merchant_id, active=True), context)


def link_of(offer_id: int, merchant_id: int) -> str:
    """Where this merchant's offer leads; "" when it has no such offer or the link is not one to the web."""
    link = Offer.objects.filter(pk=offer_id, merchant=merchant_id).values_list("link", flat=True).first()
    return web_link(link or "")

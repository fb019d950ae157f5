"""What an order would be promised: one answer for the shop's desk, its checkout and the order itself."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from orders.models import DeliveryRule, Merchant, plain_postcode
from orders.promise.rules import Delivery, Plan
from orders.services.intake import zone_of
from orders.services.promises import plan_by_rules
from orders.windows import zone_named


@dataclass(frozen=True, slots=True)
class Preview:
    """`ordered_at` is by the clock of the warehouse; `rule` is None where the usual delivery days are the promise."""

    ordered_at: datetime
    delivery: Delivery
    rule: DeliveryRule | None
    plan: Plan


def preview(
    merchant: Merchant,
    *,
    country: str = "",
    postcode: str = "",
    carrier: str = "",
    service: str = "",
    zone: str = "",
    at: datetime | None = None,
) -> Preview:
    """The promise for an order at this instant, now unless given. Without a zone the country's is taken."""
    delivery = Delivery(
        zone=zone or zone_of(country) or merchant.time_zone,
        country=country,
        postcode=plain_postcode(postcode),
        carrier=carrier,
        service=service.strip(),
    )
    ordered_at = (at or timezone.now()).astimezone(zone_named(merchant.time_zone))
    return Preview(ordered_at, delivery, *plan_by_rules(merchant, delivery, ordered_at))

"""How one shop handles each trigger: what its desk says, over the manners of alerts/triggers.py."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from alerts.models import TriggerRule
from alerts.states import Why
from alerts.triggers import Trigger
from orders.models import Merchant, Order, Shipment


@dataclass(frozen=True, slots=True)
class Rule:
    """`countries` (of the destination) and `carriers` empty mean all of them; `on_since` None means since ever.

    `after_days` None means the usual days, of a trigger that follows later.
    """

    is_on: bool
    channels: tuple[str, ...]
    on_since: datetime | None = None
    countries: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    least_total: Decimal | None = None
    after_days: int | None = None


def rule_for(merchant: Merchant, trigger: Trigger) -> Rule:
    return rules_for(merchant, [trigger])[trigger]


def rules_for(merchant: Merchant, triggers: Iterable[Trigger] = Trigger) -> dict[Trigger, Rule]:
    """The same for several, by one query, or none where the shop has its rules with it (alerts/shops.py)."""
    rows = {row.trigger: row for row in merchant.trigger_rules.all()}
    return {trigger: _rule(trigger, rows.get(trigger)) for trigger in triggers}


def refused_by(rule: Rule, order: Order, shipment: Shipment | None) -> Why | None:
    """Why the shop does not want this said of this order, or of this parcel of it; None when it does."""
    if not rule.is_on:
        return Why.SWITCHED_OFF
    if rule.on_since and order.created_at < rule.on_since:
        return Why.BEFORE_SWITCH
    return None if _is_for(rule, order, shipment) else Why.NOT_FOR_THIS


def _rule(trigger: Trigger, row: TriggerRule | None) -> Rule:
    manners = trigger.manners
    if row is None:
        return Rule(manners.is_on, manners.channels)
    return Rule(
        is_on=row.is_on,
        channels=manners.channels if row.channels is None else tuple(row.channels),
        on_since=row.on_since,
        countries=tuple(row.countries),
        carriers=tuple(row.carriers),
        least_total=row.least_total,
        after_days=row.after_days,
    )


def _is_for(rule: Rule, order: Order, shipment: Shipment | None) -> bool:
    """An order as a whole suits where one of its parcels does; one without parcels has no country and no carrier."""
    if rule.least_total is not None and order.total < rule.least_total:
        return False
    if not rule.countries and not rule.carriers:
        return True
    return any(_suits(rule, parcel) for parcel in ([shipment] if shipment else order.shipments.all()))


def _suits(rule: Rule, parcel: Shipment) -> bool:
    is_there = not rule.countries or parcel.destination_country in rule.countries
    return is_there and (not rule.carriers or parcel.carrier in rule.carriers)

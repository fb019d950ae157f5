"""Adding to the promise ledger. Rows are made, never altered; those of a wrong carrier are set aside."""

from datetime import datetime

from orders.models import DeliveryRule, Merchant, Promise, Promiser, Shipment, plain_postcode
from orders.promise.rules import Delivery, Plan, plan_for, usual_plan
from orders.windows import PromisedWindow


def make_promise(
    shipment: Shipment, window: PromisedWindow, source: Promiser, *, as_of: datetime, now: datetime, reason=None
) -> Promise | None:
    """Add this promise and make it the shipment's current one. None when it says nothing new or is outdated.

    `as_of` is the newest instant the promiser knew of. Sets `shipment.promise`; the caller saves the shipment.
    """
    current = shipment.promise
    if current and (_same(current, window) or _outdated(shipment, source, as_of)):
        return None
    return _add(shipment, window, source, as_of=as_of, now=now, reason=reason)


def promise_by_merchant(shipment: Shipment, window: PromisedWindow | None, now: datetime) -> Promise | None:
    """The first promise: the order's own window, or what the merchant's rules make of it."""
    placed_at = shipment.order.placed_at
    if window is None:
        _rule, plan = plan_by_rules(shipment.merchant, _delivery_of(shipment), placed_at)
        window = plan.window
    return make_promise(shipment, window, Promiser.MERCHANT, as_of=placed_at, now=now)


def plan_by_rules(merchant: Merchant, delivery: Delivery, ordered_at: datetime) -> tuple[DeliveryRule | None, Plan]:
    """What the shop promises for such an order, and the rule that says so: none, its usual delivery days.

    Of the active rules that suit the delivery the most specific wins; of two alike, the one that was made first.
    """
    rows = [row for row in merchant.delivery_rules.filter(active=True).order_by("id") if row.rule.suits(delivery)]
    if not rows:
        days = merchant.delivery_days_min, merchant.delivery_days_max
        return None, usual_plan(*days, ordered_at, delivery.zone, delivery.place)
    row = max(rows, key=lambda row: row.rule.specificity)
    return row, plan_for(row.rule, ordered_at, delivery.zone, delivery.place)


def promise_again(shipment: Shipment, now: datetime) -> Promise | None:
    """After a correction: enter once more what counts of the ledger, the carrier's last promise or else the shop's.

    None when that is the current one. A parcel of which nothing counts is promised nothing any more.
    """
    valid = shipment.promises.valid().order_by("-id")
    last = valid.filter(source=Promiser.CARRIER).first() or valid.first()
    if last is None or last == shipment.promise:
        shipment.promise = last
        return None
    return _add(shipment, last.window, Promiser(last.source), as_of=last.as_of, now=now, reason=last.reason)


def first_promise(shipment: Shipment) -> Promise | None:
    """The promise that "on time" is measured against."""
    return shipment.promises.valid().order_by("id").first()


def _delivery_of(shipment: Shipment) -> Delivery:
    return Delivery(
        zone=shipment.zone,
        country=shipment.destination_country,
        postcode=plain_postcode(shipment.destination_postcode or shipment.order.postcode),
        carrier=shipment.carrier,
        service=shipment.service,
    )


def _add(
    shipment: Shipment, window: PromisedWindow, source: Promiser, *, as_of: datetime, now: datetime, reason=None
) -> Promise:
    made = Promise(
        merchant_id=shipment.merchant_id,
        shipment=shipment,
        source=source,
        earliest=window.earliest,
        latest=window.latest,
        from_time=window.from_time,
        to_time=window.to_time,
        zone=window.zone or shipment.zone,
        reason=reason or "",
        supersedes=shipment.promise,
        as_of=as_of,
        made_at=now,
    )
    made.save()
    shipment.promise = made
    return made


def _same(promise: Promise, window: PromisedWindow) -> bool:
    return (promise.earliest, promise.latest, promise.from_time, promise.to_time) == (
        window.earliest,
        window.latest,
        window.from_time,
        window.to_time,
    )


def _outdated(shipment: Shipment, source: Promiser, as_of: datetime) -> bool:
    """The same promiser has already promised from newer knowledge."""
    return shipment.promises.valid().filter(source=source, as_of__gt=as_of).exists()

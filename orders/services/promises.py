"""Adding to the promise ledger. Rows are made, never altered; those of a wrong carrier are set aside."""

from datetime import datetime

from orders.models import Promise, Promiser, Shipment
from orders.promise.calendar import promised_window
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
    """The first promise: the order's own window, or the merchant's usual number of working days."""
    merchant, placed_at = shipment.merchant, shipment.order.placed_at
    window = window or promised_window(
        placed_at, merchant.delivery_days_min, merchant.delivery_days_max, shipment.zone, shipment.destination_country
    )
    return make_promise(shipment, window, Promiser.MERCHANT, as_of=placed_at, now=now)


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

"""Invented histories: many parcels of one shop that came, some of them late, as the database would tell them."""

import random
from datetime import date, datetime, timedelta

from orders.models import Merchant, Order, Promise, Promiser, Shipment, TrackingEvent
from orders.statuses import Status
from tests.builders import a_customer, utc

HOUR = timedelta(hours=1)
OPENED = utc(2026, 1, 5, 8)
# Promised on the third day after the order; one of seven stays in Hamburg for two days more.
PROMISED_DAYS, SLOW_SHARE = 3, 1 / 7


def a_history(merchant: Merchant, count: int, *, seed: int = 1, since: datetime = OPENED) -> list[Shipment]:
    """Closed parcels from Berlin through Hamburg to Helsinki, one every half an hour."""
    chosen = random.Random(seed)
    order = Order.objects.create(
        merchant=merchant, customer=a_customer(merchant), number=f"H{seed}", placed_at=since, total=1
    )
    slow = [chosen.random() < SLOW_SHARE for _ in range(count)]
    opened = [since + number * HOUR / 2 for number in range(count)]
    scans = [_scans(chosen, at, is_slow) for at, is_slow in zip(opened, slow, strict=True)]
    parcels = Shipment.objects.bulk_create(
        _parcel(order, f"H{seed}-{number:07}", opened[number], scans[number][-1][0]) for number in range(count)
    )
    Promise.objects.bulk_create(_promise(parcel) for parcel in parcels)
    for parcel, promise in zip(parcels, merchant_promises(merchant, parcels), strict=True):
        parcel.promise_id = promise
    Shipment.objects.bulk_update(parcels, ["promise"], batch_size=500)
    TrackingEvent.objects.bulk_create(
        _event(parcel, *scan) for parcel, told in zip(parcels, scans, strict=True) for scan in told
    )
    return parcels


def merchant_promises(merchant, parcels):
    ids = Promise.objects.filter(merchant=merchant, shipment__gte=parcels[0], shipment__lte=parcels[-1])
    return ids.order_by("shipment_id").values_list("id", flat=True)


def _scans(chosen: random.Random, opened: datetime, is_slow: bool) -> list[tuple[datetime, Status, str]]:
    handed_over = opened + chosen.uniform(3, 9) * HOUR
    in_hamburg = handed_over + chosen.uniform(8, 14) * HOUR
    left = in_hamburg + chosen.uniform(4, 10) * HOUR + is_slow * 48 * HOUR
    out = left + chosen.uniform(14, 22) * HOUR
    return [
        (handed_over, Status.IN_TRANSIT, "Berlin"),
        (in_hamburg, Status.IN_TRANSIT, "Hamburg"),
        (left, Status.IN_TRANSIT, "Helsinki"),
        (out, Status.OUT_FOR_DELIVERY, "Helsinki"),
        (out + chosen.uniform(1, 6) * HOUR, Status.DELIVERED, "Helsinki"),
    ]


def _parcel(order: Order, number: str, opened: datetime, delivered_at: datetime) -> Shipment:
    return Shipment(
        merchant_id=order.merchant_id,
        order=order,
        carrier="dhl-unified",
        service="Parcel",
        tracking_number=number,
        origin_country="DE",
        destination_country="FI",
        destination_postcode="00100",
        zone="Europe/Helsinki",
        status=Status.DELIVERED,
        created_at=opened,
        first_attempt_at=delivered_at,
        delivered_at=delivered_at,
        outcome_at=delivered_at,
    )


def _promise(parcel: Shipment) -> Promise:
    day: date = parcel.created_at.date() + timedelta(days=PROMISED_DAYS)
    return Promise(
        merchant_id=parcel.merchant_id,
        shipment=parcel,
        source=Promiser.MERCHANT,
        earliest=day,
        latest=day,
        zone=parcel.zone,
        as_of=parcel.created_at,
        made_at=parcel.created_at,
    )


def _event(parcel: Shipment, at: datetime, status: Status, city: str) -> TrackingEvent:
    return TrackingEvent(
        merchant_id=parcel.merchant_id,
        shipment=parcel,
        key=f"{at:%d%H%M%S}{status}",
        status=status,
        occurred_at=at,
        city=city,
    )

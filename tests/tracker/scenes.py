"""The pages people look at, one parcel each: every state that has a face of its own."""

from datetime import timedelta

from django.utils import timezone

from offers.models import Offer
from orders.models import Merchant, OrderItem, Shipment
from orders.reasons import Reason
from orders.services.record_events import reassess
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.builders import a_merchant, a_product, a_scan, a_shipment, an_order, record

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def a_shop(**kw) -> Merchant:
    brand = {
        "website": "https://shop.example/",
        "postal_address": "Fleminginkatu 9, 00530 Helsinki",
        "support_phone": "+358 9 4245 0100",
        "support_hours": "Mon–Fri 9–17",
        "returns_policy": "Send anything back within 30 days, used or not.\n\nThe money is with you within five days.",
    }
    merchant = a_merchant(**{**brand, **kw})
    Offer.objects.create(
        merchant=merchant,
        title="Bulbs that suit your lamp",
        body="Warm light, 1,100 lumens, made to last twenty years. One tenth off with this parcel.",
        button="Choose bulbs",
        link="https://shop.example/bulbs",
    )
    return merchant


def on_its_way(merchant: Merchant) -> Shipment:
    shipment = _parcel(merchant, first=1, last=2)
    a_shipment(shipment.order, window=_window(3, 4), next_poll_at=None)
    return _travel(shipment)


def at_risk(merchant: Merchant) -> Shipment:
    shipment = _parcel(merchant, first=2, last=2, made=9 * DAY)
    record(shipment, *_scans(shipment, upto=2, back=8 * DAY))
    return _checked(shipment)


def late_with_a_moved_promise(merchant: Merchant) -> Shipment:
    shipment = _parcel(merchant, first=-4, last=-3, made=9 * DAY)
    _travel(shipment, back=DAY)
    missorted = a_scan(
        Status.EXCEPTION, at=timezone.now() - 4 * HOUR, reason=Reason.MISSORTED, city="Hannover", description="Missort"
    )
    record(shipment, missorted, window=_window(2, 3))
    return _checked(shipment)


def late(merchant: Merchant) -> Shipment:
    shipment = _parcel(merchant, first=-3, last=-2, made=9 * DAY)
    return _travel(shipment, back=DAY)


def wrong_address(merchant: Merchant) -> Shipment:
    shipment = _travel(_parcel(merchant, first=1, last=2))
    scan = a_scan(
        Status.EXCEPTION, at=timezone.now() - HOUR, reason=Reason.ADDRESS_INCORRECT, city="Helsinki", country="FI"
    )
    record(shipment, scan)
    return _checked(shipment)


def out_for_delivery(merchant: Merchant) -> Shipment:
    shipment = _travel(_parcel(merchant, first=0, last=0))
    record(shipment, a_scan(Status.OUT_FOR_DELIVERY, at=timezone.now() - HOUR, city="Helsinki", country="FI"))
    return _checked(shipment)


def ready_for_pickup(merchant: Merchant) -> Shipment:
    shipment = _travel(_parcel(merchant, first=0, last=1))
    record(shipment, a_scan(Status.AVAILABLE_FOR_PICKUP, at=timezone.now() - HOUR, city="Helsinki", country="FI"))
    return _checked(shipment)


def delivered(merchant: Merchant) -> Shipment:
    shipment = _travel(_parcel(merchant, first=0, last=1))
    scan = a_scan(
        Status.DELIVERED,
        at=timezone.now() - HOUR,
        reason=Reason.DELIVERED_TO_NEIGHBOUR,
        city="Helsinki",
        country="FI",
        description="Delivered to neighbour at no. 9",
    )
    record(shipment, scan)
    return _checked(shipment)


def returned(merchant: Merchant) -> Shipment:
    shipment = _travel(_parcel(merchant, first=-6, last=-5, made=12 * DAY), back=7 * DAY)
    record(
        shipment,
        a_scan(Status.RETURNING, at=timezone.now() - 3 * DAY, reason=Reason.REFUSED, city="Helsinki", country="FI"),
        a_scan(Status.RETURNED, at=timezone.now() - DAY, reason=Reason.REFUSED, city="Berlin"),
    )
    return _checked(shipment)


def cancelled(merchant: Merchant) -> Shipment:
    shipment = _parcel(merchant, first=1, last=2)
    record(shipment, a_scan(Status.CANCELLED, at=timezone.now() - HOUR, reason=Reason.CANCELLED_BY_MERCHANT, city=""))
    return _checked(shipment)


def nothing_known(merchant: Merchant) -> Shipment:
    return a_shipment(_order(merchant), promised=False)


SCENES = {
    scene.__name__: scene
    for scene in (
        on_its_way,
        at_risk,
        late_with_a_moved_promise,
        late,
        wrong_address,
        out_for_delivery,
        ready_for_pickup,
        delivered,
        returned,
        cancelled,
        nothing_known,
    )
}


def _order(merchant: Merchant):
    order = an_order(merchant)
    lamp = order.items.get().product
    type(lamp).objects.filter(pk=lamp.pk).update(
        setup_guide="https://shop.example/lamp/guide",
        video="https://shop.example/lamp/film",
        link="https://shop.example/lamp",
        care="Dust it with a dry brush.",
        warranty="Five years on everything but the bulb.",
        disposal="Any recycling point for small appliances takes it.",
    )
    shade = a_product(merchant, name="Hand-woven spare shade, undyed linen", category="lamps")
    OrderItem.objects.create(merchant=merchant, order=order, product=shade, quantity=2, price=24)
    return order


def _parcel(merchant: Merchant, *, first: int, last: int, made: timedelta = 3 * DAY) -> Shipment:
    """A parcel promised for the days from `first` to `last`, counted from today."""
    return a_shipment(_order(merchant), window=_window(first, last), now=timezone.now() - made)


def _window(first: int, last: int) -> PromisedWindow:
    today = timezone.now().date()
    return PromisedWindow(today + first * DAY, today + last * DAY)


def _scans(shipment: Shipment, *, upto: int = 9, back: timedelta = timedelta()) -> list:
    """A way from Berlin to Helsinki; the last scan two hours before `back` ago."""
    way = (
        (Status.INFO_RECEIVED, 50, "", "", "The instruction data for this shipment have been provided"),
        (Status.IN_TRANSIT, 44, "Berlin", "DE", "Shipment picked up"),
        (Status.IN_TRANSIT, 40, "Berlin", "DE", "Arrived at DHL Sort Facility BERLIN - GERMANY"),
        (Status.IN_TRANSIT, 33, "Hamburg", "DE", "Arrived at DHL Sort Facility HAMBURG - GERMANY"),
        (Status.IN_TRANSIT, 30, "Hamburg", "DE", "Shipment has departed from a DHL facility HAMBURG - GERMANY"),
        (Status.IN_TRANSIT, 20, "København", "DK", "Processed at COPENHAGEN - DENMARK"),
        (Status.IN_TRANSIT, 9, "Stockholm", "SE", "Processed at STOCKHOLM - SWEDEN"),
        (Status.IN_TRANSIT, 2, "Vantaa", "FI", "Arrived at DHL Sort Facility HELSINKI - FINLAND"),
    )
    now = timezone.now() - back
    return [
        a_scan(status, at=now - hours * HOUR, city=city, country=country, code=f"{status}-{hours}", description=words)
        for status, hours, city, country, words in way[:upto]
    ]


def _travel(shipment: Shipment, *, back: timedelta = timedelta()) -> Shipment:
    record(shipment, *_scans(shipment, back=back))
    return _checked(shipment)


def _checked(shipment: Shipment) -> Shipment:
    """Asked four minutes ago, and to be asked again in an hour."""
    now = timezone.now()
    reassess(shipment.pk, now)
    Shipment.objects.filter(pk=shipment.pk).update(polled_at=now - timedelta(minutes=4), next_poll_at=now + HOUR)
    shipment.refresh_from_db()
    return shipment

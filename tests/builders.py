"""Rows for tests, each with one plain sentence of defaults. Two shops stand for two tenants."""

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from carriers.models import CarrierAccount
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.models import (
    Consent,
    Customer,
    Membership,
    Merchant,
    Order,
    OrderItem,
    Product,
    Purpose,
    Role,
    Shipment,
    Source,
)
from orders.services.promises import promise_by_merchant
from orders.services.record_events import reassess, record_events
from orders.statuses import Status
from orders.windows import PromisedWindow

_count = itertools.count(1)


def a_merchant(name="Nordlicht", **kw) -> Merchant:
    n = next(_count)
    defaults = {
        "slug": f"{name.lower()}-{n}",
        "country": "FI",
        "time_zone": "Europe/Helsinki",
        "support_email": f"help@{name.lower()}.example",
        "email_from": f"orders@{name.lower()}.example",
        "sms_from": "+15005550006",
    }
    return Merchant.objects.create(name=name, **{**defaults, **kw})


def a_member(django_user_model, merchant, role=Role.STAFF, **kw):
    user = django_user_model.objects.create_user(
        username=kw.pop("username", f"person-{next(_count)}"), password="correct horse battery", is_staff=True, **kw
    )
    Membership.objects.create(merchant=merchant, user=user, role=role)
    return user


def a_customer(merchant=None, **kw) -> Customer:
    n = next(_count)
    defaults = {
        "name": "Aino Virtanen",
        "email": f"aino-{n}@shopper.example",
        "phone": "+358401234567",
        "language": "en",
    }
    agreed_to = kw.pop("agreed_to", [("sms", Purpose.DELIVERY)])
    customer = Customer.objects.create(merchant=merchant or a_merchant(), **{**defaults, **kw})
    for channel, purpose in agreed_to:
        Consent.objects.create(
            merchant=customer.merchant, customer=customer, channel=channel, purpose=purpose, wording="Text me."
        )
    return customer


def a_product(merchant=None, **kw) -> Product:
    defaults = {"sku": f"SKU-{next(_count)}", "name": "Linen lamp", "category": "lamps"}
    return Product.objects.create(merchant=merchant or a_merchant(), **{**defaults, **kw})


def an_order(merchant=None, customer=None, **kw) -> Order:
    merchant = merchant or (customer.merchant if customer else a_merchant())
    defaults = {
        "number": str(1000 + next(_count)),
        "placed_at": timezone.now() - timedelta(days=1),
        "total": Decimal("79.90"),
        "postcode": "00100",
    }
    order = Order.objects.create(merchant=merchant, customer=customer or a_customer(merchant), **{**defaults, **kw})
    OrderItem.objects.create(
        merchant=merchant, order=order, product=a_product(merchant), quantity=1, price=Decimal("79.90")
    )
    return order


def a_shipment(order=None, window=None, promised=True, now=None, **kw) -> Shipment:
    """A DHL parcel from Berlin to Helsinki, promised by the shop, without any scan yet. Made at `now`."""
    now = now or timezone.now()
    order = order or an_order(kw.pop("merchant", None))
    defaults = {
        "carrier": "dhl-unified",
        "tracking_number": f"JD{next(_count):012}",
        "origin_country": "DE",
        "origin_city": "Berlin",
        "destination_country": "FI",
        "destination_postcode": "00100",
        "destination_city": "Helsinki",
        "zone": "Europe/Helsinki",
        "next_poll_at": now,
        "created_at": now,
    }
    shipment = Shipment.objects.create(merchant=order.merchant, order=order, **{**defaults, **kw})
    if promised:
        promise_by_merchant(shipment, window, now)
        shipment.save(update_fields=["promise"])
        reassess(shipment.pk, now)
        shipment.refresh_from_db()
    return shipment


def a_late_shipment(order=None, **kw) -> Shipment:
    """Known since yesterday, and promised for a day that has passed."""
    passed = PromisedWindow(date(2026, 3, 5), date(2026, 3, 6))
    yesterday = timezone.now() - timedelta(days=1)
    shipment = a_shipment(order, window=passed, now=yesterday, **{"next_poll_at": timezone.now(), **kw})
    reassess(shipment.pk)
    shipment.refresh_from_db()
    return shipment


def an_account(merchant=None, carrier="dhl-unified", **kw) -> CarrierAccount:
    credentials = (
        {"api_key": "demo-key"} if carrier == "dhl-unified" else {"client_id": "demo", "client_secret": "demo"}
    )
    return CarrierAccount.objects.create(
        merchant=merchant or a_merchant(), carrier=carrier, credentials=kw.pop("credentials", credentials), **kw
    )


def a_scan(status=Status.IN_TRANSIT, at=None, city="Hamburg", country="DE", **kw) -> ParcelEvent:
    """One scan, an hour ago in Hamburg unless said otherwise. `at` is aware."""
    return ParcelEvent(
        status=Status(status),
        occurred_at=at or timezone.now() - timedelta(hours=1),
        location=Location(city=city, country=country),
        **{"code": str(status), "description": f"Carrier says {status}", **kw},
    )


def record(shipment, *events, window=None, now=None, source=Source.POLL):
    """Take these scans in by the one door; the shipment is as the database has it afterwards."""
    update = TrackingUpdate(number=shipment.tracking_number, events=events, window=window)
    changes = record_events(shipment.pk, update, source=source, now=now)
    shipment.refresh_from_db()
    return changes


def utc(*parts) -> datetime:
    return datetime(*parts, tzinfo=UTC)

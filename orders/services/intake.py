"""Orders in: the one door for the REST API, the CSV import and the shops' webhooks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from babel.core import get_global
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber, to_python

from orders.incoming import CustomerData, ItemData, OrderData, ShipmentData
from orders.models import (
    CarrierCorrection,
    Customer,
    Merchant,
    Notice,
    NoticeKind,
    Order,
    OrderItem,
    Product,
    Purpose,
    Shipment,
)
from orders.services.consents import give, withdraw
from orders.services.order_news import order_received
from orders.services.promises import promise_by_merchant
from orders.services.recognition import CarrierUnclear, doubt, recognised
from orders.services.record_events import reassess
from orders.signals import shipments_created
from orders.windows import zone_named


def take_order(
    merchant: Merchant,
    data: OrderData,
    now: datetime | None = None,
    *,
    warn: Callable[[str], object] = lambda _text: None,
) -> Order:
    """Take in an order, or complete the one known by this number; one transaction.

    What is known stays as it is: only empty fields are filled, and only new items and parcels are added, so that the
    same call again changes nothing. A new parcel gets its first promise and its risk, and is due to be polled `now`.
    Raises CarrierUnclear, and takes nothing in, where a new parcel has no carrier and its number tells none. `warn` is
    told of carriers that were recognised, and of those that are doubted.
    """
    now = now or timezone.now()
    with transaction.atomic():
        # One order at a time for each merchant: what was looked up stays true until the commit.
        merchant = Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)
        order = _known_order(merchant, data) or _new_order(merchant, data, now)
        if order.customer.erased_at:
            return order  # what was forgotten is not learnt again from a repeated call
        _take_consents(order.customer, data.customer)
        added = [_add_shipment(order, shipment, now, warn) for shipment in _new_shipments(order, data.shipments, warn)]
        if added:
            transaction.on_commit(lambda: shipments_created.send_robust(Shipment, ids=added))
    return order


def zone_of(country: str) -> str:
    """The IANA zone of a country all of whose clocks show the same; "" for any other, and for no country."""
    zones = get_global("territory_zones").get(country, [])
    clocks = {_clock(zone) for zone in zones}
    return zones[0] if len(clocks) == 1 else ""


def _known_order(merchant: Merchant, data: OrderData) -> Order | None:
    known = Order.objects.filter(merchant=merchant, number=data.plain_number)
    order = known.select_related("merchant", "customer").first()
    if order is None or order.customer.erased_at:
        return order
    _fill(order.customer, name=data.customer.name[:120], phone=_phone(data.customer.phone))
    _fill(order, language=_spoken(data.language), postcode=data.delivery_postcode[:16], total=data.worth)
    bought = set(order.items.values_list("product__sku", flat=True))
    for item in data.items:
        if item.plain_sku not in bought:
            _add_item(order, item)
    return order


def _new_order(merchant: Merchant, data: OrderData, now: datetime) -> Order:
    order = Order.objects.create(
        merchant=merchant,
        customer=_customer(merchant, data.customer),
        number=data.plain_number,
        placed_at=data.placed_at,
        currency=data.currency,
        total=data.worth,
        language=_spoken(data.language),
        postcode=data.delivery_postcode[:16],
    )
    for item in data.items:
        _add_item(order, item)
    order_received(order, now)
    return order


def _customer(merchant: Merchant, data: CustomerData) -> Customer:
    """The merchant's customer with this e-mail; by phone only one who gave no e-mail."""
    email, phone = data.email.strip().lower(), _phone(data.phone)
    told = {"name": data.name[:120], "language": _spoken(data.language), "phone": phone}
    reached_by = {"email": email} if email else {"email": "", "phone": phone}
    known = Customer.objects.filter(merchant=merchant, **reached_by).first()
    if known is None:
        return Customer.objects.create(merchant=merchant, email=email, **told)
    _fill(known, **told)
    return known


def _take_consents(customer: Customer, data: CustomerData) -> None:
    for told in data.consents:
        give(customer, told.channel, Purpose(told.purpose), wording=told.wording.strip(), at=told.given_at)
        if told.withdrawn_at:
            withdraw(customer, told.channel, Purpose(told.purpose), at=told.withdrawn_at)


def _add_item(order: Order, data: ItemData) -> None:
    OrderItem.objects.create(
        merchant_id=order.merchant_id,
        order=order,
        product=_product(order.merchant, data),
        quantity=data.quantity,
        price=data.price,
    )


def _product(merchant: Merchant, data: ItemData) -> Product:
    told = {"category": data.category[:80], "image": data.image, "link": data.link}
    known = Product.objects.filter(merchant=merchant, sku=data.plain_sku).first()
    if known:
        _fill(known, **told)
        return known
    # The name is a translated text: the shop writes in its own language, whatever the request's is.
    with translation.override(merchant.default_language):
        return Product.objects.create(
            merchant=merchant, sku=data.plain_sku, name=(data.name or data.plain_sku)[:160], **told
        )


def _new_shipments(order: Order, shipments: tuple[ShipmentData, ...], warn) -> list[ShipmentData]:
    """Those whose label the order does not know, nor knew before it was corrected."""
    known = set(order.shipments.values_list("carrier", "tracking_number"))
    corrections = CarrierCorrection.objects.filter(shipment__order=order)
    known |= set(corrections.values_list("old_carrier", "old_number"))
    known |= {("", number) for _carrier, number in known}
    news = {at: data for at, data in enumerate(shipments) if (data.carrier, data.plain_number) not in known}
    labels = {(data.carrier, data.plain_number): data for data in _with_carriers(order.merchant, news, warn)}
    return [data for label, data in labels.items() if label not in known]


def _with_carriers(merchant: Merchant, parcels: dict[int, ShipmentData], warn) -> list[ShipmentData]:
    """The parcels, those without a carrier with the one that their number tells. All that tell none are named."""
    told, unclear = [], {}
    for at, data in parcels.items():
        try:
            told.append(data if data.carrier else _recognised(merchant, data, warn))
        except ValueError as error:
            unclear[at] = str(error)
    if unclear:
        raise CarrierUnclear(unclear)
    return told


def _recognised(merchant: Merchant, data: ShipmentData, warn) -> ShipmentData:
    found = replace(data, carrier=recognised(merchant, data))
    message = _("“%(number)s” came without a carrier and was taken as a parcel of %(carrier)s, whose form it has.")
    warn(message % {"number": found.plain_number, "carrier": found.carrier})
    return found


def _add_shipment(order: Order, data: ShipmentData, now: datetime, warn) -> int:
    shipment = Shipment.objects.create(
        merchant=order.merchant,
        order=order,
        carrier=data.carrier,
        tracking_number=data.plain_number,
        service=data.service[:120],
        courier=data.courier[:60],
        origin_country=data.origin_country,
        origin_city=data.origin_city[:120],
        destination_country=data.country,
        destination_postcode=data.postcode[:16],
        destination_city=data.city[:120],
        zone=data.zone or zone_of(data.country) or order.merchant.time_zone,
        next_poll_at=now,
        created_at=now,
    )
    if why := doubt(shipment):
        warn(why)
        Notice.tell(order.merchant_id, NoticeKind.CARRIER_DOUBTED, data.plain_number, why)
    promise_by_merchant(shipment, data.window, now)
    shipment.save(update_fields=["promise"])
    reassess(shipment.pk, now)
    return shipment.pk


def _fill(row, **told) -> None:
    """Save what was told where nothing is known yet."""
    news = {name: value for name, value in told.items() if value and not getattr(row, name)}
    for name, value in news.items():
        setattr(row, name, value)
    if news:
        row.save(update_fields=[*news])


def _phone(written: str) -> PhoneNumber | str:
    return to_python(written) if written else ""


def _spoken(language: str) -> str:
    """The one of LANGUAGES that suits the tag; "" where none does."""
    try:
        return translation.get_supported_language_variant(language.replace("_", "-").lower()) if language else ""
    except LookupError:
        return ""


@cache
def _clock(zone: str) -> tuple[timedelta, ...]:
    """What the clocks of a zone show through the year: two zones that show the same are one to a promise."""
    months = (datetime(timezone.now().year, month, 1, tzinfo=UTC) for month in range(1, 13))
    return tuple(month.astimezone(zone_named(zone)).utcoffset() for month in months)

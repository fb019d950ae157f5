"""Many orders of one parcel each, promised and not yet scanned, whose shoppers take e-mails and texts."""

from datetime import timedelta

from django.utils import timezone

PAGE = 2000
# Pushes, signed, and wants no order for each parcel.
CARRIER, SECRET = "ninja-van", "benchmark"


def number_of(at: int) -> str:
    return f"NVSGBENCH{at:09}"


def address_of(at: int) -> str:
    return f"shopper-{at}@shopper.example"


def phone_of(at: int) -> str:
    return f"+35840{at:07}"


def make(count: int) -> None:
    """The shop, its account at the carrier and `count` parcels; in rows, since taking them in is not measured."""
    from orders.models import Consent, Customer, Order, OrderItem, Shipment
    from tests.builders import a_merchant, a_product, an_account

    now = timezone.now()
    shop = a_merchant("Benchmark", slug="benchmark")
    an_account(shop, CARRIER, callback_secrets=[SECRET])
    product = a_product(shop)
    for start in range(0, count, PAGE):
        at = range(start, min(start + PAGE, count))
        customers = Customer.objects.bulk_create(
            Customer(merchant=shop, name="Aino", email=address_of(n), phone=phone_of(n), language="en") for n in at
        )
        Consent.objects.bulk_create(
            Consent(merchant=shop, customer=each, channel="sms", wording="Text me.") for each in customers
        )
        orders = Order.objects.bulk_create(
            Order(merchant=shop, customer=each, number=f"{1000 + n}", placed_at=now - timedelta(days=1))
            for n, each in zip(at, customers, strict=True)
        )
        OrderItem.objects.bulk_create(OrderItem(merchant=shop, order=each, product=product) for each in orders)
        Shipment.objects.bulk_create(
            Shipment(
                merchant=shop,
                order=each,
                carrier=CARRIER,
                tracking_number=number_of(n),
                destination_country="FI",
                zone="Europe/Helsinki",
            )
            for n, each in zip(at, orders, strict=True)
        )

"""Telling a shopper what is known of them (GDPR, Art. 15 and 20)."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet

from orders.models import Case, Consent, Customer, Order, OrderItem, Promise, Refund, Shipment, TrackingEvent
from orders.signals import customer_disclosed

# What belongs to the machinery and tells nothing of a person, or is a browser's own key.
LEFT_OUT = frozenset({"id", "merchant_id", "customer_id", "key", "subscription"})


def known_of(customer: Customer) -> dict[str, list[dict]]:
    """Every row that tells of the shopper, by the name of its table, for `json.dumps` with `AsJSON`.

    What a sibling app keeps of them, the sibling tells: see `orders.signals.customer_disclosed`.
    """
    orders, parcels = Order.objects.filter(customer=customer), Shipment.objects.filter(order__customer=customer)
    told = [
        Customer.objects.filter(pk=customer.pk),
        Consent.objects.filter(customer=customer),
        orders,
        OrderItem.objects.filter(order__in=orders),
        parcels,
        TrackingEvent.objects.filter(shipment__in=parcels),
        Promise.objects.filter(shipment__in=parcels),
        Case.objects.filter(order__in=orders),
        Refund.objects.filter(order__in=orders),
    ]
    for _receiver, rows in customer_disclosed.send(Customer, customer=customer):
        told += rows
    return {rows.model._meta.model_name: _values(rows) for rows in told}


class AsJSON(DjangoJSONEncoder):
    """For `json.dumps`: times with their offset, phones and amounts as text."""

    def default(self, value):
        try:
            return super().default(value)
        except TypeError:
            return str(value)


def _values(rows: QuerySet) -> list[dict]:
    return [{name: value for name, value in row.items() if name not in LEFT_OUT} for row in rows.values()]

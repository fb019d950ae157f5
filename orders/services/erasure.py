"""Forgetting a shopper who asks for it (GDPR, Art. 17), and telling what is known of one (Art. 15).

The orders, what was promised and how it was kept stay, without anything that tells whose they were. What a sibling app
keeps of the shopper, the sibling erases itself: see `orders.signals.customer_erased`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import CharField, Model, Q, Value
from django.db.models.functions import Cast, Concat, Left
from django.utils import timezone

from orders.models import (
    CarrierCorrection,
    Case,
    Consent,
    Customer,
    Merchant,
    Notice,
    Order,
    Shipment,
    StatusChange,
    TrackingEvent,
    WebhookDelivery,
    new_token,
)
from orders.signals import customer_erased

# So much of a postcode names a region, as the estimate of lateness needs it, and no street.
REGION = 2


@dataclass(frozen=True, slots=True)
class Marks:
    """By what a shopper's traces are found: the rows, and the texts that stand in other rows.

    `numbers` are the tracking numbers, of former labels too.
    """

    customer: Customer
    orders: tuple[int, ...]
    shipments: tuple[int, ...]
    email: str
    phone: str
    numbers: frozenset[str]

    @property
    def texts(self) -> list[str]:
        return [text for text in (self.email, self.phone, *sorted(self.numbers)) if text]


def find_customer(merchant: Merchant, *, email: str = "", phone: str = "") -> Customer:
    """The merchant's shopper with this e-mail, or else with this phone.

    Raises Customer.DoesNotExist, and Customer.MultipleObjectsReturned for a phone that several share.
    """
    reached_by = {"email": email.strip().lower()} if email else {"phone": phone}
    return Customer.objects.get(merchant=merchant, erased_at=None, **reached_by)


def erase_customer(customer_id: int, now: datetime | None = None) -> bool:
    """Forget the shopper everywhere, in one transaction; whether there was anything to forget.

    Their parcels are not followed any more, their links lead nowhere, nothing waits to be sent to them.
    """
    now = now or timezone.now()
    with transaction.atomic():
        customer = _locked(customer_id)
        if customer.erased_at:
            return False
        marks = _marks_of(customer)
        customer_erased.send(Customer, marks=marks, now=now)
        _erase_parcels(marks)
        _tell_no_more(marks, now)
        _erase_what_was_written(marks)
        erase_logs({Customer: [customer.pk], Order: marks.orders, Shipment: marks.shipments})
        _empty(customer, now)
    return True


def _locked(customer_id: int) -> Customer:
    """Against an order that comes in, a choice, and a message that is planned at this moment: in this order, always."""
    Merchant.objects.select_for_update(no_key=True).get(customers=customer_id)
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    list(customer.orders.select_for_update(no_key=True).order_by("pk"))
    return customer


def _marks_of(customer: Customer) -> Marks:
    parcels = Shipment.objects.filter(order__customer=customer)
    labels = CarrierCorrection.objects.filter(shipment__in=parcels).values_list("old_number", "new_number")
    handed = parcels.values_list("tracking_number", "handed_to_number")
    return Marks(
        customer=customer,
        orders=tuple(customer.orders.values_list("pk", flat=True)),
        shipments=tuple(parcels.values_list("pk", flat=True)),
        email=customer.email,
        phone=customer.phone.as_e164 if customer.phone else "",
        numbers=frozenset(number for pair in (*labels, *handed) for number in pair if number),
    )


def _erase_parcels(marks: Marks) -> None:
    """The tracking number goes too: it opens the carrier's page, which may name the recipient.

    With it goes what a worker is being told of the parcel right now: the number it asked by is not the parcel's.
    """
    no_number = Concat(Value("erased-"), Cast("pk", CharField()))
    parcels = Shipment.objects.filter(pk__in=marks.shipments)
    for pk in marks.shipments:
        parcels.filter(pk=pk).update(token=new_token())
    parcels.update(
        tracking_number=no_number,
        handed_to_number="",
        destination_postcode=Left("destination_postcode", REGION),
        proof_of_delivery="",
        poll_error="",
        next_poll_at=None,
        next_risk_at=None,
        seen_at=None,
    )
    corrections = CarrierCorrection.objects.filter(shipment__in=marks.shipments)
    corrections.update(old_number=no_number, new_number=no_number, note="")
    TrackingEvent.objects.filter(shipment__in=marks.shipments).update(raw={}, description="", postcode="")
    Order.objects.filter(pk__in=marks.orders).update(postcode="", language="")


def _tell_no_more(marks: Marks, now: datetime) -> None:
    """News that nobody planned yet is told to nobody: a planner that waits for the order knows the shopper already."""
    StatusChange.objects.filter(order__in=marks.orders, planned_at=None).update(planned_at=now)


def _erase_what_was_written(marks: Marks) -> None:
    Case.objects.filter(order__in=marks.orders).update(message="", answer="")
    about = WebhookDelivery.objects.filter(change__order__in=marks.orders)
    about.update(body="", answer="", error="")
    if marks.texts:
        naming = reduce(or_, (Q(subject__icontains=text) | Q(detail__icontains=text) for text in marks.texts))
        Notice.objects.filter(naming, merchant=marks.customer.merchant_id).delete()


def erase_logs(rows: dict[type[Model], Iterable[int]]) -> None:
    """The admin's history names rows as they were called then: not these any more."""
    for model, ids in rows.items():
        kind = ContentType.objects.get_for_model(model)
        LogEntry.objects.filter(content_type=kind, object_id__in=[str(pk) for pk in ids]).update(object_repr="–")


def _empty(customer: Customer, now: datetime) -> None:
    Consent.objects.filter(customer=customer).delete()
    Customer.objects.filter(pk=customer.pk).update(
        name="", email="", phone="", language="", time_zone="", erased_at=now
    )

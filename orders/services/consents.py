"""A shopper's yes and no to being written to. What was given once stays on record when it is withdrawn."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from orders.models import AskedAt, Consent, Customer, Purpose


def give(
    customer: Customer,
    channel: str,
    purpose: Purpose = Purpose.DELIVERY,
    *,
    where: AskedAt = AskedAt.SHOP,
    wording: str = "",
    at: datetime | None = None,
) -> Consent | None:
    """The consent that holds now; given `at` (aware, now unless told), when the shopper read `wording`.

    One that holds already stays as it is, with its first proof. None where the shopper has taken a yes back since
    `at`, and for a customer who was erased: the newer no wins.
    """
    at = at or timezone.now()
    with transaction.atomic():
        customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        kind = {"customer": customer, "channel": channel, "purpose": purpose}
        if customer.erased_at or Consent.objects.filter(**kind, withdrawn_at__gte=at).exists():
            return None
        proof = {"merchant_id": customer.merchant_id, "given_at": at, "given_where": where, "wording": wording}
        return Consent.objects.get_or_create(**kind, withdrawn_at=None, defaults=proof)[0]


def withdraw(customer: Customer, channel: str, purpose: Purpose | None = None, *, at: datetime | None = None) -> bool:
    """Take back what holds on this channel, for every purpose unless one is named; whether anything did.

    A yes that is younger than `at` stays.
    """
    at = at or timezone.now()
    of_purpose = Q(purpose=purpose) if purpose else Q()
    holds = customer.consents.filter(of_purpose, channel=channel, withdrawn_at=None, given_at__lte=at)
    return bool(holds.update(withdrawn_at=at))

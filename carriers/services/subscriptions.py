"""Ordering pushes of each parcel where the carrier wants that, and renewing the order before it lapses.

The rows follow the parcels under way. They are claimed before the carrier is asked, outside any transaction: two
workers never order the same twice, and what a dead worker had claimed is ordered when its lease has run out. Whatever
goes wrong here, the parcels are polled.
"""

import json
import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import batched
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from carriers import budget
from carriers.base import Carrier, Subscribed
from carriers.errors import CarrierError, CarrierRefused, NumberNotFound, UnreadablePayload
from carriers.models import CarrierAccount, PushSubscription
from carriers.registry import carrier_class
from carriers.services.accounts import Breaker, adapter, note_answer, note_trouble, note_unreadable
from orders.claims import claim_due
from orders.models import Notice, NoticeKind, Shipment
from orders.statuses import FINAL

LEASE = timedelta(minutes=10)
RENEW_BEFORE = timedelta(days=2)
AGAIN_AFTER = timedelta(hours=6)
MOST_ORDERS_A_TICK = 20
# Carriers grant pushes apart: an account without them is refused here, or finds nothing at the address.
NOT_GRANTED = (CarrierRefused, NumberNotFound)
# Where no carrier can reach us.
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows claimed for one order. `claimed_until` is the lease: whoever still finds it owns the claim."""

    account_id: int
    subscription_ids: tuple[int, ...]
    claimed_until: datetime


def subscribe_due(now: datetime | None = None) -> list[Batch]:
    """Claim what is to be ordered at every account that may be asked, in batches of the carrier's size."""
    now = now or timezone.now()
    if not _can_be_reached():
        return []
    return [batch for account in _subscribable(now) for batch in _claim(account, now)]


def subscribe(batch: Batch, now: datetime | None = None) -> int:
    """Order the pushes of one batch; return how many parcels the carrier will push.

    A batch whose claim has run out, or that was ordered already, costs nothing.
    """
    now = now or timezone.now()
    numbers = tuple(_still_ours(batch).values_list("number", flat=True))
    if not numbers:
        return 0
    account = CarrierAccount.objects.select_related("merchant").get(pk=batch.account_id)
    carrier = adapter(account)
    try:
        made = carrier.subscribe(numbers, callback_url(account), account.callback_secrets[0])
    except CarrierError as error:
        _put_off(batch, account, error, now)
        return 0
    note_answer(account, now)
    return _keep(batch, carrier, made, now)


def callback_url(account: CarrierAccount) -> str:
    """The address to which the account's carrier pushes."""
    return settings.SITE_URL + reverse("carrier-callback", args=[account.carrier, account.callback_token])


# What is due


def _can_be_reached() -> bool:
    if settings.SANDBOX or urlsplit(settings.SITE_URL).hostname not in LOCAL:
        return True
    _say_that_nobody_comes_here(settings.SITE_URL)
    return False


@cache  # once is enough
def _say_that_nobody_comes_here(url: str) -> None:
    logger.warning("No pushes are ordered: carriers cannot reach %s. Set SITE_URL to the portal's public address.", url)


def _subscribable(now: datetime) -> Iterator[CarrierAccount]:
    """Whether a carrier that was down is back, the polls find out."""
    for account in CarrierAccount.objects.filter(active=True, refused_at__isnull=True):
        is_up = Breaker.of(account, now) is Breaker.CLOSED
        if carrier_class(account.carrier).subscription_size and account.callback_secrets and is_up:
            yield account


def _claim(account: CarrierAccount, now: datetime) -> list[Batch]:
    size = carrier_class(account.carrier).subscription_size
    rows = _follow_the_parcels(account, now, size * MOST_ORDERS_A_TICK)
    if rows.filter(refused=True, next_at__gt=now).exists():
        return []
    due = len(rows.filter(next_at__lte=now).values_list("pk")[: size * MOST_ORDERS_A_TICK])
    calls = budget.take(account.pk, math.ceil(due / size), now) if due else 0
    if not calls:
        return []
    ids = claim_due(rows, "next_at", now=now, lease=LEASE, limit=calls * size)
    return [Batch(account.pk, some, now + LEASE) for some in batched(ids, size)]


def _follow_the_parcels(account: CarrierAccount, now: datetime, most: int) -> QuerySet[PushSubscription]:
    """The account's rows: without those of arrived parcels, with new ones, and due at once where the terms changed."""
    rows, terms = PushSubscription.objects.filter(account=account), _terms(account)
    parcels = _under_way(account)
    rows.filter(~Exists(parcels.filter(tracking_number=OuterRef("number")))).delete()
    rows.exclude(terms=terms).update(terms=terms, next_at=now, refused=False)
    new = parcels.filter(~Exists(rows.filter(number=OuterRef("tracking_number"))))
    numbers = new.order_by("tracking_number").values_list("tracking_number", flat=True).distinct()[:most]
    row = {"account": account, "merchant_id": account.merchant_id, "terms": terms, "next_at": now}
    # Another worker may be adding them too.
    PushSubscription.objects.bulk_create(
        [PushSubscription(number=number, **row) for number in numbers], batch_size=500, ignore_conflicts=True
    )
    return rows


def _under_way(account: CarrierAccount) -> QuerySet[Shipment]:
    parcels = Shipment.objects.filter(merchant_id=account.merchant_id, carrier=account.carrier)
    return parcels.filter(next_poll_at__isnull=False).exclude(status__in=FINAL)


def _terms(account: CarrierAccount) -> str:
    """What an order is made with, as a digest: when it changes, what was ordered is of no use."""
    told = [callback_url(account), account.callback_secrets[0], account.credentials]
    return salted_hmac(__name__, json.dumps(told, sort_keys=True), algorithm="sha256").hexdigest()


# What came of it


def _still_ours(batch: Batch) -> QuerySet[PushSubscription]:
    """The batch's rows while its claim holds. A newer claim, or new terms, end it."""
    return PushSubscription.objects.filter(pk__in=batch.subscription_ids, next_at=batch.claimed_until)


def _keep(batch: Batch, carrier: Carrier, made: Subscribed, now: datetime) -> int:
    not_taken = _still_ours(batch).filter(number__in=made.refused)
    error = f"{carrier.name} did not take this number."
    not_taken.update(next_at=now + AGAIN_AFTER, refused=False, error=error)
    lifetime = carrier.subscription_lifetime
    due = now + lifetime - RENEW_BEFORE if lifetime else None
    told = {"reference": made.reference[:120], "ordered_at": now, "refused": False, "error": ""}
    return _still_ours(batch).update(next_at=due, **told)


def _put_off(batch: Batch, account: CarrierAccount, error: CarrierError, now: datetime) -> None:
    """Order again later."""
    told = {"next_at": now + AGAIN_AFTER, "error": str(error)[:300]}
    if isinstance(error, NOT_GRANTED):
        # The account goes on being polled. The tick's other batches end with this one.
        account.push_subscriptions.filter(next_at=batch.claimed_until).update(refused=True, **told)
        detail = f"{error}\n\nIts parcels are polled meanwhile."
        Notice.tell(account.merchant_id, NoticeKind.ACCOUNT_REFUSED, f"{account}: pushes", detail)
        return
    _still_ours(batch).update(**told)
    note_trouble(account, error, now)
    if isinstance(error, UnreadablePayload):
        note_unreadable(account, error)

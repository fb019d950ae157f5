"""Learning from a merchant's closed parcels, and lending what was learned to the estimate.

What closed parcels teach is judged by their first promise, and an open parcel is estimated against its current one.
The first was made without any knowledge of the way, like those of the parcels to come; later ones were not: a carrier
moves a promise when it is already as good as lost, and who learned from the last promise of each would learn that none
is ever missed. The shopper, though, holds the promise told last, so that is the one we speak of. How long the rest of
the way takes does not depend on any promise: only the weights and the late share of a lane rest on the first.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from time import perf_counter

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from orders.models import LearnedTransit, Merchant, Shipment
from orders.promise.learned import ENOUGH, Learned, study
from orders.services.reading import closed_parcels

# Transactions end in another order than they begin: what was learned in this time may still be joined by others.
SETTLING = timedelta(minutes=10)
# Of what is learned: another one is learned anew.
VERSION = "own-1"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Study:
    """One run: how many parcels were read, and how long that took."""

    parcels: int
    seconds: float

    @property
    def seconds_per_million(self) -> float:
        return self.seconds / self.parcels * 1e6 if self.parcels else 0.0


def learn(merchant: Merchant, now: datetime | None = None, *, anew: bool = False) -> Study:
    """Learn from the parcels that closed since the last time, or `anew` from all of them."""
    now, began = now or timezone.now(), perf_counter()
    row = LearnedTransit.objects.filter(merchant=merchant).first() or LearnedTransit(merchant=merchant)
    if anew or not row.model_version.startswith(VERSION):
        row.settled, row.mark_at, row.mark_id = {}, None, 0
    row.learned_at, row.learned_until = now, now - SETTLING
    settled = Learned.from_json(row.settled)
    read = settled.parcels
    learned, last = study(settled, closed_parcels(merchant, row.mark_at, row.mark_id, row.learned_until))
    if last:
        row.settled, row.mark_at, row.mark_id = settled.to_json(), last.known, last.key
    row.model, row.parcels, row.late = learned.to_json(), learned.parcels, learned.late
    row.model_version = f"{VERSION} {now:%Y-%m-%dT%H:%M:%S}"
    row.seconds = perf_counter() - began
    row.save()
    return Study(learned.parcels - read, row.seconds)


def learn_due(now: datetime | None = None) -> int:
    """Learn for every shop of which parcels closed since the last time; return how many. One fault stops no other."""
    now = now or timezone.now()
    shops = Merchant.objects.filter(_has_news()).order_by("id")
    for shop in shops:
        try:
            learn(shop, now)
        except Exception:
            logger.exception("Nothing could be learned from the parcels of %s; it is tried again.", shop)
    return len(shops)


def learned_for(merchant_id: int) -> tuple[Learned | None, str]:
    """What this shop's parcels taught and the version of that; None while they are too few to go by."""
    known = LearnedTransit.objects.filter(merchant=merchant_id, parcels__gte=ENOUGH, model_version__startswith=VERSION)
    version = known.values_list("pk", "model_version").first()
    return (_loaded(*version), version[1]) if version else (None, "")


@lru_cache(maxsize=16)
def _loaded(pk: int, version: str) -> Learned:
    """A worker reads each version once."""
    return Learned.from_json(LearnedTransit.objects.values_list("model", flat=True).get(pk=pk))


def _has_news() -> Q:
    """Shops with an outcome that the last run did not know."""
    closed = Shipment.objects.filter(merchant=OuterRef("pk"), outcome_at__isnull=False)
    news = closed.filter(outcome_at__gt=OuterRef("learned_transit__learned_until"))
    return Q(Exists(news)) | Q(Exists(closed), learned_transit=None)

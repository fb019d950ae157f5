"""`manage.py seed_history`: a sample shop with a past, to look at the desk for estimates before there is history.

Orders, scans, sweeps and lessons go through the doors that real ones take, each at its own hour.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from operator import itemgetter

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from orders.events import TrackingUpdate
from orders.incoming import CustomerData, ItemData, OrderData, ShipmentData
from orders.management.sample_lives import COUNTRY, CUT_OFF, LANES, ZONE, Life, lives
from orders.models import DeliveryRule, Merchant, Source, StatusChange
from orders.services.intake import take_order
from orders.services.learning import learn
from orders.services.record_events import reassess_all, record_events

SLUG = "sample-history"
DAYS = 120
SWEEP_EVERY, LEARN_EVERY = timedelta(hours=6), timedelta(days=7)


class Command(BaseCommand):
    help = "Makes a sample shop with closed parcels of the last four months. Only where SANDBOX is set."

    def add_arguments(self, parser):
        parser.add_argument("--parcels", type=int, default=1500)
        parser.add_argument("--slug", default=SLUG, help="the short name of the new shop")
        parser.add_argument("--seed", type=int, default=1, help="another number, another history")

    def handle(self, *, parcels, slug, seed, **_options):
        if not settings.SANDBOX:
            raise CommandError("SANDBOX is not set: samples have no place among real orders. Set SANDBOX=true.")
        if Merchant.objects.filter(slug=slug).exists():
            raise CommandError(f"The shop {slug!r} is there already: choose another name with --slug.")
        with transaction.atomic():
            shop = _shop(slug)
            Past(shop, timezone.now()).live(parcels, seed)
            _forget_to_tell(shop)
        closed = shop.shipments.filter(first_attempt_at__isnull=False).count()
        self.stdout.write(f"{slug}: {parcels} parcels, {closed} of them closed.")


def _shop(slug: str) -> Merchant:
    name = slug.replace("-", " ").capitalize()
    shop = Merchant.objects.create(name=name, slug=slug, country=COUNTRY, time_zone=ZONE)
    for lane in LANES:
        least, most = lane.usual
        DeliveryRule.objects.create(
            merchant=shop,
            country=lane.country,
            carrier=lane.carrier,
            cut_off=CUT_OFF,
            transit_min=least,
            transit_max=most,
        )
    return shop


class Past:
    """What happened to a shop, in the order in which it became known."""

    def __init__(self, shop: Merchant, until: datetime):
        self.shop, self.until, self.since = shop, until, until - timedelta(days=DAYS)
        self.shipments: dict[int, int] = {}

    def live(self, parcels: int, seed: int) -> None:
        happenings = [
            *self._every(SWEEP_EVERY, self._sweep),
            *self._every(LEARN_EVERY, partial(learn, self.shop)),
            *(one for life in lives(parcels, self.since, self.until, seed) for one in self._happenings(life)),
        ]
        for at, happen in sorted(happenings, key=itemgetter(0)):
            if at < self.until:
                happen(at)
        learn(self.shop, self.until)

    def _every(self, period: timedelta, happen):
        return ((self.since + turn * period, happen) for turn in range(1, timedelta(days=DAYS) // period))

    def _happenings(self, life: Life):
        yield life.ordered_at, partial(self._order, life)
        for at, update in life.news:
            yield at, partial(self._record, life, update)

    def _order(self, life: Life, at: datetime) -> None:
        data = OrderData(
            number=f"H{life.number:05}",
            placed_at=at,
            customer=CustomerData(email=f"shopper-{life.number}@history.example"),
            items=(ItemData(sku="LAMP", name="Linen lamp", price=Decimal("79.90")),),
            shipments=(_parcel(life),),
        )
        self.shipments[life.number] = take_order(self.shop, data, at).shipments.get().pk

    def _record(self, life: Life, update: TrackingUpdate, at: datetime) -> None:
        record_events(self.shipments[life.number], update, source=Source.POLL, now=at)

    def _sweep(self, at: datetime) -> None:
        reassess_all([*self.shop.shipments.filter(next_risk_at__lte=at).values_list("pk", flat=True)], at)


def _parcel(life: Life) -> ShipmentData:
    lane = life.lane
    return ShipmentData(
        carrier=lane.carrier,
        tracking_number=life.tracking_number,
        service=lane.service,
        origin_country=COUNTRY,
        country=lane.country,
        postcode=lane.postcode,
        city=lane.hubs[-1],
        zone=lane.zone,
    )


def _forget_to_tell(shop: Merchant) -> None:
    """What happened to samples months ago is no news: no message is planned, nobody is woken, no carrier asked."""
    StatusChange.objects.filter(merchant=shop).update(planned_at=timezone.now())
    shop.shipments.update(next_poll_at=None)
    connection.run_on_commit.clear()

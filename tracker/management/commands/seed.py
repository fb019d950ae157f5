"""`manage.py seed`: two sample shops with about sixty orders, for the demo and for trying things out."""

import io
import json
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageDraw

from alerts.models import ChannelRule, MessageText, TriggerRule
from alerts.quiet import DEFAULTS
from alerts.triggers import Trigger
from carriers.models import CarrierAccount
from carriers.sandbox.lives import life_to_json
from offers.models import Offer
from orders.incoming import CustomerData, ItemData, OrderData, ShipmentData
from orders.models import ApiKey, Consent, Customer, Membership, Merchant, Product, Role, Shipment
from orders.services.intake import take_order
from tracker.sample.parcels import Parcel, parcels_of
from tracker.sample.shops import KOTIRANTA, OWN_WORDS, SHOPPERS, SHOPS, Shop, Shopper

PASSWORD = "open-the-door"  # noqa: S105 - the sample's log-ins are printed for everybody
CREDENTIALS = {
    "dhl-unified": {"api_key": "sandbox"},
    "ups": {"client_id": "sandbox", "client_secret": "sandbox"},
    "fedex": {"client_id": "sandbox", "client_secret": "sandbox"},
}


class Command(BaseCommand):
    help = "Fills an empty database with two sample shops. Only where SANDBOX is set."

    def add_arguments(self, parser):
        parser.add_argument("--start", help="the instant the parcels' lives are told for, ISO 8601; default now")
        parser.add_argument("--out", type=Path, help="folder for lives.json and sample.json")

    def handle(self, *, start, out, **options):
        if not settings.SANDBOX:
            raise CommandError("SANDBOX is not set: samples have no place among real orders. Set SANDBOX=true.")
        if Merchant.objects.exists():
            raise CommandError("There are merchants already: seed an empty database.")
        start = datetime.fromisoformat(start) if start else timezone.now()
        with transaction.atomic():
            _operator()
            merchants = {shop.slug: _merchant(shop) for shop in SHOPS}
            _own_habits(merchants[KOTIRANTA.slug])
            parcels = [parcel for shop in SHOPS for parcel in parcels_of(shop, start.astimezone(UTC))]
            for parcel in parcels:
                _order(merchants[parcel.shop.slug], parcel)
        if out:
            _write(out, merchants, parcels)
        self.stdout.write(f"{len(merchants)} shops, {len(parcels)} orders.")


def _operator() -> None:
    get_user_model().objects.create_superuser("operator", "operator@doorstep.example", PASSWORD)


def _merchant(shop: Shop) -> Merchant:
    merchant = Merchant.objects.create(name=shop.name, slug=shop.slug, **shop.brand, **shop.texts)
    if shop is not KOTIRANTA:
        merchant.logo.save(f"{shop.slug}.png", ContentFile(_wheel(shop.brand["primary_colour"])))
    user = get_user_model().objects.create_user(
        shop.slug, f"team@{shop.slug}.example", PASSWORD, is_staff=True, first_name=shop.name
    )
    Membership.objects.create(merchant=merchant, user=user, role=Role.OWNER)
    for carrier in shop.carriers:
        CarrierAccount.objects.create(
            merchant=merchant, carrier=carrier, credentials=CREDENTIALS[carrier], calls_per_minute=600
        )
    for good in shop.goods:
        _product(merchant, good)
    Offer.objects.create(merchant=merchant, image=_picture(shop.goods[0].picture), **shop.offer)
    for shopper in SHOPPERS:
        _customer(merchant, shopper)
    return merchant


def _own_habits(merchant: Merchant) -> None:
    """What one shop tells otherwise than usual. It texts at any hour, so that the demo shows it at any hour."""
    never = time()
    ChannelRule.objects.create(
        merchant=merchant, channel="sms", quiet_from=never, quiet_until=never, most_a_day=DEFAULTS["sms"].most_a_day
    )
    TriggerRule.objects.create(merchant=merchant, trigger=Trigger.ORDER_RECEIVED, least_total=Decimal(200))
    MessageText.objects.create(merchant=merchant, trigger=Trigger.OUT_FOR_DELIVERY, **OWN_WORDS)


def _product(merchant: Merchant, good) -> None:
    texts = {f"name_{language}": text for language, text in good.names.items()}
    texts |= {f"care_{language}": text for language, text in good.care.items()}
    Product.objects.create(
        merchant=merchant,
        sku=good.sku,
        category=good.category,
        image=_picture(good.picture),
        link=f"{merchant.website}/{good.sku.lower()}",
        setup_guide=good.setup_guide,
        **texts,
    )


def _customer(merchant: Merchant, shopper: Shopper) -> None:
    customer = Customer.objects.create(
        merchant=merchant,
        name=shopper.name,
        email=_email(shopper),
        phone=shopper.phone,
        language=shopper.language,
        time_zone=str(shopper.home.timezone),
    )
    Consent.objects.create(merchant=merchant, customer=customer, channel="sms", wording="Text me about my parcels.")


def _order(merchant: Merchant, parcel: Parcel) -> None:
    goods, turn = parcel.shop.goods, int(parcel.order_number[1:])
    bought = {good.sku: good for good in (goods[turn % len(goods)], goods[turn // 3 % len(goods)])}
    home, shopper = parcel.shopper.home, parcel.shopper
    take_order(
        merchant,
        OrderData(
            number=parcel.order_number,
            placed_at=parcel.life.started_at,
            customer=CustomerData(email=_email(shopper), name=shopper.name, language=shopper.language),
            items=tuple(ItemData(sku=each.sku, price=each.price) for each in bought.values()),
            postcode=home.postcode,
            shipments=(
                ShipmentData(
                    carrier=parcel.life.carrier,
                    tracking_number=parcel.life.number,
                    origin_country=parcel.shop.warehouse.country,
                    origin_city=parcel.shop.warehouse.city,
                    country=home.country,
                    postcode=home.postcode,
                    city=home.city,
                    zone=str(home.timezone),
                    window=parcel.promised,
                ),
            ),
        ),
    )
    _shipment(merchant, parcel).update(created_at=parcel.life.started_at, next_poll_at=parcel.first_check_at)


def _shipment(merchant: Merchant, parcel: Parcel):
    return Shipment.objects.filter(merchant=merchant, tracking_number=parcel.life.number)


def _write(out: Path, merchants: dict[str, Merchant], parcels: list[Parcel]) -> None:
    """What the sandbox carrier plays, and what the demo needs to know to show and to check it."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "lives.json").write_text(json.dumps([life_to_json(parcel.life) for parcel in parcels]))
    sample = {
        "password": PASSWORD,
        "shops": [_shop_to_json(shop, merchants[shop.slug]) for shop in SHOPS],
        "parcels": [_parcel_to_json(merchants[parcel.shop.slug], parcel) for parcel in parcels],
    }
    (out / "sample.json").write_text(json.dumps(sample))


def _shop_to_json(shop: Shop, merchant: Merchant) -> dict:
    accounts = merchant.carrier_accounts.filter(carrier__in=shop.pushed)
    return {
        "slug": shop.slug,
        "name": shop.name,
        "api_key": ApiKey.issue(merchant, "sample")[1],
        "callbacks": [
            {
                "carrier": account.carrier,
                "path": reverse("carrier-callback", args=[account.carrier, account.callback_token]),
                "secret": account.callback_secrets[0],
            }
            for account in accounts
        ],
    }


def _parcel_to_json(merchant: Merchant, parcel: Parcel) -> dict:
    return {
        "shop": parcel.shop.slug,
        "part": parcel.part,
        "order": parcel.order_number,
        "email": _email(parcel.shopper),
        "phone": parcel.shopper.phone,
        "postcode": parcel.shopper.home.postcode,
        "language": parcel.shopper.language,
        "number": parcel.life.number,
        "page": reverse("track", args=[_shipment(merchant, parcel).get().token]),
    }


def _email(shopper: Shopper) -> str:
    return f"{shopper.name.split()[0].lower()}@shopper.example"


def _picture(name: str) -> str:
    """The plain address: a product outlives the hash in a static file's name."""
    return f"{settings.SITE_URL}{settings.STATIC_URL}tracker/sample/{name}.svg"


def _wheel(colour: str) -> bytes:
    """A bicycle wheel: the logo of a shop whose own hand drew it."""
    size, hub = 192, 96
    picture = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((8, 8, size - 8, size - 8), outline=colour, width=16)
    for dx, dy in ((80, 0), (0, 80), (56, 56), (56, -56)):
        pen.line((hub - dx, hub - dy, hub + dx, hub + dy), fill=colour, width=6)
    pen.ellipse((hub - 16, hub - 16, hub + 16, hub + 16), fill=colour)
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()

"""An order as it comes in: plain values that refuse what cannot be right, field by field, before anything is stored.

Every refusal is django's ValidationError with the field's name, and says what came and what to change.
"""

import difflib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from babel.core import get_global
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import to_python

from orders.links import web_link
from orders.models import Purpose
from orders.windows import PromisedWindow, zone_named

LONGEST_ORDER_NUMBER, LONGEST_TRACKING_NUMBER, LONGEST_SKU, LONGEST_URL = 40, 64, 64, 200
LARGEST_AMOUNT, LARGEST_QUANTITY = Decimal("9999999999.99"), 1_000_000
LONGEST_WORDING = 2000
CLOCKS_MAY_DIFFER_BY = timedelta(minutes=5)
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentData:
    """A yes that the shopper gave in the shop, and perhaps took back there: to be written to by `channel` (a key such
    as "sms") for `purpose`. Both instants are aware; `wording` is what the shopper agreed to, as it stood there.
    """

    channel: str
    given_at: datetime
    wording: str
    purpose: str = Purpose.DELIVERY
    withdrawn_at: datetime | None = None

    def __post_init__(self):
        _check_channel(self.channel)
        _check_past("given_at", self.given_at)
        _check_length("wording", self.wording.strip(), LONGEST_WORDING)
        if self.purpose not in Purpose.values:
            message = _("There is no purpose “%(purpose)s”. Known purposes: %(known)s.")
            raise _wrong("purpose", message, purpose=self.purpose, known=", ".join(Purpose.values))
        if self.withdrawn_at is not None:
            _check_past("withdrawn_at", self.withdrawn_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerData:
    """The shopper. At least one of e-mail and phone (international: "+358 40 1234567") is given.

    `language` is a language tag such as "fi" or "de-AT"; one that Doorstep does not speak leaves the shop's own.
    """

    email: str = ""
    phone: str = ""
    name: str = ""
    language: str = ""
    consents: tuple[ConsentData, ...] = ()

    def __post_init__(self):
        if not self.email and not self.phone:
            raise _wrong("email", _("The customer came without e-mail and without phone: give one of them."))
        _check_email(self.email)
        _check_phone(self.phone)
        _check_language(self.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemData:
    """One line of the order; `price` is for one piece."""

    sku: str
    name: str = ""
    quantity: int = 1
    price: Decimal = Decimal(0)
    category: str = ""
    image: str = ""
    link: str = ""

    def __post_init__(self):
        _check_length("sku", self.plain_sku, LONGEST_SKU)
        if not 1 <= self.quantity <= LARGEST_QUANTITY:
            raise _wrong(
                "quantity",
                _("The quantity of %(sku)s is %(quantity)s: give 1 or more, or leave the item out."),
                sku=self.plain_sku,
                quantity=self.quantity,
            )
        _check_amount("price", self.price)
        _check_url("image", self.image)
        _check_url("link", self.link)

    @property
    def plain_sku(self) -> str:
        return self.sku.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentData:
    """One parcel. `carrier` is a carrier's key, or "" where the number is to tell it; countries are ISO 3166 alpha-2;
    `zone` is the destination's.

    `window` is what the shop promised at checkout; without it the merchant's delivery rules, or
    else its usual delivery days, make the promise.
    """

    carrier: str = ""
    tracking_number: str
    service: str = ""
    courier: str = ""  # behind an aggregator, as the aggregator spells it
    origin_country: str = ""
    origin_city: str = ""
    country: str = ""
    postcode: str = ""
    city: str = ""
    zone: str = ""
    window: PromisedWindow | None = None

    def __post_init__(self):
        if self.carrier:
            _check_carrier(self.carrier)
        _check_length("tracking_number", self.plain_number, LONGEST_TRACKING_NUMBER)
        _check_country("origin_country", self.origin_country)
        _check_country("country", self.country)
        _check_zone(self.zone)

    @property
    def plain_number(self) -> str:
        """Without the spaces that labels print for the eye."""
        return "".join(self.tracking_number.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderData:
    """One order as the shop knows it. `placed_at` is aware; `total` defaults to the sum of the items.

    `language` is a language tag, as the customer's. `postcode` is the delivery's, the first parcel's unless given.
    """

    number: str
    placed_at: datetime
    customer: CustomerData
    items: tuple[ItemData, ...] = ()
    shipments: tuple[ShipmentData, ...] = ()
    currency: str = "EUR"
    total: Decimal | None = None
    language: str = ""
    postcode: str = ""

    def __post_init__(self):
        _check_length("number", self.plain_number, LONGEST_ORDER_NUMBER)
        _check_aware("placed_at", self.placed_at)
        if not re.fullmatch(r"[A-Z]{3}", self.currency):
            raise _wrong(
                "currency",
                _("“%(code)s” is no currency: give the three capital letters of ISO 4217, such as EUR."),
                code=self.currency,
            )
        _check_amount("total", self.worth)
        _check_language(self.language)

    @property
    def plain_number(self) -> str:
        return self.number.strip()

    @property
    def worth(self) -> Decimal:
        if self.total is not None:
            return self.total
        return sum((item.price * item.quantity for item in self.items), Decimal(0))

    @property
    def delivery_postcode(self) -> str:
        return self.postcode or next((parcel.postcode for parcel in self.shipments if parcel.postcode), "")


def is_country(code: str) -> bool:
    """Whether this is an ISO 3166 alpha-2 code, in capitals."""
    return len(code) == 2 and code in get_global("territory_zones")


def _wrong(field: str, message: str, **params) -> ValidationError:
    return ValidationError({field: ValidationError(message, params=params)})


def _check_length(field: str, value: str, longest: int) -> None:
    if not value:
        raise _wrong(field, _("This is empty: give the one your shop uses."))
    if len(value) > longest:
        raise _wrong(
            field,
            _("“%(start)s…” has %(length)s characters: at most %(longest)s fit. Is it the right column?"),
            start=value[:40],
            length=len(value),
            longest=longest,
        )


def _check_aware(field: str, at: datetime) -> None:
    if at.utcoffset() is None:
        message = _("The time %(time)s has no time zone: add its offset, as in %(time)s+02:00.")
        raise _wrong(field, message, time=at.isoformat())


def _check_past(field: str, at: datetime) -> None:
    _check_aware(field, at)
    if at > timezone.now() + CLOCKS_MAY_DIFFER_BY:
        message = _("The time %(time)s has not come yet: give the one at which the shopper said so.")
        raise _wrong(field, message, time=at.isoformat())


def _check_amount(field: str, amount: Decimal) -> None:
    if not 0 <= amount <= LARGEST_AMOUNT:
        raise _wrong(
            field,
            _("The amount is %(amount)s: give 0 to %(largest)s; a refund is not an order."),
            amount=amount,
            largest=LARGEST_AMOUNT,
        )


def _check_url(field: str, url: str) -> None:
    if url and (not web_link(url) or len(url) > LONGEST_URL):
        raise _wrong(
            field,
            _("“%(url)s” cannot be linked to: give a whole address with https:// and at most %(longest)s characters."),
            url=url[:80],
            longest=LONGEST_URL,
        )


def _check_email(email: str) -> None:
    if not email:
        return
    try:
        validate_email(email.strip())
    except ValidationError:
        message = _("“%(email)s” is no e-mail address: correct it, or leave it out and give a phone.")
        raise _wrong("email", message, email=email) from None


def _check_phone(phone: str) -> None:
    if phone and not to_python(phone).is_valid():
        raise _wrong(
            "phone",
            _("“%(phone)s” is no international phone number: write it with + and the country, as +358401234567."),
            phone=phone,
        )


def _check_language(language: str) -> None:
    if language and not LANGUAGE_TAG.fullmatch(language):
        raise _wrong(
            "language", _("“%(tag)s” is no language: give a tag such as fi or de-AT, or leave it out."), tag=language
        )


def _check_country(field: str, country: str) -> None:
    if country and not is_country(country):
        raise _wrong(
            field,
            _("“%(country)s” is no country: give the two capital letters of ISO 3166, such as FI."),
            country=country,
        )


def _check_zone(zone: str) -> None:
    if not zone:
        return
    try:
        zone_named(zone)
    except ValueError:
        message = _("“%(zone)s” is no time zone: give one such as Europe/Helsinki, or leave it out and give a country.")
        raise _wrong("zone", message, zone=zone) from None


def _check_channel(key: str) -> None:
    # Orders knows no sibling: the settings name who can tell the channels there are.
    known = [channel for channel, _name in import_string(settings.CHANNEL_CHOICES)()]
    if key not in known:
        message = _("There is no way of writing “%(key)s”. Known are %(known)s.")
        raise _wrong("channel", message, key=key, known=", ".join(sorted(known)))


def _check_carrier(key: str) -> None:
    # Orders knows no sibling: the settings name who can tell the carriers there are.
    known = [carrier for carrier, _name in import_string(settings.CARRIER_CHOICES)()]
    if key in known:
        return
    like = [carrier for carrier in known if carrier.startswith(key.lower())] or difflib.get_close_matches(key, known)
    if like:
        raise _wrong("carrier", _("There is no carrier “%(key)s”. Did you mean %(like)s?"), key=key, like=like[0])
    message = _("There is no carrier “%(key)s”. Known carriers: %(known)s.")
    raise _wrong("carrier", message, key=key, known=", ".join(sorted(known)))

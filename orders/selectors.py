"""Reads for the shopper: one parcel's page, the story of its promise, its journey, and the look-up of an order."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, TextChoices
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import pgettext_lazy

from orders.models import Case, Merchant, OrderItem, Promiser, Shipment, TrackingEvent, plain_postcode
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow

# The four steps by which the page tells a journey, and the two other ways a journey can go.
THERE = (Status.INFO_RECEIVED, Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.DELIVERED)
BACK = (Status.INFO_RECEIVED, Status.IN_TRANSIT, Status.RETURNING, Status.RETURNED)
CALLED_OFF = (Status.INFO_RECEIVED, Status.CANCELLED)
ROADS = {Status.RETURNING: BACK, Status.RETURNED: BACK, Status.CANCELLED: CALLED_OFF}


class Mark(TextChoices):
    """How far a step of the journey is; the label is read aloud, the page draws each differently."""

    DONE = "done", pgettext_lazy("step of the journey", "done")
    NOW = "now", pgettext_lazy("step of the journey", "now")
    TROUBLE = "trouble", pgettext_lazy("step of the journey", "now, with a problem")
    TO_COME = "to_come", pgettext_lazy("step of the journey", "still to come")


@dataclass(frozen=True, slots=True)
class Step:
    status: Status
    mark: Mark


@dataclass(frozen=True, slots=True)
class PromiseStory:
    """What was promised first, what is promised now, and why it changed.

    `was` and `now` are None while nothing has been promised. `why` is None and `by` still set where the promiser gave
    no reason. `missed` says that the current promise has passed without an attempt to deliver.
    """

    zone: str
    was: PromisedWindow | None = None
    now: PromisedWindow | None = None
    why: Reason | None = None
    by: Promiser | None = None
    missed: bool = False

    @property
    def is_later(self) -> bool:
        """It ends later than first promised. A carrier's day within the shop's window is no change of plan."""
        return self.now is not None and self.now.ends_at(self.zone) > self.was.ends_at(self.zone)

    @property
    def is_earlier(self) -> bool:
        return self.now is not None and self.now.latest < self.was.earliest


def shipment_for_page(token: str, merchant: Merchant | None = None) -> Shipment | None:
    """The parcel behind this token with everything its page shows, or None.

    With a `merchant`, only that merchant's parcels are looked at. `shipment.order.open_cases` lists its open cases;
    `shipment.has_strange_scans` says that a wrong carrier's scans stood on its page.
    """
    set_aside = TrackingEvent.objects.filter(shipment=OuterRef("pk"), correction__isnull=False)
    rows = Shipment.objects.filter(token=token) if merchant is None else merchant.shipments.filter(token=token)
    return (
        rows.annotate(has_strange_scans=Exists(set_aside))
        .select_related("merchant", "promise", "order__customer")
        .prefetch_related(
            Prefetch("events", TrackingEvent.objects.valid().defer("raw")),
            "promises",
            Prefetch("order__items", OrderItem.objects.select_related("product").order_by("id")),
            Prefetch("order__shipments", Shipment.objects.select_related("promise").order_by("id")),
            Prefetch("order__cases", Case.objects.filter(closed_at__isnull=True), to_attr="open_cases"),
        )
        .first()
    )


def promise_story(shipment: Shipment, now: datetime | None = None) -> PromiseStory:
    """The ledger told in one breath: the first promise against the current one."""
    current = shipment.promise
    if current is None:
        return PromiseStory(shipment.zone)
    ledger = [promise for promise in shipment.promises.all() if promise.correction_id is None]
    reasons = [promise.reason for promise in ledger if promise.reason]
    settled_at = shipment.first_attempt_at or now or timezone.now()
    return PromiseStory(
        zone=shipment.zone,
        was=ledger[0].window,
        now=current.window,
        why=Reason(reasons[-1]) if reasons else None,
        by=Promiser(current.source),
        missed=settled_at >= current.window.ends_at(shipment.zone),
    )


def journey(shipment: Shipment) -> tuple[Step, ...]:
    """The steps of this parcel's journey; the current one bears the parcel's real status."""
    status = Status(shipment.status)
    road = ROADS.get(status, THERE)
    here = road.index(status) if status in road else status.step - 1
    return tuple(
        Step(status if place == here else usual, _mark(status, place, here)) for place, usual in enumerate(road)
    )


def find_shipment(merchant: Merchant, number: str, email_or_postcode: str) -> Shipment | None:
    """The first parcel of the order with this number, if the second word is its e-mail or postcode; else None.

    One query and the same comparisons whether the order exists or not, so that the time taken tells nothing.
    """
    parcels = (
        merchant.shipments.filter(order__number__in=_spellings(number))
        .select_related("order__customer")
        .order_by("id")[:50]
    )
    known = [(parcel, parcel.order.customer.email, parcel.order.postcode) for parcel in parcels] or [(None, "", "")]
    fitting = [parcel for parcel, email, postcode in known if _vouches(email_or_postcode, email, postcode)]
    return fitting[0] if fitting else None


def _mark(status: Status, place: int, here: int) -> Mark:
    if place != here:
        return Mark.DONE if place < here else Mark.TO_COME
    if status.is_trouble:
        return Mark.TROUBLE
    return Mark.DONE if status.is_final else Mark.NOW


def _spellings(number: str) -> set[str]:
    """How shops write the number that a shopper typed: with or without #, in capitals or not."""
    plain = number.strip().lstrip("#").strip()
    return {f"{sign}{written}" for sign in ("", "#") for written in (plain, plain.upper())}


def _vouches(given: str, email: str, postcode: str) -> bool:
    """True when `given` is one of the two. Both are always compared, and nothing equals nothing."""
    by_email = _same(given.strip().lower(), email)
    by_postcode = _same(plain_postcode(given), postcode)
    return by_email or by_postcode


def _same(given: str, known: str) -> bool:
    digests = (hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in (given, known))
    return constant_time_compare(*digests) and bool(known)

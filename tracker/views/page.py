"""What the tracking page says of a parcel, in the reader's language. The templates only arrange it."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from babel.dates import get_timezone_location
from django.utils import timezone
from django.utils.translation import gettext, pgettext, pgettext_lazy

from alerts.channels import push
from alerts.links import preferences_path
from carriers.registry import carrier_name, is_aggregator, tracking_url
from offers.models import Offer
from orders import wording
from orders.legs import handovers
from orders.links import picture, web_link
from orders.models import Case, OrderItem, Product, Promiser, Shipment, TrackingEvent
from orders.promise.arrival import arrival_of
from orders.promise.evidence import risk_words
from orders.promise.risk import RiskState
from orders.reasons import Party, Reason
from orders.selectors import PromiseStory, Step, journey, promise_story
from orders.statuses import Status
from orders.windows import PromisedWindow
from tracker.views.contact import Contact
from tracker.views.next_step import NextStep, next_step
from tracker.views.timeline import Scan, by_day, newest_first, place_of, status_sentence

# Where the parcel is tells more than when it was to come: the state stands in large letters, the promise below it.
LARGER_THAN_THE_PROMISE = {
    Status.AVAILABLE_FOR_PICKUP,
    Status.RETURNING,
    Status.RETURNED,
    Status.CANCELLED,
}

ON_ITS_WAY_TO_THE_SHOPPER = frozenset(Status) - {
    Status.DELIVERED,
    Status.RETURNING,
    Status.RETURNED,
    Status.CANCELLED,
}

# A parcel's scans are many and the newest matter: the rest is one tap away.
SCANS_AT_ONCE = 6

RISK_NOTES = {
    RiskState.AT_RISK: pgettext_lazy(
        "note on the risk", "It may come later than promised. We look at it more often now, and this page tells you."
    ),
    RiskState.LATE: pgettext_lazy(
        "note on the risk",
        "It is late, and we are sorry. We keep asking the carrier; the new day stands here as soon as there is one.",
    ),
    RiskState.RECOVERED: pgettext_lazy("note on the risk", "It was behind for a while and is back on track."),
}
LATE_BUT_ATTEMPTED = pgettext_lazy("note on the risk", "It came later than promised. We are sorry.")
RISK_NOTES_WITH_REASON = {
    RiskState.AT_RISK: pgettext_lazy(
        "note on the risk",
        "It may come later than promised, because %(reason)s. We look at it more often now, and this page tells you.",
    ),
}


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    quantity: int
    picture: str
    link: str


@dataclass(frozen=True, slots=True)
class Parcel:
    token: str
    status: Status
    promised: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class Help:
    product: Product
    setup_guide: str
    video: str


class Page:
    """One parcel's page at one moment. Made after the language was chosen, and for one answer only."""

    def __init__(self, shipment: Shipment, offer: Offer | None, now: datetime | None = None):
        self.shipment, self.order, self.merchant = shipment, shipment.order, shipment.merchant
        self.now = now or timezone.now()
        self.status, self.risk = Status(shipment.status), RiskState(shipment.risk)
        self.reason = Reason(shipment.reason) if shipment.reason else None
        self.story: PromiseStory = promise_story(shipment, self.now)
        self.steps: tuple[Step, ...] = journey(shipment)
        self.offer = offer
        self.contact_link = Contact(self.merchant).first_link

    # The promise

    @property
    def kicker(self) -> str:
        """The small line above the large one."""
        if self.is_delivered:
            return self.status.label
        if not self.promise_is_large:
            return ""
        if self.story.missed:
            return pgettext("above the promised date", "Was due")
        if self.shipment.is_trouble:
            return pgettext("above the promised date", "Promised for")
        return pgettext("above the promised date", "Arriving")

    @property
    def large(self) -> str:
        """The largest words of the page: a local date wherever there is one."""
        if self.is_delivered:
            return wording.day_and_clock(self.shipment.delivered_at, self.shipment.zone)
        return self.promised if self.promise_is_large else self.status.label

    @property
    def promise_is_large(self) -> bool:
        return self.story.now is not None and not self.is_delivered and self.status not in LARGER_THAN_THE_PROMISE

    @property
    def is_delivered(self) -> bool:
        return self.status is Status.DELIVERED and self.shipment.delivered_at is not None

    @property
    def is_under_way(self) -> bool:
        return self.status in ON_ITS_WAY_TO_THE_SHOPPER

    @cached_property
    def promised(self) -> str:
        return self._days(self.story.now) if self.story.now else ""

    @property
    def first_promised(self) -> str:
        """What "on time" is measured against."""
        return self._days(self.story.was) if self.story.was else ""

    def _days(self, window: PromisedWindow) -> str:
        """With the year where it is not this one, by the calendar of the destination."""
        return wording.promised(window, today=_date(self.now, self.shipment.zone))

    @property
    def change(self) -> str:
        """What changed since the first promise and why; empty while the first promise stands, or all is settled."""
        if not self.promise_is_large or not (self.story.is_later or self.story.is_earlier):
            return ""
        told = {"was": self.first_promised, "now": self.promised}
        if self.story.is_earlier:
            return gettext("Earlier than first promised: was %(was)s, now %(now)s.") % told
        if self.story.why:
            return gettext("Was %(was)s, now %(now)s, because %(why)s.") % {**told, "why": self.story.why.label}
        if self.story.by is Promiser.CARRIER:
            return gettext("Was %(was)s, now %(now)s. The carrier gave no reason.") % told
        return gettext("Was %(was)s, now %(now)s.") % told

    @property
    def sentence(self) -> str:
        """The headline in words: the status and its reason, without repeating what stands above it in large letters."""
        if self.promise_is_large or (self.is_delivered and self.reason):
            return status_sentence(self.status, self.reason)
        return gettext("The reason: %(reason)s.") % {"reason": self.reason.label} if self.reason else ""

    # Freshness

    @cached_property
    def last_event(self) -> TrackingEvent | None:
        return self.events[0] if self.events else None

    @property
    def last_place(self) -> str:
        return place_of(self.last_event, self.shipment.destination_country) if self.last_event else ""

    @property
    def next_check(self) -> str:
        """The hour of the next check, with its day if that is not today; empty when none is planned or it is due."""
        due, zone = self.shipment.next_poll_at, self.shipment.zone
        if due is None or due <= self.now:
            return ""
        is_today = _date(due, zone) == _date(self.now, zone)
        told = wording.clock(due, zone) if is_today else wording.day_and_clock(due, zone)
        return pgettext("hour and whose clock", "%(time)s (%(city)s)") % {"time": told, "city": city_of(zone)}

    # What now

    @property
    def next_step(self) -> NextStep:
        return next_step(self.status, self.reason, carrier_link=self.carrier_link, shop_link=self.contact_link)

    @property
    def needs_attention(self) -> bool:
        """Something is still wrong; a late parcel that has come is over."""
        return self.status.is_trouble or bool(self.pill)

    @property
    def party(self) -> str:
        """Whose turn it is; empty where it is nobody's or nothing is the matter."""
        if self.reason is None or self.status.is_final or self.reason.party is Party.NOBODY:
            return ""
        return self.reason.party.label

    @property
    def risk_note(self) -> str:
        """What is known of the risk, why, and what is done about it; empty while all is well or it is all over."""
        if not self.is_under_way:
            return ""
        if self.risk is RiskState.RECOVERED and (self.status.is_trouble or self.shipment.first_attempt_at):
            return ""
        if self.risk is RiskState.LATE and self.shipment.first_attempt_at:
            return LATE_BUT_ATTEMPTED
        if self.shipment.risk_reason and self.risk in RISK_NOTES_WITH_REASON:
            reason = Reason(self.shipment.risk_reason).label
            return RISK_NOTES_WITH_REASON[self.risk] % {"reason": reason}
        return RISK_NOTES.get(self.risk, "")

    @property
    def risk_evidence(self) -> list[str]:
        """What the doubt rests on, in words; nothing once it is over."""
        return risk_words(self.shipment) if self.pill else []

    @property
    def our_estimate(self) -> str:
        """When we think it will come, once the promise is doubted; nothing while we do not know better."""
        arrival = arrival_of(self.shipment) if self.pill else None
        if arrival is None or not arrival.by_us or arrival.latest < _date(self.now, self.shipment.zone):
            return ""
        days = self._days(PromisedWindow(arrival.earliest, arrival.latest, zone=self.shipment.zone))
        return gettext("Our own estimate: %(days)s. It is right for 8 of 10 parcels.") % {"days": days}

    @property
    def pill(self) -> str:
        """The risk in one word, beside the promise."""
        return self.risk.label if self.is_under_way and self.risk.is_trouble else ""

    @property
    def support_city(self) -> str:
        """By whose clock the shop keeps its hours, where that is not the shopper's."""
        return city_of(self.merchant.time_zone) if self.merchant.time_zone != self.shipment.zone else ""

    @property
    def choices(self) -> str:
        """Where the shopper chooses what is written to them."""
        return preferences_path(self.shipment.order)

    # News on this device

    @cached_property
    def push_key(self) -> str:
        """By which this installation asks a browser to take messages; empty while there are none to be offered."""
        return push.public_key() if push.is_offered(self.merchant) else ""

    @property
    def push_wording(self) -> str:
        return push.wording(self.merchant, self.order.number)

    # The order

    @property
    def items(self) -> list[Item]:
        return [_item(row) for row in self.order.items.all()]

    @cached_property
    def parcels(self) -> list[Parcel]:
        """All parcels of the order, this one among them."""
        return [_parcel(row, self.shipment) for row in self.order.shipments.all()]

    @property
    def carrier_name(self) -> str:
        """Who carries it: behind an aggregator the carrier that made the first scan, which the shopper knows."""
        behind = next((event.carrier for event in reversed(self.events) if event.carrier), "")
        return (is_aggregator(self.shipment.carrier) and behind) or carrier_name(self.shipment.carrier)

    @cached_property
    def carrier_link(self) -> str:
        """The carrier's own page; empty for a carrier without one."""
        return web_link(tracking_url(self.shipment.carrier, self.shipment.tracking_number))

    @property
    def proof_of_delivery(self) -> str:
        """In words only: a link would lead to a signature, which is not for everybody who holds this page's link."""
        told = self.shipment.proof_of_delivery if self.is_delivered else ""
        return "" if "://" in told else told

    # The timeline

    @cached_property
    def events(self) -> list[TrackingEvent]:
        return newest_first(self.shipment.events.all())

    @cached_property
    def handovers(self) -> dict[str, str]:
        return handovers(self.events)

    @property
    def newest_days(self) -> list[tuple[str, list[Scan]]]:
        return by_day(self.events[:SCANS_AT_ONCE], self.shipment.destination_country, self.handovers)

    @property
    def earlier_days(self) -> list[tuple[str, list[Scan]]]:
        return by_day(self.events[SCANS_AT_ONCE:], self.shipment.destination_country, self.handovers)

    @property
    def earlier_count(self) -> int:
        return max(0, len(self.events) - SCANS_AT_ONCE)

    # Help, offer, apology

    @cached_property
    def helps(self) -> list[Help]:
        """Only for what is coming or came."""
        if not (self.is_under_way or self.is_delivered):
            return []
        products = [item.product for item in self.order.items.all() if item.product.has_help]
        return [Help(product, web_link(product.setup_guide), web_link(product.video)) for product in products]

    @property
    def case(self) -> Case | None:
        return next(iter(self.order.open_cases), None)

    @property
    def apology(self) -> str:
        """What stands where an offer would while something is wrong."""
        if self.offer or self.case or not self.shipment.is_trouble:
            return ""
        if self.is_delivered:
            return LATE_BUT_ATTEMPTED
        if not self.status.is_trouble and self.risk is RiskState.AT_RISK:
            return gettext("If you need it by a certain day, write to us: we will see what can be done.")
        return gettext("This is not the delivery that you were promised. Write to us, and we will put it right.")

    @property
    def offer_picture(self) -> str:
        return picture(self.offer.image) if self.offer else ""


def city_of(zone: str) -> str:
    """ "Helsinki", in the reader's language: how people name a time zone."""
    return get_timezone_location(zone, locale=wording.locale_for(), return_city=True)


def _item(row: OrderItem) -> Item:
    product = row.product
    return Item(product.name, row.quantity, picture(product.image), web_link(product.link))


def _parcel(row: Shipment, this: Shipment) -> Parcel:
    promised = wording.promised(row.promise.window) if row.promise and not Status(row.status).is_final else ""
    return Parcel(row.token, Status(row.status), promised, is_this=row.pk == this.pk)


def _date(moment: datetime, zone: str) -> date:
    return moment.astimezone(wording.zone_named(zone)).date()

"""What the tracking page says of a parcel, in the reader's language. The templates only arrange it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby

from babel.dates import get_timezone_location
from django.utils import timezone
from django.utils.translation import gettext, pgettext, pgettext_lazy

from carriers.registry import ADAPTERS, carrier_class, carrier_name
from offers.models import Offer
from orders import wording
from orders.links import picture, web_link
from orders.models import Case, OrderItem, Product, Promiser, Shipment, TrackingEvent
from orders.promise.risk import RiskState
from orders.reasons import Action, Party, Reason
from orders.selectors import PromiseStory, Step, journey, promise_story
from orders.statuses import Status
from tracker.views.contact import Contact

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

# What the shopper does next where the status itself settles it, whatever the reason was.
ACTIONS = {
    Status.AVAILABLE_FOR_PICKUP: Action.COLLECT,
    Status.RETURNING: Action.CONTACT_SHOP,
    Status.RETURNED: Action.CONTACT_SHOP,
    Status.CANCELLED: Action.CONTACT_SHOP,
}
# What they do where the carrier gave no reason.
ACTIONS_WITHOUT_REASON = {Status.ATTEMPT_FAILED: Action.CHOOSE_DAY}

# These are done on the carrier's own page; the others by writing to the shop.
DONE_AT_CARRIER = {Action.COLLECT, Action.PAY_DUTIES, Action.SEND_DOCUMENTS, Action.CHOOSE_DAY}

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
class NextStep:
    """The one thing to do. `button` and `link` are empty where there is nothing to press."""

    sentence: str
    button: str = ""
    link: str = ""
    leads_away: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """One line of the timeline. `words` are the carrier's own; `in_our_words` is False where they are all there is."""

    at: datetime
    sentence: str
    place: str
    words: str
    in_our_words: bool
    zone_known: bool

    @property
    def has_more(self) -> bool:
        """There is something behind our sentence, one tap away. Words that stand alone are shown at once."""
        return self.in_our_words and (bool(self.words) or not self.zone_known)


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
        return wording.promised(self.story.now) if self.story.now else ""

    @property
    def change(self) -> str:
        """What changed since the first promise and why; empty while the first promise stands."""
        if not (self.story.is_later or self.story.is_earlier):
            return ""
        told = {"was": wording.promised(self.story.was), "now": self.promised}
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

    @cached_property
    def action(self) -> Action:
        if self.status in ACTIONS:
            return ACTIONS[self.status]
        if self.reason is None:
            return ACTIONS_WITHOUT_REASON.get(self.status, Action.NOTHING)
        if self.is_delivered and self.reason.action is not Action.LOOK_AROUND:
            return Action.NOTHING
        return self.reason.action

    @cached_property
    def next_step(self) -> NextStep:
        """Exactly one thing to do, even if it is nothing."""
        if self.action is Action.NOTHING:
            return NextStep(self._nothing_to_do())
        if self.action in DONE_AT_CARRIER and self.carrier_link:
            return NextStep(self.action.label, self.action.button, self.carrier_link, leads_away=True)
        if self.action.button and self.contact_link:
            button = self.action.button if self.action not in DONE_AT_CARRIER else Action.CONTACT_SHOP.button
            return NextStep(self.action.label, button, self.contact_link)
        return NextStep(self.action.label)

    def _nothing_to_do(self) -> str:
        """Only where somebody is on it does the page say so."""
        if self.is_delivered:
            return gettext("Nothing to do. If something is wrong with it, write to us.")
        if self.status is Status.UNKNOWN:
            return gettext("Nothing to do yet: the carrier has not told us anything. Its first news appears here.")
        return Action.NOTHING.label

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
    def pill(self) -> str:
        """The risk in one word, beside the promise."""
        return self.risk.label if self.is_under_way and self.risk.is_trouble else ""

    @property
    def support_city(self) -> str:
        """By whose clock the shop keeps its hours, where that is not the shopper's."""
        return city_of(self.merchant.time_zone) if self.merchant.time_zone != self.shipment.zone else ""

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
        return carrier_name(self.shipment.carrier)

    @cached_property
    def carrier_link(self) -> str:
        """The carrier's own page; empty for a carrier without one."""
        if self.shipment.carrier not in ADAPTERS:
            return ""
        return web_link(carrier_class(self.shipment.carrier)().tracking_url(self.shipment.tracking_number))

    @property
    def proof_of_delivery(self) -> str:
        """In words only: a link would lead to a signature, which is not for everybody who holds this page's link."""
        told = self.shipment.proof_of_delivery if self.is_delivered else ""
        return "" if "://" in told else told

    # The timeline

    @cached_property
    def events(self) -> list[TrackingEvent]:
        """Newest first."""
        return sorted(self.shipment.events.all(), key=lambda e: (e.occurred_at, Status(e.status).rank), reverse=True)

    @property
    def newest_days(self) -> list[tuple[str, list[Scan]]]:
        return self._days(self.events[:SCANS_AT_ONCE])

    @property
    def earlier_days(self) -> list[tuple[str, list[Scan]]]:
        return self._days(self.events[SCANS_AT_ONCE:])

    @property
    def earlier_count(self) -> int:
        return max(0, len(self.events) - SCANS_AT_ONCE)

    def _days(self, events: list[TrackingEvent]) -> list[tuple[str, list[Scan]]]:
        """Scans under the day each was made, by the clock of its place."""
        home = self.shipment.destination_country
        by_day = groupby(events, key=lambda event: event.local_time.date())
        return [(wording.day(day), [_scan(event, home) for event in scans]) for day, scans in by_day]

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


def status_sentence(status: Status, reason: Reason | None) -> str:
    """ "Held up: customs is holding the parcel"."""
    if reason is None:
        return status.label
    return pgettext("status and reason", "%(status)s: %(reason)s") % {"status": status.label, "reason": reason.label}


def place_of(event: TrackingEvent, home: str) -> str:
    """The scan's city, and its country where that is not the destination's. No more: anybody may hold the link."""
    country = wording.locale_for().territories.get(event.country, event.country) if event.country != home else ""
    if event.city and country:
        return pgettext("place", "%(city)s, %(country)s") % {"city": event.city, "country": country}
    return event.city or country


def city_of(zone: str) -> str:
    """ "Helsinki", in the reader's language: how people name a time zone."""
    return get_timezone_location(zone, locale=wording.locale_for(), return_city=True)


def _scan(event: TrackingEvent, home: str) -> Scan:
    status = Status(event.status)
    is_known = status is not Status.UNKNOWN
    return Scan(
        at=event.local_time,
        sentence=status_sentence(status, Reason(event.reason) if event.reason else None)
        if is_known
        else pgettext("timeline", "The carrier reports"),
        place=place_of(event, home),
        words=event.description,
        in_our_words=is_known,
        zone_known=event.zone_known,
    )


def _item(row: OrderItem) -> Item:
    product = row.product
    return Item(product.name, row.quantity, picture(product.image), web_link(product.link))


def _parcel(row: Shipment, this: Shipment) -> Parcel:
    promised = wording.promised(row.promise.window) if row.promise and not Status(row.status).is_final else ""
    return Parcel(row.token, Status(row.status), promised, is_this=row.pk == this.pk)


def _date(moment: datetime, zone: str):
    return moment.astimezone(wording.zone_named(zone)).date()

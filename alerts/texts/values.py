"""What the variables of one message stand for, in the active language and by the clock of the destination."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.conf import settings
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import pgettext

from alerts.links import page_link
from alerts.models import Alert
from alerts.texts.aftercare import products_for, warranty_ends
from alerts.triggers import ABOUT_THE_PROMISE, Trigger
from orders import wording
from orders.models import CaseKind, OrderItem, Product, Promise, Shipment
from orders.services.promises import first_promise
from orders.statuses import Status
from orders.windows import PromisedWindow, zone_named

# First-strong isolate and its end: a number or a name keeps its own direction within a right-to-left sentence.
ISOLATE = "\N{FIRST STRONG ISOLATE}%s\N{POP DIRECTIONAL ISOLATE}"

MOST_ITEMS = 8


@dataclass
class Facts:
    """What one message may speak of. Made after the language was chosen.

    A test or a preview is about no change: what the order has no fact for, a refund say, gets an example.
    """

    alert: Alert

    @cached_property
    def trigger(self) -> Trigger:
        return Trigger(self.alert.trigger)

    @property
    def shipment(self) -> Shipment | None:
        return self.alert.shipment

    @cached_property
    def zone(self) -> str:
        return self.shipment.zone if self.shipment else self.alert.merchant.time_zone

    @cached_property
    def today(self) -> date:
        return timezone.localdate(timezone=zone_named(self.zone))

    @cached_property
    def window(self) -> PromisedWindow | None:
        """What is promised now."""
        return self._promise.window if self._promise else None

    @cached_property
    def before(self) -> PromisedWindow | None:
        """What was promised first, if that was an earlier last day."""
        first = first_promise(self.shipment) if self._promise else None
        return first.window if first and first.latest < self._promise.latest else None

    @cached_property
    def delivered_at(self) -> datetime:
        happened_at = self.alert.change.occurred_at if self.alert.change else timezone.now()
        return (self.shipment and self.shipment.delivered_at) or happened_at

    @cached_property
    def link(self) -> str:
        return page_link(self.alert)

    @cached_property
    def is_part(self) -> bool:
        """Whether the order has parcels that have not arrived, beside this one."""
        others = self.alert.order.shipments.exclude(pk=self.shipment.pk)
        return others.exclude(status__in=(Status.DELIVERED, Status.CANCELLED)).exists()

    @cached_property
    def carrier(self) -> str:
        return carrier_of(self.shipment) if self.shipment else ""

    @cached_property
    def answer(self) -> str:
        """What the shop answered, as it was typed."""
        if self.alert.change is None:
            return pgettext("example of an answer", "We are sending you a new one today.")
        return self.alert.change.case.answer if self.alert.change.case else ""

    @cached_property
    def items(self) -> list[OrderItem]:
        """The lines of the order that have room in a message."""
        return list(self.alert.order.items.select_related("product").order_by("id")[:MOST_ITEMS])

    @cached_property
    def values(self) -> "Values":
        return Values(self)

    @cached_property
    def _promise(self) -> Promise | None:
        """That which the news is about; for other news, the present one, which may have moved while it waited."""
        if self.trigger in ABOUT_THE_PROMISE and self.alert.change and self.alert.change.promise:
            return self.alert.change.promise
        return self.shipment.promise if self.shipment else None

    @cached_property
    def products(self) -> list[Product]:
        """What the message is about, of what was bought."""
        return products_for(self.trigger, self.alert.order)


class Values(dict):
    """What each variable stands for, found out when it is first asked for; "" where this message has no such fact.

    KeyError for what is no variable. The link is left bare for phones to recognise.
    """

    def __init__(self, facts: Facts):
        super().__init__()
        self._facts = facts

    def __missing__(self, name: str) -> str:
        value = _TOLD[name](self._facts)
        is_isolated = value and name != "link" and translation.get_language_bidi()
        self[name] = ISOLATE % value if is_isolated else value
        return self[name]


def _case(facts: Facts) -> str:
    if facts.alert.change is None:
        return CaseKind.DAMAGED.label
    return facts.alert.change.case.get_kind_display() if facts.alert.change.case else ""


def _amount(facts: Facts) -> str:
    order, change = facts.alert.order, facts.alert.change
    if change is None:
        return wording.money(order.total, order.currency)
    return wording.money(change.refund.amount, change.refund.currency) if change.refund else ""


def _until(facts: Facts) -> str:
    if facts.trigger is not Trigger.WARRANTY_ENDS or not facts.products:
        return ""
    delivered = facts.delivered_at.astimezone(zone_named(facts.zone)).date()
    return wording.day(warranty_ends(facts.products[0], delivered), today=facts.today)


# By variable, as alerts/texts/variables.py lists them.
_TOLD = {
    "shop": lambda facts: facts.alert.merchant.name,
    "order": lambda facts: facts.alert.order.number,
    "name": lambda facts: facts.alert.order.customer.name,
    "product": lambda facts: facts.products[0].name if facts.products else "",
    "link": lambda facts: facts.link,
    "carrier": lambda facts: facts.carrier,
    "number": lambda facts: facts.shipment.tracking_number if facts.shipment else "",
    "days": lambda facts: wording.promised(facts.window, today=facts.today) if facts.window else "",
    "last": lambda facts: wording.day(facts.window.latest, today=facts.today) if facts.window else "",
    "was": lambda facts: wording.promised(facts.before, today=facts.today) if facts.before else "",
    "when": lambda facts: wording.day_and_clock(facts.delivered_at, facts.zone),
    "case": _case,
    "answer": lambda facts: facts.answer,
    "amount": _amount,
    "until": _until,
}


def carrier_of(shipment: Shipment) -> str:
    """Who carries the parcel, by the name that shoppers know: behind an aggregator, the carrier of the last scan."""
    if import_string(settings.CARRIER_IS_AGGREGATOR)(shipment.carrier):
        behind = shipment.events.exclude(carrier="").order_by("-occurred_at").values_list("carrier", flat=True).first()
        if behind:
            return behind
    return dict(import_string(settings.CARRIER_CHOICES)()).get(shipment.carrier, shipment.carrier)

"""How each trigger happens to an order, by the doors of a running shop. Import once Django is set up.

All goes by one clock: the order is placed on Sunday, 1 March 2026, noon UTC, and promised for 10 and 11 March.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from alerts.triggers import Trigger
from orders.incoming import ConsentData, CustomerData, ItemData, OrderData, ShipmentData
from orders.models import CaseKind, Merchant, Order, Purpose, Shipment
from orders.reasons import Reason
from orders.services.cases import answer_case, close_case, open_case
from orders.services.intake import take_order
from orders.services.order_news import order_cancelled, order_delayed
from orders.services.record_events import reassess
from orders.services.refunds import record_refund
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.builders import a_scan, record, utc

PLACED = utc(2026, 3, 1, 12)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EARLIEST, LATEST = date(2026, 3, 10), date(2026, 3, 11)

# Where the shoppers of a language live.
PLACES = {
    "en": ("GB", "London", "Europe/London"),
    "fi": ("FI", "Helsinki", "Europe/Helsinki"),
    "sv": ("SE", "Stockholm", "Europe/Stockholm"),
    "de": ("DE", "Berlin", "Europe/Berlin"),
    "fr": ("FR", "Paris", "Europe/Paris"),
    "es": ("ES", "Madrid", "Europe/Madrid"),
    "it": ("IT", "Roma", "Europe/Rome"),
    "pl": ("PL", "Warszawa", "Europe/Warsaw"),
    "ar": ("SA", "Riyadh", "Asia/Riyadh"),
}


@dataclass(frozen=True, slots=True)
class Life:
    """One order of one parcel, and the language of its shopper."""

    order: Order
    parcel: Shipment
    language: str


Act = Callable[[Life, datetime], object]
# Acts, and how long after the order was placed.
Story = tuple[tuple[timedelta, Act], ...]


def an_order_of(shop: Merchant, language: str, number: int) -> Life:
    """Taken in as a shop sends it, from a shopper who has agreed to everything. The clock stands at PLACED."""
    country, city, zone = PLACES[language]
    agreed = [
        ConsentData(channel=channel, purpose=purpose, given_at=PLACED, wording="Write to me.")
        for channel in ("email", "sms", "push")
        for purpose in (Purpose.DELIVERY, Purpose.AFTERCARE)
    ]
    told = OrderData(
        number=f"{number}",
        placed_at=PLACED,
        language=language,
        customer=CustomerData(
            name="Aino Virtanen",
            email=f"shopper-{number}@shopper.example",
            phone=f"+35840{number:07}",
            consents=tuple(agreed),
        ),
        items=(ItemData(sku="LAMP", price=Decimal("79.90")),),
        shipments=(
            ShipmentData(
                carrier="dhl-unified",
                tracking_number=f"JD{number:012}",
                origin_country="DE",
                origin_city="Hamburg",
                country=country,
                city=city,
                zone=zone,
                window=PromisedWindow(EARLIEST, LATEST, zone=zone),
            ),
        ),
    )
    order = take_order(shop, told, PLACED)
    return Life(order, order.shipments.get(), language)


def scanned(status: Status, reason: Reason | None = None) -> Act:
    return lambda life, now: record(life.parcel, a_scan(status, at=now, reason=reason), now=now)


def put_off(life: Life, now: datetime) -> None:
    later = PromisedWindow(date(2026, 3, 16), date(2026, 3, 17), zone=life.parcel.zone)
    record(life.parcel, a_scan(Status.IN_TRANSIT, at=now, city="Bremen"), window=later, now=now)


def looked_at(life: Life, now: datetime) -> None:
    """The sweep looks at its risk."""
    reassess(life.parcel.pk, now)


def nearly_there(life: Life, now: datetime) -> None:
    _country, city, _zone = PLACES[life.language]
    record(life.parcel, a_scan(Status.IN_TRANSIT, at=now, city=city, country=life.parcel.destination_country), now=now)


def complained(life: Life, now: datetime) -> None:
    open_case(life.order, CaseKind.DAMAGED, "The shade is broken.", now=now)


def answered(life: Life, now: datetime) -> None:
    answer_case(life.order.cases.get().pk, "We are sending you a new shade today.", now=now)


def settled(life: Life, now: datetime) -> None:
    close_case(life.order.cases.get().pk, now=now)


def paid_back(life: Life, now: datetime) -> None:
    record_refund(life.order, f"R-{life.order.number}", Decimal("19.90"), now=now)


def delayed(life: Life, now: datetime) -> None:
    order_delayed(life.order, now)


def called_off(life: Life, now: datetime) -> None:
    order_cancelled(life.order, now)


def time_passes(life: Life, now: datetime) -> None:
    pass


LEAVES = (DAY, scanned(Status.IN_TRANSIT))
ARRIVES = (2 * DAY, scanned(Status.DELIVERED))


def on_the_way(status: Status, reason: Reason | None = None) -> Story:
    return LEAVES, (2 * DAY, scanned(status, reason))


STORIES: dict[Trigger, Story] = {
    Trigger.ORDER_RECEIVED: (),
    Trigger.ORDER_DELAYED: ((DAY, delayed),),
    Trigger.ORDER_CANCELLED: ((DAY, called_off),),
    Trigger.ANNOUNCED: ((HOUR, scanned(Status.INFO_RECEIVED)),),
    Trigger.SHIPPED: (LEAVES,),
    Trigger.ARRIVING_TOMORROW: (LEAVES, (8 * DAY + 6 * HOUR, time_passes)),
    Trigger.OUT_FOR_DELIVERY: on_the_way(Status.OUT_FOR_DELIVERY),
    Trigger.DELIVERED: (LEAVES, ARRIVES),
    Trigger.LEFT_WITH_NEIGHBOUR: on_the_way(Status.DELIVERED, Reason.DELIVERED_TO_NEIGHBOUR),
    Trigger.LEFT_IN_SAFE_PLACE: on_the_way(Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE),
    Trigger.LEFT_IN_LOCKER: on_the_way(Status.DELIVERED, Reason.DELIVERED_TO_LOCKER),
    Trigger.AT_RISK: (LEAVES, (9 * DAY, looked_at)),
    Trigger.LATE: (LEAVES, (11 * DAY, looked_at)),
    Trigger.PROMISE_REVISED: (LEAVES, (2 * DAY, put_off)),
    Trigger.RECOVERED: (LEAVES, (8 * DAY, looked_at), (8 * DAY + 2 * HOUR, nearly_there)),
    Trigger.EXCEPTION: on_the_way(Status.EXCEPTION, Reason.SECURITY_HOLD),
    Trigger.DAMAGED: on_the_way(Status.EXCEPTION, Reason.DAMAGED),
    Trigger.LOST: on_the_way(Status.EXCEPTION, Reason.LOST),
    Trigger.RETURNING: on_the_way(Status.RETURNING, Reason.REFUSED),
    Trigger.RETURNED: on_the_way(Status.RETURNED),
    Trigger.CANCELLED: on_the_way(Status.CANCELLED),
    Trigger.ATTEMPT_FAILED: on_the_way(Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
    Trigger.ADDRESS_PROBLEM: on_the_way(Status.EXCEPTION, Reason.ADDRESS_INCOMPLETE),
    Trigger.HELD_IN_CUSTOMS: on_the_way(Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS),
    Trigger.DUTIES_DUE: on_the_way(Status.EXCEPTION, Reason.DUTIES_UNPAID),
    Trigger.AVAILABLE_FOR_PICKUP: on_the_way(Status.AVAILABLE_FOR_PICKUP),
    Trigger.PICKUP_REMINDER: (*on_the_way(Status.AVAILABLE_FOR_PICKUP), (5 * DAY, time_passes)),
    Trigger.CASE_OPENED: ((HOUR, complained),),
    Trigger.CASE_ANSWERED: ((HOUR, complained), (2 * HOUR, answered)),
    Trigger.CASE_CLOSED: ((HOUR, complained), (2 * HOUR, answered), (DAY, settled)),
    Trigger.REFUNDED: ((HOUR, paid_back),),
    Trigger.HOW_TO_USE: (LEAVES, ARRIVES, (4 * DAY, time_passes)),
    Trigger.CARE: (LEAVES, ARRIVES, (17 * DAY, time_passes)),
    Trigger.FEEDBACK: (LEAVES, ARRIVES, (8 * DAY, time_passes)),
    Trigger.WARRANTY_ENDS: (LEAVES, ARRIVES, (340 * DAY, time_passes)),
    Trigger.ANNIVERSARY: (LEAVES, ARRIVES, (370 * DAY, time_passes)),
}

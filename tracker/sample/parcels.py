"""The sample's parcels: which life each one leads, and how far it has come when the demo starts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import cycle

from carriers.sandbox import plots
from carriers.sandbox.lives import Life
from carriers.sandbox.plots import OUT, Route
from orders.reasons import Reason
from orders.windows import PromisedWindow
from tracker.sample.shops import SHOPPERS, Shop, Shopper

# What happened so far, as (plot, hours since the label, the plot's arguments).
SO_FAR = (
    (plots.label_only, 5, {}),
    (plots.delivered, 10, {}),
    (plots.delivered, 20, {}),
    (plots.delivered, 34, {}),
    (plots.delivered, 46, {}),
    (plots.delivered, 52, {}),
    (plots.delivered, 60, {"left": Reason.DELIVERED_TO_NEIGHBOUR}),
    (plots.delivered, 90, {"left": Reason.DELIVERED_TO_SAFE_PLACE}),
    (plots.delivered, 140, {}),
    (plots.attempt_failed, 52, {}),
    (plots.attempt_failed, 51, {"reason": Reason.BUSINESS_CLOSED}),
    (plots.attempt_failed, 80, {}),
    (plots.customs_hold, 40, {}),
    (plots.customs_hold, 44, {"reason": Reason.DUTIES_UNPAID}),
    (plots.customs_hold, 80, {}),
    (plots.goes_silent, 30, {}),
    (plots.goes_silent, 24 * 9, {}),
    (plots.returned_to_sender, 60, {}),
    (plots.returned_to_sender, 120, {}),
    (plots.ready_for_pickup, 56, {}),
    (plots.ready_for_pickup, 54, {"place": Reason.DELIVERED_TO_LOCKER}),
    (plots.late, 40, {}),
    (plots.late, 70, {"reason": Reason.WEATHER}),
    (plots.late, 110, {}),
    (plots.address_problem, 40, {}),
    (plots.delivered, 15, {}),
    (plots.delivered, 28, {}),
)

# Nothing is spoilt by a little patience: the first checks are spread over these seconds.
SPREAD = 12
# The parcels to watch, in seconds after the start.
MOVES_BY_CALLBACK, MOVES_BY_POLL, FOUND_AT_RISK = 30, 15, 18
UNDER_WAY, PROMISED_IN = 20, timedelta(hours=6)
# It belongs to the order of the parcel before it.
OTHER_HALF = "other half of the order"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One order's parcel. `part` names the role it plays in the demo, empty for the crowd."""

    shop: Shop
    shopper: Shopper
    order_number: str
    life: Life
    promised: PromisedWindow
    first_check_at: datetime
    part: str = ""


def parcels_of(shop: Shop, start: datetime) -> Iterator[Parcel]:
    """The shop's parcels as they stand when the demo starts, those to watch first."""
    for index, told in enumerate((*_to_watch(shop, start), *_crowd(shop, start))):
        part, shopper, carrier, plot, label_at, arguments, check_after = told
        number = tracking_number(carrier, shop, index)
        life = plot(
            Route(carrier, number, label_at, shop.warehouse, shopper.home, service=SERVICES[carrier]), **arguments
        )
        yield Parcel(
            shop=shop,
            shopper=shopper,
            order_number=f"{shop.slug[0].upper()}{1001 + index - (part == OTHER_HALF)}",
            life=life,
            promised=replace(life.promised, latest=life.promised.latest + timedelta(days=1)),
            first_check_at=start + timedelta(seconds=check_after),
            part=part,
        )


SERVICES = {"dhl-unified": "parcel-de", "ups": "UPS Standard", "fedex": "FedEx International Priority"}


def tracking_number(carrier: str, shop: Shop, index: int) -> str:
    """A number in the carrier's own shape."""
    digits = f"{ord(shop.slug[0]) % 10}{index:06}"
    return {"dhl-unified": f"0034043416{digits:0>10}", "ups": f"1Z999AA1{digits:0>10}", "fedex": f"77{digits:0>10}"}[
        carrier
    ]


def _to_watch(shop: Shop, start: datetime):
    finnish, english, german, arabic, *_more = SHOPPERS
    pushed, polled = shop.pushed[0], "fedex"
    out_soon = start + timedelta(seconds=MOVES_BY_CALLBACK) - timedelta(hours=OUT)
    under_way = start - timedelta(hours=UNDER_WAY)
    yield "moves by callback", english, pushed, plots.delivered, out_soon, {}, 2
    yield "moves by poll", german, polled, plots.delivered, under_way, {}, MOVES_BY_POLL
    yield "found at risk", finnish, pushed, _cannot_make_it, under_way, {}, FOUND_AT_RISK
    yield "found at risk too", arabic, polled, _cannot_make_it, under_way, {}, FOUND_AT_RISK
    yield "half of an order", english, polled, plots.delivered, under_way, {}, MOVES_BY_POLL
    yield OTHER_HALF, english, polled, plots.delivered, under_way, {}, MOVES_BY_POLL


def _crowd(shop: Shop, start: datetime):
    shoppers, carriers = cycle(SHOPPERS), cycle(shop.carriers)
    for index, (plot, hours, arguments) in enumerate(SO_FAR):
        label_at = start - timedelta(hours=hours)
        yield "", next(shoppers), next(carriers), plot, label_at, arguments, index * SPREAD / len(SO_FAR)


def _cannot_make_it(route: Route) -> Life:
    """Still far away, though the carrier promised it for the next hours: the moment to write."""
    due = (route.started_at + timedelta(hours=UNDER_WAY) + PROMISED_IN).astimezone(route.destination.timezone)
    window = PromisedWindow(due.date(), due.date(), to_time=due.time().replace(microsecond=0), zone=str(due.tzinfo))
    return replace(route.life(*route.departure()), promised=window)

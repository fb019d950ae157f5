"""Making a promise by a rule: cut-off, handling and transit days, counted by the calendars of both ends. Pure.

The steps, each of them kept so that the promise can be explained:

1. An order counts from its day at the warehouse, from the next one once the cut-off has struck, and from the first
   working day of the warehouse from there on.
2. It is ready after the handling days, and handed over on the first day from then on on which the carrier collects.
3. By noon of that day it is on its way. Across the date line this is another day at the destination, whose calendar
   counts from here.
4. A day counts as transit if the carrier works on it and it is a public holiday at neither end.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from orders.promise.calendar import MONDAY_TO_FRIDAY, ONE_DAY, Closed, WorkingDays
from orders.promise.regions import place_of
from orders.windows import PromisedWindow, zone_named

NOON = time(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where a parcel goes and how; "" where nobody said. `postcode` is in capitals, without spaces and dashes."""

    zone: str
    country: str = ""
    postcode: str = ""
    carrier: str = ""
    service: str = ""

    @property
    def place(self) -> str:
        """Whose public holidays the delivery keeps: the region's where the postcode tells it, else the country's."""
        return place_of(self.country, self.postcode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How long deliveries take that suit the last four fields; "" there is any.

    `zone` and `origin` (a country, or a region such as "DE-BY") are the warehouse's. An order at the cut-off itself is
    late; without a cut-off the whole day counts. Weekdays are 0 for Monday to 6.
    """

    zone: str
    origin: str = ""
    cut_off: time | None = None
    handling_days: int = 0
    transit_min: int = 1
    transit_max: int = 1
    warehouse_weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    carrier_weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    country: str = ""
    postcode_prefix: str = ""
    carrier: str = ""
    service: str = ""

    def suits(self, delivery: Delivery) -> bool:
        return (
            self.country in ("", delivery.country)
            and delivery.postcode.startswith(self.postcode_prefix)
            and self.carrier in ("", delivery.carrier)
            and self.service.casefold() in ("", delivery.service.casefold())
        )

    @property
    def specificity(self) -> tuple[bool, int, bool, bool]:
        """The greater wins: the country, then the longest prefix of the postcode, then the carrier, then the service.

        No two rules of one shop that suit the same delivery have the same, unless they are the same.
        """
        return bool(self.country), len(self.postcode_prefix), bool(self.carrier), bool(self.service)


class What(StrEnum):
    """What a step says of its day."""

    ORDERED = "ordered"
    AFTER_CUT_OFF = "after_cut_off"
    WAREHOUSE_CLOSED = "warehouse_closed"
    NOT_COLLECTED = "not_collected"
    HANDED_OVER = "handed_over"
    NO_TRANSIT = "no_transit"
    EARLIEST = "earliest"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Step:
    """One day on the way to a promise; `holiday_of` is the place whose public holiday it is, where that matters."""

    what: What
    day: date
    holiday_of: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    window: PromisedWindow
    steps: tuple[Step, ...]


def plan_for(rule: Rule, ordered_at: datetime, zone: str, place: str = "") -> Plan:
    """The promise for an order at this aware instant to a place with this zone, and how it came about."""
    handed_over_on, leaving = _hand_over(rule, ordered_at)
    left_on = _left_on(rule, handed_over_on, ordered_at, zone)
    moving = WorkingDays(rule.carrier_weekdays, tuple(dict.fromkeys((rule.origin, place))))
    window, arriving = _window(moving, left_on, rule.transit_min, rule.transit_max, zone)
    return Plan(window, (*leaving, *arriving))


def usual_plan(days_min: int, days_max: int, ordered_at: datetime, zone: str, place: str = "") -> Plan:
    """The promise of a shop without a rule: working days of the destination, after the day of the order there."""
    ordered_on = ordered_at.astimezone(zone_named(zone)).date()
    window, arriving = _window(WorkingDays(places=(place,)), ordered_on, days_min, days_max, zone)
    return Plan(window, (Step(What.ORDERED, ordered_on), *arriving))


def _hand_over(rule: Rule, ordered_at: datetime) -> tuple[date, list[Step]]:
    warehouse = WorkingDays(rule.warehouse_weekdays, (rule.origin,))
    collected = WorkingDays(rule.carrier_weekdays, (rule.origin,))
    ordered_on = ordered_at.astimezone(zone_named(rule.zone)).date()
    too_late = _is_after_cut_off(rule, ordered_at, ordered_on) and not warehouse.closed(ordered_on)
    begun_on, waiting = warehouse.after(ordered_on + ONE_DAY * too_late, 0)
    ready_on, handling = warehouse.after(begun_on, rule.handling_days)
    handed_over_on, standing = collected.after(ready_on, 0)
    return handed_over_on, [
        Step(What.ORDERED, ordered_on),
        *[Step(What.AFTER_CUT_OFF, ordered_on)] * too_late,
        *_closed(What.WAREHOUSE_CLOSED, waiting + handling),
        *_closed(What.NOT_COLLECTED, standing),
        Step(What.HANDED_OVER, handed_over_on),
    ]


def _window(
    days: WorkingDays, since: date, days_min: int, days_max: int, zone: str
) -> tuple[PromisedWindow, list[Step]]:
    earliest, before = days.after(since, days_min)
    latest, between = days.after(earliest, days_max - days_min)
    steps = [
        *_closed(What.NO_TRANSIT, before),
        Step(What.EARLIEST, earliest),
        *_closed(What.NO_TRANSIT, between),
        Step(What.LATEST, latest),
    ]
    return PromisedWindow(earliest, latest, zone=zone), steps


def _is_after_cut_off(rule: Rule, ordered_at: datetime, ordered_on: date) -> bool:
    """Compared as instants: on the day the clocks go back, the cut-off strikes once."""
    if rule.cut_off is None:
        return False
    cut_off = datetime.combine(ordered_on, rule.cut_off, tzinfo=zone_named(rule.zone))
    return ordered_at.timestamp() >= cut_off.timestamp()


def _left_on(rule: Rule, handed_over_on: date, ordered_at: datetime, zone: str) -> date:
    """The destination's date when the parcel is handed over; never before it was ordered."""
    noon = datetime.combine(handed_over_on, NOON, tzinfo=zone_named(rule.zone))
    there = zone_named(zone)
    return max(noon.astimezone(there).date(), ordered_at.astimezone(there).date())


def _closed(what: What, days: list[Closed]) -> list[Step]:
    return [Step(what, closed.day, closed.holiday_of) for closed in days]

"""Invented lives of parcels for `seed_history`: two carriers, six lanes, some slow hubs, and a crowded month.

What happens to a parcel is drawn when it sets out and told scan by scan, so that nothing tells the end too early.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.promise.calendar import MONDAY_TO_FRIDAY, ONE_DAY, WorkingDays
from orders.promise.regions import place_of
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow, zone_named

COUNTRY, ZONE, CUT_OFF = "DE", "Europe/Berlin", time(12)
# In this part of the history Hamburg has more parcels than it can sort.
CROWDED_HUB, CROWDED = "Hamburg", (0.55, 0.75)
CROWDED_FACTOR = 3
LOST_SHARE, NOBODY_HOME_SHARE = 0.001, 0.05
MOST_DAYS_HELD = 3


@dataclass(frozen=True, slots=True)
class Lane:
    """`usual` are the working days the shop promises, `held` the chance to be held up at each hub, and `tells` the
    chance that the carrier says so."""

    carrier: str
    service: str
    country: str
    zone: str
    postcode: str
    hubs: tuple[str, ...]
    usual: tuple[int, int]
    held: float
    tells: float = 0.0


PARCEL, ABROAD, STANDARD = "DHL Paket", "DHL Paket International", "UPS Standard"
LANES = (
    Lane("dhl-unified", PARCEL, "DE", ZONE, "80331", ("Berlin", "München"), (1, 2), 0.06),
    Lane("dhl-unified", ABROAD, "FI", "Europe/Helsinki", "00100", ("Berlin", "Hamburg", "Helsinki"), (3, 4), 0.14),
    Lane("dhl-unified", ABROAD, "FR", "Europe/Paris", "69001", ("Berlin", "Köln", "Lyon"), (3, 4), 0.08),
    Lane("ups", STANDARD, "DE", ZONE, "20095", ("Berlin", "Hamburg"), (1, 2), 0.05),
    Lane("ups", STANDARD, "ES", "Europe/Madrid", "08001", ("Berlin", "Köln", "Barcelona"), (3, 5), 0.12, 0.3),
    Lane("ups", STANDARD, "GB", "Europe/London", "EH11AA", ("Berlin", "Köln", "Edinburgh"), (3, 4), 0.2, 0.3),
)


@dataclass(frozen=True, slots=True)
class Life:
    """One parcel: when it was ordered, and what its carrier tells, each with the instant at which it is learnt."""

    number: int
    lane: Lane
    ordered_at: datetime
    news: tuple[tuple[datetime, TrackingUpdate], ...]

    @property
    def tracking_number(self) -> str:
        return {"ups": f"1Z999AA1{self.number:010}", "dhl-unified": f"0034043416{self.number:010}"}[self.lane.carrier]


def lives(count: int, since: datetime, until: datetime, seed: int = 1) -> Iterator[Life]:
    """So many parcels, ordered evenly between these instants."""
    chosen = random.Random(seed)  # noqa: S311 - a sample, not a secret
    for number in range(count):
        progress = (number + chosen.random()) / count
        lane = chosen.choice(LANES)
        ordered_at = since + (until - since) * progress
        news = tuple(_news(chosen, lane, ordered_at, number, CROWDED[0] <= progress <= CROWDED[1]))
        yield Life(number, lane, ordered_at, news)


def _news(chosen: random.Random, lane: Lane, ordered_at: datetime, number: int, is_crowded: bool):
    for place, (event, window) in enumerate(_scans(chosen, lane, ordered_at, is_crowded)):
        learnt_at = event.occurred_at + timedelta(minutes=chosen.randint(5, 90))
        yield learnt_at, TrackingUpdate(number=str(number), events=(event,), window=window)
        if place and chosen.random() < LOST_SHARE:
            return


def _scans(chosen: random.Random, lane: Lane, ordered_at: datetime, is_crowded: bool):
    """Scans with the new days that the carrier promises with them, or None."""
    moving = WorkingDays(MONDAY_TO_FRIDAY, (COUNTRY, place_of(lane.country, lane.postcode)))
    ordered = ordered_at.astimezone(zone_named(ZONE))
    day = moving.after(ordered.date(), 0 if ordered.hour < CUT_OFF.hour else 1)[0]
    yield _scan(chosen, Status.IN_TRANSIT, day, time(15), ZONE, lane.hubs[0], "Picked up"), None
    for place, hub in enumerate(lane.hubs):
        zone = lane.zone if place == len(lane.hubs) - 1 else ZONE
        day = moving.after(day, 1)[0] if place else day
        yield _scan(chosen, Status.IN_TRANSIT, day, time(8 if place else 18), zone, hub, "Arrived at hub"), None
        if days := _days_held(chosen, lane.held * (CROWDED_FACTOR if is_crowded and hub == CROWDED_HUB else 1)):
            held_until = moving.after(day, days)[0]
            if chosen.random() < lane.tells:
                yield _told(chosen, lane, moving.after(held_until, 1)[0], day, zone, hub)
            day = held_until
        yield _scan(chosen, Status.IN_TRANSIT, day, time(21, 30), zone, hub, "Left hub"), None
    day = moving.after(day, 1)[0]
    yield from _at_the_door(chosen, lane, day, moving)


def _at_the_door(chosen: random.Random, lane: Lane, day: date, moving: WorkingDays):
    city = lane.hubs[-1]
    yield _scan(chosen, Status.OUT_FOR_DELIVERY, day, time(7), lane.zone, city, "Out for delivery"), None
    if chosen.random() < NOBODY_HOME_SHARE:
        yield _scan(chosen, Status.ATTEMPT_FAILED, day, time(11), lane.zone, city, "Nobody was at home"), None
        day = moving.after(day, 1)[0]
    yield _scan(chosen, Status.DELIVERED, day, time(13), lane.zone, city, "Delivered"), None


def _days_held(chosen: random.Random, chance: float) -> int:
    return chosen.randint(1, MOST_DAYS_HELD) if chosen.random() < chance else 0


def _told(chosen, lane: Lane, then: date, day: date, zone: str, hub: str) -> tuple[ParcelEvent, PromisedWindow]:
    """The carrier says that it waits, and promises other days."""
    event = _scan(chosen, Status.EXCEPTION, day, time(22), zone, hub, "Held at hub", Reason.CAPACITY)
    return event, PromisedWindow(then, then + 2 * ONE_DAY, zone=lane.zone)


def _scan(
    chosen, status: Status, day: date, hour: time, zone: str, city: str, words: str, reason: Reason | None = None
) -> ParcelEvent:
    """Within three hours from this one, by the clock of the place."""
    at = datetime.combine(day, hour, tzinfo=zone_named(zone)) + timedelta(minutes=chosen.randint(0, 180))
    return ParcelEvent(status, at, code=words, description=words, location=Location(city=city), reason=reason)

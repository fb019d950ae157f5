"""Parcels as carriers scan them: when each thing happens, and when the carrier first tells of it.

No public set of parcel scans with promises can be had, so this is a model. It follows how parcel networks work
(collected in the afternoon, sorted in the evening, driven overnight, loaded in the morning, handed over by day, no
round on Sunday) and published shares: deliveries that meet an exception 6 to 11 in 100, first attempts that fail 5 to
8 in 100, one label in fifty that is never used. Every share and hour stands below, and none of it is known to the
policies that are compared.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from orders.statuses import Status
from orders.windows import PromisedWindow, zone_named

DAY = timedelta(days=1)

DISTANCES = {"domestic": 0.75, "region": 0.17, "world": 0.08}
ZONES = {"Europe/Berlin": 0.45, "Europe/Helsinki": 0.15, "America/New_York": 0.3, "America/Los_Angeles": 0.1}
FAR_AWAY = "Asia/Shanghai"

# Earliest, latest and likeliest hour, on the clock of the place.
LABEL = (7, 20, 11)
PICKUP = (14, 19.5, 16.5)
EVENING_SORT = (17.5, 23, 20)
NIGHT_SORT = (0, 6, 3)
DEPOT = (2.5, 7, 5)
ROUND_LEAVES = (6, 10, 8)
DOORBELL = (9, 18, 12.5)
EVENING_DOORBELL = (18, 21, 19)
CUSTOMS = (8, 18, 11)
ANY_HOUR = (0, 24, 12)

LABELS_BY_WEEKDAY = (1, 1, 1, 1, 1, 0.4, 0.2)
LABEL_CUT_OFF = 14
TOLD_AT_ONCE, TOLD_AFTER_HOURS = 0.6, 5  # the carrier's computers know the label at once, or hours later
NEVER_HANDED_OVER, LOST = 0.02, 0.004
HANDED_OVER_LATE = {0: 0.85, 1: 0.11, 2: 0.04}  # working days
PICKUP_SCANNED = 0.65
NIGHTS = {"domestic": {1: 0.7, 2: 0.25, 3: 0.05}, "region": {2: 0.35, 3: 0.4, 4: 0.25}}
WORLD_NIGHTS = (5, 14, 8)
HELD_BY_CUSTOMS = 0.2
HELD_UP = {"domestic": 0.07, "region": 0.09, "world": 0.09}
# Where a parcel is held up, and what o'clock it is there then.
HELD_UP_AT = {EVENING_SORT: 0.15, NIGHT_SORT: 0.2, DEPOT: 0.25, DOORBELL: 0.3, ANY_HOUR: 0.1}
HELD_UP_DAYS = {1: 0.6, 2: 0.25, 4: 0.15}
SATURDAY_ROUNDS = 0.6
IN_THE_EVENING = 0.05
ATTEMPT_FAILS = 0.07
TO_THE_SHOP = 0.4  # after a failed attempt; else a second attempt
COLLECTED_AFTER_DAYS = {0: 0.3, 1: 0.35, 2: 0.2, 4: 0.1, 6: 0.05}
RETURNED = 0.01
PROMISE_IS_TOLD, NEW_PROMISE_IS_TOLD = 0.85, 0.6


@dataclass(frozen=True, slots=True)
class Scan:
    """`at` is when it happened, `told_at` when the carrier's API tells of it. `window` is a promise made with it."""

    at: datetime
    told_at: datetime
    status: Status
    window: PromisedWindow | None = None


@dataclass(slots=True)
class Journey:
    """One parcel, from its label to wherever it ends. Instants are aware, in UTC."""

    zone: str
    shop_zone: str
    customs: bool
    created_at: datetime
    told_at: datetime
    window: PromisedWindow | None
    scans: list[Scan] = field(default_factory=list)


def journeys(count: int, first_day: date, days: int, rng: random.Random) -> list[Journey]:
    """So many parcels with labels spread over these days, more of them on working days."""
    calendar = [first_day + DAY * index for index in range(days)]
    weights = [LABELS_BY_WEEKDAY[day.weekday()] for day in calendar]
    return [_Traveller(rng, day).travel() for day in rng.choices(calendar, weights, k=count)]


class _Traveller:
    """Lives one parcel's life, day by day on the clock of wherever it is."""

    def __init__(self, rng: random.Random, label_day: date):
        self.rng, self.day = rng, label_day
        self.distance = self._one_of(DISTANCES)
        self.zone = self._one_of(ZONES)
        self.origin = FAR_AWAY if self.distance == "world" else self.zone
        self.rounds_on_saturday = rng.random() < SATURDAY_ROUNDS
        self.window = None
        self.clock = self._at(LABEL, self.origin)
        told_after = 0 if rng.random() < TOLD_AT_ONCE else min(24, rng.expovariate(1 / TOLD_AFTER_HOURS))
        self.journey = Journey(
            self.zone,
            self.origin,
            customs=self.distance == "world",
            created_at=self.clock,
            told_at=self.clock + timedelta(hours=told_after),
            window=None,
        )

    def travel(self) -> Journey:
        self.nights = self._nights()
        self.journey.window = self._promise(self._count_on(self._handover_day(), self.nights), width=1)
        self._scan(Status.INFO_RECEIVED, self.clock)
        if self.rng.random() < NEVER_HANDED_OVER:
            return self.journey
        self._collected()
        self._on_the_way()
        return self.journey

    # The legs

    def _collected(self):
        self.day = self._handover_day()
        for _late in range(self._one_of(HANDED_OVER_LATE)):
            self.day = _next_working_day(self.day)
        if self.rng.random() < PICKUP_SCANNED:
            self._scan(Status.IN_TRANSIT, self._at(PICKUP, self.origin))
        told = self.rng.random() < PROMISE_IS_TOLD
        window = self._promise(self._count_on(self.day, self.nights)) if told else None
        arrived = self._at(EVENING_SORT, self.origin)
        self._scan(Status.IN_TRANSIT, arrived, window)
        self._scan(Status.IN_TRANSIT, arrived + timedelta(hours=self.rng.uniform(1, 4)))

    def _on_the_way(self):
        held_up_at = self._one_of(HELD_UP_AT) if self.rng.random() < HELD_UP[self.distance] else None
        lost_at = self.rng.randrange(self.nights) if self.rng.random() < LOST else None
        for night in range(self.nights):
            self.day = self._next_day()
            if night == lost_at:
                return
            if night + 1 < self.nights:
                self._through_a_hub(night)
            if night + 1 == max(1, self.nights - 1) and held_up_at in (EVENING_SORT, NIGHT_SORT, ANY_HOUR):
                self._held_up(held_up_at)
        self._at_the_depot(held_up_at)

    def _through_a_hub(self, night):
        """Domestic and regional parcels are sorted every night; those from far away fly, and wait at customs."""
        if self.distance == "world":
            if night == self.nights // 2:
                self._customs()
            elif self.rng.random() < 0.35:
                self._scan(Status.IN_TRANSIT, self._at(ANY_HOUR, self.zone))
            return
        self._scan(Status.IN_TRANSIT, self._at(NIGHT_SORT, self.zone))
        self._scan(Status.IN_TRANSIT, self._at(EVENING_SORT, self.zone))

    def _customs(self):
        self._scan(Status.IN_TRANSIT, self._at(ANY_HOUR, self.zone))
        if self.rng.random() < HELD_BY_CUSTOMS:
            self.day = _next_working_day(self.day)
            self._scan(Status.EXCEPTION, self._at(CUSTOMS, self.zone))
            for _waiting in range(self._one_of(HELD_UP_DAYS)):
                self.day = _next_working_day(self.day)
        self._scan(Status.IN_TRANSIT, self._at(CUSTOMS, self.zone))

    def _at_the_depot(self, held_up_at):
        self.day = self._round_day(self.day)
        self._scan(Status.IN_TRANSIT, self._at(DEPOT, self.zone))
        if held_up_at == DEPOT:
            self._held_up(ROUND_LEAVES)
            self.day = self._round_day(self.day)
        self._out_for_delivery(on_the_road=held_up_at == DOORBELL)

    def _out_for_delivery(self, on_the_road=False, attempts=1):
        self._scan(Status.OUT_FOR_DELIVERY, self._at(ROUND_LEAVES, self.zone))
        if on_the_road:
            self._held_up(DOORBELL)
            self.day = self._round_day(self.day)
            return self._out_for_delivery(attempts=attempts)
        evening = self.rng.random() < IN_THE_EVENING
        doorbell = self._at(EVENING_DOORBELL if evening else DOORBELL, self.zone)
        if attempts == 1 and self.rng.random() < ATTEMPT_FAILS:
            self._scan(Status.ATTEMPT_FAILED, doorbell)
            return self._after_a_failed_attempt()
        if self.rng.random() < RETURNED:
            self._scan(Status.RETURNING, doorbell + timedelta(hours=4))
            return self._scan(Status.RETURNED, doorbell + self.rng.uniform(2, 6) * DAY)
        return self._scan(Status.DELIVERED, doorbell)

    def _after_a_failed_attempt(self):
        if self.rng.random() < TO_THE_SHOP:
            waiting = self.clock + timedelta(hours=self.rng.uniform(1, 5))
            self._scan(Status.AVAILABLE_FOR_PICKUP, waiting)
            self.day += DAY * self._one_of(COLLECTED_AFTER_DAYS)
            return self._scan(Status.DELIVERED, max(self._at((9, 20, 17), self.zone), waiting + timedelta(hours=1)))
        self.day = self._round_day(self.day + DAY)
        return self._out_for_delivery(attempts=2)

    def _held_up(self, hours):
        """Something goes wrong; the carrier says so, perhaps with a new day, and goes on some days later."""
        at = max(self._at(hours, self.zone), self.clock + timedelta(minutes=20))
        for _waiting in range(self._one_of(HELD_UP_DAYS)):
            self.day = self._next_day()
        told = self.rng.random() < NEW_PROMISE_IS_TOLD
        self._scan(Status.EXCEPTION, at, self._promise(self._round_day(self.day)) if told else None)

    # The calendar

    def _nights(self) -> int:
        if self.distance == "world":
            return round(self.rng.triangular(*WORLD_NIGHTS))
        return self._one_of(NIGHTS[self.distance])

    def _handover_day(self) -> date:
        local = self.journey.created_at.astimezone(zone_named(self.origin))
        in_time = local.weekday() < 5 and local.hour < LABEL_CUT_OFF
        return local.date() if in_time else _next_working_day(local.date())

    def _next_day(self) -> date:
        """Hubs rest from Saturday evening to Sunday evening."""
        day = self.day + DAY
        return day + DAY if day.weekday() == 6 else day

    def _round_day(self, day: date) -> date:
        while day.weekday() == 6 or (day.weekday() == 5 and not self.rounds_on_saturday):
            day += DAY
        return day

    def _count_on(self, day: date, nights: int) -> date:
        for _night in range(nights):
            day += DAY
            day += DAY if day.weekday() == 6 else timedelta()
        return self._round_day(day)

    def _promise(self, day: date, width: int = 0) -> PromisedWindow:
        return PromisedWindow(day, self._round_day(day + DAY * width))

    def _at(self, hours: tuple[float, float, float], zone: str) -> datetime:
        low, high, mode = hours
        minutes = round(self.rng.triangular(low, high, mode) * 60) % (24 * 60)
        seconds = self.rng.randrange(60)
        clock = time(minutes // 60, minutes % 60, seconds, tzinfo=zone_named(zone))
        return datetime.combine(self.day, clock).astimezone(UTC)

    def _scan(self, status: Status, at: datetime, window: PromisedWindow | None = None):
        """Things happen one after the other, whatever the dice say."""
        if self.journey.scans:
            at = max(at, self.journey.scans[-1].at + timedelta(minutes=10))
        self.clock = at
        self.journey.scans.append(Scan(at, max(at, self.journey.told_at), status, window))

    def _one_of(self, shares):
        return self.rng.choices(list(shares), list(shares.values()))[0]


def _next_working_day(day: date) -> date:
    day += DAY
    while day.weekday() >= 5:
        day += DAY
    return day

"""When is a parcel next due? Pure: soon where news is expected, late where nothing can have happened.

A call is worth making once the news that may have come in has waited long enough. How much news an hour is to be
expected follows from what the parcel is waiting for and what o'clock it is there, as parcel networks work everywhere:
collected and sorted in the evening, driven overnight, loaded in the morning of the promised day, handed over by day,
and at rest on Sunday. Where much is expected the wait is short, and when a busy part of the day ends a last look
follows. `manage.py simulate_polling` measures what this is worth.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from orders.promise.risk import RiskState
from orders.statuses import Status
from orders.windows import PromisedWindow, zone_named

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Wait(Enum):
    """What a parcel is waiting for."""

    COLLECTION = "to be collected"
    HUB = "to be sorted, days before it is promised"
    CUSTOMS = "the same, with a customs border on the way"
    ROUND = "the delivery round of its promised day"
    DOORBELL = "the doorbell"
    WAY_ON = "its way on, after trouble"
    COLLECTOR = "somebody to collect it"
    WAY_BACK = "its way back to the shop"
    NOTHING = "nothing"


# The parts of a day, hour by hour.
NIGHT, MORNING, MIDDAY, EVENING = range(4)
PARTS = 6 * [NIGHT] + 4 * [MORNING] + 5 * [MIDDAY] + 8 * [EVENING] + [NIGHT]

# News expected in an hour of the night (from 23), the morning (from 6), the day (from 10), the evening (from 15).
# News that is rare and bad counts for more than it comes.
NEWS_AN_HOUR = {
    Wait.COLLECTION: (0.002, 0.003, 0.015, 0.2),
    Wait.HUB: (0.01, 0.01, 0.006, 0.03),
    Wait.CUSTOMS: (0.003, 0.02, 0.03, 0.01),
    Wait.ROUND: (0.03, 0.6, 0.03, 0.04),
    Wait.DOORBELL: (0.01, 0.05, 0.3, 0.5),
    Wait.WAY_ON: (0.06, 0.2, 0.02, 0.01),
    Wait.COLLECTOR: (0.002, 0.03, 0.06, 0.06),
    Wait.WAY_BACK: (0.005, 0.01, 0.01, 0.01),
    Wait.NOTHING: (0, 0, 0, 0),
}
WAITS = {
    Status.UNKNOWN: Wait.COLLECTION,
    Status.INFO_RECEIVED: Wait.COLLECTION,
    Status.IN_TRANSIT: Wait.HUB,
    Status.EXCEPTION: Wait.WAY_ON,
    Status.ATTEMPT_FAILED: Wait.WAY_ON,
    Status.AVAILABLE_FOR_PICKUP: Wait.COLLECTOR,
    Status.OUT_FOR_DELIVERY: Wait.DOORBELL,
    Status.RETURNING: Wait.WAY_BACK,
    Status.DELIVERED: Wait.NOTHING,
    Status.RETURNED: Wait.NOTHING,
    Status.CANCELLED: Wait.NOTHING,
}

# A parcel that moves is scanned again soon; the longer it is silent beyond this, the longer it may stay so, and a
# label that nobody collects most of all.
SILENT_AFTER = {Wait.HUB: 12 * HOUR, Wait.CUSTOMS: 24 * HOUR}
SILENT_AFTER_ELSEWHERE = 36 * HOUR
MOVING = frozenset({Wait.HUB, Wait.CUSTOMS, Wait.ROUND})
# Loaded in the morning is what came to the depot in the night before.
FRESH_FOR_THE_ROUND, STALE_FOR_THE_ROUND = 12 * HOUR, 0.4
ROUND_WAS_MISSED = 0.6
# A parcel that is to arrive tomorrow must be collected today; others may lie for a while.
COLLECTED_LATER = {2: 0.5}
COLLECTED_MUCH_LATER = 0.35
STILL_HELD = 0.1  # until the day it is promised for
SATURDAY, SUNDAY, AT_REST = 5, 6, 0.1
IN_TROUBLE = 2

# News that may have come in is to have waited so long in all before it is worth a call.
PATIENCE = 2.75 * MINUTE
LONGEST_WAIT = 3 * DAY
STOP_WITHOUT_NEWS = 30 * DAY
STOP_AFTER_FINAL = 7 * DAY

FIRST_RETRY, LAST_RETRY = 2 * MINUTE, 6 * HOUR
# A fresh label is often unknown to its carrier for hours; after days it is rather a wrong number.
NOT_FOUND_LATER = {6 * HOUR: 40 * MINUTE, DAY: 2 * HOUR, 4 * DAY: 6 * HOUR}
NOT_FOUND_AT_LAST = DAY


@dataclass(frozen=True, slots=True)
class PollFacts:
    """What decides when to ask again. Instants are aware; `zone` is the destination's, `shop_zone` the origin's.

    `last_news_at` is when the carrier last said something new, or when the parcel was made known to us. `failures`
    counts the answers in a row that could not be had, `not_found` says the carrier does not know the number (yet).
    `dice`, 0 to 1, spreads parcels that failed together, so that they are not all asked for again together.
    """

    status: Status
    risk: RiskState
    window: PromisedWindow | None
    zone: str
    status_at: datetime | None
    last_news_at: datetime
    shop_zone: str = ""
    customs: bool = False
    failures: int = 0
    not_found: bool = False
    dice: float = 1.0


def next_due(facts: PollFacts, now: datetime, patience: timedelta = PATIENCE) -> datetime | None:
    """The instant at which to ask next, or None when there is nothing left to ask for."""
    if now - facts.last_news_at >= STOP_WITHOUT_NEWS:
        return None
    if facts.status.is_final and facts.status_at and now - facts.status_at >= STOP_AFTER_FINAL:
        return None
    if facts.failures:
        return now + back_off(facts.failures, FIRST_RETRY, LAST_RETRY, facts.dice)
    if facts.not_found:
        return now + _while_not_found(now - facts.last_news_at)
    return _when_news_has_waited(facts, now, patience / HOUR)


def is_urgent(facts: PollFacts, now: datetime) -> bool:
    """Whether this parcel goes first when calls are short: someone is waiting for it, or something is wrong."""
    if facts.status in (Status.OUT_FOR_DELIVERY, Status.EXCEPTION, Status.ATTEMPT_FAILED):
        return True
    due_today = facts.window is not None and _days_left(facts, _local(facts, now)) == 0
    return not facts.status.is_final and (facts.risk.is_trouble or due_today)


def back_off(failures: int, first: timedelta, last: timedelta, dice: float) -> timedelta:
    """How long to wait after so many failures in a row: ever longer, half of it by the dice."""
    whole = min(last, first * 2 ** min(failures - 1, 12))
    return whole / 2 + whole / 2 * dice


def _when_news_has_waited(facts: PollFacts, now: datetime, patience: float) -> datetime:
    """Walk on hour by hour: `come` is the news that has come in, `waited` the hours it has waited in all."""
    at, come, waited = now, 0.0, 0.0
    while at < now + LONGEST_WAIT:
        local = _local(facts, at)
        rate = _news_an_hour(facts, at, local)
        hours = 1 - (local.minute * 60 + local.second) / 3600
        waits = come * hours + rate * hours**2 / 2
        if waited + waits >= patience:
            missing = patience - waited
            return at + HOUR * (2 * missing / (come + (come**2 + 2 * rate * missing) ** 0.5))
        at, come, waited = at + HOUR * hours, come + rate * hours, waited + waits
    return now + LONGEST_WAIT


def _local(facts: PollFacts, at: datetime) -> datetime:
    """On the clock of where the parcel is: the shop's until it is collected, then the destination's."""
    at_the_shop = facts.shop_zone and WAITS[facts.status] is Wait.COLLECTION
    return at.astimezone(zone_named(facts.shop_zone if at_the_shop else facts.zone))


def _news_an_hour(facts: PollFacts, at: datetime, local: datetime) -> float:
    wait, days = _wait(facts, local), _days_left(facts, local)
    part = PARTS[local.hour]
    silence = at - facts.last_news_at
    rate = NEWS_AN_HOUR[wait][part] * _by_promise(wait, days)
    if wait is Wait.ROUND and part == MORNING:
        rate *= 1 if silence <= FRESH_FOR_THE_ROUND else STALE_FOR_THE_ROUND
    else:
        rate *= _not_silent(wait, silence)
    if local.weekday() == SUNDAY or (local.weekday() == SATURDAY and wait is Wait.COLLECTION):
        rate *= AT_REST
    return rate * IN_TROUBLE if facts.risk.is_trouble else rate


def _wait(facts: PollFacts, local: datetime) -> Wait:
    wait = WAITS[facts.status]
    if wait is Wait.HUB and _days_left(facts, local) <= 0:
        return Wait.ROUND
    return Wait.CUSTOMS if wait is Wait.HUB and facts.customs else wait


def _days_left(facts: PollFacts, local: datetime) -> int:
    """Days until the first promised one; 0 on the promised days, and where nothing is promised: today it may come."""
    if facts.window is None or facts.window.earliest <= local.date() <= facts.window.latest:
        return 0
    return (facts.window.earliest - local.date()).days


def _by_promise(wait: Wait, days: int) -> float:
    if wait is Wait.COLLECTION:
        return 1 if days < 2 else COLLECTED_LATER.get(days, COLLECTED_MUCH_LATER)
    if wait is Wait.WAY_ON and days > 0:
        return STILL_HELD
    return ROUND_WAS_MISSED if wait is Wait.ROUND and days < 0 else 1


def _not_silent(wait: Wait, silence: timedelta) -> float:
    usual = SILENT_AFTER.get(wait, SILENT_AFTER_ELSEWHERE)
    return 1 if silence <= usual else (usual / silence) ** (1 if wait in MOVING else 2)


def _while_not_found(age: timedelta) -> timedelta:
    return next((pause for until, pause in NOT_FOUND_LATER.items() if age < until), NOT_FOUND_AT_LAST)

"""When is a parcel next due? Pure: fast where news is expected, slow where nothing can have happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.promise.risk import RiskState
from orders.statuses import Status
from orders.windows import PromisedWindow, zone_named

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# How often to ask while it is day at the destination, by what the parcel is doing.
CADENCE = {
    Status.UNKNOWN: 4 * HOUR,
    Status.INFO_RECEIVED: 4 * HOUR,
    Status.IN_TRANSIT: 3 * HOUR,
    Status.EXCEPTION: 2 * HOUR,
    Status.ATTEMPT_FAILED: 2 * HOUR,
    Status.AVAILABLE_FOR_PICKUP: 4 * HOUR,
    Status.OUT_FOR_DELIVERY: 15 * MINUTE,
    Status.RETURNING: 12 * HOUR,
    Status.DELIVERED: 2 * DAY,
    Status.RETURNED: 2 * DAY,
    Status.CANCELLED: 2 * DAY,
}
ON_PROMISED_DAY = 45 * MINUTE
IN_TROUBLE = HOUR

STOP_WITHOUT_NEWS = 30 * DAY
STOP_AFTER_FINAL = 7 * DAY

# Nobody delivers at night, and a scan in the small hours keeps until morning.
NIGHT_ENDS, NIGHT_STARTS = 5, 22

FIRST_RETRY, LAST_RETRY = 2 * MINUTE, 6 * HOUR
# A fresh label is often unknown to its carrier for hours; after days it is rather a wrong number.
NOT_FOUND_LATER = {1 * DAY: 2 * HOUR, 4 * DAY: 6 * HOUR}
NOT_FOUND_AT_LAST = DAY


@dataclass(frozen=True, slots=True)
class PollFacts:
    """What decides when to ask again. Instants are aware; `zone` is the destination's.

    `last_news_at` is when the carrier last said something new, or when the parcel was made known to us. `failures`
    counts the answers in a row that could not be had, `not_found` says the carrier does not know the number (yet).
    """

    status: Status
    risk: RiskState
    window: PromisedWindow | None
    zone: str
    status_at: datetime | None
    last_news_at: datetime
    failures: int = 0
    not_found: bool = False


def next_due(facts: PollFacts, now: datetime) -> datetime | None:
    """The instant at which to ask next, or None when there is nothing left to ask for."""
    if now - facts.last_news_at >= STOP_WITHOUT_NEWS:
        return None
    if facts.status.is_final and facts.status_at and now - facts.status_at >= STOP_AFTER_FINAL:
        return None
    if facts.failures:
        return now + min(LAST_RETRY, FIRST_RETRY * 2 ** min(facts.failures - 1, 12))
    if facts.not_found:
        return now + _while_not_found(now - facts.last_news_at)
    return _not_at_night(now, now + _cadence(facts, now), facts.zone)


def _cadence(facts: PollFacts, now: datetime) -> timedelta:
    usual = CADENCE[facts.status]
    if facts.status.is_final:
        return usual
    if facts.risk.is_trouble:
        usual = min(usual, IN_TROUBLE)
    if facts.window and facts.window.earliest <= now.astimezone(zone_named(facts.zone)).date() <= facts.window.latest:
        usual = min(usual, ON_PROMISED_DAY)
    return usual


def _while_not_found(age: timedelta) -> timedelta:
    return next((pause for until, pause in NOT_FOUND_LATER.items() if age < until), NOT_FOUND_AT_LAST)


def _not_at_night(now: datetime, due: datetime, zone: str) -> datetime:
    """Move a check that would fall into the destination's night to the morning after."""
    local = due.astimezone(zone_named(zone))
    if NIGHT_ENDS <= local.hour < NIGHT_STARTS:
        return due
    morning = local.replace(hour=NIGHT_ENDS, minute=local.minute, second=local.second)
    if local.hour >= NIGHT_STARTS:
        morning += DAY
    return max(due, morning.astimezone(now.tzinfo))

"""Ways of asking, each a function of what asking has told so far. `pace` 2 asks twice as often."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from carriers.polling import PATIENCE, PollFacts, next_due
from carriers.simulation.journeys import Journey
from orders.promise.risk import RiskState
from orders.statuses import Status
from orders.windows import PromisedWindow

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HARDLY_KNOWN = (Status.UNKNOWN, Status.INFO_RECEIVED)


@dataclass(slots=True)
class Known:
    """What asking has told of one parcel. A policy sees this and the clock, and nothing else."""

    zone: str
    shop_zone: str
    customs: bool
    created_at: datetime
    window: PromisedWindow | None
    last_news_at: datetime
    status: Status = Status.UNKNOWN
    status_at: datetime | None = None

    @classmethod
    def at_first(cls, journey: Journey) -> "Known":
        at = journey.created_at
        return cls(journey.zone, journey.shop_zone, journey.customs, at, journey.window, last_news_at=at)


def doorstep(known: Known, now: datetime, pace: float) -> datetime | None:
    """`carriers.polling.next_due` itself, with its patience scaled."""
    facts = PollFacts(
        status=known.status,
        risk=_risk(known, now),
        window=known.window,
        zone=known.zone,
        shop_zone=known.shop_zone,
        customs=known.customs,
        status_at=known.status_at,
        last_news_at=known.last_news_at,
        not_found=known.status is Status.UNKNOWN,
    )
    return next_due(facts, now, PATIENCE / pace)


def fixed(known: Known, now: datetime, pace: float) -> datetime | None:
    """Every parcel every two hours until it is delivered or 90 days old (karrio 2026.1)."""
    over = known.status is Status.DELIVERED or now - known.created_at >= 90 * DAY
    return None if over else now + 2 * HOUR / pace


def backing_off(known: Known, now: datetime, pace: float) -> datetime | None:
    """3 hours, then 6, 12 and 24 while no news comes; daily for a week after delivery (techSHIP's techTRACK).

    For its first day, a parcel that nobody has collected yet is asked for every 3 hours all the same.
    """
    if now - known.created_at >= 30 * DAY:
        return None
    if known.status is Status.DELIVERED:
        return now + DAY / pace if now - known.status_at < 7 * DAY else None
    fresh = known.status in HARDLY_KNOWN and now - known.created_at < DAY
    quiet = timedelta() if fresh else now - known.last_news_at
    step = next((step for step in (3, 6, 12) if quiet < 2 * step * HOUR), 24)
    return now + step * HOUR / pace


type Policy = Callable[[Known, datetime, float], datetime | None]
POLICIES: dict[str, Policy] = {"fixed 2 h": fixed, "3-6-12-24 h": backing_off, "Doorstep": doorstep}


def _risk(known: Known, now: datetime) -> RiskState:
    """The plainest part of the real estimate: a promise that has passed is late."""
    late = known.window is not None and now >= known.window.ends_at(known.zone)
    return RiskState.LATE if late else RiskState.ON_TRACK

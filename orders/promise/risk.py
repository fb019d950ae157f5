"""Will this parcel miss its promise? Pure: facts in, estimate and state out.

`estimate()` is a first rule and one function, to be replaced by the statistical estimator. `next_state()` holds the
hysteresis: at risk above one threshold, well again only below a lower one.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from orders.promise.calendar import after_working_days
from orders.promise.transit import distance, least_rest, typical_rest
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow


class RiskState(TextChoices):
    ON_TRACK = "on_track", pgettext_lazy("risk", "On track")
    AT_RISK = "at_risk", pgettext_lazy("risk", "At risk")
    LATE = "late", pgettext_lazy("risk", "Late")
    RECOVERED = "recovered", pgettext_lazy("risk", "Recovered")

    @property
    def is_trouble(self) -> bool:
        return self in (RiskState.AT_RISK, RiskState.LATE)


# A label never scanned for four working days, no scan for three (five abroad), and lost after seven or twenty days:
# the thresholds carriers' insurers and shops use.
SILENT_WORKING_DAYS = {"never": 4, "domestic": 3, "region": 3, "world": 5}
LOST_DAYS = {"domestic": 7, "region": 7, "world": 20}

SILENT, LOST = 0.75, 0.95
# Hours of slack that move the odds by a factor of e: the longer the rest of the way, the wider parcels scatter.
LEAST_SPREAD_HOURS, SPREAD_OF_REST = 2, 0.25
HOUR = timedelta(hours=1)
LOOK_AGAIN = timedelta(hours=6)
TIME_TO_ASK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a parcel at one moment. Instants are aware; `zone` is the destination's."""

    status: Status
    window: PromisedWindow | None
    zone: str
    origin: str
    destination: str
    created_at: datetime
    first_scan_at: datetime | None
    last_event_at: datetime | None
    first_attempt_at: datetime | None
    # A carrier knows its own schedule: its promise is doubted for silence and for the hours, not for the distance.
    promised_by_carrier: bool = False
    # Before the carrier was asked, nobody knows whether an old promise was kept.
    carrier_asked: bool = True

    def is_too_early(self, now: datetime) -> bool:
        """The carrier was not asked yet, and there was no time to."""
        return not self.carrier_asked and now < self.created_at + TIME_TO_ASK


@dataclass(frozen=True, slots=True)
class Estimate:
    """The probability of missing the promise, 0 to 1 (None: nothing was promised), and the reason that weighs most."""

    probability: float | None
    reason: Reason | None = None


def estimate(facts: Facts, now: datetime) -> Estimate:
    """How likely the parcel misses its promise, from what is known at `now` only."""
    if facts.window is None or facts.status.is_final or facts.first_attempt_at or facts.is_too_early(now):
        return Estimate(None)
    way = distance(facts.origin, facts.destination)
    by_transit = _too_long(facts, now)
    by_silence = _silence(facts, now, way)
    if by_silence > by_transit:
        return Estimate(by_silence, Reason.SILENCE)
    return Estimate(by_transit, Reason.TRANSIT_TOO_LONG)


def next_state(
    current: RiskState, facts: Facts, estimated: Estimate, now: datetime, *, enter: float, leave: float
) -> tuple[RiskState, Reason | None]:
    """The risk's state after this estimate, and the reason when it is trouble.

    `enter` and `leave` are the merchant's two thresholds. Late is a fact, not an estimate: the window has passed
    without a delivery attempt. A new promise, or an attempt in time, brings a parcel back.
    """
    if facts.window is None or facts.is_too_early(now):
        return RiskState.ON_TRACK, None
    ends_at = facts.window.ends_at(facts.zone)
    if (facts.first_attempt_at or now) >= ends_at:
        # A parcel called back or cancelled has no promise left to miss.
        return (current, None) if _given_up(facts) else (RiskState.LATE, Reason.PROMISE_PASSED)
    if estimated.probability is None:
        return _well(current), None
    if estimated.probability >= enter or (current is RiskState.AT_RISK and estimated.probability > leave):
        return RiskState.AT_RISK, estimated.reason
    return _well(current), None


def next_look(facts: Facts, now: datetime) -> datetime | None:
    """When the state could change without any news; None once it cannot."""
    if facts.window is None or facts.status.is_final or facts.first_attempt_at:
        return None
    way = distance(facts.origin, facts.destination)
    turns = [silent_at(facts, way), facts.window.ends_at(facts.zone), facts.created_at + TIME_TO_ASK]
    return min([turn for turn in turns if turn > now] + [now + LOOK_AGAIN])


def silent_at(facts: Facts, way: str) -> datetime:
    """When the carrier's silence becomes news, in working days of the destination."""
    if facts.last_event_at is None or facts.first_scan_at is None:
        since, days = facts.last_event_at or facts.created_at, SILENT_WORKING_DAYS["never"]
    else:
        since, days = facts.last_event_at, SILENT_WORKING_DAYS[way]
    return after_working_days(since, days, facts.zone, facts.destination)


def _given_up(facts: Facts) -> bool:
    return facts.status in (Status.RETURNING, Status.RETURNED, Status.CANCELLED) and not facts.first_attempt_at


def _well(current: RiskState) -> RiskState:
    """Well again after trouble is worth saying once; well all along is not."""
    return RiskState.ON_TRACK if current is RiskState.ON_TRACK else RiskState.RECOVERED


def _too_long(facts: Facts, now: datetime) -> float:
    """The odds that the usual rest of the way no longer fits, even at a slack of nothing."""
    if facts.last_event_at is None:
        return 0.0  # nobody has said a word yet: only silence can tell
    rest = _rest(facts, now) / HOUR
    slack = (facts.window.ends_at(facts.zone) - now) / HOUR - rest
    spread = LEAST_SPREAD_HOURS + SPREAD_OF_REST * rest
    return 1 / (1 + math.exp(max(-50.0, min(50.0, slack / spread))))


def _rest(facts: Facts, now: datetime) -> timedelta:
    if facts.promised_by_carrier:
        return least_rest(facts.status)
    return typical_rest(
        facts.status, origin=facts.origin, destination=facts.destination, first_scan_at=facts.first_scan_at, now=now
    )


def _silence(facts: Facts, now: datetime, way: str) -> float:
    if facts.last_event_at and now - facts.last_event_at >= timedelta(days=LOST_DAYS[way]):
        return LOST
    return SILENT if now >= silent_at(facts, way) else 0.0

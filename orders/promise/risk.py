"""Will this parcel miss its promise? Pure: facts in, estimate and state out.

`estimate()` asks what the shop's own closed parcels taught; before there are enough of them, a rule from published
figures. `next_state()` holds the hysteresis: at risk above one threshold, well again only below a lower one.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from orders.promise.calendar import after_working_days
from orders.promise.evidence import Evidence, Kind
from orders.promise.parcels import LOOK_AGAIN, OpenParcel, lanes_of
from orders.promise.transit import distance, least_rest, published_late_share, typical_rest, working_days_between
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow

if TYPE_CHECKING:
    from orders.promise.learned import Learned


class RiskState(TextChoices):
    ON_TRACK = "on_track", pgettext_lazy("risk", "On track")
    AT_RISK = "at_risk", pgettext_lazy("risk", "At risk")
    LATE = "late", pgettext_lazy("risk", "Late")
    RECOVERED = "recovered", pgettext_lazy("risk", "Recovered")

    @property
    def is_trouble(self) -> bool:
        return self in (RiskState.AT_RISK, RiskState.LATE)


class Sureness(TextChoices):
    """How sure a shop wants to be before it writes; each stands for two thresholds."""

    SURE = "sure", pgettext_lazy("before we write", "Only when we are sure")
    BALANCED = "balanced", pgettext_lazy("before we write", "When it is more likely than not")
    EARLY = "early", pgettext_lazy("before we write", "Early, rather once too often")

    @property
    def enter(self) -> float:
        """At risk from this probability on."""
        return THRESHOLDS[self][0]

    @property
    def leave(self) -> float:
        """All is well again up to this one."""
        return THRESHOLDS[self][1]


THRESHOLDS = {Sureness.SURE: (0.75, 0.5), Sureness.BALANCED: (0.6, 0.35), Sureness.EARLY: (0.4, 0.2)}

# A label never scanned for four working days, no scan for three (five abroad), and lost after seven or twenty days:
# the thresholds carriers' insurers and shops use. A service known to be silent for longer gets longer, up to a limit.
MOST_SILENT_WORKING_DAYS = 10
SILENT_WORKING_DAYS = {"never": 4, "domestic": 3, "region": 3, "world": 5}
LOST_DAYS = {"domestic": 7, "region": 7, "world": 20}

SILENT, LOST = 0.75, 0.95
# Nine of ten gone is worth a word; so is a way that at most every second parcel makes in time.
MOST_TENTHS, HALF_OF_TENTHS = 8, 5
# Hours of slack that move the odds by a factor of e: the longer the rest of the way, the wider parcels scatter.
LEAST_SPREAD_HOURS, SPREAD_OF_REST = 2, 0.25
HOUR = timedelta(hours=1)
# What has not come so long after its promise is taken to have been lost.
LOST_FOR_GOOD = timedelta(days=30)
TIME_TO_ASK = timedelta(hours=1)
WORTH_KEEPING, LONGEST_COURSE = 0.05, 60


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
    carrier: str = ""
    service: str = ""
    postcode: str = ""
    # Of the last scan.
    city: str = ""

    def is_too_early(self, now: datetime) -> bool:
        """The carrier was not asked yet, and there was no time to."""
        return not self.carrier_asked and now < self.created_at + TIME_TO_ASK


@dataclass(frozen=True, slots=True)
class Estimate:
    """The probability of missing the promise, 0 to 1 (None: nothing was promised), and the reason that weighs most."""

    probability: float | None
    reason: Reason | None = None


def estimate(facts: Facts, now: datetime, learned: "Learned | None" = None) -> Estimate:
    """How likely the parcel misses its promise, from what is known at `now` only."""
    if facts.window is None or facts.status.is_final or facts.first_attempt_at or facts.is_too_early(now):
        return Estimate(None)
    by_transit = learned.chance(learned.row(open_parcel(facts, now))) if learned else _by_rule(facts, now)
    by_silence = _silence(facts, now, learned)
    if by_silence > by_transit:
        return Estimate(by_silence, Reason.SILENCE)
    return Estimate(by_transit, Reason.TRANSIT_TOO_LONG)


def arrival(facts: Facts, now: datetime, learned: "Learned | None") -> tuple[datetime, ...]:
    """When parcels like this one come: at the earliest, likely, at the latest; nothing without a history to go by."""
    if learned is None or facts.window is None or facts.status.is_final or facts.first_attempt_at:
        return ()
    row = learned.row(open_parcel(facts, now))
    return tuple((now + hours * HOUR).replace(microsecond=0) for hours in learned.arrival(row))


def reasons(facts: Facts, now: datetime, learned: "Learned | None" = None) -> tuple[Evidence, ...]:
    """Why the parcel is at risk or late, the plainest first."""
    if facts.window is None:
        return ()
    passed = (Evidence(Kind.PASSED),) * ((facts.first_attempt_at or now) >= facts.window.ends_at(facts.zone))
    if facts.first_attempt_at or facts.status.is_final:
        return passed
    by_transit = _by_others(facts, now, learned) if learned else _by_usual(facts, now)
    return (*passed, *_how_silent(facts, now, learned), *by_transit)


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


def is_over(facts: Facts, state: RiskState, now: datetime) -> bool:
    """Whether it is known how it ended: attempted; or late and given up, by the carrier or after a month of waiting.

    A label that was never scanned is no parcel, and one given up before its promise had passed was not late.
    """
    if facts.first_attempt_at or state is not RiskState.LATE or facts.last_event_at is None:
        return facts.first_attempt_at is not None
    return _given_up(facts) or now >= facts.window.ends_at(facts.zone) + LOST_FOR_GOOD


def continued(course: list, facts: Facts, estimated: Estimate, now: datetime) -> list:
    """The course of estimates up to the end of the promise, with this one if it moved or is the highest."""
    if estimated.probability is None or len(course) >= LONGEST_COURSE:
        return course
    left, probability = (facts.window.ends_at(facts.zone) - now) / HOUR, round(estimated.probability, 2)
    has_moved = not course or abs(course[-1][1] - probability) >= WORTH_KEEPING
    is_highest = probability > max((highest for _, highest in course), default=0)
    return [*course, [round(left, 1), probability]] if left > 0 and (has_moved or is_highest) else course


def next_look(facts: Facts, now: datetime, learned: "Learned | None" = None) -> datetime | None:
    """When the state could change without any news; None once it cannot."""
    if facts.window is None or facts.status.is_final or facts.first_attempt_at:
        return None
    turns = [silent_at(facts, learned), facts.window.ends_at(facts.zone), facts.created_at + TIME_TO_ASK]
    return min([turn for turn in turns if turn > now] + [now + LOOK_AGAIN * HOUR])


def silent_at(facts: Facts, learned: "Learned | None" = None) -> datetime:
    """When the carrier's silence becomes news, in working days of the destination."""
    since, days = facts.last_event_at or facts.created_at, silent_days(facts, learned)
    return after_working_days(since, days, facts.zone, facts.destination)


def silent_days(facts: Facts, learned: "Learned | None" = None) -> int:
    """For this carrier and service: the usual threshold, or a day more than parcels in time are silent there."""
    if facts.first_scan_at is None:
        return SILENT_WORKING_DAYS["never"]
    usual = SILENT_WORKING_DAYS[distance(facts.origin, facts.destination)]
    known = learned.usual_silence(_lanes(facts)) if learned else None
    return usual if known is None else min(max(usual, known + 1), MOST_SILENT_WORKING_DAYS)


def _given_up(facts: Facts) -> bool:
    return facts.status in (Status.RETURNING, Status.RETURNED, Status.CANCELLED) and not facts.first_attempt_at


def _well(current: RiskState) -> RiskState:
    """Well again after trouble is worth saying once; well all along is not."""
    return RiskState.ON_TRACK if current is RiskState.ON_TRACK else RiskState.RECOVERED


def open_parcel(facts: Facts, now: datetime) -> OpenParcel:
    """The parcel as the history sees it."""
    opened = min(facts.created_at, facts.first_scan_at or facts.created_at)
    ends_at = facts.window.ends_at(facts.zone)
    return OpenParcel(
        lanes=_lanes(facts),
        status=facts.status.value,
        city=facts.city,
        promised=(ends_at - opened) / HOUR,
        left=(ends_at - now) / HOUR,
        silence=max((now - (facts.last_event_at or opened)) / HOUR, 0.0),
        is_scanned=facts.last_event_at is not None,
    )


def _lanes(facts: Facts) -> tuple[str, ...]:
    return lanes_of(facts.carrier, facts.service, facts.origin, facts.destination, facts.postcode)


def _by_rule(facts: Facts, now: datetime) -> float:
    """The odds that the usual rest of the way no longer fits, even at a slack of nothing."""
    usual = published_late_share(facts.carrier)
    if facts.last_event_at is None:
        return usual  # nobody has said a word yet: only silence can tell
    spread = LEAST_SPREAD_HOURS + SPREAD_OF_REST * (_rest(facts, now) / HOUR)
    return max(usual, 1 / (1 + math.exp(max(-50.0, min(50.0, _slack(facts, now) / spread)))))


def _slack(facts: Facts, now: datetime) -> float:
    """The hours to spare once the usual rest of the way is made."""
    return (facts.window.ends_at(facts.zone) - now - _rest(facts, now)) / HOUR


def _rest(facts: Facts, now: datetime) -> timedelta:
    if facts.promised_by_carrier:
        return least_rest(facts.status)
    return typical_rest(
        facts.status, origin=facts.origin, destination=facts.destination, first_scan_at=facts.first_scan_at, now=now
    )


def _silence(facts: Facts, now: datetime, learned: "Learned | None") -> float:
    if _is_lost(facts, now):
        return LOST
    return SILENT if now >= silent_at(facts, learned) else 0.0


def _is_lost(facts: Facts, now: datetime) -> bool:
    days = LOST_DAYS[distance(facts.origin, facts.destination)]
    return facts.last_event_at is not None and now - facts.last_event_at >= timedelta(days=days)


# Why


def _how_silent(facts: Facts, now: datetime, learned: "Learned | None") -> list[Evidence]:
    since = facts.last_event_at or facts.created_at
    if _is_lost(facts, now):
        return [Evidence(Kind.LOST, (now - since).days)]
    if now < silent_at(facts, learned):
        return []
    days = working_days_between(since, now, facts.zone, facts.destination)
    return [Evidence(Kind.SILENT if facts.first_scan_at else Kind.NEVER_SCANNED, days)]


def _by_others(facts: Facts, now: datetime, learned: "Learned") -> list[Evidence]:
    """How other parcels of the shop fared from here."""
    parcel = open_parcel(facts, now)
    left_hub, in_time = _tenths(learned.has_left(parcel)), _tenths(learned.in_time(learned.row(parcel)))
    evidence = []
    if left_hub >= MOST_TENTHS:
        evidence.append(Evidence(Kind.LEFT_HUB, left_hub, {"city": facts.city}))
    if in_time <= HALF_OF_TENTHS and parcel.left > 0:
        evidence.append(Evidence(Kind.IN_TIME, in_time))
    return evidence


def _by_usual(facts: Facts, now: datetime) -> list[Evidence]:
    """The published time for the rest of the way, where it no longer fits."""
    if facts.last_event_at is None or _slack(facts, now) >= 0:
        return []
    return [Evidence(Kind.USUAL_REST, max(round(_rest(facts, now) / HOUR), 1))]


def _tenths(share: float) -> int:
    """Rounded down: "9 of 10" means nine at least."""
    return int(share * 10)

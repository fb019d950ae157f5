"""Whether a message is sent, waits or is not sent: the rules. Of each table the first rule that fits decides.

The rules are pure; `alerts/background.py` reads the facts. They are asked when a message is planned and once more when
it is sent: news grows old, shoppers look at the page, and unsubscribing must win.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from alerts.limits import is_enough, spaced_until
from alerts.quiet import Pace, opens_at, released_at
from alerts.states import Held, Why
from alerts.triggers import DELAYS, PROBLEMS, Group, Trigger
from orders.models import Purpose
from orders.reasons import Reason
from orders.windows import zone_named

STALE = timedelta(days=3)
# The parcels of a split order are scanned one after the other: one message tells them all.
GATHERING = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class News:
    """What happened. Instants are aware; `happened_at` is in the world, `learnt_at` when Doorstep knew.

    `latest` is the last day promised now. `still_true` is False once newer news tells something else, `is_backfill`
    that the parcel had stood still for days when it was first heard of. `refused` is why the shop's own manners forbid
    it, `others_open` that other parcels of the order are under way, `in_trouble` that something is wrong with it,
    `is_restated` that the headline stayed and only its reason is new.
    """

    trigger: Trigger
    reason: Reason | None
    happened_at: datetime
    learnt_at: datetime
    still_true: bool
    latest: date | None
    is_backfill: bool = False
    refused: Why | None = None
    others_open: bool = False
    in_trouble: bool = False
    is_restated: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether somebody may be written to by one channel, as it is at this moment."""

    address: str
    is_ready: bool
    has_consent: bool
    is_suppressed: bool
    can_be_reached: bool = True


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom it would be told, by one channel. What they have been told counts what may have reached them.

    `told` is what was told about the same promise, `told_problems` what held the parcel up ("" for a problem without
    a reason), `told_again` what a corrected parcel's right carrier reports once more and what was told of the whole
    order, `knows_latest` the last day they were ever told of, `told_at` when they were written to about this order.
    `zone` is where they read, `paused_until` when they want to hear of the shop again, and `message` the number that
    chooses when a message is released.
    """

    seen_at: datetime | None
    told: frozenset[Trigger] = frozenset()
    told_problems: frozenset[str] = frozenset()
    told_again: frozenset[Trigger] = frozenset()
    was_warned: bool = False
    knows_latest: date | None = None
    told_at: tuple[datetime, ...] = ()
    pace: Pace = Pace()  # noqa: RUF009 - frozen
    zone: str = "UTC"
    is_unwanted: bool = False
    paused_until: datetime | None = None
    message: UUID = UUID(int=0)  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now: wait until then, and be judged again."""

    held: Held
    until: datetime


Rule = tuple[Why, Callable[[News, Reader, datetime], bool]]
Wait = tuple[Held, Callable[[News, Reader, datetime], datetime | None]]

UNREACHABLE: tuple[tuple[Why, Callable[[Reach], bool]], ...] = (
    (Why.NOT_SET_UP, lambda reach: not reach.is_ready),
    (Why.NO_ADDRESS, lambda reach: not reach.address),
    (Why.NOT_MOBILE, lambda reach: not reach.can_be_reached),
    # Before the consent, which STOP takes back too.
    (Why.UNSUBSCRIBED, lambda reach: reach.is_suppressed),
    (Why.NO_CONSENT, lambda reach: not reach.has_consent),
)

# What the shop and the shopper chose.
CHOSEN: tuple[Rule, ...] = (
    (Why.SWITCHED_OFF, lambda news, reader, now: news.refused is Why.SWITCHED_OFF or not reader.pace.is_on),
    (Why.BEFORE_SWITCH, lambda news, reader, now: news.refused is Why.BEFORE_SWITCH),
    (Why.NOT_FOR_THIS, lambda news, reader, now: news.refused is not None),
    (Why.UNWANTED, lambda news, reader, now: reader.is_unwanted),
)

WHEN_PLANNED: tuple[Rule, ...] = (
    *CHOSEN,
    (Why.OLD_NEWS, lambda news, reader, now: now - news.happened_at > STALE),
    (Why.BACKFILL, lambda news, reader, now: news.is_backfill),
    (Why.OVERTAKEN, lambda news, reader, now: not news.still_true),
    (Why.ONLY_A_DELAY, lambda news, reader, now: news.trigger is Trigger.EXCEPTION and news.reason in DELAYS),
    (Why.TOLD_BEFORE, lambda news, reader, now: _was_told(news, reader)),
    (Why.NEVER_WARNED, lambda news, reader, now: news.trigger is Trigger.RECOVERED and not reader.was_warned),
)

# What follows some time later is judged by the day on which it is due, and planned unless it can never be sent.
WHEN_PLANNED_FOR_LATER: tuple[Rule, ...] = (*CHOSEN, (Why.BACKFILL, lambda news, reader, now: news.is_backfill))

WORTH_TELLING: tuple[Rule, ...] = (
    *CHOSEN,
    (Why.OLD_NEWS, lambda news, reader, now: now - news.happened_at > STALE and not _is_a_task(news)),
    (Why.IN_TROUBLE, lambda news, reader, now: news.in_trouble and _is_aftercare(news)),
    (Why.OVERTAKEN, lambda news, reader, now: not news.still_true),
    (Why.SEEN, lambda news, reader, now: news.trigger.manners.skipped_when_seen and _has_seen(news, reader)),
)

WHEN_SENT: tuple[Rule, ...] = (
    *WORTH_TELLING,
    (Why.ENOUGH_TODAY, lambda news, reader, now: _is_enough(news, reader, now)),
)

HOLDS: tuple[Wait, ...] = (
    (Held.PAUSED, lambda news, reader, now: reader.paused_until),
    (Held.QUIET_HOURS, lambda news, reader, now: _quiet_until(news, reader, now)),
    (Held.GATHERING, lambda news, reader, now: _gathered_at(news, reader, now)),
    (Held.SPACING, lambda news, reader, now: _spaced_until(news, reader, now)),
)


def judge(rules: tuple[Rule, ...], news: News, reader: Reader, now: datetime) -> Why | None:
    """Why the message must not be sent, or None when it may."""
    return next((why for why, fits in rules if fits(news, reader, now)), None)


def out_of_reach(reach: Reach) -> Why | None:
    """Why nobody can or may be written to there, or None. Asked when planned, and again just before the network."""
    return next((why for why, fits in UNREACHABLE if fits(reach)), None)


def hold(news: News, reader: Reader, now: datetime) -> Hold | None:
    """Why and until when the message must wait, or None when it may be sent now."""
    waits = ((held, until(news, reader, now)) for held, until in HOLDS)
    return next((Hold(held, instant) for held, instant in waits if instant), None)


def _is_a_task(news: News) -> bool:
    """What was planned in time and is still to be done is worth telling however long it waited."""
    return news.trigger.manners.group is Group.TASKS


def _is_aftercare(news: News) -> bool:
    return news.trigger.manners.group.purpose is Purpose.AFTERCARE


def _was_told(news: News, reader: Reader) -> bool:
    if news.trigger is Trigger.PROMISE_REVISED and reader.knows_latest:
        return news.latest <= reader.knows_latest
    if news.trigger in PROBLEMS:
        return (news.reason or "") in reader.told_problems
    is_once = news.trigger.manners.once_per_promise or news.is_restated
    return news.trigger in reader.told_again or (is_once and news.trigger in reader.told)


def _has_seen(news: News, reader: Reader) -> bool:
    return reader.seen_at is not None and reader.seen_at > news.learnt_at


def _is_enough(news: News, reader: Reader, now: datetime) -> bool:
    most = reader.pace.most_a_day
    if most is None or news.trigger.manners.breaks_budget:
        return False
    return is_enough(reader.told_at, most, reader.zone, now)


def _quiet_until(news: News, reader: Reader, now: datetime) -> datetime | None:
    if news.trigger.manners.breaks_quiet and _is_of_today(news, reader, now):
        return None
    opening = opens_at(reader.pace, reader.zone, now)
    return opening and released_at(reader.pace, opening, reader.message)


def _is_of_today(news: News, reader: Reader, now: datetime) -> bool:
    tz = zone_named(reader.zone)
    return news.happened_at.astimezone(tz).date() == now.astimezone(tz).date()


def _gathered_at(news: News, reader: Reader, now: datetime) -> datetime | None:
    until = news.learnt_at + GATHERING
    gathers = news.trigger.manners.gathers and news.others_open and reader.pace.is_for_people
    return until if gathers and now < until else None


def _spaced_until(news: News, reader: Reader, now: datetime) -> datetime | None:
    """What cannot wait does not."""
    if news.trigger.manners.breaks_budget or not reader.pace.is_for_people:
        return None
    return spaced_until(reader.told_at, now)

"""Whether a message should be sent: what is known about it, and the rules. The first rule that fits decides.

The rules are pure. They are asked when a message is planned and, some of them, once more when it is sent: news grows
old, shoppers look at the page, and unsubscribing must win.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from alerts.channels import channel
from alerts.consent import is_suppressed
from alerts.models import Alert
from alerts.states import WENT_OUT, State, Why
from alerts.triggers import DELAYS, WARNINGS, Trigger
from orders.models import ChangeKind, RiskState, Shipment, StatusChange
from orders.reasons import Reason
from orders.services.promises import first_promise
from orders.statuses import Status

STALE = timedelta(days=3)

# A headline that moved on makes the old news untrue, but for these: the driver was there all the same.
STILL_WORTH_SAYING = {(Status.ATTEMPT_FAILED, Status.IN_TRANSIT)}


@dataclass(frozen=True, slots=True)
class News:
    """What happened. Instants are aware; `happened_at` is in the world, `learnt_at` when Doorstep knew.

    `latest` is the last day promised now. `still_true` is False once newer news tells something else; `is_first` marks
    the first news of this parcel, and `parcel_moved_at` its last scan.
    """

    trigger: Trigger
    reason: Reason | None
    happened_at: datetime
    learnt_at: datetime
    still_true: bool
    is_first: bool
    parcel_moved_at: datetime | None
    latest: date | None


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom it would be told, by one channel. What they have been told counts what may have reached them.

    `told` is what was told about the same promise, `told_problems` what held the parcel up ("" for a problem without
    a reason), `told_again` what a corrected parcel's right carrier reports once more, `knows_latest` the last day they
    were ever told of.
    """

    address: str
    is_ready: bool
    has_consent: bool
    is_suppressed: bool
    seen_at: datetime | None
    told: frozenset[Trigger] = frozenset()
    told_problems: frozenset[str] = frozenset()
    told_again: frozenset[Trigger] = frozenset()
    was_warned: bool = False
    knows_latest: date | None = None


Rule = tuple[Why, Callable[[News, Reader, datetime], bool]]

REACHABLE: tuple[Rule, ...] = (
    (Why.NOT_SET_UP, lambda news, reader, now: not reader.is_ready),
    (Why.NO_ADDRESS, lambda news, reader, now: not reader.address),
    (Why.NO_CONSENT, lambda news, reader, now: not reader.has_consent),
    (Why.UNSUBSCRIBED, lambda news, reader, now: reader.is_suppressed),
)

WHEN_PLANNED: tuple[Rule, ...] = (
    (Why.OLD_NEWS, lambda news, reader, now: now - news.happened_at > STALE),
    (Why.BACKFILL, lambda news, reader, now: _is_backfill(news)),
    (Why.OVERTAKEN, lambda news, reader, now: not news.still_true),
    (Why.ONLY_A_DELAY, lambda news, reader, now: news.trigger is Trigger.EXCEPTION and news.reason in DELAYS),
    (Why.TOLD_BEFORE, lambda news, reader, now: _was_told(news, reader)),
    (Why.NEVER_WARNED, lambda news, reader, now: news.trigger is Trigger.RECOVERED and not reader.was_warned),
    *REACHABLE,
)

WHEN_SENT: tuple[Rule, ...] = (
    *REACHABLE,
    (Why.OLD_NEWS, lambda news, reader, now: now - news.happened_at > STALE),
    (Why.OVERTAKEN, lambda news, reader, now: not news.still_true),
    (Why.SEEN, lambda news, reader, now: news.trigger.manners.skipped_when_seen and _has_seen(news, reader)),
)

# A test that staff send themselves is judged by nothing but whether it may be sent there.
WHEN_TESTED = REACHABLE


def judge(rules: tuple[Rule, ...], news: News | None, reader: Reader, now: datetime) -> Why | None:
    """Why the message must not be sent, or None when it may."""
    return next((why for why, fits in rules if fits(news, reader, now)), None)


def judge_again(alert: Alert, now: datetime) -> Why | None:
    """The same at the moment of sending, from what is known then."""
    if alert.is_test:
        return judge(WHEN_TESTED, None, reader_of(alert), now)
    return judge(WHEN_SENT, news_of(alert), reader_of(alert), now)


def news_of(alert: Alert) -> News:
    """What is known of the news that `alert`, saved or not, would tell."""
    change, shipment = alert.change, alert.shipment
    return News(
        trigger=Trigger(alert.trigger),
        reason=Reason(change.reason) if change.reason else None,
        happened_at=_happened_at(change, shipment),
        learnt_at=change.created_at,
        still_true=_still_true(change, shipment),
        is_first=not shipment.changes.filter(created_at__lt=change.created_at).exists(),
        parcel_moved_at=shipment.last_event_at,
        latest=change.promise.latest if change.promise else None,
    )


def reader_of(alert: Alert) -> Reader:
    """What is known of the one whom `alert`, saved or not, would tell."""
    way, customer = channel(alert.channel), alert.customer
    promise_id = alert.change.promise_id if alert.change else None
    planned = _told_so_far(alert)
    went_out = [told for told in planned if told.state in WENT_OUT]
    return Reader(
        address=alert.address,
        is_ready=way.is_ready(alert.merchant),
        has_consent=customer is None or way.has_consent(customer),
        is_suppressed=is_suppressed(alert.merchant, alert.channel, alert.address),
        seen_at=alert.shipment.seen_at,
        told=frozenset(Trigger(told.trigger) for told in planned if told.change.promise_id == promise_id),
        told_problems=frozenset(told.change.reason for told in planned if _is_of_this_parcel(told, alert)),
        told_again=frozenset(Trigger(told.trigger) for told in planned if _is_told_again(told, alert)),
        was_warned=any(told.trigger in WARNINGS for told in went_out),
        knows_latest=_latest_known(alert.shipment, went_out),
    )


def _is_backfill(news: News) -> bool:
    return news.is_first and news.parcel_moved_at is not None and news.learnt_at - news.parcel_moved_at > STALE


def _was_told(news: News, reader: Reader) -> bool:
    if news.trigger is Trigger.PROMISE_REVISED and reader.knows_latest:
        return news.latest <= reader.knows_latest
    if news.trigger is Trigger.EXCEPTION:
        return (news.reason or "") in reader.told_problems
    return news.trigger in reader.told_again or (news.trigger.manners.once_per_promise and news.trigger in reader.told)


def _has_seen(news: News, reader: Reader) -> bool:
    return reader.seen_at is not None and reader.seen_at > news.learnt_at


def _happened_at(change: StatusChange, shipment: Shipment) -> datetime:
    """Becoming late is noticed at any time after; it happened when the promise passed."""
    if change.kind == ChangeKind.RISK and change.new == RiskState.LATE and change.promise:
        return min(change.occurred_at, change.promise.window.ends_at(shipment.zone))
    return change.occurred_at


def _still_true(change: StatusChange, shipment: Shipment) -> bool:
    """Nothing that came after this change tells otherwise."""
    status = Status(shipment.status)
    if change.kind == ChangeKind.STATUS:
        return status == change.new or (change.new, status) in STILL_WORTH_SAYING
    if status.is_final:
        return False
    if change.kind == ChangeKind.PROMISE:
        return shipment.promise_id == change.promise_id
    was_put_off = shipment.promise and change.promise and shipment.promise.latest > change.promise.latest
    return shipment.risk == change.new and not was_put_off


def _told_so_far(alert: Alert) -> list[Alert]:
    """What was or will be told to the same address of the same parcel; tests do not count."""
    return list(
        Alert.objects.filter(shipment=alert.shipment, channel=alert.channel, address=alert.address, is_test=False)
        .exclude(state__in=(State.SUPPRESSED, State.FAILED))
        .select_related("change__promise")
        .defer("body_text", "body_html", "error_detail")
    )


def _is_of_this_parcel(told: Alert, alert: Alert) -> bool:
    """A problem that the right carrier reported, or the wrong one but of the same parcel."""
    corrected_at = alert.shipment.corrected_at
    return told.trigger == Trigger.EXCEPTION and (
        corrected_at is None or told.created_at >= corrected_at or _is_told_again(told, alert)
    )


def _is_told_again(told: Alert, alert: Alert) -> bool:
    """The carrier was corrected: what happened before the message, and that the parcel left, was told by it."""
    if alert.change is None or alert.shipment.corrected_at is None:
        return False
    return told.trigger == Trigger.SHIPPED or told.created_at >= _happened_at(alert.change, alert.shipment)


def _latest_known(shipment: Shipment, went_out: list[Alert]) -> date | None:
    """The last day the reader was told of: by the order itself, or by a message since."""
    promises = [first_promise(shipment), *(told.change.promise for told in went_out)]
    return max((promise.latest for promise in promises if promise), default=None)

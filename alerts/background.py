"""What a message is judged by, read from the database: about one order, each question asked once."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cached_property

from django.db.models import Q

from alerts.channels import channel
from alerts.consent import is_suppressed
from alerts.followups import is_still_due
from alerts.judgement import STALE, News, Reach, Reader
from alerts.manners import Rule, refused_by, rules_for
from alerts.models import Alert, Preference
from alerts.preferences import is_unwanted, paused_until
from alerts.quiet import Pace, paces_of
from alerts.states import WENT_OUT, State, Why
from alerts.triggers import FOLLOW_UPS, NOT_LEFT, PROBLEMS, WARNINGS, Trigger
from orders.models import ChangeKind, Merchant, Order, RiskState, Shipment, StatusChange
from orders.models.shipment import OF_THE_PARCEL
from orders.reasons import Reason
from orders.services.promises import first_promise
from orders.statuses import Status

# A headline that moved on makes the old news untrue, but for these: the driver was there all the same.
STILL_WORTH_SAYING = {(Status.ATTEMPT_FAILED, Status.IN_TRANSIT)}


class Background:
    """What is known at `now` of one order, whose merchant and customer are loaded, and of what was said about it."""

    def __init__(self, order: Order, now: datetime):
        self.order, self.merchant, self.customer, self.now = order, order.merchant, order.customer, now
        self._asked: dict[tuple, object] = {}

    @cached_property
    def rules(self) -> dict[Trigger, Rule]:
        return rules_for(self.merchant)

    @cached_property
    def paces(self) -> dict[str, Pace]:
        return paces_of(self.merchant)

    @cached_property
    def told(self) -> list[Alert]:
        """What was or will be told about the order, by itself or together with another parcel's news. No tests."""
        alerts = list(
            Alert.objects.filter(
                ~Q(state=State.SUPPRESSED) | Q(reason=Why.TOLD_TOGETHER), order=self.order, is_test=False
            )
            .exclude(state=State.FAILED)
            .select_related("change__promise")
            .defer("body_text", "body_html", "error_detail")
        )
        by_id = {alert.pk: alert for alert in alerts}
        for alert in alerts:
            if alert.reason == Why.TOLD_TOGETHER and alert.told_in_id in by_id:
                alert.state = by_id[alert.told_in_id].state
        return [alert for alert in alerts if alert.state != State.SUPPRESSED]

    def may_gather(self, alert: Alert) -> bool:
        """Whether other parcels of the order may be told in the same message."""
        gathers = Trigger(alert.trigger).manners.gathers and self.paces[alert.channel].is_for_people
        return gathers and len(self._parcels) > 1

    def addresses(self, way: str) -> list[str]:
        return self._once(("addresses", way), lambda: channel(way).addresses_for(self.order))

    def news_of(self, alert: Alert) -> News:
        """What is known of the news that `alert`, saved or not, would tell."""
        trigger, change, shipment = Trigger(alert.trigger), alert.change, alert.shipment
        return News(
            trigger=trigger,
            reason=Reason(change.reason) if change.reason else None,
            happened_at=alert.due_at if trigger in FOLLOW_UPS else happened_at(change, shipment),
            learnt_at=change.created_at,
            still_true=self._once(("true", trigger, change.pk), lambda: self._is_still_true(alert)),
            latest=change.promise.latest if change.promise else None,
            is_backfill=self._once(("backfill", change.pk), lambda: _is_backfill(change, shipment)),
            refused=refused_by(self.rules[trigger], self.order, shipment),
            others_open=trigger.manners.gathers and self._are_others_open(shipment),
            in_trouble=trigger in FOLLOW_UPS and self._is_in_trouble,
            is_restated=change.kind == ChangeKind.STATUS and change.old == change.new,
        )

    def reader_of(self, alert: Alert) -> Reader:
        """What is known of the one whom `alert`, saved or not, would tell."""
        here = [told for told in self.told if (told.channel, told.address) == (alert.channel, alert.address)]
        here = [told for told in here if told.pk != alert.pk]
        planned = [told for told in here if told.shipment_id == alert.shipment_id]
        went_out = [told for told in planned if told.state in WENT_OUT]
        return Reader(
            seen_at=alert.shipment and alert.shipment.seen_at,
            told=frozenset(_trigger(told) for told in planned if told.change.promise_id == alert.change.promise_id),
            told_problems=frozenset(told.change.reason for told in planned if _is_of_this_parcel(told, alert)),
            told_again=_told_by_order(here) | {_trigger(told) for told in planned if _is_told_again(told, alert)},
            was_warned=any(told.trigger in WARNINGS for told in went_out),
            knows_latest=_latest_known(alert, went_out),
            told_at=tuple(self._told_at(told) for told in here if _is_a_message(told, alert, self.now)),
            pace=self.paces[alert.channel],
            zone=self._zone(alert),
            is_unwanted=is_unwanted(self._chosen, _trigger(alert)),
            paused_until=paused_until(self._chosen, self.now),
            message=alert.uuid,
        )

    def _is_still_true(self, alert: Alert) -> bool:
        if alert.trigger in FOLLOW_UPS:
            return is_still_due(alert, self.now)
        return is_still_true(alert.change, alert.shipment)

    def _are_others_open(self, shipment: Shipment | None) -> bool:
        return any(not Status(parcel.status).is_final for parcel in self._parcels if parcel != shipment)

    def _zone(self, alert: Alert) -> str:
        """Where they read: as they said, else where the parcel goes."""
        return self.customer.time_zone or (alert.shipment.zone if alert.shipment else self.merchant.time_zone)

    def _told_at(self, told: Alert) -> datetime:
        return self.now if told.state in (State.SENDING, State.QUEUED) else told.sent_at or told.created_at

    def _once(self, question: tuple, answer: Callable):
        if question not in self._asked:
            self._asked[question] = answer()
        return self._asked[question]

    @cached_property
    def _chosen(self) -> Preference:
        """It comes with the customer, by the query that locks the order."""
        return getattr(self.customer, "preference", None) or Preference(unwanted=[])

    @cached_property
    def _parcels(self) -> list[Shipment]:
        return list(self.order.shipments.only("order_id", "status", "risk"))

    @cached_property
    def _is_in_trouble(self) -> bool:
        return any(map(_is_in_trouble, self._parcels)) or self.order.cases.filter(closed_at=None).exists()


def joined[Row: (Alert, StatusChange)](row: Row, order: Order, shop: Merchant) -> Row:
    """The row, with one order, customer and shop for all that belongs to it, so that none is asked for twice."""
    row.order = order
    row.merchant = order.merchant = order.customer.merchant = shop
    if row.shipment:
        row.shipment.order, row.shipment.merchant = order, shop
    if isinstance(row, Alert) and row.customer_id:
        row.customer = order.customer
    return row


def reach_of(alert: Alert) -> Reach:
    """Whether its address may be written to now. A message without a customer is a test of the staff's own."""
    way, customer = channel(alert.channel), alert.customer
    return Reach(
        address=alert.address,
        is_ready=way.is_ready(alert.merchant),
        has_consent=customer is None or way.has_consent(customer, _trigger(alert).manners.group.purpose),
        is_suppressed=is_suppressed(alert.merchant, alert.channel, alert.address),
        can_be_reached=way.can_reach(alert.address),
    )


def happened_at(change: StatusChange, shipment: Shipment | None) -> datetime:
    """Becoming late is noticed at any time after; it happened when the promise passed. A parcel left at its first scan,
    however late it was first looked up.
    """
    if change.kind == ChangeKind.STATUS and change.new == Status.IN_TRANSIT and change.old in NOT_LEFT:
        return min(change.occurred_at, shipment.first_scan_at or change.occurred_at)
    if change.kind == ChangeKind.RISK and change.new == RiskState.LATE and change.promise:
        return min(change.occurred_at, change.promise.window.ends_at(shipment.zone))
    return change.occurred_at


def is_still_true(change: StatusChange, shipment: Shipment | None) -> bool:
    """Nothing that came after this change tells otherwise."""
    if change.kind not in OF_THE_PARCEL:
        return not _is_superseded(change)
    status = Status(shipment.status)
    if change.kind == ChangeKind.STATUS:
        return status == change.new or (change.new, status) in STILL_WORTH_SAYING
    if status.is_final:
        return False
    if change.kind == ChangeKind.PROMISE:
        return shipment.promise_id == change.promise_id
    was_put_off = shipment.promise and change.promise and shipment.promise.latest > change.promise.latest
    return shipment.risk == change.new and not was_put_off


def _is_superseded(change: StatusChange) -> bool:
    """The same order, case or refund has gone on."""
    later = StatusChange.objects.filter(order_id=change.order_id, kind=change.kind, pk__gt=change.pk)
    return later.filter(case_id=change.case_id, refund_id=change.refund_id).exists()


def _is_backfill(change: StatusChange, shipment: Shipment | None) -> bool:
    """The first news of a parcel that had stood still for days when it was first looked up."""
    moved_at = shipment and shipment.last_event_at
    if not moved_at or change.created_at - moved_at <= STALE:
        return False
    return not StatusChange.objects.filter(shipment=shipment, created_at__lt=change.created_at).exists()


def _is_in_trouble(parcel: Shipment) -> bool:
    """One that came late has come."""
    status = Status(parcel.status)
    return status.is_trouble or (RiskState(parcel.risk).is_trouble and not status.is_final)


def _is_a_message(told: Alert, alert: Alert, now: datetime) -> bool:
    """It went out by itself, or is about to and was there before this one."""
    is_leaving = told.state == State.QUEUED and told.due_at <= now and (alert.pk is None or told.pk < alert.pk)
    return (told.state in WENT_OUT and told.reason != Why.TOLD_TOGETHER) or is_leaving


def _trigger(alert: Alert) -> Trigger:
    return Trigger(alert.trigger)


def _is_of_this_parcel(told: Alert, alert: Alert) -> bool:
    """A problem that the right carrier reported, or the wrong one but of the same parcel."""
    if told.trigger not in PROBLEMS or alert.shipment is None:
        return False
    corrected_at = alert.shipment.corrected_at
    return corrected_at is None or told.created_at >= corrected_at or _is_told_again(told, alert)


def _is_told_again(told: Alert, alert: Alert) -> bool:
    """The carrier was corrected: what happened before the message, and that the parcel left, was told by it."""
    if alert.shipment is None or alert.shipment.corrected_at is None:
        return False
    return told.trigger == Trigger.SHIPPED or told.created_at >= happened_at(alert.change, alert.shipment)


def _told_by_order(here: list[Alert]) -> frozenset[Trigger]:
    """Whoever knows that the whole order was called off knows it of each parcel."""
    is_called_off = any(told.trigger == Trigger.ORDER_CANCELLED for told in here)
    return frozenset({Trigger.CANCELLED}) if is_called_off else frozenset()


def _latest_known(alert: Alert, went_out: list[Alert]) -> date | None:
    """The last day the reader was told of: by the order itself, or by a message since."""
    if alert.trigger != Trigger.PROMISE_REVISED:
        return None
    promises = [first_promise(alert.shipment), *(told.change.promise for told in went_out)]
    return max((promise.latest for promise in promises if promise), default=None)

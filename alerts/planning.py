"""From a StatusChange to Alert rows: decides, writes the words of what is sent now, sends nothing.

What is not sent is a row too and says why; what waits says why and until when.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ObjectDoesNotExist
from django.db import OperationalError, transaction
from django.utils import timezone

from alerts.background import Background, joined, reach_of
from alerts.channels import CHANNELS, channel
from alerts.delivery import first_claim
from alerts.followups import follow_ups
from alerts.judgement import WHEN_PLANNED, WHEN_PLANNED_FOR_LATER, WHEN_SENT, hold, judge, out_of_reach
from alerts.models import Alert
from alerts.shops import shop_lately
from alerts.states import Held, State, Why
from alerts.texts.languages import language_for
from alerts.triggers import Trigger, trigger_for
from alerts.writing import put_words
from orders.models import Notice, NoticeKind, Order, StatusChange

# A change that is younger is still on its way through the broker.
FORGOTTEN_AFTER = timedelta(seconds=5)
BATCH = 200
# What judging and writing a message reads of its change.
TOLD_ABOUT = ("promise__supersedes", "case", "refund", "shipment__promise")

logger = logging.getLogger(__name__)


def plan_all(change_ids: Iterable[int], now: datetime | None = None, *, to_send: bool = False) -> list[Alert]:
    """Plan each of these changes; return the messages that are due. A fault in one does not stop the next.

    `to_send`: the first of them, if it is written, is already claimed for the caller. Not more: a claim that its worker
    does not survive may mean that nobody knows whether the message went out.
    """
    due = []
    for change_id in change_ids:
        due += _plan_safely(change_id, now, to_send=to_send and not due)
    return due


def plan_forgotten(now: datetime | None = None, limit: int = BATCH) -> list[Alert]:
    """Plan the changes for which no worker was woken, oldest first."""
    now = now or timezone.now()
    forgotten = StatusChange.objects.filter(planned_at=None, created_at__lte=now - FORGOTTEN_AFTER)
    return plan_all(list(forgotten.order_by("id").values_list("pk", flat=True)[:limit]), now)


def plan(change_id: int, now: datetime | None = None, *, to_send: bool = False) -> list[Alert]:
    """Plan this change, and with it all that became known in the same moment; return the messages that are due now.

    A change is planned once: a second call finds it done and returns nothing. The order is locked, so that what its
    shopper was told before is the same for two workers. `to_send` as in plan_all.
    """
    now = now or timezone.now()
    with transaction.atomic():
        changes = _claim(change_id, now)
        alerts = _decided(changes, now) if changes else []
        due = [alert for alert in alerts if alert.state == State.QUEUED and alert.due_at <= now]
        if to_send and due and due[0].body_text:
            _take(due[0], now)
        Alert.objects.bulk_create(alerts)
    return due


def _take(alert: Alert, now: datetime) -> None:
    for name, value in first_claim(now).items():
        setattr(alert, name, value)


def _plan_safely(change_id: int, now: datetime | None, *, to_send: bool = False) -> list[Alert]:
    try:
        return plan(change_id, now, to_send=to_send)
    except ObjectDoesNotExist:
        logger.info("Change %s is gone, with its parcel.", change_id)
    except OperationalError:
        logger.warning("Change %s could not be planned now; the sweep tries again.", change_id, exc_info=True)
    except Exception as error:
        logger.exception("Change %s could not be planned.", change_id)
        _set_aside(change_id, error)
    return []


def _set_aside(change_id: int, error: Exception) -> None:
    """Let no change that cannot be planned hold up the others for ever; somebody is told of it."""
    change = StatusChange.objects.get(pk=change_id)
    StatusChange.objects.filter(pk=change_id, planned_at=None).update(planned_at=timezone.now())
    said = f"No message could be planned for change {change_id} ({change}): {error!r}"
    Notice.tell(change.merchant_id, NoticeKind.MESSAGE_FAILED, str(change.shipment or change.order), said)


def _claim(change_id: int, now: datetime) -> list[StatusChange]:
    """The unplanned changes of this change's moment, now ours; the oldest first. Empty when it was planned."""
    orders = Order.objects.select_related("customer__preference")
    order = orders.select_for_update(no_key=True, of=("self",)).get(changes=change_id)
    unplanned = StatusChange.objects.filter(order=order, planned_at=None).select_related(*TOLD_ABOUT).order_by("pk")
    moments = {change.pk: _moment(change) for change in unplanned}
    changes = [change for change in unplanned if moments[change.pk] == moments.get(change_id)]
    StatusChange.objects.filter(pk__in=[change.pk for change in changes]).update(planned_at=now)
    shop = shop_lately(order.merchant_id)
    return [joined(change, order, shop) for change in changes]


def _moment(change: StatusChange) -> tuple:
    """What one parcel, case or refund became at once is one piece of news."""
    return change.shipment_id, change.case_id, change.refund_id, change.created_at


def _decided(changes: list[StatusChange], now: datetime) -> list[Alert]:
    background = Background(changes[0].order, now)
    return [*_news(changes, background), *_later(changes, background)]


def _news(changes: list[StatusChange], background: Background) -> list[Alert]:
    """Of what one address would be told, the most telling that may be sent is sent; the rest say why not."""
    told = [(trigger, change) for change in changes if (trigger := trigger_for(change))]
    told.sort(key=lambda news: news[0].precedence)
    alerts = [alert for trigger, change in told for alert in _to_everybody(trigger, change, background)]
    said = set()
    for alert in alerts:
        place = alert.channel, alert.address
        _judge(alert, background, is_said=place in said)
        if alert.state == State.QUEUED:
            said.add(place)
    return alerts


def _judge(alert: Alert, background: Background, *, is_said: bool) -> None:
    """Suppress it, let it wait, or queue it: what is due now is judged as it would be when it is sent, too."""
    news, reader, now = background.news_of(alert), background.reader_of(alert), background.now
    why = (
        judge(WHEN_PLANNED, news, reader, now) or out_of_reach(reach_of(alert)) or (Why.SAME_NEWS if is_said else None)
    )
    wait = None if why else hold(news, reader, now)
    why = why or (None if wait else judge(WHEN_SENT, news, reader, now))
    if why:
        alert.state, alert.reason = State.SUPPRESSED, why
    elif wait:
        alert.held, alert.due_at = wait.held, wait.until
    else:
        _queue(alert, background)


def _queue(alert: Alert, background: Background) -> None:
    """Due now. What may tell of other parcels too is written once it is known which."""
    if background.may_gather(alert) or put_words(alert):
        alert.due_at = background.now


def _later(changes: list[StatusChange], background: Background) -> list[Alert]:
    """What is said some time after these changes: judged in full, and written, when its time comes."""
    return [
        _planned_for(follow_up.due_at, alert, background)
        for change in changes
        for follow_up in follow_ups(change)
        for alert in _to_everybody(follow_up.trigger, change, background)
    ]


def _planned_for(due_at: datetime, alert: Alert, background: Background) -> Alert:
    alert.held, alert.due_at = Held.LATER, due_at
    if why := judge(WHEN_PLANNED_FOR_LATER, background.news_of(alert), background.reader_of(alert), background.now):
        alert.state, alert.reason, alert.held, alert.due_at = State.SUPPRESSED, why, "", None
    return alert


def _to_everybody(trigger: Trigger, change: StatusChange, background: Background) -> list[Alert]:
    """One message by each channel that the shop uses for it, to each address."""
    ways = [key for key in background.rules[trigger].channels if key in CHANNELS]
    ways = [key for key in ways if channel(key).is_wanted(background.merchant)]
    return [
        _alert(trigger, change, way, address, background.now) for way in ways for address in background.addresses(way)
    ]


def _alert(trigger: Trigger, change: StatusChange, way: str, address: str, now: datetime) -> Alert:
    order = change.order
    return Alert(
        merchant=order.merchant,
        change=change,
        order=order,
        shipment=change.shipment,
        customer=order.customer,
        trigger=trigger,
        channel=way,
        address=address,
        language=language_for(order, change.shipment),
        created_at=now,
    )

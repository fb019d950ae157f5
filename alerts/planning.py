"""From a StatusChange to Alert rows: decides, writes the words, sends nothing.

What is not sent is a row too, and says why.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import DatabaseError, OperationalError, transaction
from django.utils import timezone

from alerts.channels import channel
from alerts.judgement import WHEN_PLANNED, judge, news_of, reader_of
from alerts.models import Alert
from alerts.rendering import write
from alerts.states import State, Why
from alerts.triggers import trigger_for
from orders.models import Notice, NoticeKind, Shipment, StatusChange

# A change that is younger is still on its way through the broker.
FORGOTTEN_AFTER = timedelta(seconds=5)
BATCH = 200

logger = logging.getLogger(__name__)


def plan_all(change_ids: Iterable[int], now: datetime | None = None) -> list[int]:
    """Plan each of these changes; return the ids of the messages to be sent. A fault in one does not stop the next."""
    return [alert_id for change_id in change_ids for alert_id in _plan_safely(change_id, now)]


def plan_forgotten(now: datetime | None = None, limit: int = BATCH) -> list[int]:
    """Plan the changes for which no worker was woken, oldest first."""
    now = now or timezone.now()
    forgotten = StatusChange.objects.filter(planned_at=None, created_at__lte=now - FORGOTTEN_AFTER)
    return plan_all(list(forgotten.order_by("id").values_list("pk", flat=True)[:limit]), now)


def plan(change_id: int, now: datetime | None = None) -> list[int]:
    """Plan this change, and with it all that became known in the same moment; return the ids of what is to be sent.

    A change is planned once: a second call finds it done and returns nothing. The shipment is locked, so that what its
    shopper was told before is the same for two workers.
    """
    now = now or timezone.now()
    with transaction.atomic():
        changes = _claim(change_id, now)
        alerts = [alert for way in _channels(changes) for alert in _by(way, changes, now)]
        Alert.objects.bulk_create(alerts)
    return [alert.pk for alert in alerts if alert.state == State.QUEUED]


def _plan_safely(change_id: int, now: datetime | None) -> list[int]:
    try:
        return plan(change_id, now)
    except StatusChange.DoesNotExist:
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
    Notice.tell(change.merchant_id, NoticeKind.MESSAGE_FAILED, str(change.shipment), said)


def _claim(change_id: int, now: datetime) -> list[StatusChange]:
    """The unplanned changes of this change's moment, now ours; the most telling first. Empty when it was planned."""
    asked = StatusChange.objects.only("shipment_id", "created_at").get(pk=change_id)
    Shipment.objects.select_for_update(of=("self",)).get(pk=asked.shipment_id)
    moment = StatusChange.objects.filter(shipment_id=asked.shipment_id, created_at=asked.created_at, planned_at=None)
    changes = list(
        moment.select_related(
            "promise__supersedes",
            "shipment__merchant",
            "shipment__promise",
            "shipment__order__merchant",
            "shipment__order__customer",
        )
    )
    moment.update(planned_at=now)
    told = [change for change in changes if trigger_for(change)]
    return sorted(told, key=lambda change: trigger_for(change).precedence)


def _channels(changes: list[StatusChange]) -> list[str]:
    """Every channel that one of these would be told by, in a steady order."""
    return list(dict.fromkeys(key for change in changes for key in trigger_for(change).manners.channels))


def _by(way: str, changes: list[StatusChange], now: datetime) -> list[Alert]:
    """This channel's rows: the most telling that may be sent is sent, the rest say why not."""
    alerts = [_alert(change, way, now) for change in changes if way in trigger_for(change).manners.channels]
    is_told = False
    for alert in alerts:
        why = judge(WHEN_PLANNED, news_of(alert), reader_of(alert), now) or (Why.SAME_NEWS if is_told else None)
        if why:
            alert.state, alert.reason = State.SUPPRESSED, why
        else:
            _write(alert)
            is_told = alert.state == State.QUEUED
    return alerts


def _alert(change: StatusChange, way: str, now: datetime) -> Alert:
    shipment, order = change.shipment, change.shipment.order
    return Alert(
        merchant=shipment.merchant,
        change=change,
        shipment=shipment,
        customer=order.customer,
        trigger=trigger_for(change),
        channel=way,
        address=channel(way).address_of(order.customer),
        language=order.spoken_language,
        created_at=now,
    )


def _write(alert: Alert) -> None:
    """Put the words into the message and queue it. One that cannot be written has failed and is not lost."""
    try:
        write(alert)
    except DatabaseError:
        raise
    except Exception as error:
        logger.exception("The %s for change %s could not be written.", alert.channel, alert.change_id)
        alert.state, alert.reason = State.FAILED, Why.UNWRITTEN
        alert.error, alert.error_detail = str(error)[:300], repr(error)
        Notice.tell(alert.merchant_id, NoticeKind.MESSAGE_FAILED, alert.get_reason_display(), alert.error)
    else:
        alert.due_at = alert.created_at

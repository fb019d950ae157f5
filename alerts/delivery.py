"""From queued rows to sent messages: claim, send, record, retry. One engine for every channel.

The claim is committed before the network is touched and the outcome is written after, each by a conditional update;
nothing is sent within a transaction. `attempts` is the claim's number: an outcome is written only by the claim it
belongs to.
"""

import logging
import random
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone, translation

from alerts.channels import channel, repeatable_channels
from alerts.channels.base import ChannelError, Kind, Receipt
from alerts.consent import suppress
from alerts.judgement import judge_again
from alerts.models import Alert, Suppressed
from alerts.states import OPEN, WAITING, State, Why
from orders.claims import claim_due
from orders.models import Notice, NoticeKind

# Longer than any attempt may last (tracker/celery.py: 300 s), so that a living worker keeps its claim.
LEASE = timedelta(minutes=6)
BATCH = 50

# Waits after the first, second, ... failure; after the last one the message is given up.
WAITS = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 2 * 60, 10 * 60, 30 * 60, 2 * 60 * 60, 6 * 60 * 60))
LONGEST_WAIT = timedelta(hours=12)
JITTER = 0.2

# Failures of one address are told on the message's own row; these concern all of a merchant's messages.
TOLD_TO_THE_MERCHANT = frozenset(
    {Why.ACCOUNT_REFUSED, Why.NOT_SET_UP, Why.REFUSED, Why.UNAVAILABLE, Why.NO_ANSWER, Why.UNEXPECTED}
)

logger = logging.getLogger(__name__)


def deliver(alert_id: int, now: datetime | None = None) -> bool:
    """Send this message if it is due and nobody else does; whether it was claimed."""
    return _deliver_one(Alert.objects.filter(pk=alert_id), now or timezone.now())


def deliver_due(limit: int = BATCH, now: datetime | None = None) -> int:
    """Send what is due, at most `limit` messages, most overdue first; return how many were claimed.

    One is claimed at a time: a slow provider never makes the lease of a waiting message run out.
    """
    delivered = 0
    while delivered < limit and _deliver_one(Alert.objects.all(), now or timezone.now()):
        delivered += 1
    return delivered


def reap(now: datetime | None = None) -> None:
    """Take back the messages of workers that died while sending.

    What may be sent twice without harm is due again; of the rest nobody knows, and it is not sent again.
    """
    now = now or timezone.now()
    stuck = Alert.objects.filter(state=State.SENDING, due_at__lte=now)
    again = stuck.filter(channel__in=repeatable_channels())
    again.filter(attempts__gt=len(WAITS)).update(state=State.FAILED, reason=Why.WORKER_LOST, due_at=None)
    again.update(state=State.RETRY, reason=Why.WORKER_LOST, due_at=now)
    stuck.update(state=State.UNSURE, reason=Why.WORKER_LOST, due_at=None)


def _deliver_one(rows: QuerySet, now: datetime) -> bool:
    claimed = claim_due(
        rows.filter(state__in=WAITING),
        "due_at",
        now=now,
        lease=LEASE,
        limit=1,
        state=State.SENDING,
        attempts=F("attempts") + 1,
    )
    for alert_id in claimed:
        _attempt(alert_id, now)
    return bool(claimed)


def _attempt(alert_id: int, now: datetime) -> None:
    alert = Alert.objects.select_related("merchant", "customer", "change__promise", "shipment__promise").get(
        pk=alert_id
    )
    try:
        if why := judge_again(alert, now):
            _record(alert, state=State.SUPPRESSED, reason=why, due_at=None)
            return
        receipt = channel(alert.channel).send(alert)
    except ChannelError as error:
        _record_failure(alert, error, now)
    except Exception as error:
        # The one place where a fault of ours stops one message and not its neighbours.
        logger.exception("Message %s could not be sent.", alert_id)
        unknown = ChannelError(f"Doorstep failed: {error!r}", Kind.UNSURE, why=Why.UNEXPECTED, detail=repr(error))
        _record_failure(alert, unknown, now)
    else:
        _record_sent(alert, receipt)


def _record_sent(alert: Alert, receipt: Receipt) -> None:
    """The provider has it. A delivery receipt may have been quicker than this, and stays."""
    done = {"provider_id": receipt.provider_id[:120], "sent_at": timezone.now()}
    Alert.objects.filter(pk=alert.pk).update(**done)
    mine = Alert.objects.filter(pk=alert.pk, attempts=alert.attempts, state__in=OPEN | {State.UNSURE})
    mine.update(state=State.SENT, reason="", due_at=None, error="", error_detail="")


def _record_failure(alert: Alert, error: ChannelError, now: datetime) -> None:
    told = {"reason": error.why, "error": str(error)[:300], "error_detail": error.detail}
    wait = _wait(alert, error)
    if wait is not None:
        _record(alert, state=State.RETRY, due_at=now + wait, **told)
        return
    state = State.UNSURE if error.kind is Kind.UNSURE and not channel(alert.channel).is_repeatable else State.FAILED
    if _record(alert, state=state, due_at=None, **told):
        _follow_up(alert, error)


def _record(alert: Alert, **outcome) -> bool:
    """Write the outcome, unless the claim ran out or a receipt has already told how it ended."""
    mine = Alert.objects.filter(pk=alert.pk, attempts=alert.attempts, state=State.SENDING)
    return bool(mine.update(**outcome))


def _wait(alert: Alert, error: ChannelError) -> timedelta | None:
    """How long until the next attempt; None when there is none."""
    is_pointless = error.kind is Kind.PERMANENT or alert.attempts > len(WAITS)
    is_risky = error.kind is Kind.UNSURE and not channel(alert.channel).is_repeatable
    if is_pointless or is_risky:
        return None
    usual = WAITS[alert.attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    asked = timedelta(seconds=error.retry_after or 0)
    return min(max(usual, asked), LONGEST_WAIT)


def _follow_up(alert: Alert, error: ChannelError) -> None:
    """What a message that is given up means beyond itself."""
    if error.why is Why.UNSUBSCRIBED:
        suppress(alert.merchant, alert.channel, alert.address, Suppressed.BY_PROVIDER)
    if error.why in TOLD_TO_THE_MERCHANT:
        with translation.override(settings.LANGUAGE_CODE):
            subject = f"{channel(alert.channel).name}: {error.why.label}"
        Notice.tell(alert.merchant_id, NoticeKind.MESSAGE_FAILED, subject, str(error))

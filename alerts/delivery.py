"""From queued rows to sent messages: claim, judge, send, record, retry. One engine for every channel.

A claim locks the order, so that what its shopper was told and is being told is the same for two workers; in the same
transaction the message is judged once more, gathered and written. That is committed before the network is touched, and
the outcome is written after, by a conditional update; nothing is sent within a transaction. `attempts` is the claim's
number: an outcome is written only by the claim it belongs to.
"""

import logging
import random
from datetime import datetime, timedelta

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone, translation

from alerts.background import Background, joined, reach_of
from alerts.channels import CHANNELS, channel, repeatable_channels
from alerts.channels.base import ChannelError, Kind, Receipt
from alerts.consent import suppress
from alerts.gathering import gather
from alerts.judgement import WHEN_SENT, Hold, hold, judge, out_of_reach
from alerts.models import Alert, Suppressed
from alerts.shops import shop_lately, shop_now
from alerts.states import OPEN, WAITING, State, Why
from alerts.writing import WORDS, put_words, take_words
from orders.models import Notice, NoticeKind

# Longer than any attempt may last (tracker/celery.py: 300 s), so that a living worker keeps its claim.
LEASE = timedelta(minutes=6)
BATCH = 50
# For so long nobody need ask again what was known when a message was planned.
JUST_NOW = timedelta(seconds=5)
UNCLAIMED = {"state": State.QUEUED, "attempts": 0}

# Waits after the first, second, ... failure; after the last one the message is given up.
WAITS = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 2 * 60, 10 * 60, 30 * 60, 2 * 60 * 60, 6 * 60 * 60))
LONGEST_WAIT = timedelta(hours=12)
JITTER = 0.2

# What judging, writing and sending a message read of it.
READ = (
    "order__customer__preference",
    "shipment__promise",
    "change__promise__supersedes",
    "change__case",
    "change__refund",
)

# Failures of one address are told on the message's own row; these concern all of a merchant's messages.
TOLD_TO_THE_MERCHANT = frozenset(
    {Why.ACCOUNT_REFUSED, Why.NOT_SET_UP, Why.REFUSED, Why.UNAVAILABLE, Why.NO_ANSWER, Why.UNEXPECTED}
)

logger = logging.getLogger(__name__)


def deliver(alert_id: int, now: datetime | None = None) -> bool:
    """Send this message if it is due and nobody else does; whether it was claimed."""
    return bool(_deliver_one(Alert.objects.filter(pk=alert_id), now or timezone.now()))


def deliver_planned(alert: Alert, now: datetime | None = None) -> bool:
    """Send this message for the worker that has just planned it: what was judged and written then still holds.

    One that was planned too long ago, or gathers other parcels' news, is taken like any other.
    """
    now = now or timezone.now()
    if not alert.body_text or now - alert.created_at > JUST_NOW:
        if alert.state == State.SENDING:
            _record(alert, **UNCLAIMED, due_at=now)
        return deliver(alert.pk, now)
    if alert.state == State.QUEUED and not _take(alert, now):
        return False
    _send(alert, now)
    return True


def first_claim(now: datetime) -> dict:
    """What the row of a message says that its planner will send."""
    return {"state": State.SENDING, "attempts": 1, "due_at": now + LEASE}


def _take(alert: Alert, now: datetime) -> bool:
    free = Alert.objects.filter(pk=alert.pk, **UNCLAIMED, due_at__lte=now)
    if not free.update(**first_claim(now)):
        return False
    alert.state, alert.attempts = State.SENDING, 1
    return True


def deliver_due(limit: int = BATCH, now: datetime | None = None) -> int:
    """Send what is due, at most `limit` messages, most overdue first; return how many were claimed.

    One is claimed at a time: a slow provider never makes the lease of a waiting message run out.
    """
    delivered = 0
    for _ in range(limit):
        was_claimed = _deliver_one(Alert.objects.all(), now or timezone.now(), skip_locked=True)
        if was_claimed is None:
            break
        delivered += was_claimed
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


def _deliver_one(rows: QuerySet[Alert], now: datetime, *, skip_locked: bool = False) -> bool | None:
    """Whether the most overdue of these was claimed; None when none is due, False when another worker was quicker."""
    with transaction.atomic():
        # A channel that this worker does not know is left to those of the version that does.
        due = rows.filter(state__in=WAITING, due_at__lte=now, channel__in=CHANNELS)
        due = due.select_related("order").only("due_at", "order__id")
        due = due.select_for_update(skip_locked=skip_locked, no_key=True, of=("order",))
        found = due.order_by("due_at", "pk").first()
        alert = found and _claim(found, now)
        is_ready = alert is not None and _is_ready(alert, now)
    if is_ready:
        _send(alert, now)
    return alert is not None if found else None


def _claim(found: Alert, now: datetime) -> Alert | None:
    """The message, now ours and with all that is read of it; None when it was claimed before the order was locked."""
    free = Alert.objects.filter(pk=found.pk, state__in=WAITING, due_at__lte=now)
    if not free.update(state=State.SENDING, attempts=F("attempts") + 1, due_at=now + LEASE):
        return None
    alert = Alert.objects.select_related(*READ).get(pk=found.pk)
    # In memory the time for which it was meant: what follows later is judged by it.
    alert.due_at = found.due_at
    # Staff test what they have just changed.
    shop = shop_now(alert.merchant_id) if alert.is_test else shop_lately(alert.merchant_id)
    return joined(alert, alert.order, shop)


def _is_ready(alert: Alert, now: datetime) -> bool:
    """Whether it is to be sent now; if not, its row says why. Nothing has left yet, whatever goes wrong here."""
    try:
        with transaction.atomic():
            return _is_prepared(alert, now)
    except OperationalError:
        raise
    except Exception as error:
        logger.exception("Message %s could not be prepared.", alert.pk)
        _record_failure(alert, _fault(error, Kind.TEMPORARY), now)
        return False


def _is_prepared(alert: Alert, now: datetime) -> bool:
    if not alert.is_test:
        background = Background(alert.order, now)
        if not _is_the_moment(alert, background):
            return False
        if _is_new(alert) and gather(alert, background):
            take_words(alert)
    return bool(alert.body_text) or _is_written(alert)


def _is_the_moment(alert: Alert, background: Background) -> bool:
    news, reader, now = background.news_of(alert), background.reader_of(alert), background.now
    if why := judge(WHEN_SENT, news, reader, now):
        _record(alert, state=State.SUPPRESSED, reason=why, due_at=None)
        return False
    if wait := hold(news, reader, now):
        _put_back(alert, wait)
        return False
    return True


def _put_back(alert: Alert, wait: Hold) -> None:
    """To wait is no attempt. Words that nobody has seen are written anew for the day on which it is sent."""
    state = State.QUEUED if _is_new(alert) else State.RETRY
    words = dict.fromkeys(WORDS, "") if _is_new(alert) else {}
    _record(alert, state=state, held=wait.held, due_at=wait.until, attempts=F("attempts") - 1, **words)


def _is_new(alert: Alert) -> bool:
    """This claim is the first: nothing was ever sent of it."""
    return alert.attempts == 1


def _is_written(alert: Alert) -> bool:
    is_written = put_words(alert)
    failed = ("state", "reason", "due_at", "error", "error_detail")
    alert.save(update_fields=WORDS if is_written else failed)
    return is_written


def _send(alert: Alert, now: datetime) -> None:
    """Hand it to the provider, unless its address wants nothing by now: whoever unsubscribes until here is heard."""
    try:
        if why := out_of_reach(reach_of(alert)):
            _record(alert, state=State.SUPPRESSED, reason=why, due_at=None)
            return
        receipt = channel(alert.channel).send(alert)
    except ChannelError as error:
        _record_failure(alert, error, now)
    except Exception as error:
        # The one place where a fault of ours stops one message and not its neighbours.
        logger.exception("Message %s could not be sent.", alert.pk)
        _record_failure(alert, _fault(error, Kind.UNSURE), now)
    else:
        _record_sent(alert, receipt)


def _fault(error: Exception, kind: Kind) -> ChannelError:
    return ChannelError(f"Doorstep failed: {error!r}", kind, why=Why.UNEXPECTED, detail=repr(error))


def _record_sent(alert: Alert, receipt: Receipt) -> None:
    """The provider has it. A delivery receipt may have been quicker than this, and stays."""
    done = {"provider": receipt.provider[:30], "provider_id": receipt.provider_id[:120], "sent_at": timezone.now()}
    mine = Alert.objects.filter(pk=alert.pk, attempts=alert.attempts, state__in=OPEN | {State.UNSURE})
    if not mine.update(state=State.SENT, reason="", due_at=None, error="", error_detail="", **done):
        Alert.objects.filter(pk=alert.pk).update(**done)


def _record_failure(alert: Alert, error: ChannelError, now: datetime) -> None:
    told = {"reason": error.why, **_words_of(alert, error)}
    wait = _wait(alert, error)
    if wait is not None:
        _record(alert, state=State.RETRY, due_at=now + wait, **told)
        return
    state = State.UNSURE if error.kind is Kind.UNSURE and not channel(alert.channel).is_repeatable else State.FAILED
    if _record(alert, state=state, due_at=None, **told):
        _follow_up(alert, error)


def _words_of(alert: Alert, error: ChannelError) -> dict[str, str]:
    """What went wrong. It may name the address, which is not kept of a shopper who was forgotten meanwhile."""
    is_forgotten = Alert.objects.filter(pk=alert.pk, forgotten_at__isnull=False).exists()
    said = ("", "") if is_forgotten else (str(error)[:300], error.detail)
    return dict(zip(("error", "error_detail"), said, strict=True))


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

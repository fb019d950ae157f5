"""From waiting rows to posted webhooks: claim, post, record, try again.

The claim is committed before the network is touched and the outcome is written after, by a conditional update of the
claim that it belongs to. What a worker that died had claimed is sent again when its lease has run out: with the same
id, by which the shop's system knows it.
"""

import logging
import random
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from orders.claims import claim_due
from orders.models import Notice, NoticeKind, WebhookDelivery, WebhookEndpoint, WebhookState
from orders.webhooks.payloads import write
from orders.webhooks.posting import Answer, post
from orders.webhooks.signing import DELIVERY, SIGNATURE, signature

LEASE = timedelta(minutes=2)
# What a webhook's body is written from.
TOLD = (
    "endpoint",
    "change__order",
    "change__case__order",
    "change__case__shipment",
    "change__refund",
    "change__shipment__merchant",
    "change__shipment__order",
    "change__shipment__promise",
)
BATCH = 200

# Waits after the first, second, ... failure; the last one is repeated until the time is up.
WAITS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
)
JITTER = 0.2
GIVEN_UP_AFTER = timedelta(hours=24)
# An endpoint that failed is left in peace for a moment, whatever waits for it: a dead one must not hold the workers.
LONGEST_REST = timedelta(minutes=10)
PAUSED_AFTER = timedelta(days=3)

logger = logging.getLogger(__name__)


def deliver(delivery_id: int, now: datetime | None = None) -> bool:
    """Post this delivery if it is due and nobody else does; whether it was claimed."""
    now = now or timezone.now()
    rows = deliverable(now).filter(pk=delivery_id)
    claimed = claim_due(rows, "due_at", now=now, lease=LEASE, limit=1, attempts=F("attempts") + 1)
    for pk in claimed:
        _attempt(pk, now)
    return bool(claimed)


def due_deliveries(now: datetime | None = None, limit: int = BATCH) -> list[int]:
    """What nobody was woken for, or is to be tried again; the most overdue first."""
    now = now or timezone.now()
    due = deliverable(now).filter(due_at__lte=now).order_by("due_at")
    return list(due.values_list("pk", flat=True)[:limit])


def deliveries_of(change_ids: Iterable[int]) -> list[int]:
    """The deliveries that wait for these changes."""
    waiting = WebhookDelivery.objects.filter(change__in=[*change_ids], state=WebhookState.WAITING)
    return list(waiting.values_list("pk", flat=True))


def deliverable(now: datetime) -> QuerySet[WebhookDelivery]:
    """What waits for an endpoint that may be written to."""
    is_awake = Q(endpoint__rests_until__isnull=True) | Q(endpoint__rests_until__lte=now)
    waiting = WebhookDelivery.objects.filter(state=WebhookState.WAITING)
    return waiting.filter(is_awake, endpoint__active=True, endpoint__paused_at__isnull=True)


def _attempt(delivery_id: int, now: datetime) -> None:
    delivery = WebhookDelivery.objects.select_related(*TOLD).filter(pk=delivery_id).first()
    if delivery is None:
        return  # deleted meanwhile, with its endpoint or its parcel
    if delivery.endpoint.failures:
        _keep_others_back(delivery.endpoint, now)
    try:
        answer = _post(delivery)
    except Exception as error:  # recorded on the row, so that one fault stops one delivery and not its neighbours
        logger.exception("Webhook delivery %s could not be posted.", delivery_id)
        _record_failure(delivery, Answer(error=f"Doorstep failed: {error!r}"), now)
        return
    if answer.is_taken:
        _record_success(delivery, answer, now)
    else:
        _record_failure(delivery, answer, now)
        _note_failure(delivery.endpoint, answer, now)


def _post(delivery: WebhookDelivery) -> Answer:
    body = _body(delivery).encode()
    headers = {
        "Content-Type": "application/json",
        DELIVERY: str(delivery.uuid),
        SIGNATURE: signature(delivery.endpoint.secrets, body, int(time.time())),
    }
    return post(delivery.endpoint.url, body, headers)


def _body(delivery: WebhookDelivery) -> str:
    """What was sent the first time; written now, and kept, if this is the first."""
    if not delivery.body:
        WebhookDelivery.objects.filter(pk=delivery.pk, body="").update(body=write(delivery))
        delivery.refresh_from_db(fields=["body"])
    return delivery.body


# How it went


def _record_success(delivery: WebhookDelivery, answer: Answer, now: datetime) -> None:
    _record(delivery, answer, state=WebhookState.DELIVERED, due_at=None, delivered_at=now)
    WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(**AWAKE, last_success_at=now)


def _record_failure(delivery: WebhookDelivery, answer: Answer, now: datetime) -> None:
    """Try again later, or give up when the time is up; that is told once and counted."""
    due = now + _wait(delivery.attempts, answer)
    if due <= delivery.queued_at + GIVEN_UP_AFTER:
        _record(delivery, answer, due_at=due)
    elif _record(delivery, answer, state=WebhookState.FAILED, due_at=None):
        said = f"News was given up after {delivery.attempts} attempts: {answer.error}. It can be sent again by hand."
        _tell(delivery.endpoint, said)


def _record(delivery: WebhookDelivery, answer: Answer, **outcome) -> bool:
    """Write the outcome, unless the claim ran out and another worker has it."""
    mine = WebhookDelivery.objects.filter(
        pk=delivery.pk, attempts=delivery.attempts, state=WebhookState.WAITING, queued_at=delivery.queued_at
    )
    told = {"answered": answer.status, "answer": answer.text, "error": answer.error[:300]}
    return bool(mine.update(**told, **outcome))


def _wait(attempts: int, answer: Answer) -> timedelta:
    usual = WAITS[min(attempts, len(WAITS)) - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    return max(usual, min(timedelta(seconds=answer.retry_after), WAITS[-1]))


# How the endpoint is

# An endpoint of which no failure is remembered.
AWAKE = {"failures": 0, "failing_since": None, "rests_until": None, "last_error": ""}


def _keep_others_back(endpoint: WebhookEndpoint, now: datetime) -> None:
    """Whether it is well again, one delivery finds out for all that wait for it."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(rests_until=now + LEASE)


def _note_failure(endpoint: WebhookEndpoint, answer: Answer, now: datetime) -> None:
    same = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    rest = min(WAITS[min(endpoint.failures, len(WAITS) - 1)], LONGEST_REST)
    same.update(
        failures=F("failures") + 1,
        failing_since=Coalesce("failing_since", now),
        rests_until=now + rest,
        last_error=answer.error[:300],
    )
    worn_out = same if answer.is_gone else same.filter(failing_since__lte=now - PAUSED_AFTER)
    if worn_out.filter(paused_at__isnull=True).update(paused_at=now):
        _tell(endpoint, f"The webhook is paused, and gets no news until somebody resumes it: {answer.error}.")


def _tell(endpoint: WebhookEndpoint, said: str) -> None:
    Notice.tell(endpoint.merchant_id, NoticeKind.MESSAGE_FAILED, f"Webhook {endpoint.url}", said)

"""What a shop's people and systems do with their webhooks."""

from django.db.models import QuerySet
from django.utils import timezone

from orders.models import WebhookDelivery, WebhookEndpoint, WebhookState
from orders.webhooks.delivery import AWAKE
from orders.webhooks.signing import MOST_SECRETS, new_secret

_QUEUED = {"state": WebhookState.WAITING, "attempts": 0, "answered": None, "answer": "", "error": ""}


def send_test(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Queue a webhook about nothing, to see whether it arrives."""
    now = timezone.now()
    return WebhookDelivery.objects.create(
        merchant_id=endpoint.merchant_id, endpoint=endpoint, created_at=now, queued_at=now, due_at=now
    )


def send_again(deliveries: QuerySet[WebhookDelivery]) -> int:
    """Queue these once more, delivered or given up, with the id and the body that they had; return how many."""
    now = timezone.now()
    done = deliveries.exclude(state=WebhookState.WAITING)
    return done.update(**_QUEUED, queued_at=now, due_at=now, delivered_at=None)


def resume(endpoints: QuerySet[WebhookEndpoint]) -> int:
    """End the pause and the rest, and send what waited for these endpoints; return how many endpoints."""
    ids, now = list(endpoints.values_list("pk", flat=True)), timezone.now()
    waiting = WebhookDelivery.objects.filter(endpoint__in=ids, state=WebhookState.WAITING)
    waiting.update(attempts=0, queued_at=now, due_at=now)
    return WebhookEndpoint.objects.filter(pk__in=ids).update(**AWAKE, paused_at=None)


def rotate_secret(endpoint: WebhookEndpoint) -> str:
    """A new secret, shown once. The last one signs beside it until `forget_old_secret()`."""
    made = new_secret()
    _keep(endpoint, [made, *endpoint.secrets][:MOST_SECRETS])
    return made


def forget_old_secret(endpoint: WebhookEndpoint) -> None:
    """From now on the newest secret signs alone."""
    _keep(endpoint, endpoint.secrets[:1])


def _keep(endpoint: WebhookEndpoint, secrets: list[str]) -> None:
    endpoint.secrets = secrets
    endpoint.save(update_fields=["secrets"])

"""From changes to deliveries, in the transaction that writes the changes: neither is there without the other."""

from collections.abc import Sequence

from orders.models import StatusChange, WebhookDelivery, WebhookEndpoint


def plan(changes: Sequence[StatusChange]) -> None:
    """One row for each of these changes of one parcel and each endpoint that wants to hear of it.

    An endpoint that is off or paused is planned nothing: what it missed, it can ask the REST API for.
    """
    if not changes:
        return
    endpoints = WebhookEndpoint.objects.filter(
        merchant_id=changes[0].merchant_id, active=True, paused_at__isnull=True
    ).defer("secrets")
    WebhookDelivery.objects.bulk_create(
        [_row(change, endpoint) for endpoint in endpoints for change in changes if change.kind in endpoint.kinds],
        ignore_conflicts=True,  # planned again, it stays planned once
    )


def _row(change: StatusChange, endpoint: WebhookEndpoint) -> WebhookDelivery:
    at = change.created_at
    return WebhookDelivery(
        merchant_id=change.merchant_id, endpoint=endpoint, change=change, created_at=at, queued_at=at, due_at=at
    )

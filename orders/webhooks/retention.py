"""What webhooks said is kept for a while, for whoever looks for a fault."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from orders.batches import update_in_batches
from orders.models import WebhookDelivery, WebhookState

BODY_KEPT = timedelta(days=90)


def forget_old_bodies(now: datetime | None = None) -> int:
    """Empty what was delivered or given up long ago; return how many. Sent again by hand, it is written anew."""
    old = WebhookDelivery.objects.filter(created_at__lt=(now or timezone.now()) - BODY_KEPT)
    told = old.exclude(state=WebhookState.WAITING).exclude(Q(body="") & Q(answer=""))
    return update_in_batches(told, body="", answer="")

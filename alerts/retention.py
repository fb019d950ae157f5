"""The clock by which the words of messages are dropped: each shop says for how long it keeps them."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from alerts.models import Alert
from alerts.states import OPEN
from orders.batches import update_in_batches
from orders.models import Merchant

WORDLESS = {"subject": "", "body_text": "", "body_html": "", "error_detail": ""}


def forget_old_words(now: datetime | None = None) -> int:
    """Drop the words of messages that are older than their shop keeps them; return of how many.

    What still waits to be sent keeps its words. That a message was sent, when and to whom, stays.
    """
    now = now or timezone.now()
    shops = Merchant.objects.all()
    return sum(update_in_batches(old_messages(shop, now), **WORDLESS, forgotten_at=now) for shop in shops)


def old_messages(merchant: Merchant, now: datetime) -> QuerySet[Alert]:
    """Those whose words this shop keeps no longer."""
    kept_from = now - timedelta(days=merchant.messages_kept_days)
    written = Alert.objects.filter(merchant=merchant, forgotten_at=None, created_at__lt=kept_from)
    return written.exclude(state__in=OPEN)

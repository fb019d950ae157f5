"""News up as rows: what changed is stored with the webhooks that tell of it, and whoever acts on it is woken."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from orders.models import ChangeKind, Order, StatusChange
from orders.signals import changes_recorded
from orders.webhooks.planning import plan


def announce(changes: Sequence[StatusChange], now: datetime) -> None:
    """Store these changes of one merchant, learnt `now`, within the caller's transaction; wake after the commit."""
    for change in changes:
        change.created_at = now
        change.save(force_insert=True)
    if changes:
        plan(changes)
        ids = [change.pk for change in changes]
        transaction.on_commit(lambda: changes_recorded.send_robust(StatusChange, ids=ids))


def announce_of_order(
    order: Order, kind: ChangeKind, new: str, now: datetime, *, occurred_at: datetime | None = None, **about
) -> StatusChange:
    """Announce one thing that became of the order as a whole; `about` are further fields of the change."""
    change = StatusChange(
        merchant_id=order.merchant_id,
        order=order,
        kind=kind,
        new=new,
        occurred_at=occurred_at or now,
        heard_at=now,
        **about,
    )
    announce([change], now)
    return change

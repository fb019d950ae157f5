"""Claiming due rows: the queue of record is the table, and this is how a worker takes from it.

The due time is its own lease. A claim pushes it forward by the lease; a worker that finishes sets the true next time,
a worker that dies leaves the row to come due again. Two workers never claim the same row.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet


def claim_due(rows: QuerySet, due_field: str, *, now: datetime, lease: timedelta, limit: int, **marks) -> list[int]:
    """Claim up to `limit` of these rows whose `due_field` has come, most overdue first; return their ids.

    `marks` are further fields to set on what is claimed. One short transaction: SKIP LOCKED on PostgreSQL, an
    immediate transaction on SQLite, which has one writer at a time.
    """
    with transaction.atomic():
        due = rows.filter(**{f"{due_field}__lte": now}).order_by(due_field)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        ids = list(due.values_list("pk", flat=True)[:limit])
        rows.model.objects.filter(pk__in=ids).update(**{due_field: now + lease}, **marks)
    return ids

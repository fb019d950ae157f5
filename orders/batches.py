"""Changing many rows without holding up whoever else needs them."""

from django.db.models import QuerySet


def update_in_batches(rows: QuerySet, batch: int = 1000, **values) -> int:
    """Update these rows by their ids upwards, each batch on its own; return how many. Rows that come later are left."""
    count = last = 0
    while ids := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:batch]):
        count += rows.model._base_manager.filter(pk__in=ids).update(**values)
        last = ids[-1]
    return count

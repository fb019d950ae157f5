"""`manage.py export_promises`: a merchant's whole promise ledger as CSV, row by row, as it was written."""

import csv
from datetime import date

from django.core.management.base import BaseCommand

from orders.management.merchants import add_merchant_argument, merchant_called
from orders.models import Promise

FIELDS = [
    "id",
    "shipment__order__number",
    "shipment__carrier",
    "shipment__tracking_number",
    "source",
    "earliest",
    "latest",
    "from_time",
    "to_time",
    "zone",
    "reason",
    "model_version",
    "supersedes_id",
    "correction_id",
    "as_of",
    "made_at",
]


class Command(BaseCommand):
    help = "Writes every promise ever made to this merchant's shoppers to standard output, as CSV, the oldest first."

    def add_arguments(self, parser):
        add_merchant_argument(parser)
        parser.add_argument("--since", type=date.fromisoformat, help="only those made since this day (UTC)")

    def handle(self, *, merchant, since, **options):
        rows = Promise.objects.filter(merchant=merchant_called(merchant)).order_by("id")
        if since:
            rows = rows.filter(made_at__date__gte=since)
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(name.removeprefix("shipment__").replace("__", "_") for name in FIELDS)
        for row in rows.values_list(*FIELDS).iterator(chunk_size=2000):
            writer.writerow(map(_written, row))


def _written(value) -> str:
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)

"""`manage.py score_promises`: how well promises were kept, as CSV: a row per carrier, lane, service and week."""

import csv
from dataclasses import astuple, fields
from datetime import date

from django.core.management.base import BaseCommand

from orders.management.merchants import add_merchant_argument, merchant_called
from orders.services.scoring import Lane, Score, score, usual_period

COUNTS = ["parcels", "kept", "missed", "open", "uncounted", "share", "hours_early", "hours_late"]


class Command(BaseCommand):
    help = "Scores a merchant's first promises against the first attempts to deliver, and prints the rows as CSV."

    def add_arguments(self, parser):
        add_merchant_argument(parser)
        parser.add_argument("--since", type=date.fromisoformat, help="the first day; twelve weeks before the last")
        parser.add_argument("--until", type=date.fromisoformat, help="the last day on which a promise ends; today")

    def handle(self, *, merchant, since, until, **options):
        merchant = merchant_called(merchant)
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow([*[field.name for field in fields(Lane)], *COUNTS])
        writer.writerows(_row(row) for row in score(merchant, *usual_period(merchant, since, until)))


def _row(row: Score) -> list:
    counted = [getattr(row, name) for name in COUNTS]
    return [*astuple(row.lane), *(round(value, 4) if isinstance(value, float) else value for value in counted)]

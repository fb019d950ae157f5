"""`manage.py backtest`: how well lateness would have been foreseen, on a history replayed as it happened."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from orders.backtest import datasets, report
from orders.backtest.page import page
from orders.backtest.protocol import replay


class Command(BaseCommand):
    help = "Replays FILE in the order of time and prints how well late shipments would have been foreseen."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="a CSV file, plain or .gz; docs/backtest.md describes the formats")
        parser.add_argument("--format", required=True, choices=datasets.FORMATS)
        parser.add_argument("--test-share", type=float, default=0.5, help="the last share to report on (default 0.5)")
        parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
        parser.add_argument("--html", type=Path, help="also write a page with plots to this file")

    def handle(self, *, file, format, test_share, html, **options):
        if not 0 < test_share < 1:
            raise CommandError(f"--test-share is {test_share:g}. Give a share between 0 and 1, such as 0.5.")
        trips = self.read(file, format)
        journeys, model = replay(trips, report.AIMS, self.tell)
        tested = journeys[round(len(journeys) * (1 - test_share)) :]
        speed = report.seconds_per_million(model, tested)
        found = report.measure(format, tested, datasets.FORMATS[format].moments, speed)
        if html:
            html.write_text(page(found, report.calibration_plot(tested)), encoding="utf-8")
        self.stdout.write(json.dumps(found, indent=2) if options["json"] else as_text(found))

    def read(self, file: Path, name: str):
        try:
            trips = datasets.read(file, name)
        except (OSError, datasets.UnreadableFile) as error:
            raise CommandError(f"Cannot read {file}: {error}") from error
        if not trips:
            raise CommandError(f"{file} holds no shipment whose outcome is known.")
        return trips

    def tell(self, done: int, count: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"{done} of {count} shipments replayed", ending="\r")


def as_text(found: dict) -> str:
    lines = [f"{found['dataset']}: {found['shipments']} shipments, {found['late_rate']:.1%} late", "", "Alerts"]
    lines += [_alert(f"aimed at {row['target_precision']:.0%}", row) for row in found["alerts"]]
    lines += ["", "Rules without a model", *(_alert(row["rule"], row) for row in found["baselines"])]
    lines += ["", "Moments of the way", *(_moment(row) for row in found["moments"] if row["n"])]
    interval = found["interval"]
    lines += ["", f"Interval of {interval['nominal']:.0%}: covers {_share(interval['coverage'])}"]
    lines += [f"  by {report.WINDOW} shipments: " + ", ".join(map(_share, interval["coverage_by_window"]))]
    lines += [f"  median width {interval['width_hours']} h", ""]
    return "\n".join([*lines, f"Scoring a million shipments takes {found['seconds_per_million']:.1f} s."])


def _alert(name: str, row: dict) -> str:
    return (
        f"  {row['min_lead_hours']:3.0f} h ahead, {name:40} precision {_between(row, 'precision')}"
        f"  recall {_between(row, 'recall')}  median lead {row['median_lead_hours'] or 0:.0f} h"
    )


def _moment(row: dict) -> str:
    return (
        f"  {row['moment']:18} n {row['n']:6}  late {_share(row['base'])}  AUC {row['auc'] or 0:.3f}"
        f"  Brier {row['brier']:.3f}  calibration error {row['calibration_error']:.3f}"
        f" (chance alone: {row['calibration_noise']:.3f})"
    )


def _between(row: dict, name: str) -> str:
    low, high = row[f"{name}_95"]
    return f"{_share(row[name])} [{low:.3f}, {high:.3f}]"


def _share(value: float | None) -> str:
    return "  -  " if value is None else f"{value:.3f}"

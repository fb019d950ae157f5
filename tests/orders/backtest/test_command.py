"""`manage.py backtest` on an invented history."""

import csv
import json
import tempfile
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

from django.core.management import CommandError, call_command
from django.test import SimpleTestCase

from tests.orders.backtest.invented import invented

COLUMNS = ["shipment", "lane", "ordered_at", "promised_at", "delivered_at", "scanned_at", "status", "planned_at"]
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def lines(trips):
    for trip in trips:
        ordered = FIRST + timedelta(hours=trip.opened)
        after = [(ordered + timedelta(hours=hours)).isoformat() for hours in (0, trip.promised, trip.took)]
        for scan in trip.scans:
            at, planned = (ordered + timedelta(hours=hours) for hours in (scan.hours, scan.hours - scan.lateness))
            yield [trip.key, " > ".join(trip.lanes), *after, at.isoformat(), scan.state, planned.isoformat()]


class Backtest(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.file = cls.folder / "history.csv"
        with cls.file.open("w", newline="") as out:
            csv.writer(out).writerows([COLUMNS, *lines(invented(300))])
        cls.page = cls.folder / "report.html"
        cls.found = json.loads(run(cls.file, "--format", "orders", "--json", "--html", str(cls.page)))

    def test_it_reports_on_the_last_half(self):
        self.assertEqual((self.found["dataset"], self.found["shipments"]), ("orders", 150))

    def test_each_minimum_lead_has_its_goal_and_three_precisions(self):
        aims = [(row["min_lead_hours"], row["target_precision"]) for row in self.found["alerts"]]
        self.assertEqual(len(aims), 11)
        self.assertTrue({(24.0, 0.8), (48.0, 0.72), (72.0, 0.73), (72.0, 0.5)} <= set(aims))

    def test_every_figure_is_a_share_or_unknown(self):
        for row in (*self.found["alerts"], *self.found["baselines"]):
            for name in ("precision", "recall"):
                self.assertTrue(row[name] is None or 0 <= row[name] <= 1, row)

    def test_moments_intervals_rules_and_speed_are_there(self):
        self.assertEqual(self.found["moments"][0]["moment"], "start")
        self.assertEqual(self.found["interval"]["nominal"], 0.8)
        self.assertEqual(len(self.found["interval"]["coverage_by_window"]), 1)
        self.assertIn("alert when the promise has passed", {row["rule"] for row in self.found["baselines"]})
        self.assertGreater(self.found["seconds_per_million"], 0)

    def test_the_page_draws_without_script(self):
        page = self.page.read_text()
        self.assertEqual(page.count("<svg"), 3)
        self.assertNotIn("<script", page)

    def test_as_text_it_names_the_rules_without_a_model(self):
        printed = run(self.file, "--format", "orders", "--test-share", "0.3")
        self.assertIn("orders: 90 shipments", printed)
        self.assertIn("no scan for 2 days", printed)


class Refused(SimpleTestCase):
    def test_a_file_of_another_format(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("a,b\n1,2\n")
            file.flush()
            with self.assertRaisesRegex(CommandError, "no column 'shipment': is it in the format 'orders'"):
                run(file.name, "--format", "orders")

    def test_a_file_that_is_not_there(self):
        with self.assertRaisesRegex(CommandError, "Cannot read nowhere.csv"):
            run("nowhere.csv", "--format", "orders")

    def test_a_share_that_is_none(self):
        with self.assertRaisesRegex(CommandError, "between 0 and 1"):
            run("nowhere.csv", "--format", "orders", "--test-share", "50")


def run(*arguments) -> str:
    out = StringIO()
    call_command("backtest", *map(str, arguments), stdout=out)
    return out.getvalue()

"""The figures of a backtest."""

from django.test import SimpleTestCase

from orders.backtest.metrics import alerts, auc, brier, wilson
from orders.backtest.protocol import Journey, Scored
from orders.promise.trips import Row, Trip


def journey(late, *said):
    """A shipment with a promise of 100 hours and (hours left, chance) at each moment."""
    trip = Trip("T", ("X",), 100.0, 120.0 if late else 90.0, (), 0.0, 200.0)
    rows = [Row(("X",), "scan", "moving", 100.0, left, 0.0, None) for left, _ in said]
    scored = [Scored(row, (), 0.0, chance, 0.0, 0.0, 0.5) for row, (_, chance) in zip(rows, said, strict=True)]
    return Journey(trip, scored, by_fitted_model=True)


def surely(journey, scored):
    return scored.probability >= 0.6


class Alerts(SimpleTestCase):
    def test_shipments_count_not_rows_and_the_first_alert_is_the_lead(self):
        result = alerts([journey(True, (90.0, 0.2), (60.0, 0.7), (30.0, 0.9))], 24.0, surely)
        self.assertEqual((result.alerted, result.caught, result.leads), (1, 1, (60.0,)))

    def test_an_alert_later_than_the_minimum_lead_is_none(self):
        result = alerts([journey(True, (90.0, 0.2), (20.0, 0.9))], 24.0, surely)
        self.assertEqual((result.alerted, result.recall), (0, 0.0))

    def test_recall_counts_all_late_shipments_and_precision_all_alerts(self):
        told = [journey(True, (50.0, 0.9)), journey(False, (50.0, 0.9)), journey(True, (50.0, 0.1))]
        result = alerts(told, 24.0, surely)
        self.assertEqual((result.precision, result.recall), (0.5, 0.5))

    def test_nobody_alerted_has_no_precision(self):
        self.assertIsNone(alerts([journey(False, (50.0, 0.1))], 24.0, surely).precision)


class Figures(SimpleTestCase):
    def test_auc_of_perfect_reversed_and_blind_order(self):
        self.assertEqual(auc([(0.9, True), (0.8, True), (0.1, False)]), 1.0)
        self.assertEqual(auc([(0.1, True), (0.9, False)]), 0.0)
        self.assertEqual(auc([(0.5, True), (0.5, False), (0.5, False)]), 0.5)
        self.assertIsNone(auc([(0.5, True)]))

    def test_brier_punishes_false_certainty(self):
        self.assertAlmostEqual(brier([(1.0, False), (0.5, True)]), 0.625)

    def test_wilsons_interval_holds_the_share_and_stays_within_bounds(self):
        low, high = wilson(80, 100)
        self.assertAlmostEqual(low, 0.711, places=3)
        self.assertAlmostEqual(high, 0.867, places=3)
        self.assertGreater(wilson(0, 10)[1], 0)
        self.assertEqual(wilson(0, 0), (0.0, 1.0))

"""The whole estimator."""

import random
from copy import copy
from dataclasses import replace

from django.test import SimpleTestCase

from orders.backtest.protocol import replay
from orders.promise.model import RiskModel, Sweep
from orders.promise.trips import Scan, Trip, row_at, rows
from tests.orders.backtest.invented import invented


class Estimating(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trips = invented(500)
        cls.journeys, cls.model = replay(cls.trips, [(24.0, 0.7)])

    def test_a_parcel_on_a_slow_lane_and_overdue_is_likelier_late(self):
        well = Trip("A", ("X", "X quick"), 96.0, 90.0, (Scan(40.0, "at hub", 0.0),), 0.0, 90.0)
        ill = Trip("B", ("X", "X slow"), 96.0, 140.0, (Scan(80.0, "at hub", 40.0),), 0.0, 140.0)
        chances = [self.model.probability(row_at(trip, 85.0)) for trip in (well, ill)]
        self.assertGreater(chances[1], chances[0] + 0.3)

    def test_a_sweep_says_what_the_model_says(self):
        asked = [row for trip in self.trips[:60] for row in rows(trip)]
        for row, chance in zip(asked, Sweep(self.model).probabilities(asked), strict=True):
            self.assertAlmostEqual(chance, self.model.probability(row), places=9)

    def test_odds_beyond_any_doubt_are_no_reason_to_fall_over(self):
        asked = [row for trip in self.trips[:20] for row in rows(trip)]
        for shift, certain in ((-2000.0, 0.0), (2000.0, 1.0)):
            model = copy(self.model)
            model.line = replace(model.line, shift=shift)
            for row, chance in zip(asked, Sweep(model).probabilities(asked), strict=True):
                self.assertAlmostEqual(chance, certain)
                self.assertAlmostEqual(model.probability(row), certain)

    def test_an_interval_has_a_beginning_and_an_end_in_the_future(self):
        low, high = self.model.interval(row_at(self.trips[-1], 20.0))
        self.assertTrue(0 <= low < high)

    def test_the_explanation_counts_the_parcels_behind_it(self):
        row = row_at(self.trips[-1], 20.0)
        explained = self.model.explain(row)
        self.assertEqual(explained.lane, row.lanes[-1])
        self.assertGreater(explained.shipments, explained.late_shipments)
        self.assertAlmostEqual(explained.probability, self.model.probability(row))
        self.assertTrue(0 < explained.needs_longer < 1)


class WithoutHistory(SimpleTestCase):
    def test_the_explanation_says_that_nothing_was_counted(self):
        row = row_at(Trip("A", ("X",), 96.0, 90.0, (), 0.0, 90.0), 10.0)
        explained = RiskModel().explain(row)
        self.assertEqual((explained.lane, explained.shipments), ("", 0))
        self.assertTrue(0 <= explained.probability <= 1)


class Seeds(SimpleTestCase):
    def test_the_same_history_gives_the_same_model(self):
        trips = invented(150)
        shuffled = random.Random(1).sample(trips, len(trips))
        models = [replay(one, [])[1] for one in (trips, shuffled)]
        self.assertEqual(models[0].logistic.weights, models[1].logistic.weights)

"""Logistic regression in plain Python."""

import random
from unittest.mock import patch

from django.test import SimpleTestCase

from orders.promise.logistic import Logistic, chance, logit, solve


def drawn(odds, count=4000, seed=3):
    """Rows of two facts, each late with the chance that `odds` gives them."""
    source = random.Random(seed)
    rows = [(source.gauss(0, 1), source.gauss(10, 5)) for _ in range(count)]
    return rows, [source.random() < chance(odds(*row)) for row in rows]


class Fitting(SimpleTestCase):
    def test_it_finds_the_chances_the_rows_were_drawn_with(self):
        rows, late = drawn(lambda a, b: -1 + 1.5 * a - 0.1 * b)
        model = Logistic().fit(rows, late, [1.0] * len(rows))
        for row in ((0.0, 10.0), (1.0, 5.0), (-1.0, 15.0)):
            with self.subTest(row=row):
                expected = chance(-1 + 1.5 * row[0] - 0.1 * row[1])
                self.assertAlmostEqual(chance(model.log_odds(row)), expected, delta=0.05)

    def test_a_product_finds_what_two_facts_do_together(self):
        rows, late = drawn(lambda a, b: a * (b - 10))
        alone = Logistic().fit(rows, late, [1.0] * len(rows))
        together = Logistic([(0, 1)]).fit(rows, late, [1.0] * len(rows))
        self.assertAlmostEqual(chance(alone.log_odds((1.0, 15.0))), 0.5, delta=0.1)
        self.assertGreater(chance(together.log_odds((1.0, 15.0))), 0.95)

    def test_a_fact_that_never_varies_is_left_out(self):
        model = Logistic().fit([(1.0, 7.0), (2.0, 7.0), (3.0, 7.0)], [False, False, True], [1.0] * 3)
        self.assertEqual(model.log_odds((2.0, 7.0)), model.log_odds((2.0, 900.0)))

    def test_rows_that_part_cleanly_do_not_run_away(self):
        rows = [(float(place), 0.0) for place in range(200)]
        model = Logistic().fit(rows, [place > 100 for place in range(200)], [1.0] * 200)
        self.assertLess(abs(model.log_odds((199.0, 0.0))), 30)

    def test_it_reads_back_what_it_wrote(self):
        rows, late = drawn(lambda a, b: a)
        model = Logistic([(0, 1)]).fit(rows, late, [1.0] * len(rows))
        self.assertEqual(Logistic.from_json(model.to_json()).log_odds(rows[0]), model.log_odds(rows[0]))


class Odds(SimpleTestCase):
    def test_chance_undoes_logit(self):
        for probability in (0.001, 0.3, 0.5, 0.99):
            self.assertAlmostEqual(chance(logit(probability)), probability)

    def test_certainty_stays_finite(self):
        self.assertLess(logit(1.0), 20)
        self.assertGreater(chance(-1e9), 0)


class ManyRows(SimpleTestCase):
    def test_a_first_look_at_some_of_the_rows_ends_at_the_same_place(self):
        source = random.Random(3)
        rows = [(source.gauss(0, 1), source.gauss(2, 3)) for _ in range(4000)]
        late = [source.random() < chance(0.8 * a - 0.4 * b - 0.5) for a, b in rows]
        with patch("orders.promise.logistic.MANY", 100):
            by_some_first = Logistic([(0, 1)]).fit(rows, late, [1.0] * len(rows))
        by_all = Logistic([(0, 1)]).fit(rows, late, [1.0] * len(rows))
        self.assertNotEqual(by_some_first.weights, by_all.weights)
        for one, other in zip(by_some_first.weights, by_all.weights, strict=True):
            self.assertAlmostEqual(one, other, places=3)


class Solving(SimpleTestCase):
    def test_a_system_with_a_nought_on_the_diagonal(self):
        self.assertEqual(solve([[0.0, 2.0], [4.0, 0.0]], [6.0, 8.0]), [2.0, 3.0])

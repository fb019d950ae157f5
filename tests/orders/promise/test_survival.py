"""Residual life, by lane and state."""

from django.test import SimpleTestCase

from orders.promise.survival import LAST, LifeTable, longer, quantile


def table(*hours, lane="", censored=()):
    life = LifeTable()
    for one in hours:
        life.add("in transit", [lane], one)
    for one in censored:
        life.add("in transit", [lane], one, ended=False)
    return life


class Curve(SimpleTestCase):
    def test_it_falls_from_one_to_nought(self):
        curve = table(10, 20, 30).curve("in transit", [""])
        self.assertEqual(curve[0], 1.0)
        self.assertEqual(curve, sorted(curve, reverse=True))
        self.assertAlmostEqual(curve[LAST], 0.0)

    def test_half_of_the_stays_are_longer_than_their_median(self):
        curve = table(*range(10, 110)).curve("in transit", [""])
        self.assertAlmostEqual(longer(curve, 0, 60), 0.5, delta=0.05)

    def test_a_long_silence_rules_the_quick_ones_out(self):
        curve = table(*[10] * 90, *[100] * 10).curve("in transit", [""])
        self.assertAlmostEqual(longer(curve, 0, 50), 0.1, delta=0.01)
        self.assertAlmostEqual(longer(curve, 20, 50), 1.0, delta=0.01)

    def test_a_parcel_still_on_its_way_counts_as_long_as_it_was_seen(self):
        without = table(*[10] * 10, *[100] * 10).curve("in transit", [""])
        with_open = table(*[10] * 10, *[100] * 10, censored=[60] * 20).curve("in transit", [""])
        self.assertGreater(longer(with_open, 0, 50), longer(without, 0, 50) + 0.2)

    def test_a_lane_with_little_history_borrows_from_the_wider_one(self):
        life = table(*[20] * 100)
        life.add("in transit", ["narrow"], 200)
        one_slow = longer(life.curve("in transit", ["", "narrow"]), 0, 50)
        for _ in range(50):
            life.add("in transit", ["narrow"], 200)
        many_slow = longer(life.curve("in transit", ["", "narrow"]), 0, 50)
        self.assertLess(one_slow, 0.2)
        self.assertGreater(many_slow, 0.8)

    def test_an_unknown_lane_is_as_its_wider_one(self):
        life = table(10, 20, 30)
        self.assertEqual(life.curve("in transit", ["", "never seen"]), life.curve("in transit", [""]))


class Quantile(SimpleTestCase):
    def test_it_is_the_inverse_of_longer(self):
        curve = table(*range(10, 210)).curve("in transit", [""])
        for share in (0.1, 0.5, 0.9):
            with self.subTest(share=share):
                within = quantile(curve, 24, share)
                self.assertAlmostEqual(1 - longer(curve, 24, within), share, delta=0.02)

    def test_it_is_never_in_the_past(self):
        self.assertGreaterEqual(quantile(table(10).curve("in transit", [""]), 500, 0.1), 0.0)

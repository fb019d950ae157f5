"""Residual life, by lane and state."""

import json

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from orders.promise.survival import BORROWED, LAST, LifeTable, bucket, longer, quantile


def table(*hours, lane="", censored=()):
    life = LifeTable()
    for one in hours:
        life.add([("in transit", one)], (lane,))
    for one in censored:
        life.add([("in transit", one)], (lane,), ended=False)
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
        life.add([("in transit", 200)], ("narrow",))
        one_slow = longer(life.curve("in transit", ["", "narrow"]), 0, 50)
        for _ in range(50):
            life.add([("in transit", 200)], ("narrow",))
        many_slow = longer(life.curve("in transit", ["", "narrow"]), 0, 50)
        self.assertLess(one_slow, 0.2)
        self.assertGreater(many_slow, 0.8)

    def test_an_unknown_lane_is_as_its_wider_one(self):
        life = table(10, 20, 30)
        self.assertEqual(life.curve("in transit", ["", "never seen"]), life.curve("in transit", [""]))


STAYS = st.lists(
    st.tuples(
        st.sampled_from(["in transit", "out for delivery"]),
        st.floats(0, 20_000),
        st.sampled_from([("",), ("", "DE"), ("", "DE", "DE-FI")]),
        st.booleans(),
    ),
    max_size=40,
)


class AnyOrder(SimpleTestCase):
    @given(STAYS, st.randoms(use_true_random=False))
    def test_neither_the_order_of_the_stays_nor_an_answer_between_them_changes_the_curve(self, stays, chosen):
        at_once, by_and_by = LifeTable(), LifeTable()
        for state, hours, lanes, ended in stays:
            at_once.add([(state, hours)], lanes, ended=ended)
        for state, hours, lanes, ended in chosen.sample(stays, len(stays)):
            by_and_by.add([(state, hours)], lanes, ended=ended)
            by_and_by.curve(state, lanes)
        again = LifeTable.from_json(json.loads(json.dumps(by_and_by.to_json())))
        for lanes in (("",), ("", "DE"), ("", "DE", "DE-FI"), ("", "SE")):
            curve = at_once.curve("in transit", lanes)
            self.assertEqual(by_and_by.curve("in transit", lanes), curve)
            self.assertEqual(again.curve("in transit", lanes), curve)

    @given(STAYS)
    def test_the_curve_is_the_estimators_bucket_by_bucket(self, stays):
        life = LifeTable()
        for state, hours, lanes, ended in stays:
            life.add([(state, hours)], lanes, ended=ended)
        plain = plainly(stays, "in transit", ("", "DE", "DE-FI"))
        for one, other in zip(life.curve("in transit", ("", "DE", "DE-FI")), plain, strict=True):
            self.assertAlmostEqual(one, other, places=9)


def plainly(stays, state, lanes):
    """Kaplan and Meier's estimator as it is written down, each lane borrowing from the one before it."""
    hazards, borrowed = [0.0] * LAST, 1e-9
    for lane in lanes:
        here = [(bucket(hours), ended) for one, hours, on, ended in stays if one == state and lane in on]
        if here:
            reach = [sum(at >= place for at, _ in here) for place in range(LAST)]
            ends = [sum(ended and at == place for at, ended in here) for place in range(LAST)]
            hazards = [
                (e + borrowed * wider) / (r + borrowed) for e, r, wider in zip(ends, reach, hazards, strict=True)
            ]
            borrowed = BORROWED
    curve = [1.0]
    for hazard in hazards:
        curve.append(curve[-1] * (1 - hazard))
    return curve


class Quantile(SimpleTestCase):
    def test_it_is_the_inverse_of_longer(self):
        curve = table(*range(10, 210)).curve("in transit", [""])
        for share in (0.1, 0.5, 0.9):
            with self.subTest(share=share):
                within = quantile(curve, 24, share)
                self.assertAlmostEqual(1 - longer(curve, 24, within), share, delta=0.02)

    def test_it_is_never_in_the_past(self):
        self.assertGreaterEqual(quantile(table(10).curve("in transit", [""]), 500, 0.1), 0.0)

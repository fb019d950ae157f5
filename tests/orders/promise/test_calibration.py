"""Keeping chances and intervals honest."""

import random

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from orders.promise.calibration import Levels, Line, Outcome, calibration_error, calibration_noise, misfit
from orders.promise.logistic import chance


def outcomes(true_odds, count=6000, seed=5):
    """Estimates between -3 and 3, ending late as `true_odds` of the moment and the estimate says."""
    source = random.Random(seed)
    for place in range(count):
        moment, said = ("start", "P-24h")[place % 2], source.uniform(-3, 3)
        yield Outcome(moment, said, source.random() < chance(true_odds(moment, said)))


class PlattsLine(SimpleTestCase):
    def test_without_outcomes_it_changes_nothing(self):
        self.assertEqual(Line.through([])("start", 1.25), 1.25)

    def test_it_shifts_when_everything_runs_later_than_said(self):
        line = Line.through(outcomes(lambda moment, said: said + 1))
        self.assertAlmostEqual(line("start", 0.0), 1.0, delta=0.15)

    def test_it_flattens_what_was_too_sure(self):
        line = Line.through(outcomes(lambda moment, said: said / 2))
        self.assertAlmostEqual(line.slope, 0.5, delta=0.06)

    def test_a_moment_of_its_own_kind_is_shifted_alone(self):
        line = Line.through(outcomes(lambda moment, said: said + (moment == "start")))
        self.assertGreater(line("start", 0.0) - line("P-24h", 0.0), 0.6)

    def test_a_history_too_clear_cut_stretches_the_odds_without_end_or_turn(self):
        """All that was said to be likely came, and nothing else: no line fits best but for the trust in the present."""
        for spread in (0.5, 5.0, 30.0):
            with self.subTest(spread=spread):
                line = Line.through(Outcome("start", sign * spread, sign > 0) for sign in (-1, 1) for _ in range(500))
                self.assertTrue(0.9 < line.slope < 12)
                self.assertAlmostEqual(line("start", 0.0), 0.0, places=3)

    def test_a_moment_at_which_all_came_as_never_said_is_shifted_as_far_as_the_others_let_it(self):
        told = [Outcome("P-24h", -12.0, True) for _ in range(400)]
        told += [Outcome("start", sign * 2.0, sign > 0) for sign in (-1, 1) for _ in range(400)]
        line = Line.through(told)
        self.assertGreater(line("P-24h", -12.0), 0.0)
        self.assertLess(abs(line.moments["P-24h"]), 60)

    @given(st.lists(st.tuples(st.sampled_from(["start", "scan"]), st.floats(-30, 30), st.booleans()), max_size=60))
    def test_no_other_line_nearby_fits_better(self, told):
        outcomes = [Outcome(*one) for one in told]
        line = Line.through(outcomes)
        for shift, slope in ((1e-3, 0), (-1e-3, 0), (0, 1e-3), (0, -1e-3)):
            other = Line(line.shift + shift, line.slope + slope)
            self.assertLessEqual(misfit(line, outcomes), misfit(other, outcomes) + 1e-5)


class AdaptiveLevels(SimpleTestCase):
    def test_they_cover_their_share_though_the_model_is_wrong(self):
        """Arrivals pile up at the late end: the fixed levels would miss a third of them."""
        source, levels, hits = random.Random(7), Levels(), []
        for _ in range(4000):
            place = source.random() ** 0.4
            hits.append(levels.low <= place <= levels.high)
            levels.learn(place)
        self.assertAlmostEqual(sum(hits[500:]) / len(hits[500:]), 0.8, delta=0.02)

    def test_they_stay_within_the_curve(self):
        levels = Levels()
        for _ in range(1000):
            levels.learn(1.0)
        self.assertLess(levels.high, 1.0)


class CalibrationError(SimpleTestCase):
    def test_the_gap_between_said_and_came_true(self):
        self.assertAlmostEqual(calibration_error([(0.75, True), (0.75, False)]), 0.25)
        self.assertEqual(calibration_error([]), 0.0)

    def test_a_perfect_forecaster_shows_the_noise_and_no_more(self):
        source = random.Random(11)
        errors, noises = [], []
        for _ in range(200):
            said = [source.random() for _ in range(300)]
            pairs = [(p, source.random() < p) for p in said]
            errors.append(calibration_error(pairs))
            noises.append(calibration_noise(pairs))
        self.assertAlmostEqual(sum(errors) / 200, sum(noises) / 200, delta=0.003)

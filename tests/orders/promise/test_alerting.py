"""Thresholds for alerts."""

from django.test import SimpleTestCase

from orders.promise.alerting import NEVER, Course, Policy, choose


def course(*chances, min_lead=24.0):
    return Course.of(chances, min_lead)


class Thresholds(SimpleTestCase):
    policy = Policy(24.0, ample=0.9, middle=0.8, last=0.5)

    def test_an_early_alert_must_be_surer_than_a_last_one(self):
        for left, threshold in ((200.0, 0.9), (72.0, 0.9), (71.0, 0.8), (25.0, 0.8), (24.0, 0.5)):
            with self.subTest(left=left):
                self.assertEqual(self.policy.threshold(left), threshold)

    def test_a_minimum_lead_as_long_as_ample_time_knows_no_middle(self):
        policy = Policy(72.0, ample=0.9, middle=NEVER, last=0.5)
        self.assertEqual([policy.threshold(left) for left in (100.0, 72.0)], [0.9, 0.5])


class Courses(SimpleTestCase):
    def test_the_threshold_is_crossed_where_it_was_first_reached(self):
        rising = course((100.0, 0.4), (90.0, 0.7), (80.0, 0.6), (75.0, 0.95))
        self.assertEqual(rising.crossing(2, 0.5), 0.7)
        self.assertEqual(rising.crossing(2, 0.99), 0.0)

    def test_moments_too_late_for_the_minimum_lead_do_not_count(self):
        late_news = course((12.0, 0.99))
        self.assertEqual([late_news.crossing(stage, 0.1) for stage in range(3)], [0.0, 0.0, 0.0])


class Choosing(SimpleTestCase):
    def test_it_alerts_as_many_as_the_precision_allows(self):
        sure = [course((100.0, 0.95), (24.0, 0.95))] * 100
        doubtful = [course((100.0, 0.6), (24.0, 0.6))] * 40
        unlikely = [course((100.0, 0.1), (24.0, 0.1))] * 400
        policy = choose([*sure, *doubtful, *unlikely], 24.0, 0.8)
        self.assertTrue(0.1 < min(policy.ample, policy.middle, policy.last) <= 0.6)

    def test_half_of_the_alerts_come_with_ample_time_if_that_is_precise_enough(self):
        early = [course((100.0, 0.85), (24.0, 0.9))] * 60
        late = [course((100.0, 0.2), (24.0, 0.9))] * 40
        self.assertLessEqual(choose([*early, *late], 24.0, 0.8).ample, 0.85)

    def test_a_precision_out_of_reach_alerts_nobody(self):
        policy = choose([course((100.0, 0.3), (24.0, 0.3))] * 50, 24.0, 0.8)
        self.assertEqual((policy.ample, policy.middle, policy.last), (NEVER, NEVER, NEVER))

    def test_without_a_past_nobody_is_alerted(self):
        self.assertEqual(choose([], 24.0, 0.8), Policy(24.0))

"""What was known of a shipment at each moment."""

from django.test import SimpleTestCase

from orders.promise.trips import START, Scan, Trip, rounded, row_at, rows, stays

SCANS = (Scan(10.0, "received", -2.0), Scan(50.0, "departed", 5.0), Scan(130.0, "arrived", None))
TRIP = Trip("T", ("lane",), 120.0, 140.0, SCANS, opened=0.0, known=140.0)


class Rows(SimpleTestCase):
    def test_a_row_knows_the_last_scan_and_no_later_one(self):
        row = row_at(TRIP, 60.0)
        self.assertEqual((row.state, row.lateness, row.silence, row.left), ("departed", 5.0, 10.0, 60.0))

    def test_before_the_first_scan_there_is_only_the_start(self):
        row = row_at(TRIP, 4.0)
        self.assertEqual((row.state, row.lateness, row.silence), (START, None, 4.0))

    def test_every_scan_and_sweep_before_the_promise_is_a_moment(self):
        moments = [(round(row.left), row.moment) for row in rows(TRIP)]
        self.assertEqual(moments[0], (120, START))
        self.assertIn((110, "scan"), moments)
        self.assertIn((24, "P-24h"), moments)
        self.assertTrue(all(left > 0 for left, _ in moments))

    def test_nothing_is_asked_once_it_has_arrived(self):
        early = Trip("T", ("lane",), 120.0, 40.0, SCANS[:1], opened=0.0, known=40.0)
        self.assertEqual(min(row.left for row in rows(early)), 84.0)


class Stays(SimpleTestCase):
    def test_each_state_lasts_until_the_end(self):
        expected = {START: 140.0, "received": 130.0, "departed": 90.0, "arrived": 10.0}
        self.assertEqual(dict(stays(TRIP)), expected)


class Rounding(SimpleTestCase):
    def test_hours_are_cut_down_and_sweeps_keep_theirs(self):
        row = rounded(row_at(TRIP, 96.0))
        self.assertEqual((row.left, row.silence, row.promised, row.lateness), (24, 42, 120, 3))

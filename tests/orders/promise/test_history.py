"""What closed shipments taught."""

from django.test import SimpleTestCase

from orders.promise.history import LATE_SHARE, REST_HERE, History
from orders.promise.logistic import chance
from orders.promise.parcels import lanes_of
from orders.promise.transit import published_late_share
from orders.promise.trips import Scan, Trip, row_at


def trip(took, lane="DE to FI", promised=72.0, scanned=24.0):
    return Trip("T", ("DE", lane), promised, took, (Scan(scanned, "in transit"),), opened=0.0, known=took)


def taught(*trips):
    history = History()
    for one in trips:
        history.learn(one)
    return history


class LateShare(SimpleTestCase):
    def test_no_history_at_all_starts_from_the_share_published_of_the_carrier(self):
        for carrier in ("ups", "usps", "dhl-unified"):
            with self.subTest(carrier=carrier):
                lanes = lanes_of(carrier, "Parcel", "DE", "FI", "00100")
                self.assertAlmostEqual(taught().late_share(lanes), published_late_share(carrier))
                self.assertAlmostEqual(taught().late_share(()), published_late_share(""))

    def test_a_new_lane_borrows_from_the_wider_one(self):
        history = taught(*[trip(100)] * 30)
        self.assertEqual(history.late_share(("DE", "DE to NO")), history.late_share(("DE",)))
        self.assertGreater(history.late_share(("DE", "DE to NO")), 0.7)

    def test_a_lane_of_its_own_kind_speaks_for_itself(self):
        history = taught(*[trip(50)] * 200, *[trip(100, lane="DE to NO")] * 50)
        self.assertLess(history.late_share(("DE", "DE to FI")), 0.1)
        self.assertGreater(history.late_share(("DE", "DE to NO")), 0.8)


class Facts(SimpleTestCase):
    def test_the_rest_of_the_way_is_that_of_the_lane(self):
        history = taught(*[trip(50)] * 50, *[trip(100, lane="DE to NO")] * 50)
        quick, slow = (row_at(trip(90, lane=lane), 30.0) for lane in ("DE to FI", "DE to NO"))
        self.assertLess(chance(history.facts(quick)[REST_HERE]), 0.2)
        self.assertGreater(chance(history.facts(slow)[REST_HERE]), 0.8)

    def test_a_state_never_seen_goes_by_the_whole_way(self):
        history = taught(*[trip(50)] * 50)
        strange = Trip("T", ("DE",), 72.0, 90.0, (Scan(10.0, "on the moon"),), opened=0.0, known=90.0)
        self.assertLess(chance(history.facts(row_at(strange, 20.0))[REST_HERE]), 0.2)

    def test_late_share_is_told_as_log_odds(self):
        history = taught(*[trip(100)] * 20)
        row = row_at(trip(90), 30.0)
        self.assertAlmostEqual(chance(history.facts(row)[LATE_SHARE]), history.late_share(row.lanes))

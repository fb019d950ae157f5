"""Files become trips. The lines are invented, in the published shapes."""

from django.test import SimpleTestCase

from orders.backtest.converters import cargo2000, orders, scms

MINUTES = (
    *("CaseID", "ActivityID", "Timestamp", "PlannedTimestamp"),
    *("EndTimestamp", "PlannedEndTimestamp", "AirportCode"),
)
FREIGHT = [
    (7, 1, 60, 120, 1200, 900, ""),
    (7, 2, 180, 150, 1200, 900, "11"),
    (7, 4, 300, 330, 1200, 900, ""),
    (7, 13, 360, 400, 1200, 900, ""),
    (7, 14, 600, 500, 1200, 900, "22"),
    (7, 15, 900, 700, 1200, 900, "33"),
    (7, 16, 1200, 900, 1200, 900, ""),
]


class Cargo2000(SimpleTestCase):
    def setUp(self):
        lines = [dict(zip(MINUTES, map(str, line), strict=True)) for line in FREIGHT]
        (self.trip,) = cargo2000.trips(iter(lines))

    def test_minutes_become_hours_and_the_end_decides_lateness(self):
        self.assertEqual((self.trip.took, self.trip.promised, self.trip.is_late), (20.0, 15.0, True))

    def test_lanes_are_those_of_the_outbound_leg(self):
        self.assertEqual(self.trip.lanes, ("from 22", "to 33", "22 to 33"))

    def test_each_milestone_is_late_or_early_by_its_plan(self):
        self.assertEqual([scan.lateness for scan in self.trip.scans[:3]], [-1.0, 0.5, -0.5])

    def test_a_state_tells_the_step_and_the_legs_still_open(self):
        states = [scan.state for scan in self.trip.scans]
        self.assertEqual(states[:3], ["in received, 1 open", "in departed, 1 open", "in delivered, 0 open"])
        self.assertEqual(states[3:5], ["out received 0", "out departed 1"])

    def test_case_order_is_the_clock(self):
        self.assertEqual((self.trip.opened, self.trip.known), (0, cargo2000.GAP))


def parcel(**changed):
    line = {
        "shipment": "S-1",
        "lane": "Post > DE-FI",
        "ordered_at": "2026-03-02T10:00:00+01:00",
        "promised_at": "2026-03-05T20:00:00+02:00",
        "delivered_at": "2026-03-06T12:00:00+02:00",
        "scanned_at": "2026-03-03T08:00:00+01:00",
        "status": "in_transit",
        "planned_at": "",
    }
    return line | changed


class Orders(SimpleTestCase):
    def test_times_count_from_the_order_whatever_their_zones(self):
        (trip,) = orders.trips([parcel()])
        self.assertEqual((trip.promised, trip.took, trip.scans[0].hours), (81.0, 97.0, 22.0))

    def test_a_lane_is_named_by_all_that_is_wider(self):
        (trip,) = orders.trips([parcel()])
        self.assertEqual(trip.lanes, ("Post", "Post > DE-FI"))

    def test_lines_may_come_in_any_order(self):
        lines = [parcel(scanned_at=f"2026-03-0{day}T08:00:00+01:00") for day in (5, 3, 4)]
        (trip,) = orders.trips(lines)
        self.assertEqual([scan.hours for scan in trip.scans], [22.0, 46.0, 70.0])

    def test_a_plan_makes_lateness(self):
        (trip,) = orders.trips([parcel(planned_at="2026-03-03T05:00:00+01:00")])
        self.assertEqual(trip.scans[0].lateness, 3.0)

    def test_undelivered_after_its_promise_is_late_and_still_on_its_way(self):
        news = parcel(shipment="S-2", scanned_at="2026-03-20T08:00:00+01:00")
        trip, _ = orders.trips([parcel(delivered_at=""), news])
        self.assertTrue(trip.is_late)
        self.assertFalse(trip.arrived)

    def test_undelivered_before_its_promise_has_no_outcome_yet(self):
        self.assertEqual(list(orders.trips([parcel(delivered_at="")])), [])

    def test_other_columns_are_ignored(self):
        self.assertEqual(list(orders.trips([parcel(review_score="1")])), list(orders.trips([parcel()])))

    def test_a_time_without_zone_is_refused_with_its_line(self):
        with self.assertRaisesRegex(ValueError, "line 2: promised_at is '2026-03-05'.*zone"):
            list(orders.trips([parcel(promised_at="2026-03-05")]))


DELIVERY = {
    "asn/dn #": "DN-5",
    "country": "Ruritania",
    "shipment mode": "Air",
    "vendor": "Acme",
    "po sent to vendor date": "1/10/09",
    "scheduled delivery date": "20-Jan-09",
    "delivered to client date": "22-Jan-09",
}


class Scms(SimpleTestCase):
    def test_days_become_hours(self):
        (trip,) = scms.trips([DELIVERY])
        self.assertTrue(trip.is_late)
        self.assertEqual((trip.promised, trip.took), (10 * 24 + 12, 12 * 24 + 6))

    def test_delivered_on_the_scheduled_day_is_on_time(self):
        (trip,) = scms.trips([DELIVERY | {"delivered to client date": "20-Jan-09"}])
        self.assertFalse(trip.is_late)

    def test_lines_of_one_delivery_are_one_shipment(self):
        self.assertEqual(len(list(scms.trips([DELIVERY, DELIVERY | {"vendor": "Other"}]))), 1)

    def test_without_a_date_of_order_it_set_out_ninety_days_ahead(self):
        (trip,) = scms.trips([DELIVERY | {"po sent to vendor date": "N/A - From RDC"}])
        self.assertEqual(trip.promised, 90 * 24 + 12)

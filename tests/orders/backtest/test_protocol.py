"""The replay: nothing that happens later may change what is said now."""

import random
from dataclasses import replace

from django.test import SimpleTestCase

from orders.backtest.metrics import auc
from orders.backtest.protocol import replay
from orders.promise.trips import Scan
from tests.orders.backtest.invented import invented

AIMS = [(24.0, 0.7)]


def said(journeys):
    """(shipment, moment) -> everything said then."""
    return {
        (journey.trip.key, scored.row.moment, scored.row.left): (scored.probability, scored.low, scored.high)
        for journey in journeys
        for scored in journey.scored
    }


class NoLeak(SimpleTestCase):
    """The future is told anew in three ways; all that was said before must stay."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trips = invented(400)
        cls.now = cls.trips[250].opened
        cls.journeys, _ = replay(cls.trips, AIMS)

    def assert_the_past_stands(self, retold):
        before = [journey for journey in self.journeys if journey.trip.opened <= self.now]
        after, _ = replay(retold, AIMS)
        again = said(journey for journey in after if journey.trip.opened <= self.now)
        common = {place: values for place, values in said(before).items() if place in again}
        self.assertGreater(len(common), 1000)
        self.assertTrue(all(again[place] == values for place, values in common.items()))
        policies = {journey.trip.key: journey.policies for journey in after}
        self.assertTrue(all(policies[journey.trip.key] == journey.policies for journey in before))

    def test_shuffling_all_later_shipments_changes_nothing_said_before(self):
        past = [trip for trip in self.trips if trip.opened <= self.now]
        future = self.trips[len(past) :]
        strangers = random.Random(2).sample(future, len(future))
        moved = [
            replace(stranger, key=trip.key, opened=trip.opened, known=trip.opened + stranger.took)
            for trip, stranger in zip(future, strangers, strict=True)
        ]
        self.assert_the_past_stands([*past, *moved])

    def test_other_endings_of_shipments_still_on_their_way_change_nothing_said_before(self):
        retold = [replace(trip, took=trip.took + 500) if trip.known >= self.now else trip for trip in self.trips]
        self.assert_the_past_stands(retold)

    def test_scans_yet_to_come_change_nothing(self):
        later = Scan(1e6, "struck by lightning", 1e6)
        self.assert_the_past_stands([replace(trip, scans=(*trip.scans, later)) for trip in self.trips])

    def test_a_shipment_of_the_past_does_change_what_is_said(self):
        """Or the three tests above could not fail."""
        retold = [replace(trip, took=trip.took + 500) for trip in self.trips[:100]] + self.trips[100:]
        with self.assertRaises(AssertionError):
            self.assert_the_past_stands(retold)


class Learning(SimpleTestCase):
    def test_it_tells_late_from_early_after_a_while(self):
        journeys, _ = replay(invented(500), AIMS)
        pairs = [
            (scored.probability, journey.trip.is_late)
            for journey in journeys[250:]
            for scored in journey.scored
            if scored.row.moment == "P-24h"
        ]
        self.assertGreater(auc(pairs), 0.75)

    def test_policies_come_from_the_past_only(self):
        journeys, _ = replay(invented(300), AIMS)
        self.assertEqual(journeys[0].policies, {})
        self.assertIn(AIMS[0], journeys[-1].policies)

    def test_a_history_in_which_nobody_was_late_is_no_reason_to_fall_over(self):
        calm = [replace(trip, promised=1000.0) for trip in invented(150)]
        journeys, _ = replay(calm, AIMS)
        self.assertTrue(all(0 <= scored.probability < 0.5 for j in journeys[100:] for scored in j.scored))

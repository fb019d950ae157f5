from datetime import date, time

from django.test import SimpleTestCase

from carriers.adapters.postnord import PostNord
from carriers.base import Parcel, Reply
from carriers.errors import NumberNotFound, UnreadablePayload
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, Fails, PollContract, Read, headline, times


class PostNordTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = PostNord
    credentials = {"api_key": "k3y"}
    number = "00370712345678901234"
    unknown_code = "TELEPORTED"
    corpus = {
        "error-response-1.json": Fails(NumberNotFound, "must be a valid ItemId"),
        "error-response-2.json": Fails(UnreadablePayload, "Locale not valid"),
        "error-response-3.json": Fails(UnreadablePayload, "Some text"),
        # Naive, in Sweden in summer; the first scan names no country.
        "track-response-1.json": Read(Status.DELIVERED, None, 5, "2024-07-30T22:41:00Z", "2024-08-02T13:07:00Z"),
        "track-response-2.json": Read(Status.DELIVERED, None, 1, "2024-08-02T13:07:00Z", "2024-08-02T13:07:00Z"),
        "track-response-3.json": Read(Status.UNKNOWN),
        "track-response-4.json": Read(Status.DELIVERED, None, 4, "2026-04-27T23:03:58Z", "2026-04-29T13:12:42Z"),
        # Three scans, and a status that is newer than they are.
        "track-response-5.json": Read(
            Status.AVAILABLE_FOR_PICKUP, None, 4, "2026-04-27T23:03:58Z", "2026-04-29T08:46:00Z"
        ),
        "track-response-6.json": Fails(NumberNotFound, "lists no shipment"),
    }

    def changed(self, name="out_for_delivery", **changes):
        """The update of a fixture whose item has these members instead."""
        told = self.payload(name)
        told["TrackingInformationResponse"]["shipments"][0]["items"][0].update(changes)
        (update,) = self.parse(told)
        return update

    def read(self, status, words, code="1", item="EN_ROUTE"):
        """The (status, reason) of one event that says this."""
        event = {"eventTime": "2026-03-04T12:00:00", "status": status, "eventCode": code, "eventDescription": words}
        return headline(self.changed(status=item, events=[event]))

    def test_the_key_and_the_number_are_asked_with(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel("1 2")])
        self.assertEqual(
            adapter.send[0].url,
            "https://api2.postnord.com/rest/shipment/v5/trackandtrace/findByIdentifier.json"
            "?apikey=k3y&id=1+2&locale=en",
        )

    # Status

    def test_en_route_is_also_what_postnord_calls_a_parcel_on_its_last_metres(self):
        self.assertEqual(self.read("EN_ROUTE", "", code="113")[0], Status.OUT_FOR_DELIVERY)
        self.assertEqual(self.read("EN_ROUTE", "Leveransen av försändelsen pågår.")[0], Status.OUT_FOR_DELIVERY)
        self.assertEqual(self.read("EN_ROUTE", "The shipment item has been loaded.")[0], Status.IN_TRANSIT)

    def test_other_is_a_move_or_a_message(self):
        self.assertEqual(self.read("OTHER", "The shipment item has been loaded.")[0], Status.IN_TRANSIT)
        self.assertEqual(self.read("OTHER", "Suggested delivery time.", item="OTHER")[0], Status.UNKNOWN)

    def test_a_notification_after_the_arrival_does_not_move_the_headline(self):
        events = self.payload("delivered")["TrackingInformationResponse"]["shipments"][0]["items"][0]["events"][:4]
        self.assertEqual(headline(self.changed(events=events, status=""))[0], Status.AVAILABLE_FOR_PICKUP)

    def test_delivered_to_a_service_point_or_to_the_sender_is_not_delivered(self):
        for words, status in (
            ("The shipment item has been delivered to a service point.", Status.AVAILABLE_FOR_PICKUP),
            ("The shipment item has been delivered to the sender.", Status.RETURNED),
            ("Försändelsen har levererats till avsändaren.", Status.RETURNED),
            ("The shipment item has been delivered to the recipient's mailbox.", Status.DELIVERED),
        ):
            with self.subTest(words):
                self.assertEqual(self.read("DELIVERED", words)[0], status)

    def test_a_parcel_on_its_way_back_is_not_back_yet(self):
        for words, status in (
            ("The shipment item is being returned to the sender.", Status.RETURNING),
            ("Försändelsen returneras till avsändaren.", Status.RETURNING),
            ("The shipment item has been returned to the sender.", Status.RETURNED),
        ):
            with self.subTest(words):
                self.assertEqual(self.read("RETURNED", words)[0], status)

    def test_a_stop_that_was_meant_is_no_trouble(self):
        self.assertEqual(
            self.read("STOPPED", "The shipment item is being customs cleared by us.")[0], Status.IN_TRANSIT
        )
        self.assertEqual(
            self.read("STOPPED", "The shipment item is held by customs."), (Status.EXCEPTION, Reason.CUSTOMS_HELD)
        )

    def test_reasons_are_read_in_the_languages_of_the_north(self):
        for status, words, reason in (
            ("DELIVERY_IMPOSSIBLE", "Modtageren blev ikke truffet", Reason.RECIPIENT_ABSENT),
            ("RETURNED", "Pakken er ikke hentet og sendes retur", Reason.PICKUP_EXPIRED),
            ("DELIVERED", "Levert i postkassen", Reason.DELIVERED_TO_LOCKER),
            ("EXPECTED_DELAY", "", Reason.CARRIER_DELAY),
            ("DELIVERY_REFUSED", "", Reason.REFUSED),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(status, words)[1], reason)

    def test_a_status_that_no_event_tells_stands_at_the_newest_event(self):
        update = self.changed("unknown_code", status="DELAYED")
        self.assertEqual(headline(update), (Status.EXCEPTION, Reason.CARRIER_DELAY))
        self.assertEqual(times(update)[-2:], ["2026-03-04T06:31:00Z"] * 2)

    def test_a_status_that_trails_the_events_is_no_event(self):
        self.assertEqual(len(self.changed(status="DELAYED").events), 3)

    def test_a_delivery_that_no_event_tells_stands_at_its_own_date_or_nowhere(self):
        self.assertEqual(headline(self.changed(status="DELIVERED"))[0], Status.OUT_FOR_DELIVERY)
        update = self.changed(status="DELIVERED", deliveryDate="2026-03-04T11:00:00")
        self.assertEqual((headline(update)[0], times(update)[-1]), (Status.DELIVERED, "2026-03-04T10:00:00Z"))

    # Times and promises

    def test_a_naive_time_is_read_by_the_clock_of_its_country(self):
        event = {"eventTime": "2026-03-04T12:00:00", "status": "EN_ROUTE", "location": {"countryCode": "FIN"}}
        (scan,) = self.changed(events=[event]).events
        self.assertEqual((scan.occurred_at.isoformat(), scan.zone_known), ("2026-03-04T12:00:00+02:00", False))

    def estimate(self, told):
        return self.changed(publicTimeOfArrival=told).window

    def test_the_public_time_of_arrival_beats_the_estimate(self):
        expected = PromisedWindow(date(2026, 3, 4), date(2026, 3, 4), None, time(21), "Europe/Stockholm")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)

    def test_an_estimate_in_utc_is_the_recipient_s_day(self):
        for told, day, hour in (
            ("2026-03-04T23:00:00Z", date(2026, 3, 5), None),
            ("2026-03-05T00:00:00Z", date(2026, 3, 5), None),
            ("2026-03-05T14:00:00Z", date(2026, 3, 5), time(15)),
        ):
            with self.subTest(told):
                promised = self.estimate(told)
                self.assertEqual((promised.latest, promised.to_time), (day, hour))

    def test_a_booked_window_beats_all(self):
        booked = {"bookedDeliveryDateFrom": "2026-03-06T17:00:00", "bookedDeliveryDateTo": "2026-03-06T21:00:00"}
        expected = PromisedWindow(date(2026, 3, 6), date(2026, 3, 6), time(17), time(21), "Europe/Stockholm")
        self.assertEqual(self.changed(**booked).window, expected)

    # Several items, and errors

    def test_of_several_items_the_one_asked_for_is_given(self):
        told = self.payload("delivered")
        shipment = told["TrackingInformationResponse"]["shipments"][0]
        shipment["items"].append(shipment["items"][0] | {"itemId": "2"})
        self.assertEqual([update.number for update in self.parse(told)], [self.number])
        whole = self.parse(told, number=shipment["shipmentId"])
        self.assertEqual([update.number for update in whole], [self.number, "2"])

    def test_the_tracking_page_is_told_of_one_shipment_without_an_envelope(self):
        shipment = self.payload("delivered")["TrackingInformationResponse"]["shipments"][0]
        item = shipment["items"][0]
        item["status"] = {"code": item["status"], "header": "Delivered"}
        (update,) = self.parse(shipment)
        self.assertEqual((headline(update)[0], len(update.events)), (Status.DELIVERED, len(item["events"])))

    def test_a_bad_request_says_what_is_wrong_with_it(self):
        problem = {"title": "Bad Request", "status": 400, "detail": "Required parameter 'id' is not present."}
        self.assert_raises(UnreadablePayload, "Required parameter 'id'", problem, 400)

    def test_a_number_that_is_none_of_postnord_s_is_not_found(self):
        self.assert_raises(NumberNotFound, "valid ItemId or ShipmentId", self.fixture("invalid_number"))

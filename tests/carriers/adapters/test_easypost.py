import hashlib
import hmac
import json
from datetime import date, time

from django.test import SimpleTestCase

from carriers.adapters.easypost import EasyPost
from carriers.base import Callback, Parcel, Reply
from carriers.errors import CallbackRejected, CarrierRefused, NumberNotFound
from orders.events import Handover
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, Fails, PollContract, PushContract, Read, headline

NEW_YORK = "America/New_York"


def day(told: str) -> PromisedWindow:
    return PromisedWindow(date.fromisoformat(told), date.fromisoformat(told), zone=NEW_YORK)


class EasyPostTests(PushContract, PollContract, CorpusContract, SimpleTestCase):
    carrier = EasyPost
    credentials = {"api_key": "EZAK-k3y"}
    number = "1Z0000000000000017"
    unknown_code = "teleported"
    corpus = {
        "track-response-1.json": Read(
            Status.INFO_RECEIVED, None, 2, "2022-03-11T03:34:58Z", "2022-03-11T16:11:58Z", day("2022-04-11")
        ),
        "track-response-2.json": Read(
            Status.INFO_RECEIVED, None, 2, "2025-04-09T20:40:17Z", "2025-04-10T09:17:17Z", day("2025-05-09")
        ),
        "track-response-4.json": Read(
            Status.INFO_RECEIVED, None, 2, "2025-04-09T20:40:17Z", "2025-04-10T09:17:17Z", day("2025-05-09")
        ),
        "track-response-5.json": Read(Status.DELIVERED, None, 3, "2014-07-19T03:12:00Z", "2014-07-22T10:09:00Z"),
        "track-response-6.json": Read(
            Status.INFO_RECEIVED, None, 2, "2025-02-06T19:48:26Z", "2025-02-07T08:25:26Z", day("2025-03-06")
        ),
        "track-response-7.json": Read(
            Status.INFO_RECEIVED, None, 2, "2025-02-06T19:48:26Z", "2025-02-07T08:25:26Z", day("2025-03-06")
        ),
        "track-response-8.json": [
            Read(Status.INFO_RECEIVED, None, 2, f"2025-02-06T19:48:{at}Z", f"2025-02-07T08:25:{at}Z", day("2025-03-06"))
            for at in (46, 43, 38, 37, 35)
        ],
        "track-response-9.json": Read(
            Status.INFO_RECEIVED, None, 2, "2025-10-05T21:59:07Z", "2025-10-06T10:36:07Z", day("2025-11-05")
        ),
        "track-response-10.json": Read(
            Status.INFO_RECEIVED, None, 2, "2025-10-05T21:59:07Z", "2025-10-06T10:36:07Z", day("2025-11-05")
        ),
        # The scan "delivered" is dated before all the others: what was scanned later does not undo it, but the truck.
        "callback-2.json": Read(
            Status.OUT_FOR_DELIVERY,
            None,
            6,
            "2014-11-19T10:51:54Z",
            "2014-11-24T08:10:00Z",
            PromisedWindow(date(2014, 11, 27), date(2014, 11, 27)),
        ),
        "callback-3.json": Read(Status.DELIVERED, None, 6, "2014-08-21T14:24:00Z", "2014-08-24T15:33:00Z"),
        "callback-4.json": [],  # an event without its tracker
        "callback-5.json": [],  # of batches
        "callback-6.json": [],
        "error-response-1.json": Fails(NumberNotFound, "only test tracking numbers are valid", 422),
    }

    def signed(self, body, secret):
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Hmac-Signature": f"hmac-sha256-hex={digest}"}

    def read(self, status, detail="status_update", message="", **changes):
        """The (status, reason) of a tracker with this one scan."""
        tracker = self.payload("delivered") | changes
        scan = tracker["tracking_details"][0] | {"status": status, "status_detail": detail, "message": message}
        (update,) = self.parse(tracker | {"tracking_details": [scan]})
        return headline(update)

    # Asking

    def test_a_number_is_registered_and_read_in_one_call(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel("17", courier="DHLExpress")])
        (asked,) = adapter.send
        self.assertEqual((asked.method, asked.url), ("POST", "https://api.easypost.com/v2/trackers"))
        self.assertEqual(json.loads(asked.body), {"tracker": {"tracking_code": "17", "carrier": "DHLExpress"}})
        self.assertEqual(asked.headers["Authorization"], "Basic RVpBSy1rM3k6")

    def test_without_a_courier_easypost_is_left_to_find_it(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel("17")])
        self.assertEqual(json.loads(adapter.send[0].body), {"tracker": {"tracking_code": "17"}})

    def test_among_several_trackers_the_number_finds_its_own(self):
        one, other = self.payload("delivered"), self.payload("exception") | {"tracking_code": "2"}
        listed = {"trackers": [one, other], "has_more": False}
        self.assertEqual(headline(self.parse(listed, number="2")[0])[1], Reason.WEATHER)
        with self.assertRaisesRegex(NumberNotFound, "no carrier knows the number"):
            self.parse(listed, number="3")

    def test_a_refused_key_is_told_in_easypost_s_words(self):
        error = {"error": {"code": "APIKEY.INACTIVE", "message": "This api key is no longer active.", "errors": []}}
        self.assert_raises(CarrierRefused, "no longer active", error, 200)

    # Status

    def test_the_detail_tells_more_than_the_status(self):
        for status, detail, message, expected in (
            ("in_transit", "arrived_at_pickup_location", "", (Status.AVAILABLE_FOR_PICKUP, None)),
            ("in_transit", "delayed", "", (Status.EXCEPTION, Reason.CARRIER_DELAY)),
            ("in_transit", "missorted", "", (Status.EXCEPTION, Reason.MISSORTED)),
            ("in_transit", "label_created", "", (Status.IN_TRANSIT, None)),
            ("pre_transit", "received_at_origin_facility", "", (Status.IN_TRANSIT, None)),
            ("failure", "lost", "", (Status.EXCEPTION, Reason.LOST)),
            ("failure", "refused", "", (Status.ATTEMPT_FAILED, Reason.REFUSED)),
            ("failure", "arrived_at_facility", "", (Status.EXCEPTION, None)),
            ("delivered", "arrived_at_destination", "", (Status.DELIVERED, None)),
            ("in_transit", "arrived_at_destination", "", (Status.IN_TRANSIT, None)),
            ("return_to_sender", "refused", "", (Status.RETURNING, Reason.REFUSED)),
            ("in_transit", "never_heard_of", "", (Status.IN_TRANSIT, None)),
            ("in_transit", "address_correction", "Address corrected", (Status.IN_TRANSIT, None)),
            ("failure", "address_correction", "", (Status.EXCEPTION, Reason.ADDRESS_INCORRECT)),
            ("error", "unknown", "", (Status.UNKNOWN, None)),
            ("cancelled", "cancelled", "", (Status.CANCELLED, None)),
        ):
            with self.subTest(f"{status} {detail}"):
                self.assertEqual(self.read(status, detail, message), expected)

    def test_the_carrier_s_words_tell_what_easypost_has_no_word_for(self):
        for status, detail, message, expected in (
            (
                "in_transit",
                "status_update",
                "Delivery Attempted - No Access to Delivery Location",
                (Status.ATTEMPT_FAILED, Reason.ACCESS_RESTRICTED),
            ),
            (
                "failure",
                "delivery_exception",
                "Notice Left (No Authorized Recipient Available)",
                (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
            ),
            ("in_transit", "held", "Held in customs", (Status.EXCEPTION, Reason.CUSTOMS_HELD)),
            (
                "delivered",
                "arrived_at_destination",
                "Left at porch",
                (Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE),
            ),
        ):
            with self.subTest(message):
                self.assertEqual(self.read(status, detail, message), expected)

    def test_delivered_to_somebody_else_than_the_recipient_is_not_delivered(self):
        for message, expected in (
            ("Delivered, To Original Sender", Status.RETURNED),
            ("Returned to shipper", Status.RETURNED),
            ("Delivered to UPS Access Point", Status.AVAILABLE_FOR_PICKUP),
            ("Delivered, Available for pickup at the post office", Status.AVAILABLE_FOR_PICKUP),
        ):
            with self.subTest(message):
                self.assertEqual(self.read("delivered", "arrived_at_destination", message)[0], expected)

    def test_a_return_that_is_delivered_is_returned(self):
        self.assertEqual(self.read("delivered", is_return=True)[0], Status.RETURNED)
        self.assertEqual(self.read("delivered", "return")[0], Status.RETURNED)

    # Whose scan

    def test_each_scan_names_its_carrier_and_the_last_one_brings_it(self):
        update = self.parse_fixture("handed_over")
        self.assertEqual([event.carrier for event in update.events], ["UPSSurePost"] * 4 + ["USPS"])
        self.assertEqual(update.handed_to, Handover("USPS", "9200000000000000000017"))
        self.assertIsNone(self.parse_fixture("delivered").handed_to)

    # Times and promises

    def test_a_scan_without_a_place_has_the_carrier_s_clock_called_utc(self):
        first, second, *_ = self.parse_fixture("delivered").events
        self.assertEqual((first.zone_known, second.zone_known), (False, True))

    def test_the_local_day_and_hour_beat_midnight_in_utc(self):
        expected = PromisedWindow(date(2026, 3, 5), date(2026, 3, 5), None, time(20), "America/Los_Angeles")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)

    def test_without_a_local_day_the_day_of_the_estimate_counts_and_its_hour_does_not(self):
        tracker = self.payload("out_for_delivery") | {
            "carrier_detail": None,
            "est_delivery_date": "2026-03-06T03:00:00Z",
        }
        (update,) = self.parse(tracker)
        self.assertEqual(update.window, PromisedWindow(date(2026, 3, 6), date(2026, 3, 6)))

    def test_an_american_end_of_the_journey_has_the_zone_of_its_state(self):
        without_country = {"city": "ATLANTA", "state": "GA", "country": None, "zip": "30320"}
        for end in ("ATLANTA GA US", "ATLANTA GA, US", "ATLANTA GA, 30320", "ATLANTA GA US, 30320-0017"):
            with self.subTest(end):
                detail = {
                    "est_delivery_date_local": "2026-03-05",
                    "destination_location": end,
                    "destination_tracking_location": without_country,
                }
                (update,) = self.parse(self.payload("out_for_delivery") | {"carrier_detail": detail})
                self.assertEqual((update.window, update.destination.city), (day("2026-03-05"), "ATLANTA"))

    def test_an_end_of_the_journey_without_a_country_has_no_zone(self):
        detail = {"est_delivery_date_local": "2026-03-05", "destination_location": "VANCOUVER BC"}
        (update,) = self.parse(self.payload("out_for_delivery") | {"carrier_detail": detail})
        self.assertEqual((update.window.zone, update.destination.country), (None, ""))

    # Pushes

    def test_the_secret_is_normalised_before_it_signs(self):
        body = self.fixture("callback")
        composed, decomposed = "caf\u00e9", "cafe\u0301"
        EasyPost().verify_callback(self.callback(body, self.signed(body, decomposed), secrets=(composed,)))
        with self.assertRaisesRegex(CallbackRejected, "header is not"):
            EasyPost().verify_callback(self.callback(body, self.signed(body, composed), secrets=(composed,)))

    def test_a_tracker_that_cannot_be_read_does_not_hide_the_others(self):
        listed = {"trackers": [{"object": "Tracker"}, self.payload("delivered")]}
        (update,) = self.parse(listed, number="")
        self.assertEqual(update.number, self.number)

    def test_news_of_anything_but_a_parcel_is_none(self):
        told = {"object": "Event", "description": "refund.successful", "result": {"object": "Refund"}}
        self.assertEqual(EasyPost().parse_callback(Callback(json.dumps(told).encode())), [])

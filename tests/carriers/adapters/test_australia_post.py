from django.test import SimpleTestCase

from carriers.adapters.australia_post import AustraliaPost
from carriers.base import Parcel, Reply
from carriers.errors import CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.events import Location
from orders.reasons import Reason
from orders.statuses import Status
from tests.carriers.contract import CorpusContract, Fails, PollContract, Read, headline


class AustraliaPostTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = AustraliaPost
    credentials = {"api_key": "shop", "password": "s3cret", "account_number": "0001234567"}
    number = "33ABC0123456"
    unknown_code = "Seen by a new robot"
    tells_promises = False
    corpus = {
        "track-response-1.json": [
            Read(Status.IN_TRANSIT, None, 8, "2021-01-26T13:22:43Z", "2021-02-02T21:08:00Z"),
            Read(Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE, 9, "2021-01-05T21:27:00Z", "2021-01-21T00:04:27Z"),
            Read(Status.DELIVERED, None, 10, "2021-01-27T02:31:07Z", "2021-02-01T20:38:56Z"),
        ],
        # Two numbers nobody knows, and one whose delivery is its oldest event.
        "track-response-2.json": Read(Status.IN_TRANSIT, None, 5, "2014-07-04T02:11:32Z", "2014-09-16T23:30:41Z"),
        "error-response-1.json": Fails(NumberNotFound, "Invalid tracking ID"),
        "error-response-2.json": Fails(UnreadablePayload, "10 or less", 400),
    }

    def result(self, *items, number=None, **rest):
        return {"tracking_id": number or self.number, "trackable_items": list(items), **rest}

    def item(self, *words, **rest):
        scans = [{"description": told, "date": f"2026-04-{7 + i:02}T09:00:00+10:00"} for i, told in enumerate(words)]
        return {"article_id": self.number, "events": scans, **rest}

    def event(self, **scan):
        scan = {"description": "Onboard for delivery", "date": "2026-04-13T07:45:10+08:00", **scan}
        (update,) = self.parse({"tracking_results": [self.result({"article_id": self.number, "events": [scan]})]})
        (event,) = update.events
        return event

    # Asking

    def test_one_call_asks_for_ten(self):
        reply = Reply(200, b"{}")
        adapter = self.adapter(reply)
        self.assertEqual(adapter.fetch([Parcel("A1"), Parcel("B2")]), {"A1": reply, "B2": reply})
        (sent,) = adapter.send
        self.assertEqual(sent.url, "https://digitalapi.auspost.com.au/shipping/v1/track?tracking_ids=A1%2CB2")
        self.assertEqual(sent.headers["Authorization"], "Basic c2hvcDpzM2NyZXQ=")
        self.assertEqual(sent.headers["Account-Number"], "0001234567")
        self.assertEqual(AustraliaPost.batch_size, 10)

    # Several in one reply

    def test_good_and_bad_numbers_share_a_reply(self):
        bad = {"tracking_id": "BAD", "errors": [{"code": "ESB-10001", "name": "Invalid tracking ID"}]}
        told = {"tracking_results": [bad, self.result(self.item("Delivered"))]}
        (update,) = self.parse(told)
        self.assertEqual(update.number, self.number)
        with self.assertRaises(NumberNotFound):
            self.parse(told, number="BAD")
        with self.assertRaisesRegex(NumberNotFound, "not of ELSE"):
            self.parse(told, number="ELSE")

    def test_each_article_of_a_consignment_is_a_parcel(self):
        first = self.item("Delivered") | {"article_id": "X01"}
        second = self.item("Onboard for delivery") | {"article_id": "X02"}
        for items in ([first, second], [{"consignment_id": self.number, "items": [first, second]}]):
            updates = self.parse({"tracking_results": [self.result(*items)]})
            found = {update.number: headline(update)[0] for update in updates}
            self.assertEqual(found, {"X01": Status.DELIVERED, "X02": Status.OUT_FOR_DELIVERY})

    def test_the_events_of_a_whole_consignment_are_read(self):
        consignment = {"events": self.item("Picked up", "In transit")["events"]}
        (update,) = self.parse({"tracking_results": [{"tracking_id": self.number, "consignment": consignment}]})
        self.assertEqual((update.number, len(update.events)), (self.number, 2))

    def test_a_number_without_a_scan_is_known(self):
        (update,) = self.parse({"tracking_results": [self.result(self.item())]})
        self.assertEqual((update.number, update.events), (self.number, ()))

    # Words

    def test_the_words_tell_the_status(self):
        for words, status, reason in (
            ("Delivered", Status.DELIVERED, None),
            ("Delivered to sender", Status.RETURNED, None),
            ("Return to sender", Status.RETURNING, None),
            ("Awaiting collection at LEEDERVILLE LPO", Status.AVAILABLE_FOR_PICKUP, None),
            ("Awaiting Collection", Status.AVAILABLE_FOR_PICKUP, None),
            ("Delivered to Parcel Locker", Status.AVAILABLE_FOR_PICKUP, None),
            ("With Australia Post for delivery today", Status.OUT_FOR_DELIVERY, None),
            ("To be Re-Delivered", Status.ATTEMPT_FAILED, None),
            ("Unsuccessful Delivery", Status.ATTEMPT_FAILED, None),
            ("Item cannot be delivered", Status.EXCEPTION, None),
            ("Item held by Customs", Status.EXCEPTION, Reason.CUSTOMS_HELD),
            ("Item cleared by Customs", Status.IN_TRANSIT, None),
            ("Possible delay", Status.EXCEPTION, Reason.CARRIER_DELAY),
            ("Delivered to facility in SUNSHINE WEST VIC", Status.IN_TRANSIT, None),
            ("Shipping information received by Australia Post", Status.INFO_RECEIVED, None),
            ("Ready for Pickup", Status.INFO_RECEIVED, None),  # by the carrier
            ("Incomplete", Status.INFO_RECEIVED, None),
            ("Deleted", Status.CANCELLED, None),
            ("Partial Delivery", Status.IN_TRANSIT, None),
            ("Delivery to be attempted next business day", Status.UNKNOWN, None),
            ("Customer collected", Status.DELIVERED, None),
            ("Item undeliverable", Status.EXCEPTION, None),
        ):
            with self.subTest(words):
                event = self.event(description=words)
                self.assertEqual((event.status, event.reason), (status, reason))

    def test_spaces_of_a_machine_are_tidied(self):
        self.assertEqual(self.event(description="Item\n\t\tprocessed ").description, "Item processed")

    def test_what_moves_no_parcel_is_no_news(self):
        (update,) = self.parse({"tracking_results": [self.result(self.item("Delivered", "Customer enquiry lodged"))]})
        self.assertEqual(headline(update)[0], Status.DELIVERED)
        self.assertEqual(self.carrier().unmapped_codes(update), [])

    # Times and places

    def test_without_an_offset_the_state_has_the_clock_and_the_event_says_so(self):
        event = self.event(date="2026-04-13T07:45:10", location="FREMANTLE WA")
        self.assertEqual((event.occurred_at.isoformat(), event.zone_known), ("2026-04-13T07:45:10+08:00", False))

    def test_the_country_of_a_place_abroad_is_told(self):
        self.assertEqual(self.event(location="CHICAGO (US)").location, Location(city="CHICAGO", country="US"))
        self.assertEqual(self.event(location="FREMANTLE WA").location.country, "AU")

    # Errors

    def test_an_error_means_what_its_code_says_under_any_status(self):
        for code, expected in (
            ("API_001", CarrierRefused),
            ("API_002", CarrierUnavailable),
            ("ESB-20050", CarrierUnavailable),
            ("51104", NumberNotFound),
        ):
            with self.subTest(code):
                body = {"errors": [{"error_code": code, "error_name": "Told so"}]}
                self.assert_raises(expected, "Told so", body)
                self.assert_raises(expected, "Told so", {"errors": [{"code": code, "message": "Told so"}]}, 400)

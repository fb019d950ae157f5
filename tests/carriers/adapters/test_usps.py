import base64
import hashlib
import hmac
import json
from datetime import date, time

from django.test import SimpleTestCase

from carriers.adapters.usps import USPS
from carriers.base import Callback, Headers, Parcel, Reply, Subscribed
from carriers.errors import CallbackRejected, CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from carriers.models import new_callback_secrets
from orders.events import Location
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import (
    CORPUS,
    CorpusContract,
    Fails,
    OAuthContract,
    PushContract,
    Read,
    headline,
    needs_corpus,
    times,
)

CENTRAL = "America/Chicago"


class USPSTests(PushContract, OAuthContract, CorpusContract, SimpleTestCase):
    carrier = USPS
    credentials = {"client_id": "shop", "client_secret": "s3cret"}
    number = "9400111202555842332669"
    unknown_code = "ZQ"
    token = Reply(200, b'{"access_token": "granted-token", "expires_in": "14399", "scope": "tracking"}')
    corpus = {
        "track-response-2.json": Read(
            Status.DELIVERED, Reason.DELIVERED_TO_LOCKER, 15, "2024-11-19T15:27:00Z", "2024-11-23T19:10:00Z"
        ),
        # Two scans of the evening of 25 November tell a GMT of its morning.
        "track-response-3.json": Read(
            Status.IN_TRANSIT,
            None,
            4,
            "2024-11-23T06:00:00Z",
            "2024-11-26T07:44:00Z",
            PromisedWindow(date(2024, 11, 29), date(2024, 11, 29), None, None, CENTRAL),
        ),
        "callback-1.json": Read(Status.DELIVERED, None, 1, "2026-07-23T14:32:00Z", "2026-07-23T14:32:00Z"),
        "error-response-1.json": Fails(UnreadablePayload, "string", 400),
        "error-response-2.json": Fails(CarrierRefused, "Client authentication failed", 401),
        "error-response-3.json": Fails(NumberNotFound, "12: A status update is not yet available", 400),
    }

    def signed(self, body, secret):
        """The header beside this body, whatever there is in it to sign."""
        try:
            told = json.loads(body)
            signed = told["timestamp"] + told["payload"]
        except (ValueError, KeyError, TypeError):
            signed = ""
        digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
        return {"X-HMAC": base64.b64encode(digest).decode()}

    def changed(self, name="delivered", **changes):
        (update,) = self.parse(self.payload(name) | changes)
        return update

    def event(self, **changes):
        """The one event of a parcel whose newest scan has these members instead."""
        scan = self.payload("delivered")["trackingEvents"][0] | changes
        (event,) = self.changed(trackingEvents=[scan], statusCategory="").events
        return event

    def read(self, code, words):
        event = self.event(eventCode=code, eventType=words)
        return event.status, event.reason

    # Asking

    def test_the_token_is_asked_for_in_json(self):
        adapter = self.adapter(Reply(200, b"[]"))
        adapter.fetch([Parcel(self.number)])
        self.assertEqual(adapter.send[0].url, "https://apis.usps.com/oauth2/v3/token")
        expected = {"grant_type": "client_credentials", "client_id": "shop", "client_secret": "s3cret"}
        self.assertEqual(json.loads(adapter.send[0].body), expected)

    def test_many_numbers_are_asked_for_in_one_call_because_an_app_has_sixty_an_hour(self):
        reply = Reply(207, self.fixture("out_for_delivery"))
        adapter = self.adapter(reply)
        self.assertEqual(adapter.fetch([Parcel("1"), Parcel("2")]), {"1": reply, "2": reply})
        self.assertEqual(adapter.send[1].url, "https://apis.usps.com/tracking/v3r2/tracking")
        self.assertEqual(json.loads(adapter.send[1].body), [{"trackingNumber": "1"}, {"trackingNumber": "2"}])

    # One reply, several parcels

    def test_in_a_reply_for_many_each_number_finds_its_own_news_or_its_own_error(self):
        found = self.payload("delivered")
        error = self.payload("not_found") | {"trackingNumber": "2", "statusCode": "404"}
        body = json.dumps([found, error]).encode()
        self.assertEqual(headline(self.parse(body, 207)[0])[0], Status.DELIVERED)
        with self.assertRaisesRegex(NumberNotFound, "not yet available"):
            self.parse(body, 207, number="2")
        with self.assertRaisesRegex(NumberNotFound, "not yet available"):
            self.parse(body, 207, number="3")
        self.assertEqual([update.number for update in self.parse(body, 207, number="")], [self.number])

    def test_a_number_may_be_called_wrong_in_the_details_of_an_error(self):
        detail = {
            "status": "400",
            "code": "150002",
            "title": "Invalid Tracking Number",
            "detail": "7: Try again later.",
        }
        error = {"error": {"code": "400", "message": "Bad Request", "errors": [detail]}}
        self.assert_raises(NumberNotFound, "Bad Request: Invalid Tracking Number: 7: Try again later.", error, 400)
        error["error"] |= {"code": "503", "message": "Host not found"}
        self.assert_raises(CarrierUnavailable, "Host not found", error, 400)

    def test_a_number_that_the_reply_does_not_speak_of_is_not_found(self):
        two = [self.payload("delivered"), self.payload("delivered") | {"trackingNumber": "2"}]
        with self.assertRaisesRegex(NumberNotFound, "2 other numbers and not of 3"):
            self.parse(two, number="3")

    # Status

    def test_delivered_says_to_whom(self):
        self.assertEqual(self.read("01", "Delivered, Left with Individual"), (Status.DELIVERED, None))
        self.assertEqual(self.read("01", "Delivered, Parcel Locker"), (Status.DELIVERED, Reason.DELIVERED_TO_LOCKER))
        self.assertEqual(self.read("01", "Delivered, To Original Sender")[0], Status.RETURNED)
        self.assertEqual(self.read("60", "Delivered to Agent for Final Delivery")[0], Status.IN_TRANSIT)
        self.assertEqual(self.read("01", "Delivered to Agent for Final Delivery")[0], Status.IN_TRANSIT)

    def test_what_cannot_be_delivered_is_on_its_way_back(self):
        for code, words, reason in (
            ("04", "Refused", Reason.REFUSED),
            ("21", "No Such Number", Reason.ADDRESS_INCORRECT),
            ("22", "Insufficient Address", Reason.ADDRESS_INCOMPLETE),
            ("23", "Moved, Left no Address", Reason.RECIPIENT_MOVED),
            ("27", "Unclaimed/Being Returned to Sender", Reason.PICKUP_EXPIRED),
            ("ZZ", "Vacant", Reason.ADDRESS_INCORRECT),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(code, words), (Status.RETURNING, reason))

    def test_a_notice_says_why_it_was_left(self):
        for code, words, reason in (
            ("56", "Notice Left (No Authorized Recipient Available)", Reason.RECIPIENT_ABSENT),
            ("53", "Notice Left (Receptacle Blocked)", Reason.ACCESS_RESTRICTED),
            ("30", "Delivery Attempted - No Access to Delivery Location", Reason.ACCESS_RESTRICTED),
            ("51", "Business Closed", Reason.BUSINESS_CLOSED),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(code, words), (Status.ATTEMPT_FAILED, reason))

    def test_a_code_that_is_not_in_the_table_is_told_by_its_words(self):
        for words, expected in (
            ("Held in Customs", (Status.EXCEPTION, Reason.CUSTOMS_HELD)),
            ("Inbound Out of Customs", (Status.IN_TRANSIT, None)),
            ("In Transit to Next Facility", (Status.IN_TRANSIT, None)),
            ("In Transit, Arriving Late", (Status.IN_TRANSIT, Reason.CARRIER_DELAY)),
            ("Arrived Shipping Partner Facility, USPS Awaiting Item", (Status.IN_TRANSIT, None)),
            ("Pre-Shipment, USPS Awaiting Item", (Status.INFO_RECEIVED, None)),
            ("Available for Redelivery or Pickup", (Status.AVAILABLE_FOR_PICKUP, None)),
            ("Delivery Exception, Animal Interference", (Status.EXCEPTION, Reason.ACCESS_RESTRICTED)),
            ("Customs Hold", (Status.EXCEPTION, Reason.CUSTOMS_HELD)),
            ("Local Weather Delay", (Status.EXCEPTION, Reason.WEATHER)),
            ("Electronic Shipping Info Received", (Status.INFO_RECEIVED, None)),
            ("Reminder to pick up your item before March 12", (Status.AVAILABLE_FOR_PICKUP, None)),
        ):
            with self.subTest(words):
                self.assertEqual(self.read("ZZ", words), expected)

    def test_the_category_speaks_for_the_newest_scan_where_its_code_and_words_are_unknown(self):
        scans = self.payload("unknown_code")["trackingEvents"]
        update = self.changed(trackingEvents=[scans[1], scans[2]], statusCategory="Alert")
        self.assertEqual(headline(update)[0], Status.EXCEPTION)
        back = self.changed(trackingEvents=[scans[1]], statusCategory="Return to Sender")
        self.assertEqual(headline(back)[0], Status.RETURNING)

    # Summaries

    def test_a_summary_tells_each_scan_in_a_line(self):
        lines = [
            "Out for Delivery, 03/04/2026, 6:10 am, ASTORIA, OR 97103",
            "Arrived at Post Office, 03/03/2026, 2:15 pm, ASTORIA, OR 97103",
            "A line that nobody can read",
        ]
        (update,) = self.parse({"trackingNumber": self.number, "eventSummaries": lines})
        self.assertEqual(headline(update)[0], Status.OUT_FOR_DELIVERY)
        self.assertEqual(times(update), ["2026-03-03T22:15:00Z", "2026-03-04T14:10:00Z"])
        self.assertEqual(update.events[0].location, Location("ASTORIA", "97103", "US"))

    def test_without_a_scan_the_sentence_about_the_newest_one_is_read(self):
        for words, status in (
            ("Your item was delivered at 1:05 pm on March 04, 2026 in ASTORIA, OR 97103", Status.DELIVERED),
            (
                "Your item arrived at 1:05 pm on March 4, 2026 in ASTORIA, OR and is ready for pickup.",
                Status.AVAILABLE_FOR_PICKUP,
            ),
            (
                "Your item was delivered to the original sender at 1:05 pm on March 4, 2026 in ASTORIA, OR.",
                Status.RETURNED,
            ),
        ):
            with self.subTest(words):
                update = self.changed(trackingEvents=[], statusCategory="", statusSummary=words)
                self.assertEqual((headline(update)[0], times(update)), (status, ["2026-03-04T21:05:00Z"]))

    def test_a_delivery_after_the_way_back_began_is_a_return(self):
        update = self.parse_fixture("returned")
        self.assertIn((Status.RETURNING, Reason.ADDRESS_INCORRECT), {(e.status, e.reason) for e in update.events})
        self.assertEqual(headline(update)[0], Status.RETURNED)

    # Times

    def test_the_local_time_and_its_offset_are_the_instant_though_gmt_is_told_a_day_early(self):
        evening = {"eventTimestamp": "2024-11-25T18:31:00", "GMTTimestamp": "2024-11-25T00:31:21Z"}
        told = self.event(**evening, GMTOffset="-06:00")
        self.assertEqual(told.occurred_at.isoformat(), "2024-11-25T18:31:00-06:00")
        self.assertEqual(self.event(**evening, GMTOffset=None).occurred_at, told.occurred_at)

    def test_an_offset_comes_in_hours_or_in_minutes(self):
        for offset in ("-07:00", "-7:00", "-0700", "-420", -420):
            told = self.event(eventTimestamp="2026-03-04T13:05:00", GMTOffset=offset)
            self.assertEqual(told.occurred_at.isoformat(), "2026-03-04T13:05:00-07:00", offset)

    def test_without_any_offset_the_state_has_the_clock_and_the_event_says_so(self):
        told = self.event(GMTOffset=None, GMTTimestamp=None)
        self.assertEqual((told.occurred_at.isoformat(), told.zone_known), ("2026-03-04T13:05:00-08:00", False))
        nowhere = self.event(GMTOffset=None, GMTTimestamp=None, eventState=None)
        self.assertEqual(nowhere.occurred_at.isoformat(), "2026-03-04T13:05:00-07:00")  # where it set out

    def test_no_time_is_left_out_and_logged(self):
        with self.assertLogs("carriers", "WARNING"):
            scan = self.payload("delivered")["trackingEvents"][0] | {"eventTimestamp": "", "GMTTimestamp": None}
            self.assertEqual(self.changed(trackingEvents=[scan]).events, ())

    # Promises

    def test_the_predicted_window_beats_the_expected_day(self):
        day = date(2026, 3, 4)
        expected = PromisedWindow(day, day, time(11, 15), time(15, 15), "America/Los_Angeles")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)

    def test_the_expected_day_may_have_an_hour_of_the_twelve_hour_clock(self):
        update = self.changed(
            trackingEvents=[], expectedDeliveryDate="2026-03-05", expectedDeliveryTime="9:00 PM", destinationState="TN"
        )
        expected = PromisedWindow(date(2026, 3, 5), date(2026, 3, 5), None, time(21), CENTRAL)
        self.assertEqual(update.window, expected)

    # Names

    def test_the_service_has_no_mark_up(self):
        self.assertEqual(self.parse_fixture("delivered").service, "USPS Ground Advantage™")

    # Pushes

    @needs_corpus
    def test_the_published_push_has_the_signature_that_is_expected(self):
        folder = CORPUS / "usps"
        headers = json.loads((folder / "callback-1.headers.json").read_bytes())
        body = (folder / "callback-1.json").read_bytes()
        USPS().verify_callback(Callback(body, Headers(headers), (headers["_secret"],)))

    def test_the_signature_covers_the_time_stamp_and_the_payload_and_not_the_body(self):
        told = json.loads(self.fixture("callback"))
        headers = self.signed(self.fixture("callback"), "s")
        respaced = json.dumps(told, indent=3).encode()
        USPS().verify_callback(self.callback(respaced, headers, secrets=("s",)))
        told["timestamp"] = "2026-03-04T21:07:11Z"
        with self.assertRaisesRegex(CallbackRejected, "header is not"):
            USPS().verify_callback(self.callback(json.dumps(told).encode(), headers, secrets=("s",)))

    def test_a_body_without_anything_to_sign_is_rejected(self):
        for body in (b"", b"[]", b'{"payload": {}}'):
            with self.assertRaisesRegex(CallbackRejected, "header is not"):
                USPS().verify_callback(self.callback(body, self.signed(body, "s"), secrets=("s",)))

    def test_a_push_of_one_scan_without_a_list_is_read(self):
        scan = self.payload("delivered")["trackingEvents"][0]
        payload = json.dumps({"trackingNumber": self.number, **scan})
        body = json.dumps({"timestamp": "2026-03-04T21:07:10Z", "payload": payload}).encode()
        (update,) = USPS().parse_callback(Callback(body))
        self.assertEqual((headline(update)[0], times(update)), (Status.DELIVERED, ["2026-03-04T21:05:00Z"]))

    def test_a_payload_that_is_no_json_is_unreadable(self):
        with self.assertRaisesRegex(UnreadablePayload, "usps: expected a JSON list|usps: expected JSON"):
            USPS().parse_callback(Callback(b'{"timestamp": "", "payload": "<xml/>"}'))

    # Ordering pushes

    def order(self, *answers):
        adapter = self.adapter(*answers)
        return adapter, adapter.subscribe([self.number], "https://portal.example/callbacks/usps/x/", "s" * 32)

    def test_pushes_are_ordered_number_by_number_with_a_secret_of_32_characters(self):
        adapter, made = self.order(Reply(200, b'{"subscriptionId": "b3c1-77"}'))
        self.assertEqual(made, Subscribed(reference="b3c1-77"))
        self.assertEqual(adapter.send[1].url, "https://apis.usps.com/subscriptions-tracking/v3r2/subscriptions")
        self.assertEqual(
            json.loads(adapter.send[1].body),
            {
                "listenerURL": "https://portal.example/callbacks/usps/x/",
                "secret": "s" * 32,
                "adminNotification": [],
                "filterProperties": {"trackingNumber": self.number, "trackingEventTypes": ["ALL_UPDATES"]},
            },
        )
        self.assertEqual((USPS.subscription_size, len(new_callback_secrets()[0])), (1, 32))

    def test_an_order_that_fails_for_its_number_refuses_the_number(self):
        error = {"error": {"code": "400", "message": "Invalid tracking number."}}
        _adapter, made = self.order(Reply(400, json.dumps(error).encode()))
        self.assertEqual(made.refused, (self.number,))

    def test_an_order_that_fails_for_anything_else_is_an_error(self):
        full = b'{"error": {"code": "400", "message": "The CRID has ten listener URLs already."}}'
        for error, status, body in (
            (UnreadablePayload, 400, full),
            (CarrierRefused, 403, b'{"error": {"code": "403", "message": "Insufficient scope"}}'),
            (CarrierUnavailable, 503, b""),
            (CarrierUnavailable, 429, b"{}"),
        ):
            with self.subTest(status), self.assertRaises(error):
                self.order(Reply(status, body))

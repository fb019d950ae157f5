import hashlib
import hmac
import json
from datetime import date

from django.test import SimpleTestCase

from carriers.adapters.shippo import Shippo
from carriers.base import Callback, Headers, Parcel, Reply
from carriers.errors import CallbackRejected, CarrierRefused, CarrierUnavailable, NumberNotFound
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, Fails, PollContract, PushContract, Read, headline, times

SIGNED_AT = "1772800000"
IN_BERKELEY = Read(Status.DELIVERED, Reason.DELIVERED_TO_LOCKER, 11, "2016-12-07T00:00:00Z", "2016-12-08T15:19:00Z")


class ShippoTests(PushContract, PollContract, CorpusContract, SimpleTestCase):
    carrier = Shippo
    credentials = {"api_token": "shippo_live_k3y"}
    number = "92055000000000000000000017"
    unknown_code = "TELEPORTED"
    corpus = {
        "track-response-1.json": IN_BERKELEY,
        "track-response-2.json": IN_BERKELEY,
        "track-response-3.json": Fails(NumberNotFound, "knows nothing", 201),
        # The substatus beside status and words is that of another example.
        "callback-1.json": Read(
            Status.DELIVERED, Reason.DELIVERED_TO_LOCKER, 1, "2016-07-23T00:00:00Z", "2016-07-23T00:00:00Z"
        ),
        "error-response-1.json": Fails(NumberNotFound, "carrier: Invalid value specified for provider", 400),
        "error-response-2.json": Fails(NumberNotFound, "is not supported", 400),
    }

    def signed(self, body, secret):
        digest = hmac.new(secret.encode(), f"{SIGNED_AT}.".encode() + body, hashlib.sha256).hexdigest()
        return {"Shippo-Auth-Signature": f"t={SIGNED_AT},v1={digest}"}

    def read(self, status, code="", details="", **changes):
        """The (status, reason) of a track with this one scan."""
        substatus = {"code": code, "text": "", "action_required": False} if code else None
        told = {
            "status": status,
            "substatus": substatus,
            "status_details": details,
            "status_date": "2026-03-05T12:00:00Z",
        }
        (update,) = self.parse(self.payload("delivered") | {"tracking_history": [told], "tracking_status": told})
        return headline(update)

    # Asking: Shippo wants to be told the carrier, so the contract's questions are asked with one.

    def test_the_reply_comes_back_for_the_number_asked(self):
        reply = Reply(200, self.fixture("delivered"))
        adapter = self.adapter(reply)
        self.assertEqual(adapter.fetch([Parcel(self.number, courier="usps")]), {self.number: reply})
        (asked,) = adapter.send
        self.assertEqual(asked.url, f"https://api.goshippo.com/tracks/usps/{self.number}")
        self.assertEqual(asked.headers["Authorization"], "ShippoToken shippo_live_k3y")

    def test_no_answer_is_unavailable(self):
        with self.assertRaisesRegex(CarrierUnavailable, "too long"):
            self.adapter(CarrierUnavailable("no answer: it took too long")).fetch([Parcel("1", courier="usps")])

    def test_a_number_cannot_leave_its_place_in_the_url(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel("../a?b=c&d#e f", courier="../x")])
        expected = "https://api.goshippo.com/tracks/..%2Fx/..%2Fa%3Fb%3Dc%26d%23e%20f"
        self.assertEqual(adapter.send[0].url, expected)

    def test_without_a_courier_shippo_cannot_be_asked_and_says_what_is_missing(self):
        adapter = self.adapter()
        with self.assertRaisesRegex(NumberNotFound, "shippo: .*enter the carrier"):
            adapter.fetch([Parcel(self.number)])
        self.assertEqual(adapter.send, [])

    def test_404_is_a_page_for_people(self):
        page = (self.fixture("not_json"), 404)
        self.assert_raises(NumberNotFound, "404", *page)

    def test_a_refused_token_is_told_in_shippo_s_words(self):
        self.assert_raises(CarrierRefused, "Invalid token", {"detail": "Invalid token."}, 401)

    # Status

    def test_the_substatus_tells_more_than_the_status(self):
        for status, code, expected in (
            ("TRANSIT", "pickup_available", (Status.AVAILABLE_FOR_PICKUP, None)),
            ("TRANSIT", "delivery_attempted", (Status.ATTEMPT_FAILED, None)),
            ("TRANSIT", "location_inaccessible", (Status.ATTEMPT_FAILED, Reason.ACCESS_RESTRICTED)),
            ("TRANSIT", "address_issue", (Status.EXCEPTION, Reason.ADDRESS_INCORRECT)),
            ("TRANSIT", "information_received", (Status.IN_TRANSIT, None)),
            ("RETURNED", "package_unclaimed", (Status.RETURNING, Reason.PICKUP_EXPIRED)),
            ("FAILURE", "package_lost", (Status.EXCEPTION, Reason.LOST)),
            ("FAILURE", "package_departed", (Status.EXCEPTION, None)),
            ("UNKNOWN", "other", (Status.UNKNOWN, None)),
            ("DELIVERED", "delivered", (Status.DELIVERED, None)),
            ("TRANSIT", "delivered", (Status.IN_TRANSIT, None)),
            ("TRANSIT", "never_heard_of", (Status.IN_TRANSIT, None)),
            ("DELIVERED", "return_to_sender", (Status.RETURNED, None)),
        ):
            with self.subTest(f"{status} {code}"):
                self.assertEqual(self.read(status, code), expected)

    def test_a_scan_without_a_substatus_is_read_by_its_words(self):
        for status, details, expected in (
            ("TRANSIT", "Your shipment is out for delivery.", Status.OUT_FOR_DELIVERY),
            ("TRANSIT", "Your shipment has departed the USPS facility.", Status.IN_TRANSIT),
            ("UNKNOWN", "The shipping label has been created and the USPS is awaiting the item.", Status.INFO_RECEIVED),
            ("UNKNOWN", "", Status.UNKNOWN),
        ):
            with self.subTest(details):
                self.assertEqual(self.read(status, details=details)[0], expected)

    def test_delivered_to_somebody_else_than_the_recipient_is_not_delivered(self):
        self.assertEqual(self.read("DELIVERED", "delivered", "Delivered, to original sender")[0], Status.RETURNED)
        held = self.read("DELIVERED", "delivered", "Your shipment is being held for pickup at the post office.")
        self.assertEqual(held[0], Status.AVAILABLE_FOR_PICKUP)

    # Scans

    def test_the_same_scan_is_told_twice_under_two_ids(self):
        told = self.payload("delivered")
        self.assertNotEqual(told["tracking_status"]["object_id"], told["tracking_history"][-1]["object_id"])
        self.assertEqual(len(self.parse_fixture("delivered").events), 5)
        (update,) = self.parse(told | {"tracking_history": told["tracking_history"][:-1]})
        self.assertEqual(len(update.events), 5)

    def test_a_scan_happened_when_the_carrier_says_not_when_shippo_heard_of_it(self):
        self.assertEqual(times(self.parse_fixture("delivered"))[0], "2026-03-02T16:20:00Z")

    def test_each_scan_names_the_carrier_behind(self):
        self.assertEqual({event.carrier for event in self.parse_fixture("delivered").events}, {"usps"})

    # Promises

    def test_midnight_in_utc_is_a_day_at_the_destination(self):
        expected = PromisedWindow(date(2026, 3, 5), date(2026, 3, 5), zone="America/Denver")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)

    # Pushes

    def test_without_a_secret_of_shippo_s_the_unguessable_address_is_the_proof(self):
        Shippo().verify_callback(self.callback(self.fixture("callback")))

    def test_with_its_secret_time_and_body_are_signed(self):
        body, shippo = self.fixture("callback"), Shippo({"webhook_secret": "shared"})
        shippo.verify_callback(self.callback(body, self.signed(body, "shared")))
        late = {"Shippo-Auth-Signature": self.signed(body, "shared")["Shippo-Auth-Signature"].replace("t=1", "t=2")}
        for headers in ({}, self.signed(body, "another"), late, {"Shippo-Auth-Signature": "grüße"}):
            with self.subTest(headers), self.assertRaisesRegex(CallbackRejected, "header is not"):
                shippo.verify_callback(self.callback(body, headers))

    def test_news_of_anything_but_a_track_is_none(self):
        told = {"event": "transaction_created", "data": {"object_id": "x"}}
        self.assertEqual(Shippo().parse_callback(Callback(json.dumps(told).encode(), Headers())), [])

import json
from datetime import date, time

from django.test import SimpleTestCase

from carriers.adapters.ship24 import Ship24
from carriers.base import Callback, Parcel, Reply
from carriers.errors import CallbackRejected, CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.events import Handover, Location
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import SECRET, CorpusContract, PollContract, PushContract, Read, headline, times


class Ship24Tests(PushContract, PollContract, CorpusContract, SimpleTestCase):
    carrier = Ship24
    credentials = {"api_key": "apik_k3y", "webhook_secret": SECRET}
    number = "RR000000017PL"
    unknown_code = "teleport_done"
    corpus = {
        "track-response-1.json": Read(
            Status.IN_TRANSIT,
            None,
            2,
            "2026-05-24T18:11:00Z",
            "2026-05-25T02:47:00Z",
            PromisedWindow(date(2026, 5, 29), date(2026, 5, 29)),
        ),
        # Neither code nor place: "Delivered to the addressee", by nobody's clock.
        "callback-1.json": Read(Status.DELIVERED, None, 1, "2021-03-04T17:12:57Z", "2021-03-04T17:12:57Z"),
    }

    def signed(self, body, secret):
        return {"Authorization": f"Bearer {secret}"}

    def changed(self, scan=(), **changes):
        """The update of the delivered parcel with this one scan, and these members of its shipment."""
        told = self.payload("delivered")
        tracking = told["data"]["trackings"][0]
        tracking["events"] = [tracking["events"][0] | dict(scan)]
        tracking["shipment"] |= changes
        (update,) = self.parse(told)
        return update

    def read(self, code, milestone="in_transit", words=""):
        return headline(self.changed({"statusCode": code, "statusMilestone": milestone, "status": words}))

    # Asking

    def test_a_number_is_followed_and_read_in_one_call(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel("17", postcode="90100", country="FI", courier="fi-post")])
        (asked,) = adapter.send
        self.assertEqual((asked.method, asked.url), ("POST", "https://api.ship24.com/public/v1/trackers/track"))
        self.assertEqual(asked.headers["Authorization"], "Bearer apik_k3y")
        expected = {
            "trackingNumber": "17",
            "courierCode": ["fi-post"],
            "destinationCountryCode": "FI",
            "destinationPostCode": "90100",
        }
        self.assertEqual(json.loads(asked.body), expected)

    def test_without_a_courier_ship24_is_left_to_find_it(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel("17")])
        self.assertEqual(json.loads(adapter.send[0].body), {"trackingNumber": "17"})

    def test_an_error_is_told_by_its_code(self):
        for code, status, error in (
            ("parcel_not_found", 404, NumberNotFound),
            ("tracker_conflict", 409, NumberNotFound),
            ("request_conflict", 409, CarrierUnavailable),
            ("quota_limit_reached", 403, CarrierUnavailable),
            ("no_active_subscription", 403, CarrierRefused),
            ("never_heard_of", 401, CarrierRefused),
            ("validation_error", 400, UnreadablePayload),
        ):
            with self.subTest(code):
                body = {"errors": [{"code": code, "message": "Told so"}], "data": None}
                self.assert_raises(error, rf"Told so \({code}\)", body, status)

    def test_a_number_that_is_pending_is_not_found_yet(self):
        told = self.payload("delivered")
        told["data"]["trackings"][0] |= {"events": [], "shipment": {"statusMilestone": "pending"}}
        self.assert_raises(NumberNotFound, "no carrier knows the number", told)

    def test_a_parcel_is_found_by_any_number_that_is_linked_to_it(self):
        (update,) = self.parse(self.payload("delivered"), number="jjfi000017")
        self.assertEqual(update.number, "jjfi000017")
        with self.assertRaisesRegex(NumberNotFound, "no carrier knows"):
            self.parse(self.payload("delivered"), number="3")

    def test_a_tracking_that_names_no_number_is_the_one_asked_for(self):
        told = self.payload("delivered")
        told["data"]["trackings"][0]["tracker"] = {"trackerId": "17"}
        told["data"]["trackings"][0]["shipment"]["trackingNumbers"] = []
        (update,) = self.parse(told, number="3")
        self.assertEqual(update.number, "3")

    # Status

    def test_the_code_tells_more_than_the_milestone(self):
        for code, milestone, expected in (
            ("customs_received", "in_transit", (Status.IN_TRANSIT, None)),
            ("customs_exception", "in_transit", (Status.EXCEPTION, Reason.CUSTOMS_HELD)),
            ("delivery_refused", "failed_attempt", (Status.ATTEMPT_FAILED, Reason.REFUSED)),
            ("delivery_exception", "out_for_delivery", (Status.EXCEPTION, None)),
            ("exception_return", "exception", (Status.RETURNING, None)),
            ("exception_lost", "exception", (Status.EXCEPTION, Reason.LOST)),
            ("exception_discarded", "exception", (Status.EXCEPTION, Reason.DISPOSED)),
            ("data_order_cancelled", "info_received", (Status.CANCELLED, None)),
            ("data_delivery_decided", "in_transit", (Status.UNKNOWN, None)),
            (None, "available_for_pickup", (Status.AVAILABLE_FOR_PICKUP, None)),
            ("never_heard_of", "failed_attempt", (Status.ATTEMPT_FAILED, None)),
            (None, "pending", (Status.UNKNOWN, None)),
        ):
            with self.subTest(code or milestone):
                self.assertEqual(self.read(code, milestone), expected)

    def test_the_words_are_read_where_there_is_no_code(self):
        self.assertEqual(self.read(None, None, "Delivered to the addressee")[0], Status.DELIVERED)
        for words in ("To be delivered", "Delivery planned", "Undelivered", ""):
            with self.subTest(words):
                told = {"statusCode": None, "statusMilestone": None, "status": words}
                self.assertEqual(headline(self.changed(told, statusCode=None, statusMilestone=None))[0], Status.UNKNOWN)

    def test_the_newest_scan_without_a_code_has_the_shipment_s(self):
        waits = {"statusCode": "delivery_available_for_pickup", "statusMilestone": "available_for_pickup"}
        update = self.changed({"statusCode": None, "statusMilestone": None, "status": "Afhaalpunt"}, **waits)
        self.assertEqual(headline(update)[0], Status.AVAILABLE_FOR_PICKUP)
        late = self.payload("callback")
        late["trackings"][0]["events"][0] |= {"statusCode": None, "statusMilestone": None, "status": ""}
        (update,) = Ship24().parse_callback(Callback(json.dumps(late).encode()))
        self.assertEqual(headline(update)[0], Status.UNKNOWN)

    def test_a_country_may_have_two_letters_or_three(self):
        self.assertEqual(self.changed(destinationCountryCode="ISR").destination.country, "IL")

    def test_delivered_to_somebody_else_than_the_recipient_is_not_delivered(self):
        returned = self.read("delivery_delivered", "delivered", "Delivered to the sender")
        self.assertEqual(returned[0], Status.RETURNED)
        held = self.read("delivery_delivered", "delivered", "Delivered at a pickup point")
        self.assertEqual(held[0], Status.AVAILABLE_FOR_PICKUP)

    # Times and places

    def times_of(self, told, place=None, category="delivery", **changes):
        scan = {"occurrenceDatetime": told, "location": place, "statusCategory": category, **changes}
        update = self.changed(scan)
        return times(update)[0], update.events[0].zone_known

    def test_a_naive_time_is_that_of_the_place(self):
        self.assertEqual(self.times_of("2026-03-06T12:00:00", "Gdańsk, PL"), ("2026-03-06T11:00:00Z", False))
        self.assertEqual(self.times_of("2026-03-06T12:00:00", "SAN RAFAEL, CA 94901"), ("2026-03-06T20:00:00Z", False))
        self.assertEqual(self.times_of("2026-03-06T12:00:00", "Anchorage, AK, US"), ("2026-03-06T21:00:00Z", False))

    def test_without_a_place_it_is_that_of_the_nearer_end_of_the_journey(self):
        self.assertEqual(self.times_of("2026-03-06T12:00:00")[0], "2026-03-06T10:00:00Z")
        self.assertEqual(self.times_of("2026-03-06T12:00:00", category="data")[0], "2026-03-06T11:00:00Z")
        # California or Canada? Nobody can tell.
        self.assertEqual(self.times_of("2026-03-06T12:00:00", "SAN RAFAEL, CA")[0], "2026-03-06T10:00:00Z")

    def test_an_offset_is_kept_and_the_time_called_utc_is_not_believed(self):
        self.assertEqual(self.times_of("2026-03-06T12:00:00+05:30"), ("2026-03-06T06:30:00Z", True))
        self.assertEqual(self.times_of("2026-03-06T12:00:00", utcOffset="+03:00"), ("2026-03-06T09:00:00Z", True))
        misled = self.times_of("2026-03-06T12:00:00", datetime="2026-03-06T12:00:00.000Z")
        self.assertEqual(misled[0], "2026-03-06T10:00:00Z")

    def test_a_day_without_an_hour_is_its_midnight(self):
        self.assertEqual(self.times_of("2026-03-06")[0], "2026-03-05T22:00:00Z")

    def test_a_place_names_its_country_where_it_can(self):
        places = [event.location for event in self.parse_fixture("delivered").events]
        self.assertEqual(places[-1], Location("Gdańsk, PL", "", "PL"))
        self.assertEqual(places[0], Location("Oulu", "", ""))

    def test_a_courier_s_phone_number_stays_with_the_raw_scan(self):
        (event,) = self.changed({"status": "Kurier 0501 000 017"}).events
        self.assertEqual(event.description, "Kurier …")

    # Two carriers, one parcel

    def test_each_scan_names_its_carrier_and_the_last_one_brings_it(self):
        update = self.parse_fixture("delivered")
        self.assertEqual([event.carrier for event in update.events], ["fi-post"] * 3 + ["pl-post"] * 3)
        self.assertEqual(update.handed_to, Handover("fi-post", "JJFI000017"))
        self.assertIsNone(self.changed().handed_to)

    # Promises

    def test_the_carrier_s_days_beat_ship24_s(self):
        expected = PromisedWindow(date(2026, 3, 6), date(2026, 3, 6), zone="Europe/Helsinki")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)
        told = self.payload("out_for_delivery")
        delivery = told["data"]["trackings"][0]["shipment"]["delivery"]
        delivery |= {"courierEstimatedDeliveryDate": None, "estimatedDeliveryDate": "2026-03-09T18:00:00"}
        (update,) = self.parse(told)
        expected = PromisedWindow(date(2026, 3, 9), date(2026, 3, 9), None, time(18), "Europe/Helsinki")
        self.assertEqual(update.window, expected)

    # Pushes

    def test_a_push_brings_several_parcels(self):
        told = self.payload("callback")
        other = told["trackings"][0] | {"tracker": {"trackingNumber": "2"}}
        body = json.dumps({"trackings": [*told["trackings"], other]}).encode()
        self.assertEqual([update.number for update in Ship24().parse_callback(Callback(body))], [self.number, "2"])

    def test_a_proof_of_delivery_is_pushed_on_its_own(self):
        content = {"type": "application/pdf", "text": None, "downloadUrl": "https://pod.example/17.pdf"}
        tracking = {"tracker": {"trackingNumber": "17"}, "data": {"status": "found", "content": content}}
        (update,) = Ship24().parse_callback(Callback(json.dumps({"trackings": [tracking]}).encode()))
        self.assertEqual((update.proof_of_delivery, update.events), ("https://pod.example/17.pdf", ()))

    def test_the_secret_that_ship24_made_stands_among_the_credentials(self):
        body = self.fixture("callback")
        self.adapter().verify_callback(self.callback(body, self.signed(body, SECRET), secrets=("our own",)))
        with self.assertRaisesRegex(CallbackRejected, "header is not"):
            self.adapter().verify_callback(self.callback(body, self.signed(body, "x"), secrets=("our own",)))

from datetime import date, time

from django.test import SimpleTestCase

from carriers.adapters.evri import Evri
from carriers.base import Parcel, Reply
from carriers.errors import CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, PollContract, Read, headline

NAMED = Reply(200, b'{"parcelIdentifiers": [{"urn": "urn:parcel:0001"}]}')


class EvriTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = Evri
    credentials = {"api_key": "k3y"}
    number = "H01ABC0123456789"
    unknown_code = "9_ROBOT"
    corpus = {
        "track-response-1.json": Read(Status.DELIVERED, None, 3, "2026-09-17T10:00:00Z", "2026-09-18T12:00:00Z"),
        "track-response-2.json": Read(Status.OUT_FOR_DELIVERY, None, 2, "2026-09-17T10:00:00Z", "2026-09-18T12:00:00Z"),
    }

    def update(self, *scans, **rest):
        (update,) = self.parse({"results": [{"trackingEvents": list(scans), **rest}]})
        return update

    def scan(self, stage, point="", words="", at="2026-06-10T08:11:19Z", **rest):
        told = {"trackingPointCode": point, "description": words}
        return {"dateTime": at, "trackingStage": {"trackingStageCode": stage}, "trackingPoint": told, **rest}

    def event(self, *told, returned=False, **rest):
        (event,) = self.update(self.scan(*told, **rest), returnParcel=returned).events
        return event

    # Asking

    def test_a_parcel_is_asked_for_by_the_name_that_evri_has_for_it(self):
        reply = Reply(200, self.fixture("delivered"))
        adapter = self.adapter(NAMED, reply)
        self.assertEqual(adapter.fetch([Parcel(self.number, postcode="SW1A 1AA")]), {self.number: reply})
        first, second = adapter.send
        self.assertEqual(first.url, f"{Evri.base_url}/v1/parcels/reference/{self.number}")
        self.assertEqual(second.url, f"{Evri.base_url}/v1/parcels?uniqueIds=urn%3Aparcel%3A0001&postcode=SW1A+1AA")
        self.assertEqual({sent.headers["Apikey"] for sent in adapter.send}, {"k3y"})

    def test_the_reply_that_names_no_parcel_is_the_answer(self):
        for reply in (Reply(200, b'{"parcelIdentifiers": []}'), Reply(400, self.fixture("not_found"))):
            with self.subTest(reply.status):
                adapter = self.adapter(reply)
                self.assertEqual(adapter.fetch([Parcel(self.number)]), {self.number: reply})
                with self.assertRaises(NumberNotFound):
                    adapter.parse(reply, self.number)

    # Numbers

    def test_of_several_parcels_the_one_asked_for_is_read(self):
        told = self.payload("delivered")
        other = self.payload("out_for_delivery")["results"][0]
        other["parcelIdentifiers"][0]["value"] = "H02"
        told["results"].insert(0, other)
        (update,) = self.parse(told)
        self.assertEqual((update.number, headline(update)[0]), (self.number, Status.DELIVERED))
        self.assertEqual([update.number for update in self.parse(told, number="")], ["H02", self.number])
        with self.assertRaisesRegex(NumberNotFound, "not of H03"):
            self.parse(told, number="H03")

    def test_a_parcel_that_stands_alone_is_of_the_number_asked_for(self):
        bare = self.payload("delivered")["results"][0]
        del bare["parcelIdentifiers"]
        for body in (bare, [bare]):
            (update,) = self.parse(body)
            self.assertEqual((update.number, headline(update)[0]), (self.number, Status.DELIVERED))

    # Status

    def test_the_stage_tells_the_status(self):
        for stage, status in (
            ("0", Status.INFO_RECEIVED),
            ("1", Status.INFO_RECEIVED),
            ("2", Status.IN_TRANSIT),
            ("3", Status.IN_TRANSIT),
            ("4_COURIER", Status.OUT_FOR_DELIVERY),
            ("4_SHOP", Status.AVAILABLE_FOR_PICKUP),
            ("4_LOCKER", Status.AVAILABLE_FOR_PICKUP),
            ("5_SHOP", Status.DELIVERED),
            ("5_LOCKER", Status.DELIVERED),
            ("6_INFO", Status.EXCEPTION),
            ("A", Status.RETURNING),
            ("3_HUB", Status.IN_TRANSIT),  # new, of a phase that is known
            (4, Status.IN_TRANSIT),
            ("54_SHOP", Status.UNKNOWN),
        ):
            with self.subTest(stage):
                self.assertEqual(self.event(stage).status, status)

    def test_the_point_says_what_the_stage_does_not(self):
        for stage, point, expected in (
            ("1", "ACCEPTED_BY_HERMES", (Status.IN_TRANSIT, None)),
            ("4_SHOP", "ARRIVED_PARCELSHOP", (Status.AVAILABLE_FOR_PICKUP, None)),
            ("4_COURIER", "NOT_DELIVERED_ADDRESS_INCORRECT", (Status.ATTEMPT_FAILED, Reason.ADDRESS_INCORRECT)),
            (
                "4_COURIER",
                "COURIER_REATTEMPT_CUSTOMER_NOT_AVAILABLE",
                (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
            ),
            ("6_INFO", "DELAY_FIX_NWD", (Status.EXCEPTION, Reason.RESCHEDULED)),
            ("3", "PROCESSING_RETURN", (Status.RETURNING, None)),
            ("4", "PARCEL_WAY_BACK_TO_RETAILER", (Status.RETURNING, None)),
            ("1", "COLLECTED_FROM_PARCELSHOP", (Status.IN_TRANSIT, None)),
            ("5_SHOP", "COLLECTED_FROM_PARCELSHOP", (Status.DELIVERED, None)),
        ):
            with self.subTest(point):
                event = self.event(stage, point)
                self.assertEqual((event.status, event.reason), expected)

    def test_what_is_returned_is_not_delivered_to_the_recipient(self):
        self.assertEqual(self.event("5_COURIER", returned=True).status, Status.RETURNED)
        self.assertEqual(self.event("5_COURIER", "", "Delivered to the sender").status, Status.RETURNED)
        self.assertEqual(self.event("5_COURIER", "NOT_DELIVERED_REFUSED").status, Status.ATTEMPT_FAILED)
        self.assertEqual(self.event("4_SHOP", returned=True).status, Status.RETURNING)
        self.assertEqual(self.event("1", returned=True).status, Status.INFO_RECEIVED)

    def test_a_handover_tells_where_and_not_to_whom(self):
        event = self.event("5_COURIER", "DELIVERED", "Delivered to your neighbour Jo Doe")
        self.assertEqual((event.reason, event.description), (Reason.DELIVERED_TO_NEIGHBOUR, "Delivered"))

    # Times

    def test_a_time_without_a_zone_is_british_and_says_so(self):
        event = self.event("3", at="2026-06-10T08:11:19")
        self.assertEqual((event.occurred_at.isoformat(), event.zone_known), ("2026-06-10T08:11:19+01:00", False))

    def test_milliseconds_are_a_time_too(self):
        event = self.event("3", at=1781079079000)
        self.assertEqual(event.occurred_at.isoformat(), "2026-06-10T08:11:19+00:00")

    def test_the_window_is_that_of_a_british_clock(self):
        day = date(2026, 6, 10)
        expected = PromisedWindow(day, day, time(13, 30), time(15, 30), "Europe/London")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)

    def test_only_the_newest_scan_promises(self):
        eta = {"start": "2026-06-10T12:30:00Z", "end": "2026-06-10T14:30:00Z"}
        scans = [self.scan("4_COURIER", eta=eta), self.scan("6_INFO", at="2026-06-10T15:00:00Z", eta=None)]
        self.assertIsNone(self.update(*scans).window)

    # Errors

    def test_an_error_means_what_it_says(self):
        for error, status, expected in (
            ({"message": "Invalid reference: X"}, 400, NumberNotFound),
            ({"code": 503, "message": "Sorry"}, 200, CarrierUnavailable),
            ({"status": "403", "message": "Sorry"}, 200, CarrierRefused),
            ({"message": "Sorry"}, 401, CarrierRefused),
            ({"message": "Sorry"}, 200, UnreadablePayload),
        ):
            with self.subTest(error):
                self.assert_raises(expected, error["message"], {"errors": [error]}, status)

    def test_a_failure_without_a_result_is_not_found(self):
        failure = {"uniqueId": "urn:parcel:0001", "message": "Sorry"}
        self.assert_raises(NumberNotFound, "Sorry", {"results": [], "failures": [failure]})
        self.assert_raises(NumberNotFound, "knows no parcel", {"results": [], "failures": []})

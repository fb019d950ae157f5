from datetime import date, time

from django.test import SimpleTestCase

from carriers.adapters.dhl_express import DHLExpress
from carriers.base import Parcel, Reply
from carriers.errors import CarrierRefused, NumberNotFound, UnreadablePayload
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import FIXTURES, CorpusContract, Fails, PollContract, Read, headline, times


class DHLExpressTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = DHLExpress
    credentials = {"username": "shop", "password": "s3cret"}
    number = "7700000017"
    unknown_code = "ZQ"
    corpus = {
        "error-response-1.json": Fails(NumberNotFound, "No shipments found for the given tracking number", 404),
        "error-response-2.xml": Fails(CarrierRefused, "Password"),
        "error-response-3.xml": Fails(NumberNotFound, "No Shipments Found for AWBNumber 123456789"),
        "error-response-4.json": Fails(UnreadablePayload, "Parameters not having correct format", 400),
        "error-response-5.json": Fails(NumberNotFound, "No data found", 404),
        # Picked up in Los Angeles, delivered in New York.
        "track-response-1.json": Read(Status.DELIVERED, None, 2, "2024-01-15T16:00:00Z", "2024-01-15T22:00:00Z", None),
        # From Barcelona to Milan; from Singapore; from Hong Kong.
        "track-response-2.xml": [
            Read(Status.DELIVERED, None, 16, "2009-08-28T11:26:00Z", "2009-08-31T08:09:00Z", None),
            Read(Status.IN_TRANSIT, None, 1, "2009-08-26T02:00:00Z", "2009-08-26T02:00:00Z", None),
            Read(Status.IN_TRANSIT, None, 2, "2009-08-13T15:58:00Z", "2009-08-13T18:19:50Z", None),
        ],
        # Kingston keeps no summer time; the promise is to the end of a day in New York.
        "track-response-3.xml": Read(
            Status.IN_TRANSIT,
            None,
            1,
            "2021-05-05T14:42:00Z",
            "2021-05-05T14:42:00Z",
            PromisedWindow(date(2021, 5, 7), date(2021, 5, 7), None, None, "America/New_York"),
        ),
        # Sydney (+10) to Auckland (+12).
        "track-response-4.json": Read(Status.DELIVERED, None, 13, "2023-08-09T03:56:21Z", "2023-08-09T23:59:23Z", None),
    }

    def xml(self):
        return (FIXTURES / "dhl-express" / "xml_out_for_delivery.xml").read_bytes()

    def changed(self, name="out_for_delivery", **changes):
        told = self.payload(name)
        told["shipments"][0].update(changes)
        (update,) = self.parse(told)
        return update

    def event(self, code="AF", words="", area="HELSINKI-FI", **changes):
        """The only event of a shipment that has this one scan."""
        scan = {"date": "2026-07-01", "time": "12:00:00", "typeCode": code, "description": words}
        scan["serviceArea"] = [{"code": "XXX", "description": area}]
        (event,) = self.changed(events=[scan | changes]).events
        return event

    # Asking

    def test_a_waybill_is_asked_for_with_all_its_checkpoints(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        (asked,) = adapter.send
        base = "https://express.api.dhl.com/mydhlapi/shipments"
        query = "trackingView=all-checkpoints&levelOfDetail=all"
        self.assertEqual(asked.url, f"{base}/{self.number}/tracking?{query}")
        self.assertEqual(asked.headers["Authorization"], "Basic c2hvcDpzM2NyZXQ=")

    # Meanings

    def test_checkpoints_mean_what_dhl_s_table_says(self):
        for code, status, reason in (
            ("CA", Status.ATTEMPT_FAILED, Reason.BUSINESS_CLOSED),
            ("CC", Status.AVAILABLE_FOR_PICKUP, None),
            ("BA", Status.EXCEPTION, Reason.ADDRESS_INCORRECT),
            ("UD", Status.EXCEPTION, Reason.CUSTOMS_HELD),
            ("RR", Status.IN_TRANSIT, None),
            ("PD", Status.DELIVERED, None),
            ("SD", Status.INFO_RECEIVED, None),
            ("SM", Status.IN_TRANSIT, None),
            ("IR", Status.EXCEPTION, Reason.MISSORTED),
            ("DP", Status.EXCEPTION, Reason.PROHIBITED),
            ("TI", Status.EXCEPTION, Reason.UNDER_INVESTIGATION),
            ("PY", Status.UNKNOWN, None),
        ):
            with self.subTest(code):
                event = self.event(code)
                self.assertEqual((event.status, event.reason), (status, reason))

    def test_delivered_to_a_service_point_or_to_the_shipper_is_not_delivered(self):
        self.assertEqual(self.event("OK", "Delivered to DHL ServicePoint").status, Status.AVAILABLE_FOR_PICKUP)
        self.assertEqual(self.event("OK", "Returned to shipper").status, Status.RETURNED)

    def test_a_delay_is_explained_by_its_words(self):
        for words, reason in (("Delayed because of bad weather", Reason.WEATHER), ("", Reason.CARRIER_DELAY)):
            event = self.event("TD", words)
            self.assertEqual((event.status, event.reason), (Status.EXCEPTION, reason))

    def test_a_new_checkpoint_is_read_by_its_words_and_never_delivers(self):
        event = self.event("ZQ", "Shipment is delayed because of bad weather")
        self.assertEqual((event.status, event.reason), (Status.EXCEPTION, Reason.WEATHER))
        self.assertEqual(self.event("ZZ", "Delivered").status, Status.UNKNOWN)

    def test_remarks_tell_why(self):
        event = self.event("OH", "On hold", remarks=[{"value": "Delayed because of bad weather"}])
        self.assertEqual((event.status, event.reason), (Status.EXCEPTION, Reason.WEATHER))

    def test_who_signed_is_left_out_of_the_words(self):
        for told in ("Delivered : A PERSON", "Delivered - Signed for by: A PERSON"):
            self.assertEqual(self.event("OK", told).description, "Delivered")
        self.assertEqual(self.event("AF", "Arrived at OSAKA-JP").description, "Arrived at OSAKA-JP")

    # Places and times

    def test_a_scan_keeps_the_clock_of_its_service_area(self):
        for area, offset in (
            ("SYDNEY-AU", "+10:00"),
            ("KINGSTON-JAM", "-05:00"),
            ("SPRINGFIELD GARDENS,NY-USA", "-04:00"),
            ("Milan - Italy ", "+02:00"),
            ("Los Angeles, CA", "-07:00"),
            ("Winston-Salem, NC", "-04:00"),
            ("NOWHERE", "+00:00"),
        ):
            with self.subTest(area):
                event = self.event(area=area)
                self.assertEqual((event.occurred_at.isoformat()[19:], event.zone_known), (offset, False))

    def test_an_area_without_a_country_is_that_of_the_end_with_its_code(self):
        event = self.event(serviceArea=[{"code": "OSA"}])
        self.assertEqual(event.occurred_at.isoformat(), "2026-07-01T12:00:00+09:00")

    def test_an_offset_is_kept_where_it_is_told(self):
        event = self.event(GMTOffset="+05:30")
        self.assertEqual((event.occurred_at.isoformat()[19:], event.zone_known), ("+05:30", True))

    def test_the_offset_may_stand_with_the_hour(self):
        event = self.event(time="12:00:00+01:00")
        self.assertEqual((event.occurred_at.isoformat()[11:], event.zone_known), ("12:00:00+01:00", True))

    def test_pieces_repeat_what_the_shipment_tells(self):
        piece = {"trackingNumber": "JD1", "events": self.payload("delivered")["shipments"][0]["events"]}
        self.assertEqual(len(self.changed("delivered", pieces=[piece, piece]).events), 6)
        self.assertEqual(len(self.changed("delivered", pieces=[piece], events=[]).events), 6)

    def test_a_promise_with_an_hour_keeps_it(self):
        expected = PromisedWindow(date(2026, 3, 4), date(2026, 3, 4), None, time(17), "Europe/Helsinki")
        self.assertEqual(self.changed(estimatedDeliveryDate="2026-03-04T17:00:00").window, expected)

    # Several shipments, and none

    def test_a_shipment_is_found_by_its_piece(self):
        told = self.payload("delivered")
        told["shipments"].append(told["shipments"][0] | {"shipmentTrackingNumber": "2", "pieces": []})
        (update,) = self.parse(told, number="JD014600000000000017")
        self.assertEqual(update.number, "JD014600000000000017")
        self.assertEqual([update.number for update in self.parse(told, number="")], [self.number, "2"])

    def test_no_shipments_are_a_number_not_found(self):
        self.assert_raises(NumberNotFound, "lists no shipment", {"shipments": []})
        unknown = {"shipmentTrackingNumber": self.number, "status": "No Shipments Found", "events": []}
        self.assert_raises(NumberNotFound, "No Shipments Found", {"shipments": [unknown]})

    # XML-PI

    def test_xml_says_the_same_as_json(self):
        (update,) = self.parse(self.xml())
        self.assertEqual((update.number, headline(update)[0]), (self.number, Status.OUT_FOR_DELIVERY))
        self.assertEqual(times(update), ["2026-03-02T15:05:00Z", "2026-03-04T15:30:00Z"])
        expected = PromisedWindow(date(2026, 3, 4), date(2026, 3, 4), None, time(18), "America/Phoenix")
        self.assertEqual(update.window, expected)
        self.assertEqual(update.events[1].raw["ServiceEvent"]["EventCode"], "WC")

    def test_other_xml_is_unreadable(self):
        self.assert_raises(UnreadablePayload, "no AWBInfo", b"<x><y/></x>")
        self.assert_raises(UnreadablePayload, "expected XML", self.xml()[:300])

import json
from datetime import date

from django.test import SimpleTestCase

from carriers.adapters.delhivery import Delhivery
from carriers.base import Parcel, Reply
from carriers.errors import CarrierRefused, CarrierUnavailable, NumberNotFound
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, Fails, PollContract, PushContract, Read, headline, times

INDIA = "Asia/Kolkata"


class DelhiveryTests(PushContract, PollContract, CorpusContract, SimpleTestCase):
    carrier = Delhivery
    credentials = {"api_token": "t0ken"}
    number = "10000000000017"
    unknown_code = "Q-77"
    corpus = {
        "track-response-1.json": Read(
            Status.IN_TRANSIT,
            None,
            4,
            "2025-11-29T07:33:03Z",
            "2025-11-29T12:22:35Z",
            PromisedWindow(date(2025, 12, 6), date(2025, 12, 6), zone=INDIA),
        ),
        "track-response-2.json": Read(Status.INFO_RECEIVED, None, 1, "2023-05-21T09:23:30Z", "2023-05-21T09:23:30Z"),
        "error-response-1.json": Fails(NumberNotFound, "invalid AWB"),
        "callback-1.json": Read(Status.UNKNOWN),  # it names no time: a hint without a scan
        "callback-2.json": Read(Status.DELIVERED, None, 3, "2022-09-16T03:00:00Z", "2022-09-16T12:30:00Z"),
    }

    def signed(self, body, secret):
        return {"Authorization": secret}

    def scanned(self, kind, station, code="", words="", at="2026-03-04T12:00:00"):
        told = self.payload("delivered")
        shipment = told["ShipmentData"][0]["Shipment"]
        scan = {"ScanType": kind, "Scan": station, "StatusCode": code, "Instructions": words, "ScanDateTime": at}
        shipment |= {"Scans": [{"ScanDetail": scan}], "Status": {}}
        (update,) = self.parse(told)
        return update

    def read(self, *scan):
        return headline(self.scanned(*scan))

    # Asking

    def test_a_number_is_asked_for_alone_with_the_token_in_a_header(self):
        adapter = self.adapter(Reply(200, b"{}"), Reply(200, b"{}"))
        adapter.fetch([Parcel("1"), Parcel("2")])
        urls = [asked.url for asked in adapter.send]
        self.assertEqual(urls, [f"https://track.delhivery.com/api/v1/packages/json/?waybill={n}" for n in "12"])
        self.assertEqual(adapter.send[0].headers["Authorization"], "Token t0ken")

    # Status

    def test_undelivered_is_a_direction_and_no_failure(self):
        for station, status in (
            ("Manifested", Status.INFO_RECEIVED),
            ("Not Picked", Status.INFO_RECEIVED),
            ("In Transit", Status.IN_TRANSIT),
            ("Pending", Status.IN_TRANSIT),
            ("Dispatched", Status.OUT_FOR_DELIVERY),
            ("Somewhere", Status.IN_TRANSIT),
        ):
            with self.subTest(station):
                self.assertEqual(self.read("UD", station), (status, None))

    def test_only_a_dl_is_a_delivery_and_not_every_one(self):
        self.assertEqual(self.read("DL", "Delivered", "EOD-38")[0], Status.DELIVERED)
        self.assertEqual(self.read("UD", "Delivered")[0], Status.IN_TRANSIT)
        for station, code in (("RTO", ""), ("DTO", ""), ("Delivered", "RD-AC1"), ("Delivered", "RT-110")):
            self.assertEqual(self.read("DL", station, code)[0], Status.RETURNED)

    def test_a_dl_at_a_station_of_the_way_is_none(self):
        self.assertEqual(self.read("DL", "In Transit", "", "Departed from the hub")[0], Status.IN_TRANSIT)
        self.assertEqual(self.read("DL", "Dispatched", "B2BPOD-103")[0], Status.OUT_FOR_DELIVERY)
        self.assertEqual(self.read("DL", "Delivered", "B2BPOD-103")[0], Status.DELIVERED)

    def test_a_station_without_a_direction_tells_it(self):
        for station, status in (
            ("Delivered", Status.DELIVERED),
            ("RTO", Status.RETURNING),
            ("DTO", Status.RETURNING),
            ("Canceled", Status.CANCELLED),
            ("Lost", Status.EXCEPTION),
            ("Dispatched", Status.OUT_FOR_DELIVERY),
        ):
            with self.subTest(station):
                self.assertEqual(self.read("", station)[0], status)
        self.assertEqual(self.read("", "Delivered", "EOD-38")[0], Status.DELIVERED)

    def test_the_way_back_is_told_by_its_direction(self):
        for kind in ("RT", "PU"):
            for station in ("In Transit", "Pending", "Dispatched"):
                self.assertEqual(self.read(kind, station)[0], Status.RETURNING)
        self.assertEqual(self.read("CN", "Canceled")[0], Status.CANCELLED)
        self.assertEqual(self.read("PP", "Dispatched")[0], Status.INFO_RECEIVED)

    def test_the_nsl_code_tells_what_went_wrong(self):
        for code, words, expected in (
            ("EOD-6", "", (Status.ATTEMPT_FAILED, Reason.REFUSED)),
            ("EOD-74", "", (Status.ATTEMPT_FAILED, Reason.ADDRESS_INCOMPLETE)),
            ("EOD- 146", "No Id Proof", (Status.ATTEMPT_FAILED, Reason.IDENTITY_UNCONFIRMED)),
            ("EOD-999", "Customer refused", (Status.ATTEMPT_FAILED, Reason.REFUSED)),
            ("EOD-86", "Not attempted", (Status.EXCEPTION, Reason.CARRIER_DELAY)),
            ("DLYDC-101", "Heavy Rain/ Fog", (Status.EXCEPTION, Reason.WEATHER)),
            ("DLYXX-1", "Vehicle breakdown", (Status.EXCEPTION, Reason.VEHICLE_BREAKDOWN)),
            ("RT-104", "Shipment Damaged", (Status.EXCEPTION, Reason.DAMAGED)),
            ("FMEOD-103", "Shipper is closed", (Status.INFO_RECEIVED, Reason.NOT_HANDED_OVER)),
            ("SC-106", "Package marked for self collect", (Status.AVAILABLE_FOR_PICKUP, None)),
            ("X-DDD3FD", "Out for delivery", (Status.OUT_FOR_DELIVERY, None)),
        ):
            with self.subTest(code):
                self.assertEqual(self.read("UD", "Pending", code, words), expected)

    def test_a_delivery_tells_where_it_was_left(self):
        found = self.read("DL", "Delivered", "EOD-37", "Delivered at Mailroom/Security")
        self.assertEqual(found, (Status.DELIVERED, Reason.DELIVERED_TO_RECEPTION))

    # Scans

    def test_a_status_that_no_scan_tells_is_a_scan(self):
        told = self.payload("delivered")
        told["ShipmentData"][0]["Shipment"]["Scans"] = []
        (update,) = self.parse(told)
        self.assertEqual(times(update), ["2026-03-04T07:35:09Z"])
        self.assertEqual(headline(update)[0], Status.DELIVERED)

    def test_a_push_and_the_poll_give_the_scan_one_key(self):
        (pushed,) = self.carrier().parse_callback(self.callback(self.fixture("callback")))
        self.assertIn(pushed.events[0].key, [event.key for event in self.parse_fixture("delivered").events])

    def test_a_push_may_list_several_shipments(self):
        told = self.payload("callback")
        for body in ([told, told], {"ShipmentData": [told, told]}):
            self.assertEqual(len(self.carrier().parse_callback(self.callback(json.dumps(body).encode()))), 2)

    def test_a_push_may_be_the_scan_itself(self):
        told = {"Waybill": "17", "Status": "Delivered", "StatusType": "DL", "StatusDateTime": "2026-03-04T12:00:00"}
        (update,) = self.carrier().parse_callback(self.callback(json.dumps(told).encode()))
        self.assertEqual((update.number, headline(update)[0]), ("17", Status.DELIVERED))
        self.assertEqual(times(update), ["2026-03-04T06:30:00Z"])

    def test_several_shipments_in_one_reply_are_kept_apart(self):
        told = self.payload("delivered")
        other = self.payload("exception")["ShipmentData"][0]
        other["Shipment"]["AWB"] = "10000000000018"
        told["ShipmentData"].append(other)
        self.assertEqual([update.number for update in self.parse(told)], [self.number])
        self.assertEqual(len(self.parse(told, number="")), 2)
        with self.assertRaises(NumberNotFound):
            self.parse(told, number="10000000000019")

    def test_a_scan_is_indias_and_of_a_town(self):
        newest = self.parse_fixture("delivered").events[-1]
        self.assertEqual(newest.occurred_at.isoformat(), "2026-03-04T13:05:09+05:30")
        self.assertEqual((newest.location.city, newest.location.country), ("Pune", "IN"))
        self.assertFalse(newest.zone_known)

    # Promise

    def test_the_end_of_the_day_is_the_day(self):
        promised = self.parse_fixture("out_for_delivery").window
        self.assertEqual(promised, PromisedWindow(date(2026, 3, 5), date(2026, 3, 5), zone=INDIA))

    def test_a_parcel_that_turned_round_has_no_promise_left(self):
        self.assertIsNone(self.scanned("RT", "In Transit").window)

    # Errors

    def test_an_error_is_told_in_words(self):
        for words, error in (
            ("Data does not exists for provided Waybill(s)", NumberNotFound),
            ("Login or API Key Required", CarrierRefused),
            ("Request was throttled", CarrierUnavailable),
        ):
            with self.subTest(words):
                self.assert_raises(error, "HTTP 200", {"Success": False, "Error": words})

    def test_forbidden_means_too_often(self):
        self.assert_raises(CarrierUnavailable, "too often", b"<html>403 Forbidden</html>", 403)

    def test_an_empty_list_of_shipments_is_not_found(self):
        self.assert_raises(NumberNotFound, ".", {"ShipmentData": []})

from datetime import date, time

from django.test import SimpleTestCase

from carriers.adapters.postnl import EVENTS, MEANINGS, STATUSES, PostNL
from carriers.base import Parcel, Reply
from carriers.errors import CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, Fails, PollContract, Read, headline, times


class PostNLTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = PostNL
    credentials = {"api_key": "k3y"}
    number = "3SDEVC900000017"
    unknown_code = "Q77"
    corpus = {
        "error-response-1.json": Fails(NumberNotFound, "No shipment found"),
        # Of another service: labels.
        "error-response-2.json": Fails(UnreadablePayload, "no shipment"),
        "track-response-1.json": Read(
            Status.IN_TRANSIT,
            None,
            3,
            "2018-03-07T08:50:47Z",
            "2018-03-07T22:20:05Z",
            PromisedWindow(date(2018, 3, 8), date(2018, 3, 8), time(11, 30), time(14), "Europe/Amsterdam"),
        ),
        "track-response-4.json": Read(Status.IN_TRANSIT, None, 1, "2018-03-07T22:20:05Z", "2018-03-07T22:20:05Z", None),
        "track-response-6.json": Read(Status.DELIVERED, None, 1, "2021-02-26T11:54:08Z", "2021-02-26T11:54:08Z", None),
    }

    def changed(self, name="out_for_delivery", **changes):
        told = self.payload(name)
        told["CompleteStatus"]["Shipment"].update(changes)
        (update,) = self.parse(told)
        return update

    def event(self, code, words=""):
        return {"Code": code, "Description": words, "TimeStamp": "03-03-2026 12:00:00"}

    def status(self, code, phase="3", at="03-03-2026 12:00:00"):
        return {"TimeStamp": at, "StatusCode": code, "StatusDescription": "", "PhaseCode": phase}

    def read(self, code, status=None):
        """The (status, reason) of a shipment with this one event and perhaps the status beside it."""
        return headline(self.changed(Event=self.event(code), Status=status or {}, OldStatus={}))

    # Asking

    def test_a_barcode_is_asked_for_with_its_history(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        (asked,) = adapter.send
        base = "https://api.postnl.nl/shipment/v2/status/barcode"
        self.assertEqual(asked.url, f"{base}/{self.number}?detail=true&language=EN")
        self.assertEqual(asked.headers["apikey"], "k3y")

    # Meanings

    def test_no_code_is_listed_twice(self):
        codes = [code for table in (EVENTS, STATUSES) for group in table.values() for code in group.split()]
        self.assertEqual(len(codes), len(set(codes)))
        self.assertEqual(set(codes), set(MEANINGS))

    def test_older_replies_write_codes_the_other_way_round(self):
        self.assertEqual(self.read("01B"), self.read("B01"))
        self.assertEqual(self.read("01A")[0], Status.INFO_RECEIVED)

    def test_events_whose_status_says_delivered_and_that_are_not(self):
        for code, status in (
            ("J23", Status.AVAILABLE_FOR_PICKUP),
            ("Y26", Status.AVAILABLE_FOR_PICKUP),
            ("I06", Status.IN_TRANSIT),
            ("I07", Status.RETURNING),
            ("J63", Status.RETURNED),
            ("X24", Status.RETURNING),
        ):
            with self.subTest(code):
                self.assertEqual(self.read(code, self.status("11", "4"))[0], status)

    def test_an_event_that_is_new_means_what_the_status_of_its_moment_means(self):
        self.assertEqual(self.read("Q77", self.status("7"))[0], Status.OUT_FOR_DELIVERY)
        self.assertEqual(self.read("Q77", self.status("98", "2"))[0], Status.IN_TRANSIT)
        self.assertEqual(self.read("Q77", self.status("98", "4"))[0], Status.UNKNOWN)

    def test_where_it_was_left_and_why_it_was_not(self):
        self.assertEqual(self.read("I10"), (Status.DELIVERED, Reason.DELIVERED_TO_NEIGHBOUR))
        self.assertEqual(self.read("Y03"), (Status.ATTEMPT_FAILED, Reason.REFUSED))
        self.assertEqual(self.read("X67"), (Status.EXCEPTION, Reason.DUTIES_UNPAID))

    # Statuses as events

    def test_a_status_that_no_event_tells_is_news(self):
        update = self.changed(Status=self.status("12", "4", "03-03-2026 12:30:00"))
        self.assertEqual((headline(update)[0], len(update.events)), (Status.AVAILABLE_FOR_PICKUP, 5))

    def test_without_events_the_statuses_are_the_history(self):
        update = self.changed("delivered", Event=[])
        self.assertEqual((headline(update)[0], len(update.events)), (Status.DELIVERED, 5))

    def test_a_single_event_may_stand_alone_and_empty_members_are_objects(self):
        update = self.changed(Event=self.event("J05"), Status={}, OldStatus={}, Expectation={}, Reference={})
        self.assertEqual((headline(update)[0], update.window), (Status.OUT_FOR_DELIVERY, None))

    # Times and promises

    def test_the_clock_is_dutch_with_or_without_a_fraction(self):
        for told in ("01-07-2026 12:00:00", "01-07-2026 12:00:00.326", "2026-07-01T12:00:00"):
            update = self.changed(Event=[self.event("J01") | {"TimeStamp": told}], Status={})
            self.assertEqual(times(update), ["2026-07-01T10:00:00Z"])

    def test_the_day_is_promised_where_the_hours_are_not(self):
        for told in ("2026-03-04", "04-03-2026 00:00:00"):
            window = self.changed(Expectation={}, DeliveryDate=told).window
            self.assertEqual((window.latest, window.to_time, window.zone), (date(2026, 3, 4), None, "Europe/Amsterdam"))

    # Errors

    def test_a_wrong_key_is_refused_and_a_quota_is_waited_for(self):
        for code, error in (("oauth.v2.InvalidApiKey", CarrierRefused), ("policies.ratelimit.X", CarrierUnavailable)):
            self.assert_raises(error, "No", {"fault": {"faultstring": "No", "detail": {"errorcode": code}}})

    def test_an_http_status_in_the_body_counts(self):
        self.assert_raises(CarrierUnavailable, "Too many requests", {"http_status": 429, "title": "Too many requests"})
        errors = {"Errors": [{"Code": "1", "Description": "Internal server error"}]}
        self.assert_raises(CarrierUnavailable, "Internal", errors)
        errors = {"Errors": [{"Status": "429", "Title": "Slow down"}]}
        self.assert_raises(CarrierUnavailable, "Slow down", errors)

    def test_a_warning_beside_a_shipment_is_no_error(self):
        told = self.payload("delivered") | {"Warnings": [{"Message": "Old version", "Code": "9"}]}
        self.assertEqual(headline(self.parse(told)[0])[0], Status.DELIVERED)

    def test_a_piece_is_found_by_its_main_barcode(self):
        told = self.payload("delivered")
        piece = told["CompleteStatus"]["Shipment"]
        told["CompleteStatus"]["Shipment"] = [piece | {"Barcode": "B2", "MainBarcode": "M1"}, piece]
        self.assertEqual([update.number for update in self.parse(told, number="M1")], ["M1"])
        self.assertEqual([update.number for update in self.parse(told, number="")], ["B2", self.number])

    def test_a_main_barcode_of_several_pieces_gives_each_by_its_own(self):
        told = self.payload("delivered")
        piece = told["CompleteStatus"]["Shipment"] | {"MainBarcode": "M1"}
        told["CompleteStatus"]["Shipment"] = [piece | {"Barcode": "B2"}, piece]
        self.assertEqual([update.number for update in self.parse(told, number="M1")], ["B2", self.number])

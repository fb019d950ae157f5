import base64
import hashlib
import hmac
import json
from datetime import date, time

import pytest
from django.test import SimpleTestCase

from carriers.adapters.fedex import FedEx
from carriers.base import Callback, Parcel, Reply
from carriers.errors import CallbackRejected, CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CORPUS, OAuthContract, PushContract, headline, needs_corpus, times


class FedExTests(PushContract, OAuthContract, SimpleTestCase):
    carrier = FedEx
    credentials = {"client_id": "l7-shop", "client_secret": "s3cret"}
    number = "794900000017"
    unknown_code = "ZQ"
    token = Reply(200, b'{"access_token": "granted-token", "token_type": "bearer", "expires_in": 3599}')

    def signed(self, body, secret):
        digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        return {"fdx-signature": base64.b64encode(digest).decode()}

    def result(self, told):
        return told["output"]["completeTrackResults"][0]["trackResults"][0]

    def changed(self, name="out_for_delivery", **changes):
        """The update of a fixture whose track result has these members instead."""
        told = self.payload(name)
        self.result(told).update(changes)
        (update,) = self.parse(told)
        return update

    def read(self, **changes):
        """The (status, reason) of a reply with one scan that has these members instead."""
        scan = self.result(self.payload("exception"))["scanEvents"][0]
        return headline(self.changed("exception", scanEvents=[scan | changes], latestStatusDetail={}))

    # Asking

    def test_the_token_is_asked_for_with_a_form(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        self.assertEqual(adapter.send[0].url, "https://apis.fedex.com/oauth/token")
        self.assertEqual(adapter.send[0].body, "grant_type=client_credentials&client_id=l7-shop&client_secret=s3cret")

    def test_many_numbers_are_asked_for_in_one_call_with_all_their_scans(self):
        reply = Reply(200, self.fixture("delivered"))
        adapter = self.adapter(reply)
        self.assertEqual(adapter.fetch([Parcel("1"), Parcel("2")]), {"1": reply, "2": reply})
        asked = json.loads(adapter.send[1].body)
        numbers = [info["trackingNumberInfo"]["trackingNumber"] for info in asked["trackingInfo"]]
        self.assertEqual((numbers, asked["includeDetailedScans"]), (["1", "2"], True))
        self.assertEqual(adapter.send[1].url, "https://apis.fedex.com/track/v1/trackingnumbers")
        self.assertEqual(FedEx.batch_size, 30)

    # One reply, several parcels

    def test_a_number_that_was_used_twice_gives_two_parcels(self):
        first, second = self.parse(self.fixture("reused_number"))
        self.assertEqual([first.number, second.number], [self.number] * 2)
        self.assertEqual([headline(first)[0], headline(second)[0]], [Status.DELIVERED, Status.IN_TRANSIT])

    def test_in_a_reply_for_many_each_number_finds_its_own(self):
        told = self.payload("delivered")
        other = self.payload("not_found")["output"]["completeTrackResults"][0] | {"trackingNumber": "2"}
        other["trackResults"][0]["trackingNumberInfo"]["trackingNumber"] = "2"
        told["output"]["completeTrackResults"].append(other)
        body = json.dumps(told).encode()
        self.assertEqual(headline(self.parse(body)[0])[0], Status.DELIVERED)
        with self.assertRaisesRegex(NumberNotFound, "cannot be found"):
            self.parse(body, number="2")
        with self.assertRaisesRegex(NumberNotFound, "2 other numbers and not of 3"):
            self.parse(body, number="3")
        self.assertEqual([update.number for update in self.parse(body, number="")], [self.number])

    # Status

    def test_the_event_tells_where_the_derived_status_only_says_in_transit(self):
        self.assertEqual(self.read(eventType="HP", derivedStatusCode="IT")[0], Status.AVAILABLE_FOR_PICKUP)
        self.assertEqual(self.read(eventType="OD", derivedStatusCode="IT")[0], Status.OUT_FOR_DELIVERY)
        self.assertEqual(self.read(eventType="OC", derivedStatusCode="IN")[0], Status.INFO_RECEIVED)

    def test_the_derived_status_tells_where_it_is_more_than_that(self):
        self.assertEqual(self.read(eventType="AR", derivedStatusCode="DL")[0], Status.DELIVERED)

    def test_an_exception_has_the_reason_its_words_tell(self):
        for code, words, status, reason in (
            ("DE", "Incorrect address", Status.EXCEPTION, Reason.ADDRESS_INCORRECT),
            ("DE", "Refused by recipient", Status.ATTEMPT_FAILED, Reason.REFUSED),
            ("DE", "Unable to deliver shipment, returned to shipper", Status.RETURNING, None),
            ("SE", "Damaged, delivery not completed", Status.EXCEPTION, Reason.DAMAGED),
            ("CD", "Commercial invoice missing", Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS),
            ("CD", "", Status.EXCEPTION, Reason.CUSTOMS_HELD),
            ("DY", "Package delayed", Status.EXCEPTION, Reason.CARRIER_DELAY),
            ("DY", "Local weather delay - Delivery not attempted", Status.EXCEPTION, Reason.WEATHER),
        ):
            with self.subTest(words):
                found = self.read(eventType=code, derivedStatusCode=code, exceptionCode="", exceptionDescription=words)
                self.assertEqual(found, (status, reason))

    def test_an_exception_without_words_has_the_reason_of_its_code(self):
        found = self.read(exceptionCode="003", exceptionDescription="")
        self.assertEqual(found, (Status.EXCEPTION, Reason.ADDRESS_INCORRECT))

    def test_the_kind_of_a_delay_explains_it(self):
        delay = {"status": "DELAYED", "type": "WEATHER", "subType": "SNOW"}
        found = self.read(eventType="DY", derivedStatusCode="DY", exceptionDescription="Delay", delayDetail=delay)
        self.assertEqual(found, (Status.EXCEPTION, Reason.WEATHER))

    def test_delivered_is_derived_from_a_way_back_too(self):
        words = "Unable to deliver shipment - Returned to shipper; Return tracking number 000000000017"
        found = self.read(eventType="RS", derivedStatusCode="DL", exceptionCode="", exceptionDescription=words)
        self.assertEqual(found, (Status.RETURNING, None))

    def test_a_place_told_as_a_code_is_read_as_words(self):
        update = self.changed("delivered", deliveryDetails={"locationDescription": "FRONT_DESK"})
        self.assertEqual(headline(update), (Status.DELIVERED, Reason.DELIVERED_TO_RECEPTION))

    def test_the_kind_of_a_delay_beats_a_scan_that_says_no_more_than_delay(self):
        scan = {"date": "2026-03-04T08:00:00-07:00", "eventType": "DY", "derivedStatusCode": "DY"}
        latest = {"code": "DY", "delayDetail": {"status": "DELAYED", "type": "WEATHER"}}
        update = self.changed(scanEvents=[scan], latestStatusDetail=latest)
        self.assertEqual(headline(update), (Status.EXCEPTION, Reason.WEATHER))

    def test_a_delay_that_only_the_latest_status_tells_of_is_told_with_the_newest_scan(self):
        update = self.changed(
            latestStatusDetail={"code": "FD", "derivedCode": "RL", "delayDetail": {"status": "DELAYED"}}
        )
        self.assertEqual(headline(update), (Status.OUT_FOR_DELIVERY, Reason.CARRIER_DELAY))

    def test_a_latest_status_with_a_time_of_its_own_is_an_event(self):
        told = self.payload("delivered")
        scans = self.result(told)["scanEvents"]
        update = self.changed("delivered", scanEvents=scans[1:], latestStatusDetail=scans[0])
        self.assertEqual(headline(update)[0], Status.DELIVERED)
        twice = self.changed("delivered", latestStatusDetail=scans[0])
        self.assertEqual(len(twice.events), len(scans))

    def test_a_delivery_told_without_its_scan_happened_at_the_actual_time(self):
        latest = {"code": "DL", "derivedCode": "DL", "description": "Delivered"}
        actual = [{"type": "ACTUAL_DELIVERY", "dateTime": "2026-03-04T12:20:00-07:00"}]
        update = self.changed("delivered", scanEvents=[], latestStatusDetail=latest, dateAndTimes=actual)
        self.assertEqual(times(update), ["2026-03-04T19:20:00Z"])
        self.assertEqual(headline(update)[0], Status.DELIVERED)
        self.assertEqual(len(self.changed("delivered", dateAndTimes=actual).events), 5)
        self.assertEqual(
            self.changed("delivered", scanEvents=[], latestStatusDetail=latest, dateAndTimes=[]).events, ()
        )

    def test_a_delivery_after_the_way_back_began_is_a_return(self):
        update = self.parse_fixture("returned")
        self.assertIn(Status.RETURNING, {event.status for event in update.events})
        self.assertEqual(headline(update)[0], Status.RETURNED)

    @needs_corpus
    def test_every_code_of_the_official_table_is_mapped(self):
        rows = json.loads((CORPUS / "fedex" / "codes-1.json").read_bytes())
        possession = {"SH", "CU", "BR", "TP"}  # who has the parcel: another table in the same list
        codes = {code.upper() for code, _ in rows if code != "Code"} - possession
        self.assertGreater(len(codes), 50)
        self.assertEqual(codes - set(FedEx.status_map), set())

    # Times

    def test_each_scan_has_its_own_offset(self):
        first, *_ = sorted(self.parse_fixture("delivered").events, key=lambda event: event.occurred_at)
        self.assertEqual(first.occurred_at.isoformat(), "2026-03-02T11:04:10-06:00")

    def times_of(self, told):
        scan = self.result(self.payload("delivered"))["scanEvents"][0]
        return self.changed("delivered", scanEvents=[scan | {"date": told}], latestStatusDetail={}).events

    def test_a_space_before_the_offset_and_no_colon_in_it_are_read(self):
        (event,) = self.times_of("2024-08-12T15:18:10 -0500")
        self.assertEqual(event.occurred_at.isoformat(), "2024-08-12T15:18:10-05:00")

    def test_a_naive_time_is_that_of_the_state_and_says_so(self):
        (event,) = self.times_of("2024-08-15T00:00:00")
        self.assertEqual(event.occurred_at.isoformat(), "2024-08-15T00:00:00-06:00")
        self.assertFalse(event.zone_known)

    def test_no_time_is_left_out_and_logged(self):
        for told in ("", "soon", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00"):
            with self.assertLogs("carriers", "WARNING") as logged:
                self.assertEqual(self.times_of(told), ())
            self.assertIn("fedex: left out 1 of 1 scans", logged.output[0])

    # Promises

    def test_the_estimate_beats_the_commitment(self):
        expected = PromisedWindow(date(2026, 3, 4), date(2026, 3, 4), time(10, 15), time(14, 15), "America/Denver")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)

    def test_without_an_estimate_the_commitment_stands_to_the_hour(self):
        promised = self.changed(estimatedDeliveryTimeWindow={"window": {}}).window
        self.assertEqual((promised.latest, promised.to_time), (date(2026, 3, 4), time(20, 0)))

    def test_midnight_is_a_day_whatever_its_offset(self):
        promised = self.changed(
            estimatedDeliveryTimeWindow={}, standardTransitTimeWindow={"window": {"ends": "2026-03-05T00:00:00-06:00"}}
        ).window
        self.assertEqual((promised.latest, promised.to_time), (date(2026, 3, 5), None))

    def test_a_date_among_the_dates_and_times_is_a_promise_but_the_actual_day_is_none(self):
        nothing = {"estimatedDeliveryTimeWindow": {}, "standardTransitTimeWindow": {}}
        actual = {"type": "ACTUAL_DELIVERY", "dateTime": "2026-03-09T00:00:00-06:00"}
        estimate = {"type": "ESTIMATED_DELIVERY", "dateTime": "2026-03-06T00:00:00-06:00"}
        self.assertIsNone(self.changed(**nothing, dateAndTimes=[actual]).window)
        self.assertEqual(self.changed(**nothing, dateAndTimes=[actual, estimate]).window.latest, date(2026, 3, 6))

    def test_a_window_that_ends_before_it_begins_is_none(self):
        backwards = {"window": {"begins": "2026-03-08T08:00:00", "ends": "2026-03-06T08:00:00"}}
        self.assertIsNone(self.changed(estimatedDeliveryTimeWindow=backwards, standardTransitTimeWindow={}).window)

    # Pushes

    def test_the_signature_covers_the_raw_body(self):
        body = self.fixture("callback")
        with self.assertRaisesRegex(CallbackRejected, "header is not"):
            FedEx().verify_callback(self.callback(body + b" ", self.signed(body, "correct horse battery staple")))

    def test_an_error_in_a_push_is_told_in_fedex_s_words(self):
        with self.assertRaisesRegex(NumberNotFound, "cannot be found"):
            FedEx().parse_callback(Callback(self.fixture("not_found")))


LA = "America/Los_Angeles"
FEDEX_CORPUS = {
    # The second number of the first file is not found: the first is told all the same.
    "track-response-1.json": [
        (
            (Status.IN_TRANSIT, Reason.WEATHER),
            1,
            "2018-02-02T19:01:00Z",
            "2018-02-02T19:01:00Z",
            PromisedWindow(date(2021, 10, 1), date(2021, 10, 15), time(8), None, LA),
        )
    ],
    "track-response-2.json": [
        (
            (Status.IN_TRANSIT, Reason.CARRIER_DELAY),
            10,
            "2024-04-24T20:30:57Z",
            "2024-04-26T14:50:00Z",
            PromisedWindow(date(2024, 4, 25), date(2024, 4, 25), None, time(10, 30), LA),
        ),
        ((Status.DELIVERED, None), 8, "2024-04-25T15:55:00Z", "2024-04-26T16:26:00Z", None),
    ],
    "track-response-4.json": [
        (
            (Status.DELIVERED, Reason.DELIVERED_TO_RECEPTION),
            4,
            "2024-08-12T20:18:10Z",
            "2024-08-12T20:18:10Z",
            None,
        )
    ],
}


@needs_corpus
@pytest.mark.parametrize("name", FEDEX_CORPUS)
def test_the_corpus_is_read_as_a_person_reads_it(name):
    updates = FedEx().parse(Reply(200, (CORPUS / "fedex" / name).read_bytes()), "")
    found = [
        (headline(update), len(told), told[0], told[-1], update.window)
        for update in updates
        for told in [times(update)]
    ]
    assert found == FEDEX_CORPUS[name]


@needs_corpus
def test_a_real_life_of_scans_is_read_in_the_order_it_was_lived():
    scans = json.loads((CORPUS / "fedex" / "scan-events-1.json").read_bytes())
    result = {"trackingNumberInfo": {"trackingNumber": "012301230123"}, "scanEvents": scans}
    told = {"output": {"completeTrackResults": [{"trackResults": [result]}]}}
    (update,) = FedEx().parse(Reply(200, json.dumps(told).encode()), "012301230123")
    # As text the label (13:58 -05:00) comes after the pickup (13:09 -07:00); it was made an hour before it.
    ordered = sorted(update.events, key=lambda event: event.occurred_at)
    assert [event.code for event in ordered[:2]] == ["OC", "PU"]
    assert (times(update)[0], times(update)[-1]) == ("2025-07-16T18:58:34Z", "2025-07-23T11:59:00Z")
    assert headline(update) == (Status.DELIVERED, None)
    assert FedEx().unmapped_codes(update) == []


@needs_corpus
@pytest.mark.parametrize(
    ("number", "error", "words"),
    [
        (1, UnreadablePayload, "Please provide tracking number"),
        (2, NumberNotFound, "can't be found right now"),
        (3, CarrierRefused, "Access token expired"),
        (4, CarrierRefused, "could not authorize"),
        (5, NumberNotFound, "no longer available"),
        (6, CarrierUnavailable, "unexpected error"),
        (7, CarrierUnavailable, "currently unavailable"),
        (8, CarrierRefused, "credentials were not valid"),
        (9, CarrierUnavailable, "unexpected error"),
        (10, CarrierUnavailable, "currently unavailable"),
    ],
)
def test_the_corpus_errors_are_told_in_the_words_of_fedex(number, error, words):
    body = (CORPUS / "fedex" / f"error-response-{number}.json").read_bytes()
    with pytest.raises(error, match=words):
        FedEx().parse(Reply(200, body), "")

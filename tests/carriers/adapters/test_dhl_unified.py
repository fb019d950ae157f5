import json
from datetime import date, time

import pytest
from django.test import SimpleTestCase

from carriers.adapters.dhl_unified import DHL
from carriers.base import Callback, MemoryTokens, Parcel, Reply, Subscribed
from carriers.errors import CallbackRejected, CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from carriers.reading.dhl_divisions import CODES, MEANINGS
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CORPUS, PollContract, PushContract, Sent, headline, needs_corpus, times


class DHLTests(PushContract, PollContract, SimpleTestCase):
    carrier = DHL
    credentials = {"api_key": "k3y"}
    number = "00340434000000000017"
    unknown_code = "QX-17"

    def signed(self, body, secret):
        return {"DHL-Hook-Token": secret}

    def changed(self, name="delivered", **changes):
        told = self.payload(name)
        told["shipments"][0].update(changes)
        (update,) = self.parse(told)
        return update

    def read(self, code, status="", description="", service="parcel-de", **changes):
        """The (status, reason) of a shipment with this one event."""
        scan = {"timestamp": "2026-03-04T12:00:00", "statusCode": code, "status": status, "description": description}
        return headline(self.changed(events=[scan], status=scan, service=service, **changes))

    # Asking

    def test_a_number_is_asked_for_in_english_with_the_key_in_a_header(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        (asked,) = adapter.send
        self.assertEqual(asked.url, f"https://api-eu.dhl.com/track/shipments?trackingNumber={self.number}&language=en")
        self.assertEqual(asked.headers["DHL-API-Key"], "k3y")

    # What the five status codes leave out

    def test_the_prose_tells_what_the_status_code_does_not(self):
        for code, words, status, reason in (
            ("transit", "The shipment has been loaded onto the delivery vehicle", Status.OUT_FOR_DELIVERY, None),
            ("transit", "Shipment is out with courier for delivery", Status.OUT_FOR_DELIVERY, None),
            ("transit", "The shipment is ready for pick-up at the PACKSTATION", Status.AVAILABLE_FOR_PICKUP, None),
            ("delivered", "Delivered to DHL ServicePoint", Status.AVAILABLE_FOR_PICKUP, None),
            ("transit", "The shipment is being brought to the PACKSTATION", Status.IN_TRANSIT, None),
            ("delivered", "The recipient has picked up the shipment from the retail outlet", Status.DELIVERED, None),
            ("transit", "The recipient was not present", Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
            ("failure", "Recipient refused delivery", Status.ATTEMPT_FAILED, Reason.REFUSED),
            (
                "failure",
                "Delivery of the shipment was not possible because of an incorrect address",
                Status.ATTEMPT_FAILED,
                Reason.ADDRESS_INCORRECT,
            ),
            ("transit", "The shipment is being held by customs", Status.EXCEPTION, Reason.CUSTOMS_HELD),
            ("transit", "The shipment has cleared customs", Status.IN_TRANSIT, None),
            ("transit", "The shipment was damaged and is being repacked", Status.EXCEPTION, Reason.DAMAGED),
            ("transit", "Shipment is delayed because of bad weather", Status.EXCEPTION, Reason.WEATHER),
            ("transit", "Returned to shipper", Status.RETURNING, None),
            ("delivered", "Returned to shipper", Status.RETURNED, None),
            ("failure", "", Status.EXCEPTION, None),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(code, words), (status, reason))

    def test_german_prose_is_read(self):
        for code, words, status, reason in (
            ("transit", "Die Sendung wurde in das Zustellfahrzeug geladen.", Status.OUT_FOR_DELIVERY, None),
            ("transit", "Die Sendung liegt in der Filiale zur Abholung bereit.", Status.AVAILABLE_FOR_PICKUP, None),
            ("failure", "Der Empfänger wurde nicht angetroffen.", Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
            ("failure", "Die Annahme wurde verweigert.", Status.ATTEMPT_FAILED, Reason.REFUSED),
            ("transit", "Die Sendung wird zurück an den Absender gesandt.", Status.RETURNING, None),
            (
                "delivered",
                "Die Sendung wurde einem Nachbarn zugestellt.",
                Status.DELIVERED,
                Reason.DELIVERED_TO_NEIGHBOUR,
            ),
            (
                "delivered",
                "Die Sendung wurde in den Briefkasten zugestellt.",
                Status.DELIVERED,
                Reason.DELIVERED_TO_LOCKER,
            ),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(code, words), (status, reason))

    def test_a_code_means_what_its_own_division_means_by_it(self):
        self.assertEqual(self.read("transit", "42", service="ecommerce-europe")[0], Status.OUT_FOR_DELIVERY)
        self.assertEqual(self.read("transit", "CA", service="express"), (Status.ATTEMPT_FAILED, Reason.BUSINESS_CLOSED))
        self.assertEqual(self.read("transit", "NOTIFIED", service="post-de")[0], Status.AVAILABLE_FOR_PICKUP)
        self.assertEqual(self.read("transit", "42", service="express")[0], Status.IN_TRANSIT)

    def test_delivered_in_words_and_not_in_the_status_code_does_not_reassure(self):
        for code in ("pre-transit", "transit", "failure"):
            self.assertEqual(self.read(code, "DELIVERED")[0], Status.UNKNOWN)

    def test_a_failure_is_one_however_mild_its_words(self):
        self.assertEqual(self.read("failure", "Out for delivery")[0], Status.EXCEPTION)

    def test_a_parcel_on_its_way_back_is_returned_when_it_is_delivered(self):
        self.assertEqual(self.read("delivered", "Delivered", returnFlag=True)[0], Status.RETURNED)

    def test_prose_without_a_status_code_is_read_for_what_it_is(self):
        self.assertEqual(self.read("", "", "Actual Vessel Arrival", service="dgf")[0], Status.IN_TRANSIT)
        self.assertEqual(self.read("", "", "Sonderbarkeit", service="dgf")[0], Status.UNKNOWN)

    @needs_corpus
    def test_every_listed_code_stands_in_the_official_table(self):
        rows = json.loads((CORPUS / "dhl-unified" / "codes-1.json").read_bytes())[1:]
        official = {(division, code) for division, code, *_ in rows}
        listed = {(division, code) for division, codes in MEANINGS.items() for code in codes}
        self.assertEqual(listed - official, set())

    def test_no_code_of_a_division_is_listed_twice(self):
        for division, groups in CODES.items():
            codes = [code for group in groups.values() for code in group.split()]
            self.assertEqual(len(codes), len(set(codes)), division)

    @needs_corpus
    def test_no_row_of_the_official_table_is_delivered_unless_it_says_so(self):
        rows = json.loads((CORPUS / "dhl-unified" / "codes-1.json").read_bytes())[1:]
        for division, code, description, _ in rows:
            status, _ = self.read("", code, description, service=division)
            if status is Status.DELIVERED:
                told = f"{code} {description}".lower()
                said = ("deliver", "collected", "picked up", "received", "fetched", "paid", "confirmed", "amount")
                self.assertTrue(any(word in told for word in said), (division, code, description))

    # The latest status

    def test_a_status_that_is_among_the_events_is_no_event_of_its_own(self):
        self.assertEqual(len(self.parse_fixture("delivered").events), 5)

    def test_a_status_that_is_told_among_the_events_in_other_words_is_no_event_of_its_own(self):
        at = "2026-03-05T08:10:00+01:00"
        scan = {"timestamp": at, "description": "Die Sendung wurde in das Zustellfahrzeug geladen."}
        latest = {"timestamp": at, "statusCode": "transit", "status": "In Zustellung"}
        update = self.changed(events=[scan], status=latest)
        self.assertEqual((len(update.events), headline(update)[0]), (1, Status.OUT_FOR_DELIVERY))
        failed = self.changed(events=[scan | {"statusCode": "failure"}], status=latest)
        self.assertEqual(len(failed.events), 2)

    def test_a_link_in_a_description_leaves_its_words(self):
        told = {"timestamp": "2026-03-05T08:10:00Z", "description": "Arrived (<a href='https://dhl.example'>more</a>)"}
        (event,) = self.changed(events=[told], status={}).events
        self.assertEqual(event.description, "Arrived (more)")

    def test_a_status_that_is_news_is_an_event(self):
        told = self.payload("delivered")["shipments"][0]
        update = self.changed(events=told["events"][1:])
        self.assertEqual(len(update.events), 5)
        self.assertEqual(headline(update)[0], Status.DELIVERED)

    def test_a_scan_told_twice_has_the_zone_that_one_of_them_names(self):
        told = self.payload("delivered")["shipments"][0]
        update = self.changed(status=told["status"] | {"timestamp": "2026-03-04T12:31:00Z"})
        newest = max(update.events, key=lambda event: event.occurred_at)
        self.assertEqual((len(update.events), newest.occurred_at.isoformat()), (5, "2026-03-04T12:31:00+00:00"))
        self.assertTrue(newest.zone_known)

    def test_the_key_of_a_push_is_that_of_the_later_poll(self):
        (pushed,) = DHL().parse_callback(Callback(self.fixture("callback")))
        polled = {event.key for event in self.parse_fixture("delivered").events}
        self.assertIn(pushed.events[0].key, polled)

    # Times

    def test_parcel_germany_s_naive_times_are_berlin_s(self):
        newest = max(self.parse_fixture("delivered").events, key=lambda event: event.occurred_at)
        self.assertEqual(newest.occurred_at.isoformat(), "2026-03-04T12:31:00+01:00")
        self.assertFalse(newest.zone_known)

    def clock(self, address, service="freight", code="transit", status="x", **changes):
        told = {"timestamp": "2026-07-01T12:00:00", "statusCode": code, "status": status}
        scan = told | {"location": {"address": address}}
        (event,) = self.changed(events=[scan], status={}, service=service, **changes).events
        return event.occurred_at.isoformat()[19:]

    def test_other_divisions_keep_the_clock_of_the_scan_s_place(self):
        self.assertEqual(self.clock({"countryCode": "FI"}), "+03:00")
        self.assertEqual(self.clock({"countryCode": "US", "addressLocality": "Hebron, KY"}), "-04:00")
        self.assertEqual(self.clock({"countryCode": "US", "addressLocality": "RENO, NV, US"}), "-07:00")

    def test_a_scan_without_a_place_keeps_the_clock_of_the_nearer_end(self):
        ends = {"origin": {"address": {"countryCode": "CN"}}, "destination": {"address": {"countryCode": "SE"}}}
        self.assertEqual(self.clock({}, code="pre-transit", **ends), "+08:00")
        self.assertEqual(self.clock({}, code="transit", **ends), "+02:00")
        self.assertEqual(self.clock({}, code="unknown", status="LABEL CREATED", **ends), "+08:00")
        self.assertEqual(self.clock({}, origin={}, destination={}), "+00:00")

    def test_a_time_that_names_its_zone_keeps_it(self):
        newest = max(self.changed("exception").events, key=lambda event: event.occurred_at)
        self.assertEqual(newest.occurred_at.isoformat(), "2026-02-11T09:14:00+01:00")
        self.assertTrue(newest.zone_known)

    # Promises

    def test_the_time_frame_is_read_as_local_time(self):
        expected = PromisedWindow(date(2026, 3, 4), date(2026, 3, 4), time(10, 30), time(13, 0), "Europe/Berlin")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)

    def estimate(self, told):
        window = self.changed("out_for_delivery", estimatedDeliveryTimeFrame={}, estimatedTimeOfDelivery=told).window
        return window and (window.latest.isoformat(), window.to_time and window.to_time.isoformat("minutes"))

    def test_an_estimate_at_midnight_is_a_day_even_in_utc(self):
        self.assertEqual(self.estimate("2026-03-05T00:00:00Z"), ("2026-03-05", None))
        self.assertEqual(self.estimate("2026-03-05T23:59:00"), ("2026-03-05", None))
        self.assertEqual(self.estimate("2026-03-05"), ("2026-03-05", None))

    def test_an_estimate_with_an_hour_keeps_it(self):
        self.assertEqual(self.estimate("2026-03-05T15:30:00+01:00"), ("2026-03-05", "15:30"))

    def test_an_estimate_that_is_no_date_promises_nothing(self):
        self.assertIsNone(self.estimate("By End of Day"))

    # One number, several shipments

    def test_of_several_shipments_those_that_name_the_number_are_given(self):
        told = self.payload("delivered")
        piece = told["shipments"][0] | {"id": "SHIPMENT-1"}
        told["shipments"] = [piece, piece | {"id": "SHIPMENT-2", "details": {}}]
        (update,) = self.parse(told)
        self.assertEqual(update.number, self.number)
        self.assertEqual([update.number for update in self.parse(told, number="other")], ["SHIPMENT-1", "SHIPMENT-2"])

    def test_a_number_among_the_references_is_found(self):
        told = self.payload("delivered")
        told["shipments"].append(
            told["shipments"][0] | {"id": "S2", "details": {"references": {"number": "REF-7", "type": "customer"}}}
        )
        (update,) = self.parse(told, number="REF-7")
        self.assertEqual(update.number, "REF-7")

    def test_no_shipments_are_a_number_not_found(self):
        self.assert_raises(NumberNotFound, "lists no shipment", {"shipments": []})

    def test_a_proof_of_delivery_is_a_link_or_nothing(self):
        for url, expected in (("https://webpod.dhl.com/x", "https://webpod.dhl.com/x"), ("string", ""), (None, "")):
            update = self.changed(details={"proofOfDelivery": {"documentUrl": url}})
            self.assertEqual(update.proof_of_delivery, expected)

    # Pushes

    def test_a_street_before_the_town_is_left_out(self):
        for locality, city in (("Oderweg 2, AMSTERDAM", "AMSTERDAM"), ("Hebron, KY", "Hebron, KY"), ("Köln", "Köln")):
            scan = {
                "timestamp": "2026-03-04T12:00:00Z",
                "statusCode": "transit",
                "location": {"address": {"addressLocality": locality}},
            }
            (event,) = self.changed(events=[scan], status=scan).events
            self.assertEqual(event.location.city, city)

    def test_a_push_without_a_time_brings_no_event_and_is_still_news(self):
        told = self.payload("callback")
        del told["shipments"][0]["status"]["timestamp"]
        with self.assertLogs("carriers", "WARNING"):
            (update,) = DHL().parse_callback(Callback(json.dumps(told).encode()))
        self.assertEqual((update.number, update.events), (self.number, ()))

    def test_a_handshake_is_no_news(self):
        self.assertEqual(DHL().parse_callback(Callback(self.fixture("callback_handshake"))), [])

    def handshake(self, answer=None, /, **changes):
        adapter = DHL(self.credentials, send=Sent(answer or Reply(204, b"")), tokens=MemoryTokens())
        told = self.payload("callback_handshake") | changes
        return adapter, adapter.handshake(Callback(json.dumps(told).encode()))

    def test_a_handshake_is_answered_at_the_subscription_with_its_secret(self):
        adapter, answered = self.handshake()
        (sent,) = adapter.send
        self.assertTrue(answered)
        self.assertEqual((sent.method, sent.url), ("POST", self.payload("callback_handshake")["self"]))
        self.assertEqual(sent.headers["DHL-API-Hook-Secret"], "pq7-hook-secret")
        self.assertEqual(sent.headers["DHL-API-Key"], "k3y")

    def test_a_handshake_never_calls_a_stranger(self):
        for url in (
            "https://evil.example/tracking/push/v1/subscription/1",
            "http://api-eu.dhl.com/tracking/push/v1/subscription/1",
            "https://api-eu.dhl.com@evil.example/tracking/push/v1/subscription/1",
            "https://api-eu.dhl.com:8443/tracking/push/v1/subscription/1",
            "https://api-eu.dhl.com/elsewhere",
            "https://api-eu.dhl.com/tracking/push/../../elsewhere",
            "https://[bad/tracking/push/",
            "",
        ):
            with self.subTest(url), self.assertRaisesRegex(CallbackRejected, "no subscription at https://api-eu"):
                self.handshake(self=url)

    def test_a_handshake_whose_secret_cannot_be_a_header_is_rejected(self):
        for secret in ("", "two words", "line\nbreak", "grüße", None):
            with self.subTest(secret), self.assertRaisesRegex(CallbackRejected, "no secret"):
                self.handshake(secret=secret)

    def test_an_activation_that_dhl_refuses_is_told(self):
        with self.assertRaisesRegex(CarrierRefused, "401"):
            self.handshake(Reply(401, b"{}"))

    def test_a_subscription_that_is_ready_needs_no_answer(self):
        adapter, answered = self.handshake(scope="subscription.ready")
        self.assertEqual((answered, list(adapter.send)), (True, []))

    def test_a_push_is_no_handshake(self):
        self.assertFalse(DHL().handshake(Callback(self.fixture("callback"))))

    # Ordering pushes

    def order(self, *answers):
        adapter = self.adapter(*answers)
        return adapter, adapter.subscribe([self.number, "7"], "https://portal.example/callbacks/x/", "s3cret")

    def test_pushes_are_ordered_in_the_documented_shape(self):
        adapter, made = self.order(Reply(201, b'{"id": "sub-1", "status": "PENDING"}'))
        self.assertEqual(made, Subscribed(reference="sub-1"))
        (sent,) = adapter.send
        self.assertEqual((sent.method, sent.url), ("POST", "https://api-eu.dhl.com/tracking/push/v1/subscription"))
        self.assertEqual(sent.headers["DHL-API-Key"], self.credentials["api_key"])
        self.assertEqual(
            json.loads(sent.body),
            {
                "hook": {
                    "uri": "https://portal.example/callbacks/x/",
                    "authentication": {
                        "type": "ApiKeyAuthentication",
                        "header": "DHL-Hook-Token",
                        "token": "s3cret",
                    },
                },
                "format": "Default",
                "type": "Shipment",
                "events": ["Pre-Transit", "Transit", "Delivered", "Failure", "Unknown"],
                "shipmentIDs": [self.number, "7"],
            },
        )
        self.assertEqual((DHL.subscription_size, DHL.subscription_lifetime), (10, None))

    def test_an_order_that_is_taken_without_a_word_is_an_order(self):
        self.assertEqual(self.order(Reply(202, b""))[1], Subscribed())

    def test_an_order_that_is_not_taken_is_told_in_dhls_words(self):
        for error, status, words in (
            (CarrierRefused, 401, "Unauthorized"),
            (CarrierRefused, 403, "Forbidden"),
            (CarrierUnavailable, 429, "Too Many Requests"),
            (CarrierUnavailable, 503, "Service Unavailable"),
            (UnreadablePayload, 400, "Bad request"),
        ):
            problem = json.dumps({"title": words, "status": status, "detail": "No."}).encode()
            with self.subTest(status), self.assertRaisesRegex(error, f"{words}: No"):
                self.order(Reply(status, problem))

    def test_an_error_without_a_problem_is_one_too(self):
        for error, status, body in ((CarrierRefused, 403, b""), (CarrierUnavailable, 502, b"<html>")):
            with self.subTest(status), self.assertRaises(error):
                self.order(Reply(status, body))


DOC_EXAMPLE = PromisedWindow(date(2018, 8, 3), date(2018, 8, 3), None, time(22), "Europe/Amsterdam")
DHL_CORPUS = {
    # DHL's own example says pre-transit and DELIVERED at once, and its window is a day written as UTC midnight.
    "track-response-1.json": ((Status.UNKNOWN, None), 1, "2018-03-02T07:53:47Z", "2018-03-02T07:53:47Z", DOC_EXAMPLE),
    "track-response-10.json": ((Status.UNKNOWN, None), 1, "2018-03-02T07:53:47Z", "2018-03-02T07:53:47Z", DOC_EXAMPLE),
    "track-response-11.json": ((Status.DELIVERED, None), 5, "2019-08-09T02:00:00Z", "2019-08-10T06:54:00Z", None),
    "track-response-13.json": ((Status.DELIVERED, None), 4, "2019-08-05T00:19:00Z", "2019-08-06T06:51:00Z", None),
    "track-response-14.json": ((Status.DELIVERED, None), 4, "2019-08-29T14:55:00Z", "2019-08-30T06:59:00Z", None),
    "track-response-16.json": ((Status.IN_TRANSIT, None), 2, "2026-09-09T11:05:00Z", "2026-09-10T02:23:00Z", None),
    "track-response-2.json": ((Status.INFO_RECEIVED, None), 1, "2019-08-06T16:59:00Z", "2019-08-06T16:59:00Z", None),
    # Malaysia before departure, New Zealand (+13) after it.
    "track-response-4.json": ((Status.DELIVERED, None), 5, "2018-12-20T09:03:00Z", "2019-03-11T11:00:00Z", None),
    "track-response-5.json": (
        (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
        10,
        "2019-09-02T18:57:16Z",
        "2019-09-03T09:33:05Z",
        None,
    ),
    "track-response-7.json": ((Status.DELIVERED, None), 6, "2019-08-28T19:36:00Z", "2019-08-30T06:59:00Z", None),
    "track-response-8.json": ((Status.DELIVERED, None), 6, "2019-08-28T19:36:00Z", "2019-08-30T06:59:00Z", None),
    "callback-3.json": ((Status.DELIVERED, None), 1, "2026-06-30T10:00:00Z", "2026-06-30T10:00:00Z", None),
    "callback-4.json": ((Status.DELIVERED, None), 1, "2026-06-30T09:00:00Z", "2026-06-30T09:00:00Z", None),
}


def from_corpus(name):
    body = (CORPUS / "dhl-unified" / name).read_bytes()
    return DHL().parse_callback(Callback(body)) if "callback" in name else DHL().parse(Reply(200, body), "")


@needs_corpus
@pytest.mark.parametrize("name", DHL_CORPUS)
def test_the_corpus_is_read_as_a_person_reads_it(name):
    (update,) = from_corpus(name)
    told = times(update)
    assert (headline(update), len(told), told[0], told[-1], update.window) == DHL_CORPUS[name]


@needs_corpus
def test_the_corpus_handshakes_bring_no_news_and_the_timeless_push_no_event():
    assert [from_corpus(f"callback-{number}.json") for number in (1, 2)] == [[], []]
    (update,) = from_corpus("callback-5.json")
    assert (update.number, update.events) == ("UNKNOWN-1", ())


@needs_corpus
@pytest.mark.parametrize(
    ("number", "error", "words"),
    [
        (1, NumberNotFound, "No shipment with given tracking number found"),
        (2, UnreadablePayload, "language code 'en_de' isn't valid"),
        (3, NumberNotFound, "No shipment with given tracking number found"),
        (4, CarrierUnavailable, "Too many requests"),
        (5, CarrierRefused, "Unauthorized for given resource"),
    ],
)
def test_the_corpus_errors_are_told_in_the_words_of_dhl(number, error, words):
    with pytest.raises(error, match=words):
        from_corpus(f"error-response-{number}.json")

from datetime import date, time

from django.test import SimpleTestCase

from carriers.adapters.royal_mail import EVENT_CODES, RoyalMail
from carriers.base import Parcel, Reply
from carriers.errors import CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, Fails, PollContract, Read, headline

MISSORTED = (Status.IN_TRANSIT, Reason.MISSORTED, 1, "2016-10-20T09:04:00Z", "2016-10-20T09:04:00Z")
MORNING = PromisedWindow(date(2017, 2, 20), date(2017, 2, 20), time(8), time(11), "Europe/London")


class RoyalMailTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = RoyalMail
    credentials = {"client_id": "shop", "client_secret": "s3cret"}
    number = "TT123456785GB"
    unknown_code = "EVXQZ"
    corpus = {
        "track-response-1.json": Read(*MISSORTED, MORNING),
        "track-response-2.json": Read(*MISSORTED, MORNING),
        # Times that nobody can read beside a day that can be.
        "track-response-3.json": Read(
            Status.UNKNOWN, window=PromisedWindow(date(2021, 1, 1), date(2021, 1, 1), None, None, None)
        ),
        "track-response-4.json": Read(Status.UNKNOWN),
        # A summary: one event, and an error beside it that does not take it back.
        "track-response-5.json": Read(*MISSORTED),
        # A signature: no event.
        "track-response-6.json": Read(Status.UNKNOWN),
        "error-response-1.json": Fails(UnreadablePayload, "Failed header validation for X-Accept-RMG-Terms", 400),
        "error-response-2.json": Fails(NumberNotFound, "E1142", 400),
        "error-response-3.json": Fails(NumberNotFound, "E1142", 404),
        "error-response-4.json": Fails(NumberNotFound, "E1144", 404),
        "error-response-5.json": Fails(NumberNotFound, "E1145", 404),
        "error-response-6.json": Fails(NumberNotFound, "E1283", 404),
        "error-response-7.json": Fails(NumberNotFound, "E1284", 404),
        "error-response-8.json": Fails(NumberNotFound, "E1308", 404),
        "error-response-9.json": Fails(CarrierUnavailable, "E1307"),
        "error-response-10.json": Fails(CarrierRefused, "More information", 401),
        "error-response-11.json": Fails(NumberNotFound, "More information", 404),
        "error-response-12.json": Fails(UnreadablePayload, "More information", 405),
        "error-response-13.json": Fails(UnreadablePayload, "E0013", 400),
        "error-response-14.json": Fails(UnreadablePayload, "E0004", 400),
        "error-response-15.json": Fails(CarrierUnavailable, "E0010", 429),
        "error-response-16.json": Fails(CarrierUnavailable, "E0009", 500),
        "error-response-17.json": Fails(CarrierUnavailable, "E0001", 503),
        "error-response-18.json": Fails(UnreadablePayload, "More information", 400),
        "error-response-19.json": Fails(CarrierUnavailable, "More information", 429),
        "error-response-20.json": Fails(CarrierUnavailable, "More information", 500),
        "error-response-21.json": Fails(CarrierUnavailable, "HTTP message", 503),
    }

    def changed(self, name="delivered", **changes):
        told = self.payload(name)
        told["mailPieces"].update(changes)
        (update,) = self.parse(told)
        return update

    def read(self, code, words=""):
        scan = self.payload("delivered")["mailPieces"]["events"][0] | {"eventCode": code, "eventName": words}
        (event,) = self.changed(events=[scan], summary={}).events
        return event.status, event.reason

    # Asking

    def test_the_terms_are_accepted_with_the_credentials(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        (sent,) = adapter.send
        self.assertEqual(sent.url, "https://api.royalmail.net/mailpieces/v2/TT123456785GB/events")
        self.assertEqual(sent.headers["X-IBM-Client-Id"], "shop")
        self.assertEqual(sent.headers["X-IBM-Client-Secret"], "s3cret")
        self.assertEqual(sent.headers["X-Accept-RMG-Terms"], "yes")

    # One reply, several parcels

    def test_in_a_list_of_summaries_each_number_finds_its_own_by_either_barcode(self):
        one = self.payload("delivered")["mailPieces"]
        gone = {"mailPieceId": "2", "status": "404", "error": {"errorCode": "E1142", "errorDescription": "Unknown"}}
        told = {"mailPieces": [one, gone]}
        for number in (self.number, "090367574000000ab12c3"):
            (update,) = self.parse(told, number=number)
            self.assertEqual((update.number, headline(update)[0]), (number, Status.DELIVERED))
        with self.assertRaisesRegex(NumberNotFound, r"Unknown \(E1142\)"):
            self.parse(told, number="2")
        with self.assertRaisesRegex(NumberNotFound, "2 other numbers and not of 3"):
            self.parse(told, number="3")
        self.assertEqual([update.number for update in self.parse(told, number="")], [self.number])

    def test_a_reply_without_any_item_is_not_found(self):
        self.assert_raises(NumberNotFound, "knows no item", {"mailPieces": []})

    # Status

    def test_delivered_to_a_collection_point_awaits_the_recipient(self):
        self.assertEqual(self.read("EVKLC", "Delivered")[0], Status.AVAILABLE_FOR_PICKUP)
        self.assertEqual(self.read("EVPLC", "Collected"), (Status.DELIVERED, None))

    def test_an_attempt_and_what_follows_it_say_why(self):
        self.assertEqual(self.read("EVKNA"), (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT))
        self.assertEqual(self.read("EVNDA"), (Status.AVAILABLE_FOR_PICKUP, Reason.RECIPIENT_ABSENT))
        self.assertEqual(self.read("EVKAA"), (Status.ATTEMPT_FAILED, Reason.ACCESS_RESTRICTED))
        self.assertEqual(self.read("EVNCF"), (Status.EXCEPTION, Reason.PAYMENT_REQUIRED))

    def test_a_delivery_says_where_the_parcel_was_left(self):
        self.assertEqual(self.read("EVKDN"), (Status.DELIVERED, Reason.DELIVERED_TO_NEIGHBOUR))
        self.assertEqual(self.read("EVKSF"), (Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE))

    def test_customs_holds_or_releases(self):
        self.assertEqual(self.read("EVJIN"), (Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS))
        self.assertEqual(self.read("EVJIC"), (Status.IN_TRANSIT, None))
        self.assertEqual(self.read("EVJIA"), (Status.IN_TRANSIT, None))

    def test_a_notification_is_no_scan(self):
        for code in ("NDESS", "EVZDM", "RSRXS"):
            self.assertEqual(self.read(code, "Delivered"), (Status.UNKNOWN, None))

    def test_a_code_that_is_not_in_the_table_is_told_by_its_name(self):
        for words, status in (
            ("Delivered - Signature", Status.DELIVERED),
            ("Delivered to Neighbour - No Signature", Status.DELIVERED),
            ("Delivery Not Attempted", Status.EXCEPTION),
            ("Available For Collection - Local Collect", Status.AVAILABLE_FOR_PICKUP),
            ("Return To Sender - Refused", Status.RETURNING),
            ("Undelivered - Attempted on time - No Answer", Status.ATTEMPT_FAILED),
            ("Item despatched", Status.IN_TRANSIT),
            ("We've received your item and it is being processed", Status.IN_TRANSIT),
            ("Delivered to Post Office", Status.AVAILABLE_FOR_PICKUP),
            ("Delivered to sender", Status.RETURNED),
            ("Delivered in a parcel locker", Status.AVAILABLE_FOR_PICKUP),
        ):
            with self.subTest(words):
                self.assertEqual(self.read("EVXXX", words)[0], status)

    def test_the_category_speaks_for_the_newest_event_but_never_of_a_delivery(self):
        for category, status in (("EXCEPTION", Status.EXCEPTION), ("DELIVERED", Status.UNKNOWN)):
            told = self.payload("unknown_code")["mailPieces"]
            summary = {"lastEventCode": "EVXQZ", "statusCategory": category}
            update = self.changed(events=[told["events"][2]], summary=summary)
            self.assertEqual(headline(update)[0], status)

    def test_no_code_stands_for_two_statuses(self):
        codes = [code for codes in EVENT_CODES.values() for code in codes.split()]
        self.assertEqual(len(codes), len(set(codes)))

    def test_a_refusal_is_on_its_way_back_until_the_sender_has_it(self):
        update = self.parse_fixture("returned")
        self.assertIn((Status.RETURNING, Reason.REFUSED), {(event.status, event.reason) for event in update.events})

    # Times and promises

    def test_a_time_without_an_offset_is_that_of_london(self):
        scan = self.payload("delivered")["mailPieces"]["events"][0] | {"eventDateTime": "2026-05-05T11:17:33"}
        (event,) = self.changed(events=[scan]).events
        self.assertEqual((event.occurred_at.isoformat(), event.zone_known), ("2026-05-05T11:17:33+01:00", False))

    def test_the_hours_are_those_of_the_door_whatever_offset_follows_them(self):
        estimate = {"date": "2026-05-06", "startOfEstimatedWindow": "", "endOfEstimatedWindow": "18:00:00Z"}
        expected = PromisedWindow(date(2026, 5, 6), date(2026, 5, 6), None, time(18), "Europe/London")
        self.assertEqual(self.changed("out_for_delivery", estimatedDelivery=estimate).window, expected)

    def test_countries_of_three_letters_are_understood(self):
        self.assertEqual(self.parse_fixture("delivered").destination.country, "GB")

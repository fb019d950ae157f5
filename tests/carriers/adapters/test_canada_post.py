from datetime import date

from django.test import SimpleTestCase

from carriers.adapters.canada_post import EVENT_CODES, CanadaPost
from carriers.base import Parcel, Reply
from carriers.errors import CarrierRefused, CarrierUnavailable, NumberNotFound
from orders.events import Location
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, Fails, PollContract, Read, headline


class CanadaPostTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = CanadaPost
    credentials = {"username": "shop", "password": "s3cret"}
    number = "1234567890123456"
    format = "xml"
    unknown_code = "9876"
    corpus = {
        # Delivered once, found to be the wrong address, and out for delivery again.
        "track-response-1.xml": Read(
            Status.OUT_FOR_DELIVERY,
            None,
            6,
            "2011-02-01T12:59:52Z",
            "2011-02-03T16:59:59Z",
            PromisedWindow(date(2011, 4, 5), date(2011, 4, 5), None, None, "America/Toronto"),
        ),
        "track-response-3.xml": Read(Status.DELIVERED, None, 10, "2011-01-31T19:34:57Z", "2011-02-03T16:59:59Z"),
        "track-response-5.xml": Read(Status.DELIVERED, None, 10, "2011-01-31T19:34:57Z", "2011-02-03T16:59:59Z"),
        "error-response-1.xml": Fails(CarrierRefused, "AAA Authentication Failure"),
        "error-response-2.xml": Fails(NumberNotFound, "No Pin History"),
        "error-response-3.xml": Fails(NumberNotFound, "No Pin History"),
    }

    def changed(self, old, new, name="out_for_delivery"):
        """The update of a fixture in which this text stands for that one."""
        body = self.fixture(name).decode()
        self.assertIn(old, body)
        (update,) = self.parse(body.replace(old, new).encode())
        return update

    def read(self, code, words):
        scan = f"<event-identifier>0{code}</event-identifier><event-date>2026-06-11</event-date>"
        scan += f"<event-time>13:20:44</event-time><event-description>{words}</event-description>"
        occurrence = f"<significant-events><occurrence>{scan}</occurrence></significant-events>"
        (update,) = self.parse(f"<tracking-detail><pin>1</pin>{occurrence}</tracking-detail>".encode())
        (event,) = update.events
        return event.status, event.reason

    # Asking

    def test_the_version_of_the_answer_is_asked_for_with_basic_authentication(self):
        adapter = self.adapter(Reply(200, b""))
        adapter.fetch([Parcel(self.number)])
        (sent,) = adapter.send
        self.assertEqual(sent.url, f"https://soa-gw.canadapost.ca/vis/track/pin/{self.number}/detail")
        self.assertEqual(sent.headers["Accept"], "application/vnd.cpc.track-v2+xml")
        self.assertEqual(sent.headers["Authorization"], "Basic c2hvcDpzM2NyZXQ=")

    # Status

    def test_a_delivery_says_where_the_parcel_was_left(self):
        found = headline(self.parse_fixture("delivered"))
        self.assertEqual(found, (Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE))

    def test_a_locker_or_a_counter_awaits_the_recipient(self):
        self.assertEqual(self.read("1405", "Delivered to automated parcel locker")[0], Status.AVAILABLE_FOR_PICKUP)
        self.assertEqual(self.read("1406", "Item picked up from automated parcel locker")[0], Status.DELIVERED)
        self.assertEqual(self.read("1701", "Item available for pickup at Post Office")[0], Status.AVAILABLE_FOR_PICKUP)
        final = "Final Notice; Item will be returned to sender if not collected within 10 days"
        self.assertEqual(self.read("156", final), (Status.AVAILABLE_FOR_PICKUP, None))

    def test_the_way_back_has_the_codes_of_the_way_there(self):
        for code, words, status in (
            ("1496", "Item successfully returned to sender", Status.RETURNED),
            ("1496", "L'article a été renvoyé avec succès à l'expéditeur.", Status.RETURNED),
            ("174", "L'article renvoyé à l'expéditeur est sorti pour livraison.", Status.RETURNING),
            ("4650", "International item being returned to sender", Status.RETURNING),
            ("1496", "Article livré avec succès", Status.DELIVERED),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(code, words)[0], status)

    def test_trouble_has_its_reason_in_either_language(self):
        for code, words, expected in (
            ("173", "Erreur d'adressage du client", (Status.EXCEPTION, Reason.ADDRESS_INCORRECT)),
            ("810", "Item held by Customs", (Status.EXCEPTION, Reason.CUSTOMS_HELD)),
            ("161", "Delivery may be delayed due to labour disruption", (Status.EXCEPTION, Reason.STRIKE)),
            ("1411", "Fermé pour la journée.", (Status.ATTEMPT_FAILED, Reason.BUSINESS_CLOSED)),
            ("1419", "Item was unclaimed by recipient.", (Status.RETURNING, Reason.PICKUP_EXPIRED)),
            ("900", "International item released from Customs", (Status.IN_TRANSIT, None)),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(code, words), expected)

    def test_a_signature_or_a_photograph_is_no_scan(self):
        self.assertEqual(self.read("20", "Signature available"), (Status.UNKNOWN, None))
        self.assertEqual(self.read("1230", "Item being returned to sender requested"), (Status.UNKNOWN, None))

    def test_a_code_that_is_not_in_the_table_is_told_by_its_words(self):
        self.assertEqual(self.read("9999", "Item out for delivery")[0], Status.OUT_FOR_DELIVERY)
        self.assertEqual(self.read("9999", "Article traité")[0], Status.IN_TRANSIT)
        self.assertEqual(self.read("9999", "Item has been released by customs")[0], Status.IN_TRANSIT)
        self.assertEqual(self.read("9999", "Delay expected")[0], Status.EXCEPTION)

    def test_no_code_stands_for_two_statuses(self):
        codes = [code for codes in EVENT_CODES.values() for code in codes.split()]
        self.assertEqual(len(codes), len(set(codes)))

    # Summaries

    def summary(self, number="1", **told):
        told = {"pin": number, "event-date-time": "20260611:132044", "event-location": "VICTORIA, BC", **told}
        inside = "".join(f"<{name}>{words}</{name}>" for name, words in told.items())
        return f"<pin-summary>{inside}</pin-summary>"

    def read_summaries(self, *summaries, number=""):
        body = f"<tracking-summary>{''.join(summaries)}</tracking-summary>".encode()
        return self.parse(body, number=number)

    def test_a_summary_tells_the_newest_scan(self):
        for told, status in (
            ({"event-type": "INDUCTION", "event-description": "Order information received"}, Status.INFO_RECEIVED),
            ({"event-type": "OUT", "event-description": "On the truck"}, Status.OUT_FOR_DELIVERY),
            ({"event-type": "DELIVERED", "event-description": "Returned to sender, delivered"}, Status.RETURNED),
            ({"event-type": "INFO", "event-description": "Something new"}, Status.UNKNOWN),
        ):
            with self.subTest(told):
                (update,) = self.read_summaries(self.summary(**told))
                (event,) = update.events
                self.assertEqual(event.status, status)
                self.assertEqual(event.occurred_at.isoformat(), "2026-06-11T13:20:44-07:00")
                self.assertEqual(event.location, Location(city="VICTORIA", country="CA"))

    def test_of_several_summaries_the_one_asked_for_is_read(self):
        both = self.summary("1"), self.summary("2")
        self.assertEqual([update.number for update in self.read_summaries(*both)], ["1", "2"])
        self.assertEqual([update.number for update in self.read_summaries(*both, number="2")], ["2"])
        with self.assertRaisesRegex(NumberNotFound, "not of 3"):
            self.read_summaries(*both, number="3")

    # Times

    def newest(self, update):
        return max(update.events, key=lambda event: event.occurred_at)

    def test_the_zone_of_a_scan_is_its_offset(self):
        newest = self.newest(self.parse_fixture("out_for_delivery"))
        self.assertEqual((newest.occurred_at.isoformat(), newest.zone_known), ("2026-06-11T07:58:31-07:00", True))

    def test_without_a_zone_the_province_has_the_clock_and_the_event_says_so(self):
        newest = self.newest(self.changed("<event-time-zone>PDT", "<event-time-zone>"))
        self.assertEqual((newest.occurred_at.isoformat(), newest.zone_known), ("2026-06-11T07:58:31-07:00", False))

    def test_a_scan_abroad_is_in_no_canadian_zone(self):
        newest = self.newest(self.changed("<event-time-zone>PDT", "<event-time-zone>ISRAEL"))
        self.assertFalse(newest.zone_known)

    def test_no_date_is_left_out_and_logged(self):
        with self.assertLogs("carriers", "WARNING"):
            update = self.changed("<event-date>2026-06-11", "<event-date>")
        self.assertEqual(len(update.events), 3)

    # Promises

    def test_the_changed_day_beats_the_expected_one(self):
        day = date(2026, 6, 11)
        expected = PromisedWindow(day, day, None, None, "America/Vancouver")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)

    def test_without_a_change_the_expected_day_stands_at_the_postal_code(self):
        changed = self.changed("<changed-expected-date>2026-06-11", "<changed-expected-date>")
        self.assertEqual(changed.window.latest, date(2026, 6, 10))
        self.assertEqual(self.changed("V8W1A1", "B3H1A1").window.zone, "America/Halifax")
        self.assertIsNone(self.changed("V8W1A1", "90210").window.zone)

    # Errors

    def test_a_user_that_may_not_ask_is_refused(self):
        for code, words in (("AA001", "The user id for the request has been deactivated"), ("9", "Not authorized")):
            body = f"<messages><message><code>{code}</code><description>{words}</description></message></messages>"
            self.assert_raises(CarrierRefused, words, body.encode())

    def test_an_error_that_nobody_knows_is_that_of_the_http_status(self):
        body = b"<messages><message><code>1</code><description>Odd</description></message></messages>"
        self.assert_raises(CarrierUnavailable, "Odd", body, 500)

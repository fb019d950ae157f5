import json

from django.test import SimpleTestCase

from carriers.adapters.nz_post import EDIFACT_CODES, NZPost
from carriers.base import Callback, MemoryTokens, Parcel, Reply
from carriers.errors import CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.reasons import Reason
from orders.statuses import Status
from tests.carriers.contract import CorpusContract, OAuthContract, PushContract, Read, Sent, headline, times


class NZPostTests(PushContract, OAuthContract, CorpusContract, SimpleTestCase):
    carrier = NZPost
    credentials = {"client_id": "shop", "client_secret": "s3cret"}
    number = "JP000000017NZ"
    unknown_code = "9917"
    token = Reply(200, b'{"access_token": "granted-token", "expires_in": 86399}')
    tells_promises = False
    corpus = {
        "track-response-1.json": Read(
            Status.DELIVERED, events=4, first="2026-04-27T11:03:58Z", last="2026-04-29T01:12:42Z"
        ),
        "track-response-2.json": Read(
            Status.OUT_FOR_DELIVERY, events=3, first="2026-04-27T11:03:58Z", last="2026-04-28T20:46:00Z"
        ),
    }

    def signed(self, body, secret):
        return {}

    def changed(self, **changes):
        told = self.payload("out_for_delivery")
        told["results"].update(changes)
        (update,) = self.parse(told)
        return update

    def scan(self, **changes):
        return self.changed(tracking_events=[{"event_datetime": "2026-03-04T12:00:00"} | changes])

    def read(self, code="", words="", details=""):
        """The (status, reason) of a parcel with this one scan."""
        return headline(self.scan(event_edifact_code=code, status_description=words, event_description=details))

    # Asking

    def test_a_token_comes_from_a_host_of_its_own(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        asked = adapter.send[0]
        self.assertEqual(asked.url, "https://oauth.nzpost.co.nz/as/token.oauth2")
        self.assertEqual(asked.body, "grant_type=client_credentials&client_id=shop&client_secret=s3cret")

    def test_a_pretend_nz_post_gives_its_own_tokens(self):
        send = Sent(self.token, Reply(200, b"{}"))
        adapter = NZPost(self.credentials, send=send, tokens=MemoryTokens(), base_url="http://sandbox.test")
        adapter.fetch([Parcel(self.number)])
        self.assertEqual(send[0].url, "http://sandbox.test/as/token.oauth2")

    def test_a_number_is_asked_for_with_the_client_id_beside_the_token(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        asked = adapter.send[1]
        self.assertEqual(asked.url, f"https://api.nzpost.co.nz/parceltrack/3.0/parcels/{self.number}")
        self.assertEqual(asked.headers["client_id"], "shop")

    # Errors

    def test_an_error_is_what_the_first_digits_of_its_code_say(self):
        for code, error in (
            ("401001", CarrierRefused),
            (500001, CarrierUnavailable),
            ("404001", NumberNotFound),
            ("400002", NumberNotFound),
            ("200001", CarrierUnavailable),
            ("400001", UnreadablePayload),
            ("nonsense", UnreadablePayload),
        ):
            body = {"success": False, "errors": {"code": code, "message": "Trouble", "details": "more"}}
            self.assert_raises(error, rf"Trouble: more \({code}\)", body)

    def test_an_error_of_one_parcel_stands_beside_its_number(self):
        told = self.payload("delivered")
        failed = {"tracking_reference": "JP2", "errors": [{"code": "400002", "message": "Invalid"}]}
        told["results"] = [told["results"], failed]
        (update,) = self.parse(told)
        self.assertEqual((update.number, headline(update)[0]), (self.number, Status.DELIVERED))
        with self.assertRaisesRegex(NumberNotFound, "Invalid"):
            self.parse(told, number="JP2")
        with self.assertRaisesRegex(NumberNotFound, "2 other numbers"):
            self.parse(told, number="JP3")

    def test_a_parcel_that_nobody_scanned_is_a_parcel_without_news(self):
        told = self.payload("delivered")
        del told["results"]["tracking_events"]
        (update,) = self.parse(told)
        self.assertEqual((update.number, update.events), (self.number, ()))

    # Status

    def test_a_code_means_what_the_table_says(self):
        for code, status, reason in (
            (8, Status.IN_TRANSIT, None),
            ("35", Status.OUT_FOR_DELIVERY, None),
            ("142", Status.OUT_FOR_DELIVERY, None),
            ("50", Status.ATTEMPT_FAILED, None),
            ("205", Status.INFO_RECEIVED, None),
            ("206", Status.INFO_RECEIVED, None),
            ("40", Status.EXCEPTION, Reason.CARRIER_DELAY),
            ("54", Status.EXCEPTION, Reason.CARRIER_DELAY),
            ("61", Status.EXCEPTION, Reason.MISSORTED),
            ("63", Status.EXCEPTION, Reason.PICKUP_EXPIRED),
            ("147", Status.AVAILABLE_FOR_PICKUP, None),
            ("95", Status.IN_TRANSIT, Reason.REDIRECTED),
            ("578", Status.RETURNING, None),
            ("67", Status.RETURNED, None),
            ("200", Status.UNKNOWN, None),
        ):
            with self.subTest(code):
                self.assertEqual(self.read(code), (status, reason))

    def test_a_delivery_is_to_the_recipient_or_it_is_none(self):
        self.assertEqual(self.read("22", "Delivered to sender")[0], Status.RETURNED)
        self.assertEqual(self.read("22", "Delivered to collection point")[0], Status.AVAILABLE_FOR_PICKUP)

    def test_no_code_is_listed_twice(self):
        listed = [code for codes in EDIFACT_CODES.values() for code in codes.split()]
        self.assertEqual(len(listed), len(set(listed)))

    def test_the_words_help_where_the_code_is_not_listed(self):
        for words, status in (
            ("Tracking number allocated to parcel", Status.INFO_RECEIVED),
            ("Shipment data submitted", Status.INFO_RECEIVED),
            ("Handover to airline", Status.IN_TRANSIT),
            ("International departure", Status.IN_TRANSIT),
            ("Flight arrival", Status.IN_TRANSIT),
            ("Cleared for import", Status.IN_TRANSIT),
            ("In transit to local depot", Status.IN_TRANSIT),
            ("Handed over for delivery", Status.IN_TRANSIT),
            ("With courier for delivery", Status.OUT_FOR_DELIVERY),
            ("Delivery attempted", Status.ATTEMPT_FAILED),
            ("Ready to collect", Status.AVAILABLE_FOR_PICKUP),
            ("Delivered to collection point", Status.AVAILABLE_FOR_PICKUP),
            ("Held by Customs", Status.EXCEPTION),
            ("Redirection requested", Status.UNKNOWN),
            ("Returning to sender", Status.RETURNING),
            ("Delivered to sender", Status.RETURNED),
            ("Delivered", Status.DELIVERED),
            ("Not delivered", Status.UNKNOWN),
        ):
            with self.subTest(words):
                self.assertEqual(self.read("1013", words)[0], status)

    def test_the_details_tell_the_reason(self):
        self.assertEqual(self.read("42", "Delivery attempted", "Nobody home")[1], Reason.RECIPIENT_ABSENT)
        self.assertEqual(self.read("1", "Held by Customs"), (Status.EXCEPTION, Reason.CUSTOMS_HELD))
        left = self.read("22", "Delivered", "Your item was left at the front door")
        self.assertEqual(left, (Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE))

    def test_neither_courier_nor_signer_is_named(self):
        told = "Your item was picked up by our courier Somebody based at Penrose"
        signed = {"name": "Somebody", "signature": "c29tZWJvZHk="}
        (event,) = self.scan(status_description="Picked up", event_description=told, signed_by=signed).events
        self.assertEqual(event.description, "Picked up")

    def test_markup_is_left_out_of_the_words(self):
        (event,) = self.scan(event_description="Delivered to <b>recipient</b> &amp; signed").events
        self.assertEqual(event.description, "Delivered to recipient & signed")

    # Times

    def test_a_time_without_an_offset_is_new_zealand_s(self):
        update = self.parse_fixture("delivered")
        self.assertEqual(times(update)[-1], "2026-03-04T00:31:00Z")
        self.assertFalse(update.events[0].zone_known)
        self.assertEqual(times(self.scan(event_datetime="2026-07-04T12:00:00")), ["2026-07-04T00:00:00Z"])

    def test_a_time_may_have_seven_digits_of_a_second_and_an_offset(self):
        update = self.scan(event_datetime="2026-03-04T12:00:00.1234567+13:00")
        self.assertEqual(times(update), ["2026-03-03T23:00:00Z"])
        self.assertTrue(update.events[0].zone_known)

    def test_a_scan_without_a_time_is_left_out(self):
        with self.assertLogs("carriers", "WARNING"):
            self.assertEqual(self.scan(event_datetime="").events, ())

    # Pushes

    def test_the_key_of_a_push_is_that_of_the_later_poll(self):
        (pushed,) = NZPost().parse_callback(Callback(self.fixture("callback")))
        self.assertIn(pushed.events[0].key, {event.key for event in self.parse_fixture("delivered").events})

    def test_a_push_without_scans_is_still_of_its_parcel(self):
        body = self.payload("callback") | {"tracking_events": None}
        (update,) = NZPost().parse_callback(Callback(json.dumps(body).encode()))
        self.assertEqual((update.number, update.events), (self.number, ()))

    def test_nz_post_wants_200(self):
        self.assertEqual(NZPost().acknowledge(self.callback(b"{}")).status, 200)

import base64
import json
from datetime import date, time

import pytest
from django.test import SimpleTestCase

from carriers.adapters.ups import UPS
from carriers.base import Callback, MemoryTokens, Parcel, Reply, Subscribed
from carriers.errors import CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CORPUS, OAuthContract, PushContract, Sent, headline, needs_corpus, times

CUSTOMS = (Status.EXCEPTION, Reason.CUSTOMS_HELD)


class UPSTests(PushContract, OAuthContract, SimpleTestCase):
    carrier = UPS
    credentials = {"client_id": "shop", "client_secret": "s3cret"}
    number = "1Z999AA10123456784"
    unknown_code = "997"
    token = Reply(200, b'{"access_token": "granted-token", "expires_in": "14399"}')

    def signed(self, body, secret):
        return {"credential": secret}

    def read(self, **status):
        """The (status, reason) of a reply with one activity of this status."""
        told = self.payload("delivered")
        (package,) = told["trackResponse"]["shipment"][0]["package"]
        del package["deliveryInformation"]
        package["activity"] = [package["activity"][0] | {"status": status}]
        (update,) = self.parse(told)
        return headline(update)

    # Asking

    def test_the_token_is_asked_for_with_basic_authentication(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        asked = adapter.send[0]
        self.assertEqual(asked.url, "https://onlinetools.ups.com/security/v1/oauth/token")
        self.assertEqual(asked.headers["Authorization"], "Basic " + base64.b64encode(b"shop:s3cret").decode())
        self.assertEqual(asked.body, "grant_type=client_credentials")

    def test_a_number_is_asked_for_in_english_and_by_name(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        asked = adapter.send[1]
        self.assertTrue(asked.url.startswith(f"https://onlinetools.ups.com/api/track/v1/details/{self.number}?"))
        self.assertIn("locale=en_US", asked.url)
        self.assertEqual(asked.headers["transactionSrc"], "doorstep")
        self.assertEqual(len(asked.headers["transId"]), 32)

    # Status

    def test_an_exception_that_says_delivered_is_not_delivered(self):
        found = self.read(type="X", code="SR", statusCode="011", description="Delivered")
        self.assertEqual(found[0], Status.EXCEPTION)

    def test_a_delivery_in_transit_is_a_contradiction_and_does_not_reassure(self):
        self.assertEqual(self.read(type="I", statusCode="011", description="Delivered")[0], Status.UNKNOWN)

    def test_a_delivery_to_an_access_point_waits_for_the_recipient(self):
        for status in (
            {"type": "I", "statusCode": "161", "description": "Delivered to UPS Access Point™"},
            {"type": "D", "statusCode": "161", "description": "Delivered to UPS Access Point™"},
            {"type": "D", "code": "2Q", "description": "Delivered to UPS Access Point™"},
        ):
            self.assertEqual(self.read(**status)[0], Status.AVAILABLE_FOR_PICKUP)

    def test_a_scan_whose_number_is_not_listed_is_read_by_its_words(self):
        for kind, words, expected in (
            (
                "X",
                "We tried to deliver to the business, but it was closed.",
                (Status.ATTEMPT_FAILED, Reason.BUSINESS_CLOSED),
            ),
            (
                "X",
                "Customer was not available when UPS attempted delivery. Will deliver to a nearby UPS Access Point™.",
                (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
            ),
            ("I", "UPS Access Point™ possession", (Status.AVAILABLE_FOR_PICKUP, None)),
            ("I", "Your package is on the way to a UPS Access Point™", (Status.IN_TRANSIT, None)),
            (
                "X",
                "The maximum days to hold the package at the UPS Access Point™ expired. The package will be returned.",
                (Status.RETURNING, Reason.PICKUP_EXPIRED),
            ),
            ("X", "A late trailer arrival has caused a delay.", (Status.EXCEPTION, Reason.CARRIER_DELAY)),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(type=kind, description=words), expected)

    def test_a_parcel_delivered_to_its_sender_is_returned(self):
        self.assertEqual(self.read(type="D", statusCode="011", description="Delivered to sender")[0], Status.RETURNED)

    def test_a_missed_attempt_tells_why(self):
        absent = "The receiver was not available for delivery. We'll make a second attempt the next business day."
        closed = "The receiving business was closed. We'll attempt to deliver the package the next business day."
        found = [self.read(type="X", statusCode="022", description=words) for words in (absent, closed)]
        self.assertEqual([status for status, _ in found], [Status.ATTEMPT_FAILED] * 2)
        self.assertEqual([reason for _, reason in found], [Reason.RECIPIENT_ABSENT, Reason.BUSINESS_CLOSED])

    def test_a_delay_is_explained_by_its_words(self):
        for words, reason in (
            ("Severe weather conditions have delayed delivery.", Reason.WEATHER),
            ("A mechanical failure has delayed delivery.", Reason.VEHICLE_BREAKDOWN),
            ("We've incorrectly sorted this package which may cause a delay.", Reason.MISSORTED),
            ("Due to operating conditions, your package may be delayed.", Reason.CARRIER_DELAY),
            ("Something new", Reason.CARRIER_DELAY),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(type="X", statusCode="048", description=words), (Status.EXCEPTION, reason))

    def test_a_release_by_customs_is_good_news_although_its_type_is_exception(self):
        words = "Your package has been released by the government agency."
        self.assertEqual(self.read(type="X", code="RZ", statusCode="014", description=words), (Status.IN_TRANSIT, None))

    def test_a_voided_label_is_cancelled(self):
        self.assertEqual(self.read(type="MV", statusCode="007", description="Voided")[0], Status.CANCELLED)

    def test_a_wish_does_not_hide_a_failed_attempt(self):
        told = self.payload("exception")
        (package,) = told["trackResponse"]["shipment"][0]["package"]
        wish = {"type": "X", "statusCode": "054", "description": "Delivery Change Requested"}
        package["activity"].insert(0, package["activity"][0] | {"status": wish, "gmtTime": "02:30:00"})
        (update,) = self.parse(told)
        self.assertEqual(headline(update), (Status.EXCEPTION, Reason.ADDRESS_INCOMPLETE))
        self.assertEqual(UPS().unmapped_codes(update), [])

    @needs_corpus
    def test_every_status_code_of_the_official_table_is_mapped(self):
        rows = json.loads((CORPUS / "ups" / "codes-2.json").read_bytes())
        codes = {code.zfill(3) for code, _ in rows if code.isdigit()}
        self.assertGreater(len(codes), 150)
        self.assertEqual(codes - set(UPS.status_map), set())

    @needs_corpus
    def test_every_type_of_the_official_table_is_mapped(self):
        rows = json.loads((CORPUS / "ups" / "codes-1.json").read_bytes())[1:]
        self.assertEqual({code for code, _ in rows} - set(UPS.status_map), set())

    # Times

    def test_gmt_is_read_and_shown_by_the_clock_of_the_place(self):
        newest = max(self.parse_fixture("delivered").events, key=lambda event: event.occurred_at)
        self.assertEqual(newest.occurred_at.isoformat(), "2026-03-04T13:44:07-08:00")
        self.assertTrue(newest.zone_known)

    def activity(self, **changes):
        told = self.payload("delivered")
        (package,) = told["trackResponse"]["shipment"][0]["package"]
        package["activity"] = [package["activity"][0] | changes]
        (update,) = self.parse(told)
        return update.events

    def test_a_gmt_time_without_its_leading_zero_is_read(self):
        (event,) = self.activity(date="20260304", time="074700", gmtTime="74700", gmtOffset="+00:00")
        self.assertEqual(event.occurred_at.isoformat(), "2026-03-04T07:47:00+00:00")

    def test_local_time_without_gmt_keeps_the_offset_beside_it(self):
        (event,) = self.activity(gmtDate="", gmtTime="", gmtOffset="-05:00")
        self.assertEqual(event.occurred_at.isoformat(), "2026-03-04T13:44:07-05:00")
        self.assertTrue(event.zone_known)

    def test_local_time_alone_is_that_of_the_state_and_says_so(self):
        (event,) = self.activity(gmtDate="", gmtTime="", gmtOffset="")
        self.assertEqual(event.occurred_at.isoformat(), "2026-03-04T13:44:07-08:00")
        self.assertFalse(event.zone_known)

    def test_a_scan_without_a_time_is_left_out_and_logged(self):
        with self.assertLogs("carriers", "WARNING") as logged:
            events = self.activity(date="", time="", gmtDate="", gmtTime="")
        self.assertEqual(events, ())
        self.assertIn("ups: left out 1 of 1 scans", logged.output[0])

    # Promises

    def window(self, dates, hours=None, name="out_for_delivery"):
        told = self.payload(name)
        (package,) = told["trackResponse"]["shipment"][0]["package"]
        package["deliveryDate"] = [{"type": kind, "date": day} for kind, day in dates]
        package["deliveryTime"] = hours or {}
        (update,) = self.parse(told)
        return update.window

    def test_a_rescheduled_date_beats_the_scheduled_one(self):
        promised = self.window([("SDD", "20260303"), ("RDD", "20260305")])
        self.assertEqual(promised, PromisedWindow(date(2026, 3, 5), date(2026, 3, 5), zone="America/Los_Angeles"))

    def test_the_end_of_the_day_names_no_hour(self):
        promised = self.window([("SDD", "20260305")], {"type": "EOD", "endTime": "190000"})
        self.assertIsNone(promised.to_time)

    def test_a_commitment_names_the_hour_it_ends_at(self):
        promised = self.window([("SDD", "20260305")], {"type": "CMT", "endTime": "103000"})
        self.assertEqual((promised.from_time, promised.to_time), (None, time(10, 30)))

    def test_a_date_that_is_none_promises_nothing(self):
        self.assertIsNone(self.window([("SDD", "string"), ("RDD", "null")]))
        self.assertIsNone(self.window([("DEL", "20260305")]))

    def test_a_destination_in_several_zones_lends_none(self):
        told = self.payload("out_for_delivery")
        (package,) = told["trackResponse"]["shipment"][0]["package"]
        package["packageAddress"][1]["address"] = {"countryCode": "US"}
        (update,) = self.parse(told)
        self.assertIsNone(update.window.zone)

    # Pushes

    def push(self, **changes):
        body = json.dumps(self.payload("callback") | changes).encode()
        (update,) = UPS().parse_callback(Callback(body))
        return update

    def test_a_push_promises_its_day_and_hours(self):
        expected = PromisedWindow(date(2026, 3, 4), date(2026, 3, 4), time(11, 30), time(15, 30))
        self.assertEqual(self.push().window, expected)

    def test_a_scheduled_day_of_years_ago_is_ignored(self):
        self.assertIsNone(self.push(scheduledDeliveryDate="20191014").window)
        self.assertIsNone(self.push(scheduledDeliveryDate="").window)

    def test_the_scan_decides_where_the_number_beside_it_is_another_table_s(self):
        status = {"type": "I", "code": "OT", "description": "Out for Delivery", "descriptionCode": 17}
        self.assertEqual(headline(self.push(activityStatus=status))[0], Status.OUT_FOR_DELIVERY)

    def test_a_push_is_acknowledged_with_200(self):
        self.assertEqual(UPS().acknowledge(Callback(b"")).status, 200)

    def test_a_push_without_a_number_is_unreadable(self):
        with self.assertRaisesRegex(UnreadablePayload, "names no trackingNumber"):
            UPS().parse_callback(Callback(b"{}"))

    # Errors

    def test_several_packages_of_one_shipment_give_the_one_asked_for(self):
        told = self.payload("delivered")
        packages = told["trackResponse"]["shipment"][0]["package"]
        packages.append(packages[0] | {"trackingNumber": "1Z999AA10123456795", "activity": []})
        (update,) = self.parse(told)
        self.assertEqual((update.number, len(update.events)), (self.number, 5))
        self.assertEqual(len(self.parse(told, number="")), 2)

    def test_an_error_without_words_still_says_its_code(self):
        self.assert_raises(
            UnreadablePayload, "without a message \\(XY1\\)", {"response": {"errors": [{"code": "XY1"}]}}
        )

    # Ordering pushes

    def order(self, *answers, numbers=("1Z999AA10123456784",)):
        adapter = self.adapter(*answers)
        return adapter, adapter.subscribe(numbers, "https://portal.example/callbacks/ups/x/", "s3cret")

    def test_pushes_are_ordered_in_the_documented_shape(self):
        adapter, made = self.order(Reply(200, b'{"validTrackingNumbers": ["1Z999AA10123456784"]}'))
        self.assertEqual(made, Subscribed())
        sent = adapter.send[1]
        self.assertEqual(
            (sent.method, sent.url),
            ("POST", "https://onlinetools.ups.com/api/track/v1/subscription/standard/package"),
        )
        self.assertTrue(sent.headers["transId"] and sent.headers["transactionSrc"])
        self.assertEqual(
            json.loads(sent.body),
            {
                "locale": "en_US",
                "countryCode": "US",
                "trackingNumberList": ["1Z999AA10123456784"],
                "destination": {
                    "url": "https://portal.example/callbacks/ups/x/",
                    "credentialType": "Bearer",
                    "credential": "s3cret",
                },
            },
        )
        self.assertEqual((UPS.subscription_size, UPS.subscription_lifetime.days), (100, 14))

    def test_what_ups_does_not_list_as_valid_is_refused(self):
        reply = Reply(200, b'{"validTrackingNumbers": ["1Z999AA10123456784"], "invalidTrackingNumbers": ["92055"]}')
        numbers = ("1Z999AA10123456784", "92055", "1Z999AA10123456795")
        self.assertEqual(self.order(reply, numbers=numbers)[1].refused, ("92055", "1Z999AA10123456795"))

    def test_an_order_without_a_valid_number_refuses_them_all(self):
        error = {"response": {"errors": [{"code": "VSS210", "message": "At least one, please."}]}}
        body = json.dumps({"invalidTrackingNumbers": ["92055"], **error}).encode()
        self.assertEqual(self.order(Reply(400, body), numbers=("92055",))[1].refused, ("92055",))

    def test_any_other_error_is_told(self):
        for error, status, body in (
            (UnreadablePayload, 400, b'{"response": {"errors": [{"code": "VSS600", "message": "URL is empty"}]}}'),
            (CarrierRefused, 403, b"{}"),
            (NumberNotFound, 404, b'{"errors": [{"code": "404"}]}'),
            (CarrierUnavailable, 500, b'{"response": {"errors": [{"code": "VSS100", "message": "Later"}]}}'),
            (CarrierUnavailable, 503, b"<html>"),
            (UnreadablePayload, 200, b"<html>"),
        ):
            with self.subTest(status), self.assertRaises(error):
                self.order(Reply(status, body))


UPS_CORPUS = {
    "track-response-1.json": ((Status.EXCEPTION, None), 1, "2021-02-10T12:13:56Z", "2021-02-10T12:13:56Z"),
    "track-response-2.json": (CUSTOMS, 17, "2024-03-18T11:49:17Z", "2024-03-20T11:08:38Z"),
    "track-response-3.json": (CUSTOMS, 17, "2024-03-18T11:49:17Z", "2024-03-20T11:08:38Z"),
    "track-response-4.json": (CUSTOMS, 1, "2024-03-20T11:08:38Z", "2024-03-20T11:08:38Z"),
    "callback-1.json": ((Status.OUT_FOR_DELIVERY, None), 1, "2024-04-23T13:15:19Z", "2024-04-23T13:15:19Z"),
    "callback-2.json": ((Status.DELIVERED, None), 1, "2024-04-23T13:50:04Z", "2024-04-23T13:50:04Z"),
    "callback-3.json": ((Status.DELIVERED, None), 1, "2025-11-18T23:15:53Z", "2025-11-18T23:15:53Z"),
}
WINDOWS = {"callback-1.json": PromisedWindow(date(2024, 4, 23), date(2024, 4, 23))}


@needs_corpus
@pytest.mark.parametrize("name", UPS_CORPUS)
def test_the_corpus_is_read_as_a_person_reads_it(name):
    body = (CORPUS / "ups" / name).read_bytes()
    (update,) = UPS().parse_callback(Callback(body)) if "callback" in name else UPS().parse(Reply(200, body), "")
    expected, count, first, last = UPS_CORPUS[name]
    told = times(update)
    assert (headline(update), len(told), told[0], told[-1]) == (expected, count, first, last)
    assert update.window == WINDOWS.get(name)


@needs_corpus
@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("error-response-1.json", CarrierRefused, "Invalid Access License number"),
        ("error-response-2.json", NumberNotFound, "Invalid inquiry number"),
        ("error-response-3.json", NumberNotFound, "Tracking Information Not Found"),
        ("error-response-4.json", NumberNotFound, "Tracking Information Not Found"),
        ("error-response-5.json", UnreadablePayload, "Locale is required"),
        ("error-response-6.json", CarrierRefused, "Invalid Authentication Information"),
        ("error-response-7.json", NumberNotFound, "was not found"),
        ("error-response-8.json", CarrierUnavailable, "Something went wrong"),
    ],
)
def test_the_corpus_errors_are_told_in_the_words_of_ups(name, error, words):
    with pytest.raises(error, match=words):
        UPS().parse(Reply(200, (CORPUS / "ups" / name).read_bytes()), "")


@needs_corpus
def test_the_published_answer_to_an_order_is_read():
    reply = Reply(200, (CORPUS / "ups" / "subscription-response-1.json").read_bytes())
    token = Reply(200, b'{"access_token": "granted-token", "expires_in": "14399"}')
    adapter = UPS(UPSTests.credentials, send=Sent(token, reply), tokens=MemoryTokens())
    made = adapter.subscribe(["1Z1234567891234556", "1Z1234567$8"], "https://portal.example/", "s3cret")
    assert made.refused == ("1Z1234567$8",)


@needs_corpus
@pytest.mark.parametrize(
    ("number", "status", "error"),
    [(5, 400, UnreadablePayload), (6, 401, CarrierRefused), (7, 404, NumberNotFound), (8, 500, CarrierUnavailable)],
)
def test_the_published_errors_of_an_order_are_told(number, status, error):
    token = Reply(200, b'{"access_token": "granted-token", "expires_in": "14399"}')
    reply = Reply(status, (CORPUS / "ups" / f"error-response-{number}.json").read_bytes())
    adapter = UPS(UPSTests.credentials, send=Sent(token, reply, token, reply), tokens=MemoryTokens())
    with pytest.raises(error):
        adapter.subscribe(["1Z1234567891234556"], "https://portal.example/", "s3cret")

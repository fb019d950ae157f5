import json

from django.test import SimpleTestCase

from carriers.adapters.inpost import STATUSES, InPost
from carriers.base import Callback, Parcel, Reply
from carriers.errors import CarrierRefused, NumberNotFound, UnreadablePayload
from orders.events import Location
from orders.reasons import Reason
from orders.statuses import Status
from tests.carriers.contract import CorpusContract, PollContract, PushContract, Read, headline, times

CONFIRMED = Status.INFO_RECEIVED
PUSHED = Read(Status.DELIVERED, events=1, first="2020-03-20T14:08:42Z", last="2020-03-20T14:08:42Z")


class InPostTests(PushContract, PollContract, CorpusContract, SimpleTestCase):
    carrier = InPost
    number = "600000000000000000000017"
    unknown_code = "teleported"
    tells_promises = False
    corpus = {
        "callback-1.json": Read(CONFIRMED, events=1, first="2020-03-20T14:08:06Z", last="2020-03-20T14:08:06Z"),
        "callback-2.json": PUSHED,
        "callback-3.json": PUSHED,
        "callback-4.json": Read(CONFIRMED, events=1, first="2018-07-17T10:57:29Z", last="2018-07-17T10:57:29Z"),
        "track-response-1.json": Read(
            Status.DELIVERED, events=7, first="2022-12-09T15:16:04Z", last="2022-12-13T11:20:59Z"
        ),
        "track-response-2.json": Read(
            Status.DELIVERED, events=8, first="2022-11-29T12:51:55Z", last="2022-11-30T13:00:46Z"
        ),
        "track-response-3.json": Read(
            Status.DELIVERED, events=8, first="2022-12-07T08:45:55Z", last="2022-12-08T20:22:35Z"
        ),
        "track-response-4.json": Read(
            Status.DELIVERED, events=8, first="2022-12-07T05:35:37Z", last="2022-12-08T20:22:35Z"
        ),
    }

    def signed(self, body, secret):
        return {}

    def changed(self, name="out_for_delivery", **changes):
        (update,) = self.parse(self.payload(name) | changes)
        return update

    def read(self, status):
        """The (status, reason) of a parcel with this one scan."""
        scan = {"status": status, "datetime": "2026-03-04T12:00:00.000+01:00"}
        return headline(self.changed(tracking_details=[scan]))

    def pushed(self, **changes):
        body = self.payload("callback") | changes
        return InPost().parse_callback(Callback(json.dumps(body).encode()))

    # Asking

    def test_a_number_is_asked_for_without_a_token(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        (asked,) = adapter.send
        self.assertEqual(asked.url, f"https://api-shipx-pl.easypack24.net/v1/tracking/{self.number}")
        self.assertNotIn("Authorization", asked.headers)

    # Errors

    def test_an_error_is_what_its_own_status_says_whatever_the_http_status(self):
        self.assert_raises(NumberNotFound, "resource_not_found: Resource", self.payload("not_found"), 200)
        refused = {"status": 401, "error": "unauthorized", "message": "Access token is missing"}
        self.assert_raises(CarrierRefused, "unauthorized", refused, 200)
        self.assert_raises(UnreadablePayload, "invalid_parameter", {"error": "invalid_parameter"}, 200)

    # Status

    def test_a_locker_is_a_delivery_only_when_it_was_opened(self):
        for status in ("ready_to_pickup", "pickup_reminder_sent", "stack_in_box_machine", "ready_to_pickup_from_pok"):
            self.assertEqual(self.read(status)[0], Status.AVAILABLE_FOR_PICKUP)
        self.assertEqual(self.read("delivered")[0], Status.DELIVERED)

    def test_every_status_says_what_it_means_and_why(self):
        for code, status, reason in (
            ("created", Status.INFO_RECEIVED, None),
            ("dispatched_by_sender_to_pok", Status.IN_TRANSIT, None),
            ("redirect_to_box", Status.IN_TRANSIT, Reason.REDIRECTED),
            ("canceled_redirect_to_box", Status.IN_TRANSIT, None),
            ("unstack_from_box_machine", Status.IN_TRANSIT, None),
            ("out_for_delivery_to_address", Status.OUT_FOR_DELIVERY, None),
            ("pickup_reminder_sent_address", Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
            ("rejected_by_receiver", Status.ATTEMPT_FAILED, Reason.REFUSED),
            ("undelivered_wrong_address", Status.ATTEMPT_FAILED, Reason.ADDRESS_INCORRECT),
            ("undelivered_cod_cash_receiver", Status.ATTEMPT_FAILED, Reason.PAYMENT_REQUIRED),
            ("pickup_time_expired", Status.EXCEPTION, Reason.PICKUP_EXPIRED),
            ("avizo", Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
            ("ready_for_collection", Status.AVAILABLE_FOR_PICKUP, None),
            ("c2x_rejected", Status.UNKNOWN, None),
            ("oversized", Status.EXCEPTION, Reason.SHIPPING_DATA),
            ("taken_by_courier_from_customer_service_point", Status.RETURNING, None),
            ("returned_to_sender", Status.RETURNED, None),
            ("canceled", Status.CANCELLED, None),
            ("other", Status.UNKNOWN, None),
            ("return_pickup_confirmation_to_sender", Status.UNKNOWN, None),
        ):
            with self.subTest(code):
                self.assertEqual(self.read(code), (status, reason))

    def test_no_status_is_listed_twice_and_every_reason_has_one(self):
        listed = [code for codes in STATUSES.values() for code in codes.split()]
        self.assertEqual(len(listed), len(set(listed)))
        self.assertLessEqual(set(InPost.reasons), set(listed))

    def test_what_may_still_happen_is_no_history(self):
        update = self.changed(expected_flow=[{"name": "delivered", "datetime": "2026-03-05T12:00:00.000+01:00"}])
        self.assertEqual(headline(update)[0], Status.OUT_FOR_DELIVERY)

    def test_a_parcel_without_scans_is_a_parcel_without_news(self):
        self.assertEqual(self.changed(tracking_details=None).events, ())

    # The app's API

    def test_the_app_s_capitals_mean_the_same(self):
        log = [
            {"type": "PARCEL_STATUS", "name": "READY_TO_PICKUP", "date": "2026-03-04T09:02:00.000Z"},
            {"type": "SMS_SENT", "name": "DELIVERED", "date": "2026-03-04T09:03:00.000Z"},
        ]
        (update,) = self.parse({"shipmentNumber": self.number, "eventLog": log})
        (event,) = update.events
        self.assertEqual((event.status, event.code), (Status.AVAILABLE_FOR_PICKUP, "ready_to_pickup"))

    def test_an_entry_of_the_log_may_be_its_type_alone(self):
        log = [{"type": "out_for_delivery", "date": "2026-03-04T09:02:00.000Z"}]
        (update,) = self.parse({"shipmentNumber": self.number, "eventLog": log})
        self.assertEqual(headline(update)[0], Status.OUT_FOR_DELIVERY)

    def test_the_app_lists_the_parcels_of_a_person(self):
        log = [{"type": "PARCEL_STATUS", "name": "DELIVERED", "date": "2026-03-04T09:02:00.000Z"}]
        others = [{"shipmentNumber": "17"}, {"shipmentNumber": "18", "eventLog": log}, {"status": "DELIVERED"}]
        self.assertEqual([update.number for update in self.parse({"parcels": others}, number="")], ["17", "18"])
        (update,) = self.parse({"parcels": others}, number="18")
        self.assertEqual(headline(update)[0], Status.DELIVERED)
        with self.assertRaisesRegex(NumberNotFound, "2 other numbers"):
            self.parse({"parcels": others}, number="19")

    def test_the_place_of_collection_is_where_it_goes(self):
        self.assertEqual(self.parse_fixture("delivered").destination, Location("Warszawa", "00-017"))
        point = {"pointType": "PL", "addressDetails": {"city": "Gdynia", "postCode": "81-017", "street": "Przykladowa"}}
        self.assertEqual(self.changed(pickUpPoint=point).destination, Location("Gdynia", "81-017", "PL"))

    # Times

    def test_a_time_without_an_offset_is_poland_s(self):
        update = self.changed(tracking_details=[{"status": "delivered", "datetime": "2026-07-04T12:00:00"}])
        self.assertEqual(times(update), ["2026-07-04T10:00:00Z"])
        self.assertFalse(update.events[0].zone_known)

    # Pushes

    def test_the_key_of_a_push_is_that_of_a_poll_at_the_same_second(self):
        (update,) = self.pushed()
        self.assertIn(update.events[0].key, {event.key for event in self.parse_fixture("delivered").events})

    def test_a_confirmed_shipment_is_announced(self):
        (update,) = self.pushed(event="shipment_confirmed")
        self.assertEqual(headline(update)[0], Status.INFO_RECEIVED)

    def test_a_shipment_without_a_tracking_number_is_told_by_its_own(self):
        payload = {"shipment_id": 1700, "status": "delivered", "tracking_number": None}
        (update,) = self.pushed(payload=payload)
        self.assertEqual(update.number, "1700")

    def test_news_of_offers_is_none_of_the_parcel(self):
        offers = {"shipment_id": 1700, "tracking_number": None, "offers": []}
        self.assertEqual(self.pushed(event="offers_prepared", payload=offers), [])

    def test_a_push_without_a_time_brings_no_event(self):
        with self.assertLogs("carriers", "WARNING"):
            (update,) = self.pushed(event_ts="yesterday")
        self.assertEqual(update.events, ())

    def test_inpost_wants_200(self):
        self.assertEqual(InPost().acknowledge(self.callback(b"{}")).status, 200)

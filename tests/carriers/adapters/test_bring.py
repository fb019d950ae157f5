import json
from datetime import date, time

from django.test import SimpleTestCase

from carriers.adapters.bring import Bring
from carriers.base import Callback, Parcel, Reply
from carriers.errors import CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, Fails, PollContract, PushContract, Read, headline


class BringTests(PushContract, PollContract, CorpusContract, SimpleTestCase):
    carrier = Bring
    credentials = {"api_uid": "shop@example.com", "api_key": "k3y"}
    number = "370722150012345678"
    unknown_code = "TELEPORTED"
    corpus = {
        # One parcel was asked for; both of its consignment are told.
        "track-response-1.json": [
            Read(Status.AVAILABLE_FOR_PICKUP, None, 2, "2026-09-07T08:17:20Z", "2026-09-09T07:12:00Z"),
            Read(Status.AVAILABLE_FOR_PICKUP, None, 2, "2026-09-07T08:17:14Z", "2026-09-09T07:12:00Z"),
        ],
        "track-response-2.json": Read(Status.DELIVERED, None, 2, "2026-07-04T06:00:00Z", "2026-07-06T08:00:00Z"),
        "track-response-3.json": Fails(NumberNotFound, "lists no consignment"),
        # The app's inbox: two events, a status that is further than they are, and hours in UTC.
        "track-response-4.json": Read(
            Status.IN_TRANSIT,
            None,
            3,
            "2026-04-27T23:03:58Z",
            "2026-04-28T08:00:00Z",
            PromisedWindow(date(2026, 4, 29), date(2026, 4, 29), time(15), time(17), "Europe/Oslo"),
        ),
        "error-response-1.json": Fails(NumberNotFound, "No shipments found"),
        "callback-1.json": Read(Status.IN_TRANSIT, None, 1, "2019-03-16T14:58:48Z", "2019-03-16T14:58:48Z"),
    }

    def signed(self, body, secret):
        return {"X-Doorstep-Secret": secret}

    def changed(self, name="out_for_delivery", **changes):
        """The update of a fixture whose package has these members instead."""
        told = self.payload(name)
        told["consignmentSet"][0]["packageSet"][0].update(changes)
        (update,) = self.parse(told)
        return update

    def read(self, status, words="", **scan):
        """The (status, reason) of one event that says this."""
        event = {"dateIso": "2026-03-04T12:00:00+01:00", "status": status, "description": words}
        return headline(self.changed(eventSet=[event | scan]))

    def test_the_account_is_named_in_headers(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel("1 2")])
        (asked,) = adapter.send
        self.assertEqual(asked.url, "https://api.bring.com/tracking/api/v2/tracking.json?q=1+2&lang=en")
        self.assertEqual(asked.headers["X-Mybring-API-Uid"], "shop@example.com")
        self.assertEqual(asked.headers["X-Mybring-API-Key"], "k3y")

    # Status

    def test_back_at_the_sender_is_not_delivered(self):
        self.assertEqual(self.read("DELIVERED_SENDER")[0], Status.RETURNED)
        self.assertEqual(self.read("DELIVERED", "The shipment has been delivered to the sender.")[0], Status.RETURNED)
        self.assertEqual(self.read("DELIVERED", "Sendingen er levert til avsender.")[0], Status.RETURNED)
        self.assertEqual(self.read("RETURN")[0], Status.RETURNING)

    def test_messages_and_wishes_say_nothing_of_the_place(self):
        for status in ("NOTIFICATION_SENT", "DELIVERY_ORDERED", "DELIVERY_CHANGED", "DELIVERY_CANCELLED", "UNKNOWN"):
            with self.subTest(status):
                update = self.changed(eventSet=[{"dateIso": "2026-03-04T12:00:00+01:00", "status": status}])
                self.assertEqual((headline(update)[0], Bring().unmapped_codes(update)), (Status.UNKNOWN, []))

    def test_customs_is_trouble_only_where_it_holds_the_parcel(self):
        self.assertEqual(self.read("CUSTOMS", "The shipment is in customs clearance."), (Status.IN_TRANSIT, None))
        self.assertEqual(
            self.read("CUSTOMS", "The shipment is held by customs."), (Status.EXCEPTION, Reason.CUSTOMS_HELD)
        )

    def test_a_deviation_has_the_reason_of_its_words_or_its_cause(self):
        for words, cause, reason in (
            ("", "", Reason.CARRIER_DELAY),
            ("", "AN", Reason.SHIPPING_DATA),
            ("Sendingen er skadet", "", Reason.DAMAGED),
            ("Adressen er feil", "", Reason.ADDRESS_INCORRECT),
            ("Försändelsen är försenad", "", Reason.CARRIER_DELAY),
            ("Pakken er fejlsorteret", "", Reason.MISSORTED),
        ):
            with self.subTest(words or cause):
                self.assertEqual(self.read("DEVIATION", words, lmCauseCode=cause), (Status.EXCEPTION, reason))

    def test_a_deviation_may_be_a_proof_of_identity(self):
        self.assertEqual(self.read("DEVIATION", "Identification verified with BankID")[0], Status.UNKNOWN)

    def test_the_recipient_s_town_is_told_without_a_country_too(self):
        update = self.changed(recipientAddress={"city": "BODØ", "countryCode": ""}, recipientHandlingAddress=None)
        self.assertEqual((update.destination.city, update.window.zone), ("BODØ", None))

    def test_nobody_at_the_door_is_an_attempt(self):
        for words in ("The recipient was not at home.", "Ingen hjemme", "Modtageren blev ikke truffet hjemme"):
            with self.subTest(words):
                expected = (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT)
                self.assertEqual(self.read("ATTEMPTED_DELIVERY", words), expected)

    def test_where_it_was_left_is_told(self):
        self.assertEqual(self.read("DELIVERED", "Levert i postkassen")[1], Reason.DELIVERED_TO_LOCKER)
        self.assertEqual(self.read("DELIVERED_BAG_ON_DOOR"), (Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE))

    def test_the_signature_is_the_proof_of_delivery(self):
        self.assertEqual(self.parse_fixture("delivered").proof_of_delivery, "https://tracking.bring.com/signature/7f1c")
        self.assertEqual(self.parse_fixture("out_for_delivery").proof_of_delivery, "")

    def test_the_app_spells_its_codes_small_and_one_of_them_apart(self):
        scans = [{"type": "ready_for_pick_up", "date": "2026-03-04T08:00:00Z", "countryCode": "NO"}]
        (update,) = self.parse({"parcels": [{"parcelNumber": "PB1", "status": "archived", "events": scans}]}, number="")
        self.assertEqual(headline(update)[0], Status.AVAILABLE_FOR_PICKUP)

    # Times and promises

    def test_a_day_with_points_and_its_hours_are_the_promise(self):
        expected = PromisedWindow(date(2026, 3, 4), date(2026, 3, 4), time(17), time(21), "Europe/Oslo")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)

    def test_hours_without_a_day_promise_nothing(self):
        self.assertIsNone(self.changed(dateOfEstimatedDelivery="").window)

    def test_a_scan_that_only_displays_its_time_keeps_norway_s_clock(self):
        event = {"status": "TERMINAL", "displayDate": "04.07.2026", "displayTime": "08:30"}
        (scan,) = self.changed(eventSet=[event]).events
        self.assertEqual((scan.occurred_at.isoformat(), scan.zone_known), ("2026-07-04T08:30:00+02:00", False))

    # Several packages, and errors

    def test_of_a_consignment_the_package_asked_for_is_given(self):
        told = self.payload("delivered")
        packages = told["consignmentSet"][0]["packageSet"]
        packages.append(packages[0] | {"packageNumber": "2"})
        self.assertEqual([update.number for update in self.parse(told)], [self.number])
        whole = self.parse(told, number="70722150012345678")
        self.assertEqual([update.number for update in whole], [self.number, "2"])

    def test_errors_inside_200_mean_what_their_code_says(self):
        self.assert_raises(CarrierUnavailable, "too busy.*HTTP 200", self.fixture("too_busy"))
        invalid = {"consignmentSet": [{"error": {"code": 400, "message": "Invalid query"}}]}
        self.assert_raises(UnreadablePayload, "Invalid query", invalid)

    # Pushes

    def test_the_key_of_a_push_is_that_of_the_later_poll(self):
        (pushed,) = Bring().parse_callback(Callback(self.fixture("callback")))
        polled = {event.key for event in self.parse_fixture("delivered").events}
        self.assertIn(pushed.events[0].key, polled)

    def test_a_push_without_a_package_is_about_the_shipment(self):
        told = self.payload("callback")
        del told["package"]
        (update,) = Bring().parse_callback(Callback(json.dumps(told).encode()))
        self.assertEqual(update.number, "70722150012345678")

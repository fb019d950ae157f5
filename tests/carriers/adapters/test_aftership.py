import base64
import hashlib
import hmac
import json
from datetime import date

from django.test import SimpleTestCase

from carriers.adapters.aftership import AfterShip
from carriers.base import Callback, Parcel, Reply
from carriers.errors import CallbackRejected, CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.events import Handover
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import SECRET, CorpusContract, Fails, PollContract, PushContract, Read, headline, times

AT_THE_DOOR = Reason.DELIVERED_TO_SAFE_PLACE
NOTHING_LISTED = Reply(200, b'{"meta": {"code": 200}, "data": {"pagination": {"total": 0}, "trackings": []}}')


def days(first: str, last: str = "") -> PromisedWindow:
    return PromisedWindow(date.fromisoformat(first), date.fromisoformat(last or first))


class AfterShipTests(PushContract, PollContract, CorpusContract, SimpleTestCase):
    carrier = AfterShip
    credentials = {"api_key": "asat_k3y", "webhook_secret": SECRET}
    number = "00000000000017"
    unknown_code = "Teleported_001"
    corpus = {
        # Delivered at the front door; and two that expired before anything was told of them.
        "track-response-2.json": [
            Read(Status.DELIVERED, AT_THE_DOOR, 11, "2018-07-31T14:33:00Z", "2018-08-01T17:19:47Z"),
            Read(Status.UNKNOWN),
            Read(Status.UNKNOWN),
        ],
        # Just created: what was promised is the shop's own promise.
        "track-response-3.json": Read(Status.UNKNOWN, window=days("2019-05-20")),
        "track-response-4.json": Read(Status.DELIVERED, AT_THE_DOOR, 1, "2018-08-01T17:19:47Z", "2018-08-01T17:19:47Z"),
        # No place is told, so that nobody knows whose clock it was.
        "callback-1.json": Read(Status.IN_TRANSIT, None, 1, "2021-01-14T00:52:00Z", "2021-01-14T00:52:00Z"),
        "callback-2.json": Read(Status.UNKNOWN, window=days("2026-10-02")),
        "callback-3.json": Read(Status.UNKNOWN),
        "callback-4.json": [],
        # Naive local times in Florida and North Carolina, in summer.
        "callback-5.json": Read(
            Status.IN_TRANSIT, None, 7, "2021-05-13T17:04:00Z", "2021-05-17T07:45:00Z", days("2021-05-17")
        ),
        "error-response-1.json": Fails(CarrierRefused, "Invalid API Key", 401),
    }

    def signed(self, body, secret):
        digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        return {"aftership-hmac-sha256": base64.b64encode(digest).decode()}

    def changed(self, name="out_for_delivery", **changes):
        told = self.payload(name)
        told["data"]["trackings"][0].update(changes)
        (update,) = self.parse(told)
        return update

    def read(self, subtag, message="", **changes):
        """The (status, reason) of a tracking with this one checkpoint."""
        scan = self.payload("delivered")["data"]["trackings"][0]["checkpoints"][0]
        told = {"tag": subtag.partition("_")[0], "subtag": subtag, "subtag_message": "", "message": message}
        return headline(self.changed(checkpoints=[scan | told | changes]))

    # Asking

    def test_many_numbers_are_asked_for_in_one_call(self):
        told = self.payload("delivered")
        told["data"]["trackings"].append(told["data"]["trackings"][0] | {"tracking_number": "RA2"})
        reply = Reply(200, json.dumps(told).encode())
        adapter = self.adapter(reply)
        parcels = [Parcel(self.number), Parcel("ra2")]
        self.assertEqual(adapter.fetch(parcels), {self.number: reply, "ra2": reply})
        (asked,) = adapter.send
        address = "https://api.aftership.com/tracking/2026-07/trackings"
        self.assertEqual(asked.url, f"{address}?tracking_numbers={self.number}%2Cra2")
        self.assertEqual(asked.headers["as-api-key"], "asat_k3y")
        self.assertEqual(adapter.parse(reply, "ra2")[0].number, "ra2")

    def test_a_number_that_is_new_to_aftership_is_added(self):
        created = Reply(201, b'{"meta": {"code": 201}, "data": {"tracking_number": "17", "tag": "Pending"}}')
        adapter = self.adapter(NOTHING_LISTED, created)
        self.assertEqual(adapter.fetch([Parcel("17", postcode="89073", courier="gls")]), {"17": created})
        added = adapter.send[1]
        self.assertEqual(added.method, "POST")
        expected = {"tracking_number": "17", "slug": "gls", "destination_postal_code": "89073"}
        self.assertEqual(json.loads(added.body), expected)
        self.assertEqual(adapter.parse(created, "17")[0].events, ())

    def test_without_a_courier_aftership_is_left_to_find_it(self):
        adapter = self.adapter(NOTHING_LISTED, Reply(201, b"{}"))
        adapter.fetch([Parcel("17")])
        self.assertEqual(json.loads(adapter.send[1].body), {"tracking_number": "17"})

    def test_nothing_is_added_when_the_list_could_not_be_had(self):
        refused = Reply(401, b'{"meta": {"code": 401}, "data": {}}')
        adapter = self.adapter(refused)
        self.assertEqual(adapter.fetch([Parcel("17")]), {"17": refused})
        self.assertEqual(len(adapter.send), 1)

    def test_an_error_is_told_by_the_code_of_its_meta(self):
        for code, error in (
            (4003, NumberNotFound),  # somebody else has just added it
            (4004, NumberNotFound),
            (4005, NumberNotFound),
            (4012, NumberNotFound),
            (4001, UnreadablePayload),
            (403, CarrierRefused),
            (429, CarrierUnavailable),
            (502, CarrierUnavailable),
        ):
            with self.subTest(code):
                self.assert_raises(error, rf"Told so \({code}\)", {"meta": {"code": code, "message": "Told so"}}, 400)

    # Status

    def test_the_subtag_tells_more_than_the_tag(self):
        for subtag, expected in (
            ("InfoReceived_001", (Status.INFO_RECEIVED, None)),
            ("InTransit_005", (Status.IN_TRANSIT, None)),
            ("InTransit_006", (Status.IN_TRANSIT, None)),
            ("InTransit_099", (Status.IN_TRANSIT, None)),
            ("OutForDelivery_003", (Status.OUT_FOR_DELIVERY, None)),
            ("OutForDelivery_004", (Status.IN_TRANSIT, None)),
            ("AvailableForPickup_001", (Status.AVAILABLE_FOR_PICKUP, None)),
            ("AttemptFail_001", (Status.ATTEMPT_FAILED, None)),
            ("AttemptFail_003", (Status.ATTEMPT_FAILED, Reason.BUSINESS_CLOSED)),
            ("Delivered_002", (Status.DELIVERED, None)),
            ("Delivered_005", (Status.DELIVERED, Reason.DELIVERED_TO_NEIGHBOUR)),
            ("Exception_001", (Status.EXCEPTION, None)),
            ("Exception_004", (Status.EXCEPTION, Reason.CUSTOMS_HELD)),
            ("Exception_006", (Status.EXCEPTION, Reason.PAYMENT_REQUIRED)),
            ("Exception_008", (Status.EXCEPTION, Reason.PICKUP_EXPIRED)),
            ("Exception_010", (Status.RETURNING, None)),
            ("Exception_011", (Status.RETURNED, None)),
            ("Exception_018", (Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS)),
            ("Exception_020", (Status.CANCELLED, None)),
            ("Pending_001", (Status.UNKNOWN, None)),
            ("Expired_001", (Status.UNKNOWN, None)),
        ):
            with self.subTest(subtag):
                self.assertEqual(self.read(subtag), expected)

    def test_the_carrier_s_words_tell_the_reason_before_the_subtag(self):
        self.assertEqual(self.read("Exception_005", "Delayed by a strike")[1], Reason.STRIKE)
        self.assertEqual(self.read("Exception_001", subtag_message="Delayed (Late flight)")[1], Reason.CARRIER_DELAY)

    def test_delivered_to_somebody_else_than_the_recipient_is_not_delivered(self):
        self.assertEqual(self.read("Delivered_001", "Delivered, To Original Sender")[0], Status.RETURNED)
        self.assertEqual(self.read("Delivered_001", "Delivered to UPS Access Point")[0], Status.AVAILABLE_FOR_PICKUP)

    def test_a_return_that_is_delivered_is_returned(self):
        update = self.changed("delivered", shipment_direction="return")
        self.assertEqual(headline(update)[0], Status.RETURNED)

    # Times, places, carriers

    def test_a_place_without_a_city_is_told_as_the_carrier_names_it(self):
        scan = self.payload("delivered")["data"]["trackings"][0]["checkpoints"][0]
        place = {"city": None, "location": "Ahmedabad, India", "country_region": "IND"}
        (event,) = self.changed(checkpoints=[scan | place]).events
        self.assertEqual((event.location.city, event.location.country), ("Ahmedabad, India", "IN"))

    def test_older_versions_are_read_by_their_names(self):
        with self.assertLogs("carriers", "WARNING") as logged:
            (update,) = self.parse(self.fixture("older_version"), number="XY000000017FR")
        self.assertIn("left out 1 of 3 scans", logged.output[0])  # without a time
        self.assertEqual(times(update), ["2023-06-01T15:20:00Z", "2023-06-02T22:00:00Z"])
        self.assertFalse(any(event.zone_known for event in update.events))
        first, last = update.events
        self.assertEqual((first.location.country, first.location.postcode), ("FR", "44000"))
        self.assertEqual((first.carrier, last.carrier), ("chronopost-france", "seur"))
        self.assertEqual(update.handed_to, Handover("seur", "000017"))
        self.assertEqual(update.window, PromisedWindow(date(2023, 6, 5), date(2023, 6, 5), zone="Europe/Madrid"))

    def test_the_last_mile_names_who_brings_it(self):
        last_mile = {"slug": "deutsch-post", "tracking_number": "RA17", "source": "carrier"}
        self.assertEqual(self.changed(last_mile=last_mile).handed_to, Handover("deutsch-post", "RA17"))
        same = {"slug": "gls", "tracking_number": self.number}
        self.assertIsNone(self.changed(last_mile=same).handed_to)

    def test_a_courier_s_phone_number_stays_with_the_raw_scan(self):
        scan = self.payload("delivered")["data"]["trackings"][0]["checkpoints"][0]
        (event,) = self.changed(checkpoints=[scan | {"message": "Courier: +852 5555 0017, 2 parcels"}]).events
        self.assertEqual(event.description, "Courier: …, 2 parcels")

    def test_the_proof_of_delivery_is_told(self):
        self.assertEqual(self.parse_fixture("delivered").proof_of_delivery, "https://proof.example/00000000000017.png")

    # Promises

    def test_the_carrier_s_estimate_beats_what_others_reckon(self):
        berlin = {"zone": "Europe/Berlin"}
        expected = PromisedWindow(date(2026, 3, 5), date(2026, 3, 5), **berlin)
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)
        reckoned = self.changed(courier_estimated_delivery_date=None).window
        self.assertEqual(reckoned, PromisedWindow(date(2026, 3, 5), date(2026, 3, 7), **berlin))
        latest = {"type": "specific", "source": "Order EDD", "datetime": "2026-03-09"}
        update = self.changed(courier_estimated_delivery_date=None, latest_estimated_delivery=latest)
        self.assertEqual(update.window, PromisedWindow(date(2026, 3, 9), date(2026, 3, 9), **berlin))

    # Pushes

    def test_the_secret_that_aftership_made_stands_among_the_credentials(self):
        body = self.fixture("callback")
        self.adapter().verify_callback(self.callback(body, self.signed(body, SECRET), secrets=("our own",)))
        with self.assertRaisesRegex(CallbackRejected, "header is not"):
            self.adapter().verify_callback(self.callback(body, self.signed(body, "x"), secrets=("our own",)))

    def test_an_update_without_its_tracking_is_unreadable(self):
        with self.assertRaisesRegex(UnreadablePayload, "no tracking with its number"):
            AfterShip().parse_callback(Callback(b'{"event": "tracking_update", "msg": {}}'))

import hashlib
import json
from datetime import date

from django.test import SimpleTestCase

from carriers.adapters.n17track import SeventeenTrack
from carriers.base import Callback, Headers, Parcel, Reply
from carriers.errors import CallbackRejected, CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.events import Handover
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import (
    CORPUS,
    CorpusContract,
    Fails,
    PollContract,
    PushContract,
    Read,
    headline,
    needs_corpus,
    times,
)


class SeventeenTrackTests(PushContract, PollContract, CorpusContract, SimpleTestCase):
    carrier = SeventeenTrack
    credentials = {"api_key": "K3Y"}
    number = "LZ000000017CN"
    unknown_code = "Teleported_Other"
    corpus = {
        # The last scan has no zone: that of Recife is three hours behind UTC.
        "track-response-1.json": Read(Status.DELIVERED, None, 3, "2026-06-25T13:12:00Z", "2026-06-30T17:23:00Z"),
        # Beside a number that is not registered, and with a sub-status that nobody has heard of: in transit somehow.
        "track-response-3.json": Read(
            Status.IN_TRANSIT,
            None,
            3,
            "2026-06-24T01:00:00Z",
            "2026-06-29T13:05:00Z",
            PromisedWindow(date(2026, 7, 8), date(2026, 7, 12)),
        ),
        "callback-1.json": [],  # 17TRACK has stopped asking
        # Version 1: "in transit", but the words tell of a label only. Michigan is four hours behind UTC.
        "callback-2.json": Read(Status.INFO_RECEIVED, None, 1, "2021-07-17T18:35:00Z", "2021-07-17T18:35:00Z"),
        "error-response-1.json": Fails(NumberNotFound, "nothing is told of it yet"),
        "error-response-2.json": Fails(NumberNotFound, "is already registered"),
    }

    def signed(self, body, secret):
        return {"sign": hashlib.sha256(body + b"/" + secret.encode()).hexdigest()}

    def changed(self, scan=(), **changes):
        """The update of the delivered parcel with this one scan, and these members of its track_info."""
        told = self.payload("delivered")
        info = told["data"]["accepted"][0]["track_info"]
        provider = info["tracking"]["providers"][-1]
        provider["events"] = [provider["events"][0] | dict(scan)]
        info["tracking"]["providers"] = [provider]
        info.update(changes)
        (update,) = self.parse(told)
        return update

    def read(self, sub_status, stage=None, description=""):
        scan = {"sub_status": sub_status, "stage": stage, "description": description, "description_translation": None}
        return headline(self.changed(scan))

    # Asking

    def test_forty_numbers_are_asked_for_in_one_call(self):
        reply = Reply(200, self.fixture("delivered"))
        adapter = self.adapter(reply)
        parcels = [Parcel(self.number, courier="190271"), Parcel("2", courier="PostNL")]
        self.assertEqual(adapter.fetch(parcels), {self.number: reply, "2": reply})
        (asked,) = adapter.send
        self.assertEqual(asked.url, "https://api.17track.net/track/v2.4/gettrackinfo")
        self.assertEqual(asked.headers["17token"], "K3Y")
        self.assertEqual(json.loads(asked.body), [{"number": self.number, "carrier": 190271}, {"number": "2"}])
        self.assertEqual(SeventeenTrack.batch_size, 40)

    def test_a_number_that_is_new_to_17track_is_registered(self):
        told = self.payload("delivered")
        told["data"]["rejected"] = [{"number": "2", "carrier": 0, "error": {"code": -18019902, "message": "not yet"}}]
        listed = Reply(200, json.dumps(told).encode())
        registered = Reply(200, b'{"code": 0, "data": {"accepted": [{"number": "2", "carrier": 3011}]}}')
        adapter = self.adapter(listed, registered)
        parcels = [Parcel(self.number), Parcel("2", postcode="3542 AD", country="NL")]
        self.assertEqual(adapter.fetch(parcels), {self.number: listed, "2": registered})
        self.assertEqual(adapter.send[1].url, "https://api.17track.net/track/v2.4/register")
        asked = [{"number": "2", "destination_postal_code": "3542 AD", "destination_country": "NL"}]
        self.assertEqual(json.loads(adapter.send[1].body), asked)
        with self.assertRaisesRegex(NumberNotFound, "was registered"):
            adapter.parse(registered, "2")

    def test_what_is_rejected_is_told_to_its_number_only(self):
        told = self.payload("delivered")
        told["data"]["rejected"] = self.payload("not_found")["data"]["rejected"]
        told["data"]["rejected"][0]["number"] = "2"
        self.assertEqual(headline(self.parse(told)[0])[0], Status.DELIVERED)
        with self.assertRaisesRegex(NumberNotFound, "No tracking information at this time"):
            self.parse(told, number="2")
        with self.assertRaisesRegex(NumberNotFound, "not listed"):
            self.parse(told, number="3")

    def test_an_error_is_told_by_its_code_since_the_http_status_is_always_200(self):
        for code, error in (
            (-18010001, CarrierRefused),
            (-18010002, CarrierRefused),
            (-18010013, UnreadablePayload),
            (-18010019, NumberNotFound),
            (-18019903, NumberNotFound),
            (-18019911, NumberNotFound),
            (-18019908, CarrierUnavailable),
        ):
            with self.subTest(code):
                problem = {"code": code, "message": "Told so"}
                self.assert_raises(error, rf"Told so \({code}\)", {"code": 0, "data": {"errors": [problem]}})
                rejected = [{"number": self.number, "error": problem}]
                self.assert_raises(error, "Told so", {"code": 0, "data": {"accepted": [], "rejected": rejected}})

    def test_a_number_that_its_carrier_does_not_know_is_not_found(self):
        told = self.payload("delivered")
        nothing = {"latest_status": {"status": "NotFound"}, "latest_event": None, "tracking": {"providers": []}}
        told["data"]["accepted"][0]["track_info"] = nothing
        self.assert_raises(NumberNotFound, "knows nothing", told)

    # Status

    def test_the_sub_status_tells_more_than_the_status(self):
        for sub_status, stage, expected in (
            ("InfoReceived", None, (Status.INFO_RECEIVED, None)),
            ("InTransit_CustomsProcessing", None, (Status.IN_TRANSIT, None)),
            ("InTransit_CustomsRequiringInformation", None, (Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS)),
            ("InTransit_NeverHeardOf", None, (Status.IN_TRANSIT, None)),
            ("AvailableForPickup_Other", None, (Status.AVAILABLE_FOR_PICKUP, None)),
            ("DeliveryFailure_NoBody", None, (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT)),
            ("DeliveryFailure_InvalidAddress", None, (Status.ATTEMPT_FAILED, Reason.ADDRESS_INCORRECT)),
            ("Exception_Returning", None, (Status.RETURNING, None)),
            ("Exception_Returned", None, (Status.RETURNED, None)),
            ("Exception_Lost", None, (Status.EXCEPTION, Reason.LOST)),
            ("Exception_Destroyed", None, (Status.EXCEPTION, Reason.DISPOSED)),
            ("Exception_Cancel", None, (Status.CANCELLED, None)),
            ("Expired_Other", None, (Status.UNKNOWN, None)),
            (None, "Arrival", (Status.IN_TRANSIT, None)),
            (None, "Returned", (Status.RETURNED, None)),
            (None, None, (Status.UNKNOWN, None)),
        ):
            with self.subTest(sub_status or stage):
                self.assertEqual(self.read(sub_status, stage), expected)

    def test_the_latest_status_is_that_of_the_latest_event_where_it_has_none_of_its_own(self):
        """As in the older versions of the API, whose events have a stage at the milestones only."""
        info = self.payload("delivered")["data"]["accepted"][0]["track_info"]
        silent = info["latest_event"] | {"sub_status": None, "stage": None}
        for sub_status, expected in (("InTransit_Other", Status.IN_TRANSIT), (None, Status.EXCEPTION)):
            latest = {"status": "Exception", "sub_status": sub_status}
            update = self.changed(silent, latest_event=silent, latest_status=latest)
            self.assertEqual(headline(update)[0], expected)
        earlier = silent | {"time_iso": "2026-03-01T08:00:00+01:00", "time_utc": None}
        update = self.changed(earlier, latest_event=silent, latest_status={"status": "Delivered"})
        self.assertEqual(headline(update)[0], Status.UNKNOWN)

    def test_the_carrier_s_words_tell_the_reason_before_the_sub_status(self):
        found = self.read("Exception_Delayed", description="Delayed by snow")
        self.assertEqual(found, (Status.EXCEPTION, Reason.WEATHER))

    def test_delivered_to_somebody_else_than_the_recipient_is_not_delivered(self):
        self.assertEqual(self.read("Delivered_Other", description="Delivered to the sender")[0], Status.RETURNED)
        held = self.read("Delivered_Other", description="Available for pick-up at the post office")
        self.assertEqual(held[0], Status.AVAILABLE_FOR_PICKUP)

    def test_a_courier_s_phone_number_stays_with_the_raw_scan(self):
        (event,) = self.changed({"description": "快件派送中 电话:13000000017"}).events
        self.assertEqual(event.description, "快件派送中 电话:…")

    # Times: any of the three may be null

    def times_of(self, **told):
        nothing = {"time_iso": None, "time_utc": None, "time_raw": {"date": None, "time": None, "timezone": None}}
        return self.changed(nothing | told)

    def test_the_time_with_its_offset_is_told_before_that_in_utc(self):
        update = self.times_of(time_iso="2026-03-02T13:44:00+01:00", time_utc="2026-03-02T12:44:00Z")
        self.assertEqual(update.events[0].occurred_at.isoformat(), "2026-03-02T13:44:00+01:00")
        self.assertEqual(times(self.times_of(time_utc="2026-03-02T12:44:00Z")), ["2026-03-02T12:44:00Z"])

    def test_the_carrier_s_own_time_is_that_of_the_place(self):
        raw = {"date": "2026-03-02", "time": "13:44:00", "timezone": None}
        update = self.times_of(time_raw=raw)
        self.assertEqual((times(update), update.events[0].zone_known), (["2026-03-02T12:44:00Z"], False))
        self.assertEqual(times(self.times_of(time_raw=raw | {"timezone": "+03:00"})), ["2026-03-02T10:44:00Z"])
        self.assertEqual(times(self.times_of(time_raw=raw | {"time": None})), ["2026-03-01T23:00:00Z"])
        self.assertEqual(times(self.times_of(time_raw="2026-03-02 13:44:00")), ["2026-03-02T12:44:00Z"])

    def test_no_time_and_the_last_year_of_all_are_left_out(self):
        for told in ({}, {"time_iso": "2079-01-01T00:00:00+00:00"}):
            with self.assertLogs("carriers", "WARNING"):
                self.assertEqual(self.times_of(**told).events, ())

    # Two carriers, one parcel

    def test_each_scan_names_its_carrier_and_the_last_one_brings_it(self):
        update = self.parse_fixture("delivered")
        self.assertEqual([event.carrier for event in update.events].count("PostNL"), 2)
        self.assertEqual(update.handed_to, Handover("PostNL", "3SXYZ0000017"))

    def test_a_carrier_that_brings_what_it_took_hands_nothing_over(self):
        same = {"local_number": self.number, "local_provider": "Cainiao", "local_key": 190271}
        self.assertIsNone(self.changed(misc_info=same).handed_to)

    def test_the_latest_event_stands_where_no_carrier_s_are_listed(self):
        latest = self.payload("delivered")["data"]["accepted"][0]["track_info"]["latest_event"]
        update = self.changed(tracking={"providers": []}, latest_event=latest)
        self.assertEqual(times(update), ["2026-03-02T12:44:00Z"])

    # Promises

    def test_the_estimate_is_of_local_days(self):
        expected = PromisedWindow(date(2026, 3, 2), date(2026, 3, 2), zone="Europe/Amsterdam")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)

    # Pushes

    def test_the_key_that_asks_also_signs(self):
        body = self.fixture("callback")
        self.adapter().verify_callback(self.callback(body, self.signed(body, "K3Y"), secrets=("our own",)))
        with self.assertRaisesRegex(CallbackRejected, "header is not"):
            self.adapter().verify_callback(self.callback(body, self.signed(body, "x"), secrets=("our own",)))

    # Version 1: one-letter names, the signature inside

    def old(self, status=10, **changes):
        """The update of a push of version 1 whose newest scan has this status."""
        newest = {"a": "2026-03-02 13:44", "b": None, "c": "", "d": "Zwolle", "z": "Delivered at the door"}
        earlier = newest | {"a": "2026-02-27 08:10", "d": "", "z": "Received by the carrier"}
        track = {"b": 301, "c": 1404, "e": status, "z0": newest, "z1": [earlier], "z2": [newest], "z9": []}
        told = {"event": "TRACKING_UPDATED", "sign": "x", "data": {"number": self.number, "track": track | changes}}
        (update,) = SeventeenTrack().parse_callback(Callback(json.dumps(told).encode()))
        return update

    def test_a_push_of_version_1_tells_the_status_of_its_newest_scan_only(self):
        self.assertEqual([event.status for event in self.old(40).events], [Status.UNKNOWN, Status.DELIVERED])
        for status, expected in (
            (0, Status.UNKNOWN),
            (10, Status.IN_TRANSIT),
            (20, Status.UNKNOWN),
            (30, Status.AVAILABLE_FOR_PICKUP),
            (35, Status.ATTEMPT_FAILED),
            (50, Status.EXCEPTION),
            (99, Status.UNKNOWN),
        ):
            with self.subTest(status):
                self.assertEqual(headline(self.old(status))[0], expected)

    def test_the_times_of_version_1_are_those_of_the_place_else_of_the_carrier_s_country(self):
        self.assertEqual(times(self.old()), ["2026-02-27T00:10:00Z", "2026-03-02T12:44:00Z"])
        in_california = {"a": "2026-03-02 13:44", "c": "MORENO VALLEY, CA, US", "z": "Departed"}
        update = self.old(z0=in_california, z1=[], z2=[])
        self.assertEqual((times(update), update.events[0].zone_known), (["2026-03-02T21:44:00Z"], False))

    def test_a_scan_of_version_1_stays_itself_when_it_is_no_longer_the_newest(self):
        newest = self.old(10).events[1]
        later = {"a": "2026-03-03 09:00", "z": "Out"}
        self.assertIn(newest.key, [event.key for event in self.old(10, z0=later).events])

    def test_version_1_signs_the_event_and_the_data(self):
        data = '{"number":"1","track":{"e":10}}'
        sign = hashlib.sha256(f"TRACKING_UPDATED/{data}/K3Y".encode()).hexdigest()
        body = f'{{"event":"TRACKING_UPDATED","sign":"{sign}","data":{data}}}'.encode()
        self.adapter().verify_callback(self.callback(body, secrets=()))
        with self.assertRaisesRegex(CallbackRejected, "header is not"):
            self.adapter().verify_callback(self.callback(body.replace(b"10", b"40"), secrets=()))

    @needs_corpus
    def test_the_published_signature_is_accepted(self):
        folder = CORPUS / "17track"
        told = json.loads((folder / "callback-1.headers.json").read_bytes())
        body = (folder / "callback-1.json").read_bytes()
        SeventeenTrack().verify_callback(Callback(body, Headers({"sign": told["sign"]}), ("123456ABCDEF",)))

import base64
import hashlib
import hmac
import json

from django.test import SimpleTestCase

from carriers.adapters.ninja_van import NinjaVan
from orders.reasons import Reason
from orders.statuses import Status
from tests.carriers.contract import CorpusContract, PushContract, Read, headline


class NinjaVanTests(PushContract, CorpusContract, SimpleTestCase):
    carrier = NinjaVan
    number = "NVSGTEST000000017"
    corpus = {
        "callback-1.json": Read(Status.INFO_RECEIVED, None, 1, "2022-08-05T07:01:45Z", "2022-08-05T07:01:45Z"),
        "callback-2.json": Read(Status.OUT_FOR_DELIVERY, None, 1, "2017-04-03T03:50:44Z", "2017-04-03T03:50:44Z"),
        "callback-3.json": Read(Status.IN_TRANSIT, None, 1, "2017-04-03T03:50:44Z", "2017-04-03T03:50:44Z"),
    }

    def signed(self, body, secret):
        digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        return {"X-Ninjavan-Hmac-Sha256": base64.b64encode(digest).decode()}

    def told(self, **told):
        """The update of a webhook that tells only this."""
        body = {"tracking_id": self.number, "timestamp": "2026-03-04T16:20:05+0800", **told}
        (update,) = self.carrier().parse_callback(self.callback(json.dumps(body).encode()))
        return update

    def read(self, status, **told):
        return headline(self.told(status=status, **told))

    def test_a_status_of_the_first_version_is_read_whatever_its_capitals(self):
        for told, status, reason in (
            ("Pending Pickup", Status.INFO_RECEIVED, None),
            ("Van en-route to pickup", Status.INFO_RECEIVED, None),
            ("Pickup fail", Status.INFO_RECEIVED, Reason.NOT_HANDED_OVER),
            ("Successful Pickup", Status.IN_TRANSIT, None),
            ("Arrived at Sorting Hub", Status.IN_TRANSIT, None),
            ("Arrived at Distribution Point", Status.AVAILABLE_FOR_PICKUP, None),
            ("First Attempt Delivery Fail", Status.ATTEMPT_FAILED, None),
            ("Customs Held", Status.EXCEPTION, Reason.CUSTOMS_HELD),
            ("Return to Sender Triggered", Status.RETURNING, None),
            ("On Vehicle for Delivery (RTS)", Status.RETURNING, None),
            ("Returned to Sender", Status.RETURNED, None),
            ("COMPLETED", Status.DELIVERED, None),
            ("Parcel Weight", Status.UNKNOWN, None),
        ):
            with self.subTest(told):
                self.assertEqual(self.read(told), (status, reason))

    def test_a_comment_tells_why_where_it_names_no_hub(self):
        found = self.read("First Attempt Delivery Fail", comments="Nobody at location")
        self.assertEqual(found, (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT))
        found = self.read("First Attempt Delivery Fail", comments="SG-Singapore-Damage Centre")
        self.assertEqual(found, (Status.ATTEMPT_FAILED, None))

    def test_the_number_may_have_the_name_it_has_elsewhere(self):
        self.assertEqual(self.told(tracking_id=None, tracking_number="NV17").number, "NV17")

    def test_the_event_of_the_second_version_says_it_more_exactly(self):
        for status, event, expected in (
            ("Delivery Exception", "Delivery Exception, Parcel Lost", (Status.EXCEPTION, Reason.LOST)),
            ("Delivery Exception", "Delivery Exception, Return to Sender Initiated", (Status.RETURNING, None)),
            ("Delivered", "Delivered, Left at Doorstep", (Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE)),
            ("At PUDO", "At PUDO, Pending Customer Collection", (Status.AVAILABLE_FOR_PICKUP, None)),
        ):
            with self.subTest(event):
                self.assertEqual(self.read(status, event=event), expected)

    def test_an_unknown_event_falls_back_to_the_coarse_status(self):
        self.assertEqual(self.read("Delivered", event="Delivered, by Balloon")[0], Status.DELIVERED)

    def test_an_unknown_status_is_unknown_and_listed(self):
        update = self.told(status="Circling the Hub")
        self.assertEqual(update.events[0].status, Status.UNKNOWN)
        self.assertEqual(NinjaVan().unmapped_codes(update), ["circling the hub"])
        self.assertEqual(NinjaVan().unmapped_codes(self.told(status="Parcel Weight")), [])

    def test_a_failed_delivery_tells_why(self):
        for words, reason in (
            ("Nobody at Location", Reason.RECIPIENT_ABSENT),
            ("Customer refused to accept", Reason.REFUSED),
            ("Inaccurate Address", Reason.ADDRESS_INCORRECT),
        ):
            event = "Delivery Exception, Pending Reschedule"
            found = self.read("Delivery Exception", event=event, delivery_exception={"failure_reason": words})
            self.assertEqual(found, (Status.ATTEMPT_FAILED, reason))

    def test_what_is_delivered_on_the_way_back_is_returned(self):
        self.assertEqual(self.read("Delivered", is_parcel_on_rts_leg=True)[0], Status.RETURNED)
        self.assertEqual(self.read("On Vehicle for Delivery", is_parcel_on_rts_leg=True)[0], Status.RETURNING)

    def test_an_offset_without_a_colon_is_read(self):
        (event,) = self.told(status="Completed").events
        self.assertEqual(event.occurred_at.isoformat(), "2026-03-04T16:20:05+08:00")
        self.assertTrue(event.zone_known)

    def test_a_naive_time_is_that_of_the_hub_and_says_so(self):
        hub = {"country": "VN", "city": "Hanoi", "hub": "HN-1"}
        update = self.told(
            status="Arrived at Origin Hub", timestamp="2026-03-04T16:20:05", arrived_at_origin_hub_information=hub
        )
        self.assertEqual(update.events[0].occurred_at.isoformat(), "2026-03-04T16:20:05+07:00")
        self.assertFalse(update.events[0].zone_known)

    def test_the_hub_stands_in_the_comments(self):
        (event,) = self.told(status="Arrived at Sorting Hub", comments="SG-Singapore-Test Facility").events
        self.assertEqual((event.location.city, event.location.country), ("Singapore", "SG"))
        self.assertEqual(event.description, "Arrived at Sorting Hub")

    def test_two_statuses_under_one_id_are_two_scans(self):
        scans = [self.told(status=status, id="3b73").events[0] for status in ("Pending Pickup", "Successful Pickup")]
        self.assertNotEqual(scans[0].key, scans[1].key)

    def test_the_proof_of_delivery_is_a_link_or_nothing(self):
        (update,) = self.carrier().parse_callback(self.callback(self.fixture("callback")))
        self.assertEqual(update.proof_of_delivery, "https://proofs.example/signature.png")
        self.assertEqual(self.told(status="Completed", pod={"uri": "javascript:alert(1)"}).proof_of_delivery, "")

    def test_nobodys_name_is_in_the_description(self):
        (update,) = self.carrier().parse_callback(self.callback(self.fixture("callback")))
        self.assertEqual(update.events[0].description, "Delivered, Received by Customer")

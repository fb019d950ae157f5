import hashlib
import hmac
import json

from django.test import SimpleTestCase

from carriers.adapters.sendcloud import Sendcloud
from orders.reasons import Reason
from orders.statuses import Status
from tests.carriers.contract import CorpusContract, PushContract, Read, headline


class SendcloudTests(PushContract, CorpusContract, SimpleTestCase):
    carrier = Sendcloud
    number = "3STEST000000017"
    # The documentation's example tells of the second minute of 1970: no instant, so a hint without a scan.
    corpus = {"callback-1.json": Read(Status.UNKNOWN)}

    def signed(self, body, secret):
        return {"Sendcloud-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}

    def told(self, parcel=None, **changes):
        """The updates of the callback with these changes."""
        payload = self.payload("callback") | changes
        payload["parcel"] |= parcel or {}
        return self.carrier().parse_callback(self.callback(json.dumps(payload).encode()))

    def read(self, number, message="", **parcel):
        (update,) = self.told({"status": {"id": number, "message": message}, **parcel})
        return headline(update)

    def test_the_scan_is_the_carriers_at_its_own_time(self):
        (update,) = self.told()
        (event,) = update.events
        self.assertEqual(event.occurred_at.isoformat(), "2026-03-04T20:10:00+00:00")
        self.assertEqual((event.carrier, event.description), ("postnl", "Driver en route"))
        self.assertEqual((update.service, update.destination.country), ("PostNL Standard", "NL"))

    def test_without_the_carriers_time_it_is_sendclouds(self):
        for told in ({"timestamp": 1772655300118}, {"timestamp": 1772655300}, {"timestamp": "1772655300118"}):
            (update,) = self.told(carrier_status_change_timestamp=None, **told)
            self.assertEqual(update.events[0].occurred_at.isoformat()[:19], "2026-03-04T20:15:00")

    def test_an_unreadable_time_leaves_a_hint_without_a_scan(self):
        for told in (None, "", "soon", 0, 123, -1, 10**30):
            (update,) = self.told(carrier_status_change_timestamp=told, timestamp=told)
            self.assertEqual(update.events, ())

    def test_a_status_id_tells_its_status_and_reason(self):
        for number, status, reason in (
            (1, Status.INFO_RECEIVED, None),
            ("13", Status.INFO_RECEIVED, Reason.NOT_HANDED_OVER),
            (91, Status.IN_TRANSIT, None),
            (4, Status.EXCEPTION, Reason.CARRIER_DELAY),
            (8, Status.ATTEMPT_FAILED, None),
            (12, Status.AVAILABLE_FOR_PICKUP, None),
            (93, Status.DELIVERED, None),
            (62991, Status.ATTEMPT_FAILED, Reason.REFUSED),
            (62992, Status.RETURNED, None),
            (62997, Status.EXCEPTION, Reason.ADDRESS_INCORRECT),
            (2000, Status.CANCELLED, None),
            (1999, Status.UNKNOWN, None),
        ):
            with self.subTest(number):
                self.assertEqual(self.read(number), (status, reason))

    def test_an_unknown_status_id_is_unknown_and_listed(self):
        (update,) = self.told({"status": {"id": 77077, "message": "Delivered to the moon"}})
        self.assertEqual(update.events[0].status, Status.UNKNOWN)
        self.assertEqual(Sendcloud().unmapped_codes(update), ["77077"])

    def test_passing_customs_is_no_trouble_but_being_held_is(self):
        self.assertEqual(self.read(62989, "At customs"), (Status.IN_TRANSIT, None))
        held = self.read(62989, "The package has been held at customs")
        self.assertEqual(held, (Status.EXCEPTION, Reason.CUSTOMS_HELD))

    def test_a_return_that_arrives_is_returned_not_delivered(self):
        self.assertEqual(self.read(11, is_return=True)[0], Status.RETURNED)
        self.assertEqual(self.read(91, is_return=True)[0], Status.RETURNING)

    def test_a_parcel_without_a_number_and_other_news_bring_nothing(self):
        self.assertEqual(self.told({"tracking_number": ""}), [])
        for body in (b'{"action": "test_webhook"}', b'{"action": "integration_updated", "integration": {"id": 1}}'):
            self.assertEqual(self.carrier().parse_callback(self.callback(body)), [])

    def test_the_raw_scan_holds_nobodys_address(self):
        (update,) = self.told()
        self.assertNotIn("Lindenlaan", json.dumps(update.events[0].raw))

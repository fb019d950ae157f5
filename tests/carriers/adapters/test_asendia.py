from django.test import SimpleTestCase

from carriers.adapters.asendia import Asendia
from carriers.base import Parcel, Reply
from carriers.errors import CarrierRefused, NumberNotFound
from orders.events import Location
from orders.reasons import Reason
from orders.statuses import Status
from tests.carriers.contract import CorpusContract, Fails, OAuthContract, Read, headline


class AsendiaTests(OAuthContract, CorpusContract, SimpleTestCase):
    carrier = Asendia
    credentials = {"username": "shop", "password": "s3cret", "customer_id": "CUST17"}
    number = "ASENDIA000000017"
    token = Reply(200, b'{"id_token": "granted-token"}')
    unknown_code = "ZZ"
    tells_promises = False
    corpus = {
        "track-response-1.json": Read(Status.DELIVERED, None, 3, "2024-04-12T14:30:00Z", "2024-04-15T11:00:00Z"),
        "track-response-2.json": Read(Status.DELIVERED, None, 10, "2021-07-24T13:00:15Z", "2021-08-09T11:13:00Z"),
        "error-response-1.json": Fails(NumberNotFound, "Tracking number not found", 404),
        "error-response-2.json": Fails(CarrierRefused, "incorrect username or password", 401),
    }

    def read(self, code, words):
        scan = {"code": code, "time": "2026-03-06T11:05:00Z", "carrierEventDescription": words}
        (update,) = self.parse({"trackingNumber": self.number, "trackingEvents": [scan]})
        return headline(update)

    # Asking

    def test_the_token_opens_the_customers_own_parcels(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        asked, tracked = adapter.send
        self.assertEqual(asked.url, "https://www.asendia-sync.com/api/authenticate")
        self.assertEqual(tracked.url, f"https://www.asendia-sync.com/api/customers/CUST17/tracking/{self.number}")

    def test_an_error_is_what_it_says_whatever_http_status_it_comes_in(self):
        told = {"responseStatusCode": 401, "responseStatusMessage": "Authentication has been denied"}
        self.assert_raises(CarrierRefused, "denied", told)
        self.assert_raises(NumberNotFound, "404", {"responseStatus": {"responseStatusCode": 404}, "data": []})

    # Status

    def test_a_delivery_may_be_to_a_shop_or_back_to_the_sender(self):
        self.assertEqual(self.read("DL", "Delivered")[0], Status.DELIVERED)
        self.assertEqual(self.read("DL", "Delivered to a parcel shop")[0], Status.AVAILABLE_FOR_PICKUP)
        self.assertEqual(self.read("s10", "Returned to sender")[0], Status.RETURNED)

    def test_a_code_that_is_not_listed_is_what_its_words_say(self):
        for words, status, reason in (
            ("Held by customs", Status.EXCEPTION, Reason.CUSTOMS_HELD),
            ("Customs clearance completed", Status.IN_TRANSIT, None),
            ("Presented to customs", Status.IN_TRANSIT, None),
            ("Unsuccessful delivery: addressee absent", Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
            ("Available for collection at the post office", Status.AVAILABLE_FOR_PICKUP, None),
            ("Will be delivered tomorrow", Status.UNKNOWN, None),
        ):
            with self.subTest(words):
                self.assertEqual(self.read("QQ", words), (status, reason))

    def test_a_scan_says_where_it_was(self):
        last = max(self.parse_fixture("delivered").events, key=lambda event: event.occurred_at)
        self.assertEqual(last.location, Location("Valencia", "", "ES"))

    # Asendia USA

    def test_milestones_are_read_by_either_of_their_numbers(self):
        body = self.fixture("milestones")
        self.assertEqual([update.number for update in self.parse(body, number="")], ["RL000000017CH", "RL000000025CH"])
        (update,) = self.parse(body, number="ORDER-18")
        self.assertEqual((update.number, headline(update)[0]), ("ORDER-18", Status.INFO_RECEIVED))
        with self.assertRaisesRegex(NumberNotFound, "2 other numbers"):
            self.parse(body, number="ORDER-19")

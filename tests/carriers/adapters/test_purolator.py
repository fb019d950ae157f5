from django.test import SimpleTestCase

from carriers.adapters.purolator import Purolator
from carriers.base import Parcel, Reply
from carriers.errors import CarrierRefused, NumberNotFound
from orders.reasons import Reason
from orders.statuses import Status
from tests.carriers.contract import CorpusContract, PollContract, Read, headline, times


class PurolatorTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = Purolator
    credentials = {"api_key": "shop", "password": "s3cret"}
    number = "329000000017"
    format = "xml"
    unknown_code = "Teleported"
    tells_promises = False
    corpus = {
        # Told twice, and scanned at a sort centre: whoever numbers a parcel anew has it.
        "track-response-1.xml": Read(Status.IN_TRANSIT, None, 2, "2004-01-13T22:23:00Z", "2004-01-13T22:23:00Z"),
    }

    def changed(self, old, new, name="delivered"):
        body = self.fixture(name).decode()
        self.assertIn(old, body)
        (update,) = self.parse(body.replace(old, new).encode())
        return update

    def read(self, kind, words, why=""):
        """The (status, reason) of a parcel with this one scan."""
        scan = f"<ScanType>{kind}</ScanType><ScanDate>2026-03-02</ScanDate><ScanTime>93000</ScanTime>"
        scan += f"<Description>{words}</Description>"
        scan += f"<ScanDetails><ReasonDescription>{why}</ReasonDescription></ScanDetails>"
        told = f"<TrackingInformation><Scans><Scan>{scan}</Scan></Scans></TrackingInformation>"
        told = f"<TrackingInformationList>{told}</TrackingInformationList>"
        told = f"<TrackPackagesByPinResponse>{told}</TrackPackagesByPinResponse>"
        (update,) = self.parse(f"<Envelope><Body>{told}</Body></Envelope>".encode())
        return headline(update)

    # Asking

    def test_a_pin_is_asked_for_in_an_envelope_that_it_cannot_leave(self):
        adapter = self.adapter(Reply(200, b""))
        adapter.fetch([Parcel("1</Value>&")])
        (sent,) = adapter.send
        self.assertEqual(sent.url, "https://webservices.purolator.com/PWS/V1/Tracking/TrackingService.asmx")
        self.assertEqual(sent.headers["SOAPAction"], "http://purolator.com/pws/service/v1/TrackPackagesByPin")
        self.assertEqual(sent.headers["Authorization"], "Basic c2hvcDpzM2NyZXQ=")
        self.assertIn(b"<PIN><Value>1&lt;/Value&gt;&amp;</Value></PIN>", sent.body)

    def test_an_empty_list_is_not_found_and_a_fault_is_what_it_says(self):
        start, rest = self.fixture("delivered").decode().split("<TrackingInformationList>")
        self.assert_raises(NumberNotFound, "empty", (start + rest.split("</TrackingInformationList>")[1]).encode())
        fault = "<Fault><faultcode>Client</faultcode><faultstring>Not authorized</faultstring></Fault>"
        self.assert_raises(CarrierRefused, "Not authorized", f"<Envelope><Body>{fault}</Body></Envelope>".encode())

    def test_a_pin_is_read_where_it_is_told_with_others(self):
        start, parcel = self.fixture("delivered").decode().split("<TrackingInformation>")
        parcel, end = parcel.split("</TrackingInformation>")
        parcel = f"<TrackingInformation>{parcel}</TrackingInformation>"
        body = f"{start}{parcel}{parcel.replace(self.number, '329000000025')}{end}".encode()
        self.assertEqual([update.number for update in self.parse(body)], [self.number])
        self.assertEqual([update.number for update in self.parse(body, number="")], [self.number, "329000000025"])
        with self.assertRaisesRegex(NumberNotFound, "2 other numbers"):
            self.parse(body, number="329000000033")

    # Status

    def test_a_delivery_says_where_and_never_who_signed(self):
        update = self.parse_fixture("delivered")
        self.assertEqual(headline(update), (Status.DELIVERED, Reason.DELIVERED_TO_RECEPTION))
        self.assertNotIn("PERDUE", " ".join(event.description for event in update.events))

    def test_only_the_type_tells_a_delivery(self):
        self.assertEqual(self.read("Delivery", "Shipment delivered to")[0], Status.DELIVERED)
        self.assertEqual(self.read("Other", "Shipment delivered to")[0], Status.UNKNOWN)
        self.assertEqual(self.read("Delivery", "Delivered to the shipper")[0], Status.RETURNED)
        self.assertEqual(self.read("Delivery", "Held for customer pick up")[0], Status.AVAILABLE_FOR_PICKUP)

    def test_what_is_undeliverable_says_why(self):
        for why, status, reason in (
            ("Customer not available", Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
            ("Business closed", Status.ATTEMPT_FAILED, Reason.BUSINESS_CLOSED),
            ("Incorrect address", Status.EXCEPTION, Reason.ADDRESS_INCORRECT),
            ("Delayed due to weather", Status.EXCEPTION, Reason.WEATHER),
            ("", Status.ATTEMPT_FAILED, None),
        ):
            with self.subTest(why):
                self.assertEqual(self.read("Undeliverable", "Shipment", why), (status, reason))

    def test_other_scans_are_what_their_words_say(self):
        for words, status in (
            ("Shipment created", Status.INFO_RECEIVED),
            ("Departed sort facility", Status.IN_TRANSIT),
            ("Shipment cleared customs", Status.IN_TRANSIT),
            ("Held by customs", Status.EXCEPTION),
            ("On vehicle for delivery", Status.OUT_FOR_DELIVERY),
            ("Attempted delivery - card left", Status.ATTEMPT_FAILED),
            ("Available for pickup", Status.AVAILABLE_FOR_PICKUP),
        ):
            with self.subTest(words):
                self.assertEqual(self.read("Other", words)[0], status)

    # Times

    def test_a_scan_tells_the_time_of_its_depots_province(self):
        self.assertEqual(times(self.parse_fixture("delivered"))[0], "2026-03-02T13:30:00Z")  # Halifax
        self.assertEqual(times(self.parse_fixture("delivered"))[-1], "2026-03-05T19:42:10Z")  # Winnipeg
        self.assertEqual(times(self.changed("HALIFAX, NS", "SEATTLE, WA"))[0], "2026-03-02T17:30:00Z")
        self.assertEqual(times(self.changed("HALIFAX, NS", "STE-FOY, PQ"))[0], "2026-03-02T14:30:00Z")

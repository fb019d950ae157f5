from django.test import SimpleTestCase

from carriers.adapters.packeta import Packeta
from carriers.base import Parcel, Reply
from carriers.errors import CarrierRefused, NumberNotFound
from orders.reasons import Reason
from orders.statuses import Status
from tests.carriers.contract import FIXTURES, CorpusContract, PollContract, Read, headline, times


class PacketaTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = Packeta
    credentials = {"api_password": "s3<ret"}
    number = "Z1234567890"
    format = "xml"
    unknown_code = "77"
    stages = {
        "delivered": Status.DELIVERED,
        "ready_for_pickup": Status.AVAILABLE_FOR_PICKUP,
        "returned": Status.RETURNED,
    }
    tells_promises = False
    corpus = {
        "track-response-1.json": Read(Status.DELIVERED, None, 4, "2026-04-27T21:03:58Z", "2026-04-29T11:12:42Z"),
        "track-response-2.json": Read(
            Status.AVAILABLE_FOR_PICKUP, None, 3, "2026-04-27T21:03:58Z", "2026-04-29T06:46:00Z"
        ),
    }

    def page(self, *scans, code=""):
        """The headline of the tracking page's scans, an hour apart."""
        details = [{"text": words, "time": f"2026-03-02 {hour:02}:00:00"} for hour, words in enumerate(scans, 9)]
        (update,) = self.parse({"barcode": self.number, "packetStatusId": code, "trackingDetails": details})
        return headline(update)

    def record(self, code, words="", more=""):
        told = (
            f"<dateTime>2026-03-02T09:00:00</dateTime><statusCode>{code}</statusCode><statusText>{words}</statusText>"
        )
        body = f"<response><status>ok</status><result>{told}{more}</result></response>"
        (update,) = self.parse(body.encode())
        return headline(update)

    # Asking

    def test_a_packet_is_asked_for_by_its_id_without_the_letter(self):
        adapter = self.adapter(Reply(200, b""))
        adapter.fetch([Parcel(self.number)])
        (sent,) = adapter.send
        self.assertEqual(sent.url, "https://www.zasilkovna.cz/api/rest")
        self.assertIn(b"<packetId>1234567890</packetId>", sent.body)
        self.assertIn(b"<apiPassword>s3&lt;ret</apiPassword>", sent.body)

    def test_without_a_number_the_payload_names_its_own(self):
        """The records name no packet, and are read all the same."""
        (update,) = self.parse(self.fixture("delivered"), number="")
        self.assertEqual((update.number, len(update.events)), ("", 5))

    def test_a_wrong_password_is_refused(self):
        self.assert_raises(CarrierRefused, "IncorrectApiPasswordFault", self.fixture("wrong_password"))

    def test_a_packet_without_records_is_not_found_yet(self):
        self.assert_raises(NumberNotFound, "yet", b"<response><status>ok</status><result/></response>")

    # Status

    def test_times_are_those_of_prague(self):
        self.assertEqual(times(self.parse_fixture("delivered"))[0], "2026-03-02T08:14:05Z")
        self.assertFalse(self.parse_fixture("delivered").events[0].zone_known)

    def test_a_single_status_is_read_like_a_record(self):
        self.assertEqual(self.record("5")[0], Status.AVAILABLE_FOR_PICKUP)
        self.assertEqual(self.record("17"), (Status.ATTEMPT_FAILED, Reason.REFUSED))
        self.assertEqual(self.record("999")[0], Status.UNKNOWN)

    def test_a_packet_on_its_way_back_is_delivered_to_its_sender(self):
        back = "<isReturning>true</isReturning>"
        self.assertEqual(self.record("7", more=back)[0], Status.RETURNED)
        self.assertEqual(self.record("5", more=back)[0], Status.RETURNING)
        self.assertEqual(self.record("7", "Delivered back to the sender")[0], Status.RETURNED)

    # The tracking page

    def test_the_page_says_in_prose_where_the_packet_is(self):
        for words, status in (
            ("Zásilka je připravena k vyzvednutí", Status.AVAILABLE_FOR_PICKUP),
            ("Doručena příjemci", Status.DELIVERED),
            ("Zásilka doručena", Status.DELIVERED),
            ("Doručeno na pobočku", Status.AVAILABLE_FOR_PICKUP),
            ("Zásilka byla vrácena odesílateli", Status.RETURNED),
            ("The packet could not be delivered: not delivered", Status.ATTEMPT_FAILED),
            ("Zásielka je na ceste", Status.IN_TRANSIT),
            ("Zásilka bude doručena zítra", Status.UNKNOWN),
        ):
            with self.subTest(words):
                self.assertEqual(self.page(words)[0], status)
        self.assertEqual(self.page("Příjemce zásilku odmítnul: odmítnuto")[1], Reason.REFUSED)

    def test_the_pages_status_speaks_of_the_newest_scan_alone(self):
        self.assertEqual(self.page("Něco", "Něco nového", code="2")[0], Status.AVAILABLE_FOR_PICKUP)
        self.assertEqual(self.page("Něco nového", "On the way", code="3")[0], Status.IN_TRANSIT)

    def test_a_page_without_a_packet_is_not_found(self):
        self.assert_raises(NumberNotFound, "does not know", {"item": None})

    def test_the_page_may_wrap_its_packet(self):
        (update,) = self.parse((FIXTURES / "packeta" / "page.json").read_bytes(), number="")
        self.assertEqual((update.number, headline(update)[0]), (self.number, Status.IN_TRANSIT))

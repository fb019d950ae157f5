import json
from datetime import date, time

from django.test import SimpleTestCase

from carriers.adapters.posti import Posti
from carriers.base import MemoryTokens, Parcel, Reply
from carriers.errors import CarrierRefused, NumberNotFound, UnreadablePayload
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, OAuthContract, Read, Sent, headline, times

GRANTED = {"id_token": "who", "role_tokens": [{"type": "anonymous", "token": "may"}]}


class PostiTests(OAuthContract, CorpusContract, SimpleTestCase):
    carrier = Posti
    number = "JJFI65432100000001234"
    unknown_code = "The item has turned into a swan"
    token = Reply(200, json.dumps(GRANTED).encode())
    corpus = {
        "track-response-1.json": Read(Status.DELIVERED, None, 4, "2026-04-27T23:03:58Z", "2026-04-29T13:12:42Z"),
        # Ten scans, the last of them "delivered": to the sender.
        "track-response-2.json": Read(Status.RETURNED, None, 10, "2026-05-28T09:50:00Z", "2026-06-09T07:18:42Z"),
        # One scan, and a status that is further than it.
        "track-response-3.json": Read(Status.IN_TRANSIT, None, 2, "2026-04-27T23:03:58Z", "2026-04-27T23:03:58Z"),
    }

    def bearers(self, adapter):
        asked = [sent for sent in adapter.send if "X-Posti-Token" in sent.headers]
        self.assertEqual({sent.headers["Authorization"] for sent in asked}, {"may"})
        return [sent.headers["X-Posti-Token"].replace("who", "granted-token") for sent in asked]

    def changed(self, name="delivered", **changes):
        """The update of a fixture whose hit has these members instead."""
        told = self.payload(name)
        told["data"]["consumerSearchShipments"]["hits"][0].update(changes)
        (update,) = self.parse(told)
        return update

    def read(self, words, main="", why=None):
        """The (status, reason) of one event that says this."""
        scan = {"timestamp": "2026-03-04T12:00:00.000Z", "eventDescription": words, "reasonDescription": why}
        return headline(self.changed(status={"main": main}, events=[scan]))

    # Asking

    def test_anybody_is_given_two_tokens(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        first, second = adapter.send
        self.assertEqual(first.url, "https://auth-service.posti.fi/api/v1/anonymous_token")
        self.assertEqual(second.url, "https://graphql.posti.fi/graphql")
        self.assertEqual(json.loads(second.body)["variables"], {"number": self.number})

    def test_in_place_of_posti_the_sandbox_gives_the_tokens_too(self):
        adapter = Posti(
            send=Sent(self.token, Reply(200, b"{}")), tokens=MemoryTokens(), base_url="http://sandbox/posti"
        )
        adapter.fetch([Parcel(self.number)])
        self.assertEqual(adapter.send[0].url, "http://sandbox/posti/api/v1/anonymous_token")

    def test_a_token_that_is_refused_under_200_is_renewed(self):
        reply = Reply(200, self.fixture("delivered"))
        adapter = self.adapter(Reply(200, self.fixture("token_rejected")), self.token, reply)
        self.assertEqual(adapter.fetch([Parcel(self.number)]), {self.number: reply})
        self.assertEqual(self.token_requests(adapter), 2)

    # Status

    def test_what_a_scan_means_is_read_from_its_words(self):
        for words, status in (
            ("Item has been registered", Status.INFO_RECEIVED),
            ("Lähetys ei ole vielä saapunut Postille, odotathan", Status.INFO_RECEIVED),
            ("Försändelsen har registrerats", Status.INFO_RECEIVED),
            ("Olemme saaneet tiedon tulevasta lähetyksestä", Status.INFO_RECEIVED),
            ("Item is on the way to the recipient", Status.IN_TRANSIT),
            ("Item in process in office of exchange.", Status.IN_TRANSIT),
            ("Item is ready for delivery in destination country", Status.IN_TRANSIT),
            ("The item has been declared", Status.IN_TRANSIT),
            ("Handling fee for item has been paid", Status.IN_TRANSIT),
            ("Item delivered to the recipient.", Status.DELIVERED),
            ("Item accepted from transport", Status.IN_TRANSIT),
            ("Lähetys on lajiteltu.", Status.IN_TRANSIT),
            ("Lähetys on saapunut kohdemaahan.", Status.IN_TRANSIT),
            ("Försändelsen är i sortering", Status.IN_TRANSIT),
            ("Item has been released for delivery", Status.OUT_FOR_DELIVERY),
            ("Lähetys on jakelussa", Status.OUT_FOR_DELIVERY),
            ("Lähetys on noudettavissa", Status.AVAILABLE_FOR_PICKUP),
            ("Lähetys on toimitettu noutopisteeseen", Status.AVAILABLE_FOR_PICKUP),
            ("The item has been delivered to the pickup point", Status.AVAILABLE_FOR_PICKUP),
            ("Försändelsen kan hämtas", Status.AVAILABLE_FOR_PICKUP),
            ("Luovutettu vastaanottajalle", Status.DELIVERED),
            ("Lähetys on toimitettu", Status.DELIVERED),
            ("Försändelsen har levererats", Status.DELIVERED),
            ("The item could not be delivered", Status.ATTEMPT_FAILED),
            ("Lähetys palautetaan lähettäjälle", Status.RETURNING),
            ("We have tried to reach the recipient again by SMS", Status.UNKNOWN),
            ("Lähetimme vastaanottajalle viestin lähetyksen saapumisesta", Status.UNKNOWN),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(words)[0], status)

    def test_reasons_are_read_in_finnish_and_swedish_too(self):
        for words, expected in (
            ("Toimitusyritys: vastaanottajaa ei tavoitettu", (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT)),
            ("Lähetys odottaa tullausta", (Status.EXCEPTION, Reason.CUSTOMS_HELD)),
            ("Declare the item", (Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS)),
            ("The item is waiting for customs clearance", (Status.EXCEPTION, Reason.CUSTOMS_HELD)),
            ("Försändelsen är försenad", (Status.EXCEPTION, Reason.CARRIER_DELAY)),
            ("Lähetystä ei noudettu, palautuu lähettäjälle", (Status.RETURNING, Reason.PICKUP_EXPIRED)),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(words), expected)

    def test_delivered_on_the_way_back_is_returned(self):
        self.assertEqual(self.read("The item has been delivered", main="RETURN_DELIVERED")[0], Status.RETURNED)
        self.assertEqual(self.read("The item has been delivered", main="DELIVERED")[0], Status.DELIVERED)

    def test_what_posti_calls_returned_to_sender_has_only_set_out(self):
        self.assertEqual(self.read("The item has been returned to the sender.")[0], Status.RETURNING)

    def test_what_is_wrong_on_the_way_stands_beside_the_phase(self):
        scans = [{"timestamp": "2026-03-04T12:00:00.000Z", "eventDescription": "Item is in transport"}]
        update = self.changed(status={"main": "IN_TRANSPORT", "exception": "DAMAGED"}, events=scans)
        self.assertEqual(headline(update), (Status.EXCEPTION, Reason.DAMAGED))

    def test_a_parcel_that_waits_on_its_way_back_is_returning(self):
        for main in ("RETURN_WAITING", "RETURN_IN_TRANSPORT", "RETURN_READY_FOR_PICKUP"):
            self.assertEqual(self.read("Item is in transport", main=main)[0], Status.RETURNING)

    def test_abroad_is_no_city(self):
        scan = {"timestamp": "2026-03-04T12:00:00.000Z", "eventDescription": "Item is in transport"}
        places = [
            self.changed(events=[scan | {"city": city}]).events[0].location.city for city in ("ULKOMAILLA", "OULU")
        ]
        self.assertEqual(places, ["", "OULU"])

    def test_a_delivery_in_words_of_its_own_stands_at_the_newest_scan(self):
        self.assertEqual(self.read("Kiitos ja hei", main="DELIVERED")[0], Status.DELIVERED)

    def test_a_status_that_trails_the_scans_is_no_event(self):
        self.assertEqual(len(self.changed(status={"main": "IN_TRANSPORT"}).events), 4)

    # Shapes

    def test_a_sentence_in_many_languages_is_read_in_english(self):
        for told in (
            [{"lang": "fi", "value": "Hei"}, {"lang": "en", "value": "The item has been delivered"}],
            {"fi": "Hei", "en": "The item has been delivered"},
        ):
            with self.subTest(told):
                self.assertEqual(self.read(told)[0], Status.DELIVERED)

    def test_the_older_answer_with_its_phase_is_read(self):
        scan = {
            "timestamp": "2026-03-04T09:00:00.000+0200",
            "description": {"fi": "Lähetys on noudettavissa", "en": None},
            "locationName": "TAMPERE",
        }
        (update,) = self.parse(
            {"shipments": [{"trackingCode": "J1", "phase": "READY_FOR_PICKUP", "events": [scan]}]}, number=""
        )
        self.assertEqual((update.number, headline(update)[0]), ("J1", Status.AVAILABLE_FOR_PICKUP))
        self.assertEqual((update.events[0].location.city, times(update)), ("TAMPERE", ["2026-03-04T07:00:00Z"]))

    def test_a_shipment_of_several_packages_gives_one_update_each(self):
        scan = {"timestamp": "2026-03-04T12:00:00.000Z", "eventDescription": "Item is ready for a pick up"}
        told = self.payload("delivered")
        told["data"]["consumerSearchShipments"]["hits"][0]["packages"] = [
            {"trackingNumber": "P1", "events": []},
            {"trackingNumber": "P2", "events": [scan]},
        ]
        whole = self.parse(told)
        self.assertEqual([update.number for update in whole], ["P1", "P2"])
        self.assertEqual([headline(update)[0] for update in whole], [Status.DELIVERED, Status.AVAILABLE_FOR_PICKUP])
        self.assertEqual([update.number for update in self.parse(told, number="P2")], ["P2"])

    # Promises and errors

    def test_the_delivery_time_is_told_by_the_clock_of_finland(self):
        expected = PromisedWindow(date(2026, 3, 4), date(2026, 3, 4), time(16), time(20), "Europe/Helsinki")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)
        for told, day in (("2026-03-04T22:00:00.000Z", 5), ("2026-03-05T00:00:00.000Z", 5)):
            promised = self.changed("out_for_delivery", delivery={"time": {"timestamp": told}}).window
            self.assertEqual((promised.latest, promised.to_time), (date(2026, 3, day), None))

    def test_a_resolver_that_may_not_answer_refuses(self):
        denied = {"data": None, "errors": [{"message": "Not Authorized to access consumerSearchShipments"}]}
        self.assert_raises(CarrierRefused, "Not Authorized", denied)

    def test_no_hits_are_a_number_not_found(self):
        self.assert_raises(NumberNotFound, "lists no shipment", self.fixture("not_found"))
        self.assert_raises(UnreadablePayload, "no hits", {"data": {"consumerSearchShipments": None}})

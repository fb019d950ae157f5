from django.test import SimpleTestCase

from carriers.adapters.chronopost import Chronopost
from carriers.base import Parcel, Reply
from carriers.errors import CarrierUnavailable, NumberNotFound
from orders.reasons import Reason
from orders.statuses import Status
from tests.carriers.contract import CorpusContract, Fails, PollContract, Read, headline


class ChronopostTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = Chronopost
    number = "XY100000017FR"
    format = "xml"
    unknown_code = "ZZ"
    tells_promises = False
    corpus = {
        "track-response-1.xml": Read(Status.DELIVERED, None, 9, "2022-06-19T11:47:53Z", "2022-06-22T06:30:00Z"),
        "error-response-1.xml": Fails(CarrierUnavailable, r"System Error \(1\)"),
    }

    def changed(self, old, new, name="delivered"):
        body = self.fixture(name).decode()
        self.assertIn(old, body)
        (update,) = self.parse(body.replace(old, new).encode())
        return update

    def read(self, code, words):
        """The (status, reason) of a parcel with this one scan."""
        scan = f"<code>{code}</code><eventDate>2026-03-03T11:25:00+01:00</eventDate><eventLabel>{words}</eventLabel>"
        told = f"<errorCode>0</errorCode><listEventInfoComp><events>{scan}</events></listEventInfoComp>"
        told = f"<trackSkybillV2Response><return>{told}</return></trackSkybillV2Response>"
        (update,) = self.parse(f"<Envelope><Body>{told}</Body></Envelope>".encode())
        return headline(update)

    # Asking

    def test_a_number_is_asked_for_in_an_envelope_that_it_cannot_leave(self):
        adapter = self.adapter(Reply(200, b""))
        adapter.fetch([Parcel("1</skybillNumber>&")])
        (sent,) = adapter.send
        self.assertEqual(sent.url, "https://ws.chronopost.fr/tracking-cxf/TrackingServiceWS")
        self.assertIn(b"<skybillNumber>1&lt;/skybillNumber&gt;&amp;</skybillNumber>", sent.body)

    def test_no_events_are_not_found_yet(self):
        start, rest = self.fixture("delivered").decode().split("<listEventInfoComp>")
        body = start + rest.split("</listEventInfoComp>")[1]
        self.assert_raises(NumberNotFound, "no events yet", body.encode())

    # Status

    def test_a_delivery_may_be_to_a_relay_point_or_back_to_the_sender(self):
        for words, status in (
            ("Livré", Status.DELIVERED),
            ("Livré au point relais", Status.AVAILABLE_FOR_PICKUP),
            ("Livré à l'expéditeur", Status.RETURNED),
            ("Delivered to the pickup point", Status.AVAILABLE_FOR_PICKUP),
            ("Delivered to sender", Status.RETURNED),
            ("Non livré", Status.ATTEMPT_FAILED),
        ):
            with self.subTest(words):
                self.assertEqual(self.read("D", words)[0], status)

    def test_a_code_that_is_not_listed_is_what_its_words_say(self):
        for words, status, reason in (
            ("Livraison impossible, adresse incomplète", Status.ATTEMPT_FAILED, Reason.ADDRESS_INCOMPLETE),
            ("Envoi refusé par le destinataire", Status.ATTEMPT_FAILED, Reason.REFUSED),
            ("Envoi mis à disposition en bureau de poste", Status.AVAILABLE_FOR_PICKUP, None),
            ("Retour à l'expéditeur, colis non réclamé", Status.RETURNING, Reason.PICKUP_EXPIRED),
            ("Retard d'acheminement suite à une grève", Status.EXCEPTION, Reason.STRIKE),
            ("Envoi remis au destinataire", Status.DELIVERED, None),
            ("Votre colis sera livré demain", Status.UNKNOWN, None),
            ("Colis déposé au point relais par l'expéditeur", Status.IN_TRANSIT, None),
            ("Envoi trié", Status.IN_TRANSIT, None),
        ):
            with self.subTest(words):
                self.assertEqual(self.read("QQ", words), (status, reason))

    def test_the_consignees_name_is_told_to_nobody(self):
        descriptions = [event.description for event in self.parse_fixture("delivered").events]
        self.assertNotIn("MOULIN", " ".join(descriptions))

    def test_a_time_without_an_offset_is_that_of_paris(self):
        update = self.changed("2026-03-03T11:25:00+01:00", "2026-03-03T11:25:00")
        self.assertEqual(update.events[-1].occurred_at.isoformat(), "2026-03-03T11:25:00+01:00")
        self.assertFalse(update.events[-1].zone_known)
        self.assertEqual(headline(update)[0], Status.DELIVERED)

import json
from datetime import date

from django.test import SimpleTestCase

from carriers.adapters.poste_italiane import PosteItaliane
from carriers.base import Parcel, Reply
from carriers.errors import CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.events import Location
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, Fails, PollContract, Read, headline, times

MODENA = Read(Status.DELIVERED, events=8, first="2021-01-22T11:12:11Z", last="2021-01-25T10:42:00Z")


def day(day):
    return PromisedWindow(day, day, zone="Europe/Rome")


class PosteItalianeTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = PosteItaliane
    number = "XA000000017IT"
    unknown_code = "Aggiornamento"
    corpus = {
        "error-response-1.json": Fails(NumberNotFound, "esitoRicerca 2"),
        "error-response-2.json": Fails(NumberNotFound, "Spedizione non trovata"),
        "track-response-1.json": Read(
            Status.DELIVERED, events=4, first="2025-12-29T09:20:00Z", last="2026-01-01T20:40:00Z"
        ),
        "track-response-2.json": Read(
            Status.OUT_FOR_DELIVERY,
            events=3,
            first="2025-12-29T09:20:00Z",
            last="2025-12-31T16:53:20Z",
            window=day(date(2026, 1, 1)),
        ),
        "track-response-3.json": MODENA,
        "track-response-4.json": [
            Read(Status.IN_TRANSIT, events=1, first="2020-11-14T10:18:10Z", last="2020-11-14T10:18:10Z"),
            MODENA,
        ],
        "track-response-5.json": Read(
            Status.DELIVERED, events=3, first="2026-07-30T06:38:57Z", last="2026-09-04T08:06:00Z"
        ),
    }

    def changed(self, name="out_for_delivery", **changes):
        (update,) = self.parse(self.payload(name) | changes)
        return update

    def read(self, words, box="", **changes):
        """The (status, reason) of a shipment with this one movement."""
        movement = {"dataOra": 1772622000000, "statoLavorazione": words, "box": box}
        return headline(self.changed(listaMovimenti=[movement | changes]))

    # Asking

    def test_a_number_is_asked_for_as_the_page_asks(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        (asked,) = adapter.send
        self.assertEqual(asked.url, "https://www.poste.it/online/dovequando/DQ-REST/ricercasemplice")
        body = {"tipoRichiedente": "WEB", "codiceSpedizione": self.number, "periodoRicerca": 1}
        self.assertEqual((asked.method, json.loads(asked.body)), ("POST", body))

    # Shape

    def test_of_several_shipments_the_one_asked_for_is_given(self):
        told = [self.payload("not_found") | {"idTracciatura": "XA2"}, self.payload("delivered")]
        (update,) = self.parse(told)
        self.assertEqual((update.number, headline(update)[0]), (self.number, Status.DELIVERED))
        with self.assertRaisesRegex(NumberNotFound, "esitoRicerca 2"):
            self.parse(told, number="XA2")
        with self.assertRaisesRegex(NumberNotFound, "2 other numbers"):
            self.parse(told, number="XA3")

    def test_a_number_of_no_spedition_is_not_found(self):
        self.assert_raises(NumberNotFound, "esitoRicerca 1", {"idTracciatura": "x", "esitoRicerca": 1, "stato": "1"})

    def test_an_error_about_no_shipment_is_told_in_the_service_s_words(self):
        body = {"tipo": "E", "descrizione": "Servizio momentaneamente non disponibile"}
        self.assert_raises(CarrierUnavailable, "Servizio momentaneamente", body)
        self.assert_raises(UnreadablePayload, "Codice errato", {"tipo": "E", "descrizione": "Codice errato"})

    def test_a_shipment_without_movements_is_a_parcel_without_news(self):
        self.assertEqual(self.changed(listaMovimenti=None).events, ())

    # Status

    def test_the_sentence_is_read_for_what_it_says(self):
        for words, status in (
            ("a seguito di acquisto da poste.it", Status.INFO_RECEIVED),
            ("la spedizione è stata presa in carico da un nostro operatore", Status.IN_TRANSIT),
            ("La spedizione e' in stato di lavorazione", Status.IN_TRANSIT),
            ("all'estero", Status.IN_TRANSIT),
            ("completata la fase di verifica per lo svincolo presso il Centro", Status.IN_TRANSIT),
            ("la spedizione è in consegna", Status.OUT_FOR_DELIVERY),
            ("la spedizione è stata consegnata", Status.DELIVERED),
            ("la spedizione non è stata consegnata", Status.ATTEMPT_FAILED),
            ("Consegnata", Status.DELIVERED),
            ("La spedizione non è ancora stata consegnata", Status.IN_TRANSIT),
            ("La spedizione sarà consegnata", Status.UNKNOWN),
            ("Consegnata al mittente", Status.RETURNED),
            ("La spedizione verrà restituita al mittente", Status.RETURNING),
            ("in restituzione al mittente", Status.RETURNING),
            ("disponibile per il ritiro dal giorno lavorativo successivo", Status.AVAILABLE_FOR_PICKUP),
            ("In giacenza presso Ufficio Postale", Status.AVAILABLE_FOR_PICKUP),
            ("Consegnata presso il punto di ritiro", Status.AVAILABLE_FOR_PICKUP),
            ("accettata con successo", Status.IN_TRANSIT),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(words), (status, None))

    def test_the_phase_says_what_the_end_of_a_sentence_leaves_out(self):
        for box, status in (("2", Status.IN_TRANSIT), (4, Status.OUT_FOR_DELIVERY), ("5", Status.DELIVERED)):
            self.assertEqual(self.read("in data", box)[0], status)
        self.assertEqual(self.read("con successo in data", "6")[0], Status.RETURNING)

    def test_the_end_of_a_sentence_says_enough_where_the_phase_is_not_told(self):
        self.assertEqual(self.read("in data")[0], Status.IN_TRANSIT)
        self.assertEqual(self.read("presso il paese estero in data")[0], Status.IN_TRANSIT)
        self.assertEqual(self.read("con successo in data")[0], Status.DELIVERED)
        self.assertEqual(self.read("con successo in data", flagRitorno=True)[0], Status.RETURNED)

    def test_what_is_sent_back_is_delivered_to_the_sender(self):
        self.assertEqual(self.read("Consegnata", flagRitorno=True)[0], Status.RETURNED)
        self.assertEqual(self.read("In transito", flagRitorno=True)[0], Status.RETURNING)
        self.assertEqual(self.read("In transito", box="6")[0], Status.RETURNING)
        update = self.changed("delivered", flagRitorno=True)
        self.assertEqual(headline(update)[0], Status.RETURNED)

    def test_the_sentence_tells_the_reason(self):
        for words, status, reason in (
            ("Consegna non andata a buon fine: destinatario assente", Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
            (
                "Consegna non andata a buon fine, sarà ritentata il giorno lavorativo successivo",
                Status.ATTEMPT_FAILED,
                Reason.RESCHEDULED,
            ),
            (
                "consegna non andata a buon fine perché l'indirizzo del destinatario risulta errato o incompleto",
                Status.ATTEMPT_FAILED,
                Reason.ADDRESS_INCORRECT,
            ),
            ("in restituzione al mittente per compiuta giacenza", Status.RETURNING, Reason.PICKUP_EXPIRED),
            (
                "Sono in corso delle verifiche sulla spedizione. Contatta assistenza",
                Status.EXCEPTION,
                Reason.UNDER_INVESTIGATION,
            ),
            ("In attesa di sdoganamento", Status.EXCEPTION, Reason.CUSTOMS_HELD),
            ("La spedizione è stata consegnata al portiere", Status.DELIVERED, Reason.DELIVERED_TO_RECEPTION),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(words), (status, reason))

    # Times, places, promises

    def test_a_moment_is_milliseconds_even_as_text(self):
        update = self.changed(listaMovimenti={"dataOra": "1772622000000", "statoLavorazione": "In consegna"})
        self.assertEqual(times(update), ["2026-03-04T11:00:00Z"])

    def test_a_movement_without_a_moment_is_left_out(self):
        for told in (None, "", "ieri", 1e300, 0):
            with self.assertLogs("carriers", "WARNING"):
                self.assertEqual(self.changed(listaMovimenti=[{"dataOra": told}]).events, ())

    def test_a_place_is_a_town_or_what_was_said(self):
        for movement, expected in (
            ({"luogo": "Bologna (BO)"}, Location("Bologna", "", "IT")),
            ({"luogo": "SVIZZERA"}, Location("SVIZZERA")),
            (
                {"luogo": "Ufficio Postale 14 (BO)", "comuneUfficio": "Bologna", "capUfficio": "40126"},
                Location("Bologna", "40126", "IT"),
            ),
        ):
            (event,) = self.changed(listaMovimenti=[{"dataOra": 1772622000000} | movement]).events
            self.assertEqual(event.location, expected)

    def test_the_expected_day_is_read_out_of_its_sentence(self):
        for told, expected in (
            ("Consegna prevista entro Mercoledì 4 Marzo 2026", day(date(2026, 3, 4))),
            ("Consegna prevista 4 marzo 2026", day(date(2026, 3, 4))),
            ("Consegna prevista il 04/03/2026", day(date(2026, 3, 4))),
            (
                "Consegna prevista tra Martedì 3 Marzo 2026 e Giovedì 5 Marzo 2026",
                PromisedWindow(date(2026, 3, 3), date(2026, 3, 5), zone="Europe/Rome"),
            ),
            ("Consegna prevista entro Lunedì 31 Febbraio 2026", None),
            ("Consegna prevista a breve", None),
            (None, None),
        ):
            with self.subTest(told):
                self.assertEqual(self.changed(dataPrevistaConsegna=told).window, expected)

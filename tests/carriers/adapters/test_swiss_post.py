import json
from datetime import date, time

from django.test import SimpleTestCase

from carriers.adapters.swiss_post import NUMBERS, REASON_NUMBERS, SwissPost
from carriers.base import Parcel, Reply
from carriers.errors import CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, PollContract, Read, headline, times


class SwissPostTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = SwissPost
    number = "996012345678901234"
    unknown_code = "Sendung ist verzaubert"
    corpus = {
        "track-response-1.json": Read(Status.DELIVERED, None, 5, "2026-04-14T16:13:24Z", "2026-04-16T08:28:29Z"),
        # No event, and yet delivered, at a time of its own.
        "track-response-2.json": Read(Status.DELIVERED, None, 1, "2026-04-16T08:28:29Z", "2026-04-16T08:28:29Z"),
    }

    def read(self, words):
        """The (status, reason) of one scan that says this."""
        scan = {"Status": "PST", "TimeStamp": "2026-03-04T12:00:00Z", "Description": words}
        (update,) = self.parse({"Data": [{"Identifier": self.number, "History": [scan]}]})
        return headline(update)

    def read_code(self, code):
        """The (status, reason) of one event that has this code."""
        (update,) = self.parse([{"eventCode": code, "timestamp": "2026-03-04T12:00:00+01:00", "zip": "3000"}])
        return headline(update)

    def changed(self, **changes):
        """The update of the page's status with these members instead."""
        (shipment,) = self.payload("out_for_delivery")
        (update,) = self.parse([shipment | changes])
        return update

    def test_the_number_is_asked_for_by_its_one_spelling(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        (asked,) = adapter.send
        self.assertEqual(asked.url, "https://eosapi.postlogistics.ch/api/trackandtrace/public?culture=de-DE")
        self.assertEqual(json.loads(asked.body), {"Identifier": self.number})

    # Words

    def test_a_scan_is_read_in_the_four_languages_of_the_country(self):
        for status, *sentences in (
            (Status.INFO_RECEIVED, "Datenübermittlung durch Versender", "Transmission des données par l'expéditeur"),
            (Status.IN_TRANSIT, "Ankunft an der Abhol-/Zustellstelle", "Trié pour la distribution", "Smistato"),
            (Status.IN_TRANSIT, "Verzollungsprozess abgeschlossen", "Sorted for delivery", "Heure du dépôt de l'envoi"),
            (Status.OUT_FOR_DELIVERY, "Verlad in Zustellfahrzeug", "Chargé dans le véhicule de distribution"),
            (Status.OUT_FOR_DELIVERY, "Caricato sul veicolo", "Loaded into the delivery vehicle"),
            (Status.AVAILABLE_FOR_PICKUP, "Zur Abholung gemeldet (Abholungseinladung)", "Avisé pour retrait"),
            (Status.AVAILABLE_FOR_PICKUP, "Pronto per il ritiro", "Ready for collection", "Avisiert ins Postfach"),
            (Status.DELIVERED, "Zugestellt durch", "Distribué à domicile", "Recapitato", "Delivered to letterbox"),
            (
                Status.ATTEMPT_FAILED,
                "Nicht erfolgreiche Zustellung",
                "Distribution infructueuse",
                "Recapito non riuscito",
            ),
            (Status.RETURNING, "Beginn Rücksendung", "Retour à l'expéditeur", "Rinvio al mittente", "Return to sender"),
            (Status.RETURNED, "Rückzustellung Schalter", "Distribué à l'expéditeur", "Delivered to the sender"),
            (Status.EXCEPTION, "Fehlleitung", "Acheminement erroné", "Instradamento errato", "Misrouted"),
            (Status.UNKNOWN, "Der Empfänger hat einen Auftrag ausgelöst: Zweite Zustellung"),
        ):
            for words in sentences:
                with self.subTest(words):
                    self.assertEqual(self.read(words)[0], status)

    def test_the_words_tell_the_reason(self):
        for words, expected in (
            ("Nicht erfolgreiche Zustellung: Annahme verweigert", (Status.ATTEMPT_FAILED, Reason.REFUSED)),
            ("Behandlung beschädigte Sendung", (Status.EXCEPTION, Reason.DAMAGED)),
            ("Acheminement erroné", (Status.EXCEPTION, Reason.MISSORTED)),
            ("Distribution infructueuse: destinataire absent", (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT)),
            ("Zurückbehalten gemäss Auftrag des Empfängers", (Status.EXCEPTION, Reason.HELD_AT_RECIPIENT_REQUEST)),
            ("Rücksendung: weggezogen", (Status.RETURNING, Reason.RECIPIENT_MOVED)),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(words), expected)

    # Numbers

    def test_the_number_in_an_event_code_is_read_whatever_the_product(self):
        for code, expected in (
            ("PARCEL.*.2.1003", (Status.OUT_FOR_DELIVERY, None)),
            ("PARCEL.*.8192.2100.*", (Status.AVAILABLE_FOR_PICKUP, None)),
            ("PARCEL.*.1.4000.*", (Status.DELIVERED, None)),
            ("PARCEL.*.1.3800.*", (Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE)),
            ("PARCEL.*.1.924", (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT)),
            ("PARCEL.*.1.3600.*.0", (Status.RETURNING, Reason.PICKUP_EXPIRED)),
            ("LETTER.*.11.36.*.RET2", (Status.RETURNING, Reason.REFUSED)),
            ("LETTER.*.11.47.*", (Status.RETURNED, None)),
            ("PARCEL.*.1.1702", (Status.EXCEPTION, Reason.MISSORTED)),
            ("PARCEL.*.1.9202.*", (Status.UNKNOWN, None)),
        ):
            with self.subTest(code):
                self.assertEqual(self.read_code(code), expected)

    def test_a_code_without_a_number_that_is_known_is_read_by_the_words_beside_it(self):
        scan = {"eventCode": "PARCEL.*.1.7777", "timestamp": "2026-03-04T12:00:00+01:00"}
        (update,) = self.parse([scan | {"externalMetadata": {"description": "Sorted for delivery"}}])
        self.assertEqual(headline(update)[0], Status.IN_TRANSIT)

    def test_a_delivery_that_was_taken_back_is_none(self):
        self.assertEqual(self.read_code("PARCEL.*.1.4000.*.CANPDS")[0], Status.UNKNOWN)

    def test_no_number_is_listed_twice(self):
        for table in (NUMBERS, REASON_NUMBERS):
            told = [number for numbers in table.values() for number in numbers.split()]
            self.assertEqual(len(told), len(set(told)))

    def test_an_unknown_number_is_listed(self):
        (update,) = self.parse([{"eventCode": "PARCEL.*.1.7777", "timestamp": "2026-03-04T12:00:00+01:00"}])
        self.assertEqual(SwissPost().unmapped_codes(update), ["PARCEL.*.1.7777"])

    # One status for all

    def test_a_status_without_events_stands_at_the_date_that_it_has(self):
        update = self.changed(globalStatus="DELIVERED", deliveryDate="2026-03-04T10:28:29+01:00")
        self.assertEqual((headline(update)[0], times(update)), (Status.DELIVERED, ["2026-03-04T09:28:29Z"]))
        missed = self.changed(globalStatus="MISSED_DELIVERY")
        self.assertEqual((headline(missed)[0], times(missed)), (Status.ATTEMPT_FAILED, ["2026-03-04T05:37:12Z"]))

    def test_delivered_and_returned_at_once_is_returned(self):
        self.assertEqual(headline(self.changed(delivered=True, globalStatus="X"))[0], Status.DELIVERED)
        self.assertEqual(headline(self.changed(delivered=True, returned=True, globalStatus="X"))[0], Status.RETURNED)

    def test_a_parcel_in_a_locker_is_not_delivered_whatever_the_whole_is_called(self):
        scan = {"eventCode": "PARCEL.*.1.2102", "timestamp": "2026-03-04T12:00:00+01:00"}
        waiting = {"globalStatus": "DELIVERED", "lastEventDateTime": scan["timestamp"], "events": [scan]}
        self.assertEqual(headline(self.changed(**waiting))[0], Status.AVAILABLE_FOR_PICKUP)
        collected = self.changed(**waiting, deliveryDate="2026-03-05T09:00:00+01:00")
        self.assertEqual(headline(collected)[0], Status.DELIVERED)

    def test_of_several_the_one_asked_for_is_found_by_any_of_its_numbers(self):
        (shipment,) = self.payload("out_for_delivery")
        mine = shipment | {"shipmentNumber": "99.60.000001", "internationalBarcode": "RA123456785CH"}
        for number in ("9960000001", "99.60.000001", "RA123456785CH"):
            (update,) = self.parse([shipment | {"shipmentNumber": "1"}, mine], number=number)
            self.assertEqual(update.number, "99.60.000001")

    def test_a_status_that_the_events_tell_is_no_event_of_its_own(self):
        scan = {"TimeStamp": "2026-03-04T09:21:44Z", "Description": "Zugestellt an Domiziladresse", "Status": "PST"}
        self.assertEqual(len(self.changed(globalStatus="DELIVERED", events=[scan]).events), 1)

    # Promises and errors

    def test_the_delivery_range_beats_the_calculated_day(self):
        expected = PromisedWindow(date(2026, 3, 4), date(2026, 3, 4), time(9), time(12), "Europe/Zurich")
        self.assertEqual(self.changed().window, expected)
        expected = PromisedWindow(date(2026, 3, 4), date(2026, 3, 4), zone="Europe/Zurich")
        self.assertEqual(self.changed(deliveryRange=None).window, expected)

    def test_an_empty_answer_is_a_number_not_found_and_no_answer_is_unreadable(self):
        self.assert_raises(NumberNotFound, "lists no shipment", [])
        self.assert_raises(UnreadablePayload, "no Data", {"Type": 3, "Data": None})
        self.assert_raises(UnreadablePayload, "expected JSON", b"", 204)

    def test_an_error_means_what_its_status_says(self):
        self.assert_raises(
            CarrierUnavailable, "Internal Server Error", {"status": 500, "error": "Internal Server Error"}
        )

from datetime import date, time

from django.test import SimpleTestCase

from carriers.adapters.laposte import LaPoste
from carriers.base import Parcel, Reply
from carriers.errors import CarrierRefused, NumberNotFound, UnreadablePayload
from orders.events import Handover
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, Fails, PollContract, Read, headline, times

WEDNESDAY = PromisedWindow(date(2026, 3, 4), date(2026, 3, 4), zone="Europe/Paris")


class LaPosteTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = LaPoste
    credentials = {"okapi_key": "k3y"}
    number = "6A00000000017"
    unknown_code = "ZZ9"
    corpus = {
        "error-response-1.json": Fails(NumberNotFound, "n’est pas valide"),
        "track-response-2.json": Read(
            Status.IN_TRANSIT,
            events=1,
            first="2026-07-21T15:32:09Z",
            last="2026-07-21T15:32:09Z",
            window=PromisedWindow(date(2026, 7, 23), date(2026, 7, 23), zone="Europe/Paris"),
        ),
        "track-response-3.json": Read(
            Status.AVAILABLE_FOR_PICKUP, events=3, first="2023-06-16T22:00:00Z", last="2023-06-19T22:00:00Z"
        ),
    }

    def changed(self, name="out_for_delivery", **changes):
        told = self.payload(name)
        told["shipment"].update(changes)
        (update,) = self.parse(told)
        return update

    def read(self, code, label):
        """The (status, reason) of a shipment with this one event."""
        return headline(self.changed(event=[{"date": "2026-03-04T12:00:00+01:00", "code": code, "label": label}]))

    # Asking

    def test_ten_numbers_are_asked_for_in_one_call(self):
        reply = Reply(200, b"[]")
        adapter = self.adapter(reply)
        self.assertEqual(adapter.fetch([Parcel("6A1"), Parcel("6A/2")]), {"6A1": reply, "6A/2": reply})
        (asked,) = adapter.send
        self.assertEqual(asked.url, "https://api.laposte.fr/suivi/v2/idships/6A1,6A%2F2?lang=fr_FR")
        self.assertEqual(asked.headers["X-Okapi-Key"], "k3y")

    # One number or several

    def batch(self):
        found, unknown = self.payload("delivered"), self.payload("not_found") | {"idShip": "6A00000000024"}
        return [found, unknown]

    def test_of_several_numbers_each_is_told_for_itself(self):
        (update,) = self.parse(self.batch())
        self.assertEqual((update.number, headline(update)[0]), (self.number, Status.DELIVERED))
        with self.assertRaisesRegex(NumberNotFound, "Aucune information"):
            self.parse(self.batch(), status=207, number="6A00000000024")
        with self.assertRaisesRegex(NumberNotFound, "2 other numbers"):
            self.parse(self.batch(), number="6A00000000031")

    def test_without_a_number_the_readable_parcels_are_given(self):
        (update,) = self.parse(self.batch(), number="")
        self.assertEqual(update.number, self.number)

    def test_a_list_of_one_is_that_one(self):
        (update,) = self.parse([self.payload("delivered")])
        self.assertEqual(headline(update)[0], Status.DELIVERED)

    # Errors

    def test_an_error_is_what_its_return_code_says_whatever_the_http_status(self):
        for code, error in ((104, NumberNotFound), ("400", NumberNotFound), (401, CarrierRefused)):
            body = self.payload("not_found") | {"returnCode": code}
            self.assert_raises(error, rf"Aucune information.*\({code}\)", body, 200)
        self.assert_raises(NumberNotFound, "104", self.payload("not_found"), 400)

    def test_a_return_code_that_nobody_knows_is_unreadable(self):
        self.assert_raises(UnreadablePayload, "Aucune.*777", self.payload("not_found") | {"returnCode": 777})

    def test_the_gateway_s_refusal_has_no_return_code(self):
        refusal = {"code": "UNAUTHORIZED", "message": "This action requires an authorization"}
        self.assert_raises(CarrierRefused, "401", refusal, 401)

    # Status

    def test_every_event_of_the_table_has_its_meaning(self):
        for code, status in (
            ("DR1", Status.INFO_RECEIVED),
            ("PC2", Status.IN_TRANSIT),
            ("ET4", Status.IN_TRANSIT),
            ("EP1", Status.IN_TRANSIT),
            ("DO1", Status.IN_TRANSIT),
            ("DO2", Status.IN_TRANSIT),
            ("PB2", Status.IN_TRANSIT),
            ("MD2", Status.OUT_FOR_DELIVERY),
            ("AG1", Status.AVAILABLE_FOR_PICKUP),
            ("RE1", Status.RETURNING),
            ("DI1", Status.DELIVERED),
            ("DI0", Status.DELIVERED),
            ("DI2", Status.RETURNED),
            ("DR2", Status.EXCEPTION),
            ("MD3", Status.ATTEMPT_FAILED),
            ("DO4", Status.IN_TRANSIT),
            ("ID0", Status.UNKNOWN),
        ):
            with self.subTest(code):
                self.assertEqual(self.read(code, ""), (status, None))

    def test_a_delivery_is_to_the_recipient_or_it_is_none(self):
        for label, status in (
            ("Votre colis est livré à l'expéditeur suite à un retour.", Status.RETURNED),
            ("Votre colis est disponible dans le point de retrait.", Status.AVAILABLE_FOR_PICKUP),
            ("Votre colis a été retiré au point de retrait.", Status.DELIVERED),
            ("Votre colis expédié hier est livré. La preuve est disponible.", Status.DELIVERED),
        ):
            with self.subTest(label):
                self.assertEqual(self.read("DI1", label)[0], status)

    def test_the_label_tells_with_whom_a_parcel_was_left(self):
        for label, reason in (
            ("Votre colis a été remis au gardien.", Reason.DELIVERED_TO_RECEPTION),
            ("Votre colis a été remis à votre voisin.", Reason.DELIVERED_TO_NEIGHBOUR),
            ("Votre courrier est déposé dans la boîte à lettres du destinataire.", Reason.DELIVERED_TO_LOCKER),
        ):
            self.assertEqual(self.read("DI1", label), (Status.DELIVERED, reason))

    def test_the_label_tells_what_went_wrong(self):
        for code, label, status, reason in (
            ("ND1", "Le destinataire était absent.", Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
            ("ND1", "Le colis a été refusé par le destinataire.", Status.ATTEMPT_FAILED, Reason.REFUSED),
            ("EP1", "Destinataire absent, colis présenté à nouveau.", Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
            ("PB1", "L'adresse de votre colis est incomplète.", Status.EXCEPTION, Reason.ADDRESS_INCOMPLETE),
            ("PB1", "Votre colis a été endommagé.", Status.EXCEPTION, Reason.DAMAGED),
            ("PB1", "Un mouvement social perturbe la distribution.", Status.EXCEPTION, Reason.STRIKE),
            ("DO3", "Des droits et taxes sont à payer.", Status.EXCEPTION, Reason.DUTIES_UNPAID),
            ("DO3", "", Status.EXCEPTION, Reason.CUSTOMS_HELD),
            ("PB1", "", Status.EXCEPTION, None),
            ("RE1", "Votre colis n'a pas été réclamé.", Status.RETURNING, Reason.PICKUP_EXPIRED),
            ("DO2", "Votre colis a quitté la douane.", Status.IN_TRANSIT, None),
            ("DI3", "Votre colis est retardé.", Status.EXCEPTION, Reason.CARRIER_DELAY),
            ("PB1", "Votre colis ne peut être livré ce jour.", Status.EXCEPTION, Reason.RESCHEDULED),
            ("RE1", "Il vous a attendu jusqu'à la date limite.", Status.RETURNING, Reason.PICKUP_EXPIRED),
        ):
            with self.subTest(label):
                self.assertEqual(self.read(code, label), (status, reason))

    def test_the_timeline_is_a_template_and_no_history(self):
        steps = [{"id": 5, "shortLabel": "Colis livré", "date": "2026-03-04T12:00:00+01:00", "status": True}]
        update = self.changed(timeline=steps)
        self.assertEqual((len(update.events), headline(update)[0]), (4, Status.OUT_FOR_DELIVERY))

    def test_an_event_that_stands_alone_is_one(self):
        event = {"date": "2026-03-04T12:00:00+01:00", "code": "DI1", "label": ""}
        self.assertEqual(len(self.changed(event=event).events), 1)

    def test_an_event_without_a_time_is_left_out(self):
        with self.assertLogs("carriers", "WARNING"):
            self.assertEqual(self.changed(event=[{"code": "DI1", "date": ""}]).events, ())

    # Times and promises

    def test_a_scan_keeps_its_offset(self):
        self.assertEqual(times(self.parse_fixture("delivered"))[-1], "2026-03-04T12:31:00Z")

    def test_the_estimate_is_a_day_however_its_midnight_is_written(self):
        for told in (
            "2026-03-04T01:00:00+01:00",
            "2026-03-04T00:00:00+01:00",
            "2026-03-03T23:00:00Z",
            "2026-03-04T00:00:00Z",
            "2026-03-04",
        ):
            with self.subTest(told):
                self.assertEqual(self.changed(estimDate=told).window, WEDNESDAY)

    def test_the_estimate_may_have_hours(self):
        promised = self.changed(estimHourMin="09:30", estimHourMax="12h").window
        self.assertEqual((promised.from_time, promised.to_time), (time(9, 30), time(12)))

    def test_the_actual_day_is_no_promise(self):
        self.assertIsNone(self.changed(estimDate=None, deliveryDate="2026-03-04T00:00:00+01:00").window)

    def test_a_closed_file_promises_nothing(self):
        self.assertIsNone(self.changed(isFinal=True).window)

    def test_a_destination_abroad_has_its_own_clock(self):
        self.assertEqual(self.changed(contextData={"arrivalCountry": "DE"}).window.zone, "Europe/Berlin")
        self.assertIsNone(self.changed(contextData={}).window.zone)

    def test_the_post_that_brings_it_abroad_is_named(self):
        partner = {"name": "DHL", "network": "EPG", "reference": "CB000000017FR"}
        update = self.changed(contextData={"arrivalCountry": "DE", "partner": partner})
        self.assertEqual(update.handed_to, Handover("DHL", "CB000000017FR"))

from datetime import date

from django.test import SimpleTestCase

from carriers.adapters.correos import Correos
from carriers.base import Parcel, Reply
from carriers.errors import CarrierRefused, NumberNotFound
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, PollContract, Read, headline, times


class CorreosTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = Correos
    credentials = {"username": "w0000017", "password": "s3cret"}
    number = "PQ00000000000017A"
    unknown_code = "Z770000V"
    corpus = {
        "track-response-1.json": Read(
            Status.DELIVERED, events=4, first="2026-04-27T21:03:58Z", last="2026-04-29T11:12:42Z"
        ),
        "track-response-2.json": Read(
            Status.OUT_FOR_DELIVERY, events=3, first="2026-04-27T21:03:58Z", last="2026-04-29T06:46:00Z"
        ),
        "track-response-3.json": Read(Status.UNKNOWN),  # announced, and nobody says when
    }

    def changed(self, name="out_for_delivery", **changes):
        told = self.payload(name)
        told[0].update(changes)
        (update,) = self.parse(told)
        return update

    def event(self, **changes):
        event = {"codEvento": "Z770000V", "fecEvento": "04/03/2026", "horEvento": "12:00:00"}
        return self.changed(eventos=[event | changes])

    def read(self, summary, details="", code="Z770000V", **changes):
        """The (status, reason) of an envelope with this one event."""
        return headline(self.event(codEvento=code, desTextoResumen=summary, desTextoAmpliado=details, **changes))

    # Asking

    def test_every_event_is_asked_for_in_spanish_with_the_contract_s_user(self):
        adapter = self.adapter(Reply(200, b"[]"))
        adapter.fetch([Parcel(self.number)])
        (asked,) = adapter.send
        path = f"/canonico/eventos_envio_servicio_auth/{self.number}?codIdioma=ES&indUltEvento=N"
        self.assertEqual(asked.url, f"https://localizador.correos.es{path}")
        self.assertTrue(asked.headers["Authorization"].startswith("Basic "))

    # Shape

    def test_an_envelope_stands_in_a_list_or_alone(self):
        (listed,) = self.parse(self.payload("delivered"))
        (alone,) = self.parse(self.payload("delivered")[0])
        self.assertEqual(listed, alone)

    def test_of_several_envelopes_the_one_asked_for_is_given(self):
        ours, other = self.payload("delivered")[0], self.payload("not_found")[0] | {"codEnvio": "PQ2"}
        (update,) = self.parse([other, ours])
        self.assertEqual((update.number, headline(update)[0]), (self.number, Status.DELIVERED))
        with self.assertRaisesRegex(NumberNotFound, "Minerva"):
            self.parse([other, ours], number="PQ2")
        with self.assertRaisesRegex(NumberNotFound, "2 other numbers"):
            self.parse([other, ours], number="PQ3")

    def test_an_error_says_what_it_is_in_words(self):
        body = {"error": {"codError": 2, "desError": "Usuario o contraseña incorrectos"}}
        self.assert_raises(CarrierRefused, r"Usuario.*\(2\)", body)

    def test_an_error_s_code_may_be_an_http_status(self):
        self.assert_raises(CarrierRefused, "401", {"error": {"codError": "401", "desError": "Bad request"}})

    def test_an_envelope_without_events_is_a_parcel_without_news(self):
        update = self.changed(eventos=None)
        self.assertEqual((update.number, update.events), (self.number, ()))

    # Status

    def test_codes_that_have_been_seen_need_no_words(self):
        for code, status in (
            ("A090000V", Status.INFO_RECEIVED),
            ("X010000V", Status.INFO_RECEIVED),
            ("G01L010V", Status.IN_TRANSIT),
            ("H020000V", Status.OUT_FOR_DELIVERY),
            ("H010930R", Status.ATTEMPT_FAILED),
            ("H01I350V", Status.AVAILABLE_FOR_PICKUP),
            ("L010000V", Status.AVAILABLE_FOR_PICKUP),
            ("O140000V", Status.RETURNING),
            ("I01H210V", Status.DELIVERED),
        ):
            with self.subTest(code):
                self.assertEqual(self.read("", code=code)[0], status)
        self.assertEqual(self.read("", code="M01E020R"), (Status.EXCEPTION, Reason.ADDRESS_INCORRECT))

    def test_the_summary_is_read_for_what_it_says(self):
        for summary, status in (
            ("Prerregistrado", Status.INFO_RECEIVED),
            ("Admitido", Status.IN_TRANSIT),
            ("Aceptado", Status.IN_TRANSIT),
            ("Entrega realizada", Status.DELIVERED),
            ("En tránsito", Status.IN_TRANSIT),
            ("Alta en la unidad de reparto", Status.IN_TRANSIT),
            ("Transferido a proveedor externo", Status.IN_TRANSIT),
            ("Despachado por la aduana", Status.IN_TRANSIT),
            ("En reparto", Status.OUT_FOR_DELIVERY),
            ("A disposición del destinatario", Status.AVAILABLE_FOR_PICKUP),
            ("Entregado en oficina", Status.AVAILABLE_FOR_PICKUP),
            ("Realizado intento de entrega", Status.ATTEMPT_FAILED),
            ("No entregado", Status.ATTEMPT_FAILED),
            ("Entregado", Status.DELIVERED),
            ("Envío entregado al destinatario", Status.DELIVERED),
            ("Será entregado al destinatario", Status.IN_TRANSIT),
            ("Entregado a proveedor externo", Status.IN_TRANSIT),
            ("Entregado al remitente", Status.RETURNED),
            ("Devuelto a origen", Status.RETURNED),
            ("En devolución", Status.RETURNING),
            ("Anulado", Status.CANCELLED),
            ("Retenido en aduana", Status.EXCEPTION),
        ):
            with self.subTest(summary):
                self.assertEqual(self.read(summary)[0], status)

    def test_a_delivery_code_beside_words_of_return_is_no_delivery(self):
        self.assertEqual(self.read("Entregado al remitente", code="I010000V")[0], Status.RETURNED)

    def test_the_phase_helps_where_code_and_words_say_nothing(self):
        self.assertEqual(self.read("Modificación", fase="1")[0], Status.INFO_RECEIVED)
        self.assertEqual(self.read("Modificación", fase=2)[0], Status.IN_TRANSIT)
        self.assertEqual(self.read("Modificación", fase="4")[0], Status.UNKNOWN)

    def test_the_phase_may_be_told_in_words(self):
        self.assertEqual(self.read("", desFase="EN CAMINO")[0], Status.IN_TRANSIT)
        self.assertEqual(self.read("", desFase="Pre-admisión")[0], Status.INFO_RECEIVED)
        self.assertEqual(self.read("", desFase="ENTREGADO")[0], Status.UNKNOWN)

    def test_the_details_are_read_where_there_is_no_summary(self):
        self.assertEqual(self.read("", "Envío entregado al destinatario o autorizado")[0], Status.DELIVERED)

    def test_a_family_of_codes_means_one_thing(self):
        for code, status in (
            ("I01H220V", Status.DELIVERED),
            ("IPUDO02V", Status.AVAILABLE_FOR_PICKUP),
            ("I020000V", Status.RETURNED),
            ("L060130R", Status.RETURNING),
            ("H01E200R", Status.RETURNING),
            ("L010000V", Status.AVAILABLE_FOR_PICKUP),
            ("H01K100V", Status.UNKNOWN),
        ):
            with self.subTest(code):
                self.assertEqual(self.read("", code=code)[0], status)

    def test_the_details_tell_the_reason(self):
        for summary, details, status, reason in (
            ("No entregado", "Destinatario ausente", Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT),
            ("No entregado", "Rehusado por el destinatario", Status.ATTEMPT_FAILED, Reason.REFUSED),
            ("Envío a estacionar", "Dirección incorrecta", Status.EXCEPTION, Reason.ADDRESS_INCORRECT),
            ("Retenido en aduana", "", Status.EXCEPTION, Reason.CUSTOMS_HELD),
            ("Retenido", "Pendiente de documentación", Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS),
            ("En devolución", "No retirado en plazo", Status.RETURNING, Reason.PICKUP_EXPIRED),
            ("Entregado", "Depositado en el buzón", Status.DELIVERED, Reason.DELIVERED_TO_LOCKER),
            ("En reparto", "Si está ausente dejaremos un aviso", Status.OUT_FOR_DELIVERY, None),
        ):
            with self.subTest(details):
                self.assertEqual(self.read(summary, details), (status, reason))

    # Times and promises

    def test_the_two_fields_are_one_moment_in_spain(self):
        newest = max(self.parse_fixture("delivered").events, key=lambda event: event.occurred_at)
        self.assertEqual(newest.occurred_at.isoformat(), "2026-03-04T13:31:00+01:00")
        self.assertFalse(newest.zone_known)

    def test_the_hour_may_be_short_elsewhere_or_missing(self):
        for changes, expected in (
            ({"horEvento": "8:05"}, "2026-03-04T07:05:00Z"),
            ({"horEvento": None, "fecEvento": "04/03/2026 08:05:09"}, "2026-03-04T07:05:09Z"),
            ({"horEvento": ""}, "2026-03-03T23:00:00Z"),
        ):
            self.assertEqual(times(self.event(**changes)), [expected])

    def test_a_scan_without_a_day_is_left_out(self):
        for day in ("", None, "2026-03-04", "31/02/2026"):
            with self.assertLogs("carriers", "WARNING"):
                self.assertEqual(self.event(fecEvento=day).events, ())

    def test_the_day_of_delivery_is_a_day_in_spain(self):
        expected = PromisedWindow(date(2026, 3, 4), date(2026, 3, 4), zone="Europe/Madrid")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)
        self.assertIsNone(self.changed(fec_entregasum=None).window)

    def test_nobody_is_named(self):
        update = self.changed(nombre_cliente="Somebody Private")
        self.assertNotIn("Somebody", str(update))

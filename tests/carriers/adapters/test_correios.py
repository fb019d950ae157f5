import base64
import json
from datetime import date

from django.test import SimpleTestCase

from carriers.adapters.correios import CLOSING_REASONS, CLOSING_TYPES, TYPES, Correios
from carriers.base import MemoryTokens, Parcel, Reply
from carriers.errors import CarrierRefused, NumberNotFound
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, OAuthContract, Read, Sent, headline

GRANTED = {"token": "granted-token", "emissao": "2026-03-06T10:00:00", "expiraEm": "2026-03-07T10:00:00"}


class CorreiosTests(OAuthContract, CorpusContract, SimpleTestCase):
    carrier = Correios
    credentials = {"username": "loja", "access_code": "c0de", "posting_card": "0067599079"}
    number = "AB123456785BR"
    unknown_code = "ZZZ"
    token = Reply(201, json.dumps(GRANTED).encode())
    corpus = {
        "track-response-1.json": Read(Status.IN_TRANSIT, None, 1, "2021-12-10T18:26:59Z", "2021-12-10T18:26:59Z"),
        # A copy without codes, the newest scan at its end.
        "track-response-2.json": Read(Status.IN_TRANSIT, None, 6, "2023-11-09T03:18:13Z", "2023-12-15T18:03:37Z"),
    }

    def changed(self, *events, **changes):
        """The update of an object with these events instead."""
        told = self.payload("out_for_delivery")
        told["objetos"][0].update(changes, **({"eventos": list(events)} if events else {}))
        (update,) = self.parse(told)
        return update

    def read(self, pair="", words="", hour=12, **members):
        """The (status, reason) of one event of this pair, saying this."""
        code, _, kind = pair.partition("/")
        event = {"codigo": code, "tipo": kind, "descricao": words, "dtHrCriado": f"2026-03-06T{hour}:00:00"}
        return headline(self.changed(event | members))

    # Asking

    def test_the_token_is_that_of_a_posting_card_and_lives_as_long_as_it_says(self):
        tokens = MemoryTokens()
        adapter = Correios(self.credentials, send=Sent(self.token, Reply(200, b"{}")), tokens=tokens)
        adapter.fetch([Parcel(self.number)])
        asked = adapter.send[0]
        self.assertEqual(asked.url, "https://api.correios.com.br/token/v1/autentica/cartaopostagem")
        self.assertEqual(asked.headers["Authorization"], "Basic " + base64.b64encode(b"loja:c0de").decode())
        self.assertEqual(json.loads(asked.body), {"numero": "0067599079"})
        self.assertEqual(tokens.load(), "granted-token")

    def test_many_numbers_are_asked_for_in_one_call(self):
        reply = Reply(200, self.fixture("delivered"))
        adapter = self.adapter(reply)
        self.assertEqual(adapter.fetch([Parcel("1"), Parcel("2")]), {"1": reply, "2": reply})
        self.assertEqual(
            adapter.send[1].url,
            "https://api.correios.com.br/srorastro/v1/objetos?codigosObjetos=1&codigosObjetos=2&resultado=T",
        )

    # Status

    def test_a_pair_means_what_correios_lists_for_it(self):
        for pair, expected in (
            ("PO/01", (Status.IN_TRANSIT, None)),
            ("OEC/01", (Status.OUT_FOR_DELIVERY, None)),
            ("OEC/9", (Status.RETURNING, None)),
            ("LDI/1", (Status.AVAILABLE_FOR_PICKUP, None)),
            ("BDE/01", (Status.DELIVERED, None)),
            ("BDI/68", (Status.AVAILABLE_FOR_PICKUP, None)),
            ("BDR/23", (Status.RETURNED, None)),
            ("BDE/20", (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT)),
            ("BDE/10", (Status.EXCEPTION, Reason.RECIPIENT_MOVED)),
            ("BDI/26", (Status.RETURNING, Reason.PICKUP_EXPIRED)),
            ("BDR/51", (Status.EXCEPTION, Reason.LOST)),
            ("IDC/01", (Status.EXCEPTION, Reason.LOST)),
            ("BDI/14", (Status.CANCELLED, Reason.CANCELLED_BY_MERCHANT)),
            ("FC/03", (Status.EXCEPTION, Reason.MISSORTED)),
            ("BDE/97", (Status.UNKNOWN, None)),
        ):
            with self.subTest(pair):
                self.assertEqual(self.read(pair), expected)

    def test_no_type_is_listed_twice(self):
        for table in (CLOSING_TYPES, CLOSING_REASONS, TYPES):
            told = [kind for kinds in table.values() for kind in kinds.split()]
            self.assertEqual(len(told), len(set(told)))

    def test_what_a_pair_does_not_say_is_read_from_the_sentence(self):
        for words, expected in (
            ("Etiqueta emitida", (Status.INFO_RECEIVED, None)),
            ("Etiqueta cancelada pelo emissor", (Status.CANCELLED, Reason.CANCELLED_BY_MERCHANT)),
            ("Objeto postado após o horário limite da unidade", (Status.IN_TRANSIT, None)),
            ("Fiscalização aduaneira finalizada", (Status.IN_TRANSIT, None)),
            ("Liberado sem tributação", (Status.IN_TRANSIT, None)),
            ("Objeto encaminhado para retirada no endereço indicado", (Status.IN_TRANSIT, None)),
            ("Aguardando pagamento do despacho postal", (Status.EXCEPTION, Reason.DUTIES_UNPAID)),
            ("Objeto apreendido por órgão de fiscalização", (Status.EXCEPTION, Reason.PROHIBITED)),
            ("Objeto retido pela fiscalização", (Status.EXCEPTION, Reason.CUSTOMS_HELD)),
            ("Coleta solicitada", (Status.INFO_RECEIVED, None)),
            ("Objeto em correção de rota", (Status.EXCEPTION, Reason.MISSORTED)),
            ("Objeto não entregue - endereço inexistente", (Status.EXCEPTION, Reason.ADDRESS_INCORRECT)),
            ("Objeto não entregue - endereço insuficiente", (Status.EXCEPTION, Reason.ADDRESS_INCOMPLETE)),
            ("Objeto não entregue - carteiro não atendido", (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT)),
            ("Objeto nao entregue - cliente recusou-se a receber", (Status.ATTEMPT_FAILED, Reason.REFUSED)),
            ("Objeto aguardando retirada no endereço indicado", (Status.AVAILABLE_FOR_PICKUP, None)),
            ("Objeto entregue na Caixa de Correios Inteligente", (Status.AVAILABLE_FOR_PICKUP, None)),
            ("Objeto saiu para entrega ao remetente", (Status.RETURNING, None)),
            ("Objeto será devolvido ao remetente", (Status.RETURNING, None)),
            ("Objeto entregue ao remetente", (Status.RETURNED, None)),
            ("Objeto entregue ao destinatário", (Status.DELIVERED, None)),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(words=words), expected)

    def test_a_delivery_has_to_be_one_in_words_too(self):
        self.assertEqual(self.read("BDE/01", "Objeto entregue ao remetente")[0], Status.RETURNED)
        self.assertEqual(self.read("BDE/01", "Objeto não entregue - carteiro não atendido")[0], Status.ATTEMPT_FAILED)

    def test_the_scan_before_a_request_to_disregard_it_never_was(self):
        delivered = {"codigo": "BDE", "tipo": "01", "dtHrCriado": "2026-03-06T15:00:00"}
        withdrawn = {"codigo": "EST", "tipo": "01", "dtHrCriado": "2026-03-06T15:10:00"}
        out = {"codigo": "OEC", "tipo": "01", "dtHrCriado": "2026-03-06T09:00:00"}
        update = self.changed(withdrawn, delivered, out)
        self.assertEqual(headline(update)[0], Status.OUT_FOR_DELIVERY)
        self.assertEqual(Correios().unmapped_codes(update), [])

    # Times, places and promises

    def test_a_time_is_brasilia_s_whatever_the_place(self):
        event = {"codigo": "RO", "tipo": "01", "dtHrCriado": "2026-03-06T12:00:00"}
        (scan,) = self.changed(event | {"unidade": {"endereco": {"cidade": "MANAUS", "uf": "AM"}}}).events
        self.assertEqual((scan.occurred_at.isoformat(), scan.zone_known), ("2026-03-06T12:00:00-03:00", False))
        self.assertEqual((scan.location.city, scan.location.country), ("MANAUS", "BR"))

    def test_a_unit_abroad_is_not_in_brazil(self):
        event = {"codigo": "PO", "tipo": "01", "dtHrCriado": "2026-03-06T12:00:00"}
        (scan,) = self.changed(event | {"unidade": {"nome": "CHINA", "tipo": "País", "endereco": {}}}).events
        self.assertEqual((scan.location.city, scan.location.country), ("CHINA", ""))

    def test_the_expected_day_is_read_in_both_spellings(self):
        expected = PromisedWindow(date(2026, 3, 6), date(2026, 3, 6), zone="America/Sao_Paulo")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)
        self.assertEqual(self.changed(dtPrevista="06/03/2026").window, expected)

    def test_tags_and_who_received_it_stay_out_of_the_description(self):
        event = {
            "codigo": "BDE",
            "tipo": "01",
            "dtHrCriado": "2026-03-06T12:00:00",
            "descricao": "Objeto <b>entregue</b> ao destinatário",
            "detalhe": "Recebido por: Fulana",
        }
        (scan,) = self.changed(event).events
        self.assertEqual(scan.description, "Objeto entregue ao destinatário")

    # Several objects, and errors

    def test_in_a_reply_for_many_each_number_finds_its_own(self):
        told = self.payload("delivered")
        told["objetos"].append({"codObjeto": "AA", "mensagem": "SRO-019: Objeto inválido"})
        self.assertEqual(headline(self.parse(told)[0])[0], Status.DELIVERED)
        self.assertEqual(len(self.parse(told, number="")), 1)
        with self.assertRaisesRegex(NumberNotFound, "SRO-019"):
            self.parse(told, number="AA")
        with self.assertRaisesRegex(NumberNotFound, "2 other numbers and not of BB"):
            self.parse(told, number="BB")

    def test_a_copy_that_leaves_the_envelope_out_is_read(self):
        objects = self.payload("delivered")["objetos"]
        self.assertEqual(headline(self.parse(objects)[0])[0], Status.DELIVERED)
        self.assert_raises(NumberNotFound, "no object", [])

    def test_messages_mean_what_their_words_say(self):
        self.assert_raises(CarrierRefused, "GTW-006", {"msgs": ["GTW-006: Token inválido"]})
        self.assert_raises(NumberNotFound, "no object", {"objetos": []})

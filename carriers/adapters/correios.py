"""Correios (Brazil): API Rastro v1 of the contract customer. https://cws.correios.com.br

A scan has a code and a type, "BDE" and "01", and a sentence. Codes are many and their types change, so what a known
pair does not say is read from the sentence; the answers of the tracking pages that copy Correios have nothing else.
"""

import re
import unicodedata
from dataclasses import replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from itertools import pairwise

from carriers.base import OAuthCarrier, Reply
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import (
    Instant,
    document,
    event_of,
    instant,
    is_over,
    listing,
    local_moment,
    location,
    members,
    part,
    readable,
    text,
    texts,
    window,
)
from carriers.reading.codes import by_code, fail, not_among
from carriers.reading.words import TROUBLED, compiled, first_found
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# Correios writes Brasília time for every scan, without saying so.
BRASILIA = "America/Sao_Paulo"
STATES = r"A[CLMP]|BA|CE|DF|ES|GO|M[AGST]|P[ABEIR]|R[JNORS]|S[CEP]|TO"

# The types of the codes that a postman's list is closed with, out of the house (BDE), at the counter (BDI) and put
# right later (BDR).
CLOSINGS = ("BDE", "BDI", "BDR")
CLOSING_TYPES = {
    Status.IN_TRANSIT: "15 22 32 45 53 57",
    Status.ATTEMPT_FAILED: "02 04 18 20 21 25 33 35 36 46",
    Status.AVAILABLE_FOR_PICKUP: "24 68",
    Status.DELIVERED: "00 01 67 70",
    Status.EXCEPTION: """
        03 06 07 08 09 10 12 19 28 30 34 37 38 39 41 43 47 50 51 52 54 55 58 59 60 66 69 75 80""",
    Status.RETURNING: "05 26 40 42 48 49 56 89",
    Status.RETURNED: "23",
    Status.CANCELLED: "14",
}
CLOSING_REASONS = {
    Reason.ADDRESS_INCORRECT: "06 07 08 19 34 89",
    Reason.BUSINESS_CLOSED: "25",
    Reason.CANCELLED_BY_MERCHANT: "14",
    Reason.CARRIER_DELAY: "30 47 66 69",
    Reason.CUSTOMS_DOCUMENTS: "56",
    Reason.CUSTOMS_HELD: "55 58 59",
    Reason.DAMAGED: "28 37",
    Reason.DUTIES_UNPAID: "54",
    Reason.IDENTITY_UNCONFIRMED: "33",
    Reason.LOST: "09 50 51 52 80",
    Reason.PICKUP_EXPIRED: "03 12 26",
    Reason.PROHIBITED: "40 43 75",
    Reason.RECIPIENT_ABSENT: "02 18 20 21",
    Reason.RECIPIENT_MOVED: "10",
    Reason.REFUSED: "04",
}
# The pairs of the other codes that do not mean what their code means.
TYPES = {
    Status.IN_TRANSIT: "FC/02 FC/05 FC/10 LDI/11",
    Status.ATTEMPT_FAILED: "FC/07",
    Status.EXCEPTION: "BLQ/01 FC/03 FC/04 FC/08 FC/09 FC/29 LDI/08",
    Status.RETURNING: "FC/01 FC/47 LDE/00 LDE/09 OEC/09",
    Status.UNKNOWN: "BLQ/02 BLQ/11 BLQ/21 EST/01 EST/02 EST/03 EST/04 EST/05 EST/06 EST/09 RO/99",
}
REASON_TYPES = {
    "FC/03": Reason.MISSORTED,
    "FC/04": Reason.ADDRESS_INCORRECT,
    "FC/07": Reason.BUSINESS_CLOSED,
    "FC/08": Reason.CARRIER_DELAY,
    "FC/09": Reason.PICKUP_EXPIRED,
    "FC/29": Reason.PROHIBITED,
    "IDC": Reason.LOST,
    "LDI/08": Reason.CUSTOMS_HELD,
}
# What a code means whatever its type, where neither the pair nor the sentence says more.
CODES = {
    Status.IN_TRANSIT: "CAR CD CMR CMT CO CUN DO IT PAR PMT PO RO TR TRI",
    Status.OUT_FOR_DELIVERY: "OEC",
    Status.AVAILABLE_FOR_PICKUP: "LDI",
    Status.EXCEPTION: "IDC IE",
    Status.RETURNING: "LDE",
    Status.UNKNOWN: "EST",
}
# "Favor desconsiderar a informação anterior": the scan before it never was.
TAKES_BACK = "EST"

# The sentences, without their accents. From the top: what only sounds like a delivery comes first.
WORDS = compiled(
    (Status.UNKNOWN, r"desconsiderar|solicitacao de suspensao"),
    (Status.CANCELLED, r"etiqueta (?:cancelada|expirada)|desistencia de postagem|postagem cancelada"),
    (
        Status.RETURNING,
        r"sera devolvido|em devolucao|devolucao (?:autorizada|solicitada|iniciada)|entrega ao remetente",
        r"devolvido ao pais",
    ),
    (Status.RETURNED, r"(?:entregue|devolvido) ao remetente"),
    (
        Status.IN_TRANSIT,
        r"liberado|(?:fiscalizacao|revisao).{0,24} (?:finalizada|concluida)",
        r"pagamento (?:confirmado|efetuado|realizado)|dispensado do pagamento",
        r"encaminhado para retirada|direcionado para entrega|devolvido aos correios",
    ),
    (
        Status.EXCEPTION,
        r"endereco (?:incorreto|insuficiente|inexistente)|desconhecid|mudou-se|inconsistencia|nao (?:retir|procur)",
        r"prazo de retirada|avaria|roub|furt|extravi|nao localizado|atraso|apreen|mal encaminhado|correcao de rota",
        r"(?:aguardando|necessario) .{0,16}pagamento|tribut|nao (?:foi )?autorizad|bloquead|declaracao aduaneira",
        r"prazo diferenciado|entrega cancelada|saida nao efetuada|nao chegou|\bretido",
    ),
    (
        Status.ATTEMPT_FAILED,
        r"nao (?:pode ser |foi )?(?:efetuad|entregue|realizad|atendid)|nao foi possivel|tentativa|destinatario ausente",
        r"sem expediente|recus",
    ),
    (Status.AVAILABLE_FOR_PICKUP, r"(?:aguardando|disponivel para|pronto para) (?:a )?retirada|correios inteligente"),
    (Status.OUT_FOR_DELIVERY, r"saiu para (?:a )?entrega|em rota de entrega"),
    (Status.DELIVERED, r"entregue ao destinatario|entrega efetuada|^(?:objeto )?entregue\b"),
    (Status.INFO_RECEIVED, r"etiqueta emitida|aguardando postagem|pre-?postagem|saiu para coleta|coleta solicitada"),
    (
        Status.IN_TRANSIT,
        r"postad|encaminhad|transito|transfer|receb|coletado|conferido|saida|saiu d|chegou|chegada|alfandega|aduan",
        r"export|import|partiu|triagem",
    ),
)
REASONS = compiled(
    (Reason.PROHIBITED, r"apreen|nao (?:foi )?autorizad|proibid"),
    (Reason.DUTIES_UNPAID, r"\btribut[oa]|icms|imposto|pagamento"),
    (Reason.CUSTOMS_DOCUMENTS, r"declaracao aduaneira"),
    (Reason.CUSTOMS_HELD, r"aduan|fiscaliza|alfandeg"),
    (Reason.DAMAGED, r"avaria"),
    (Reason.LOST, r"roub|furt|extravi|nao localizado"),
    (Reason.REFUSED, r"recus"),
    (Reason.IDENTITY_UNCONFIRMED, r"documento exigido"),
    (Reason.PICKUP_EXPIRED, r"nao retir|nao procur|prazo de retirada"),
    (Reason.RECIPIENT_MOVED, r"mudou"),
    (Reason.ADDRESS_INCOMPLETE, r"endereco insuficiente"),
    (Reason.ADDRESS_INCORRECT, r"endereco (?:incorreto|inexistente)|enderecamento|desconhecid|numeracao"),
    (Reason.BUSINESS_CLOSED, r"sem expediente"),
    (Reason.RECIPIENT_ABSENT, r"nao atendid|ausente"),
    (Reason.MISSORTED, r"mal encaminhado|correcao de rota"),
    (Reason.CARRIER_DELAY, r"atraso|prazo diferenciado|entrega cancelada|nao chegou"),
)

# An error's words -> the HTTP status they mean, in whatever HTTP status they come.
ERRORS = compiled(
    (HTTPStatus.NOT_FOUND, r"sro-0(?:19|20)|nao encontrad|objeto invalido"),
    (HTTPStatus.TOO_MANY_REQUESTS, r"limite de requisic|too many"),
    (HTTPStatus.UNAUTHORIZED, r"token|nao autorizad|acesso negado"),
    (HTTPStatus.SERVICE_UNAVAILABLE, r"indisponi|erro interno|tempo esgotado|tente (?:novamente|mais tarde)|internal"),
)


def _pairs() -> dict[str, Status]:
    closings = {
        f"{code}/{kind}": status
        for status, kinds in CLOSING_TYPES.items()
        for kind in kinds.split()
        for code in CLOSINGS
    }
    others = by_code(TYPES) | by_code(CODES)
    return closings | others


class Correios(OAuthCarrier):
    key, name = "correios", "Correios"
    base_url = "https://api.correios.com.br"
    tracking_page = "https://rastreamento.correios.com.br/app/index.php?objetos={number}"
    credentials = ("username", "access_code", "posting_card")
    batch_size = 50
    api = "Rastro v1"
    scan_times = "naive, in Brasília time"
    promise_from = "dtPrevista"
    status_map = _pairs()
    reasons = REASON_TYPES | {
        f"{code}/{kind}": reason
        for reason, kinds in CLOSING_REASONS.items()
        for kind in kinds.split()
        for code in CLOSINGS
    }

    # Asking

    def request_token(self):
        return self.send(
            "POST",
            f"{self.base_url}/token/v1/autentica/cartaopostagem",
            auth=(self.account["username"], self.account["access_code"]),
            json={"numero": self.account["posting_card"]},
        )

    def _new_token(self):
        reply = self.request_token()
        self.check(reply)
        granted = document(self, reply)
        token = text(granted, "token")
        if not token:
            raise UnreadablePayload("gave no access token", carrier=self.key, reply=reply)
        self.tokens.save(token, _lifetime(granted))
        return token

    def fetch(self, parcels):
        asked = [parcel.number for parcel in parcels]
        params = [*(("codigosObjetos", number) for number in asked), ("resultado", "T")]
        return dict.fromkeys(asked, self.call("GET", "/srorastro/v1/objetos", params=params))

    def parse(self, reply, number):
        answers = listing(self, reply)
        objects = [node for told in answers for node in _objects(told)]
        if not objects:
            self._fail_without_object(reply, next(iter(answers), {"objetos": []}))
        about = [node for node in objects if number in ("", _number(node))]
        if not about and len(objects) > 1:
            raise not_among(self, reply, objects, number)
        return self.readable_updates(
            partial(self._update, reply, node, number or _number(node)) for node in about or objects
        )

    # Reading

    def _fail_without_object(self, reply: Reply, told: dict):
        self._check_words(reply, " · ".join(texts(told, "msgs")) or text(told, "mensagem"))
        self.check(reply)
        if told.get("objetos") == []:
            raise NumberNotFound("the reply lists no object", carrier=self.key, reply=reply)
        raise UnreadablePayload("the reply has no objetos", carrier=self.key, reply=reply)

    def _check_words(self, reply, words: str) -> None:
        """Raise what an error's words mean; return when there are none."""
        if words:
            fail(self, reply, words, status=first_found(ERRORS, _plain(words)))

    def _update(self, reply, node: dict, number: str) -> TrackingUpdate:
        scans = members(node, "eventos")
        if not scans:
            self._check_words(reply, text(node, "mensagem"))
        if not number:
            raise UnreadablePayload("an object has no codObjeto", carrier=self.key, reply=reply)
        events = _without_taken_back(readable(self, (self._event(scan) for scan in scans)))
        day = local_moment(_iso(text(node, "dtPrevista")))
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else window(day, day, BRASILIA),
            service=(text(node, "tipoPostal", "descricao") or text(node, "servico"))[:120],
        )

    def _event(self, scan: dict) -> ParcelEvent | None:
        happened = _happened(scan)
        if happened is None:
            return None
        words = _untagged(text(scan, "descricao") or text(scan, "status"))
        code = _code(scan)
        status = self._meaning(code, _plain(words))
        detail = _plain(_untagged(text(scan, "detalhe")))
        reason = self._reason(status, code, _plain(words), detail)
        return event_of(scan, happened, status, code or words, words, place=_place(scan), reason=reason)

    def _meaning(self, code: str, words: str) -> Status:
        """What the pair says, else the sentence, else the code. A delivery has to be one in words, too."""
        pair, told = self.status_map.get(code), first_found(WORDS, words)
        if pair is None or (pair is Status.DELIVERED and told):
            return told or self.status(code.partition("/")[0])
        return pair

    def _reason(self, status: Status, code: str, *told: str) -> Reason | None:
        if status is Status.CANCELLED:
            return Reason.CANCELLED_BY_MERCHANT
        if status not in TROUBLED:
            return None
        return first_found(REASONS, *told) or self.reasons.get(code) or self.reasons.get(code.partition("/")[0])

    def unmapped_codes(self, update):
        """The pairs and sentences that nothing here could read."""
        return [code for code in super().unmapped_codes(update) if first_found(WORDS, _plain(code)) is None]


def _lifetime(granted: dict) -> float:
    """Seconds between two moments of one clock, whichever that is; a minute early."""
    try:
        begins, ends = (datetime.fromisoformat(text(granted, name)) for name in ("emissao", "expiraEm"))
        return max(0.0, (ends - begins).total_seconds() - 60)
    except (ValueError, TypeError):
        return 3600.0


def _objects(told: dict) -> list[dict]:
    """The objects of an answer; a copy may leave the envelope out."""
    return members(told, "objetos") or ([told] if "eventos" in told else [])


def _number(node: dict) -> str:
    return text(node, "codObjeto") or text(node, "codigo")


def _code(scan: dict) -> str:
    """ "BDE/01", or "BDE" without a type; "" for a page that copies the sentences only."""
    code, kind = text(scan, "codigo").upper(), text(scan, "tipo")
    return f"{code}/{kind.zfill(2)}" if code and kind else code


def _happened(scan: dict) -> Instant | None:
    told = text(scan, "dtHrCriado") or text(scan, "dtHrCriado", "date")
    return instant(told or f"{_iso(text(scan, 'data'))}T{text(scan, 'hora')}", BRASILIA)


def _iso(day: str) -> str:
    """ "07/12/2023" as ISO 8601 writes it; anything else as it is."""
    return re.sub(r"^(\d\d)/(\d\d)/(\d{4})\b", r"\3-\2-\1", day)


def _without_taken_back(events: tuple[ParcelEvent, ...]) -> tuple[ParcelEvent, ...]:
    """The events, those that Correios asks to disregard without a meaning: the one before each such request."""
    in_order = sorted(events, key=lambda event: event.occurred_at)
    taken_back = {id(event) for event, follower in pairwise(in_order) if follower.code.partition("/")[0] == TAKES_BACK}
    return tuple(
        replace(event, status=Status.UNKNOWN, reason=None) if id(event) in taken_back else event for event in events
    )


def _place(scan: dict) -> Location:
    unit = part(scan, "unidade")
    address = part(unit, "endereco")
    if not unit:
        found = re.search(r"([^-/]+)/([A-Z]{2})$", text(scan, "local"))
        return _town(*(found.groups() if found else ("", "")))
    return _town(text(address, "cidade") or text(unit, "nome"), text(address, "uf"), text(address, "cep"))


def _town(city: str, uf: str, cep: str = "") -> Location:
    return location(city.strip(), cep, "BR" if re.fullmatch(STATES, uf) else "")


def _untagged(words: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", words).split())


def _plain(words: str) -> str:
    """Without accents, which not every copy keeps."""
    return "".join(char for char in unicodedata.normalize("NFD", words) if not unicodedata.combining(char))

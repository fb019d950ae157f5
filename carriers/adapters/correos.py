"""Correos: the localizador, Spain's traceability of every posted thing. https://www.correos.es"""

import re
from datetime import date, datetime
from functools import partial
from http import HTTPStatus
from urllib.parse import quote

from carriers.base import Carrier
from carriers.errors import UnreadablePayload
from carriers.reading import (
    LocalMoment,
    event_of,
    in_zone,
    is_over,
    listing,
    location,
    members,
    part,
    readable,
    text,
    window,
)
from carriers.reading.codes import by_code, fail, http_error, not_among
from carriers.reading.words import TROUBLED, compiled, first_found
from orders.events import ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

SPAIN = "Europe/Madrid"

# eventos[].codEvento: Correos publishes no table; these are the codes that have been seen with their words, and those
# that its module for shops tells apart.
EVENT_CODES = {
    Status.INFO_RECEIVED: "A020000R A090000V A150000R X010000V X240000V",
    Status.IN_TRANSIT: """
        A010000V G01L010V H01I360V P040000V P090000V P100000V P101110V P101120V P110000V X020000V X040000V
        X060000V X070000V X110100V""",
    Status.OUT_FOR_DELIVERY: "H020000V X080000V",
    Status.ATTEMPT_FAILED: "H010930R",
    Status.AVAILABLE_FOR_PICKUP: "H01I350V IPUDO02V L010000V X380000V X390000V",
    Status.EXCEPTION: "H06P010V M01E020R X090060R X090100R X130000R",
    Status.RETURNING: "ADV0000V O130000V O140000V X170000V X320000V",
    Status.RETURNED: "I020000V",
    Status.CANCELLED: "A040000R A060000R",
    Status.DELIVERED: "I010000V X120000V",
}
FAMILIES = compiled(
    (Status.DELIVERED, r"^I01\w{4}V$"),
    (Status.RETURNING, r"^L0[236]\w{5}$|^H01[ER]\w{3}R$"),
)
REASON_CODES = {"M01E020R": Reason.ADDRESS_INCORRECT}

# What desTextoResumen says: it is the status in Correos's own words, and the codes are many.
SUMMARIES = compiled(
    (Status.RETURNED, r"(?:entregad|devuelt)[oa] (?:al?|a su|en) (?:remitente|origen)|devoluci[oó]n entregada"),
    (Status.RETURNING, r"devoluci[oó]n|devuelt|retorn|reexpedid[oa] a(?:l)? (?:origen|remitente)"),
    (Status.CANCELLED, r"^(?:env[ií]o )?(?:anulad|cancelad)"),
    (
        Status.INFO_RECEIVED,
        r"pre-?r?registrad|pre-?admisi[oó]n|pre-?admitid|pendiente de (?:admi|dep[oó]sito|recogida en origen)",
    ),
    (
        Status.ATTEMPT_FAILED,
        r"intento de entrega|ausente|no entregad|entrega (?:fallida|no realizada)|reh[uú]sad|rechazad",
        r"no (?:ha sido posible|se ha podido|fue posible) .{0,20}entreg",
    ),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"a (?:tu |su )?disposici[oó]n|disponible|en lista|pendiente de (?:recog|retir)|oficina (?:de )?destino",
        r"(?:entregad|depositad)[oa] en (?:la |una )?(?:oficina|citypaq|punto|buz[oó]n citypaq|taquilla)",
    ),
    (Status.OUT_FOR_DELIVERY, r"\ben reparto|sal(?:e|ido|ida) (?:a|para|en) reparto"),
    (
        Status.EXCEPTION,
        r"reten|estacion|extrav|perdid|siniestr|da[ñn]ad|deterior|incidencia|paraliz|demora|retras",
        r"direcci[oó]n (?:incorrecta|incompleta|err[oó]nea|insuficiente)|desconocid|document.{0,30}(?:pendiente|falta)",
        r"pendiente de (?:pago|document)",
    ),
    (Status.DELIVERED, r"^(?:env[ií]o )?entregad[oa]\b(?! a(?:l)? (?:otr|proveedor|transport|operador|correos))"),
    (
        Status.DELIVERED,
        r"^entrega (?:realizada|efectuada)|(?<!ser[áa] )entregad[oa] al destinatario|recogid[oa] por el destinatario",
    ),
    (
        Status.IN_TRANSIT,
        r"tr[aá]nsito|clasificad|^a(?:dmitid|ceptad)|^depositad|en camino|despachad|aduan|importaci|exportaci",
        r"levante|unidad de reparto|transferid|reencaminad|proceso de entrega|lleg(?:ad|[oó])|salid[oa]",
        r"recogid[oa]|redirig|entregad[oa] al?\b",
    ),
)

# fase, or desFase: how far it has come. In the last two lie deliveries, offices and returns alike: they say too little.
PHASES = {
    "1": Status.INFO_RECEIVED,
    "2": Status.IN_TRANSIT,
    "PRE-ADMISIÓN": Status.INFO_RECEIVED,
    "EN CAMINO": Status.IN_TRANSIT,
}

TROUBLES = compiled(
    (Reason.CUSTOMS_DOCUMENTS, r"document|factura"),
    (Reason.DUTIES_UNPAID, r"arancel|impuesto|tasas|derechos de"),
    (Reason.CUSTOMS_HELD, r"aduan|despacho"),
    (Reason.PROHIBITED, r"prohibid"),
    (Reason.STRIKE, r"huelga"),
    (Reason.WEATHER, r"meteorol|temporal|nieve|clim[aá]tic"),
    (Reason.DAMAGED, r"da[ñn]ad|deterior|siniestr|roto"),
    (Reason.LOST, r"extrav|perdid"),
    (Reason.PAYMENT_REQUIRED, r"reembolso|falta de pago|pendiente de pago"),
    (Reason.REFUSED, r"reh[uú]s|rechaz"),
    (Reason.PICKUP_EXPIRED, r"no (?:retirad|recogid|reclamad)|caducad"),
    (Reason.RECIPIENT_MOVED, r"mudad|cambi(?:o|ado) de (?:domicilio|direcci)"),
    (
        Reason.ADDRESS_INCOMPLETE,
        r"(?:direcci|se[ñn]as).{0,20}(?:incomplet|insuficient)|falta.{0,20}(?:direcci|piso|portal)",
    ),
    (Reason.ADDRESS_INCORRECT, r"(?:direcci|se[ñn]as).{0,20}(?:incorrect|err[oó]ne)|desconocid|no existe"),
    (Reason.RECIPIENT_ABSENT, r"ausen|nadie|aviso de llegada"),
    (Reason.BUSINESS_CLOSED, r"cerrad"),
    (Reason.ACCESS_RESTRICTED, r"acceso|acceder"),
    (Reason.MISSORTED, r"mal encaminad|mal dirigid|encaminamiento"),
    (Reason.CARRIER_DELAY, r"demora|retras"),
)
LEFT_WITH = compiled(
    (Reason.DELIVERED_TO_NEIGHBOUR, r"vecin"),
    (Reason.DELIVERED_TO_RECEPTION, r"porter[ií]a|conserje|recepci[oó]n\b"),
    (Reason.DELIVERED_TO_LOCKER, r"buz[oó]n|citypaq"),
)

# What error.desError speaks of. Every other error is a number that Correos cannot trace.
ERRORS = compiled(
    (HTTPStatus.UNAUTHORIZED, r"usuario|contrase[ñn]a|credencial|autoriza|autentica|permiso"),
    (HTTPStatus.SERVICE_UNAVAILABLE, r"no disponible|indisponib|int[eé]ntelo|interno|sistema|timeout|t[eé]cnic"),
)


class Correos(Carrier):
    key, name = "correos", "Correos"
    base_url = "https://localizador.correos.es"
    tracking_page = "https://www.correos.es/es/es/herramientas/localizador/envios/detalle?tracking-number={number}"
    credentials = ("username", "password")
    api = "localizador, with the contract's user"
    scan_times = "Spain's, in two fields"
    promise_from = "expected day"
    status_map = by_code(EVENT_CODES)

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        # In Spanish, because SUMMARIES reads Spanish; every event, not the last one only.
        return self.send(
            "GET",
            f"{self.base_url}/canonico/eventos_envio_servicio_auth/{quote(number, safe='')}",
            params={"codIdioma": "ES", "indUltEvento": "N"},
            auth=(self.account["username"], self.account["password"]),
            headers={"Accept": "application/json"},
        )

    def parse(self, reply, number):
        told = listing(self, reply)
        envelopes = [entry for entry in told if entry.keys() & {"codEnvio", "eventos", "error"}]
        if not envelopes:
            self.check(reply)
            raise UnreadablePayload("the reply has no envelope", carrier=self.key, reply=reply)
        if len(envelopes) == 1:
            return [self._update(reply, envelopes[0], number)]
        about = [envelope for envelope in envelopes if number in ("", text(envelope, "codEnvio"))]
        if not about:
            raise not_among(self, reply, envelopes, number)
        return self.readable_updates(partial(self._update, reply, envelope, "") for envelope in about)

    # Reading

    def _update(self, reply, envelope: dict, asked: str) -> TrackingUpdate:
        self._check_error(reply, part(envelope, "error"))
        self.check(reply)
        number = asked or text(envelope, "codEnvio")
        if not number:
            raise UnreadablePayload("an envelope has no codEnvio", carrier=self.key, reply=reply)
        events = readable(self, (self._event(event) for event in members(envelope, "eventos")))
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(envelope),
        )

    def _check_error(self, reply, error: dict):
        """Raise what the envelope's error means; "0" is none, and stands in every good reply."""
        code, words = text(error, "codError"), text(error, "desError")
        if code.strip("0") == "":
            return
        status = http_error(code) or first_found(ERRORS, words) or HTTPStatus.NOT_FOUND
        fail(self, reply, words, code, status=status)

    def _event(self, event: dict) -> ParcelEvent | None:
        happened = _clock(event)
        if happened is None:
            return None
        code = text(event, "codEvento").upper()
        summary, details = text(event, "desTextoResumen"), text(event, "desTextoAmpliado")
        status = self._status(code, summary or details, text(event, "fase") or text(event, "desFase").upper())
        reason = _reason(status, code, summary, details)
        place = location(text(event, "unidad"))
        return event_of(event, happened, status, code or summary, summary or details, place=place, reason=reason)

    def _status(self, code, words, phase) -> Status:
        told = first_found(SUMMARIES, words) or self.status_map.get(code) or first_found(FAMILIES, code)
        return told or PHASES.get(phase, Status.UNKNOWN)


def _reason(status, code, summary, details) -> Reason | None:
    if status is Status.DELIVERED:
        return first_found(LEFT_WITH, summary, details)
    if status not in TROUBLED:
        return None
    return first_found(TROUBLES, summary, details) or REASON_CODES.get(code)


def _clock(event: dict):
    """The moment of "27/04/2026" and "23:03:58"; the hour may stand behind the day, or be missing."""
    told = f"{text(event, 'fecEvento')} {text(event, 'horEvento')}"
    day, hour = _day(told), re.search(r"\b(\d{1,2}):(\d\d)(?::(\d\d))?", told)
    if day is None:
        return None
    hours = [int(digits or 0) for digits in hour.groups()] if hour else []
    try:
        at = datetime(day.year, day.month, day.day, *hours)  # noqa: DTZ001
    except ValueError:
        return None
    return in_zone(at, SPAIN)


def _day(told: str) -> date | None:
    found = re.search(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b", told)
    try:
        return found and date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None


def _window(envelope: dict):
    day = _day(text(envelope, "fec_entregasum"))
    return window(None, day and LocalMoment(day, None), SPAIN)

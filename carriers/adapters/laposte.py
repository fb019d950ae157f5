"""La Poste: Suivi v2, for Colissimo, Chronopost and tracked letters. https://developer.laposte.fr"""

import re
from datetime import time
from functools import partial
from http import HTTPStatus
from urllib.parse import quote

from carriers.base import Carrier
from carriers.errors import UnreadablePayload
from carriers.reading import (
    LocalMoment,
    event_of,
    instant,
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
from carriers.reading.words import TROUBLED, compiled, first_found, reason_told
from carriers.reading.zones import zone_of
from orders.events import Handover, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import zone_named

FRANCE = "Europe/Paris"

# event.code: La Poste's table of events.
EVENT_CODES = {
    Status.INFO_RECEIVED: "DR1",
    Status.IN_TRANSIT: "PC1 PC2 ET1 ET2 ET3 ET4 EP1 DO1 DO2 DO4 PB2",
    Status.OUT_FOR_DELIVERY: "MD1 MD2",
    Status.ATTEMPT_FAILED: "MD3",
    Status.AVAILABLE_FOR_PICKUP: "AG1",
    Status.EXCEPTION: "DO3 DI3 DR2 ND1 PB1",
    Status.RETURNING: "RE1",
    Status.DELIVERED: "DI0 DI1",
    Status.RETURNED: "DI2",  # handed over, and to the sender
    Status.UNKNOWN: "ID0",  # customs data were added
}
REASON_CODES = {"DO3": Reason.CUSTOMS_HELD, "DI3": Reason.CARRIER_DELAY}

# A "DI1" that is no delivery to the recipient.
HANDED_OVER = compiled(
    (Status.RETURNED, r"à (?:son |votre |l['’] ?)expéditeur|to (?:the |its )?sender"),
    (
        Status.AVAILABLE_FOR_PICKUP,
        # Not the proof of delivery, which is "disponible" as well.
        r"(?:colis|courrier|envoi|pli|lettre)\b[^.]{0,40}(?:disponible|attend|à retirer|à (?:votre )?disposition)",
    ),
)

# What went wrong, in La Poste's French.
TROUBLES = compiled(
    (
        Reason.CUSTOMS_DOCUMENTS,
        r"(?:document|facture|justificatif|déclaration).{0,60}(?:manqu|requis|nécess|fourn|transm|attend|attente|incompl)",
        r"(?:manqu|fourn|attente).{0,40}(?:document|facture|justificatif)",
    ),
    (Reason.DUTIES_UNPAID, r"droits (?:et|de) (?:taxes|douane)|taxes?\b.{0,40}(?:pay|pai|régl)|frais de dédouanement"),
    (Reason.PROHIBITED, r"interdit|prohib|contrefa|non conforme"),
    (Reason.CUSTOMS_HELD, r"douan"),
    (Reason.STRIKE, r"grève|mouvement social"),
    (Reason.WEATHER, r"intempérie|météo|neige|climatique"),
    (Reason.DAMAGED, r"endommag|détérior|abîm|avari|spoli"),
    (Reason.LOST, r"perdu|égar|introuvable(?!.{0,20}adresse)"),
    (Reason.REFUSED, r"refus"),
    (
        Reason.PICKUP_EXPIRED,
        r"non (?:réclamé|retiré)|pas été (?:réclamé|retiré)|délai (?:de|d['’]) ?(?:retrait|garde)",
        r"attendu.{0,60}date limite",
    ),
    (Reason.RECIPIENT_MOVED, r"déménag|n['’]habite (?:pas|plus)|parti sans laisser"),
    (
        Reason.ADDRESS_INCOMPLETE,
        r"adresse.{0,40}incompl|incompl.{0,30}adresse|complément d['’]|manque d['’]information",
    ),
    (Reason.ADDRESS_INCORRECT, r"adresse.{0,40}(?:err|incorrect|inexact|inconnu|introuvable)|destinataire inconnu"),
    (Reason.RECIPIENT_ABSENT, r"absen[tc]|avis de passage|personne.{0,20}présent"),
    (Reason.BUSINESS_CLOSED, r"\bfermé|fermeture|congés"),
    (Reason.ACCESS_RESTRICTED, r"\baccès|accéder|inaccessible|digicode|interphone|bo[iî]te aux? lettres"),
    (Reason.MISSORTED, r"par erreur|erreur d['’](?:acheminement|aiguillage|orientation)|mal dirigé|réachemin"),
    (
        Reason.RESCHEDULED,
        r"reprogramm|report|(?:présent|livr)\w+ (?:une nouvelle fois|à nouveau)|nouvelle présentation",
        r"(?:pu|peut|pas) être (?:livré|distribué) (?:ce jour|aujourd)",
    ),
    (Reason.CARRIER_DELAY, r"retard|perturb|incident"),
)
AT_THE_DOOR = frozenset(
    {Reason.RECIPIENT_ABSENT, Reason.REFUSED, Reason.BUSINESS_CLOSED, Reason.ACCESS_RESTRICTED},
)
LEFT_WITH = compiled(
    (Reason.DELIVERED_TO_NEIGHBOUR, r"voisin"),
    (Reason.DELIVERED_TO_RECEPTION, r"gardien|concierge|à l['’]accueil"),
    (Reason.DELIVERED_TO_LOCKER, r"bo[iî]te (?:aux?|à) lettres|consigne"),
    (Reason.DELIVERED_TO_SAFE_PLACE, r"(?:lieu|endroit) (?:sûr|convenu|de votre choix)"),
)

# returnCode, where it is no HTTP status or not meant as one.
RETURN_CODES = {"104": HTTPStatus.NOT_FOUND, "400": HTTPStatus.NOT_FOUND}


class LaPoste(Carrier):
    key, name = "laposte", "La Poste"
    base_url = "https://api.laposte.fr"
    tracking_page = "https://www.laposte.fr/outils/suivre-vos-envois?code={number}"
    credentials = ("okapi_key",)
    batch_size = 10
    calls_per_minute = 100
    api = "Suivi v2"
    scan_times = "the offset of each scan; a day without an hour is midnight in Paris"
    promise_from = "estimated day"
    status_map = by_code(EVENT_CODES)

    # Asking

    def fetch(self, parcels):
        asked = [parcel.number for parcel in parcels]
        numbers = ",".join(quote(number, safe="") for number in asked)
        # In French, because TROUBLES reads French.
        reply = self.send(
            "GET",
            f"{self.base_url}/suivi/v2/idships/{numbers}",
            params={"lang": "fr_FR"},
            headers={"X-Okapi-Key": self.account["okapi_key"], "Accept": "application/json"},
        )
        return dict.fromkeys(asked, reply)

    def parse(self, reply, number):
        entries = [entry for entry in listing(self, reply) if text(entry, "returnCode") or part(entry, "shipment")]
        if not entries:
            self.check(reply)
            raise UnreadablePayload("the reply has no returnCode", carrier=self.key, reply=reply)
        is_alone = len(entries) == 1
        about = [entry for entry in entries if is_alone or number in ("", _own_number(entry))]
        if not about:
            raise not_among(self, reply, entries, number)
        asked = number if is_alone else ""
        return self.readable_updates(partial(self._update, reply, entry, asked) for entry in about)

    # Reading

    def _update(self, reply, entry: dict, asked: str) -> TrackingUpdate:
        shipment = part(entry, "shipment")
        if text(entry, "returnCode") not in ("", "0", "200", "207") or not shipment:
            self._fail(reply, entry)
        number = asked or _own_number(entry)
        if not number:
            raise UnreadablePayload("a shipment has no idShip", carrier=self.key, reply=reply)
        events = readable(self, (self._event(event) for event in members(shipment, "event")))
        context = part(shipment, "contextData")
        over = shipment.get("isFinal") is True or is_over(events)
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if over else _window(shipment, zone_of(text(context, "arrivalCountry").upper())),
            service=text(shipment, "product")[:120],
            origin=location(country=text(context, "originCountry")),
            destination=location(country=text(context, "arrivalCountry")),
            handed_to=_partner(context),
        )

    def _fail(self, reply, entry: dict):
        """Raise what a returnCode means, in La Poste's words."""
        code = text(entry, "returnCode")
        fail(self, reply, text(entry, "returnMessage"), code, status=RETURN_CODES.get(code) or http_error(code))

    def _event(self, event: dict) -> ParcelEvent | None:
        happened = instant(text(event, "date"), FRANCE)
        if happened is None:
            return None
        code, label = text(event, "code").upper(), text(event, "label")
        status, reason = self._meaning(code, label)
        place = location(country=text(event, "country"))
        return event_of(event, happened, status, code, label, place=place, reason=reason)

    def _meaning(self, code, label) -> tuple[Status, Reason | None]:
        """What the code says, and the label more precisely: at whose door it was, and what was met there."""
        status = self.status(code)
        if status is Status.DELIVERED:
            status = first_found(HANDED_OVER, label) or status
        if status is Status.DELIVERED:
            return status, first_found(LEFT_WITH, label) or reason_told(status, label)
        if status not in TROUBLED and code != "EP1":
            return status, None
        told = first_found(TROUBLES, label)
        if told in AT_THE_DOOR and (code == "EP1" or status is Status.EXCEPTION):
            return Status.ATTEMPT_FAILED, told
        if status not in TROUBLED:
            return status, None
        return status, told or reason_told(status, label) or REASON_CODES.get(code)


def _own_number(entry: dict) -> str:
    return text(entry, "shipment", "idShip") or text(entry, "idShip")


def _partner(context: dict) -> Handover | None:
    """The post that La Poste handed the parcel to abroad."""
    partner = part(context, "partner")
    name = text(partner, "name") or text(partner, "network")
    return Handover(name, text(partner, "reference")) if name else None


def _window(shipment: dict, zone: str):
    """The estimate is a day, written as its midnight in Paris or, disguised as 02:00+02:00, in UTC."""
    estimate = instant(text(shipment, "estimDate"), FRANCE)
    if estimate is None:
        return None
    day = estimate.at.astimezone(zone_named(FRANCE)).date()
    begins, ends = (LocalMoment(day, _hour(text(shipment, name))) for name in ("estimHourMin", "estimHourMax"))
    return window(begins, ends, zone)


def _hour(told: str) -> time | None:
    found = re.search(r"(?:^|T)([01]?\d|2[0-3])[:hH]([0-5]\d)?", told)
    return time(int(found[1]), int(found[2] or 0)) if found else None

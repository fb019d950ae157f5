"""Chronopost: trackSkybillV2 of its tracking service, SOAP. https://www.chronopost.fr"""

from html import escape
from http import HTTPStatus

from carriers.base import Carrier, Reply
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import event_of, instant, location, members, part, readable, text
from carriers.reading.codes import by_code, fail
from carriers.reading.words import TROUBLED, compiled, first_found, reason_told
from carriers.reading.xml import xml_document
from orders.events import ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# code: those whose meaning is known for sure. The words of the others are read.
CODES = {
    Status.INFO_RECEIVED: "DC",
    Status.IN_TRANSIT: "DB DY SC TS SD",
    Status.OUT_FOR_DELIVERY: "TA",
    Status.DELIVERED: "D",
}

# eventLabel, in English and in French.
WORDS = compiled(
    (
        Status.IN_TRANSIT,
        r"(?:déposé|remis|handed|dropped).{0,40} (?:par l['’]expéditeur|by (?:the )?(?:sender|shipper))",
    ),
    (
        Status.RETURNED,
        r"(?:delivered|returned) (?:back )?to (?:the )?(?:sender|shipper)",
        r"(?:livré|remis|restitué)\w* (?:à )?l['’ ]?expéditeur",
    ),
    (
        Status.RETURNING,
        r"return(?:ing)? to (?:the )?(?:sender|shipper)|being returned|return in progress",
        r"retour(?:né)?\w*.{0,20}expéditeur|retour en cours|en cours de retour",
    ),
    (Status.CANCELLED, r"(?:shipment|parcel) cancell?ed|envoi annulé|colis annulé"),
    (
        Status.ATTEMPT_FAILED,
        r"delivery (?:was )?(?:attempted|impossible|not possible|failed)|unsuccessful|not (?:been )?delivered|refus",
        r"(?:consignee|recipient|addressee).{0,20}(?:absent|not (?:in|home|available))|closed",
        r"livraison impossible|destinataire absent|tentative de livraison|avis de passage",
        r"non livré|pas pu être livré|fermé",
    ),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"(?:available|awaiting|ready|held|waiting).{0,40}(?:collection|pick[- ]?up|post office|relay|shop|locker)",
        r"(?:mis à disposition|disponible|en attente de retrait|à retirer|en instance)",
        r"(?:delivered|livré|déposé)\w* (?:to|at|in|en|au|dans) (?:an? |the |un |le )?"
        r"(?:pick-?up|point relais|relais|relay|consigne|locker|bureau de poste|post office)",
    ),
    (
        Status.EXCEPTION,
        r"incorrect|incomplete|damage|\bdelay|\blate\b|on hold|\bheld\b|\blost\b",
        r"misrouted|mis-?sort|incident|strike|rescheduled",
        r"not (?:been )?(?:collected|claimed)|non (?:réclamé|retiré)",
        r"livraison reportée|nouvelle (?:livraison|date)|incorrecte|incomplète|endommagé|avarié",
        r"retard|bloqué|retenu|perdu|erreur d['’]acheminement|grève",
    ),
    (
        Status.OUT_FOR_DELIVERY,
        r"(?:in|out for|on) delivery|being delivered|en cours de livraison|en livraison",
    ),
    (
        Status.DELIVERED,
        r"^(?:(?:shipment|parcel) )?delivered\b|^(?:(?:envoi|colis) )?livré\b",
        r"(?:collected|picked up) by (?:the )?(?:consignee|recipient|addressee)",
        r"(?:retiré par le|remis au) destinataire",
    ),
    (Status.INFO_RECEIVED, r"in preparation|en (?:cours de )?préparation|prêt à être expédié"),
    (
        Status.IN_TRANSIT,
        r"in transit|sorted|handed over|registered|collected|picked up|arrived|departed|customs|received",
        r"en transit|trié|pris en charge|prise en charge|remis au|collecté|enlevé|arrivé|dédouan|en douane|réceptionné",
    ),
)

NOT_DELIVERED = (Status.RETURNED, Status.AVAILABLE_FOR_PICKUP, Status.ATTEMPT_FAILED)

# Why, in French.
TROUBLES = compiled(
    (Reason.RECIPIENT_ABSENT, r"absent"),
    (Reason.REFUSED, r"refus"),
    (Reason.BUSINESS_CLOSED, r"fermé|fermeture"),
    (Reason.ADDRESS_INCOMPLETE, r"incomplète|complément d['’]adresse"),
    (Reason.ADDRESS_INCORRECT, r"adresse (?:incorrecte|erronée|inconnue)|destinataire inconnu"),
    (Reason.PICKUP_EXPIRED, r"non (?:réclamé|retiré)|délai .{0,30}(?:dépassé|expiré)"),
    (Reason.DAMAGED, r"endommagé|avarié"),
    (Reason.CUSTOMS_HELD, r"douane"),
    (Reason.STRIKE, r"grève"),
    (Reason.WEATHER, r"intempéries|météo|neige"),
    (Reason.LOST, r"perdu"),
    (Reason.MISSORTED, r"erreur d['’]acheminement|mal dirigé"),
    (Reason.RESCHEDULED, r"reportée|nouvelle (?:livraison|date)"),
    (Reason.CARRIER_DELAY, r"retard"),
)

# errorCode, where errorMessage says nothing that is known.
ERROR_CODES = {"1": HTTPStatus.INTERNAL_SERVER_ERROR, "2": HTTPStatus.NOT_FOUND, "3": HTTPStatus.NOT_FOUND}
ERRORS = compiled(
    (HTTPStatus.NOT_FOUND, r"not found|unknown|no (?:event|information|parcel)|inconnu|introuvable|aucun"),
    (HTTPStatus.UNAUTHORIZED, r"password|authenti|mot de passe"),
    (HTTPStatus.SERVICE_UNAVAILABLE, r"system error|erreur système|unavailable|indisponible|internal|timeout"),
)

REQUEST = """\
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" \
xmlns:cxf="http://cxf.tracking.soap.chronopost.fr/"><soapenv:Body><cxf:trackSkybillV2><language>en_GB</language>\
<skybillNumber>{number}</skybillNumber></cxf:trackSkybillV2></soapenv:Body></soapenv:Envelope>"""


class Chronopost(Carrier):
    key, name = "chronopost", "Chronopost"
    base_url = "https://ws.chronopost.fr"
    tracking_page = "https://www.chronopost.fr/tracking-no-cms/suivi-page?listeNumerosLT={number}"
    api = "trackSkybillV2, SOAP"
    scan_times = "the offset of each scan, that of Paris"
    status_map = by_code(CODES)

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        return self.send(
            "POST",
            f"{self.base_url}/tracking-cxf/TrackingServiceWS",
            data=REQUEST.format(number=escape(number)).encode(),
            headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'},
        )

    def parse(self, reply, number):
        body = part(xml_document(self, reply), "Envelope", "Body")
        for fault in members(body, "Fault"):
            self._fail(reply, text(fault, "faultstring"), text(fault, "faultcode"))
        told = part(body, "trackSkybillV2Response", "return")
        if (code := text(told, "errorCode")) not in ("", "0"):
            self._fail(reply, text(told, "errorMessage"), code)
        self.check(reply)
        if not told:
            raise UnreadablePayload("the reply has no trackSkybillV2Response", carrier=self.key, reply=reply)
        parcels = [one for one in members(told, "listEventInfoComp") if members(one, "events")]
        if not parcels:
            raise NumberNotFound("the reply has no events yet", carrier=self.key, reply=reply)
        return self.readable_updates(lambda one=one: self._update(reply, one, number) for one in parcels)

    # Reading

    def _fail(self, reply: Reply, words: str, code: str):
        fail(self, reply, words, code, status=first_found(ERRORS, words) or ERROR_CODES.get(code))

    def _update(self, reply: Reply, parcel: dict, number: str) -> TrackingUpdate:
        number = number or text(parcel, "skybillNumber")
        if not number:
            raise UnreadablePayload("a listEventInfoComp names no skybillNumber", carrier=self.key, reply=reply)
        return TrackingUpdate(number=number, events=readable(self, map(self._event, members(parcel, "events"))))

    def _event(self, scan: dict) -> ParcelEvent | None:
        happened = instant(text(scan, "eventDate"), "Europe/Paris")
        if happened is None:
            return None
        code, words = text(scan, "code"), text(scan, "eventLabel")
        status = self._meaning(code, words)
        place = location(text(scan, "officeLabel"), text(scan, "zipCode"))
        return event_of(scan, happened, status, code, words, place=place, reason=_reason(status, words))

    def _meaning(self, code: str, words: str) -> Status:
        status = self.status_map.get(code)
        told = first_found(WORDS, words)
        if status is Status.DELIVERED:
            return told if told in NOT_DELIVERED else status
        return status or told or Status.UNKNOWN


def _reason(status: Status, words: str) -> Reason | None:
    return reason_told(status, words) or (first_found(TROUBLES, words) if status in TROUBLED else None)

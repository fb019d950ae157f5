"""bpost: the tracking of the Shipping Manager, in XML. https://www.bpost.be

A state has a code, and a description such as "DistributedNormally - regular": what it means is read from the
description, which says more, and from the code where there is none.
"""

import re
from http import HTTPStatus
from urllib.parse import quote

from carriers.base import Carrier, Reply
from carriers.errors import UnreadablePayload
from carriers.reading import instant, is_over, local_moment, location, members, part, readable, text, window
from carriers.reading.words import TROUBLED, compiled, first_found, reason_told
from carriers.reading.xml import xml_document
from carriers.reading.zones import zone_of
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

BRUSSELS = "Europe/Brussels"

# stateCode, as far as it is published.
STATE_CODES = {
    Status.IN_TRANSIT: "N14 R00 R01 R02 R03 R04 R05 T00",
    Status.OUT_FOR_DELIVERY: "L00",
    Status.AVAILABLE_FOR_PICKUP: "N74 R13",
    Status.DELIVERED: "U00 U01 U02 U03 U04 U05 U06 U07 U08",
    Status.EXCEPTION: """
        B03 B04 B05 B06 B07 B08 B09 B10 B11 B12 B13 B18 B23 B24 B28 N01 N02 N03 N04 N05 N06 N07 N08 N10 N11 N12 N13 N16
        N28 N32 N91 N92 N93 N94 N95 N96 R11 R12 S00 T03""",
}

# The words of a state in English, Dutch and French. From the top: what only sounds like a delivery comes first.
WORDS = compiled(
    (
        Status.UNKNOWN,  # somebody was told, or wished for something
        r"(?:notification|sms|e-?mail|message) (?:was |has been )?sent|preference",
        r"verwittigd|voorkeur",
        r"a été averti|préférence",
    ),
    (
        Status.RETURNED,
        r"(?:delivered|returned|distributed) (?:back )?to (?:the )?sender|distributed after (?:bts|back to sender)",
        r"(?:geleverd|bezorgd|teruggegeven|uitgereikt) aan (?:de )?afzender",
        r"(?:remis|livré|distribué)e? à l'expéditeur",
    ),
    (
        Status.RETURNING,
        r"\bbts\b|back to sender|(?:way|route|return\w*) (?:back )?to (?:the )?sender|being returned",
        r"(?:terug|retour) (?:gestuurd )?(?:naar|aan) (?:de )?afzender|teruggestuurd",
        r"(?:retour|renvo\w+) à l'expéditeur",
    ),
    (
        Status.ATTEMPT_FAILED,
        r"not (?:been )?(?:distributed|delivered)|delivery failed|absent|attempt|refused|notice left|undeliver",
        r"niet (?:thuis|bezorgd|geleverd|uitgereikt|kunnen)|afwezig|geweigerd|aanbieding|mislukt",
        r"non (?:distribué|livré)|pas (?:pu être )?(?:livré|distribué)|échec|refusé|avis de passage",
    ),
    (
        Status.IN_TRANSIT,
        r"(?:will|to) be (?:delivered|distributed)|customs (?:clear|payment (?:successful|not required)|release)",
        r"released (?:by|from) customs",
        r"(?:zal|wordt) .{0,20}(?:bezorgd|geleverd)|vrijgegeven door|ingeklaard",
        r"sera (?:livré|distribué)|dédouané|libéré par",
    ),
    (
        Status.EXCEPTION,
        r"damaged|\blost\b|stolen|delay|missort|mis-?rout|blocked|(?:held|stopped|payment|documents?) .{0,12}customs",
        r"customs .{0,20}(?:held|hold|required|missing|pending)|(?:incorrect|insufficient|unknown|wrong) address",
        r"beschadigd|verloren|vertraagd|vertraging|geblokkeerd|tegengehouden|onvolledig adres|verkeerd adres",
        r"endommagé|perdu|retard|bloqué|retenu|adresse (?:incorrecte|incomplète)",
    ),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"available|awaiting (?:hand ?out|pick ?up|collection)|ready (?:for|to)|delivered kariboo",
        r"(?:arrived|delivered) (?:at|to|in) .{0,16}(?:point|office|locker)",
        r"beschikbaar|ligt klaar|klaar (?:voor|om)|afgehaald worden",
        r"geleverd (?:in|aan|op) .{0,16}(?:punt|kantoor|automaat)",
        r"disponible|prêt|être retiré|à retirer|livré (?:au|dans|en) .{0,16}(?:point|bureau|distributeur)",
    ),
    (
        Status.OUT_FOR_DELIVERY,
        r"bound to round|out for|on (?:the|its) way to you|in delivery",
        r"op ronde|uitreikingsronde|onderweg naar (?:u|jou)|in levering",
        r"en (?:cours de )?(?:livraison|distribution)|en tournée|en route vers vous",
    ),
    (
        Status.DELIVERED,
        r"distributed|delivered|picked up (?:in|at|by)",
        r"bezorgd|geleverd|uitgereikt|afgehaald",
        r"livré|distribué|retiré|remis",
    ),
    (
        Status.INFO_RECEIVED,
        r"announce|prepar|awaiting dropoff|pre-?advi|aangekondigd|aankondiging|voorbereid|annonc|prépar",
    ),
    (
        Status.IN_TRANSIT,
        r"sort|received|process|transport|arriv|depart|transit|\bhub\b|customs|collected|on (?:the|its) way",
        r"ontvangen|verwerk|vervoer|onderweg|douane|opgehaald",
        r"reçu|trié|tri\b|trait|achemin|en route|pris en charge",
    ),
)

# The reasons that Dutch and French words tell, and an English word that bpost leaves alone.
REASONS = compiled(
    (Reason.CUSTOMS_HELD, r"douane"),
    (Reason.REFUSED, r"geweigerd|refusé"),
    (Reason.RECIPIENT_ABSENT, r"niet thuis|afwezig|absent"),
    (Reason.PICKUP_EXPIRED, r"niet afgehaald|non (?:retiré|réclamé)|pas (?:été )?retiré"),
    (Reason.RECIPIENT_MOVED, r"verhuisd|déménagé"),
    (Reason.ADDRESS_INCORRECT, r"adres"),
    (Reason.DAMAGED, r"beschadigd|endommagé"),
    (Reason.LOST, r"verloren|perdu"),
    (Reason.CARRIER_DELAY, r"vertraag|vertraging|retard"),
)

OUTAGE = compiled((HTTPStatus.SERVICE_UNAVAILABLE, r"unexpected error|try again|unavailable|time-?out|maintenance"))


class Bpost(Carrier):
    key, name = "bpost", "bpost"
    base_url = "https://api.parcel.bpost.cloud"
    tracking_page = "https://track.bpost.cloud/btr/web/#/search?lang=en&itemCode={number}"
    credentials = ("account_id", "passphrase")
    api = "Shipping Manager, trackingInfo v1"
    scan_times = "the offset of each scan"
    promise_from = "planned delivery window"
    status_map = {code: status for status, codes in STATE_CODES.items() for code in codes.split()}

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        url = f"{self.base_url}/services/trackedmail/item/{quote(number, safe='')}/trackingInfo"
        return self.send("GET", url, auth=(self.account["account_id"], self.account["passphrase"]))

    def parse(self, reply, number):
        told = xml_document(self, reply)
        for error in (*members(told, "systemException"), *members(told, "businessException")):
            self._fail(reply, error)
        self.check(reply)
        item = part(told, "itemTracking")
        if not item:
            raise UnreadablePayload("the reply has no itemTracking", carrier=self.key, reply=reply)
        return [self._update(reply, item, number)]

    # Reading

    def _fail(self, reply: Reply, error: dict):
        code, message = text(error, "code"), text(error, "message")
        status = int(code) if re.fullmatch(r"[45]\d\d", code) else first_found(OUTAGE, message)
        unclear = max(reply.status, HTTPStatus.BAD_REQUEST)
        self.fail(reply, message or "an error without a message", status=status or unclear)

    def _update(self, reply, item: dict, asked: str) -> TrackingUpdate:
        number = asked or text(item, "itemCode")
        if not number:
            raise UnreadablePayload("the item has no itemCode", carrier=self.key, reply=reply)
        events = readable(self, (self._event(state) for state in members(item, "stateInfo")))
        destination = part(item, "addressee", "address")
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(item, zone_of(_country(destination))),
            service=text(item, "itemDetail", "productCode")[:120],
            origin=_place(part(item, "sender", "address")),
            destination=_place(destination),
        )

    def _event(self, state: dict) -> ParcelEvent | None:
        happened = instant(text(state, "time"), BRUSSELS)
        if happened is None:
            return None
        code, words = text(state, "stateCode").upper(), text(state, "stateDescription")
        spelled = _spelled(words)
        status = self._meaning(code, spelled)
        return ParcelEvent(
            status=status,
            occurred_at=happened.at,
            code=(code or words)[:80],
            description=words[:500],
            location=location(text(state, "location")),
            reason=_reason(status, spelled),
            zone_known=happened.zone_known,
            raw=state,
        )

    def _meaning(self, code: str, words: str) -> Status:
        """What the words say, else the code. A delivery that the code knows to be something else is none."""
        told, by_code = first_found(WORDS, words), self.status(code)
        if told is Status.DELIVERED and by_code is not Status.UNKNOWN:
            return by_code
        return told or by_code


def _spelled(words: str) -> str:
    """ "BoundToRound - out_for_distribution" as "bound to round - out for distribution"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", words).lower()


def _reason(status: Status, words: str) -> Reason | None:
    told = reason_told(status, words)
    return told or (first_found(REASONS, words) if status in TROUBLED else None)


def _window(item: dict, zone: str):
    names = ("plannedDeliveryDateWindowStart", "plannedDeliveryDateWindowEnd")
    begins, ends = (local_moment(text(item, "deliveryTimeWindow", name)) for name in names)
    return window(begins, ends, zone)


def _country(address: dict) -> str:
    return text(address, "countryCode").upper()


def _place(address: dict) -> Location:
    return location(text(address, "city"), text(address, "postalCode"), _country(address))

"""bpost: the tracking of the Shipping Manager, in XML. https://www.bpost.be

A state has a code, and a description such as "DistributedNormally - regular": what it means is read from the
description, which says more, and from the code where there is none. The answers of the tracking page, in JSON, are
read as well: their events have nothing but words, and one step tells where the parcel is.
"""

import re
from functools import partial
from http import HTTPStatus
from urllib.parse import quote

from carriers.base import Carrier, Reply
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import (
    Instant,
    document,
    event_of,
    instant,
    is_over,
    location,
    members,
    part,
    readable,
    text,
    window,
)
from carriers.reading.codes import by_code, fail, http_error
from carriers.reading.wholes import completed, newest, utc_moment
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
    (Status.AVAILABLE_FOR_PICKUP, r"awaiting (?:hand ?out|pick ?up|collection)"),
    (
        Status.ATTEMPT_FAILED,
        r"not (?:been )?(?:distributed|delivered)|delivery failed|absent|attempt|refused|notice left|undeliver",
        r"niet (?:thuis|bezorgd|geleverd|uitgereikt|kunnen)|afwezig|geweigerd|aanbieding|mislukt",
        r"non (?:distribué|livré)|pas (?:pu être )?(?:livré|distribué)|échec|refusé|avis de passage",
    ),
    (
        Status.IN_TRANSIT,
        r"(?:will|to) be (?:delivered|distributed)|customs (?:clear|payment (?:successful|not required)|release)",
        r"released (?:by|from) customs|prepared by the postman",
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
        r"available|ready (?:for|to)|delivered kariboo",
        r"(?:arrived|delivered) (?:at|to|in) .{0,16}(?:point|office|locker)",
        r"beschikbaar|ligt klaar|klaar (?:voor|om)|afgehaald worden",
        r"geleverd (?:in|aan|op) .{0,16}(?:punt|kantoor|automaat)",
        r"disponible|prêt|être retiré|à retirer|livré (?:au|dans|en) .{0,16}(?:point|bureau|distributeur)",
    ),
    (
        Status.OUT_FOR_DELIVERY,
        r"bound to round|distribution phase|out for|on (?:the|its) way to you|in delivery",
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
    status_map = by_code(STATE_CODES)

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        url = f"{self.base_url}/services/trackedmail/item/{quote(number, safe='')}/trackingInfo"
        return self.send("GET", url, auth=(self.account["account_id"], self.account["passphrase"]))

    def parse(self, reply, number):
        if reply.body.lstrip().startswith(b"{"):
            return self._parse_page(reply, number)
        told = xml_document(self, reply)
        for error in (*members(told, "systemException"), *members(told, "businessException")):
            self._fail(reply, error)
        self.check(reply)
        item = part(told, "itemTracking")
        if not item:
            raise UnreadablePayload("the reply has no itemTracking", carrier=self.key, reply=reply)
        return [self._update(reply, item, number)]

    # Reading

    def _parse_page(self, reply: Reply, number: str) -> list[TrackingUpdate]:
        told = document(self, reply)
        self.check(reply)
        error, items = text(told, "error"), members(told, "items")
        if error == "NO_DATA_FOUND" or told.get("items") == []:
            raise NumberNotFound("there is no data", carrier=self.key, reply=reply)
        if not items:
            self._fail(reply, {"message": error or "the reply has no items"})
        if len(items) == 1:
            return [self._update(reply, items[0], number)]
        asked = [item for item in items if number and text(item, "itemCode") == number]
        return self.readable_updates(partial(self._update, reply, item, "") for item in asked or items)

    def _fail(self, reply: Reply, error: dict):
        code, message = text(error, "code"), text(error, "message")
        fail(self, reply, message, status=http_error(code) or first_found(OUTAGE, message))

    def _update(self, reply, item: dict, asked: str) -> TrackingUpdate:
        number = asked or text(item, "itemCode")
        if not number:
            raise UnreadablePayload("the item has no itemCode", carrier=self.key, reply=reply)
        is_return = item.get("retourOrBackToSender") is True
        states = members(item, "stateInfo") or members(item, "events")
        events = readable(self, (self._event(state, is_return) for state in states))
        events = _with_step(events, item, is_return)
        destination = part(item, "addressee", "address") or part(item, "receiver")
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(item, zone_of(_country(destination))),
            service=(text(item, "itemDetail", "productCode") or text(item, "productName"))[:120],
            origin=_place(part(item, "sender", "address") or part(item, "sender")),
            destination=_place(destination),
        )

    def _event(self, state: dict, is_return: bool) -> ParcelEvent | None:
        happened = _happened(state)
        if happened is None:
            return None
        code, words = text(state, "stateCode").upper(), _words(state)
        spelled = _spelled(words)
        status = _back(self._meaning(code, spelled), is_return)
        reason = _reason(status, spelled)
        place = location(text(state, "location") or text(state, "location", "locationName"))
        return event_of(state, happened, status, code or words, words, place=place, reason=reason)

    def _meaning(self, code: str, words: str) -> Status:
        """What the words say, else the code. A delivery that the code knows to be something else is none."""
        told, by_code = first_found(WORDS, words), self.status(code)
        if told is Status.DELIVERED and by_code is not Status.UNKNOWN:
            return by_code
        return told or by_code

    def unmapped_codes(self, update):
        """The codes and sentences that nothing here could read."""
        return [code for code in super().unmapped_codes(update) if first_found(WORDS, _spelled(code)) is None]


def _happened(state: dict) -> Instant | None:
    """The time of a state; the page tells day and hour apart, and leaves the hour out."""
    day, hour = text(state, "date") or text(state, "day"), text(state, "time")
    return instant("T".join(filter(None, (day, hour))), BRUSSELS)


def _words(state: dict) -> str:
    """What a state says, in English where it says it in several languages."""
    told = (text(state, "stateDescription"), text(state, "key", "EN", "description"))
    others = (text(said, "description") for said in part(state, "key").values())
    return next(filter(None, (*told, *others)), "")


def _back(status: Status, is_return: bool) -> Status:
    return Status.RETURNED if is_return and status is Status.DELIVERED else status


def _with_step(events, item: dict, is_return: bool) -> tuple[ParcelEvent, ...]:
    """The events, and the page's step where it is further than all of them: at the newest one, or when it was done."""
    step = text(item, "activeStep", "knownProcessStep") or text(item, "activeStep", "name")
    status = _back(first_found(WORDS, _spelled(step)) or Status.UNKNOWN, is_return)
    at = newest(events)
    done = _happened(part(item, "actualDeliveryInformation", "actualDeliveryTime"))
    if at and done and status.is_final:
        at = max(at, done)
    return completed(events, at and event_of({"activeStep": item.get("activeStep")}, at, status, step))


def _spelled(words: str) -> str:
    """ "BoundToRound - out_for_distribution" as "bound to round - out for distribution"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", words).lower()


def _reason(status: Status, words: str) -> Reason | None:
    told = reason_told(status, words)
    return told or (first_found(REASONS, words) if status in TROUBLED else None)


def _window(item: dict, zone: str):
    names = ("plannedDeliveryDateWindowStart", "plannedDeliveryDateWindowEnd")
    begins, ends = (utc_moment(text(item, "deliveryTimeWindow", name), zone or BRUSSELS) for name in names)
    day = text(item, "expectedDeliveryTimeRange", "day")
    hours = (text(item, "expectedDeliveryTimeRange", name) for name in ("time1", "time2"))
    first, last = (utc_moment("T".join(filter(None, (day, hour))), zone or BRUSSELS) for hour in hours)
    return window(begins or first, ends or last, zone)


def _country(address: dict) -> str:
    return text(address, "countryCode").upper()


def _place(address: dict) -> Location:
    city = text(address, "city") or text(address, "municipality")
    return location(city, text(address, "postalCode") or text(address, "postcode"), _country(address))

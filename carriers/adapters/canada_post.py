"""Canada Post: Get Tracking Details, and Summary. https://www.canadapost-postescanada.ca/info/mc/business/productsservices/developers"""

import re
from http import HTTPStatus
from urllib.parse import quote

from carriers.base import Carrier, Reply
from carriers.errors import UnreadablePayload
from carriers.reading import (
    Instant,
    event_of,
    instant,
    is_over,
    local_moment,
    location,
    members,
    part,
    readable,
    text,
    window,
)
from carriers.reading.codes import by_code, fail, not_among
from carriers.reading.words import compiled, first_found, reason_told
from carriers.reading.xml import xml_document
from carriers.reading.zones import likely_zone, zone_of
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# event-identifier, without the zeros before it: Canada Post's table of tracking scan events.
EVENT_CODES = {
    Status.INFO_RECEIVED: "3000 3002",
    Status.IN_TRANSIT: """
        100 102 104 105 106 107 113 114 115 116 130 170 175 400 405 410 700 701 800 804 815 900 910 1240 1241 1244 1300
        1301 1302 1303 1480 1490 1703 1705 2300 2500 2501 2601 4000 4100 4202 4310 4311 4330 4400 4450 4500 4550 4600
        4900 4950 5201 8901""",
    Status.OUT_FOR_DELIVERY: "174 500",
    # A card was left, or nobody was there to take the parcel.
    Status.ATTEMPT_FAILED: "1411 1435 1436 1437 1438 1443 1479 1488 2411",
    Status.AVAILABLE_FOR_PICKUP: "156 1405 1407 1701 2407",
    Status.DELIVERED: """
        1406 1408 1409 1421 1422 1423 1424 1425 1426 1427 1428 1429 1430 1431 1432 1433 1434 1441 1442 1461 1462 1463
        1465 1466 1467 1468 1469 1471 1472 1473 1475 1476 1496 1497 1498 1499""",
    Status.EXCEPTION: """
        117 118 120 121 127 150 159 160 161 162 163 171 172 173 179 621 622 623 624 625 626 627 628 629 630 710 810
        1245 1410 1412 1414 1444 1450 1483 1484 1487 1493 1494 1495 2410 2412 2414 4650 4700""",
    Status.RETURNING: """
        167 168 169 181 182 183 184 1100 1415 1416 1417 1418 1419 1420 1481 1482 1491 1492 2600 2802 3001""",
    # Signatures, photographs, dates, payments and wishes; "is at the front door" is not yet "delivered to" it.
    Status.UNKNOWN: """
        20 21 152 190 198 610 611 612 613 614 615 616 617 618 619 620 1200 1203 1210 1214 1215 1216 1220 1221 1223 1224
        1225 1230 1232 1234 2001 2101""",
}
# What the code tells of the reason where the words, which may be French, tell none.
REASON_CODES = {
    Reason.ADDRESS_INCOMPLETE: "120 1415",
    Reason.ADDRESS_INCORRECT: "171 173 1412 1416 1481 1491 2412",
    Reason.BUSINESS_CLOSED: "1411 2411",
    Reason.CARRIER_DELAY: "160 162 163",
    Reason.CUSTOMS_DOCUMENTS: "117 182",
    Reason.CUSTOMS_HELD: "127 810 1100 1487 1495",
    Reason.DAMAGED: "710",
    Reason.DISPOSED: "150",
    Reason.HELD_AT_RECIPIENT_REQUEST: "1410 2410",
    Reason.IDENTITY_UNCONFIRMED: "1418",
    Reason.MISSORTED: "172",
    Reason.PICKUP_EXPIRED: "629 1419",
    Reason.PROHIBITED: "184",
    Reason.RECIPIENT_ABSENT: "1435 1436 1437 1438 1479 1488",
    Reason.REDIRECTED: "1480 1490",
    Reason.REFUSED: "121 1417 1482 1492",
    Reason.RESCHEDULED: "621 622 623 624 625 626 627 628 1414 1443 1444 2414",
    Reason.SHIPPING_DATA: "167 168 169 181",
    Reason.STRIKE: "161",
    Reason.WEATHER: "159",
}

# What the words beside a code say more than the code: the way back has the codes of the way there.
BACK_AGAIN = compiled(
    (
        Status.RETURNED,
        r"(?:successfully|delivered|returned).{0,20}to (?:the )?sender",
        r"renvoyé avec succès|(?:livré|remis) à l['’]expéditeur",
    ),
)
ON_THE_WAY_BACK = compiled(
    (
        Status.RETURNING,
        r"(?:being|been|is) returned|returning to (?:the )?sender|return(?:ed)? to (?:the )?sender(?! if)",
        r"(?:renvoyé|retourné) à l['’]exp",
    )
)

# event-description, in both languages, where the code is not in the table.
WORDS = compiled(
    (Status.ATTEMPT_FAILED, r"card left|attempted delivery|avis a été laissé|carte laissée|tentative de livraison"),
    (Status.AVAILABLE_FOR_PICKUP, r"available for pick|peut être ramassé|disponible pour le ramassage"),
    (Status.OUT_FOR_DELIVERY, r"out for delivery|sorti pour livraison"),
    (Status.DELIVERED, r"^(?:item )?(?:successfully )?delivered|^(?:article )?livré"),
    (Status.EXCEPTION, r"on hold|held|\bdelay|(?:cannot|could not) be delivered|refused|retenu"),
    (
        Status.IN_TRANSIT,
        r"^(?:international )?(?:item|shipment) (?:has )?(?:been )?(?:accepted|arrived|departed|in transit|left)",
        r"^(?:international )?(?:item|shipment) (?:has )?(?:been )?(?:picked up|presented|processed|re-?routed)",
        r"^(?:international )?item (?:has )?(?:been )?(?:redirected|released)",
        r"^(?:article|envoi) (?:accepté|arrivé|en transit|traité|ramassé)",
    ),
    (Status.INFO_RECEIVED, r"(?:electronic|order) information|renseignements électroniques"),
)
# event-type of a summary, which has no code, where the words are not in the table either.
TYPES = {
    "ATTEMPTED": Status.ATTEMPT_FAILED,
    "DELIVERED": Status.DELIVERED,
    "INDUCTION": Status.IN_TRANSIT,
    "OUT": Status.OUT_FOR_DELIVERY,
}

# event-time-zone
OFFSETS = {
    "NST": "-03:30",
    "NDT": "-02:30",
    "AST": "-04:00",
    "ADT": "-03:00",
    "EST": "-05:00",
    "EDT": "-04:00",
    "CST": "-06:00",
    "CDT": "-05:00",
    "MST": "-07:00",
    "MDT": "-06:00",
    "PST": "-08:00",
    "PDT": "-07:00",
    "UTC": "+00:00",
    "GMT": "+00:00",
}
# The first letter of a postal code; that of the north, X, is two territories'.
PROVINCES = dict(
    zip("ABCEGHJKLMNPRSTVY", "NL NS PE NB QC QC QC ON ON ON ON ON MB SK AB BC YT".split(), strict=True)  # noqa: SIM905
)

# message/code, and the words where the code is one of many.
ERROR_CODES = {"004": HTTPStatus.NOT_FOUND, "Server": HTTPStatus.TOO_MANY_REQUESTS, "E002": HTTPStatus.UNAUTHORIZED}
ERRORS = compiled(
    (HTTPStatus.NOT_FOUND, r"no pin history|not found|aucun historique"),
    (HTTPStatus.TOO_MANY_REQUESTS, r"SLM monitor|throttl"),
    (
        HTTPStatus.UNAUTHORIZED,
        r"authenticat|not authori[sz]ed|user id .{0,30}deactivated|username and password|API key",
    ),
    (HTTPStatus.SERVICE_UNAVAILABLE, r"unavailable|internal (?:server )?error|try again later|system error"),
)


class CanadaPost(Carrier):
    key, name = "canada-post", "Canada Post"
    base_url = "https://soa-gw.canadapost.ca"
    tracking_page = "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={number}"
    credentials = ("username", "password")
    api = "Get Tracking Details, REST v2"
    scan_times = "the zone of each scan, else the clock of the province"
    promise_from = "changed expected date, else the expected one"
    status_map = by_code(EVENT_CODES)
    silent = frozenset(EVENT_CODES[Status.UNKNOWN].split())
    reasons = by_code(REASON_CODES)

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        return self.send(
            "GET",
            f"{self.base_url}/vis/track/pin/{quote(number, safe='')}/detail",
            auth=(self.account["username"], self.account["password"]),
            # Canada Post refuses "*/*".
            headers={"Accept": "application/vnd.cpc.track-v2+xml", "Accept-language": "en-CA"},
        )

    def parse(self, reply, number):
        told = xml_document(self, reply)
        told = part(told, "wrapper") or told
        for message in members(told, "messages", "message"):
            self._fail(reply, message)
        self.check(reply)
        details = [*members(told, "tracking-detail"), *members(told, "tracking-summary", "pin-summary")]
        if not details:
            raise UnreadablePayload("the reply has no tracking-detail", carrier=self.key, reply=reply)
        about = [detail for detail in details if len(details) == 1 or number in ("", text(detail, "pin"))]
        if not about:
            raise not_among(self, reply, details, number)
        return [self._update(reply, detail, number) for detail in about]

    # Reading

    def _fail(self, reply, message: dict):
        """Raise what one of Canada Post's messages means, in its words."""
        code, words = text(message, "code"), text(message, "description")
        status = ERROR_CODES.get(code) or first_found(ERRORS, words)
        if code.startswith("AA0"):  # AA001 a deactivated user, AA002 another endpoint's password, ...
            status = HTTPStatus.UNAUTHORIZED
        fail(self, reply, words, code, status=status)

    def _update(self, reply: Reply, detail: dict, number: str) -> TrackingUpdate:
        number = number or text(detail, "pin")
        if not number:
            raise UnreadablePayload("a tracking-detail names no pin", carrier=self.key, reply=reply)
        scans = members(detail, "significant-events", "occurrence") or _latest(detail)
        events = readable(self, (self._event(scan) for scan in scans))
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(detail),
            service=text(detail, "service-name")[:120],
            destination=_destination(detail),
        )

    def _event(self, scan: dict) -> ParcelEvent | None:
        happened = _instant(scan)
        if happened is None:
            return None
        code, words = text(scan, "event-identifier").lstrip("0"), text(scan, "event-description")
        status = self._meaning(code, words)
        site, _, country = text(scan, "event-site").partition(",")
        reason = self._reason(status, code, words)
        place = Location(site[:120], "", "CA" if text(scan, "event-province") and not country else "")
        return event_of(scan, happened, status, code or words, words, place=place, reason=reason)

    def _meaning(self, code: str, words: str) -> Status:
        status = self.status_map.get(code) or first_found(WORDS, words) or TYPES.get(code, Status.UNKNOWN)
        if status is Status.DELIVERED:
            return first_found(BACK_AGAIN, words) or status
        if status in (Status.INFO_RECEIVED, Status.AVAILABLE_FOR_PICKUP) or code in self.silent:
            return status
        return first_found(ON_THE_WAY_BACK, words) or status

    def _reason(self, status: Status, code: str, words: str) -> Reason | None:
        told = reason_told(status, words)
        return None if status is Status.UNKNOWN else self.reasons.get(code) or told


def _latest(summary: dict) -> list[dict]:
    """The one event that a summary tells of, as a scan."""
    day, _, hour = text(summary, "event-date-time").replace("T", ":", 1).partition(":")
    city, _, province = text(summary, "event-location").partition(", ")
    scan = {
        "event-identifier": text(summary, "event-type"),
        "event-date": day,
        "event-time": hour,
        "event-description": text(summary, "event-description"),
        "event-site": city if province in PROVINCES.values() else text(summary, "event-location"),
        "event-province": province if province in PROVINCES.values() else "",
    }
    return [scan] if day else []


def _instant(scan: dict) -> Instant | None:
    """Date, time and zone stand in three elements; without the zone the province has the clock."""
    zone = OFFSETS.get(text(scan, "event-time-zone").upper(), "")
    hour = text(scan, "event-time") or "00:00:00"
    return instant(f"{text(scan, 'event-date')}T{hour}{zone}", lambda: _clock(scan))


def _clock(scan: dict) -> str:
    province = text(scan, "event-province").upper()
    return likely_zone(("CA", province) if province or "," not in text(scan, "event-site") else ("", ""))


def _window(detail: dict):
    told = (text(detail, name) for name in ("changed-expected-date", "expected-delivery-date"))
    day = next(filter(None, map(local_moment, told)), None)
    return window(day, day, zone_of("CA", PROVINCES.get(text(detail, "destination-postal-id")[:1].upper(), "")))


def _destination(detail: dict) -> Location:
    postcode = text(detail, "destination-postal-id").upper()
    return location("", postcode, "CA" if re.match(r"[A-Z]\d[A-Z]", postcode) else "")

"""DHL Express: MyDHL API for polling; replies of the older XML-PI are read too. https://developer.dhl.com"""

import re
from functools import cache, partial
from http import HTTPStatus
from urllib.parse import quote

from babel.core import Locale

from carriers.base import Carrier
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import (
    Instant,
    Zone,
    document,
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
from carriers.reading.codes import by_code, fail, fail_by_problem
from carriers.reading.dhl_divisions import MEANINGS, WORDS
from carriers.reading.words import compiled, first_found, handed_over, reason_told
from carriers.reading.xml import is_xml, xml_document
from carriers.reading.zones import alpha2, likely_zone, zone_of
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# Checkpoints that DHL's table of divisions does not have, because they say only that the shipment moves or because
# XML-PI alone tells them.
CHECKPOINTS = {
    (Status.INFO_RECEIVED, None): "SD",
    (Status.IN_TRANSIT, None): "AD AF AR BR CI CR CU DF ES FD HN HO IC LV PL PO PU RR SA SI SM TP TR UV",
    (Status.EXCEPTION, None): "HI ST",
    (Status.EXCEPTION, Reason.CARRIER_DELAY): "NA TD",
    (Status.EXCEPTION, Reason.CUSTOMS_HELD): "BL",
    (Status.EXCEPTION, Reason.DAMAGED): "DM",
    (Status.EXCEPTION, Reason.MISSORTED): "IR",
    (Status.EXCEPTION, Reason.PROHIBITED): "DP",
    (Status.EXCEPTION, Reason.UNDER_INVESTIGATION): "TI",
    # A weight was corrected, a bill paid or a service changed: where the shipment is, these do not tell.
    (Status.UNKNOWN, None): "DI EM IA PY RW SC TT",
}
EVENTS = by_code(CHECKPOINTS) | MEANINGS["express"]

# A delivery that is none, beyond the words that carriers share.
SHOPS = compiled(
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"(?:delivered|handed over|arrived|left|dropped).{0,30}(?:service ?point|parcel ?shop|locker|packstation)",
    ),
)

# ConditionCode of XML-PI.
CONDITIONS = {"103": HTTPStatus.NOT_FOUND, "209": HTTPStatus.NOT_FOUND}
SIGNATORY = re.compile(r"\s*(?:(?<=delivered)\s*:|[-–,:]?\s*signed for by\b).*$", re.IGNORECASE)
CREDENTIALS = re.compile(r"password|site ?id|authori[sz]ation", re.IGNORECASE)


class DHLExpress(Carrier):
    key, name = "dhl-express", "DHL Express"
    base_url = "https://express.api.dhl.com"
    tracking_page = "https://www.dhl.com/global-en/home/tracking.html?submit=1&tracking-id={number}"
    credentials = ("username", "password")
    calls_per_day = 500
    api = "MyDHL API"
    scan_times = "local time of the scan's place"
    promise_from = "estimated delivery date"
    status_map = {code: status for code, (status, _) in EVENTS.items()}

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        return self.send(
            "GET",
            f"{self.base_url}/mydhlapi/shipments/{quote(number, safe='')}/tracking",
            params={"trackingView": "all-checkpoints", "levelOfDetail": "all"},
            headers={"Accept-Language": "eng"},
            auth=(self.account["username"], self.account["password"]),
        )

    def parse(self, reply, number):
        shipments = self._waybills(reply) if is_xml(reply.body) else self._shipments(reply)
        about = [shipment for shipment in shipments if number in _numbers(shipment)]
        if about or len(shipments) == 1:
            return [self._update(reply, shipment, number) for shipment in (about or shipments)[:1]]
        return self.readable_updates(partial(self._update, reply, shipment, "") for shipment in shipments)

    # MyDHL API

    def _shipments(self, reply) -> list[dict]:
        told = document(self, reply)
        if "shipments" not in told and (text(told, "status") or text(told, "title")):
            fail_by_problem(self, reply, told)
        self.check(reply)
        found = members(told, "shipments")
        if not found and told.get("shipments") != []:
            raise UnreadablePayload("the reply has no list of shipments", carrier=self.key, reply=reply)
        known = [shipment for shipment in found if _is_known(shipment)]
        if not known:
            words = text(found[0], "status") if found else "the reply lists no shipment"
            raise NumberNotFound(words, carrier=self.key, reply=reply)
        return known

    # XML-PI

    def _waybills(self, reply) -> list[dict]:
        """The waybills in the shape that MyDHL API gives them."""
        told = xml_document(self, reply)
        root = next((content for content in told.values() if isinstance(content, dict)), {})
        for status in members(root, "Response", "Status"):
            self._fail(reply, status)
        self.check(reply)
        waybills = members(root, "AWBInfo")
        if not waybills:
            raise UnreadablePayload("the reply has no AWBInfo", carrier=self.key, reply=reply)
        known = [waybill for waybill in waybills if part(waybill, "ShipmentInfo")]
        if not known:
            self._fail(reply, part(waybills[0], "Status"))
        return [_translated(waybill) for waybill in known]

    def _fail(self, reply, status):
        """Raise what the condition of a status means, in the words of DHL."""
        condition = next(iter(members(status, "Condition")), {})
        code = text(condition, "ConditionCode")
        words = text(condition, "ConditionData") or text(status, "ActionStatus")
        meant = CONDITIONS.get(code) or (HTTPStatus.NOT_FOUND if "no shipments found" in words.lower() else None)
        meant = meant or (HTTPStatus.UNAUTHORIZED if CREDENTIALS.search(words) else None)
        fail(self, reply, words, code, status=meant or HTTPStatus.BAD_REQUEST)

    # Reading

    def _update(self, reply, shipment, asked) -> TrackingUpdate:
        number = asked or text(shipment, "shipmentTrackingNumber")
        if not number:
            raise UnreadablePayload("a shipment has no number", carrier=self.key, reply=reply)
        areas = _countries_by_area(shipment)
        events = readable(self, (self._event(scan, areas) for scan in _scans(shipment)))
        shipper, receiver = (part(shipment, end, "postalAddress") for end in ("shipperDetails", "receiverDetails"))
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(shipment, _zone(shipment, receiver)),
            service=text(shipment, "productCode")[:120],
            origin=_place(shipper),
            destination=_place(receiver),
        )

    def _event(self, scan: dict, areas: dict[str, str]) -> ParcelEvent | None:
        area = next(iter(members(scan, "serviceArea")), {})
        country, state, city = _area(text(area, "description"))
        country = country or areas.get(text(area, "code"), "")
        happened = _instant(scan, lambda: likely_zone((country, state)))
        if happened is None:
            return None
        code, words = text(scan, "typeCode").upper(), _without_names(text(scan, "description"))
        remarks = [text(remark, "value") for remark in members(scan, "remarks")]
        status = self._meaning(code, words)
        reason = _reason(status, code, [words, *remarks])
        place = location(city, country=country)
        return event_of(part(scan, "xml") or scan, happened, status, code, words, place=place, reason=reason)

    def _meaning(self, code, words) -> Status:
        """By the checkpoint's code; by its words where the code is new, and then it is never delivered."""
        if code not in self.status_map:
            told = first_found(WORDS, words) or Status.UNKNOWN
            return Status.UNKNOWN if told is Status.DELIVERED else told
        status = self.status(code)
        if status is not Status.DELIVERED:
            return status
        return handed_over(words) or first_found(SHOPS, words) or status


def _is_known(shipment: dict) -> bool:
    """A number nobody knows may stand in the list, and say so."""
    return bool(_scans(shipment)) or "no shipment" not in text(shipment, "status").lower()


def _numbers(shipment: dict) -> list[str]:
    pieces = (text(piece, "trackingNumber") for piece in members(shipment, "pieces"))
    return [text(shipment, "shipmentTrackingNumber"), *filter(None, pieces)]


def _scans(shipment: dict) -> list[dict]:
    """The shipment's events; its pieces' where it has none of its own. Pieces repeat what the shipment tells."""
    pieces = (scan for piece in members(shipment, "pieces") for scan in members(piece, "events"))
    return members(shipment, "events") or list(pieces)


def _translated(waybill: dict) -> dict:
    info = part(waybill, "ShipmentInfo")
    return {
        "shipmentTrackingNumber": text(waybill, "AWBNumber"),
        "productCode": text(info, "GlobalProductCode"),
        "estimatedDeliveryDate": re.sub(r"\s*GMT[+-]\d\d:?\d\d$", "", text(info, "EstDlvyDate")),
        "shipperDetails": _translated_end(info, "Shipper", "OriginServiceArea"),
        "receiverDetails": _translated_end(info, "Consignee", "DestinationServiceArea"),
        "events": [_translated_scan(scan) for scan in members(info, "ShipmentEvent")],
    }


def _translated_end(info: dict, end: str, area: str) -> dict:
    address = part(info, end)
    postal = {
        "cityName": text(address, "City"),
        "postalCode": text(address, "PostalCode"),
        "provinceCode": text(address, "DivisionCode"),
        "countryCode": text(address, "CountryCode"),
    }
    return {"postalAddress": postal, "serviceArea": [_translated_area(part(info, area))]}


def _translated_scan(scan: dict) -> dict:
    return {
        "date": text(scan, "Date"),
        "time": text(scan, "Time"),
        "typeCode": text(scan, "ServiceEvent", "EventCode"),
        "description": text(scan, "ServiceEvent", "Description"),
        "serviceArea": [_translated_area(part(scan, "ServiceArea"))],
        "xml": scan,
    }


def _translated_area(area: dict) -> dict:
    return {"code": text(area, "ServiceAreaCode"), "description": text(area, "Description")}


def _without_names(words: str) -> str:
    """The words without whom it was delivered to: "Delivered : A NAME", "... - Signed for by: A NAME"."""
    return SIGNATORY.sub("", words)


def _reason(status: Status, code: str, words: list[str]) -> Reason | None:
    """The reason of the table, else of the words and remarks; why there is a delay, the words tell better."""
    listed, reason = EVENTS.get(code, (None, None))
    if reason is Reason.CARRIER_DELAY:
        return reason_told(status, *words) or reason
    return (reason if status is listed else None) or reason_told(status, *words)


def _instant(scan: dict, zone: Zone) -> Instant | None:
    """Date and time stand in two members, the offset in a third where it is told at all."""
    offset = text(scan, "GMTOffset") or text(scan, "gmtOffset")
    told = f"{text(scan, 'date')}T{text(scan, 'time') or '00:00:00'}"
    return instant(told + offset if re.fullmatch(r"[+-]\d\d:?\d\d", offset) else told, zone)


def _window(shipment: dict, zone: str):
    told = text(shipment, "estimatedDeliveryDate") or text(shipment, "estimatedTimeOfDelivery")
    return window(None, local_moment(told), zone)


# Places. A service area is told as "SYDNEY-AU", "KINGSTON-JAM", "SPRINGFIELD GARDENS,NY-USA", "Milan - Italy" or
# "New York, NY".


def _area(told: str) -> tuple[str, str, str]:
    """(country, state, city) of a service area."""
    rest, dash, last = told.rpartition("-")
    country = _country(last.strip()) if dash else ""
    city, _, state = (rest if country else told).strip().partition(",")
    state = state.strip().upper()
    return country or _country_of_state(state), state, city.strip()


def _country(told: str) -> str:
    """The alpha-2 code of an alpha-2 or alpha-3 code or an English name; "" for anything else."""
    return alpha2(told) or _countries_by_name().get(told.lower(), "")


def _country_of_state(state: str) -> str:
    return "US" if zone_of("US", state) else ""


@cache
def _countries_by_name() -> dict[str, str]:
    territories = Locale("en").territories
    names = {name.lower(): code for code, name in territories.items() if re.fullmatch("[A-Z]{2}", code)}
    return names | {"hong kong": "HK", "macau": "MO", "turkey": "TR", "czech republic": "CZ"}


def _countries_by_area(shipment: dict) -> dict[str, str]:
    """The country of the service areas at both ends, for scans that name the area only by its code."""
    ends = [part(shipment, end) for end in ("shipperDetails", "receiverDetails")]
    return {
        text(area, "code"): text(end, "postalAddress", "countryCode").upper()
        for end in ends
        for area in members(end, "serviceArea")
    }


def _zone(shipment: dict, receiver: dict) -> str:
    """The zone of the destination: of its address, else of its service area."""
    area = next(iter(members(shipment, "receiverDetails", "serviceArea")), {})
    country, state, _ = _area(text(area, "description"))
    told = text(receiver, "countryCode").upper()
    return zone_of(told or country, text(receiver, "provinceCode") or state)


def _place(address: dict) -> Location:
    return location(text(address, "cityName"), text(address, "postalCode"), text(address, "countryCode"))

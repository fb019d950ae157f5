"""Delhivery: package tracking for polling, scan push for being told. https://delhivery-express-api-doc.readme.io

A scan says three things: the direction (StatusType), the station of it (Status), and an NSL code that tells why.
"""

import re
from http import HTTPStatus

from carriers.base import Acknowledgement, Carrier, Reply
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import (
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
    window,
)
from carriers.reading.codes import by_code, fail
from carriers.reading.words import compiled, first_found, reason_told
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

ZONE = "Asia/Kolkata"  # all of India, and of Delhivery's clocks

# StatusType: UD is on its way there, not undelivered for good; RT and PU are on their way back to the shop.
TYPES = {
    "UD": Status.IN_TRANSIT,
    "DL": Status.DELIVERED,
    "RT": Status.RETURNING,
    "PP": Status.INFO_RECEIVED,
    "PU": Status.RETURNING,
    "CN": Status.CANCELLED,
    "LT": Status.EXCEPTION,
}

# Status of a parcel on its way there, in small letters.
STATIONS = {
    "manifested": Status.INFO_RECEIVED,
    "not picked": Status.INFO_RECEIVED,
    "open": Status.INFO_RECEIVED,
    "scheduled": Status.INFO_RECEIVED,
    "picked up": Status.IN_TRANSIT,
    "in transit": Status.IN_TRANSIT,
    "pending": Status.IN_TRANSIT,
    "dispatched": Status.OUT_FOR_DELIVERY,
    "out for delivery": Status.OUT_FOR_DELIVERY,
    "lost": Status.EXCEPTION,
}

# The direction that a station tells, where it is told alone.
DIRECTIONS = {"delivered": "DL", "rto": "RT", "dto": "PU", "canceled": "CN", "cancelled": "CN", "lost": "LT"}

# The NSL codes of a parcel on its way there that say more than the station beside them.
NSL = compiled(
    (Status.INFO_RECEIVED, r"^(?:FM(?:EOD|OFP|PUR)|PNP-|X-PNP|X-UC|X-ASP)"),
    (Status.OUT_FOR_DELIVERY, r"^X- ?(?:DDD|DDO|LM)\d"),
    (Status.AVAILABLE_FOR_PICKUP, r"^(?:SC-106|X-SC)$"),
    (Status.EXCEPTION, r"^(?:DLY|DOFF-|SC-10[234]$|X-NSZ|LT-|RT-|EOD-(?:43|86|105)$)"),
    (Status.ATTEMPT_FAILED, r"^EOD-"),
)
RETURNED = compiled((True, r"^(?:RD-AC|RT-11[01]$)"))  # "delivered", but to the shop

NSL_REASONS = {
    Reason.ADDRESS_INCOMPLETE: "EOD-74",
    Reason.ADDRESS_INCORRECT: "SC-104",
    Reason.ACCESS_RESTRICTED: "EOD-104",
    Reason.BUSINESS_CLOSED: "DLYDC-107",
    Reason.CAPACITY: "DLYLH-133",
    Reason.CARRIER_DELAY: "EOD-86 DLYLH-104 DLYLH-106 DLYLH-142 DOFF-128",
    Reason.CUSTOMS_HELD: "DLYRG-120 DLYRG-124 DLYLH-139",
    Reason.DAMAGED: "RT-104",
    Reason.HELD_AT_RECIPIENT_REQUEST: "EOD-43 SC-103",
    Reason.HOLIDAY: "DLYRG-130",
    Reason.IDENTITY_UNCONFIRMED: "EOD-137 EOD-138 EOD-146",
    Reason.LOST: "LT-100",
    Reason.MISSORTED: "DLYMR-118",
    Reason.NATURAL_DISASTER: "DLYDC-102",
    Reason.NOT_HANDED_OVER: "PNP-101 PNP-102 X-PNP",
    Reason.PAYMENT_REQUIRED: "EOD-16 EOD-40 EOD-133 EOD-134",
    Reason.RECIPIENT_ABSENT: "EOD-11",
    Reason.RECIPIENT_MOVED: "EOD-15",
    Reason.REFUSED: "EOD-6 EOD-111",
    Reason.RESCHEDULED: "EOD-3",
    Reason.SECURITY_HOLD: "DLYLH-115",
    Reason.SHIPPING_DATA: "DLYRG-127 DLYRPC-417",
    Reason.STRIKE: "DLYRG-125",
    Reason.VEHICLE_BREAKDOWN: "DLYLH-109",
    Reason.WEATHER: "DLYDC-101",
}
REASONS = by_code(NSL_REASONS)

# What an error means, whatever HTTP status it comes in. It is told in words only.
ERRORS = compiled(
    (
        HTTPStatus.NOT_FOUND,
        r"no such waybill|invalid awb|data does not exist|not found|no data",
    ),
    (HTTPStatus.UNAUTHORIZED, r"login|api key|token|authenticat|unauthori[sz]ed|permission"),
    (HTTPStatus.TOO_MANY_REQUESTS, r"throttl|rate limit|too many"),
    (HTTPStatus.SERVICE_UNAVAILABLE, r"asked to not let you see|internal server|unavailable|try again|time[d ]?out"),
)


class Delhivery(Carrier):
    key, name = "delhivery", "Delhivery"
    base_url = "https://track.delhivery.com"
    tracking_page = "https://www.delhivery.com/track-v2/package/{number}"
    credentials = ("api_token",)
    # Fifty could be asked for at once, but one that Delhivery does not know can spoil the answer for all.
    calls_per_minute = 150
    # Delhivery signs nothing: its requirement form asks which header to send, and what in it.
    pushes = True
    callback_header = "Authorization"
    callback_secret = "the Authorization header given in Delhivery's scan push form"  # noqa: S105 - its name
    api = "B2C package tracking"
    push_api = "scan push, the Authorization header given in its form"
    scan_times = "India's"
    promise_from = "expected delivery date, else the promised one"
    status_map = TYPES

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        headers = {"Authorization": f"Token {self.account['api_token']}", "Accept": "application/json"}
        return self.send("GET", f"{self.base_url}/api/v1/packages/json/", params={"waybill": number}, headers=headers)

    def parse(self, reply, number):
        told = document(self, reply)
        self._check_error(reply, told)
        self.check(reply)
        if "ShipmentData" not in told:
            raise UnreadablePayload("the reply has no ShipmentData", carrier=self.key, reply=reply)
        shipments = [part(entry, "Shipment") for entry in members(told, "ShipmentData")]
        about = [shipment for shipment in shipments if shipment and number in ("", text(shipment, "AWB"))]
        if not about:
            raise NumberNotFound("the reply speaks of no such shipment", carrier=self.key, reply=reply)
        return [self._update(reply, shipment) for shipment in about]

    def check(self, reply):
        # Delhivery's firewall says "forbidden" to whom asks too often; a wrong token is a 401.
        if reply.status == HTTPStatus.FORBIDDEN:
            self.fail(reply, "answered 403: asked too often", status=HTTPStatus.TOO_MANY_REQUESTS)
        super().check(reply)

    # Being told

    def parse_callback(self, callback):
        told = listing(self, callback)
        nested = [shipment for entry in told for shipment in members(entry, "ShipmentData")]
        shipments = [part(entry, "Shipment") or entry for entry in nested or told]
        if not shipments:
            raise UnreadablePayload("the push tells of no shipment", carrier=self.key, reply=callback)
        return [self._update(callback, shipment) for shipment in shipments]

    def acknowledge(self, callback):
        return Acknowledgement(status=HTTPStatus.OK)

    # Reading

    def _check_error(self, reply: Reply, told: dict):
        message = text(told, "Error") or text(told, "message") or text(told, "detail") or text(told, "rmk")
        if message and not members(told, "ShipmentData"):
            fail(self, reply, message, status=first_found(ERRORS, message))

    def _update(self, body, shipment: dict) -> TrackingUpdate:
        number = _first(shipment, "AWB", "waybill", "Waybill")
        if not number:
            raise UnreadablePayload("a shipment names no AWB", carrier=self.key, reply=body)
        events = readable(self, map(self._event, _scans(shipment)))
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if _is_off(events) else _window(shipment),
            origin=_place(text(shipment, "Origin")),
            destination=_destination(shipment),
        )

    def _event(self, scan: dict) -> ParcelEvent | None:
        happened = instant(_first(scan, "ScanDateTime", "StatusDateTime"), ZONE)
        if happened is None:
            return None
        kind, station = _first(scan, "ScanType", "StatusType").upper(), _first(scan, "Scan", "Status")
        nsl = _first(scan, "StatusCode", "NSLCode").replace(" ", "")
        words = text(scan, "Instructions")
        status = _meaning(kind, station.lower(), nsl)
        reason = _reason(status, nsl, words)
        place = _place(_first(scan, "ScannedLocation", "StatusLocation"))
        return event_of(scan, happened, status, nsl or station or kind, words or station, place=place, reason=reason)


def _scans(shipment: dict) -> list[dict]:
    """The scans, and the status where it is none of them: a push without scans has nothing else."""
    entries = [*members(shipment, "Scans"), *members(shipment, "scans")]
    scans = [part(entry, "ScanDetail") or entry for entry in entries]
    latest = shipment if text(shipment, "Status") else part(shipment, "Status")
    if latest and not any(_is_same(scan, latest) for scan in scans):
        return [*scans, latest | {"NSLCode": text(shipment, "NSLCode")}]
    return scans


def _is_same(scan, latest) -> bool:
    at = text(latest, "StatusDateTime")
    return at in (text(scan, "StatusDateTime"), text(scan, "ScanDateTime"))


def _meaning(kind, station, nsl) -> Status:
    """Direction first, then the reason, then the station. Only a DL is a delivery, unless it is still on its way."""
    kind = kind or DIRECTIONS.get(station, "")
    if kind == "DL":
        back = station in ("rto", "dto") or first_found(RETURNED, nsl)
        return STATIONS.get(station) or (Status.RETURNED if back else Status.DELIVERED)
    if kind in TYPES and kind != "UD":
        return TYPES[kind]
    return first_found(NSL, nsl) or STATIONS.get(station) or TYPES.get(kind, Status.UNKNOWN)


def _reason(status, nsl, words) -> Reason | None:
    if status in (Status.UNKNOWN, Status.AVAILABLE_FOR_PICKUP):
        return None
    if status is Status.DELIVERED:
        return reason_told(status, words)
    if nsl.startswith("FMEOD"):
        return Reason.NOT_HANDED_OVER
    return REASONS.get(nsl) or reason_told(status, words)


def _is_off(events) -> bool:
    """True when what was promised before no longer counts: the parcel has arrived, or turned round."""
    return is_over(events) or any(event.status is Status.RETURNING for event in events)


def _window(shipment: dict):
    told = (local_moment(text(shipment, name)) for name in ("ExpectedDeliveryDate", "EDD", "PromisedDeliveryDate"))
    day = next(filter(None, told), None)
    return window(day, day, ZONE)


def _first(node: dict, *names: str) -> str:
    return next((told for name in names if (told := text(node, name))), "")


def _place(told: str) -> Location:
    """The town of "Bikaner_Pawanpuri_D (Rajasthan)"."""
    town = re.split(r"_| \(", told)[0]
    return location(town, "", "IN" if town else "")


def _destination(shipment: dict) -> Location:
    town = text(shipment, "Destination") or text(shipment, "Consignee", "City")
    pin = text(shipment, "Consignee", "PinCode")
    return location(_place(town).city, pin, "IN" if town or pin else "")

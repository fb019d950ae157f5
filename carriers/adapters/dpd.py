"""DPD: the parcel life cycle, as JSON from tracking.dpd.de; replies of the SOAP service of that name are read too."""

import re
from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote

from carriers.base import Carrier
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import (
    Instant,
    document,
    event_of,
    in_zone,
    instant,
    location,
    members,
    part,
    readable,
    text,
)
from carriers.reading.words import ON_THE_WAY, TROUBLED, compiled, first_found, reason_told
from carriers.reading.xml import is_xml, xml_document
from carriers.reading.zones import likely_zone
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# scanType.name without its number. The name says it better: 4 is "INBOUND" as well as the driver's return.
SCAN_NAMES = {
    "CONSOLIDATION": Status.IN_TRANSIT,
    "DELIVERED": Status.DELIVERED,
    "DRIVERS_RETURN": Status.ATTEMPT_FAILED,
    "HUB": Status.IN_TRANSIT,
    "INBOUND": Status.IN_TRANSIT,
    "IN_DELIVERY": Status.OUT_FOR_DELIVERY,
    "NOT_DELIVERED": Status.ATTEMPT_FAILED,
    "OUT_FOR_DELIVERY": Status.OUT_FOR_DELIVERY,
    "PICKUP": Status.IN_TRANSIT,
    "SORT": Status.IN_TRANSIT,
    "STORE_DROPOFF": Status.AVAILABLE_FOR_PICKUP,
    "SYSTEM_RETURN": Status.RETURNING,
    "WAREHOUSE": Status.IN_TRANSIT,
}

# DPD's scan codes.
SCAN_CODES = {
    "01": Status.IN_TRANSIT,  # consolidation
    "02": Status.IN_TRANSIT,  # inbound
    "03": Status.OUT_FOR_DELIVERY,
    "04": Status.ATTEMPT_FAILED,  # the driver brought it back
    "05": Status.IN_TRANSIT,  # first scan in the sending depot
    "06": Status.RETURNING,
    "08": Status.IN_TRANSIT,  # in the warehouse until the next day
    "09": Status.IN_TRANSIT,  # inbound after an exception
    "10": Status.IN_TRANSIT,  # hub
    "12": Status.IN_TRANSIT,  # arrived at customs
    "13": Status.DELIVERED,
    "14": Status.ATTEMPT_FAILED,
    "15": Status.IN_TRANSIT,  # collected by the driver
    "17": Status.IN_TRANSIT,  # cleared by customs
    "18": Status.UNKNOWN,  # additional information
    "23": Status.AVAILABLE_FOR_PICKUP,  # dropped at a shop
}

# statusInfo[].status: a progress template in JSON, the events themselves in SOAP.
STEPS = {
    "SHIPMENT": Status.INFO_RECEIVED,
    "ACCEPTED": Status.IN_TRANSIT,
    "AT_SENDING_DEPOT": Status.IN_TRANSIT,
    "ON_THE_ROAD": Status.IN_TRANSIT,
    "AT_DELIVERY_DEPOT": Status.IN_TRANSIT,
    "OUT_FOR_DELIVERY": Status.OUT_FOR_DELIVERY,
    "DELIVERED": Status.DELIVERED,
    "PICKEDUP": Status.IN_TRANSIT,
    "DEPOT": Status.IN_TRANSIT,
    "BETWEENDEPOTS": Status.IN_TRANSIT,
    "CONSOLIDATION": Status.IN_TRANSIT,
    "WAREHOUSE": Status.IN_TRANSIT,
    "CUSTOMS": Status.IN_TRANSIT,
    "COURIER": Status.OUT_FOR_DELIVERY,
    "PARCELSHOP": Status.AVAILABLE_FOR_PICKUP,
    "DELIVERYFAILURE": Status.ATTEMPT_FAILED,
    "RETURN_TO_SENDER": Status.RETURNING,
    "RETURNINGFROMDELIVERY": Status.ATTEMPT_FAILED,  # back in the depot, for the next attempt
}

SHOP = r"(?:pickup|parcel ?shop|paket ?shop|point relais|relais pickup|pakketshop|parcel ?locker|locker)"
SENDER = r"(?:sender|shipper|consignor|absender|versender|expéditeur|afzender|expeditor)"
RECIPIENT = r"(?:consignee|recipient|receiver|empfänger|destinataire|ontvanger|destinatar)"
# What was handed over at a counter, in the languages of the tracking page: English, German, Dutch, French, Romanian.
HANDED_OVER = compiled(
    (Status.RETURNED, rf"(?:to|an|à|aan|catre|către|la) (?:the |den |l['’]|de )?{SENDER}"),
    (Status.IN_TRANSIT, rf"{SHOP}.{{0,40}}(?:by|durch|par|door) (?:the |den |l['’]|de )?{SENDER}"),
    (Status.DELIVERED, rf"{SHOP}.{{0,40}}(?:by|durch|an|par|door|à|aan) (?:the |den |l['’]|de )?{RECIPIENT}"),
    (Status.DELIVERED, rf"(?:picked up|collected) by (?:the )?{RECIPIENT}"),
    (
        Status.AVAILABLE_FOR_PICKUP,
        rf"(?:delivered|handed|brought|übergabe|übergeben|geliefert|zugestellt|bezorgd|geleverd|livr\w+|déposé|predat)"
        rf".{{0,60}}{SHOP}",
        rf"{SHOP}.{{0,40}}(?:delivered|zugestellt|übergeben|bezorgd|geleverd|livr|predat)",
    ),
)

# What the words tell of a scan whose type is new. That it was delivered they say only of a parcel fetched at a shop.
WORDS = compiled(
    (
        Status.RETURNING,
        r"return.{0,20}(?:to (?:the )?)?sender|zurück an (?:den )?(?:ab|ver)sender|system ?return|systemretoure",
        r"retour.{0,30}(?:afzender|expéditeur)|returnat.{0,20}expeditor",
    ),
    (
        Status.ATTEMPT_FAILED,
        r"not been able to deliver|unsuccessful delivery|could not be delivered|nicht (?:zugestellt|angetroffen)",
        r"zustellversuch.{0,30}(?:nicht|erfolglos)|niet.{0,30}(?:geleverd|bezorgd|bezorgen|succesvol)",
        r"n['’]a pas pu|non livré|nu a putut fi livrat|nelivrat",
    ),
    (Status.AVAILABLE_FOR_PICKUP, rf"(?:delivered|übergabe|bezorgd|livr\w+|predat|depus).{{0,60}}{SHOP}"),
    (
        Status.EXCEPTION,
        r"damage|beschädigt|beschadigd|endommagé|deteriorat|on hold|delivered as arranged|did not collect",
        r"nicht abgeholt|niet (?:afgehaald|opgehaald)",
    ),
    (
        Status.OUT_FOR_DELIVERY,
        r"on its way to the (?:consignee|recipient)|out for delivery|in zustellung|in curs de livrare",
        r"onderweg naar de ontvanger|en cours de livraison",
    ),
    (
        Status.INFO_RECEIVED,
        r"(?:order|parcel) (?:information|data)|auftragsdaten|gegevens.{0,20}(?:ontvangen|doorgegeven)",
    ),
    (
        Status.IN_TRANSIT,
        r"parcel (?:delivery|dispatch) cent(?:re|er)|paket(?:zustell|umschlag)?zentrum|in transit|in tranzit",
        r"by (?:a )?dpd driver|handed to dpd|received by dpd|redirected|customs",
        r"sorteercentrum|en transit|sortat|sortiert",
    ),
)

# Why, in the languages that `reason_told` does not read.
TROUBLES = compiled(
    (Reason.REFUSED, r"geweigerd|refusé|refuzat"),
    (Reason.DAMAGED, r"beschadigd|endommagé|deteriorat"),
    (Reason.RECIPIENT_ABSENT, r"niet thuis|afwezig|absent|nu a fost gasit|nu a fost găsit"),
    (Reason.ADDRESS_INCORRECT, r"adres.{0,20}(?:onjuist|gresit|greșit)|adresse.{0,20}incorrecte"),
)

# Faults of the SOAP service, whose fault code blames the server for everything.
FAULTS = compiled(
    (HTTPStatus.UNAUTHORIZED, r"authenti|login|delisid|password|token"),
    (HTTPStatus.TOO_MANY_REQUESTS, r"too many|limit"),
    (HTTPStatus.NOT_FOUND, r"not found|no (?:tracking )?data|unknown parcel"),
)

# How the SOAP service writes times, by its message language, and the page's template.
CLOCKS = (
    "%m/%d/%Y %I:%M:%S %p",
    "%d.%m.%Y, %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y, %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y, %H:%M",
)


class DPD(Carrier):
    key, name = "dpd", "DPD"
    base_url = "https://tracking.dpd.de"
    tracking_page = "https://tracking.dpd.de/status/en_US/parcel/{number}"
    calls_per_minute = 10  # no limit is told, and yet the page answers 429
    api = "parcel life cycle (JSON of tracking.dpd.de)"
    scan_times = "local time of the scan's place"
    lacks = ("pickup point", "redirect")
    status_map = SCAN_NAMES | SCAN_CODES | STEPS

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        return self.send("GET", f"{self.base_url}/rest/plc/en_US/{quote(number, safe='')}")

    def parse(self, reply, number):
        result = self._soap_result(reply) if is_xml(reply.body) else self._json_result(reply)
        self.check(reply)
        scans = members(result, "scanInfo", "scan")
        # In JSON the steps are a template that leads to DELIVERED from the first day: scans are better than those.
        home = text(result, "shipmentInfo", "receiverCountryIsoCode").upper()
        found = [_scan(scan, home) for scan in scans] or [_step(step, home) for step in _steps(result)]
        if not found:
            raise NumberNotFound("the reply knows nothing of the parcel yet", carrier=self.key, reply=reply)
        return [self._update(reply, result, readable(self, found), number)]

    # Reading

    def _json_result(self, reply) -> dict:
        told = document(self, reply)
        # The REST service says in JSON what SOAP says.
        if result := part(told, "getTrackingDataResponse", "trackingResult"):
            return result
        life = part(told, "parcellifecycleResponse")
        if "parcelLifeCycleData" in life and not part(life, "parcelLifeCycleData"):
            raise NumberNotFound("DPD does not know the parcel", carrier=self.key, reply=reply)
        if not life:
            self._check_error(reply, told)
            self.check(reply)
            raise UnreadablePayload("the reply has no parcellifecycleResponse", carrier=self.key, reply=reply)
        return part(life, "parcelLifeCycleData")

    def _check_error(self, reply, told):
        """Raise what an error object means: {"status": 500, "error": ...} or {"status": {"code", "message"}}."""
        status, error = text(told, "status"), part(told, "status")
        unclear = max(reply.status, HTTPStatus.BAD_REQUEST)
        if re.fullmatch(r"[45]\d\d", status):
            self.fail(reply, text(told, "message") or text(told, "error") or f"status {status}", status=int(status))
        if error:
            words = f"{text(error, 'message') or 'an error without a message'} ({text(error, 'code') or 'no code'})"
            self.fail(reply, words, status=first_found(FAULTS, words) or unclear)

    def _soap_result(self, reply) -> dict:
        body = part(xml_document(self, reply), "Envelope", "Body")
        if fault := part(body, "Fault"):
            self._fail(reply, fault)
        if result := part(body, "getTrackingDataResponse", "trackingresult"):
            return result
        self.check(reply)
        error = NumberNotFound if "getTrackingDataResponse" in body else UnreadablePayload
        raise error("the reply has no trackingresult", carrier=self.key, reply=reply)

    def _fail(self, reply, fault):
        """Raise what a SOAP fault means, in the words of its detail where it has one."""
        detail = next((entry for entry in part(fault, "detail").values() if isinstance(entry, dict)), {})
        code = text(detail, "errorCode") or text(detail, "faultCode") or text(fault, "faultcode")
        words = text(detail, "errorMessage") or text(detail, "message") or text(fault, "faultstring")
        blamed = HTTPStatus.BAD_REQUEST if "client" in code.lower() else HTTPStatus.INTERNAL_SERVER_ERROR
        self.fail(reply, f"{words} ({code})", status=first_found(FAULTS, code, words) or blamed)

    def _update(self, reply, result, events, asked) -> TrackingUpdate:
        info = part(result, "shipmentInfo")
        number = asked or text(info, "parcelLabelNumber")
        if not number:
            raise UnreadablePayload("the reply names no parcelLabelNumber", carrier=self.key, reply=reply)
        return TrackingUpdate(
            number=number,
            events=events,
            service=(text(info, "productName") or _words(info.get("serviceDescription")))[:120],
            destination=location(country=text(info, "receiverCountryIsoCode")),
            proof_of_delivery=_proof(members(result, "scanInfo", "scan")),
        )


def _scan(scan: dict, home: str) -> ParcelEvent | None:
    data = part(scan, "scanData")
    place = _place(text(data, "location"), text(data, "country"))
    kind, code = _scan_type(data)
    words = _words(scan.get("scanDescription"))
    status = SCAN_NAMES.get(kind) or SCAN_CODES.get(code) or first_found(WORDS, words)
    extra = " ".join(text(entry, "name") for entry in members(data, "additionalCodes", "additionalCode"))
    happened = _clock(text(scan, "date"), _zone(place, home))
    return _event(happened, status, code or kind, words, place, scan, extra)


def _step(step: dict, home: str) -> ParcelEvent | None:
    place = _place(_words(step.get("location")), "")
    code, words = text(step, "status"), _words(step.get("description")) or _words(step.get("label"))
    status = STEPS.get(code.upper()) or first_found(WORDS, words)
    happened = _clock(_words(step.get("date")), _zone(place, home))
    return _event(happened, status, code, words, place, step)


def _zone(place: Location, home: str) -> str:
    """The place's zone; where it has no country the receiver's, and at last that of DPD's own page."""
    return likely_zone((place.country, ""), (home, ""), ("DE", ""))


def _scan_type(data: dict) -> tuple[str, str]:
    """("PICKUP", "15") of the name "SC_15_PICKUP" and the code "15"; one-digit codes with their zero."""
    name, code = text(data, "scanType", "name").upper(), text(data, "scanType", "code")
    return re.sub(r"^SC_\d+_", "", name), code.zfill(2) if code.isdecimal() else code


def _event(
    happened: Instant | None, status: Status | None, code: str, words: str, place: Location, raw: dict, extra=""
) -> ParcelEvent | None:
    if happened is None:
        return None
    if status in (None, Status.DELIVERED, Status.AVAILABLE_FOR_PICKUP):
        status = first_found(HANDED_OVER, words) or status
    if status in ON_THE_WAY and first_found(WORDS, words) is Status.RETURNING:
        status = Status.RETURNING
    reason = _reason(status, f"{words} {extra}")
    return event_of(raw, happened, status or Status.UNKNOWN, code, words, place=place, reason=reason)


def _reason(status: Status | None, words: str) -> Reason | None:
    if status is None:
        return None
    return reason_told(status, words) or (first_found(TROUBLES, words) if status in TROUBLED else None)


def _steps(result: dict) -> list[dict]:
    """The steps that were reached and say when."""
    steps = members(result, "statusInfo")
    return [step for step in steps if step.get("statusHasBeenReached") in (True, "true") and _words(step.get("date"))]


def _words(node) -> str:
    """The text of a line, of a list of lines, or of an item that holds lines in its "content"."""
    if isinstance(node, list):
        return " ".join(filter(None, (_words(line) for line in node)))
    if isinstance(node, dict):
        return _words(node.get("content"))
    return text({"": node}, "")


def _clock(told: str, zone: str) -> Instant | None:
    for clock in CLOCKS:
        try:
            return in_zone(datetime.strptime(told, clock), zone)  # noqa: DTZ007 - the place tells the zone
        except ValueError:
            continue
    return instant(told, zone)


def _place(told: str, country: str) -> Location:
    """The place of "Mechelen (BE)"."""
    found = re.fullmatch(r"(.*?)\s*\(([A-Z]{2})\)", told)
    return location(found.group(1), country=found.group(2)) if found else location(told, country=country)


def _proof(scans: list[dict]) -> str:
    links = (link for scan in scans for link in members(scan, "links") if "POD" in text(link, "target"))
    return next((url for link in links if (url := text(link, "url")).startswith("https://")), "")

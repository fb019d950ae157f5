"""Packeta (Zásilkovna): packetTracking of its API in XML, and what its tracking page tells. https://docs.packeta.com"""

from html import escape
from http import HTTPStatus

from carriers.base import Carrier, Reply
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import document, event_of, instant, members, part, readable, text
from carriers.reading.codes import by_code, fail
from carriers.reading.words import TROUBLED, compiled, first_found, handed_over, reason_told
from carriers.reading.xml import xml_document
from orders.events import ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# statusCode: Packeta's table of packet statuses.
STATUS_CODES = {
    Status.INFO_RECEIVED: "1",
    Status.IN_TRANSIT: "2 3 4 6 12 14 15",  # 6: handed to the carrier of the last leg, 14: at customs
    Status.AVAILABLE_FOR_PICKUP: "5",
    Status.DELIVERED: "7",
    Status.RETURNING: "9",
    Status.RETURNED: "10",
    Status.CANCELLED: "11",
    Status.ATTEMPT_FAILED: "16 17",
    Status.UNKNOWN: "999",
}

# packetStatusId of the tracking page, another table; it speaks of the newest scan.
PAGE_CODES = {
    "2": Status.AVAILABLE_FOR_PICKUP,
    "3": Status.DELIVERED,
    "31": Status.IN_TRANSIT,
}

# On its way back a packet has the codes of the way there.
BACKWARDS = {
    Status.IN_TRANSIT: Status.RETURNING,
    Status.AVAILABLE_FOR_PICKUP: Status.RETURNING,
    Status.DELIVERED: Status.RETURNED,
}

# What the tracking page says, which has no codes: English, Czech, Slovak.
WORDS = compiled(
    (
        Status.RETURNED,
        r"(?:returned|delivered) (?:back )?to (?:the )?sender|vrácen\w* (?:zpět )?odesílateli|vrátená odosielateľovi",
    ),
    (
        Status.RETURNING,
        r"(?:on (?:the|its) way|sent|travell?ing|being returned|returning) back|return(?:ing)? to (?:the )?sender",
        r"zpět (?:k )?odesílateli|späť (?:k )?odosielateľovi",
    ),
    (Status.CANCELLED, r"cancell?ed|stornován|zrušen"),
    (
        Status.ATTEMPT_FAILED,
        r"(?:unsuccessful|failed).{0,20}(?:delivery|attempt)|not (?:been )?delivered|undeliver|refused|rejected",
        r"neúspěšn|neúspešn|nedoruč|odmítn|odmietn",
    ),
    (
        Status.EXCEPTION,
        r"damaged|\blost\b|\bdelay|not (?:been )?(?:collected|picked up)|poškozen|poškoden|ztracen|straten",
        r"nevyzvedn|nevyzdvih",
    ),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"(?:ready|available|waiting) (?:for|to be) (?:pick(?:ed)?[- ]?up|collect)",
        r"(?:delivered|doručen\w*) (?:to|na|do) (?:the |a )?(?:pick-?up|z-?box|branch|locker|pobočk|výdejn|výdajn)",
        r"(?:čeká|čaká) na (?:vyzvednutí|vyzdvihnutie)",
        r"připraven.{0,20}k (?:výdeji|vyzvednutí)|pripraven.{0,20}na (?:výdaj|vyzdvihnutie)",
    ),
    (Status.OUT_FOR_DELIVERY, r"out for delivery|doručuje(?:me)? kurýr|doručuje kuriér"),
    (
        Status.DELIVERED,
        r"(?:has been |was |^)(?:successfully )?(?:delivered|picked up by (?:the )?(?:recipient|customer))",
        r"^(?:zásilka |zásielka )?doručen|byla doručena|bola doručená",
    ),
    (
        Status.INFO_RECEIVED,
        r"data (?:has been |have been |was )?(?:received|accepted)|received (?:the )?(?:packet |parcel )?data",
        r"přijali jsme (?:data|údaje)|(?:data|údaje).{0,20}(?:přijat|prijat)",
    ),
    (
        Status.IN_TRANSIT,
        r"on (?:the|its) way|in transit|depot|handed|accepted|departed|arrived|customs|na cestě|na ceste",
        r"převzat|prevzat|předán|odovzdan|\bdep(?:o|u|e)\b|přeprav|preprav",
    ),
)

# Why, in the languages that `reason_told` does not read.
TROUBLES = compiled(
    (Reason.REFUSED, r"odmítn|odmietn"),
    (Reason.PICKUP_EXPIRED, r"nevyzvedn|nevyzdvih"),
    (Reason.DAMAGED, r"poškozen|poškoden"),
    (Reason.LOST, r"ztracen|straten"),
    (Reason.RECIPIENT_ABSENT, r"nezastižen|nezastihnut"),
    (Reason.ADDRESS_INCORRECT, r"(?:chybn|nesprávn)\w+ adres"),
)

REASONS = {"17": Reason.REFUSED}

FAULTS = {
    "PacketIdFault": HTTPStatus.NOT_FOUND,
    "PacketIdsFault": HTTPStatus.NOT_FOUND,
    "NoPacketIdsFault": HTTPStatus.NOT_FOUND,
    "IncorrectApiPasswordFault": HTTPStatus.UNAUTHORIZED,
    "AccessDeniedFault": HTTPStatus.FORBIDDEN,
    "ExternalGatewayFault": HTTPStatus.BAD_GATEWAY,
}

REQUEST = "<packetTracking><apiPassword>{password}</apiPassword><packetId>{packet}</packetId></packetTracking>"
ZONE = "Europe/Prague"


class Packeta(Carrier):
    key, name = "packeta", "Packeta"
    base_url = "https://www.zasilkovna.cz"
    tracking_page = "https://tracking.packeta.com/en/?id={number}"
    credentials = ("api_password",)
    api = "packetTracking, XML"
    scan_times = "local time in Prague"
    status_map = by_code(STATUS_CODES)

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        # The barcode is the packet's id behind a Z.
        packet = number.upper().removeprefix("Z")
        body = REQUEST.format(password=escape(self.account["api_password"]), packet=escape(packet))
        headers = {"Content-Type": "text/xml; charset=utf-8"}
        return self.send("POST", f"{self.base_url}/api/rest", data=body.encode(), headers=headers)

    def parse(self, reply, number):
        if reply.body.lstrip().startswith(b"{"):
            return [self._page(reply, number)]
        told = part(xml_document(self, reply), "response")
        if text(told, "status") == "fault":
            fault = text(told, "fault")
            fail(self, reply, text(told, "string") or text(told, "message"), fault, status=FAULTS.get(fault))
        self.check(reply)
        if "result" not in told:
            raise UnreadablePayload("the response has no result", carrier=self.key, reply=reply)
        records = _records(part(told, "result"))
        if not records:
            raise NumberNotFound("the result has no record yet", carrier=self.key, reply=reply)
        return [TrackingUpdate(number=number, events=readable(self, map(self._event, records)))]

    # Reading

    def _event(self, record: dict) -> ParcelEvent | None:
        happened = instant(text(record, "dateTime"), ZONE)
        if happened is None:
            return None
        code = text(record, "statusCode")
        words = text(record, "statusText") or text(record, "codeText")
        status = self.status(code)
        if text(record, "isReturning").lower() in ("true", "1"):
            status = BACKWARDS.get(status, status)
        elif status is Status.DELIVERED:
            status = handed_over(words) or status
        return event_of(record, happened, status, code, words, reason=_reason(status, words) or REASONS.get(code))

    def _page(self, reply: Reply, number: str) -> TrackingUpdate:
        """The update of what the tracking page tells: prose, and a status of the newest scan."""
        told = document(self, reply)
        self.check(reply)
        if "item" in told and not told["item"]:
            raise NumberNotFound("Packeta does not know the packet", carrier=self.key, reply=reply)
        item = part(told, "item") or told
        number = number or text(item, "barcode")
        if not (number and text(item, "barcode")):
            raise UnreadablePayload("the reply names no barcode", carrier=self.key, reply=reply)
        scans = members(item, "trackingDetails")
        if not scans:
            raise NumberNotFound("the reply has no tracking details yet", carrier=self.key, reply=reply)
        newest = max(text(scan, "time") for scan in scans)
        whole = PAGE_CODES.get(text(item, "packetStatusId"), Status.UNKNOWN)
        events = (_told(scan, whole if text(scan, "time") == newest else Status.UNKNOWN) for scan in scans)
        return TrackingUpdate(number=number, events=readable(self, events))


def _records(result: dict) -> list[dict]:
    """packetTracking lists its records; packetStatus has one, which is the result itself."""
    listed = [record for name in result for record in members(result, name)]
    return [record for record in listed or [result] if text(record, "statusCode")]


def _told(scan: dict, otherwise: Status) -> ParcelEvent | None:
    happened = instant(text(scan, "time"), ZONE)
    if happened is None:
        return None
    words = text(scan, "text")
    status = first_found(WORDS, words) or otherwise
    return event_of(scan, happened, status, words, words, reason=_reason(status, words))


def _reason(status: Status, words: str) -> Reason | None:
    return reason_told(status, words) or (first_found(TROUBLES, words) if status in TROUBLED else None)

"""Purolator: TrackPackagesByPin of its E-Ship Web Services, SOAP. https://eship.purolator.com"""

from html import escape
from http import HTTPStatus

from carriers.base import Carrier, Reply
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import clock_reading, event_of, in_zone, members, part, readable, text, texts
from carriers.reading.codes import fail, not_among
from carriers.reading.words import ON_THE_WAY, compiled, first_found, handed_over, reason_told
from carriers.reading.xml import xml_document
from carriers.reading.zones import zone_of
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.statuses import Status

# ScanType; what "Other" and "Undeliverable" mean the words beside them tell.
SCAN_TYPES = {
    "ProofOfPickUp": Status.IN_TRANSIT,
    "OnDelivery": Status.OUT_FOR_DELIVERY,
    "Undeliverable": Status.ATTEMPT_FAILED,
    "Delivery": Status.DELIVERED,
    "Other": Status.UNKNOWN,
}

# Description, where the type does not tell the status. That a parcel was delivered, only the type tells.
WORDS = compiled(
    (Status.CANCELLED, r"shipment (?:has been |was )?(?:cancell?ed|voided)"),
    (Status.RETURNED, r"(?:returned|delivered) (?:back )?to (?:the )?(?:sender|shipper)"),
    (Status.RETURNING, r"return(?:ing)? to (?:the )?(?:sender|shipper)|being returned|return (?:initiated|requested)"),
    (
        Status.ATTEMPT_FAILED,
        r"attempted delivery|delivery attempt|not home|card left|business (?:was )?closed|refused",
        r"(?:customer|receiver|recipient) (?:was )?not (?:available|in)|no one (?:was )?(?:home|available)",
        r"undeliverable|unable to deliver|(?:not|cannot) be delivered",
    ),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"(?:available|ready|held|holding|hold|waiting).{0,20} (?:for )?(?:customer )?pick[- ]?up",
        r"available at|arrived at (?:the )?(?:pick[- ]?up|shipping cent|agent)",
    ),
    (Status.OUT_FOR_DELIVERY, r"(?:on vehicle|out|loaded) for delivery|on delivery vehicle"),
    (Status.IN_TRANSIT, r"(?:cleared|released).{0,20}customs|customs.{0,20}(?:cleared|released)|clearance completed"),
    (
        Status.EXCEPTION,
        r"incorrect|incomplete|insufficient|damage|\bdelay|weather|on hold|\bheld\b|missing|\blost\b",
        r"mis-?sort|mis-?direct|mis-?rout|detained|unable to|rescheduled|address correction|missed",
    ),
    (
        Status.INFO_RECEIVED,
        r"shipment (?:was )?created|label (?:was )?(?:created|printed)|\bmanifested",
        r"electronic(?:ally)? .{0,20}(?:information|submit)|(?:shipping|shipment) information (?:received|submitted)",
    ),
    (
        Status.IN_TRANSIT,
        r"picked up by purolator|^(?:shipment )?picked up|arrived|departed|in transit|sorted|received at|redirected",
        # A number is given anew by who has the parcel in his hands.
        r"new tracking number|transferred|tendered|customs|clearance|import|en route|left (?:the )?(?:depot|terminal)",
    ),
)

UNTELLING = ("", "Other")
# What the words make of a delivery.
DELIVERIES = {
    Status.RETURNING: Status.RETURNED,
    Status.RETURNED: Status.RETURNED,
    Status.AVAILABLE_FOR_PICKUP: Status.AVAILABLE_FOR_PICKUP,
}

# What Purolator's error messages say; its codes are not told apart in the documentation.
ERRORS = compiled(
    (
        HTTPStatus.NOT_FOUND,
        r"not found|no (?:tracking |scan )?(?:information|details|data|results?|record)|invalid pin",
    ),
    (HTTPStatus.UNAUTHORIZED, r"authenti|authori[sz]|credential|activation key|not registered"),
    (HTTPStatus.TOO_MANY_REQUESTS, r"too many|throttl|quota|limit exceeded"),
    (HTTPStatus.SERVICE_UNAVAILABLE, r"unavailable|internal (?:server )?error|time[d ]*out|try again|system error"),
)

# How depots are written: provinces by the names they had.
PROVINCES = {"PQ": "QC", "NF": "NL"}
HEAD_OFFICE = "America/Toronto"

REQUEST = """\
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://purolator.com/pws/datatypes/v1">
<soap:Header><RequestContext><Version>1.2</Version><Language>en</Language><GroupID>doorstep</GroupID>\
<RequestReference>doorstep</RequestReference></RequestContext></soap:Header>
<soap:Body><TrackPackagesByPinRequest><PINs><PIN><Value>{pin}</Value></PIN></PINs></TrackPackagesByPinRequest>\
</soap:Body></soap:Envelope>"""


class Purolator(Carrier):
    key, name = "purolator", "Purolator"
    base_url = "https://webservices.purolator.com"
    tracking_page = "https://www.purolator.com/en/shipping/tracker?pin={number}"
    credentials = ("api_key", "password")
    api = "TrackPackagesByPin, SOAP v1"
    scan_times = "local time of the depot's province"
    status_map = SCAN_TYPES

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        return self.send(
            "POST",
            f"{self.base_url}/PWS/V1/Tracking/TrackingService.asmx",
            auth=(self.account["api_key"], self.account["password"]),
            data=REQUEST.format(pin=escape(number)).encode(),
            headers={
                "Content-Type": "text/xml; charset=utf-8",
                "SOAPAction": "http://purolator.com/pws/service/v1/TrackPackagesByPin",
            },
        )

    def parse(self, reply, number):
        body = part(xml_document(self, reply), "Envelope", "Body")
        for fault in members(body, "Fault"):
            self._fail(reply, text(fault, "faultstring"), text(fault, "faultcode"))
        told = part(body, "TrackPackagesByPinResponse")
        self._fail_if_told(reply, told)
        self.check(reply)
        if not told:
            raise UnreadablePayload("the reply has no TrackPackagesByPinResponse", carrier=self.key, reply=reply)
        parcels = members(told, "TrackingInformationList", "TrackingInformation")
        if not parcels:
            raise NumberNotFound("the TrackingInformationList is empty", carrier=self.key, reply=reply)
        about = [one for one in parcels if len(parcels) == 1 or number in ("", text(one, "PIN", "Value"))]
        if not about:
            raise not_among(self, reply, parcels, number)
        return self.readable_updates(lambda one=one: self._update(reply, one, number) for one in about)

    # Reading

    def _fail_if_told(self, reply: Reply, told: dict) -> None:
        for error in members(told, "ResponseInformation", "Errors", "Error"):
            words = ": ".join(texts(error, "Description") + texts(error, "AdditionalInformation"))
            self._fail(reply, words, text(error, "Code"))

    def _fail(self, reply, words: str, code: str):
        fail(self, reply, words, code, status=first_found(ERRORS, words))

    def _update(self, reply: Reply, parcel: dict, number: str) -> TrackingUpdate:
        self._fail_if_told(reply, parcel)
        number = number or text(parcel, "PIN", "Value")
        if not number:
            raise UnreadablePayload("a TrackingInformation names no PIN", carrier=self.key, reply=reply)
        return TrackingUpdate(number=number, events=readable(self, map(self._event, members(parcel, "Scans", "Scan"))))

    def _event(self, scan: dict) -> ParcelEvent | None:
        depot = text(scan, "Depot", "Name")
        local = clock_reading(text(scan, "ScanDate").replace("-", ""), text(scan, "ScanTime"))
        happened = local and in_zone(local, _zone(depot))
        if happened is None:
            return None
        kind, words = text(scan, "ScanType"), _words(scan)
        why = text(scan, "ScanDetails", "ReasonDescription")
        status = self._meaning(kind, words, why)
        reason = reason_told(status, words, why, text(scan, "Comment"))
        code = words if kind in UNTELLING else kind
        return event_of(scan, happened, status, code, words, place=Location(depot[:120]), reason=reason)

    def _meaning(self, kind: str, words: str, why: str) -> Status:
        status, told = self.status(kind), first_found(WORDS, words, why)
        if status is Status.DELIVERED:
            return DELIVERIES.get(told) or handed_over(words) or status
        if status is Status.ATTEMPT_FAILED:
            return status if told in (None, *ON_THE_WAY) else told
        return told or status if kind in UNTELLING else status


def _words(scan: dict) -> str:
    """The description without the dash at its end, and without the name of who signed."""
    words, signed_by = text(scan, "Description").rstrip("- "), text(scan, "ScanDetails", "DeliverySignature")
    return words.replace(signed_by, "…") if signed_by else words


def _zone(depot: str) -> str:
    """The zone of "MONTREAL SORT CTR/CTR TRIE, PQ": Purolator writes no country beside the province or state."""
    state = depot.rpartition(",")[2].strip().upper()
    state = PROVINCES.get(state, state)
    return zone_of("CA", state) or zone_of("US", state) or HEAD_OFFICE

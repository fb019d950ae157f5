"""PostNL: Shippingstatus webservice v2. https://developer.postnl.nl"""

import re
from functools import partial
from http import HTTPStatus
from urllib.parse import quote

from carriers.base import Carrier
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import (
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
from carriers.reading.codes import by_code, fail, http_error
from carriers.reading.words import fault_status, reason_told
from carriers.reading.zones import zone_of
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# PostNL's table of event codes.
EVENTS = {
    (Status.INFO_RECEIVED, None): "A01 A10 A71 F01 J56 M03 X80",
    (Status.INFO_RECEIVED, Reason.NOT_HANDED_OVER): "D02 D03 D04 D05 D06 D07 D08 D09 D40 J93 M01 X42 X43 Y80 Y81",
    (Status.IN_TRANSIT, None): """
        A21 A72 A73 A74 A75 A76 B01 B04 B06 C01 C02 I06 J01 J06 J10 J27 J28 J45 J47 J55 J61 K02 K03 Q12 Q13 Q15 Q16
        Q17 Q18 Q19 R01 S05 V12 V13 V22 V23 V50 X01 X02 X03 X04 X07 X08 X11 X14 X15 X16 X17 X19 X40 X50 X51 X52 X60
        X61 X62 X65 X68 X81 Y23 Y24 Y25 Z80""",
    (Status.OUT_FOR_DELIVERY, None): "J05 J59 X06 X55 Y05",
    (Status.AVAILABLE_FOR_PICKUP, None): "I08 J02 J12 J23 J52 X05 Y26",
    (Status.DELIVERED, None): "I01 I02 I03 I22 I23 J91 Z01 Z02 Z03 Z04 Z06 Z08",
    (Status.DELIVERED, Reason.DELIVERED_TO_LOCKER): "I05 I09 I11",
    (Status.DELIVERED, Reason.DELIVERED_TO_NEIGHBOUR): "I10 Z05",
    (Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE): "I12 Z09",
    (Status.ATTEMPT_FAILED, None): "H34 J08 J29 J41 J48 K70 Y15 Y37 Y38",
    (Status.ATTEMPT_FAILED, Reason.ACCESS_RESTRICTED): "J16 K16 Y41",
    (Status.ATTEMPT_FAILED, Reason.ADDRESS_INCOMPLETE): "Y31",
    (Status.ATTEMPT_FAILED, Reason.ADDRESS_INCORRECT): "H36 Y01 Y17 Y30 Y32",
    (Status.ATTEMPT_FAILED, Reason.BUSINESS_CLOSED): "J07 J17 Y43",
    (Status.ATTEMPT_FAILED, Reason.CAPACITY): "J42",
    (Status.ATTEMPT_FAILED, Reason.IDENTITY_UNCONFIRMED): "Y36",
    (Status.ATTEMPT_FAILED, Reason.PAYMENT_REQUIRED): "K41",
    (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT): "J94 K14 K71 Y02 Y10 Y42",
    (Status.ATTEMPT_FAILED, Reason.RECIPIENT_MOVED): "Y22",
    (Status.ATTEMPT_FAILED, Reason.REFUSED): "Y03 Y13 Y44 Y50",
    (Status.EXCEPTION, None): "H23 K15 K30 K91 Y39",
    (Status.EXCEPTION, Reason.ADDRESS_INCORRECT): "J33 Y09 Y12",
    (Status.EXCEPTION, Reason.CAPACITY): "G03 V06",
    (Status.EXCEPTION, Reason.CARRIER_DELAY): "K25 V04 V31 Y66",
    (Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS): "X10 Y48",
    (Status.EXCEPTION, Reason.CUSTOMS_HELD): "X30 X63 X64 X66 Y46 Y64",
    (Status.EXCEPTION, Reason.DAMAGED): "Y04 Y11 Y14",
    (Status.EXCEPTION, Reason.DISPOSED): "K92 Y29",
    (Status.EXCEPTION, Reason.DUTIES_UNPAID): "X67",
    (Status.EXCEPTION, Reason.LOST): "Y71",
    (Status.EXCEPTION, Reason.PAYMENT_REQUIRED): "A20 A22",
    (Status.EXCEPTION, Reason.PROHIBITED): "Y45",
    (Status.EXCEPTION, Reason.RESCHEDULED): """
        A42 G01 G02 G05 H32 J09 J14 J22 J24 J26 J36 J39 J92 J95 K01 T02 V01 V02 V03 V11 V21 Y07 Y08 Y33 Y35 Y60 Y61
        Y62""",
    (Status.EXCEPTION, Reason.SECURITY_HOLD): "Q14",
    (Status.EXCEPTION, Reason.SHIPPING_DATA): "F03 F04 F05 F06 F07 F08 F10",
    (Status.EXCEPTION, Reason.WEATHER): "Y65",
    (Status.RETURNING, None): "H09 H15 H16 H17 H18 H20 H22 H24 H25 H51 H52 I07 K43 X20 X21 X22 X24 Y21",
    (Status.RETURNING, Reason.ADDRESS_INCORRECT): "H02 H12 Y16",
    (Status.RETURNING, Reason.CUSTOMS_DOCUMENTS): "Y47",
    (Status.RETURNING, Reason.DAMAGED): "H04 H35 Y18",
    (Status.RETURNING, Reason.IDENTITY_UNCONFIRMED): "H08",
    (Status.RETURNING, Reason.PICKUP_EXPIRED): "H03 Y20",
    (Status.RETURNING, Reason.PROHIBITED): "H10 Y19",
    (Status.RETURNING, Reason.RECIPIENT_ABSENT): "H05 H07 Y40",
    (Status.RETURNING, Reason.REFUSED): "H01 H38",
    (Status.RETURNED, None): "J63",
    (Status.CANCELLED, None): "D41 R06",
    (Status.CANCELLED, Reason.CANCELLED_BY_MERCHANT): "H30 H31",
    # Wishes, letters and measures: where the parcel is, these do not tell.
    (Status.UNKNOWN, None): """
        A08 A09 A11 A12 A13 A27 A28 A29 A30 A31 A32 A34 A35 A41 A43 A46 A94 A99 J80 J90 K90 P20 P21 P22 P23 P24
        Q02""",
}

# PostNL's table of status codes, coarser than the events: what there is without them, or beside one that is new.
STATUSES = {
    (Status.INFO_RECEIVED, None): "1 13",
    (Status.INFO_RECEIVED, Reason.NOT_HANDED_OVER): "4 14",
    (Status.IN_TRANSIT, None): "2 3 5 9 20 21 23 31",
    (Status.OUT_FOR_DELIVERY, None): "7",
    (Status.AVAILABLE_FOR_PICKUP, None): "12",
    (Status.DELIVERED, None): "11 22",
    (Status.ATTEMPT_FAILED, None): "8",
    (Status.EXCEPTION, Reason.CARRIER_DELAY): "6 15 16 17",
    (Status.EXCEPTION, Reason.LOST): "18",
    (Status.EXCEPTION, Reason.SHIPPING_DATA): "19",
    (Status.RETURNING, None): "27",
    (Status.RETURNING, Reason.IDENTITY_UNCONFIRMED): "28",
    (Status.UNKNOWN, None): "99",
}

# The phase of a status code that is new. Phase 4 is delivered as well as waiting in a shop: it does not tell.
PHASES = {"1": Status.INFO_RECEIVED, "2": Status.IN_TRANSIT, "3": Status.IN_TRANSIT}

MEANINGS = by_code(EVENTS) | by_code(STATUSES)

NO_SHIPMENT = "2"  # Warnings[].Code
ERROR_WORDS = ("ErrorMsg", "Title", "title", "Description", "detail")


class PostNL(Carrier):
    key, name = "postnl", "PostNL"
    base_url = "https://api.postnl.nl"
    tracking_page = "https://tracking.postnl.nl/track-and-trace/{number}"
    credentials = ("api_key",)
    api = "Shippingstatus v2"
    scan_times = "Dutch local time"
    promise_from = "Expectation, else DeliveryDate"
    status_map = {code: status for code, (status, _) in MEANINGS.items()}

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        return self.send(
            "GET",
            f"{self.base_url}/shipment/v2/status/barcode/{quote(number, safe='')}",
            params={"detail": "true", "language": "EN"},
            headers={"apikey": self.account["api_key"]},
        )

    def parse(self, reply, number):
        told = document(self, reply)
        self._check_errors(reply, told)
        self.check(reply)
        shipments = members(told, "CompleteStatus", "Shipment") + members(told, "CurrentStatus", "Shipment")
        if not shipments:
            self._fail_without_shipment(reply, told)
        about = [shipment for shipment in shipments if number in _numbers(shipment)]
        found = about or shipments
        asked = number if len(found) == 1 else ""
        return self.readable_updates(partial(self._update, reply, shipment, asked) for shipment in found)

    # Reading

    def _check_errors(self, reply, told):
        """Raise what a fault, a list of errors or an HTTP status in the body means."""
        if fault := part(told, "fault"):
            words, code = text(fault, "faultstring"), text(fault, "detail", "errorcode")
            fail(self, reply, words, code, status=fault_status(code, words))
        status = text(told, "http_status") or text(told, "httpStatus") or text(told, "status")
        for error in members(told, "Errors") + members(told, "errors"):
            words = " ".join(filter(None, (text(error, name) for name in ERROR_WORDS)))
            fail(self, reply, words, status=http_error(text(error, "Status") or status) or fault_status(words))
        if http_error(status):
            self.fail(reply, text(told, "title") or text(told, "message") or f"status {status}", http_error(status))

    def _fail_without_shipment(self, reply, told):
        warnings = members(told, "Warnings") or members(told, "Warnings", "Warning")
        for warning in warnings:
            words = f"{text(warning, 'Message') or text(warning, 'Description')} ({text(warning, 'Code')})"
            is_unknown = text(warning, "Code") == NO_SHIPMENT or "no shipment" in words.lower()
            self.fail(reply, words, status=HTTPStatus.NOT_FOUND if is_unknown else HTTPStatus.BAD_REQUEST)
        raise UnreadablePayload("the reply holds no shipment and no warning why", carrier=self.key, reply=reply)

    def _update(self, reply, shipment, asked) -> TrackingUpdate:
        number = asked or text(shipment, "Barcode") or text(shipment, "MainBarcode")
        if not number:
            raise NumberNotFound("a shipment has no barcode", carrier=self.key, reply=reply)
        events = readable(self, (self._event(*scan) for scan in _scans(shipment)))
        receiver = _address(shipment, "01")
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(shipment, zone_of(text(receiver, "CountryCode").upper())),
            service=text(shipment, "ProductDescription")[:120],
            origin=_place(_address(shipment, "02")),
            destination=_place(receiver),
        )

    def _event(self, scan: dict, beside: dict) -> ParcelEvent | None:
        """An event, or the status that stands for one; `beside` is the status of the same moment."""
        happened = instant(_iso(_time(scan)), "Europe/Amsterdam")
        if happened is None:
            return None
        code = _event_code(text(scan, "Code")) or text(scan, "StatusCode")
        words = text(scan, "Description") or text(scan, "StatusDescription")
        status, reason = MEANINGS.get(code) or _coarse(beside)
        return event_of(scan, happened, status, code, words, reason=reason or reason_told(status, words))


def _numbers(shipment: dict) -> tuple[str, str]:
    return text(shipment, "Barcode"), text(shipment, "MainBarcode")


def _scans(shipment: dict) -> list[tuple[dict, dict]]:
    """The events, each with the status of its moment; the statuses alone where there are none or one is news."""
    events = members(shipment, "Event") or members(shipment, "Events")
    latest = members(shipment, "Status")[:1]
    statuses = latest + (members(shipment, "OldStatus") or members(shipment, "OldStatuses"))
    beside = {_time(status): status for status in reversed(statuses)}
    if not events:
        return [(status, status) for status in beside.values()]
    news = [status for status in latest if _time(status) not in {_time(event) for event in events}]
    return [(event, beside.get(_time(event), {})) for event in events] + [(status, status) for status in news]


def _coarse(status: dict) -> tuple[Status, Reason | None]:
    """The meaning of a status: of its code, else of its phase."""
    phase = PHASES.get(text(status, "PhaseCode"), Status.UNKNOWN)
    return MEANINGS.get(text(status, "StatusCode"), (phase, None))


def _event_code(told: str) -> str:
    """The code as the table writes it: older replies say "01A" for "A01"."""
    return re.sub(r"^(\d\d)([A-Z])$", r"\2\1", told.upper())


def _time(scan: dict) -> str:
    return text(scan, "TimeStamp") or text(scan, "Timestamp")


def _iso(told: str) -> str:
    """The time as ISO 8601 writes it, of the Dutch "07-03-2018 23:20:05.326"."""
    return re.sub(r"^(\d\d)-(\d\d)-(\d{4})", r"\3-\2-\1", told)


def _window(shipment: dict, zone: str):
    expected = part(shipment, "Expectation")
    begins, ends = (local_moment(_iso(text(expected, edge))) for edge in ("ETAFrom", "ETATo"))
    return window(begins, ends, zone) or window(None, local_moment(_iso(text(shipment, "DeliveryDate"))), zone)


def _address(shipment: dict, kind: str) -> dict:
    """The receiver's address (01) or the sender's (02)."""
    addresses = members(shipment, "Address") or members(shipment, "Addresses")
    return next((address for address in addresses if text(address, "AddressType") == kind), {})


def _place(address: dict) -> Location:
    return location(text(address, "City"), text(address, "Zipcode"), text(address, "CountryCode"))

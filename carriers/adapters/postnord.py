"""PostNord: Track & Trace v5, of Sweden, Denmark, Norway and Finland. https://developer.postnord.com"""

from functools import partial
from http import HTTPStatus

from carriers.base import Carrier, Reply
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import (
    Zone,
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
from carriers.reading.codes import fail
from carriers.reading.nordic import handed_over, reason_told
from carriers.reading.wholes import completed, newest, utc_moment
from carriers.reading.words import TROUBLED, compiled, first_found
from carriers.reading.zones import alpha2, likely_zone, zone_of
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# The status of a shipment, an item and an event share one vocabulary.
STATUSES = {
    "CREATED": Status.INFO_RECEIVED,
    "INFORMED": Status.INFO_RECEIVED,
    "EN_ROUTE": Status.IN_TRANSIT,
    "DELAYED": Status.EXCEPTION,
    "EXPECTED_DELAY": Status.EXCEPTION,
    "STOPPED": Status.EXCEPTION,
    "CUSTOMS_STOPPED_VAT": Status.EXCEPTION,
    "DELIVERY": Status.OUT_FOR_DELIVERY,
    "DELIVERY_IMPOSSIBLE": Status.ATTEMPT_FAILED,
    "DELIVERY_REFUSED": Status.ATTEMPT_FAILED,
    "AVAILABLE_FOR_DELIVERY": Status.AVAILABLE_FOR_PICKUP,
    "AVAILABLE_FOR_DELIVERY_PAR_LOC": Status.AVAILABLE_FOR_PICKUP,
    "DELIVERED": Status.DELIVERED,
    "RETURNED": Status.RETURNED,
    "OTHER": Status.UNKNOWN,  # somebody was told, or wished for something
    "SPLIT": Status.UNKNOWN,  # the items of a shipment have come to different places
}
# eventCode, where it says more than the status beside it.
EVENT_CODES = {
    "113": Status.OUT_FOR_DELIVERY,
    "45": Status.AVAILABLE_FOR_PICKUP,  # kept longer
    "z2F": Status.AVAILABLE_FOR_PICKUP,
}
COARSE = frozenset({"EN_ROUTE", "OTHER"})

REASON_BY_STATUS = {
    "CUSTOMS_STOPPED_VAT": Reason.DUTIES_UNPAID,
    "DELAYED": Reason.CARRIER_DELAY,
    "DELIVERY_REFUSED": Reason.REFUSED,
    "EXPECTED_DELAY": Reason.CARRIER_DELAY,
}

# Code -> what the words beside it say more.
CARRIED_OUT = (
    Status.OUT_FOR_DELIVERY,
    r"delivery of the shipment item is in progress|out for delivery",
    r"lever(?:ing|ans)en? .{0,40}(?:er i gang|pågår|påbörja)|ute (?:til|för|for) lever|jaossa|jakelussa",
)
TELLING = {
    "EN_ROUTE": compiled(CARRIED_OUT),
    "OTHER": compiled(
        CARRIED_OUT,
        (
            Status.IN_TRANSIT,
            r"under transportation|arrived at the distribution terminal|processed at our sorting|has been loaded",
            r"dropped off (?:by|after)|picked-up for transportation",
        ),
    ),
    "STOPPED": compiled(
        (
            Status.IN_TRANSIT,
            r"customs cleared by us|awaiting the booked delivery date|awaiting an agreement of delivery",
        ),
    ),
    "RETURNED": compiled(
        (
            Status.RETURNING,
            r"(?:being|will be|to be) (?:sent back|returned)|return(?:ing)? to (?:the )?(?:sender|consignor)",
            r"(?:way|route) back|på v[eä][ijg] (?:tillbaka|tilbage|tilbake)|retur(?:neras|neres)|sendes (?:i )?retur",
            r"skickas tillbaka|palautetaan",
        ),
    ),
}

# faultCode and explanationText -> the HTTP status they mean, in whatever HTTP status they come.
FAULTS = compiled(
    (HTTPStatus.NOT_FOUND, r"invalidIdentifier|not ?found|no shipment"),
    (HTTPStatus.UNAUTHORIZED, r"api ?key|unauthori[sz]ed|forbidden|not authori[sz]ed"),
    (HTTPStatus.TOO_MANY_REQUESTS, r"too ?many|rate ?limit|quota"),
    (HTTPStatus.SERVICE_UNAVAILABLE, r"internal|unavailable|time-?d? ?-?out|back-?end|system ?error|try again"),
)

DATED = {Status.DELIVERED: "deliveryDate", Status.RETURNED: "returnDate"}

ESTIMATES = ("publicTimeOfArrival", "estimatedTimeOfArrival")


class PostNord(Carrier):
    key, name = "postnord", "PostNord"
    base_url = "https://api2.postnord.com"
    tracking_page = "https://tracking.postnord.com/en/tracking?id={number}"
    credentials = ("api_key",)
    api = "Track & Trace v5"
    scan_times = "as told; a naive time gets the zone of the scan's country"
    promise_from = "booked window, else the public time of arrival, else the estimate"
    status_map = STATUSES | EVENT_CODES

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        # In English, which the tables above read best.
        params = {"apikey": self.account["api_key"], "id": number, "locale": "en"}
        return self.send("GET", f"{self.base_url}/rest/shipment/v5/trackandtrace/findByIdentifier.json", params=params)

    def parse(self, reply, number):
        whole = document(self, reply)
        told = part(whole, "TrackingInformationResponse")
        # The tracking page is told of one shipment, without an envelope.
        shipments = members(told, "shipments") or ([whole] if members(whole, "items") else [])
        if not shipments:
            self._fail_without_shipment(reply, told or whole)
        items = [(shipment, item) for shipment in shipments for item in members(shipment, "items") or [{}]]
        if len(items) == 1:
            return [self._update(reply, *items[0], number)]
        asked = [pair for pair in items if number and text(pair[1], "itemId") == number]
        return self.readable_updates(partial(self._update, reply, *pair, "") for pair in asked or items)

    # Reading

    def _fail_without_shipment(self, reply: Reply, told: dict):
        """Raise what the first fault means; a reply without one says that the number is not known yet."""
        for fault in members(told, "compositeFault", "faults"):
            code, words = text(fault, "faultCode"), text(fault, "explanationText")
            fail(self, reply, words, code, status=first_found(FAULTS, code, words))
        if detail := text(told, "detail"):
            fail(self, reply, detail)
        self.check(reply)
        if told.get("shipments") == []:
            raise NumberNotFound("the reply lists no shipment", carrier=self.key, reply=reply)
        raise UnreadablePayload("the reply has no list of shipments", carrier=self.key, reply=reply)

    def _update(self, reply, shipment: dict, item: dict, asked: str) -> TrackingUpdate:
        number = asked or text(item, "itemId") or text(shipment, "shipmentId")
        if not number:
            raise UnreadablePayload("an item has no itemId", carrier=self.key, reply=reply)
        origin, destination = (part(shipment, party, "address") for party in ("consignor", "consignee"))
        scans = (self._event(scan, destination, origin) for scan in members(item, "events"))
        events = self._with_status(readable(self, scans), shipment, item, lambda: _clock({}, destination, origin))
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(shipment, item, zone_of(_country(destination))),
            service=text(shipment, "service", "name")[:120],
            origin=_place(origin, "postCode"),
            destination=_place(destination, "postCode"),
        )

    def _event(self, scan: dict, destination: dict, origin: dict) -> ParcelEvent | None:
        place = part(scan, "location")
        happened = instant(text(scan, "eventTime"), lambda: _clock(place, destination, origin))
        if happened is None:
            return None
        words = text(scan, "eventDescription")
        code = _code(scan)
        status = self._meaning(code, words)
        reason = _reason(status, code, words)
        return event_of(scan, happened, status, code, words, place=_place(place, "postcode"), reason=reason)

    def _meaning(self, code: str, words: str) -> Status:
        status = self.status(code)
        if status is Status.DELIVERED:
            return handed_over(words) or status
        told = first_found(TELLING[code], words) if code in TELLING else None
        return told or status

    def _with_status(self, events, shipment: dict, item: dict, zone: Zone) -> tuple[ParcelEvent, ...]:
        """The events, and the item's status where it is further than all of them.

        A delivery and a return have dates of their own, and are not believed without. The others have none, and stand
        at the newest event's.
        """
        owner = item if _status(item) else shipment
        code, words = _status(owner), text(owner, "statusText", "header") or text(owner, "status", "header")
        status = self._meaning(code, words)
        day = DATED.get(status)
        happened = instant(text(item, day) or text(shipment, day), zone) if day else newest(events)
        if happened is None or status is Status.UNKNOWN or any(event.code == code for event in events):
            return events
        raw = {"status": owner.get("status"), "statusText": owner.get("statusText")}
        guessed, reason = happened._replace(zone_known=False), _reason(status, code, words)
        return completed(events, event_of(raw, guessed, status, code, words, reason=reason))


def _status(node: dict) -> str:
    """The status of a shipment, an item or an event, upper case; the tracking page wraps it."""
    return (text(node, "status") or text(node, "status", "code")).upper()


def _code(scan: dict) -> str:
    """The event's status; its code where the status is a coarse one and the code is known to say more."""
    status, code = _status(scan) or text(scan, "eventStatus").upper(), text(scan, "eventCode")
    return code if status in COARSE and code in EVENT_CODES else status or code


def _reason(status: Status, code: str, words: str) -> Reason | None:
    return reason_told(status, words) or (REASON_BY_STATUS.get(code) if status in TROUBLED else None)


def _window(shipment: dict, item: dict, zone: str):
    begins, ends = (utc_moment(text(item, edge), zone) for edge in ("bookedDeliveryDateFrom", "bookedDeliveryDateTo"))
    estimates = (utc_moment(text(node, name), zone) for name in ESTIMATES for node in (item, shipment))
    return window(begins, ends, zone) or window(None, next(filter(None, estimates), None), zone)


def _clock(place: dict, *ends: dict) -> str:
    """The zone for a naive time: the place's, else that of the nearer end, else PostNord's own."""
    return likely_zone(*((_country(address), "") for address in (place, *ends)), ("SE", ""))


def _country(address: dict) -> str:
    return alpha2(text(address, "countryCode"))  # PostNord writes alpha-3, too


def _place(address: dict, postcode: str) -> Location:
    name = text(address, "displayName")
    city = text(address, "city") or (name if name != PostNord.name else "")
    return location(city, text(address, postcode), _country(address))

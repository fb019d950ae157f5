"""FedEx: Track API v1 for polling, Advanced Integrated Visibility for push. https://developer.fedex.com"""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from carriers.base import Callback, OAuthCarrier, Reply, signature
from carriers.errors import UnreadablePayload
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
from carriers.reading.codes import by_code, fail, not_among
from carriers.reading.words import compiled, first_found, reason_told
from carriers.reading.zones import likely_zone, zone_of
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# eventType and derivedStatusCode share FedEx's table of tracking status codes.
STATUS_CODES = {
    Status.INFO_RECEIVED: "IN OC OX AP DR DS EP PD LP RG RD RP",
    Status.IN_TRANSIT: """
        AA AC AD AE AF AO AR AX CC CH CP DP EA ED EO FD HA IP IT IX LO OF OW PF PL PM PU PX SF SP TR""",
    Status.OUT_FOR_DELIVERY: "OD",
    Status.AVAILABLE_FOR_PICKUP: "HL HP",
    Status.EXCEPTION: "CD DD DE DU DY RL SE",
    Status.RETURNING: "RS",
    Status.DELIVERED: "DL",
    Status.CANCELLED: "CA",
    Status.UNKNOWN: "RC RM RR",  # somebody wished for another delivery
}
# What derivedStatusCode says of nearly every scan: then eventType says more.
COARSE = frozenset({"", "IT", "IN"})

REASON_BY_STATUS = {"CD": Reason.CUSTOMS_HELD, "DD": Reason.CARRIER_DELAY, "DU": Reason.CARRIER_DELAY}
REASON_BY_STATUS |= {"DY": Reason.CARRIER_DELAY, "RL": Reason.CARRIER_DELAY}

# delayDetail.type
REASON_BY_DELAY = {
    "CLEARANCE": Reason.CUSTOMS_HELD,
    "LOCAL": Reason.CARRIER_DELAY,
    "OPERATIONAL": Reason.CARRIER_DELAY,
    "WEATHER": Reason.WEATHER,
}

# exceptionCode, where exceptionDescription says nothing. The letters are FedEx's own notes, told in words only.
REASON_BY_EXCEPTION = {
    "03": Reason.ADDRESS_INCORRECT,
    "07": Reason.REFUSED,
    "08": Reason.RECIPIENT_ABSENT,
    "10": Reason.DAMAGED,
    "12": Reason.MISSORTED,
    "17": Reason.RESCHEDULED,
    "93": Reason.PAYMENT_REQUIRED,
}

# A delivery exception is anything that kept the parcel from the door; some of them were met at the door.
ATTEMPTS = frozenset({Reason.RECIPIENT_ABSENT, Reason.BUSINESS_CLOSED, Reason.REFUSED, Reason.IDENTITY_UNCONFIRMED})
# What the words beside a code say more than the code.
TELLING = compiled(
    (Status.RETURNING, r"return(?:ed|ing)? to (?:the )?(?:shipper|sender)|return tracking number"),
    (Status.AVAILABLE_FOR_PICKUP, r"available for pick ?up"),
)

# The number that a parcel goes back under is no reason why.
NEW_NUMBER = re.compile(r"return tracking number\W*\w*", re.IGNORECASE)

# The last words of an error's code -> what it means, whatever HTTP status it comes in.
ERROR_CODES = {
    "NOTFOUND": HTTPStatus.NOT_FOUND,
    "NOT.FOUND.ERROR": HTTPStatus.NOT_FOUND,
    "TRACKINGNUMBER.INVALID": HTTPStatus.NOT_FOUND,  # no number of FedEx's: as unknown as one it has not seen yet
    "NOT.AUTHORIZED.ERROR": HTTPStatus.UNAUTHORIZED,
    "UNAUTHORIZED.ERROR": HTTPStatus.UNAUTHORIZED,
    "LOGIN.REAUTHENTICATE.ERROR": HTTPStatus.UNAUTHORIZED,
    "FORBIDDEN.ERROR": HTTPStatus.FORBIDDEN,
    "TOO.MANY.REQUESTS": HTTPStatus.TOO_MANY_REQUESTS,
    "RATE.LIMIT.EXCEEDED": HTTPStatus.TOO_MANY_REQUESTS,
    "INTERNAL.SERVER.ERROR": HTTPStatus.INTERNAL_SERVER_ERROR,
    "SERVICE.UNAVAILABLE.ERROR": HTTPStatus.SERVICE_UNAVAILABLE,
    "SYSTEM.UNAVAILABLE.EXCEPTION": HTTPStatus.SERVICE_UNAVAILABLE,
}


class FedEx(OAuthCarrier):
    key, name = "fedex", "FedEx"
    base_url = "https://apis.fedex.com"
    tracking_page = "https://www.fedex.com/fedextrack/?trknbr={number}"
    credentials = ("client_id", "client_secret")
    batch_size = 30
    pushes = True
    callback_header = "fdx-signature"
    callback_secret = "the security token of the webhook project"  # noqa: S105 - its name
    api = "Track API v1"
    push_api = "Advanced Integrated Visibility, HMAC-SHA256 of the body"
    scan_times = "the offset of each scan"
    promise_from = "estimated window, else the commitment"
    status_map = by_code(STATUS_CODES)

    # Asking

    def request_token(self):
        credentials = {name: self.account[name] for name in self.credentials}
        form = {"grant_type": "client_credentials", **credentials}
        return self.send("POST", f"{self.base_url}/oauth/token", data=form)

    def fetch(self, parcels):
        asked = [parcel.number for parcel in parcels]
        body = {
            "includeDetailedScans": True,
            "trackingInfo": [{"trackingNumberInfo": {"trackingNumber": number}} for number in asked],
        }
        reply = self.call("POST", "/track/v1/trackingnumbers", json=body, headers={"X-locale": "en_US"})
        return dict.fromkeys(asked, reply)

    def parse(self, reply, number):
        told = document(self, reply)
        for error in members(told, "errors"):
            self._fail(reply, error)
        self.check(reply)
        results = self._results(reply, told)
        about = [(asked, result) for asked, result in results if number in ("", asked, _own_number(result))]
        if not about:
            raise not_among(self, reply, results, number)
        return self._updates(reply, about)

    # Being told

    def proof(self, callback, secret):
        return signature(secret, callback.body, encoding="base64")

    def parse_callback(self, callback):
        told = document(self, callback)
        return self._updates(callback, self._results(callback, told))

    # Reading

    def _results(self, body: Reply | Callback, told: dict) -> list[tuple[str, dict]]:
        """(number asked for, result) of every parcel in the reply. A number FedEx used twice has two results."""
        complete = members(told, "output", "completeTrackResults")
        if not complete:
            raise UnreadablePayload("the reply has no completeTrackResults", carrier=self.key, reply=body)
        results = [
            (text(entry, "trackingNumber"), found) for entry in complete for found in members(entry, "trackResults")
        ]
        if not results:
            raise UnreadablePayload("the reply has no trackResults", carrier=self.key, reply=body)
        return results

    def _updates(self, body, results: Iterable[tuple[str, dict]]) -> list[TrackingUpdate]:
        return self.readable_updates(
            partial(self._update, body, asked or _own_number(result), result) for asked, result in results
        )

    def _update(self, body, number: str, result: dict) -> TrackingUpdate:
        error = part(result, "error")
        if error and not members(result, "scanEvents"):
            self._fail(body, error)
        if not number:
            raise UnreadablePayload("a result names no tracking number", carrier=self.key, reply=body)
        events = self._events(result)
        origin, destination = _end(result, "originLocation"), _end(result, "destinationLocation")
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(result, _zone(destination)),
            service=text(result, "serviceDetail", "description")[:120],
            origin=_place(origin),
            destination=_place(destination),
        )

    def _fail(self, body: Reply | Callback, error: dict):
        """Raise what one of FedEx's errors means, in FedEx's words."""
        code, message = text(error, "code"), text(error, "message")
        status = next((status for ending, status in ERROR_CODES.items() if code.endswith(ending)), None)
        fail(self, body, message, code, status=status)

    def _events(self, result) -> tuple[ParcelEvent, ...]:
        left_at = text(result, "deliveryDetails", "locationDescription").replace("_", " ")
        scans, latest = members(result, "scanEvents"), _latest_scan(result)
        if latest and self._is_news(latest, scans):
            scans = [*scans, latest]
        events = readable(self, (self._event(scan, left_at) for scan in scans))
        return _with_delay(events, part(result, "latestStatusDetail", "delayDetail"))

    def _is_news(self, latest: dict, scans: list[dict]) -> bool:
        code, date = self._code(latest), text(latest, "date")
        alike = (scan for scan in scans if self._code(scan) == code)
        return not any(code == "DL" or text(scan, "date") == date for scan in alike)

    def _event(self, scan: dict, left_at: str) -> ParcelEvent | None:
        address = part(scan, "scanLocation")
        happened = instant(text(scan, "date"), lambda: likely_zone((text(address, "countryCode"), _state(address))))
        if happened is None:
            return None
        code = self._code(scan)
        words = text(scan, "exceptionDescription")
        status, reason = self._meaning(code, scan, words, left_at)
        told = " · ".join(filter(None, (text(scan, "eventDescription"), words)))
        place = _place(address)
        return event_of(scan, happened, status, code, told, place=place, reason=reason)

    def _code(self, scan) -> str:
        """The more telling of the scan's two codes."""
        derived, kind = text(scan, "derivedStatusCode").upper(), text(scan, "eventType").upper()
        if derived in COARSE or (derived not in self.status_map and kind in self.status_map):
            return kind or derived
        # FedEx derives "delivered" from a parcel that is sent back, too.
        return kind if derived == "DL" and self.status(kind).is_trouble else derived

    def _meaning(self, code, scan, words, left_at) -> tuple[Status, Reason | None]:
        status = self.status(code)
        if status is Status.DELIVERED:
            return status, reason_told(status, words, left_at)
        if status not in (Status.EXCEPTION, Status.RETURNING):
            return status, None
        status = first_found(TELLING, words) or status
        reason = _reason(status, code, scan, words)
        if code == "DE" and status is Status.EXCEPTION and reason in ATTEMPTS:
            status = Status.ATTEMPT_FAILED
        return status, reason


def _reason(status, code, scan, words) -> Reason | None:
    told = reason_told(status, NEW_NUMBER.sub("", words), text(scan, "delayDetail", "subType"))
    delay = REASON_BY_DELAY.get(text(scan, "delayDetail", "type"))
    if told is None or told is Reason.CARRIER_DELAY:
        told = delay or told
    exception = REASON_BY_EXCEPTION.get(text(scan, "exceptionCode").lstrip("0").zfill(2))
    return told or exception or REASON_BY_STATUS.get(code)


def _latest_scan(result: dict) -> dict:
    """The latest status as a scan: at its own time, a delivery at the actual one; {} where it has neither."""
    latest = part(result, "latestStatusDetail")
    codes = {"eventType": text(latest, "code"), "derivedStatusCode": text(latest, "derivedCode")}
    scan = {**codes, "eventDescription": text(latest, "description"), **latest}
    if "DL" in codes.values() and not text(latest, "date"):
        times = members(result, "dateAndTimes")
        scan["date"] = next((text(time, "dateTime") for time in times if text(time, "type") == "ACTUAL_DELIVERY"), "")
    return scan if text(scan, "date") else {}


def _with_delay(events: tuple[ParcelEvent, ...], delay: dict) -> tuple[ParcelEvent, ...]:
    """The events, the newest of them with the delay that the latest status tells of and no scan does."""
    known = [event for event in events if event.status is not Status.UNKNOWN]
    if text(delay, "status") != "DELAYED" or not known or is_over(events):
        return events
    newest = max(known, key=lambda event: (event.occurred_at, event.status.rank))
    reason = newest.reason
    if reason in (None, Reason.CARRIER_DELAY):
        reason = REASON_BY_DELAY.get(text(delay, "type"), Reason.CARRIER_DELAY)
    return tuple(replace(event, reason=reason) if event is newest else event for event in events)


def _window(result: dict, zone: str):
    """The estimate where there is one, else the commitment: local dates, whatever offset is written behind them."""
    times = {text(entry, "type"): text(entry, "dateTime") for entry in members(result, "dateAndTimes")}
    return (
        _between(result, "estimatedDeliveryTimeWindow", zone)
        or window(None, local_moment(times.get("ESTIMATED_DELIVERY", "")), zone)
        or _between(result, "standardTransitTimeWindow", zone)
        or window(None, local_moment(times.get("COMMITMENT", "")), zone)
    )


def _between(result, name, zone):
    begins, ends = (local_moment(text(result, name, "window", edge)) for edge in ("begins", "ends"))
    return window(begins, ends, zone)


def _own_number(result: dict) -> str:
    return text(result, "trackingNumberInfo", "trackingNumber")


def _end(result: dict, name: str) -> dict:
    """The address of one end of the journey. The number's new destination beats the one it set out for."""
    moved_to = part(result, "lastUpdatedDestinationAddress") if name == "destinationLocation" else {}
    return moved_to if text(moved_to, "countryCode") else part(result, name, "locationContactAndAddress", "address")


def _state(address: dict) -> str:
    return text(address, "stateOrProvinceCode")


def _place(address: dict) -> Location:
    return location(text(address, "city"), text(address, "postalCode"), text(address, "countryCode"))


def _zone(address: dict) -> str:
    return zone_of(text(address, "countryCode"), _state(address))

"""NZ Post: ParcelTrack for polling and push. https://anypoint.mulesoft.com/exchange/portals/nz-post-group"""

import re
from functools import partial
from html import unescape
from http import HTTPStatus
from urllib.parse import quote

from carriers.base import Acknowledgement, OAuthCarrier
from carriers.errors import UnreadablePayload
from carriers.reading import document, event_of, instant, members, readable, text
from carriers.reading.codes import by_code, fail, http_error, not_among
from carriers.reading.words import compiled, first_found, reason_told
from orders.events import ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

NEW_ZEALAND = "Pacific/Auckland"

# event_edifact_code: NZ Post's table for domestic services. Its words may change, its codes do not.
EDIFACT_CODES = {
    Status.INFO_RECEIVED: "60 78 205 206 997",  # a courier is to fetch it, or came in vain
    Status.IN_TRANSIT: "8 13 14 55 56 57 58 59 77 80 85 95 143 144 145 146 148",
    Status.OUT_FOR_DELIVERY: "32 35 142",
    Status.ATTEMPT_FAILED: "42 50 51 52 53 62",
    Status.AVAILABLE_FOR_PICKUP: "141 147 149",
    Status.EXCEPTION: "40 54 61 63 542 544",
    Status.RETURNING: "578",
    Status.RETURNED: "67",
    Status.DELIVERED: "22",
    Status.UNKNOWN: "200 201 202 203",  # somebody wished for another delivery
}
REASON_CODES = {
    "40": Reason.CARRIER_DELAY,
    "54": Reason.CARRIER_DELAY,
    "61": Reason.MISSORTED,
    "63": Reason.PICKUP_EXPIRED,
    "95": Reason.REDIRECTED,
    "542": Reason.MISSORTED,
}

# The words, where the code is not listed: those of the international services are not.
WORDS = compiled(
    (Status.RETURNED, r"arrived at return address|(?:delivered|returned) to (?:the )?sender"),
    (Status.RETURNING, r"\breturn(?:ing|ed)?\b.{0,20}(?:sender|address|origin)"),
    (Status.CANCELLED, r"cancell?ed"),
    (Status.UNKNOWN, r"requested|instructions added"),
    (
        Status.INFO_RECEIVED,
        r"shipment data|tracking number allocated|electronic|label|announced|pre-?advi[cs]e|lodged online",
        r"pick ?up (?:attempted|booked)|courier to collect",
    ),
    (
        Status.ATTEMPT_FAILED,
        r"delivery attempt|attempted delivery|card (?:was |has been )?left|left a card",
        r"(?:unable|unsuccessful|failed).{0,20}deliver",
    ),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"(?:ready|available|awaiting|held) (?:to|for)? ?(?:be )?(?:collect|pick ?up)",
        r"in parcel ?pod|delivered to (?:a |the |your )?(?:collection|agent|post ?shop|parcel ?(?:locker|pod))",
    ),
    (
        Status.EXCEPTION,
        r"expired|misdirected|sorted incorrectly|problem|delay|damag|\bheld\b|\blost\b|missing|unclaimed|seized",
        r"prohibited|destroyed|insufficient address",
    ),
    (Status.OUT_FOR_DELIVERY, r"(?:with|out) (?:.{1,25} )?for delivery|with ruralpost|on board for delivery"),
    (Status.DELIVERED, r"^delivered\b"),
    (
        Status.IN_TRANSIT,
        r"in transit|depot|facility|process|picked up|accept|depart|arriv|hand(?:ed )?over|clear|customs|redirected",
        r"awaiting delivery|waiting for courier|left new zealand|on (?:its|the) way|sort",
    ),
)

ELSEWHERE = frozenset({Status.AVAILABLE_FOR_PICKUP, Status.RETURNING, Status.RETURNED})

# The first three digits of an error's code are an HTTP status, with exceptions: an invalid number is an unknown one,
# and where not every source has answered there is more to come.
ERROR_CODES = {
    "200001": HTTPStatus.SERVICE_UNAVAILABLE,
    "200002": HTTPStatus.SERVICE_UNAVAILABLE,
    "400002": HTTPStatus.NOT_FOUND,
}


class NZPost(OAuthCarrier):
    key, name = "nz-post", "NZ Post"
    base_url = "https://api.nzpost.co.nz"
    token_url = "https://oauth.nzpost.co.nz/as/token.oauth2"  # noqa: S105 - an address
    tracking_page = "https://www.nzpost.co.nz/tools/tracking?trackid={number}"
    credentials = ("client_id", "client_secret")
    calls_per_minute = 300  # fifteen in a second are documented, for all customers together
    # NZ Post signs nothing: a subscription names an address, and that is all.
    pushes = True
    api = "ParcelTrack 3.0"
    push_api = "ParcelTrack webhook, proven by its address alone"
    scan_times = "New Zealand's, or as told"
    status_map = by_code(EDIFACT_CODES)

    # Asking

    def request_token(self):
        credentials = {name: self.account[name] for name in self.credentials}
        return self.send("POST", self._token_url(), data={"grant_type": "client_credentials", **credentials})

    def _token_url(self) -> str:
        """Tokens come from a host of their own, unless a pretend NZ Post is both."""
        is_real = self.base_url == type(self).base_url
        return self.token_url if is_real else f"{self.base_url}/as/token.oauth2"

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        headers = {"client_id": self.account["client_id"], "Accept": "application/json"}
        return self.call("GET", f"/parceltrack/3.0/parcels/{quote(number, safe='')}", headers=headers)

    def parse(self, reply, number):
        told = document(self, reply)
        results = members(told, "results") or ([told] if text(told, "tracking_reference") else [])
        if not any(text(result, "tracking_reference") for result in results):
            self._fail_without_result(reply, told)
        self.check(reply)
        if len(results) == 1:
            return [self._update(reply, results[0], number)]
        about = [result for result in results if number in ("", text(result, "tracking_reference"))]
        if not about:
            raise not_among(self, reply, results, number)
        return self.readable_updates(partial(self._update, reply, result, "") for result in about)

    # Being told

    def parse_callback(self, callback):
        return [self._update(callback, document(self, callback), "")]

    def acknowledge(self, callback):
        return Acknowledgement(status=HTTPStatus.OK)

    # Reading

    def _fail_without_result(self, reply, told: dict):
        for error in members(told, "errors"):
            self._fail(reply, error)
        self.check(reply)
        raise UnreadablePayload("the reply names no tracking_reference", carrier=self.key, reply=reply)

    def _fail(self, body, error: dict):
        """Raise what one of NZ Post's errors means, in its words."""
        code = text(error, "code")
        words = ": ".join(filter(None, (text(error, "message"), text(error, "details"))))
        fail(self, body, words, code, status=ERROR_CODES.get(code) or http_error(code[:3]))

    def _update(self, body, result: dict, asked: str) -> TrackingUpdate:
        scans = members(result, "tracking_events")
        for error in members(result, "errors"):
            if not scans:
                self._fail(body, error)
        number = asked or text(result, "tracking_reference")
        if not number:
            raise UnreadablePayload("nothing names a tracking_reference", carrier=self.key, reply=body)
        return TrackingUpdate(
            number=number,
            events=readable(self, (self._event(scan) for scan in scans)),
            service=text(result, "service")[:120],
        )

    def _event(self, scan: dict) -> ParcelEvent | None:
        happened = instant(text(scan, "event_datetime") or text(scan, "date_time"), NEW_ZEALAND)
        if happened is None:
            return None
        code = text(scan, "event_edifact_code") or text(scan, "edifact_code")
        # The event's description may name the courier and the one who signed; the status's never does.
        words = _plain(text(scan, "status_description") or text(scan, "status"))
        details = _plain(text(scan, "event_description") or text(scan, "description"))
        status = self._status(code, words or details)
        reason = reason_told(status, words, details) or REASON_CODES.get(code)
        return event_of(scan, happened, status, code or words or details, words or details, reason=reason)

    def _status(self, code, words) -> Status:
        """What the code says, and the words where it is not listed, or says "Delivered" and not to whom."""
        told = first_found(WORDS, words) or Status.UNKNOWN
        if code not in self.status_map:
            return told
        status = self.status(code)
        return told if status is Status.DELIVERED and told in ELSEWHERE else status


def _plain(told: str) -> str:
    """The words without the markup that the tracking page puts into them."""
    return " ".join(re.sub(r"<[^>]*>", "", unescape(told)).split())

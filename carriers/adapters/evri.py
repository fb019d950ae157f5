"""Evri, once Hermes UK: the tracking API behind its own pages. https://www.evri.com/track"""

import re
from http import HTTPStatus
from urllib.parse import quote

from carriers.base import Carrier, Reply
from carriers.errors import CarrierError, NumberNotFound, UnreadablePayload
from carriers.reading import (
    Instant,
    document,
    epoch,
    event_of,
    instant,
    is_over,
    listing,
    local_moment,
    members,
    part,
    readable,
    text,
    window,
)
from carriers.reading.codes import fail, http_error, not_among
from carriers.reading.words import TROUBLED, compiled, first_found, handed_over, reason_told
from orders.events import ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import zone_named

# trackingEvents[].trackingStage.trackingStageCode: the phase, and after the line whose hands the parcel is in.
STAGES = {
    "0": Status.INFO_RECEIVED,
    "1": Status.INFO_RECEIVED,
    "2": Status.IN_TRANSIT,
    "3": Status.IN_TRANSIT,
    "4": Status.IN_TRANSIT,  # of a return, whose phases are 0, 2 and 4
    "4_COURIER": Status.OUT_FOR_DELIVERY,
    "4_LOCKER": Status.AVAILABLE_FOR_PICKUP,
    "4_SHOP": Status.AVAILABLE_FOR_PICKUP,
    "5": Status.DELIVERED,
    "5_COURIER": Status.DELIVERED,
    "5_LOCKER": Status.DELIVERED,  # fetched from it, as from a shop
    "5_SHOP": Status.DELIVERED,
    "6": Status.EXCEPTION,
    "6_ACTION": Status.EXCEPTION,
    "6_INFO": Status.EXCEPTION,
    "A": Status.RETURNING,
}
# trackingEvents[].trackingPoint.trackingPointCode, where it says more than the stage it stands in.
POINTS = {
    "COURIER_REATTEMPT_CUSTOMER_NOT_AVAILABLE": Status.ATTEMPT_FAILED,
    "PARCEL_WAY_BACK_TO_RETAILER": Status.RETURNING,
    "PROCESSING_RETURN": Status.RETURNING,
    "REDELIVER_WORKDAY_COURIER": Status.ATTEMPT_FAILED,
}
# Evri has the parcel, though the stage is still that of a parcel it only expects.
ACCEPTED = {
    "ACCEPTED_BY_HERMES",
    "ARRIVED_PARCELSHOP",
    "COLLECTED_BY_EVRI",
    "COLLECTED_FROM_PARCELSHOP",
    "QUADIENT_LOCKER_DROPOFF",
}
REASONS = {
    "COURIER_REATTEMPT_CUSTOMER_NOT_AVAILABLE": Reason.RECIPIENT_ABSENT,
    "DELAY_FIX_NWD": Reason.RESCHEDULED,
}
BACK_AGAIN = {
    Status.AVAILABLE_FOR_PICKUP: Status.RETURNING,
    Status.DELIVERED: Status.RETURNED,
    Status.IN_TRANSIT: Status.RETURNING,
    Status.OUT_FOR_DELIVERY: Status.RETURNING,
}

# What an error means whose body, not its HTTP status, tells it.
FAULTS = compiled(
    (HTTPStatus.NOT_FOUND, r"invalid (?:reference|barcode|unique ?id)|not found|no (?:parcel|result)|unknown"),
    (HTTPStatus.SERVICE_UNAVAILABLE, r"unavailable|internal (?:server )?error|timed? ?out|temporar"),
    (HTTPStatus.TOO_MANY_REQUESTS, r"too many|rate limit|quota"),
)

HOME = "Europe/London"
# Whoever took the parcel is nobody else's business.
SIGNATORY = re.compile(r"\b(delivered|received|signed)(?: for)? (?:to|by)\b.*", re.IGNORECASE)


class Evri(Carrier):
    key, name = "evri", "Evri"
    base_url = "https://tracking.platform-apis.evri.com"
    tracking_page = "https://www.evri.com/track/parcel/{number}/details"
    credentials = ("api_key",)
    api = "Tracking v1, parcels"
    scan_times = "UTC"
    promise_from = "the estimated window of the newest scan"
    status_map = STAGES | POINTS

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._ask(parcel) for parcel in parcels}

    def _ask(self, parcel) -> Reply:
        """What Evri tells of the parcel by the name Evri has for it; else the reply that did not tell that name."""
        reply = self._get(f"parcels/reference/{quote(parcel.number, safe='')}")
        try:
            told = document(self, reply)
        except CarrierError:
            return reply
        urn = next(filter(None, (text(known, "urn") for known in members(told, "parcelIdentifiers"))), "")
        if not urn or reply.status != HTTPStatus.OK:
            return reply
        where = {"postcode": parcel.postcode} if parcel.postcode else {}
        return self._get("parcels", params={"uniqueIds": urn, **where})

    def _get(self, path: str, **options) -> Reply:
        headers = {"Accept": "application/json", "Apikey": self.account["api_key"]}
        return self.send("GET", f"{self.base_url}/v1/{path}", headers=headers, **options)

    def parse(self, reply, number):
        told = listing(self, reply)
        for error in [error for one in told for error in members(one, "errors")]:
            self._fail(reply, error)
        self.check(reply)
        found = [parcel for one in told for parcel in _parcels(one)]
        if not found:
            self._explain(reply, told)
        about = [parcel for parcel in found if number in ("", *(_barcodes(parcel) or [number]))]
        if not about:
            raise not_among(self, reply, found, number)
        return [self._update(parcel, number) for parcel in about]

    # Reading

    def _explain(self, reply, told: list[dict]):
        """Raise why there is no parcel in the reply."""
        for failure in [failure for one in told for failure in members(one, "failures")]:
            self._fail(reply, failure, HTTPStatus.NOT_FOUND)
        if any(isinstance(one.get(name), list) for one in told for name in ("results", "parcelIdentifiers")):
            raise NumberNotFound("Evri knows no parcel of this number", carrier=self.key, reply=reply)
        raise UnreadablePayload("the reply has no results and no trackingEvents", carrier=self.key, reply=reply)

    def _fail(self, reply, error: dict, unclear: int | None = None):
        """Raise what one of Evri's errors means: by its code where that is one of HTTP's, else by its words."""
        words = " ".join(filter(None, (text(error, name) for name in ("title", "message", "description", "detail"))))
        codes = [text(error, name) for name in ("status", "code")]
        status = next(filter(None, map(http_error, codes)), None)
        fail(self, reply, words, status=status or first_found(FAULTS, words) or unclear)

    def _update(self, parcel: dict, asked: str) -> TrackingUpdate:
        scans = members(parcel, "trackingEvents")
        is_return = parcel.get("returnParcel") is True
        events = readable(self, (self._event(scan, is_return) for scan in scans))
        return TrackingUpdate(
            number=asked or next(iter(_barcodes(parcel)), ""),
            events=events,
            service=text(parcel, "serviceType")[:120],
            window=None if is_over(events) else _promised(scans),
        )

    def _event(self, scan: dict, is_return: bool) -> ParcelEvent | None:
        happened = _moment(text(scan, "dateTime"))
        if happened is None:
            return None
        stage = text(scan, "trackingStage", "trackingStageCode").upper()
        point = text(scan, "trackingPoint", "trackingPointCode").upper()
        words = text(scan, "trackingPoint", "description") or text(scan, "trackingStage", "description")
        status = _meaning(stage, point, words)
        if is_return:
            status = BACK_AGAIN.get(status, status)
        reason = _reason(status, point, words)
        return event_of(scan, happened, status, stage or point, SIGNATORY.sub(r"\1", words), reason=reason)


def _parcels(told: dict) -> list[dict]:
    """The parcels of a document, or the one that the document is."""
    if isinstance(told.get("trackingEvents"), list):
        return [told]
    return [parcel for parcel in members(told, "results") if isinstance(parcel.get("trackingEvents"), list)]


def _barcodes(parcel: dict) -> list[str]:
    named = [text(known, "value") for known in members(parcel, "parcelIdentifiers") if text(known, "type") == "BARCODE"]
    return [barcode for barcode in (*named, text(parcel, "barcode")) if barcode]


def _meaning(stage: str, point: str, words: str) -> Status:
    """By the stage, or its phase where the stage is new; by the point or the words where those say more."""
    phase = STAGES.get(stage) or STAGES.get(stage.partition("_")[0], Status.UNKNOWN)
    if point.startswith("NOT_DELIVERED"):
        return Status.ATTEMPT_FAILED
    if phase is Status.DELIVERED:
        return handed_over(point.replace("_", " "), words) or phase
    if phase is Status.INFO_RECEIVED and point in ACCEPTED:
        return Status.IN_TRANSIT
    return POINTS.get(point, phase)


def _reason(status: Status, point: str, words: str) -> Reason | None:
    told = REASONS.get(point) if status in TROUBLED else None
    return told or reason_told(status, words, point.replace("_", " "))


def _moment(told: str) -> Instant | None:
    """A time in ISO 8601, or in milliseconds since 1970."""
    return epoch(told) if told.isdecimal() and len(told) > len("20260610") else instant(told, HOME)


def _promised(scans: list[dict]):
    """The window told with the newest scan, in the hours of a British clock."""
    newest = max(scans, key=lambda scan: text(scan, "dateTime"), default={})
    begins, ends = (_local(text(part(newest, "eta"), name)) for name in ("start", "end"))
    return window(begins, ends, HOME)


def _local(told: str):
    happened = _moment(told)
    if happened is None:
        return None
    return local_moment(happened.at.astimezone(zone_named(HOME)).replace(tzinfo=None).isoformat())

"""EasyPost: Tracker API for polling, Events for push. https://docs.easypost.com

Over a hundred carriers behind one vocabulary: every scan has a status, and a detail that often says more.
"""

import re
import unicodedata
from functools import partial
from http import HTTPStatus

from carriers.base import Callback, Carrier, Reply, signature
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
from carriers.reading.codes import by_code, fail
from carriers.reading.words import compiled, first_found, handed_over, less_reassuring, reason_told
from carriers.reading.zones import zone_of
from orders.events import Handover, Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

STATUSES = {
    "pre_transit": Status.INFO_RECEIVED,
    "in_transit": Status.IN_TRANSIT,
    "out_for_delivery": Status.OUT_FOR_DELIVERY,
    "available_for_pickup": Status.AVAILABLE_FOR_PICKUP,
    "delivered": Status.DELIVERED,
    "return_to_sender": Status.RETURNING,
    "failure": Status.EXCEPTION,
    "cancelled": Status.CANCELLED,
    "error": Status.UNKNOWN,  # EasyPost could not read the carrier
    "unknown": Status.UNKNOWN,
}

# status_detail
DETAILS = {
    Status.INFO_RECEIVED: "label_created",
    Status.IN_TRANSIT: """
        arrived_at_destination arrived_at_facility departed_facility departed_origin_facility
        received_at_destination_facility received_at_origin_facility transferred_to_destination_carrier""",
    Status.OUT_FOR_DELIVERY: "out_for_delivery",
    Status.AVAILABLE_FOR_PICKUP: "arrived_at_pickup_location",
    Status.ATTEMPT_FAILED: "refused",
    Status.EXCEPTION: """
        damaged delayed delivery_exception failure held lost missorted transit_exception weather_delay""",
    Status.RETURNING: "return",
    Status.CANCELLED: "cancelled",
}
# Details beside which the status alone tells.
SILENT = dict.fromkeys(
    ("address_correction", "awaiting_information", "expired", "in_transit", "status_update", "unknown"), Status.UNKNOWN
)

# What the detail tells of the reason where the words beside it tell none.
REASONS = {
    "address_correction": Reason.ADDRESS_INCORRECT,
    "damaged": Reason.DAMAGED,
    "delayed": Reason.CARRIER_DELAY,
    "lost": Reason.LOST,
    "missorted": Reason.MISSORTED,
    "refused": Reason.REFUSED,
    "weather_delay": Reason.WEATHER,
}

# What the carrier's words say more than status and detail: EasyPost has no word for an attempt, for one.
TELLING = {
    Status.RETURNING: compiled(
        (Status.RETURNED, r"^delivered\b|delivered,? (?:back )?to (?:the )?(?:original )?(?:sender|shipper)"),
    ),
    Status.IN_TRANSIT: compiled(
        (Status.ATTEMPT_FAILED, r"delivery (?:was )?attempt|attempted delivery|notice left"),
        (Status.AVAILABLE_FOR_PICKUP, r"(?:available|ready) for (?:customer )?(?:pick-?up|collection)"),
    ),
    Status.EXCEPTION: compiled(
        (Status.ATTEMPT_FAILED, r"attempt|notice left|not (?:home|available|in)\b|business (?:was )?closed|refused"),
    ),
}

# "CHARLESTON SC, 29401", "ATLANTA GA US" or "SAN FRANCISCO CA US, 94105"
AMERICAN = re.compile(r"(?=.* (?:US\b|\d{5}))(.+?),? ([A-Z]{2}),?(?: US)?,?(?: (\d{5})(?:-\d{4})?)?")

# The ending of an error's code -> what it means, whatever HTTP status it comes in.
ERROR_CODES = {
    "TRACKER.CREATE.ERROR": HTTPStatus.NOT_FOUND,  # a number that no carrier takes for its own
    "TRACKER.CARRIER_CODE_MISMATCH": HTTPStatus.NOT_FOUND,
    "TRACKER.INVALID_TEST_CODE": HTTPStatus.NOT_FOUND,
    "TRACKER.MULTIPLE_CARRIERS_FOR_CODE": HTTPStatus.NOT_FOUND,
    "TRACKER.NO_CARRIER_FOR_CODE": HTTPStatus.NOT_FOUND,
    "TRACKER.RUN.ERROR": HTTPStatus.SERVICE_UNAVAILABLE,
    "NOT_FOUND": HTTPStatus.NOT_FOUND,
    "UNAUTHORIZED": HTTPStatus.UNAUTHORIZED,
    "APIKEY.INACTIVE": HTTPStatus.UNAUTHORIZED,
    "FORBIDDEN": HTTPStatus.FORBIDDEN,
    "PAYMENT_REQUIRED": HTTPStatus.FORBIDDEN,
    "RATE_LIMIT.EXCEEDED": HTTPStatus.TOO_MANY_REQUESTS,
    "RATE_LIMITED": HTTPStatus.TOO_MANY_REQUESTS,
    "TOO_MANY_REQUESTS": HTTPStatus.TOO_MANY_REQUESTS,
    "INTERNAL_SERVER_ERROR": HTTPStatus.INTERNAL_SERVER_ERROR,
    "SERVICE_UNAVAILABLE": HTTPStatus.SERVICE_UNAVAILABLE,
    "TIMEOUT": HTTPStatus.GATEWAY_TIMEOUT,
}


class EasyPost(Carrier):
    key, name = "easypost", "EasyPost"
    base_url = "https://api.easypost.com"
    credentials = ("api_key",)
    is_aggregator = True
    pushes = True
    callback_header = "X-Hmac-Signature"
    callback_secret = "the webhook_secret that the webhook was created with"  # noqa: S105 - its name
    api = "Tracker API v2"
    push_api = "webhook Events, HMAC-SHA256 of the body"
    scan_times = "UTC; the carrier's clock called UTC where the place of the scan is not known"
    promise_from = "estimated local day, else the day of the estimate"
    details = by_code(DETAILS)
    status_map = STATUSES | SILENT | details | {"in_transit": Status.IN_TRANSIT}

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel) for parcel in parcels}

    def _fetch(self, parcel):
        # A number that EasyPost follows already gives the tracker there is, with all its scans.
        wanted = {"tracking_code": parcel.number} | ({"carrier": parcel.courier} if parcel.courier else {})
        url = f"{self.base_url}/v2/trackers"
        return self.send("POST", url, json={"tracker": wanted}, auth=(self.account["api_key"], ""))

    def parse(self, reply, number):
        told = document(self, reply)
        if part(told, "error"):
            self._fail(reply, part(told, "error"))
        self.check(reply)
        trackers = members(told, "trackers") if "trackers" in told else [told]
        # A tracker that stands alone is the one asked for, however EasyPost spells its number.
        about = trackers if len(trackers) == 1 else [one for one in trackers if not number or _is(one, number)]
        known = [tracker for tracker in about if not _is_nothing_known(tracker)]
        if not known:
            raise NumberNotFound("no carrier knows the number yet", carrier=self.key, reply=reply)
        return self.readable_updates(partial(self._update, reply, tracker, number) for tracker in known)

    # Being told

    def proof(self, callback, secret):
        return f"hmac-sha256-hex={signature(unicodedata.normalize('NFKD', secret), callback.body)}"

    def parse_callback(self, callback):
        """Batches, refunds and events that leave their tracker out are no news of a parcel."""
        told = document(self, callback)
        result, happening = part(told, "result"), text(told, "description")
        is_of_a_tracker = text(result, "object") == "Tracker" or happening.startswith("tracker.")
        if happening and not (result and is_of_a_tracker):
            return []
        return [self._update(callback, result or told, "")]

    # Reading

    def _fail(self, reply: Reply, error: dict):
        """Raise what one of EasyPost's errors means, in EasyPost's words."""
        code, message = text(error, "code"), text(error, "message")
        status = next((status for ending, status in ERROR_CODES.items() if code.endswith(ending)), None)
        fail(self, reply, message, code, status=status)

    def _update(self, body: Reply | Callback, tracker: dict, asked: str) -> TrackingUpdate:
        number = asked or text(tracker, "tracking_code")
        if "tracking_details" not in tracker or not number:
            raise UnreadablePayload("there is no tracker with its number and details", carrier=self.key, reply=body)
        events = readable(self, (self._event(tracker, scan) for scan in members(tracker, "tracking_details")))
        origin, destination = _end(tracker, "origin"), _end(tracker, "destination")
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(tracker, destination),
            service=text(tracker, "carrier_detail", "service")[:120],
            origin=_place(origin),
            destination=_place(destination),
            handed_to=_handed_to(tracker, events),
        )

    def _event(self, tracker: dict, scan: dict) -> ParcelEvent | None:
        place = _place(part(scan, "tracking_location"))
        happened = instant(text(scan, "datetime"), "UTC")
        if happened is None:
            return None
        # Without a place EasyPost calls the carrier's local time UTC.
        happened = happened._replace(zone_known=happened.zone_known and bool(place))
        words = text(scan, "message") or text(scan, "description")
        code, status = self._meaning(scan, words, is_return=tracker.get("is_return") is True)
        reason = reason_told(status, words) or _reason(status, scan)
        carrier = text(scan, "source") or text(tracker, "carrier")
        return event_of(scan, happened, status, code, words, place=place, reason=reason, carrier=carrier)

    def _meaning(self, scan: dict, words: str, *, is_return: bool) -> tuple[str, Status]:
        """The telling code and what status, detail and words say together."""
        detail, coarse = text(scan, "status_detail"), text(scan, "status")
        status = _told_by(words, less_reassuring(self.details.get(detail), self.status(coarse)))
        status = Status.RETURNED if is_return and status is Status.DELIVERED else status
        return (detail if detail in self.details else coarse), status


def _told_by(words: str, status: Status) -> Status:
    """The status, or what the words beside it say more."""
    if status is Status.DELIVERED:
        return handed_over(words) or status
    return (first_found(TELLING[status], words) or status) if status in TELLING else status


def _reason(status: Status, scan: dict) -> Reason | None:
    return REASONS.get(text(scan, "status_detail")) if status.is_trouble else None


def _is(tracker: dict, number: str) -> bool:
    return text(tracker, "tracking_code").casefold() == number.casefold()


def _is_nothing_known(tracker: dict) -> bool:
    return text(tracker, "status") == "unknown" and not members(tracker, "tracking_details")


def _window(tracker: dict, destination: dict):
    """The local day and hour where they are told; else the day only, because the hour of the other is nobody's."""
    detail = part(tracker, "carrier_detail")
    day, hour = text(detail, "est_delivery_date_local"), text(detail, "est_delivery_time_local")
    promised = (local_moment(f"{day}T{hour}") if hour else None) or local_moment(day)
    promised = promised or local_moment(text(tracker, "est_delivery_date")[:10])
    promised = promised or local_moment(text(detail, "guaranteed_delivery_date")[:10])
    return window(None, promised, zone_of(text(destination, "country").upper(), text(destination, "state")))


def _handed_to(tracker: dict, events: tuple[ParcelEvent, ...]) -> Handover | None:
    """The carrier of the newest scan where that is another than the tracker's."""
    newest = max(events, key=lambda event: event.occurred_at, default=None)
    first = text(tracker, "carrier")
    if newest is None or not first or newest.carrier.casefold() == first.casefold():
        return None
    return Handover(newest.carrier, text(tracker, "carrier_detail", "alternate_identifier")[:64])


def _end(tracker: dict, which: str) -> dict:
    """The place of one end of the journey: as members, or as one text; the members may leave the country out."""
    told = part(tracker, "carrier_detail", f"{which}_tracking_location")
    if text(told, "country"):
        return told
    american = AMERICAN.fullmatch(text(tracker, "carrier_detail", f"{which}_location"))
    return dict(zip(("city", "state", "zip"), american.groups(), strict=True), country="US") if american else told


def _place(address: dict) -> Location:
    return location(text(address, "city"), text(address, "zip"), text(address, "country"))

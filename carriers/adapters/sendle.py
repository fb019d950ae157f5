"""Sendle: Tracking API and its webhook. https://developers.sendle.com"""

from http import HTTPStatus
from urllib.parse import quote

from carriers.base import Acknowledgement, Carrier
from carriers.errors import UnreadablePayload
from carriers.reading import (
    Instant,
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
from carriers.reading.codes import fail
from carriers.reading.wholes import further
from carriers.reading.words import compiled, first_found, handed_over, reason_told
from carriers.reading.zones import zone_of
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# event_type, in small letters: a webhook says "Dropped off" where a reply says "Drop Off".
EVENT_TYPES = {
    "pickup attempted": Status.INFO_RECEIVED,
    "pickup": Status.IN_TRANSIT,
    "drop off": Status.IN_TRANSIT,
    "dropped off": Status.IN_TRANSIT,
    "in transit": Status.IN_TRANSIT,
    "local delivery": Status.IN_TRANSIT,  # with the post of the destination
    "out for delivery": Status.OUT_FOR_DELIVERY,
    "delivery attempted": Status.ATTEMPT_FAILED,
    "card left": Status.ATTEMPT_FAILED,
    "left with agent": Status.AVAILABLE_FOR_PICKUP,
    "delivered": Status.DELIVERED,
    "damaged": Status.EXCEPTION,
    "unable to deliver": Status.EXCEPTION,
    "return to sender": Status.RETURNING,
    "returned to sender": Status.RETURNED,
    "cancelled": Status.CANCELLED,
    "info": Status.UNKNOWN,  # its words may say more
    "expired": Status.UNKNOWN,
}

# state of the whole order. "Unable to Book" is an order that the carrier never took.
STATES = {
    "pickup": Status.INFO_RECEIVED,
    "drop off": Status.INFO_RECEIVED,
    "booking": Status.INFO_RECEIVED,
    "unable to book": Status.CANCELLED,
    "transit": Status.IN_TRANSIT,
    "delivered": Status.DELIVERED,
    "cancelled": Status.CANCELLED,
    "lost": Status.EXCEPTION,
    "return to sender": Status.RETURNING,
    "returned": Status.RETURNED,
}

# What an event says that is called Info.
WORDS = compiled(
    (Status.RETURNING, r"return(?:ed|ing)? to (?:the )?sender|being returned"),
    (Status.ATTEMPT_FAILED, r"attempted|unable to deliver|card (?:was |has been )?left"),
    (Status.AVAILABLE_FOR_PICKUP, r"(?:available|ready|awaiting|waiting).{0,30}(?:collection|pick ?up)"),
    (Status.OUT_FOR_DELIVERY, r"(?:out|on ?board|on the van) for delivery"),
    (Status.EXCEPTION, r"delay|on hold|\bheld\b|damaged|\blost\b|incorrect address"),
    (Status.IN_TRANSIT, r"in transit|sorted|arrived at|departed|processed|cleared|customs|picked up"),
    (Status.INFO_RECEIVED, r"label (?:was |has been )?(?:created|printed)|order (?:was )?(?:booked|received)"),
)

# What the event or the state tells of the reason where the words beside it tell none.
REASONS = {
    "pickup attempted": Reason.NOT_HANDED_OVER,
    "card left": Reason.RECIPIENT_ABSENT,
    "damaged": Reason.DAMAGED,
    "lost": Reason.LOST,
}

ERRORS = {
    "not_found": HTTPStatus.NOT_FOUND,
    "unauthorised": HTTPStatus.UNAUTHORIZED,
    "unauthorized": HTTPStatus.UNAUTHORIZED,
    "forbidden": HTTPStatus.FORBIDDEN,
    "payment_required": HTTPStatus.FORBIDDEN,  # the account, not the parcel
    "too_many_requests": HTTPStatus.TOO_MANY_REQUESTS,
    "internal_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "internal_server_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "service_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}


class Sendle(Carrier):
    key, name = "sendle", "Sendle"
    base_url = "https://api.sendle.com"
    tracking_page = "https://track.sendle.com/tracking?ref={number}"
    credentials = ("sendle_id", "api_key")
    pushes = True  # and proves nothing but that it knows the address
    api = "Tracking API"
    push_api = "webhook, unsigned"
    scan_times = "UTC, shown by the clock of the place where it is told"
    promise_from = "estimated delivery date, minimum to maximum"
    status_map = STATES | EVENT_TYPES  # a word of both means what it means of a scan

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        return self.send(
            "GET",
            f"{self.base_url}/api/tracking/{quote(number, safe='')}",
            auth=(self.account["sendle_id"], self.account["api_key"]),
            headers={"Accept": "application/json"},
        )

    def parse(self, reply, number):
        told = document(self, reply)
        if error := text(told, "error"):
            fail(self, reply, text(told, "error_description"), error, status=ERRORS.get(error))
        self.check(reply)
        if not (text(told, "state") or "tracking_events" in told):
            raise UnreadablePayload("the reply has no state and no tracking_events", carrier=self.key, reply=reply)
        return [self._update(told, number)]

    # Being told

    def parse_callback(self, callback):
        told = document(self, callback)
        number = text(told, "sendle_reference")
        if not number:
            raise UnreadablePayload("the webhook names no sendle_reference", carrier=self.key, reply=callback)
        return [TrackingUpdate(number=number, events=readable(self, [self._event(told)]))]

    def acknowledge(self, callback):
        return Acknowledgement(status=HTTPStatus.OK)

    # Reading

    def _update(self, told: dict, number: str) -> TrackingUpdate:
        events = readable(self, map(self._event, members(told, "tracking_events")))
        events += self._state(told, events)
        return TrackingUpdate(
            number=number or text(told, "sendle_reference"),  # most replies name none
            events=events,
            window=None if is_over(events) else _window(told),
            origin=_place(part(told, "origin")),
            destination=_place(part(told, "destination")),
        )

    def _event(self, scan: dict) -> ParcelEvent | None:
        happened = _instant(scan)
        if happened is None:
            return None
        # A webhook's event_id stands in no reply: the same scan would count twice.
        code, words = text(scan, "event_type").lower(), text(scan, "description")
        status = self._meaning(code, words)
        reason = self._reason(status, code, words, text(scan, "reason"))
        return event_of(scan, happened, status, code, words, place=_scanned_at(scan), reason=reason)

    def _state(self, told: dict, events: tuple) -> tuple[ParcelEvent, ...]:
        """The state of the whole, where it says more than every scan, and none has its name."""
        code, words = text(told, "state").lower(), text(told, "status", "description")
        status = STATES.get(code, Status.UNKNOWN)
        if status is Status.DELIVERED:
            status = handed_over(words) or status
        happened = instant(text(told, "status", "last_changed_at").replace(" UTC", "Z"), "UTC")
        is_told = any(event.code == code for event in events)
        if happened is None or is_told or not further(status, events):
            return ()
        raw = {"state": text(told, "state"), "status": part(told, "status")}
        return (event_of(raw, happened, status, code, words, reason=self._reason(status, code, words)),)

    def _meaning(self, code: str, words: str) -> Status:
        status = EVENT_TYPES.get(code, Status.UNKNOWN)
        if status is Status.DELIVERED:
            return handed_over(words) or status
        return first_found(WORDS, words) or status if code == "info" else status

    def _reason(self, status: Status, code: str, *words: str) -> Reason | None:
        return reason_told(status, *words) or REASONS.get(code)


def _instant(scan: dict) -> Instant | None:
    """The scan's time in UTC, by the clock of the place where the time for display is the same instant."""
    scanned, shown = (instant(text(scan, name), "UTC") for name in ("scan_time", "display_time"))
    return shown if scanned and shown and shown.at == scanned.at else scanned or shown


def _scanned_at(scan: dict) -> Location:
    place = part(scan, "location_data")
    return _place(place) if place else location(text(scan, "location"))


def _place(node: dict) -> Location:
    return location(text(node, "suburb"), text(node, "postcode"), text(node, "country"))


def _window(told: dict):
    days = (text(told, "scheduling", f"estimated_delivery_date_{end}") for end in ("minimum", "maximum"))
    destination = part(told, "destination")
    return window(*map(local_moment, days), zone_of(text(destination, "country").upper(), text(destination, "state")))

"""Ship24: Tracking API for polling, its webhooks for push. https://docs.ship24.com

Over a thousand carriers behind one vocabulary: a status code for the scan, where it means something, and a milestone
that the shipment has come to by then.
"""

import re
from functools import partial
from http import HTTPStatus

from carriers.base import Callback, Carrier, Reply
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
from carriers.reading.codes import fail
from carriers.reading.words import compiled, first_found, handed_over, reason_told
from carriers.reading.zones import alpha2, countries, likely_zone, zone_of
from orders.events import Handover, ParcelEvent, TrackingUpdate
from orders.privacy import masked
from orders.reasons import Reason
from orders.statuses import Status

MILESTONES = {
    "pending": Status.UNKNOWN,
    "info_received": Status.INFO_RECEIVED,
    "in_transit": Status.IN_TRANSIT,
    "out_for_delivery": Status.OUT_FOR_DELIVERY,
    "failed_attempt": Status.ATTEMPT_FAILED,
    "available_for_pickup": Status.AVAILABLE_FOR_PICKUP,
    "delivered": Status.DELIVERED,
    "exception": Status.EXCEPTION,
}

CODES = {
    "data_order_created": Status.INFO_RECEIVED,
    "data_order_cancelled": Status.CANCELLED,
    "data_delivery_proposed": Status.UNKNOWN,  # somebody is asked how and when: where the parcel is, it does not tell
    "data_delivery_decided": Status.UNKNOWN,
    "transit_handover": Status.IN_TRANSIT,
    "transit_origin_country_departure": Status.IN_TRANSIT,
    "destination_arrival": Status.IN_TRANSIT,
    "customs_received": Status.IN_TRANSIT,
    "customs_exception": Status.EXCEPTION,
    "customs_rejected": Status.EXCEPTION,
    "customs_cleared": Status.IN_TRANSIT,
    "delivery_available_for_pickup": Status.AVAILABLE_FOR_PICKUP,
    "delivery_out_for_delivery": Status.OUT_FOR_DELIVERY,
    "delivery_attempted": Status.ATTEMPT_FAILED,
    "delivery_exception": Status.EXCEPTION,
    "delivery_refused": Status.ATTEMPT_FAILED,
    "delivery_delivered": Status.DELIVERED,
    "exception_return": Status.RETURNING,
    "exception_lost": Status.EXCEPTION,
    "exception_discarded": Status.EXCEPTION,
}

# What the code tells of the reason where the carrier's words tell none.
REASONS = {
    "customs_exception": Reason.CUSTOMS_HELD,
    "customs_rejected": Reason.CUSTOMS_HELD,
    "delivery_refused": Reason.REFUSED,
    "exception_discarded": Reason.DISPOSED,
    "exception_lost": Reason.LOST,
}

# What the carrier's words say more than the code of a return.
SENT_BACK = compiled(
    (Status.RETURNED, r"delivered,? (?:back )?to (?:the )?(?:original )?(?:sender|shipper)"),
)
# The words of a scan that has neither code nor milestone.
PROSE = compiled((Status.DELIVERED, r"^(?:successfully )?delivered\b"))

# What an error's code means, whatever HTTP status it comes in.
ERROR_CODES = {
    "no_active_subscription": HTTPStatus.FORBIDDEN,
    "parcel_not_found": HTTPStatus.NOT_FOUND,
    "processing_error": HTTPStatus.SERVICE_UNAVAILABLE,
    "quota_limit_reached": HTTPStatus.TOO_MANY_REQUESTS,
    "request_conflict": HTTPStatus.SERVICE_UNAVAILABLE,
    "shipping_date_outdated": HTTPStatus.NOT_FOUND,
    "tracker_conflict": HTTPStatus.NOT_FOUND,
    "tracker_not_found": HTTPStatus.NOT_FOUND,
}


class Ship24(Carrier):
    key, name = "ship24", "Ship24"
    base_url = "https://api.ship24.com"
    tracking_page = "https://www.ship24.com/tracking?p={number}"
    credentials = ("api_key", "webhook_secret")
    calls_per_minute = 600
    is_aggregator = True
    pushes = True
    callback_header = "Authorization"
    callback_secret = "the webhook_secret that Ship24 shows beside its webhook"  # noqa: S105 - its name
    secret_credential = "webhook_secret"  # noqa: S105 - its name
    api = "Tracking API v1"
    push_api = "tracking webhooks, the webhook's secret as a bearer token"
    scan_times = "the offset of each scan; a naive time gets the zone of the scan's place or of the journey's end"
    promise_from = "the carrier's estimated days, else Ship24's"
    lacks = ("pickup point", "redirect")
    status_map = MILESTONES | CODES

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel) for parcel in parcels}

    def _fetch(self, parcel):
        # One call has Ship24 follow the number, unless it does already, and tells what is known of it.
        wanted = {
            "trackingNumber": parcel.number,
            "courierCode": [parcel.courier] if parcel.courier else [],
            "destinationCountryCode": parcel.country,
            "destinationPostCode": parcel.postcode,
        }
        body = {name: value for name, value in wanted.items() if value}
        headers = {"Authorization": f"Bearer {self.account['api_key']}"}
        return self.send("POST", f"{self.base_url}/public/v1/trackers/track", json=body, headers=headers)

    def parse(self, reply, number):
        told = document(self, reply)
        for error in members(told, "errors"):
            self._fail(reply, error)
        self.check(reply)
        trackings = members(told, "data", "trackings")
        if not trackings and not isinstance(part(told, "data").get("trackings"), list):
            raise UnreadablePayload("the reply has no list of trackings", carrier=self.key, reply=reply)
        about = [tracking for tracking in trackings if not number or _is_about(tracking, number)]
        known = [tracking for tracking in about if not _is_nothing_known(tracking)]
        if not known:
            raise NumberNotFound("no carrier knows the number yet", carrier=self.key, reply=reply)
        return self.readable_updates(partial(self._update, reply, tracking, number) for tracking in known)

    # Being told

    def proof(self, callback, secret):
        return f"Bearer {secret}"

    def parse_callback(self, callback):
        told = document(self, callback)
        trackings = members(told, "trackings")
        if not trackings:
            raise UnreadablePayload("the push has no trackings", carrier=self.key, reply=callback)
        return self.readable_updates(partial(self._update, callback, tracking, "") for tracking in trackings)

    # Reading

    def _fail(self, reply: Reply, error: dict):
        """Raise what one of Ship24's errors means, in its words."""
        code, message = text(error, "code"), text(error, "message")
        fail(self, reply, message, code, status=ERROR_CODES.get(code))

    def _update(self, body: Reply | Callback, tracking: dict, asked: str) -> TrackingUpdate:
        number = asked or next(iter(_numbers(tracking)), "")
        if not number:
            raise UnreadablePayload("a tracking has no number", carrier=self.key, reply=body)
        shipment = part(tracking, "shipment")
        events = readable(self, (self._event(tracking, scan) for scan in members(tracking, "events")))
        recipient = part(shipment, "recipient")
        origin, destination = _countries(shipment)
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(shipment, destination),
            service=text(shipment, "delivery", "service")[:120],
            origin=location(country=origin),
            destination=location(text(recipient, "city"), text(recipient, "postCode"), destination),
            proof_of_delivery=_proof(tracking),
            handed_to=_handed_to(tracking, number),
        )

    def _event(self, tracking: dict, scan: dict) -> ParcelEvent | None:
        told = text(scan, "occurrenceDatetime")
        offset = text(scan, "utcOffset")
        # Ship24's "datetime" is the same local time, called UTC.
        happened = instant(f"{told}{offset}", "UTC") if re.fullmatch(r"[+-]\d\d:\d\d", offset) else None
        happened = happened or instant(told, lambda: _clock(part(tracking, "shipment"), scan))
        if happened is None:
            return None
        words = text(scan, "status")
        code, status = self._meaning(tracking, scan, words)
        return event_of(
            scan,
            happened,
            status,
            code,
            masked(words),
            place=location(text(scan, "location"), country=_country_in(text(scan, "location"))),
            reason=reason_told(status, words) or (REASONS.get(code) if status.is_trouble else None),
            event_id=text(scan, "eventId"),
            carrier=text(scan, "courierCode"),
        )

    def _meaning(self, tracking: dict, scan: dict, words: str) -> tuple[str, Status]:
        """By the code, else by the milestone; where there is neither, by the words, else by the shipment's."""
        code = text(scan, "statusCode") or text(scan, "statusMilestone")
        status = self._coded(scan)
        if not code:
            status = first_found(PROSE, words) or self._coded(_shipment_as_of(tracking, scan))
        if status is Status.DELIVERED:
            status = handed_over(words) or status
        if status is Status.RETURNING:
            status = first_found(SENT_BACK, words) or status
        return code, status

    def _coded(self, told: dict) -> Status:
        return self.status_map.get(text(told, "statusCode")) or self.status(text(told, "statusMilestone"))


def _numbers(tracking: dict) -> list[str]:
    """What the parcel goes by, the tracker's number first."""
    linked = [text(one, "tn") for one in members(tracking, "shipment", "trackingNumbers")]
    return list(filter(None, (text(tracking, "tracker", "trackingNumber"), *linked)))


def _is_about(tracking: dict, number: str) -> bool:
    """By any of its numbers; a tracking that names none is the one asked for."""
    numbers = _numbers(tracking)
    return not numbers or number.casefold() in (one.casefold() for one in numbers)


def _shipment_as_of(tracking: dict, scan: dict) -> dict:
    """The shipment, whose status is that of its newest scan; {} at any other, and in a push, which may be late."""
    if "metadata" in tracking:
        return {}
    newest = max(text(one, "occurrenceDatetime") for one in members(tracking, "events"))
    return part(tracking, "shipment") if text(scan, "occurrenceDatetime") == newest else {}


def _is_nothing_known(tracking: dict) -> bool:
    milestone = text(tracking, "shipment", "statusMilestone")
    return milestone in ("", "pending") and not members(tracking, "events")


def _countries(shipment: dict) -> tuple[str, str]:
    return alpha2(text(shipment, "originCountryCode")), alpha2(text(shipment, "destinationCountryCode"))


def _clock(shipment: dict, scan: dict) -> str:
    """The zone for a naive time: of the place, else of the end of the journey that the scan is nearer to."""
    origin, destination = _countries(shipment)
    is_at_the_start = text(scan, "statusCategory") in ("data", "transit")
    ends = (origin, destination) if is_at_the_start else (destination, origin)
    place = text(scan, "location")
    return likely_zone((_country_in(place), _state_in(place)), *((country, "") for country in ends))


def _country_in(place: str) -> str:
    """The country that ends a place: "Shenzhen, CN", or that of an American state: "SAN RAFAEL, CA 94901"."""
    last = place.rpartition(",")[2].strip()
    if re.fullmatch(r"[A-Z]{2} \d{5}(?:-\d{4})?", last):
        return "US"
    # "CA" alone is California or Canada: it is left to the ends of the journey.
    is_state = bool(zone_of("US", last) or zone_of("CA", last))
    return last if "," in place and last in countries() and not is_state else ""


def _state_in(place: str) -> str:
    """The state before a zip code, "CA 94901", or before the country, "Anchorage, AK, US"."""
    found = re.search(r",\s*([A-Z]{2})(?: \d{5}(?:-\d{4})?|,\s*[A-Z]{2})$", place)
    return found.group(1) if found else ""


def _window(shipment: dict, country: str):
    delivery = part(shipment, "delivery")
    zone = zone_of(country, text(shipment, "recipient", "subdivision"))
    edges = (local_moment(text(delivery, "courierEstimatedDeliveryDate", edge)) for edge in ("from", "to"))
    return window(*edges, zone) or window(None, local_moment(text(delivery, "estimatedDeliveryDate")), zone)


def _handed_to(tracking: dict, number: str) -> Handover | None:
    """The carrier of the newest scan where that is another than the first one's."""
    scans = sorted(members(tracking, "events"), key=lambda scan: text(scan, "occurrenceDatetime"))
    couriers = [(text(scan, "courierCode"), text(scan, "eventTrackingNumber")) for scan in scans]
    named = [courier for courier in couriers if courier[0]]
    if not named or named[-1][0] == named[0][0]:
        return None
    name, last_number = named[-1]
    return Handover(name[:80], last_number[:64] if last_number != number else "")


def _proof(tracking: dict) -> str:
    """What the push of a proof of delivery brings: the address of a document, or its text."""
    content = part(tracking, "data", "content")
    url = text(content, "downloadUrl")
    return url if url.startswith("https://") else text(content, "text")

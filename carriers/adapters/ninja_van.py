"""Ninja Van: webhooks, version 1 and 2. https://api-docs.ninjavan.co

Version 1 tells one status text; version 2 a coarse status and, beside it, the event that says it exactly.
"""

import re
from http import HTTPStatus

from carriers.base import Acknowledgement, Carrier, signature
from carriers.errors import UnreadablePayload
from carriers.reading import document, event_of, instant, location, part, readable, text, texts
from carriers.reading.words import compiled, first_found, reason_told
from carriers.reading.zones import likely_zone
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# The texts of both versions, in small letters: Ninja Van is not of one mind about its capitals.
STATUSES = {
    Status.INFO_RECEIVED: """
        pending pickup
        pending pickup, shipper dropoff
        staging
        van en-route to pickup
        driver dispatched for pickup
        pickup fail
        pickup exception
        pickup exception, pending reschedule
        pickup exception, reattempt scheduled
        pickup exception, max attempts reached
        pickup exception, pending retrieval from pudo
        international transit, fulfillment request submitted
        international transit, fulfillment packed""",
    Status.IN_TRANSIT: """
        successful pickup
        picked up
        picked up, in transit to origin hub
        pending pickup at distribution point
        en-route to sorting hub
        arrived at sorting hub
        arrived at origin hub
        arrived at transit hub
        arrived at destination hub
        in transit to next sorting hub
        transferred to 3pl
        cross border transit
        customs cleared
        international transit
        international transit, en route to origin facility
        international transit, handed over to origin facility
        international transit, arrived at origin facility
        international transit, processed at origin facility
        international transit, handed over to linehaul
        international transit, export cleared
        international transit, linehaul scheduled
        international transit, linehaul departed
        international transit, linehaul arrived
        international transit, customs cleared
        international transit, handed over to last mile""",
    Status.OUT_FOR_DELIVERY: "on vehicle for delivery",
    Status.ATTEMPT_FAILED: """
        first attempt delivery fail
        pending reschedule
        delivery exception, pending reschedule
        delivery exception, reattempt scheduled
        delivery exception, max attempts reached""",
    Status.AVAILABLE_FOR_PICKUP: """
        arrived at distribution point
        at pudo
        at pudo, pending customer collection""",
    Status.DELIVERED: """
        completed
        successful delivery
        successful delivered
        delivered
        delivered, collected by customer
        delivered, left at doorstep
        delivered, received by customer""",
    Status.EXCEPTION: """
        on hold
        customs held
        delivery exception
        delivery exception, parcel overstayed at pudo
        delivery exception, parcel lost
        delivery exception, parcel damaged
        international transit, customs held
        international transit, parcel exception
        international transit, parcel lost
        international transit, parcel damaged
        international transit, parcel disposed
        return to shipper exception, parcel scrapped""",
    Status.RETURNING: """
        return to sender triggered
        returned to sender triggered
        on vehicle for delivery (rts)
        delivery exception, return to sender initiated
        international transit, returned to xb warehouse
        return to shipper exception
        return to shipper exception, max attempts reached
        return to shipper exception, parcel triggered for shipper collection""",
    Status.RETURNED: """
        returned to sender
        international transit, returned to sender at origin facility
        return to shipper exception, parcel collected by shipper""",
    Status.CANCELLED: "cancelled",
    # Somebody weighed or measured it.
    Status.UNKNOWN: """
        parcel size
        parcel weight
        parcel measurements update""",
}

WORDS = compiled(
    (Reason.NOT_HANDED_OVER, r"^pickup (?:fail|exception)"),
    (Reason.DELIVERED_TO_SAFE_PLACE, r"^delivered, left at doorstep"),
    (Reason.PICKUP_EXPIRED, r"overstayed at pudo"),
    (Reason.DISPOSED, r"scrapped"),
    (Reason.RECIPIENT_ABSENT, r"nobody at|customer (?:is )?(?:un|not )(?:contactable|reachable)"),
)

# On its way back a parcel is scanned as on its way there.
BACKWARDS = {
    Status.IN_TRANSIT: Status.RETURNING,
    Status.OUT_FOR_DELIVERY: Status.RETURNING,
    Status.ATTEMPT_FAILED: Status.RETURNING,
    Status.DELIVERED: Status.RETURNED,
}

# Version 1 puts the hub into its comments: country, city, name.
HUB = re.compile(r"([A-Z]{2})-([^-]+)-.+")
HUBS = (
    "arrived_at_origin_hub_information",
    "arrived_at_transit_hub_information",
    "arrived_at_destination_hub_information",
    "in_transit_to_next_sorting_hub_information",
)
ZONE = "Asia/Singapore"  # whose clock all documented times tell


class NinjaVan(Carrier):
    key, name = "ninja-van", "Ninja Van"
    base_url = "https://api.ninjavan.co"
    tracking_page = "https://www.ninjavan.co/en-sg/tracking?id={number}"
    pushes = True
    callback_header = "X-Ninjavan-Hmac-Sha256"
    callback_secret = "the client key (client secret) of the dashboard"  # noqa: S105 - its name
    push_api = "webhooks v1 and v2, HMAC-SHA256 of the body"
    scan_times = "as told, usually +0800"
    lacks = ("pickup point", "redirect")
    status_map = {
        told.strip(): status for status, listed in STATUSES.items() for told in listed.splitlines() if told.strip()
    }

    def proof(self, callback, secret):
        return signature(secret, callback.body, encoding="base64")

    def parse_callback(self, callback):
        told = document(self, callback)
        number = text(told, "tracking_id") or text(told, "tracking_number")
        if not number:
            raise UnreadablePayload("the webhook names no tracking_id", carrier=self.key, reply=callback)
        events = readable(self, [self._event(told)])
        return [TrackingUpdate(number=number, events=events, proof_of_delivery=_proof_of_delivery(told))]

    def acknowledge(self, callback):
        return Acknowledgement(status=HTTPStatus.OK)

    def _event(self, told) -> ParcelEvent | None:
        place = _place(told)
        happened = instant(text(told, "timestamp"), likely_zone((place.country, "")) if place.country else ZONE)
        if happened is None:
            return None
        code = self._code(told)
        status, reason = self._meaning(code, told)
        # The id is not the scan's: it comes again with the next status.
        return event_of(told, happened, status, code, _description(told), place=place, reason=reason)

    def _code(self, told) -> str:
        """The event where it is known, else the status: the more telling of the two that can be read."""
        codes = [code.lower() for code in (text(told, "event"), text(told, "status")) if code]
        known = (code for code in codes if code in self.status_map)
        return next(known, codes[0] if codes else "")

    def _meaning(self, code, told) -> tuple[Status, Reason | None]:
        status = self.status(code)
        if told.get("is_parcel_on_rts_leg") is True:
            status = BACKWARDS.get(status, status)
        if status is Status.UNKNOWN:
            return status, None
        words = (code, *_failures(told))
        if status is Status.DELIVERED and part(told, "pod").get("left_in_safe_place") is True:
            return status, Reason.DELIVERED_TO_SAFE_PLACE
        return status, first_found(WORDS, *words) or reason_told(status, *words)


def _failures(told) -> list[str]:
    """Why it failed, in the courier's words; a comment that names the hub says nothing of it."""
    paths = (("delivery_exception", "failure_reason"), ("pickup_exception", "failure_reason"))
    paths += (("failure_reason",), ("rts_reason",), ("comments",))
    return [words for path in paths if (words := text(told, *path)) and not HUB.fullmatch(words)]


def _description(told) -> str:
    return " · ".join(filter(None, (text(told, "event") or text(told, "status"), *_failures(told))))[:500]


def _place(told) -> Location:
    if hub := HUB.fullmatch(text(told, "comments")):
        return location(hub[2].strip(), "", hub[1])
    hub = next(filter(None, (part(told, name) for name in HUBS)), {})
    return location(text(hub, "city"), "", text(hub, "country"))


def _proof_of_delivery(told) -> str:
    proof = part(told, "delivery_information", "proof")
    links = (text(proof, "signature_uri"), *texts(proof, "image_uris"), text(told, "pod", "uri"))
    return next((link for link in links if link.startswith("https://")), "")

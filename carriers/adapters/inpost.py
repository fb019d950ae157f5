"""InPost: ShipX for polling and push, for Poland and Italy. https://dokumentacja-inpost.atlassian.net

The consumer app's API tells the same life under other names; it is read as well.
"""

import re
from http import HTTPStatus
from urllib.parse import quote

from carriers.base import Acknowledgement, Carrier
from carriers.errors import UnreadablePayload
from carriers.reading import document, event_of, instant, location, members, part, readable, text
from carriers.reading.codes import by_code, fail, http_error, not_among
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

POLAND = "Europe/Warsaw"

# What GET /v1/statuses lists, and what the app's API has besides.
STATUSES = {
    Status.INFO_RECEIVED: "created offers_prepared offer_selected confirmed",
    Status.IN_TRANSIT: """
        dispatched_by_sender dispatched_by_sender_to_pok collected_from_sender taken_by_courier
        taken_by_courier_from_pok adopted_at_source_branch sent_from_source_branch adopted_at_sorting_center
        sent_from_sorting_center adopted_at_target_branch readdressed redirect_to_box canceled_redirect_to_box
        unstack_from_box_machine unstack_from_customer_service_point
        stack_parcel_pickup_time_expired stack_parcel_in_box_machine_pickup_time_expired
        permanently_redirected_to_box_machine permanently_redirected_to_customer_service_point""",
    Status.OUT_FOR_DELIVERY: "out_for_delivery out_for_delivery_to_address",
    Status.ATTEMPT_FAILED: """
        avizo pickup_reminder_sent_address rejected_by_receiver delivery_attempt_failed undelivered_wrong_address
        undelivered_incomplete_address undelivered_unknown_receiver undelivered_cod_cash_receiver
        undelivered_no_mailbox undelivered_not_live_address undelivered_lack_of_access_letterbox""",
    # A locker is a delivery only when its door was opened; a parcel stored elsewhere meanwhile can be collected there.
    Status.AVAILABLE_FOR_PICKUP: """
        ready_to_pickup ready_for_collection ready_to_pickup_from_pok ready_to_pickup_from_pok_registered
        ready_to_pickup_from_branch pickup_reminder_sent courier_avizo_in_customer_service_point stack_in_box_machine
        stack_in_customer_service_point""",
    Status.EXCEPTION: "claimed delay_in_delivery missing not_collected oversized pickup_time_expired undelivered",
    Status.RETURNING: "taken_by_courier_from_customer_service_point",
    Status.RETURNED: "returned_to_sender",
    Status.DELIVERED: "delivered collected_by_customer",
    Status.CANCELLED: "canceled cancelled",
    # InPost does not know either, or speaks of money and papers.
    Status.UNKNOWN: """
        other return_pickup_confirmation_to_sender cod_completed cod_rejected avizo_completed avizo_rejected
        c2x_completed c2x_rejected""",
}
REASONS = {
    Reason.ACCESS_RESTRICTED: "undelivered_no_mailbox undelivered_lack_of_access_letterbox",
    Reason.ADDRESS_INCOMPLETE: "undelivered_incomplete_address",
    Reason.ADDRESS_INCORRECT: "undelivered_wrong_address undelivered_unknown_receiver",
    Reason.CARRIER_DELAY: "delay_in_delivery",
    Reason.PAYMENT_REQUIRED: "undelivered_cod_cash_receiver",
    Reason.PICKUP_EXPIRED: "pickup_time_expired not_collected",
    Reason.RECIPIENT_ABSENT: "avizo pickup_reminder_sent_address",
    Reason.RECIPIENT_MOVED: "undelivered_not_live_address",
    Reason.REDIRECTED: """
        readdressed redirect_to_box permanently_redirected_to_box_machine
        permanently_redirected_to_customer_service_point""",
    Reason.REFUSED: "rejected_by_receiver",
    Reason.SHIPPING_DATA: "oversized",
    Reason.UNDER_INVESTIGATION: "missing",
}

# What an event of a push means that tells no status.
PUSHED = {"shipment_confirmed": "confirmed"}

# What the app's API calls by another name than ShipX.
TIME_NAMES = ("datetime", "date")
STATUS_NAMES = ("status", "name", "type")


class InPost(Carrier):
    key, name = "inpost", "InPost"
    base_url = "https://api-shipx-pl.easypack24.net"
    tracking_page = "https://inpost.pl/sledzenie-przesylek?number={number}"
    # InPost signs nothing. It tries the address with a GET when it is registered, which is answered everywhere here.
    pushes = True
    api = "ShipX tracking"
    push_api = "ShipX webhooks, proven by their address alone"
    scan_times = "the offset of each scan"
    status_map = by_code(STATUSES)
    reasons = by_code(REASONS)

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        return self.send("GET", f"{self.base_url}/v1/tracking/{quote(number, safe='')}")

    def parse(self, reply, number):
        told = document(self, reply)
        self._check_error(reply, told)
        self.check(reply)
        parcels = [parcel for parcel in members(told, "parcels") or [told] if _number(parcel)]
        if not parcels:
            raise UnreadablePayload("the reply names no tracking_number", carrier=self.key, reply=reply)
        if len(parcels) == 1:
            return [self._update(parcels[0], number)]
        about = [parcel for parcel in parcels if number in ("", _number(parcel))]
        if not about:
            raise not_among(self, reply, parcels, number)
        return [self._update(parcel, "") for parcel in about]

    # Being told

    def parse_callback(self, callback):
        told = document(self, callback)
        payload = part(told, "payload")
        # Before the label is bought a shipment has no tracking number, only InPost's own.
        number = text(payload, "tracking_number") or text(payload, "shipment_id")
        if not number:
            raise UnreadablePayload("the push names no shipment", carrier=self.key, reply=callback)
        status = PUSHED.get(text(told, "event")) or text(payload, "status")
        if not status:
            return []  # of offers and the like
        event = self._event({**told, "status": status, "datetime": text(told, "event_ts")})
        return [TrackingUpdate(number=number, events=readable(self, [event]))]

    def acknowledge(self, callback):
        return Acknowledgement(status=HTTPStatus.OK)

    # Reading

    def _update(self, told: dict, asked: str) -> TrackingUpdate:
        # `expected_flow` is what may still happen: no history.
        scans = [*members(told, "tracking_details"), *filter(_is_status, members(told, "eventLog"))]
        return TrackingUpdate(
            number=asked or _number(told),
            events=readable(self, (self._event(scan) for scan in scans)),
            service=_first(told, ("service", "type", "shipmentType"))[:120],
            destination=_destination(told),
        )

    def _check_error(self, reply, told: dict):
        """Raise what {"status": 404, "error": "resource_not_found", ...} means, whatever HTTP status it came in."""
        status, error = text(told, "status"), text(told, "error")
        if not error and not http_error(status):
            return
        words = ": ".join(filter(None, (error, text(told, "message") or text(told, "description"))))
        fail(self, reply, words or f"an error {status}", status=http_error(status))

    def _event(self, scan: dict) -> ParcelEvent | None:
        happened = instant(_first(scan, TIME_NAMES), POLAND)
        if happened is None:
            return None
        code = _first(scan, STATUS_NAMES).lower()
        words = text(scan, "title") or code.replace("_", " ").capitalize()
        reason = self.reasons.get(code)
        return event_of(scan, happened, self.status(code), code, words, reason=reason)


def _first(scan: dict, names) -> str:
    return next(filter(None, (text(scan, name) for name in names)), "")


def _number(parcel: dict) -> str:
    return _first(parcel, ("tracking_number", "shipmentNumber"))


def _is_status(entry: dict) -> bool:
    """Whether the log tells of the parcel here, not of messages and the like: an entry without a name is its type."""
    return text(entry, "type") in ("", "PARCEL_STATUS") or not text(entry, "name")


def _destination(told: dict) -> Location:
    """The town of the locker or point where the parcel is to be collected."""
    address = part(told, "pickUpPoint", "addressDetails")
    if address:
        return location(text(address, "city"), text(address, "postCode"), text(told, "pickUpPoint", "pointType"))
    second_line = text(told, "custom_attributes", "target_machine_detail", "address", "line2")
    found = re.fullmatch(r"(\d\d-\d{3}|\d{5}) (.+)", second_line)
    return location(found[2], found[1]) if found else Location()

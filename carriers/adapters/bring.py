"""Bring and Posten Norge: Tracking API v2 for polling, Event Cast for push. https://developer.bring.com"""

import re
from datetime import UTC
from functools import partial

from carriers.base import Callback, Carrier, Reply
from carriers.errors import NumberNotFound, UnreadablePayload
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
from carriers.reading.codes import by_code, fail, http_error
from carriers.reading.nordic import handed_over, reason_told
from carriers.reading.wholes import completed, newest, utc_moment
from carriers.reading.words import TROUBLED, compiled, first_found
from carriers.reading.zones import likely_zone, zone_of
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# Event statuses, in the API and in Event Cast alike; Posten's app writes them small.
EVENTS = {
    Status.INFO_RECEIVED: "PRE_NOTIFIED READY_FROM_SENDER ARRIVED_COLLECTION",
    Status.IN_TRANSIT: """
        HANDED_IN COLLECTED COURIER_PICK_UP PICKUP_FROM_MAILBOX IN_TRANSIT TERMINAL INTERNATIONAL CUSTOMS""",
    Status.OUT_FOR_DELIVERY: "TRANSPORT_TO_RECIPIENT ARRIVED_DELIVERY",
    Status.ATTEMPT_FAILED: "ATTEMPTED_DELIVERY",
    Status.AVAILABLE_FOR_PICKUP: "READY_FOR_PICKUP READY_FOR_PICK_UP",
    Status.DELIVERED: "DELIVERED DELIVERED_BAG_ON_DOOR",
    Status.EXCEPTION: "DEVIATION",
    Status.RETURNING: "RETURN",
    Status.RETURNED: "DELIVERED_SENDER",
    # Messages and wishes: where the parcel is, these do not tell.
    Status.UNKNOWN: "ADDED_BY_USER DELIVERY_CANCELLED DELIVERY_CHANGED DELIVERY_ORDERED NOTIFICATION_SENT UNKNOWN",
}
# What Posten's app says of the parcel as a whole.
APP_STATUSES = {
    "NOTIFIED": Status.INFO_RECEIVED,
    "UNDERWAY": Status.IN_TRANSIT,
    "COLLECTABLE": Status.AVAILABLE_FOR_PICKUP,
    "RETURN_UNDERWAY": Status.RETURNING,
    "RETURN_COLLECTABLE": Status.RETURNING,
}

# Code -> what the words beside it say more.
TELLING = {
    "CUSTOMS": compiled(
        (
            Status.EXCEPTION,
            r"\bheld\b|detain|stopp|missing|requir|payment|tilbakehold|mangl|sakna|kvarhåll",
        ),
    ),
    "DEVIATION": compiled((Status.UNKNOWN, r"identification verified|legitima(?:sjon|tion) .{0,20}(?:bekreft|verifi)")),
}

# lmCauseCode of a deviation: handed in after the last departure is late, and nothing else.
REASON_BY_CAUSE = {"28": Reason.CARRIER_DELAY, "41": Reason.CARRIER_DELAY, "AN": Reason.SHIPPING_DATA}
# What Bring means by a deviation that it gives no cause for: "a probability for delay".
REASON_BY_STATUS = {"DEVIATION": Reason.CARRIER_DELAY}

# Whose clock a time without a zone and without a country tells.
OSLO = "Europe/Oslo"


class Bring(Carrier):
    key, name = "bring", "Bring"
    base_url = "https://api.bring.com"
    tracking_page = "https://tracking.bring.com/tracking/{number}"
    credentials = ("api_uid", "api_key")
    # Bring signs nothing: a webhook is told which headers to send, and so the account's secret stands in this one.
    pushes = True
    callback_header = "X-Doorstep-Secret"
    callback_secret = "the X-Doorstep-Secret header of the webhook's configuration"  # noqa: S105 - its name
    api = "Tracking API v2"
    push_api = "Event Cast, the secret in a header of the webhook"
    scan_times = "the offset of each scan"
    promise_from = "date of estimated delivery and its time span"
    lacks = ("pickup point", "redirect")
    status_map = by_code(EVENTS) | APP_STATUSES

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        # In English, which the tables above read best.
        params = {"q": number, "lang": "en"}
        headers = {"X-Mybring-API-Uid": self.account["api_uid"], "X-Mybring-API-Key": self.account["api_key"]}
        return self.send("GET", f"{self.base_url}/tracking/api/v2/tracking.json", params=params, headers=headers)

    def parse(self, reply, number):
        told = document(self, reply)
        # A refusal for too many requests is wrapped once more.
        told = next(iter(members(told, "shipments")), told)
        packages = self._packages(reply, told)
        if len(packages) == 1:
            return [self._update(reply, packages[0], number)]
        asked = [package for package in packages if number and _number(package) == number]
        return self.readable_updates(partial(self._update, reply, package, "") for package in asked or packages)

    # Being told

    def parse_callback(self, callback):
        told = document(self, callback)
        number = text(told, "package") or text(told, "shipment")
        if not number or not text(told, "status"):
            raise UnreadablePayload("the push names no package and status", carrier=self.key, reply=callback)
        happened = instant(text(told, "created"), "UTC")
        return [TrackingUpdate(number=number, events=readable(self, [self._event(told, happened)]))]

    # Reading

    def _packages(self, reply: Reply, told: dict) -> list[dict]:
        """The packages of all consignments. Raises the first consignment's error when there are none."""
        consignments = members(told, "consignmentSet")
        packages = [package for consignment in consignments for package in members(consignment, "packageSet")]
        packages = packages or members(told, "parcels")
        if packages:
            return packages
        for error in (part(consignment, "error") for consignment in consignments):
            self._fail(reply, error)
        self.check(reply)
        if told.get("consignmentSet") == [] or told.get("parcels") == []:
            raise NumberNotFound("the reply lists no consignment", carrier=self.key, reply=reply)
        raise UnreadablePayload("the reply has no packageSet", carrier=self.key, reply=reply)

    def _fail(self, reply, error: dict):
        code, message = text(error, "code"), text(error, "message")
        fail(self, reply, message, code, status=http_error(code))

    def _update(self, body: Reply | Callback, package: dict, asked: str) -> TrackingUpdate:
        number = asked or _number(package)
        if not number:
            raise UnreadablePayload("a package has no packageNumber", carrier=self.key, reply=body)
        scans = members(package, "eventSet") or members(package, "events")
        events = readable(self, (self._event(scan, _happened(scan)) for scan in scans))
        events = self._with_app_status(events, package)
        destination = _recipient(package)
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(package, zone_of(_country(destination))),
            service=text(package, "productName")[:120],
            origin=_place(part(package, "senderAddress")),
            destination=_place(destination),
            proof_of_delivery=_proof(scans),
        )

    def _event(self, scan: dict, happened: Instant | None) -> ParcelEvent | None:
        if happened is None:
            return None
        told = text(scan, "status") or text(scan, "type")
        code, words = told.upper(), text(scan, "description")
        words = "" if words == told else words
        status = self._meaning(code, words)
        reason = _reason(status, code, text(scan, "lmCauseCode"), words)
        # A push names no place, so it is by code and second that a poll tells the same scan.
        own = f"{code[:50]} {happened.at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        return event_of(scan, happened, status, code, words, place=_place(scan), reason=reason, event_id=own)

    def _meaning(self, code: str, words: str) -> Status:
        status = self.status(code)
        told = first_found(TELLING[code], words) if code in TELLING else None
        return told or (handed_over(words) if status is Status.DELIVERED else None) or status

    def _with_app_status(self, events, parcel: dict) -> tuple[ParcelEvent, ...]:
        """The events, and the app's status where it is further than all of them: at the newest one."""
        code = text(parcel, "status").upper()
        status = APP_STATUSES.get(code, Status.UNKNOWN)
        at = newest(events)
        return completed(events, at and event_of({"status": text(parcel, "status")}, at, status, code))


def _number(package: dict) -> str:
    return text(package, "packageNumber") or text(package, "parcelNumber")


def _happened(scan: dict) -> Instant | None:
    """The scan's instant; without one the day and hour that Bring displays, by the clock of the country."""
    told = text(scan, "dateIso") or text(scan, "date")
    shown = f"{_iso(text(scan, 'displayDate'))}T{text(scan, 'displayTime')}"
    return instant(told or shown, lambda: likely_zone((_country(scan), ""), ("NO", "")))


def _iso(day: str) -> str:
    """ "20.04.2021" as ISO 8601 writes it; anything else as it is."""
    return re.sub(r"^(\d\d)\.(\d\d)\.(\d{4})$", r"\3-\2-\1", day)


def _reason(status: Status, code: str, cause: str, words: str) -> Reason | None:
    told = reason_told(status, code.replace("_", " "), words)
    return told or (REASON_BY_CAUSE.get(cause) or REASON_BY_STATUS.get(code) if status in TROUBLED else None)


def _window(package: dict, zone: str):
    day = _iso(text(package, "dateOfEstimatedDelivery"))[:10]
    hours = (text(package, "estimatedTimeSpanOfDelivery", edge) for edge in ("startTime", "endTime"))
    begins, ends = (local_moment(f"{day}T{hour}" if hour else day) for hour in hours)
    return window(begins, ends, zone) or _app_window(part(package, "delivery", "deliveryTime"), zone or OSLO)


def _app_window(told: dict, zone: str):
    begins, ends = (utc_moment(text(told, "deliveryWindow", edge), zone) for edge in ("start", "end"))
    return window(begins, ends, zone) or window(None, utc_moment(text(told, "date"), zone), zone)


def _recipient(package: dict) -> dict:
    """Where it goes, the one that names a country before the one that names a town only."""
    addresses = [part(package, name) for name in ("recipientAddress", "recipientHandlingAddress")]
    return next((address for told in (_country, _place) for address in addresses if told(address)), {})


def _country(address: dict) -> str:
    return text(address, "countryCode").upper()


def _place(address: dict) -> Location:
    return location(text(address, "city"), text(address, "postalCode"), _country(address))


def _proof(scans: list[dict]) -> str:
    links = (text(scan, "recipientSignature", "linkToImage") for scan in scans)
    return next((link for link in links if link.startswith("https://")), "")

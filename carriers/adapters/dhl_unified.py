"""DHL: Shipment Tracking - Unified for polling, Unified Push for being told. https://developer.dhl.com

One API before a dozen divisions, each with its own codes, clocks and languages. DHL's own status code knows five words;
what they leave out is read from the division's code or its prose.
"""

import re

from carriers.base import Carrier, Subscribed
from carriers.errors import CallbackRejected, NumberNotFound, UnreadablePayload
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
    texts,
    window,
)
from carriers.reading.codes import fail_by_problem
from carriers.reading.dhl_divisions import GENERAL_WORDS, MEANINGS, WORDS
from carriers.reading.words import ON_THE_WAY, first_found, reason_told
from carriers.reading.zones import likely_zone, zone_of
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

ACTIVATION_HEADER = "DHL-API-Hook-Secret"
SUBSCRIPTION = r"/tracking/push/v\d+/subscription/[\w-]+"

# What DHL calls each of its divisions -> the division whose codes and clock it shares.
DIVISIONS = {"post-de": "svb", "sameday": "parcel-de", "ecommerce-apac": "ecommerce"}

# Divisions that send naive times of one country's clock; the others' are those of the scan's place.
ZONES = {
    "parcel-de": "Europe/Berlin",
    "parcel-nl": "Europe/Amsterdam",
    "parcel-pl": "Europe/Warsaw",
    "parcel-uk": "Europe/London",
    "svb": "Europe/Berlin",
}

# Some descriptions are pieces of a web page.
TAG = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)


class DHL(Carrier):
    key, name = "dhl-unified", "DHL"
    base_url = "https://api-eu.dhl.com"
    tracking_page = "https://www.dhl.com/global-en/home/tracking/tracking-parcel.html?submit=1&tracking-id={number}"
    credentials = ("api_key",)
    calls_per_minute = 12  # one in five seconds
    calls_per_day = 250  # of a new application
    # DHL signs nothing: a subscription asks it to send the account's secret back in this header.
    pushes = True
    callback_header = "DHL-Hook-Token"
    callback_secret = "the token of the subscription's hook.authentication"  # noqa: S105 - its name
    subscription_size = 10
    api = "Shipment Tracking - Unified"
    push_api = "Unified Push, the subscription's token; its handshake is answered"
    scan_times = "as told; a naive time gets the zone of the scan's place, Germany's for DHL Paket"
    promise_from = "estimated time frame, else the estimated day"
    status_map = {
        "pre-transit": Status.INFO_RECEIVED,
        "transit": Status.IN_TRANSIT,
        "delivered": Status.DELIVERED,
        "failure": Status.EXCEPTION,
        "unknown": Status.UNKNOWN,
    }

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        # In English, because WORDS reads English.
        params = {"trackingNumber": number, "language": "en"}
        headers = {"DHL-API-Key": self.account["api_key"]}
        return self.send("GET", f"{self.base_url}/track/shipments", params=params, headers=headers)

    def parse(self, reply, number):
        told = document(self, reply)
        self._check_problem(reply, told)
        self.check(reply)
        shipments = self._shipments(reply, told)
        if not shipments:
            raise NumberNotFound("the reply lists no shipment", carrier=self.key, reply=reply)
        about = [shipment for shipment in shipments if number and _is_about(shipment, number)]
        if about or len(shipments) == 1:
            return [self._update(reply, shipment, number) for shipment in about or shipments]
        return [self._update(reply, shipment, "") for shipment in shipments]

    # Being told

    def subscribe(self, numbers, url, secret):
        authentication = {"type": "ApiKeyAuthentication", "header": self.callback_header, "token": secret}
        order = {
            "hook": {"uri": url, "authentication": authentication},
            "format": "Default",
            "type": "Shipment",
            "events": ["Pre-Transit", "Transit", "Delivered", "Failure", "Unknown"],
            "shipmentIDs": list(numbers),
        }
        headers = {"DHL-API-Key": self.account["api_key"]}
        reply = self.send("POST", f"{self.base_url}/tracking/push/v1/subscription", json=order, headers=headers)
        told = document(self, reply) if reply.body else {}
        if text(told, "title"):  # an order has a status of its own, but no title
            self._check_problem(reply, told)
        self.check(reply)
        return Subscribed(reference=text(told, "id") or text(told, "subscriptionId"))

    def handshake(self, callback):
        """Activate the subscription that DHL wants confirmed. Raises CallbackRejected rather than call a stranger."""
        told = document(self, callback)
        scope = text(told, "scope")
        if scope == "subscription.validate":
            self._activate(text(told, "self"), text(told, "secret"))
        return scope in ("subscription.validate", "subscription.ready")

    def parse_callback(self, callback):
        told = document(self, callback)
        if text(told, "scope") in ("subscription.validate", "subscription.ready"):
            return []
        return [self._update(callback, shipment, "") for shipment in self._shipments(callback, told)]

    # Reading

    def _activate(self, url, secret):
        if not re.fullmatch(re.escape(self.base_url) + SUBSCRIPTION, url):
            raise CallbackRejected(f"The handshake points to {url[:100]!r}, no subscription at {self.base_url}.")
        if not re.fullmatch("[!-~]+", secret):
            raise CallbackRejected("The handshake carries no secret that could be sent back in a header.")
        headers = {"DHL-API-Key": self.account["api_key"], ACTIVATION_HEADER: secret}
        self.check(self.send("POST", url, headers=headers))

    def _check_problem(self, reply, told: dict) -> None:
        """Raise what a problem document means (RFC 9457), whatever HTTP status it came in."""
        if "shipments" not in told and (text(told, "status") or text(told, "title")):
            fail_by_problem(self, reply, told)

    def _shipments(self, body, told: dict) -> list[dict]:
        found = members(told, "shipments")
        if not found and told.get("shipments") != []:
            raise UnreadablePayload("the body has no list of shipments", carrier=self.key, reply=body)
        return found

    def _update(self, body, shipment: dict, asked: str) -> TrackingUpdate:
        number = asked or text(shipment, "id")
        if not number:
            raise UnreadablePayload("a shipment has no id", carrier=self.key, reply=body)
        events = readable(self, (self._event(shipment, scan) for scan in _scans(shipment)))
        destination = part(shipment, "destination", "address")
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(shipment, _zone(shipment, destination)),
            service=(text(shipment, "details", "product", "productName") or text(shipment, "service"))[:120],
            origin=_place(part(shipment, "origin", "address")),
            destination=_place(destination),
            proof_of_delivery=_proof(shipment),
        )

    def _event(self, shipment: dict, scan: dict) -> ParcelEvent | None:
        address = part(scan, "location", "address")
        happened = instant(text(scan, "timestamp"), lambda: _clock(shipment, scan, address))
        if happened is None:
            return None
        status, reason = self._meaning(_division(shipment), scan, is_return=shipment.get("returnFlag") is True)
        words = TAG.sub("", text(scan, "description") or text(scan, "status"))
        place = _place(address)
        return event_of(scan, happened, status, _code(scan), words, place=place, reason=reason)

    def _meaning(self, division: str, scan: dict, *, is_return: bool) -> tuple[Status, Reason | None]:
        """What a scan says: by its division's code, else by its prose, else by DHL's status code."""
        words = (text(scan, "status").replace("_", " "), text(scan, "description"))
        by_status_code = self.status(text(scan, "statusCode").lower())
        listed = MEANINGS.get(division, {}).get(text(scan, "status"))
        told, reason = listed or (first_found(WORDS, *words), None)
        if told is None and by_status_code is Status.UNKNOWN:
            told = first_found(GENERAL_WORDS, *words)
        status = _weighed(told, by_status_code, is_return=is_return)
        return status, (reason if status is told else None) or reason_told(status, *words)

    def unmapped_codes(self, update):
        """The scans that nothing here could read: neither division code nor prose nor status code."""
        return sorted(
            {event.code for event in update.events if event.status is Status.UNKNOWN and event.code} - _SILENT
        )


_SILENT = {code for codes in MEANINGS.values() for code, (status, _) in codes.items() if status is Status.UNKNOWN}


def _weighed(told: Status | None, by_status_code: Status, *, is_return: bool) -> Status:
    """The status when code or prose and DHL's status code have both spoken: where they differ, the less reassuring."""
    status = told or by_status_code
    if told is Status.DELIVERED and by_status_code not in (Status.DELIVERED, Status.UNKNOWN):
        return Status.UNKNOWN  # "DELIVERED", and yet in transit: nobody can tell
    if by_status_code is Status.EXCEPTION and told in ON_THE_WAY:
        return Status.EXCEPTION
    if told is Status.RETURNING and by_status_code is Status.DELIVERED:
        return Status.RETURNED
    if told is Status.RETURNED and by_status_code in (Status.IN_TRANSIT, Status.EXCEPTION):
        return Status.RETURNING
    return Status.RETURNED if is_return and status is Status.DELIVERED else status


def _scans(shipment: dict) -> list[dict]:
    """The events, and the shipment's status where it is news. A push has the status only."""
    events, latest = members(shipment, "events"), part(shipment, "status")
    if not latest:
        return events
    if not text(latest, "timestamp") and events:
        return events
    twins = [event for event in events if _is_same_scan(event, latest)]
    if not twins:
        return [*events, latest]
    # The same scan is told twice, sometimes with its zone in the second place only.
    zoned = {"timestamp": text(latest, "timestamp")} if _names_zone(latest) else {}
    return [{**event, **zoned} if event in twins and not _names_zone(event) else event for event in events]


def _is_same_scan(event: dict, latest: dict) -> bool:
    """At one time and of one status code, in whatever words: some divisions tell the status code once only."""
    is_of_one_code = text(event, "statusCode") in ("", text(latest, "statusCode"))
    is_same = _code(event) == _code(latest) or is_of_one_code
    return is_same and text(event, "timestamp")[:19] == text(latest, "timestamp")[:19]


def _names_zone(scan: dict) -> bool:
    return re.search(r"T.*(?:Z|[+-]\d\d:?\d\d)$", text(scan, "timestamp")) is not None


def _code(scan: dict) -> str:
    """What tells this scan from others, in a push as in a poll: the division's code or words."""
    return (text(scan, "status") or text(scan, "description") or text(scan, "statusCode"))[:80]


def _division(shipment: dict) -> str:
    service = text(shipment, "service").lower()
    return DIVISIONS.get(service, service)


def _clock(shipment: dict, scan: dict, address: dict) -> str:
    """The zone for a naive time: the division's, else that of the place, else that of the likelier end."""
    if zone := ZONES.get(_division(shipment)):
        return zone
    origin, destination = part(shipment, "origin", "address"), part(shipment, "destination", "address")
    ends = (origin, destination) if _is_before_departure(scan) else (destination, origin)
    return likely_zone(*((text(place, "countryCode"), _state(place)) for place in (address, *ends)))


def _is_before_departure(scan: dict) -> bool:
    is_labelled = first_found(WORDS, text(scan, "status"), text(scan, "description")) is Status.INFO_RECEIVED
    return text(scan, "statusCode") == "pre-transit" or is_labelled


def _window(shipment: dict, zone: str):
    frame = part(shipment, "estimatedDeliveryTimeFrame")
    begins, ends = (local_moment(text(frame, edge)) for edge in ("estimatedFrom", "estimatedThrough"))
    return window(begins, ends, zone) or window(None, local_moment(text(shipment, "estimatedTimeOfDelivery")), zone)


def _zone(shipment: dict, address: dict) -> str:
    return zone_of(text(address, "countryCode"), _state(address))


def _state(address: dict) -> str:
    """The state that American localities end with: "Hebron, KY"."""
    found = re.search(r",\s*([A-Z]{2})\b", text(address, "addressLocality"))
    return found.group(1) if found else ""


def _place(address: dict) -> Location:
    return location(_city(address), text(address, "postalCode"), text(address, "countryCode"))


def _city(address: dict) -> str:
    """The locality without the street that some divisions put before it: "Oderweg 2, Amsterdam"."""
    told = text(address, "addressLocality")
    street, comma, rest = told.partition(",")
    return rest.strip() if comma and re.search(r"\d", street) else told


def _is_about(shipment: dict, number: str) -> bool:
    references = (text(reference, "number") for reference in members(shipment, "details", "references"))
    return number in (text(shipment, "id"), *texts(shipment, "details", "pieceIds"), *references)


def _proof(shipment: dict) -> str:
    url = text(shipment, "details", "proofOfDelivery", "documentUrl")
    return url if url.startswith("https://") else ""

"""Shippo: Tracks for polling, track_updated webhooks for push. https://docs.goshippo.com/docs/tracking/tracking

Six statuses for all carriers, and since 2018 a substatus that tells them apart; what is older has its prose.
"""

import re
from http import HTTPStatus
from urllib.parse import quote

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
    texts,
    window,
)
from carriers.reading.codes import by_code, fail
from carriers.reading.words import compiled, first_found, handed_over, less_reassuring, reason_told
from carriers.reading.zones import zone_of
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

SIGNED_BY = "Shippo-Auth-Signature"

STATUSES = {
    "PRE_TRANSIT": Status.INFO_RECEIVED,
    "TRANSIT": Status.IN_TRANSIT,
    "DELIVERED": Status.DELIVERED,
    "RETURNED": Status.RETURNING,  # on its way back, or back: Shippo does not tell
    "FAILURE": Status.EXCEPTION,
    "UNKNOWN": Status.UNKNOWN,
}

# substatus.code
SUBSTATUSES = {
    Status.INFO_RECEIVED: "information_received",
    Status.IN_TRANSIT: """
        delivery_scheduled package_accepted package_arrived package_departed package_forwarded package_processed
        package_processing""",
    Status.OUT_FOR_DELIVERY: "out_for_delivery",
    Status.AVAILABLE_FOR_PICKUP: "pickup_available",
    Status.ATTEMPT_FAILED: "delivery_attempted location_inaccessible notice_left",
    Status.EXCEPTION: """
        address_issue contact_carrier delayed delivery_rescheduled package_damaged package_disposed package_held
        package_lost package_undeliverable reschedule_delivery""",
    Status.RETURNING: "package_unclaimed return_to_sender",
}
# Substatuses beside which the status alone tells.
SILENT = dict.fromkeys(("delivered", "other"), Status.UNKNOWN)

# What the substatus tells of the reason where the words beside it tell none.
REASONS = {
    "address_issue": Reason.ADDRESS_INCORRECT,
    "delayed": Reason.CARRIER_DELAY,
    "delivery_rescheduled": Reason.RESCHEDULED,
    "location_inaccessible": Reason.ACCESS_RESTRICTED,
    "notice_left": Reason.RECIPIENT_ABSENT,
    "package_damaged": Reason.DAMAGED,
    "package_disposed": Reason.DISPOSED,
    "package_lost": Reason.LOST,
    "package_unclaimed": Reason.PICKUP_EXPIRED,
}

# What the words beside a return say more than its status.
SENT_BACK = compiled(
    (Status.RETURNED, r"delivered,? (?:back )?to (?:the )?(?:original )?(?:sender|shipper)"),
)
# The same, of scans that have no substatus.
PROSE = compiled(
    (Status.ATTEMPT_FAILED, r"delivery (?:was )?attempt|attempted delivery|attempted to deliver|notice left"),
    (Status.AVAILABLE_FOR_PICKUP, r"(?:available|ready) for (?:customer )?(?:pick-?up|collection)"),
    (Status.OUT_FOR_DELIVERY, r"\bis out for delivery|^out for delivery"),
    (Status.INFO_RECEIVED, r"electronic shipment information|label has been created|awaiting the item"),
)
OPEN = (Status.UNKNOWN, Status.IN_TRANSIT)

# Errors have no codes: their words, and what these mean whatever HTTP status they come in.
ERRORS = compiled(
    (HTTPStatus.NOT_FOUND, r"not supported|invalid value specified for provider|not found"),
    (HTTPStatus.UNAUTHORIZED, r"\btoken\b|credentials|authenticat"),
    (HTTPStatus.TOO_MANY_REQUESTS, r"throttled|too many|rate limit"),
    (HTTPStatus.SERVICE_UNAVAILABLE, r"unavailable|server error|try again"),
)


class Shippo(Carrier):
    key, name = "shippo", "Shippo"
    base_url = "https://api.goshippo.com"
    credentials = ("api_token",)
    optional_credentials = ("webhook_secret",)
    calls_per_minute = 500
    is_aggregator = True
    pushes = True
    callback_secret = "the webhook_secret that Shippo gave on request"  # noqa: S105 - its name
    secret_credential = "webhook_secret"  # noqa: S105 - its name
    api = "Tracks API"
    push_api = "track_updated webhooks; signed on request only, HMAC-SHA256 of time and body"
    scan_times = "UTC"
    promise_from = "estimated day"
    substatuses = by_code(SUBSTATUSES)
    status_map = STATUSES | SILENT | substatuses

    def __init__(self, credentials=None, **options):
        super().__init__(credentials, **options)
        # Until Shippo signs, the address that nobody can guess is all the proof there is.
        self.callback_header = SIGNED_BY if self.account.get(self.secret_credential) else ""

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel) for parcel in parcels}

    def _fetch(self, parcel):
        if not parcel.courier:
            told = "Shippo cannot find a parcel by its number alone: enter the carrier, such as 'usps', in the shipment"
            raise NumberNotFound(told, carrier=self.key)
        path = f"/tracks/{quote(parcel.courier, safe='')}/{quote(parcel.number, safe='')}"
        headers = {"Authorization": f"ShippoToken {self.account['api_token']}"}
        return self.send("GET", f"{self.base_url}{path}", headers=headers)

    def parse(self, reply, number):
        told = document(self, reply)
        if "tracking_history" not in told and "tracking_status" not in told:
            self._fail(reply, told)
        self.check(reply)
        if not _scans(told):
            raise NumberNotFound("the carrier knows nothing of the number yet", carrier=self.key, reply=reply)
        return [self._update(reply, told, number)]

    # Being told

    def proof(self, callback, secret):
        at = re.match(r"t=(\d+),", callback.headers.get(SIGNED_BY, ""))
        signed_at = at.group(1) if at else ""
        return f"t={signed_at},v1={signature(secret, f'{signed_at}.'.encode() + callback.body)}"

    def parse_callback(self, callback):
        """Labels and batches come to the same address as tracks: they are no news of a parcel."""
        told = document(self, callback)
        event = text(told, "event")
        if event and event != "track_updated":
            return []
        return [self._update(callback, part(told, "data"), "")]

    # Reading

    def _fail(self, reply: Reply, told: dict):
        """Raise what an error means, in Shippo's words, which stand under the name of a field or of "detail"."""
        words = [f"{name}: {said}" if name != "detail" else said for name in told for said in texts(told, name)]
        if not words:
            self.check(reply)
            raise UnreadablePayload("the reply has neither a track nor an error", carrier=self.key, reply=reply)
        fail(self, reply, "; ".join(words)[:300], status=first_found(ERRORS, *words))

    def _update(self, body: Reply | Callback, track: dict, asked: str) -> TrackingUpdate:
        number = asked or text(track, "tracking_number")
        if not number:
            raise UnreadablePayload("there is no track with its number", carrier=self.key, reply=body)
        events = readable(self, (self._event(track, scan) for scan in _scans(track)))
        origin, destination = part(track, "address_from"), part(track, "address_to")
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(track, destination),
            service=text(track, "servicelevel", "name")[:120],
            origin=_place(origin),
            destination=_place(destination),
        )

    def _event(self, track: dict, scan: dict) -> ParcelEvent | None:
        # status_date is the carrier's; object_created is when Shippo heard of it, hours later.
        happened = instant(text(scan, "status_date"), "UTC")
        if happened is None:
            return None
        code, status = self._meaning(scan)
        words = text(scan, "status_details") or text(scan, "substatus", "text")
        reason = reason_told(status, words) or (REASONS.get(code) if status.is_trouble else None)
        place = _place(part(scan, "location"))
        carrier = text(track, "carrier")
        return event_of(scan, happened, status, code, words, place=place, reason=reason, carrier=carrier)

    def _meaning(self, scan: dict) -> tuple[str, Status]:
        """The telling code and what status, substatus and words say together."""
        coarse, fine = text(scan, "status"), text(scan, "substatus", "code")
        words = text(scan, "status_details")
        status = less_reassuring(self.substatuses.get(fine), self.status(coarse))
        if status is Status.DELIVERED:
            status = handed_over(words) or status
        if status is Status.RETURNING:
            status = first_found(SENT_BACK, words) or status
        if not fine and status in OPEN and coarse in STATUSES:
            status = first_found(PROSE, words) or status
        return (fine if fine in self.substatuses else coarse), status


def _scans(track: dict) -> list[dict]:
    """The history, and the latest status where it is news."""
    history, latest = members(track, "tracking_history"), part(track, "tracking_status")
    is_news = bool(text(latest, "status_date")) and not any(_is_same_scan(scan, latest) for scan in history)
    return [*history, latest] if is_news else history


def _is_same_scan(scan: dict, latest: dict) -> bool:
    """Told by time and status: Shippo gives the same scan another object_id in every reply."""
    return all(text(scan, name) == text(latest, name) for name in ("status_date", "status"))


def _window(track: dict, destination: dict):
    """The day of the estimate: its hour is midnight in UTC, or nobody's."""
    day = local_moment(text(track, "eta")[:10]) or local_moment(text(track, "original_eta")[:10])
    return window(None, day, zone_of(text(destination, "country").upper(), text(destination, "state")))


def _place(address: dict) -> Location:
    return location(text(address, "city"), text(address, "zip"), text(address, "country"))

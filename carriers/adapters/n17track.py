"""17TRACK: Tracking API v2 for polling, its webhook for push. https://api.17track.net/en/doc

Over three thousand carriers, each a number of 17TRACK's own: a status for the stage, a sub-status for the scan.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from http import HTTPStatus

from carriers.base import Callback, Carrier, Reply
from carriers.errors import CarrierError, NumberNotFound, UnreadablePayload
from carriers.reading import (
    Instant,
    document,
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
from carriers.reading.words import compiled, first_found, reason_told
from carriers.reading.zones import likely_zone, zone_of
from orders.events import Handover, Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

STATUSES = {
    "NotFound": Status.UNKNOWN,
    "InfoReceived": Status.INFO_RECEIVED,
    "InTransit": Status.IN_TRANSIT,
    "Expired": Status.UNKNOWN,  # nothing was told for weeks
    "AvailableForPickup": Status.AVAILABLE_FOR_PICKUP,
    "OutForDelivery": Status.OUT_FOR_DELIVERY,
    "DeliveryFailure": Status.ATTEMPT_FAILED,
    "Delivered": Status.DELIVERED,
    "Exception": Status.EXCEPTION,
}

# Of a sub-status that is not listed, the status it begins with is what it means.
SUB_STATUSES = {
    Status.UNKNOWN: "NotFound_Other NotFound_InvalidCode Expired_Other",
    Status.IN_TRANSIT: """
        InTransit_PickedUp InTransit_Other InTransit_Departure InTransit_Arrival InTransit_CustomsProcessing
        InTransit_CustomsReleased""",
    Status.OUT_FOR_DELIVERY: "OutForDelivery_Other",
    Status.AVAILABLE_FOR_PICKUP: "AvailableForPickup_Other",
    Status.ATTEMPT_FAILED: """
        DeliveryFailure_Other DeliveryFailure_NoBody DeliveryFailure_Security DeliveryFailure_Rejected
        DeliveryFailure_InvalidAddress""",
    Status.DELIVERED: "Delivered_Other",
    Status.EXCEPTION: """
        Exception_Other Exception_NoBody Exception_Security Exception_Damage Exception_Rejected Exception_Delayed
        Exception_Lost Exception_Destroyed InTransit_CustomsRequiringInformation""",
    Status.RETURNING: "Exception_Returning",
    Status.RETURNED: "Exception_Returned",
    Status.CANCELLED: "Exception_Cancel",
}

# The stage of an event, where it has no sub-status.
STAGES = {
    "PickedUp": Status.IN_TRANSIT,
    "Departure": Status.IN_TRANSIT,
    "Arrival": Status.IN_TRANSIT,
    "Returning": Status.RETURNING,
    "Returned": Status.RETURNED,
}

# What the sub-status tells of the reason where the carrier's words tell none.
REASONS = {
    "DeliveryFailure_InvalidAddress": Reason.ADDRESS_INCORRECT,
    "DeliveryFailure_NoBody": Reason.RECIPIENT_ABSENT,
    "DeliveryFailure_Rejected": Reason.REFUSED,
    "DeliveryFailure_Security": Reason.SECURITY_HOLD,
    "Exception_Damage": Reason.DAMAGED,
    "Exception_Delayed": Reason.CARRIER_DELAY,
    "Exception_Destroyed": Reason.DISPOSED,
    "Exception_Lost": Reason.LOST,
    "Exception_Rejected": Reason.REFUSED,
    "Exception_Security": Reason.SECURITY_HOLD,
    "InTransit_CustomsRequiringInformation": Reason.CUSTOMS_DOCUMENTS,
}

# A "Delivered" that is none: the words beside it say to whom.
HANDED_OVER = compiled(
    (Status.RETURNED, r"(?:delivered|returned),? (?:back )?to (?:the )?(?:original )?(?:sender|shipper)"),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"(?:delivered|left|delivery) (?:to|at) (?:an? |the )?(?:\w+ )?(?:access|service|pick-?up) ?point",
        r"(?:held|hold|await\w*|available|ready) .{0,30}(?:pick-?up|collection)",
    ),
)

# A courier's number in the words of the carrier behind, which are shown to whoever has the parcel's page.
PHONE = re.compile(r"(?<![A-Za-z\d])(?!\d{4}-\d\d-\d\d)\+?\d(?:[ -]?\d){6,}")

NOT_REGISTERED = "-18019902"
# The code of an error or a rejection -> what it means: they all come in HTTP 200.
ERROR_CODES = {
    "-18010001": HTTPStatus.FORBIDDEN,  # an address that is not on the account's list
    "-18010002": HTTPStatus.UNAUTHORIZED,
    "-18010003": HTTPStatus.INTERNAL_SERVER_ERROR,
    "-18010004": HTTPStatus.FORBIDDEN,
    "-18010005": HTTPStatus.FORBIDDEN,
    "-18010012": HTTPStatus.NOT_FOUND,  # no number of any carrier's
    "-18019901": HTTPStatus.NOT_FOUND,  # registered twice: what is known of it, the next question tells
    NOT_REGISTERED: HTTPStatus.NOT_FOUND,
    "-18019903": HTTPStatus.NOT_FOUND,  # nobody can tell whose number it is
    "-18019907": HTTPStatus.TOO_MANY_REQUESTS,
    "-18019908": HTTPStatus.TOO_MANY_REQUESTS,
    "-18019909": HTTPStatus.NOT_FOUND,  # nothing is known of it yet
    "-18019910": HTTPStatus.NOT_FOUND,  # not the number of that carrier
}


class SeventeenTrack(Carrier):
    key, name = "17track", "17TRACK"
    base_url = "https://api.17track.net"
    tracking_page = "https://t.17track.net/en#nums={number}"
    credentials = ("api_key",)
    batch_size = 40
    calls_per_minute = 180
    is_aggregator = True
    pushes = True
    callback_header = "sign"
    callback_secret = "the API key, which also signs"  # noqa: S105 - its name
    api = "Tracking API v2.4"
    push_api = "webhook v2, SHA-256 of body and key"
    scan_times = "the offset of each scan; a naive time gets the zone of the scan's place"
    promise_from = "estimated days"
    status_map = STATUSES | STAGES | {code: status for status, codes in SUB_STATUSES.items() for code in codes.split()}

    # Asking

    def fetch(self, parcels):
        parcels = list(parcels)
        told = self._call("gettrackinfo", [_question(parcel) for parcel in parcels])
        new = [parcel for parcel in parcels if parcel.number.casefold() in _not_registered(told)]
        replies = dict.fromkeys((parcel.number for parcel in parcels), told)
        if new:
            # 17TRACK asks the carrier after it has answered: what it finds, the next question tells.
            registered = self._call("register", [_registration(parcel) for parcel in new])
            replies |= dict.fromkeys((parcel.number for parcel in new), registered)
        return replies

    def _call(self, verb: str, body: list[dict]) -> Reply:
        headers = {"17token": self.account["api_key"]}
        return self.send("POST", f"{self.base_url}/track/v2.4/{verb}", json=body, headers=headers)

    def parse(self, reply, number):
        told = document(self, reply)
        data = part(told, "data")
        for error in (told, *members(data, "errors")):
            if text(error, "code") not in ("", "0"):
                self._fail(reply, error)
        self.check(reply)
        accepted, rejected = (_about(members(data, kind), number) for kind in ("accepted", "rejected"))
        if not accepted and rejected:
            self._fail(reply, part(rejected[0], "error"))
        if not accepted and not isinstance(data.get("accepted"), list):
            raise UnreadablePayload("the reply has no list of accepted numbers", carrier=self.key, reply=reply)
        return self._updates(reply, accepted, number)

    # Being told

    def verify_callback(self, callback):
        # The key that asks also signs, so it stands among the credentials.
        given = self.account.get("api_key")
        super().verify_callback(replace(callback, secrets=(*callback.secrets, given)) if given else callback)

    def proof(self, callback, secret):
        return hashlib.sha256(callback.body + f"/{secret}".encode()).hexdigest()

    def parse_callback(self, callback):
        told = document(self, callback)
        data = part(told, "data")
        if "track" in data:
            advice = "the push is of version 1: choose version 2 in the webhook's settings at 17TRACK"
            raise UnreadablePayload(advice, carrier=self.key, reply=callback)
        if text(told, "event") == "TRACKING_STOPPED":
            return []  # 17TRACK has given up, which is no news of the parcel
        return [self._update(callback, data, "")]

    # Reading

    def _fail(self, reply: Reply, error: dict):
        """Raise what one of 17TRACK's errors means, in its words."""
        code, message = text(error, "code"), text(error, "message") or text(error, "msg")
        unclear = max(reply.status, HTTPStatus.BAD_REQUEST)
        words = f"{message or 'an error without a message'} ({code or 'no code'})"
        self.fail(reply, words, status=ERROR_CODES.get(code) or unclear)

    def _updates(self, reply: Reply, accepted: Iterable[dict], number: str) -> list[TrackingUpdate]:
        """The parcels of which something is told; the first one's error when nothing is."""
        updates, errors = [], []
        for parcel in accepted:
            try:
                updates.append(self._update(reply, parcel, number))
            except CarrierError as error:
                errors.append(error)
        if not updates:
            raise errors[0] if errors else NumberNotFound("the number is not listed", carrier=self.key, reply=reply)
        return updates

    def _update(self, body: Reply | Callback, parcel: dict, asked: str) -> TrackingUpdate:
        number, info = asked or text(parcel, "number"), part(parcel, "track_info")
        if not number:
            raise UnreadablePayload("a parcel has no number", carrier=self.key, reply=body)
        if not info:
            self._fail_without_info(body, parcel)
        if isinstance(body, Reply) and _is_nothing_known(info):
            raise NumberNotFound("the carrier knows nothing of the number yet", carrier=self.key, reply=body)
        events = readable(self, (self._event(info, provider, scan) for provider, scan in _scans(info)))
        origin, destination = (part(info, "shipping_info", f"{end}_address") for end in ("shipper", "recipient"))
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(info, _zone(destination)),
            service=text(info, "misc_info", "service_type")[:120],
            origin=_place(origin),
            destination=_place(destination),
            handed_to=_handed_to(parcel, info),
        )

    def _fail_without_info(self, body, parcel: dict):
        if isinstance(body, Reply) and text(parcel, "number"):
            raise NumberNotFound("the number was registered, nothing is told of it yet", carrier=self.key, reply=body)
        raise UnreadablePayload("a parcel has no track_info", carrier=self.key, reply=body)

    def _event(self, info: dict, provider: dict, scan: dict) -> ParcelEvent | None:
        address = part(scan, "address")
        happened = _instant(scan, _clock(info, provider, address))
        if happened is None:
            return None
        words, translated = text(scan, "description"), text(scan, "description_translation", "description")
        code = text(scan, "sub_status") or text(scan, "stage")
        status = self._meaning(code, text(scan, "stage"), words, translated)
        return ParcelEvent(
            status=status,
            occurred_at=happened.at,
            code=code[:80],
            description=PHONE.sub("…", words)[:500],
            location=_place(address) or location(text(scan, "location")),
            reason=reason_told(status, words, translated) or (REASONS.get(code) if status.is_trouble else None),
            zone_known=happened.zone_known,
            carrier=text(provider, "name")[:80],
            raw=scan,
        )

    def _meaning(self, code: str, stage: str, *words: str) -> Status:
        """By the sub-status where it is listed, else by the status it begins with, else by the stage."""
        coarse = next((one for one in (code.partition("_")[0], stage) if one in self.status_map), "")
        status = self.status_map.get(code) or self.status(coarse)
        return (first_found(HANDED_OVER, *words) or status) if status is Status.DELIVERED else status


def _question(parcel) -> dict:
    """17TRACK's carriers are numbers; without one it finds the carrier itself."""
    return {"number": parcel.number} | ({"carrier": int(parcel.courier)} if parcel.courier.isdecimal() else {})


def _registration(parcel) -> dict:
    wanted = {"destination_postal_code": parcel.postcode, "destination_country": parcel.country}
    return _question(parcel) | {name: value for name, value in wanted.items() if value}


def _not_registered(reply: Reply) -> set[str]:
    try:
        rejected = members(reply.json(), "data", "rejected")
    except UnreadablePayload:
        return set()
    return {text(one, "number").casefold() for one in rejected if text(one, "error", "code") == NOT_REGISTERED}


def _about(parcels: list[dict], number: str) -> list[dict]:
    return [one for one in parcels if not number or text(one, "number").casefold() == number.casefold()]


def _scans(info: dict) -> list[tuple[dict, dict]]:
    """(provider, event) of every carrier that was asked; the latest event where no carrier's are listed."""
    providers = members(info, "tracking", "providers")
    scans = [(part(one, "provider"), scan) for one in providers for scan in members(one, "events")]
    latest = part(info, "latest_event")
    return scans or ([({}, latest)] if latest else [])


def _is_nothing_known(info: dict) -> bool:
    return text(info, "latest_status", "status") == "NotFound" and not _scans(info)


def _instant(scan: dict, zone: str) -> Instant | None:
    """The time with its offset, else in UTC, else as the carrier wrote it: any of the three may be null."""
    raw = part(scan, "time_raw")
    written = f"{text(raw, 'date')}T{text(raw, 'time') or '00:00:00'}{text(raw, 'timezone')}"
    told = (text(scan, "time_iso"), text(scan, "time_utc"), written, text(scan, "time_raw"))
    return next(filter(None, (instant(one, zone) for one in told)), None)


def _clock(info: dict, provider: dict, address: dict) -> str:
    """The zone for a naive time: of the place, else of the carrier, else of the destination."""
    recipient = part(info, "shipping_info", "recipient_address")
    places = (address, provider, recipient)
    return likely_zone(*((text(place, "country").upper(), text(place, "state")) for place in places))


def _window(info: dict, zone: str):
    estimate = part(info, "time_metrics", "estimated_delivery_date")
    return window(local_moment(text(estimate, "from")), local_moment(text(estimate, "to")), zone)


def _handed_to(parcel: dict, info: dict) -> Handover | None:
    """The last leg's carrier and its number, where they are not those that were asked for."""
    local = part(info, "misc_info")
    name, number = text(local, "local_provider"), text(local, "local_number")
    is_other = text(local, "local_key") not in ("", "0", text(parcel, "carrier"))
    is_other = is_other or number.casefold() not in ("", text(parcel, "number").casefold())
    return Handover(name[:80], number[:64]) if name and is_other else None


def _zone(address: dict) -> str:
    return zone_of(text(address, "country").upper(), text(address, "state"))


def _place(address: dict) -> Location:
    return location(text(address, "city"), text(address, "postal_code"), text(address, "country"))

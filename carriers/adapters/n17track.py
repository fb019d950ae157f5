"""17TRACK: Tracking API v2 for polling, its webhook for push. https://api.17track.net/en/doc

Over three thousand carriers, each a number of 17TRACK's own: a status for the stage, a sub-status for the scan.
"""

import hashlib
import re
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from carriers.base import Callback, Carrier, Headers, Reply
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import (
    Instant,
    Zone,
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
from carriers.reading.words import compiled, first_found, handed_over, reason_told
from carriers.reading.zones import likely_zone, zone_of
from orders.events import Handover, Location, ParcelEvent, TrackingUpdate
from orders.privacy import masked
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

# Version 1, whose pushes still come: track.e, the status of the newest scan. The others have their words only.
OLD_STATUSES = {
    "0": Status.UNKNOWN,
    "10": Status.IN_TRANSIT,
    "20": Status.UNKNOWN,  # nothing was told for weeks
    "30": Status.AVAILABLE_FOR_PICKUP,
    "35": Status.ATTEMPT_FAILED,
    "40": Status.DELIVERED,
    "50": Status.EXCEPTION,
}
OLD_WORDS = compiled(
    (Status.INFO_RECEIVED, r"label (?:has been )?created|awaiting (?:the )?item|information (?:received|sent)"),
    (Status.INFO_RECEIVED, r"electronic(?:ally)? (?:data|notif|information)|order processed: ready"),
)
# Its numbers of countries, as far as they are known.
OLD_COUNTRIES = {
    "115": "AU",
    "215": "BR",
    "301": "CN",
    "304": "CA",
    "605": "FR",
    "704": "DE",
    "1002": "JP",
    "1103": "GB",
    "1404": "NL",
    "1803": "RU",
    "1913": "SG",
    "2105": "US",
}
# It signed the event and the data, and told the signature between the two.
SIGNED_INSIDE = re.compile(rb'\{"event":"(\w+)","sign":"(\w+)","data":(.*)\}\s*', re.DOTALL)

NOT_REGISTERED = "-18019902"
# The code of an error or a rejection -> what it means: they all come in HTTP 200.
ERROR_CODES = {
    "-18010001": HTTPStatus.FORBIDDEN,  # an address that is not on the account's list
    "-18010002": HTTPStatus.UNAUTHORIZED,
    "-18010003": HTTPStatus.INTERNAL_SERVER_ERROR,
    "-18010004": HTTPStatus.FORBIDDEN,
    "-18010005": HTTPStatus.FORBIDDEN,
    "-18010012": HTTPStatus.NOT_FOUND,  # no number of any carrier's
    "-18010018": HTTPStatus.NOT_FOUND,  # this carrier, and the next three, want to be told more than the number
    "-18010019": HTTPStatus.NOT_FOUND,
    "-18010020": HTTPStatus.NOT_FOUND,
    "-18010022": HTTPStatus.NOT_FOUND,
    "-18019901": HTTPStatus.NOT_FOUND,  # registered twice: what is known of it, the next question tells
    NOT_REGISTERED: HTTPStatus.NOT_FOUND,
    "-18019903": HTTPStatus.NOT_FOUND,  # nobody can tell whose number it is
    "-18019907": HTTPStatus.TOO_MANY_REQUESTS,
    "-18019908": HTTPStatus.TOO_MANY_REQUESTS,
    "-18019909": HTTPStatus.NOT_FOUND,  # nothing is known of it yet
    "-18019910": HTTPStatus.NOT_FOUND,  # not the number of that carrier
    "-18019911": HTTPStatus.NOT_FOUND,  # a carrier that 17TRACK cannot ask at present
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
    secret_credential = "api_key"  # noqa: S105 - its name
    api = "Tracking API v2.4"
    push_api = "webhook v2, SHA-256 of body and key; v1 is read too"
    scan_times = "the offset of each scan; a naive time gets the zone of the scan's place"
    promise_from = "estimated days"
    status_map = STATUSES | STAGES | by_code(SUB_STATUSES)

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
        if not accepted:
            raise NumberNotFound("the number is not listed", carrier=self.key, reply=reply)
        return self.readable_updates(partial(self._update, reply, parcel, number) for parcel in accepted)

    # Being told

    def verify_callback(self, callback):
        super().verify_callback(_with_sign(callback))

    def proof(self, callback, secret):
        return hashlib.sha256(callback.body + f"/{secret}".encode()).hexdigest()

    def parse_callback(self, callback):
        told = document(self, callback)
        data = part(told, "data")
        if part(data, "track"):
            return [self._old_update(callback, data)]
        if text(told, "event") == "TRACKING_STOPPED":
            return []  # 17TRACK has given up, which is no news of the parcel
        return [self._update(callback, data, "")]

    # Reading

    def _fail(self, reply: Reply, error: dict):
        """Raise what one of 17TRACK's errors means, in its words."""
        code, message = text(error, "code"), text(error, "message") or text(error, "msg")
        fail(self, reply, message, code, status=ERROR_CODES.get(code))

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
        happened = _instant(scan, lambda: _clock(info, provider, address))
        if happened is None:
            return None
        words, translated = text(scan, "description"), text(scan, "description_translation", "description")
        code = text(scan, "sub_status") or text(scan, "stage")
        status = self._meaning(code or _latest_code(info, scan), text(scan, "stage"), words, translated)
        reason = reason_told(status, words, translated) or (REASONS.get(code) if status.is_trouble else None)
        place = _place(address) or location(text(scan, "location"))
        carrier = text(provider, "name")
        return event_of(scan, happened, status, code, masked(words), place=place, reason=reason, carrier=carrier)

    def _meaning(self, code: str, stage: str, *words: str) -> Status:
        """By the sub-status where it is listed, else by the status it begins with, else by the stage."""
        coarse = next((one for one in (code.partition("_")[0], stage) if one in self.status_map), "")
        status = self.status_map.get(code) or self.status(coarse)
        return (handed_over(*words) or status) if status is Status.DELIVERED else status

    # Version 1

    def _old_update(self, callback: Callback, parcel: dict) -> TrackingUpdate:
        number, track = text(parcel, "number"), part(parcel, "track")
        if not number:
            raise UnreadablePayload("a parcel has no number", carrier=self.key, reply=callback)
        told = (self._old_event(track, scan, country) for scan, country in _old_scans(track))
        origin, destination = (OLD_COUNTRIES.get(text(track, end), "") for end in ("b", "c"))
        ends = {"origin": location(country=origin), "destination": location(country=destination)}
        return TrackingUpdate(number=number, events=readable(self, told), **ends)

    def _old_event(self, track: dict, scan: dict, country: str) -> ParcelEvent | None:
        place = " ".join(filter(None, (text(scan, "d"), text(scan, "c"))))
        american = re.search(r"\b([A-Z]{2})(?: \d{5}|, US\b|, United States\b)", place)
        zone = likely_zone(("US", american.group(1)) if american else (country, ""))
        happened = instant(text(scan, "a"), zone)
        if happened is None:
            return None
        words = text(scan, "z")
        status = _old_meaning(text(track, "e") if scan == part(track, "z0") else "", words)
        # Without codes, the words alone tell two scans of one minute apart.
        own = hashlib.sha256(f"{happened.at} {place} {words}".encode()).hexdigest()
        at, reason = location(place, country="US" if american else country), reason_told(status, words)
        return event_of(scan, happened, status, "", masked(words), place=at, reason=reason, event_id=own)


def _old_meaning(code: str, words: str) -> Status:
    """By the status of the whole parcel where it is the newest scan's, and by the words."""
    status = OLD_STATUSES.get(code, Status.UNKNOWN)
    if status is Status.DELIVERED:
        return handed_over(words) or status
    is_open = status in (Status.UNKNOWN, Status.IN_TRANSIT)
    return (first_found(OLD_WORDS, words) or status) if is_open else status


def _with_sign(callback: Callback) -> Callback:
    """A push of version 1 as version 2 would send it: what is signed as the body, the signature in the header."""
    found = SIGNED_INSIDE.fullmatch(callback.body)
    if found is None or "sign" in callback.headers:
        return callback
    event, sign, data = found.groups()
    return replace(callback, body=event + b"/" + data, headers=Headers({"sign": sign.decode()}))


def _old_scans(track: dict) -> list[tuple[dict, str]]:
    """(scan, country) of both carriers, and the newest scan where neither has it."""
    origin, destination = (OLD_COUNTRIES.get(text(track, end), "") for end in ("b", "c"))
    scans = [(scan, origin) for scan in members(track, "z1")] + [(scan, destination) for scan in members(track, "z2")]
    latest = part(track, "z0")
    return scans if not latest or any(scan == latest for scan, _ in scans) else [*scans, (latest, origin)]


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


def _latest_code(info: dict, scan: dict) -> str:
    """What the latest status says of the latest event, where that has no stage of its own: "" for any other."""
    latest = part(info, "latest_event") or next((newest for _, newest in _scans(info)), {})
    is_latest = all(text(scan, name) == text(latest, name) for name in ("time_iso", "time_utc", "description"))
    status = part(info, "latest_status")
    return (text(status, "sub_status") or text(status, "status")) if is_latest else ""


def _is_nothing_known(info: dict) -> bool:
    return text(info, "latest_status", "status") == "NotFound" and not _scans(info)


def _instant(scan: dict, zone: Zone) -> Instant | None:
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

"""AfterShip: Tracking API for polling, tracking webhooks for push. https://www.aftership.com/docs/tracking

Over a thousand carriers behind one vocabulary: a tag for the stage, a subtag such as InTransit_003 for the scan.
"""

import re
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
from carriers.reading.words import handed_over, reason_told
from carriers.reading.zones import alpha2, likely_zone, zone_of
from orders.events import Handover, Location, ParcelEvent, TrackingUpdate
from orders.privacy import masked
from orders.reasons import Reason
from orders.statuses import Status

VERSION = "2026-07"

TAGS = {
    "Pending": Status.UNKNOWN,
    "InfoReceived": Status.INFO_RECEIVED,
    "InTransit": Status.IN_TRANSIT,
    "OutForDelivery": Status.OUT_FOR_DELIVERY,
    "AttemptFail": Status.ATTEMPT_FAILED,
    "AvailableForPickup": Status.AVAILABLE_FOR_PICKUP,
    "Delivered": Status.DELIVERED,
    "Exception": Status.EXCEPTION,
    "Expired": Status.UNKNOWN,  # nothing was told for weeks
}

# Of a subtag that is not listed, the tag it begins with is what it means.
SUBTAGS = {
    Status.UNKNOWN: "Pending_001 Pending_002 Pending_003 Pending_004 Pending_005 Pending_006 Expired_001",
    Status.INFO_RECEIVED: "InfoReceived_001",
    # OutForDelivery_004: an appointment was made, for whatever day.
    Status.IN_TRANSIT: """
        InTransit_001 InTransit_002 InTransit_003 InTransit_004 InTransit_005 InTransit_006 InTransit_007 InTransit_008
        InTransit_009 OutForDelivery_004""",
    Status.OUT_FOR_DELIVERY: "OutForDelivery_001 OutForDelivery_003",
    Status.ATTEMPT_FAILED: "AttemptFail_001 AttemptFail_002 AttemptFail_003",
    Status.AVAILABLE_FOR_PICKUP: "AvailableForPickup_001 OutForDelivery_002",
    Status.DELIVERED: "Delivered_001 Delivered_002 Delivered_003 Delivered_004 Delivered_005",
    Status.EXCEPTION: """
        Exception_001 Exception_002 Exception_003 Exception_004 Exception_005 Exception_006 Exception_007 Exception_008
        Exception_009 Exception_012 Exception_013 Exception_016 Exception_017 Exception_018 Exception_019
        Exception_021""",
    Status.RETURNING: "Exception_010",
    Status.RETURNED: "Exception_011",
    Status.CANCELLED: "Exception_020",
}

# What the subtag tells of the reason where the carrier's words tell none.
REASONS = {
    "AttemptFail_002": Reason.RECIPIENT_ABSENT,
    "AttemptFail_003": Reason.BUSINESS_CLOSED,
    "Delivered_005": Reason.DELIVERED_TO_NEIGHBOUR,
    "Exception_002": Reason.RECIPIENT_MOVED,
    "Exception_003": Reason.REFUSED,
    "Exception_004": Reason.CUSTOMS_HELD,
    "Exception_005": Reason.CARRIER_DELAY,
    "Exception_006": Reason.PAYMENT_REQUIRED,
    "Exception_007": Reason.ADDRESS_INCORRECT,
    "Exception_008": Reason.PICKUP_EXPIRED,
    "Exception_012": Reason.DAMAGED,
    "Exception_013": Reason.LOST,
    "Exception_016": Reason.CARRIER_DELAY,
    "Exception_017": Reason.WEATHER,
    "Exception_018": Reason.CUSTOMS_DOCUMENTS,
    "Exception_019": Reason.CARRIER_DELAY,
    "Exception_021": Reason.DISPOSED,
}

# meta.code -> what it means, whatever HTTP status it comes in. Most are of the number, or of the carrier behind it.
ERROR_CODES = {str(code): HTTPStatus.NOT_FOUND for code in (4003, 4004, 4005, 4010, 4011, 4012)}
ERROR_CODES |= {"401": HTTPStatus.UNAUTHORIZED, "403": HTTPStatus.FORBIDDEN, "404": HTTPStatus.NOT_FOUND}
ERROR_CODES |= {"429": HTTPStatus.TOO_MANY_REQUESTS}

# Where an estimate may stand, and how its edges are called there: what the carrier says before what others reckon.
ESTIMATES = (
    ("courier_estimated_delivery_date", "estimated_delivery_date"),
    ("expected_delivery", ""),
    ("latest_estimated_delivery", "datetime"),
    ("aftership_estimated_delivery_date", "estimated_delivery_date"),
    ("custom_estimated_delivery_date", "estimated_delivery_date"),
    ("order_promised_delivery_date", "promised_delivery_date"),
    ("order_promised_delivery_date", ""),
)


class AfterShip(Carrier):
    key, name = "aftership", "AfterShip"
    base_url = "https://api.aftership.com"
    credentials = ("api_key", "webhook_secret")
    batch_size = 20  # a number that is new to AfterShip costs a call of its own
    is_aggregator = True
    pushes = True
    callback_header = "aftership-hmac-sha256"
    callback_secret = "the webhook_secret that AfterShip shows beside its webhooks"  # noqa: S105 - its name
    secret_credential = "webhook_secret"  # noqa: S105 - its name
    api = f"Tracking API {VERSION}"
    push_api = "tracking webhooks, HMAC-SHA256 of the body"
    scan_times = "the offset of each scan; a naive time gets the zone of the scan's place"
    promise_from = "the carrier's estimate, else AfterShip's, else the shop's"
    lacks = ("pickup point", "redirect")
    status_map = TAGS | by_code(SUBTAGS)

    # Asking

    def fetch(self, parcels):
        parcels = list(parcels)
        numbers = ",".join(parcel.number for parcel in parcels)
        listed = self._send("GET", params={"tracking_numbers": numbers})
        known = _numbers_listed(listed)
        if known is None:
            return {parcel.number: listed for parcel in parcels}
        return {parcel.number: listed if _same(parcel.number) in known else self._add(parcel) for parcel in parcels}

    def _add(self, parcel):
        """Have AfterShip follow a number from now on; it asks the carrier after it has answered."""
        wanted = {"tracking_number": parcel.number, "slug": parcel.courier, "destination_postal_code": parcel.postcode}
        return self._send("POST", json={name: value for name, value in wanted.items() if value})

    def _send(self, method, **options):
        headers = {"as-api-key": self.account["api_key"]}
        return self.send(method, f"{self.base_url}/tracking/{VERSION}/trackings", headers=headers, **options)

    def parse(self, reply, number):
        told = document(self, reply)
        self._check_meta(reply, told)
        self.check(reply)
        trackings = _trackings(told)
        if trackings is None:
            raise UnreadablePayload("the reply has no trackings", carrier=self.key, reply=reply)
        about = [one for one in trackings if not number or _same(text(one, "tracking_number")) == _same(number)]
        if not about:
            raise NumberNotFound("AfterShip does not follow the number yet", carrier=self.key, reply=reply)
        return self.readable_updates(partial(self._update, reply, tracking, number) for tracking in about)

    # Being told

    def proof(self, callback, secret):
        return signature(secret, callback.body, encoding="base64")

    def parse_callback(self, callback):
        """An event that AfterShip has thought of since, without a tracking, is no news of a parcel."""
        told = document(self, callback)
        tracking = part(told, "msg")
        if not text(tracking, "tracking_number") and text(told, "event") not in ("", "tracking_update"):
            return []
        return [self._update(callback, tracking, "")]

    # Reading

    def _check_meta(self, reply: Reply, told: dict) -> None:
        """Raise what meta.code means, in AfterShip's words."""
        code = text(told, "meta", "code")
        if code in ("", "200", "201") or not code.isdecimal():
            return
        words = text(told, "meta", "message") or text(told, "meta", "type")
        server_error = int(code) if 500 <= int(code) < 600 else None
        fail(self, reply, words, code, status=ERROR_CODES.get(code) or server_error)

    def _update(self, body: Reply | Callback, tracking: dict, asked: str) -> TrackingUpdate:
        number = asked or text(tracking, "tracking_number")
        if not number:
            raise UnreadablePayload("there is no tracking with its number", carrier=self.key, reply=body)
        events = readable(self, (self._event(tracking, scan) for scan in members(tracking, "checkpoints")))
        origin, destination = _end(tracking, "origin"), _end(tracking, "destination")
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(tracking, _zone(destination)),
            service=text(tracking, "shipment_type")[:120],
            origin=_place(origin),
            destination=_place(destination),
            proof_of_delivery=_proof(tracking),
            handed_to=_handed_to(tracking, number),
        )

    def _event(self, tracking: dict, scan: dict) -> ParcelEvent | None:
        happened = instant(text(scan, "checkpoint_time"), lambda: _clock(tracking, scan))
        if happened is None:
            return None
        code = text(scan, "subtag") or text(scan, "tag")
        words = text(scan, "message") or text(scan, "subtag_message")
        status = self._meaning(code, text(scan, "tag"), words)
        if status is Status.DELIVERED and text(tracking, "shipment_direction") == "return":
            status = Status.RETURNED
        reason = _reason(status, code, words, text(scan, "subtag_message"))
        carrier = text(scan, "slug") or text(tracking, "slug")
        return event_of(scan, happened, status, code, masked(words), place=_place(scan), reason=reason, carrier=carrier)

    def _meaning(self, code: str, tag: str, words: str) -> Status:
        """By the subtag where it is listed, else by the tag."""
        coarse = next((one for one in (tag, code.partition("_")[0]) if one in TAGS), "")
        status = self.status_map.get(code) or self.status(coarse)
        return (handed_over(words) or status) if status is Status.DELIVERED else status


def _reason(status: Status, code: str, words: str, summary: str) -> Reason | None:
    told = reason_told(status, words)
    if told or status in (Status.UNKNOWN, Status.RETURNED):
        return told
    return REASONS.get(code) or reason_told(status, summary)


def _same(number: str) -> str:
    """A number as AfterShip compares it: without spaces and capitals."""
    return re.sub(r"\s", "", number).casefold()


def _trackings(told: dict) -> list[dict] | None:
    """The trackings of a reply that lists them, creates one, or tells one's last checkpoint; None where it is none."""
    data = part(told, "data")
    if isinstance(data.get("trackings"), list):
        return members(data, "trackings")
    one = part(data, "tracking") or data
    if "checkpoint" in one:
        one = {**one, "checkpoints": members(one, "checkpoint")}
    return [one] if text(one, "tracking_number") else None


def _numbers_listed(reply: Reply) -> set[str] | None:
    """The numbers that AfterShip follows among those asked for; None where the reply is no list."""
    try:
        told = reply.json()
    except UnreadablePayload:
        return None
    listed = part(told, "data").get("trackings")
    if not isinstance(listed, list):
        return None
    return {_same(text(tracking, "tracking_number")) for tracking in listed}


def _window(tracking: dict, zone: str):
    found = (_estimate(tracking, name, edge, zone) for name, edge in ESTIMATES)
    return next(filter(None, found), None)


def _estimate(tracking: dict, name: str, edge: str, zone: str):
    if not edge:
        return window(None, local_moment(text(tracking, name)), zone)
    exactly, first, last = (local_moment(text(tracking, name, f"{edge}{end}")) for end in ("", "_min", "_max"))
    return window(first, last, zone) or window(None, exactly, zone)


def _handed_to(tracking: dict, number: str) -> Handover | None:
    """The last of the couriers that follow, where it is told."""
    last = part(tracking, "last_mile") or next(reversed(members(tracking, "next_couriers")), {})
    slug, last_number = text(last, "slug"), text(last, "tracking_number")
    if not slug or (slug == text(tracking, "slug") and last_number in ("", number)):
        return None
    return Handover(slug, last_number[:64])


def _proof(tracking: dict) -> str:
    urls = (text(proof, "url") for proof in members(tracking, "proof_of_delivery"))
    return next((url for url in urls if url.startswith("https://")), "")


def _end(tracking: dict, which: str) -> dict:
    """The place of one end of the journey. AfterShip renamed country_iso3 to country_region, and zip to postal_code."""
    names = ("country_region", "country_iso3", "state", "city", "postal_code")
    told = {name: text(tracking, f"{which}_{name}") for name in names}
    if which == "destination" and not (told["country_region"] or told["country_iso3"]):
        told["country_region"] = text(tracking, "courier_destination_country_iso3")
    return told


def _country(place: dict) -> str:
    """The alpha-2 code of a country that AfterShip tells in three letters."""
    return alpha2(text(place, "country_region") or text(place, "country_iso3"))


def _clock(tracking: dict, scan: dict) -> str:
    places = (scan, _end(tracking, "destination"), _end(tracking, "origin"))
    return likely_zone(*((_country(place), text(place, "state")) for place in places))


def _zone(place: dict) -> str:
    return zone_of(_country(place), text(place, "state"))


def _place(place: dict) -> Location:
    city = text(place, "city") or text(place, "location")
    return location(city, text(place, "postal_code") or text(place, "zip"), _country(place))

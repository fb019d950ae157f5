"""USPS: Tracking v3 for polling, Subscriptions - Tracking for push. https://developers.usps.com"""

import html
import re
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from http import HTTPStatus

from carriers.base import Acknowledgement, Callback, OAuthCarrier, Reply, Subscribed, signature
from carriers.errors import UnreadablePayload
from carriers.reading import (
    UTC_OFFSETS,
    Instant,
    LocalMoment,
    document,
    event_of,
    in_zone,
    instant,
    is_over,
    listing,
    local_moment,
    location,
    members,
    offset_between,
    part,
    readable,
    text,
    texts,
    window,
)
from carriers.reading.codes import by_code, fail, http_error, not_among
from carriers.reading.words import compiled, first_found, reason_told
from carriers.reading.zones import likely_zone, zone_of
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# eventCode: Publication 199, Appendix G.
EVENT_CODES = {
    Status.INFO_RECEIVED: "89 GX MA",
    Status.IN_TRANSIT: "03 06 07 10 17 19 41 42 60 80 81 82 83 A1 AD EF MR NT OA PA PC SF T1 TL TM UA",
    Status.OUT_FOR_DELIVERY: "59 OF",
    Status.ATTEMPT_FAILED: "02 30 51 52 53 54 55 56",
    Status.AVAILABLE_FOR_PICKUP: "14 16",
    Status.DELIVERED: "01 43",
    Status.EXCEPTION: "05 08 11 15 71",
    # USPS sends back at once what it cannot deliver.
    Status.RETURNING: "04 09 21 22 23 24 25 26 27 28 29 31 44",
    Status.UNKNOWN: "DX GC",  # nobody scanned it; a return receipt was attached
}
REASON_CODES = {
    "04": Reason.REFUSED,
    "05": Reason.ADDRESS_INCORRECT,
    "06": Reason.REDIRECTED,
    "08": Reason.MISSORTED,
    "15": Reason.MISSORTED,
    "21": Reason.ADDRESS_INCORRECT,
    "22": Reason.ADDRESS_INCOMPLETE,
    "23": Reason.RECIPIENT_MOVED,
    "24": Reason.RECIPIENT_MOVED,
    "25": Reason.ADDRESS_INCORRECT,
    "26": Reason.ADDRESS_INCORRECT,
    "27": Reason.PICKUP_EXPIRED,
    "30": Reason.ACCESS_RESTRICTED,
    "31": Reason.PICKUP_EXPIRED,
    "51": Reason.BUSINESS_CLOSED,
    "71": Reason.RESCHEDULED,
}
# Why a notice was left, which the notice itself hides from whoever reads on.
REASONS = compiled(
    (Reason.ACCESS_RESTRICTED, r"no secure location|receptacle|no access|animal"),
    (Reason.CARRIER_DELAY, r"arriving late"),
)

# eventType says to whom a parcel was "delivered", and which scans belong to the way back.
TELLING = compiled(
    (Status.RETURNED, r"delivered,? to (?:the )?(?:original )?sender"),
    (Status.RETURNING, r"return(?:ed|ing)? to (?:the )?sender|being returned"),
    (Status.IN_TRANSIT, r"(?:delivered|tendered) to (?:returns |military )?agent"),
)
# eventType of the codes that are not in the table, above all of international mail.
WORDS = compiled(
    (
        Status.RETURNING,
        r"^(?:refused|unclaimed|vacant|deceased|no such number|insufficient address|addressee unknown|forward expired)",
        r"^moved, left no address",
    ),
    (Status.DELIVERED, r"^delivered|\bitem was delivered|individual picked up"),
    (Status.OUT_FOR_DELIVERY, r"out for delivery"),
    (Status.ATTEMPT_FAILED, r"notice left|attempt|business closed|missed delivery"),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"available for (?:redelivery|pick ?up)|ready for pick ?up|collect for pick ?up|held at post office",
        r"arriv(?:al|ed) at pick[ -]?up|own pick-?up|item being held, addressee|reminder to (?:pick up|schedule)",
    ),
    (
        Status.EXCEPTION,
        r"exception|held (?:in|by) customs|customs hold|missent|mis-?shipped|undeliverable|dead (?:letter|mail)",
        r"recovery center|rescheduled|seized|disposed|damaged|\bdelay|\blost\b",
    ),
    (Status.CANCELLED, r"label cancel"),
    (Status.IN_TRANSIT, r"shipping partner"),
    (Status.INFO_RECEIVED, r"label created|shipping info|pre-shipment|awaiting item|expects item|preparing shipment"),
    (
        Status.IN_TRANSIT,
        r"in transit|arriv|depart|process|accept|possession|picked up|dispatch|sort|forwarded|customs|en ?route",
        r"redelivery scheduled|shipment received|left the",
    ),
)
# statusCategory speaks of the newest event only.
CATEGORIES = {
    "accepted": Status.IN_TRANSIT,
    "alert": Status.EXCEPTION,
    "available for pickup": Status.AVAILABLE_FOR_PICKUP,
    "delivered": Status.DELIVERED,
    "delivered to agent": Status.IN_TRANSIT,
    "delivery attempt": Status.ATTEMPT_FAILED,
    "delivery attempt: action needed": Status.ATTEMPT_FAILED,
    "in transit": Status.IN_TRANSIT,
    "in-transit": Status.IN_TRANSIT,
    "moving through network": Status.IN_TRANSIT,
    "out for delivery": Status.OUT_FOR_DELIVERY,
    "pre-shipment": Status.INFO_RECEIVED,
    "return to sender": Status.RETURNING,
}

# A line or a sentence that stands for a scan: "Out for Delivery, 06/17/2022, 6:10 am, FAIRFAX, VA 22032", or
# "Your item was delivered at 12:55 pm on April 05, 2010 in FALMOUTH, MA 02540".
PLACE = r"(.+?), ([A-Z]{2})(?: (\d{5}))?\b"
LINE = re.compile(rf"(.+?), (\d\d/\d\d/\d{{4}}, \d\d?:\d\d [ap]m)(?:, {PLACE})?", re.ASCII)
SENTENCE = re.compile(rf"(.+ at (\d\d?:\d\d [ap]m on [A-Z][a-z]+ \d\d?, \d{{4}})(?: in {PLACE})?.*)", re.ASCII)

# USPS says "400" for a number that nobody has scanned yet, and means 404.
NOT_FOUND = compiled(
    (
        HTTPStatus.NOT_FOUND,
        r"status update is (?:not yet |un)available|could not locate|not (?:be )?found",
        r"tracking number may be incorrect|no record|invalid tracking number",
    )
)
# An order of pushes that fails for the sake of its number, and not for the account's or the listener's.
ABOUT_THE_NUMBER = re.compile("tracking ?number", re.IGNORECASE)
OAUTH_ERRORS = frozenset({"invalid_client", "invalid_token", "unauthorized_client", "access_denied"})


class USPS(OAuthCarrier):
    key, name = "usps", "USPS"
    base_url = "https://apis.usps.com"
    tracking_page = "https://tools.usps.com/go/TrackConfirmAction?tLabels={number}"
    credentials = ("client_id", "client_secret")
    batch_size = 35
    calls_per_minute = 1  # 60 an hour, unless USPS grants an app more
    pushes = True
    callback_header = "X-HMAC"
    callback_secret = "the secret of the tracking subscription"  # noqa: S105 - its name
    subscription_size = 1
    api = "Tracking v3 (v3r2)"
    push_api = "Subscriptions - Tracking v3, HMAC-SHA256 of time stamp and payload"
    scan_times = "local time with the offset beside it, else the clock of the state"
    promise_from = "predicted window, else the expected day, else the guaranteed one"
    status_map = by_code(EVENT_CODES)

    # Asking

    def request_token(self):
        body = {"grant_type": "client_credentials", **{name: self.account[name] for name in self.credentials}}
        return self.send("POST", f"{self.base_url}/oauth2/v3/token", json=body)

    def fetch(self, parcels):
        asked = [parcel.number for parcel in parcels]
        body = [{"trackingNumber": number} for number in asked]
        return dict.fromkeys(asked, self.call("POST", "/tracking/v3r2/tracking", json=body))

    def parse(self, reply, number):
        packages = listing(self, reply)
        failed = [package for package in packages if package.get("error")]
        if not failed:
            self.check(reply)
        about = [package for package in packages if len(packages) == 1 or number in ("", _number(package))]
        if about:
            return self.readable_updates(partial(self._update, reply, package, number) for package in about)
        if failed:
            self._fail(reply, failed[0])
        raise not_among(self, reply, packages, number)

    # Being told

    def subscribe(self, numbers, url, secret):
        (number,) = numbers
        order = {
            "listenerURL": url,
            "secret": secret,
            "adminNotification": [],
            "filterProperties": {"trackingNumber": number, "trackingEventTypes": ["ALL_UPDATES"]},
        }
        reply = self.call("POST", "/subscriptions-tracking/v3r2/subscriptions", json=order)
        told = document(self, reply)
        if reply.status == HTTPStatus.BAD_REQUEST and ABOUT_THE_NUMBER.search(str(told)):
            return Subscribed(refused=(number,))
        if told.get("error") or reply.status >= HTTPStatus.BAD_REQUEST:
            self._fail(reply, told)
        return Subscribed(reference=text(told, "subscriptionId"))

    def proof(self, callback, secret):
        """The payload is signed as the text that it is in the envelope, behind the envelope's time stamp."""
        try:
            told = callback.json()
        except UnreadablePayload:
            return ""
        signed = [told.get(name) for name in ("timestamp", "payload")] if isinstance(told, dict) else [None]
        if not all(isinstance(piece, str) for piece in signed):
            return ""
        return signature(secret, "".join(signed).encode("utf-8", "surrogatepass"), encoding="base64")

    def parse_callback(self, callback):
        envelope = document(self, callback)
        payload = envelope.get("payload")
        if isinstance(payload, str):
            packages = listing(self, Callback(payload.encode()))
        else:
            packages = members(envelope, "payload") or [envelope]
        if not packages:
            raise UnreadablePayload("the push is about no package", carrier=self.key, reply=callback)
        told = [_with_event(package, envelope) for package in packages]
        return self.readable_updates(partial(self._update, callback, package, "") for package in told)

    def acknowledge(self, callback):
        return Acknowledgement(status=HTTPStatus.OK)

    # Reading

    def _fail(self, reply, told: dict):
        """Raise what one of USPS's errors means, in USPS's words."""
        error = part(told, "error")
        details = members(error, "errors")
        code = text(error, "code") or text(told, "error")
        words = [text(error, "message"), text(told, "error_description")]
        words += [text(detail, name) for detail in details for name in ("title", "detail")]
        message = _plain(": ".join(filter(None, words)))
        status = HTTPStatus.UNAUTHORIZED if code in OAUTH_ERRORS else _http_status(code, reply.status)
        if status == HTTPStatus.BAD_REQUEST:
            status = first_found(NOT_FOUND, message) or status
        fail(self, reply, message, code, status=status)

    def _update(self, body: Reply | Callback, package: dict, asked: str) -> TrackingUpdate:
        number = asked or _number(package)
        if package.get("error") and not members(package, "trackingEvents"):
            self._fail(body, package)
        if not number or not (_number(package) or "trackingEvents" in package):
            raise UnreadablePayload("a package names no trackingNumber", carrier=self.key, reply=body)
        events = self._events(package)
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(package),
            service=_plain(text(package, "mailClass"))[:120],
            origin=_place(package, "origin"),
            destination=_place(package, "destination"),
        )

    def _events(self, package: dict) -> tuple[ParcelEvent, ...]:
        """The scans, newest first; the parcel's category speaks for the newest one."""
        state, category = text(package, "originState"), text(package, "statusCategory").lower()
        scans = enumerate(members(package, "trackingEvents") or _summed_up(package))
        return readable(self, (self._event(scan, state, "" if index else category) for index, scan in scans))

    def _event(self, scan: dict, origin_state: str, category: str) -> ParcelEvent | None:
        happened = _instant(scan, origin_state)
        if happened is None:
            return None
        words = text(scan, "eventType")
        code = text(scan, "eventCode").upper()
        code = code.zfill(2) if code.isdecimal() else code
        status = self._meaning(code, words, category)
        reason = _reason(status, code, words)
        place = _place(scan, "event")
        return event_of(scan, happened, status, code or words, _plain(words), place=place, reason=reason)

    def _meaning(self, code: str, words: str, category: str) -> Status:
        status = self.status_map.get(code)
        if status in (Status.DELIVERED, Status.IN_TRANSIT, None):
            status = first_found(TELLING, words) or status
        if status is not None:
            return status
        return first_found(WORDS, words) or CATEGORIES.get(category, Status.UNKNOWN)


def _reason(status: Status, code: str, words: str) -> Reason | None:
    if status in (Status.UNKNOWN, Status.DELIVERED):
        return reason_told(status, words)
    return first_found(REASONS, words) or reason_told(status, words) or REASON_CODES.get(code)


def _http_status(code: str, otherwise: int) -> int:
    """The HTTP status that the error names itself; an error is one even under 200."""
    return http_error(code) or max(otherwise, HTTPStatus.BAD_REQUEST)


def _with_event(package: dict, envelope: dict) -> dict:
    """The package of a push with its news as an event: USPS sends the scans, one scan, or a status alone."""
    if members(package, "trackingEvents"):
        return package
    summary = {"eventType": text(package, "status"), "eventTimestamp": text(envelope, "timestamp")}
    scan = package if text(package, "eventTimestamp") else summary
    return {**package, "trackingEvents": [scan]}


def _summed_up(package: dict) -> list[dict]:
    """The scans as a summary tells them: a line each, or one sentence about the newest."""
    told = texts(package, "eventSummaries") or texts(package, "statusSummary")
    return [scan for scan in map(_scan_told, told) if scan]


def _scan_told(told: str) -> dict:
    line = LINE.match(told)
    found, form = (line, "%m/%d/%Y, %I:%M %p") if line else (SENTENCE.match(told), "%I:%M %p on %B %d, %Y")
    if not found:
        return {}
    try:
        at = datetime.strptime(found[2], form)  # noqa: DTZ007 - the clock of the place
    except ValueError:
        return {}
    city, state, postcode = (found[group] or "" for group in (3, 4, 5))
    place = {"eventCity": city, "eventState": state, "eventZIP": postcode}
    return {"eventType": found[1], "eventTimestamp": at.isoformat(), **place}


# Times: eventTimestamp is the clock of the place, GMTOffset stands beside it. GMTTimestamp carries the local date, so
# that the scans of an evening are told a day early: it only helps out where the offset is missing.


def _instant(scan: dict, origin_state: str) -> Instant | None:
    told = text(scan, "eventTimestamp")
    local, offset = _clock(told), _offset(text(scan, "GMTOffset"))
    if local and offset and not told.endswith("Z"):
        return Instant(local.replace(tzinfo=offset))
    gmt = _clock(text(scan, "GMTTimestamp"))
    if local is None:
        return gmt and in_zone(gmt.replace(tzinfo=UTC), "UTC")
    if told.endswith("Z") and gmt in (None, local):
        return instant(told, "UTC")
    offset = offset or (gmt and _likely_offset(local, gmt))
    if offset:
        return Instant(local.replace(tzinfo=offset))
    country, state = text(scan, "eventCountry") or "US", text(scan, "eventState") or origin_state
    return instant(told, likely_zone((country.upper(), state)))


def _clock(told: str) -> datetime | None:
    """The clock reading of a time stamp, whatever zone it claims."""
    found = instant(told, "UTC")
    return found and found.at.replace(tzinfo=None)


def _offset(told: str) -> timezone | None:
    """The offset told as "-05:00" or "-5:00" hours, or as "-300" minutes."""
    if re.fullmatch(r"[+-]?\d{2,3}", told):
        minutes = int(told)
    elif found := re.fullmatch(r"([+-]?)(\d{1,2}):?(\d\d)", told):
        minutes = (int(found[2]) * 60 + int(found[3])) * (-1 if found[1] == "-" else 1)
    else:
        return None
    return timezone(timedelta(minutes=minutes)) if minutes in UTC_OFFSETS else None


def _likely_offset(local: datetime, gmt: datetime) -> timezone | None:
    local, gmt = local.replace(second=0, microsecond=0), gmt.replace(second=0, microsecond=0)
    return offset_between(local, gmt) or offset_between(local, gmt + timedelta(days=1))


# Promises


def _window(package: dict):
    """The predicted day and hours, else the day USPS expects, else the one it guarantees; local at the destination."""
    told = {**package, **part(package, "deliveryDateExpectation")}
    destination = _place(package, "destination")
    zone = zone_of(destination.country or "US", text(package, "destinationState"))
    predicted = local_moment(text(told, "predictedDeliveryDate") or text(told, "predictedDeliveryTimeStamp"))
    if predicted:
        begins = _at(predicted, text(told, "predictedDeliveryWindowStartTime"))
        ends = _at(predicted, text(told, "predictedDeliveryWindowEndTime") or text(told, "endOfDay"))
        return window(begins, ends, zone)
    for name in ("expectedDelivery", "guaranteedDelivery"):
        day = local_moment(text(told, f"{name}Date") or text(told, f"{name}TimeStamp"))
        if day:
            return window(LocalMoment(day.day, None), _at(day, text(told, f"{name}Time")), zone)
    return None


def _at(day: LocalMoment, told: str) -> LocalMoment:
    """The moment at "14:45", "2:45 pm" or "2024-01-15T14:45:00" on that day, or the day as it stands."""
    found = re.search(r"\b(\d{1,2}):(\d\d)(?::\d\d)?\s*([ap]m)?", told.lower())
    if not found:
        return day
    hour = int(found[1]) % 12 + 12 * (found[3] == "pm") if found[3] else int(found[1])
    return local_moment(f"{day.day.isoformat()}T{hour:02}:{found[2]}") or day


# Places and names


def _number(package: dict) -> str:
    return text(package, "trackingNumber")


def _place(node: dict, prefix: str) -> Location:
    """The place whose members begin with this word; in the United States, where USPS writes no country."""
    country = text(node, f"{prefix}CountryCode") or text(node, f"{prefix}Country")
    postcode = text(node, f"{prefix}ZIPCode") or text(node, f"{prefix}ZIP")
    city, state = text(node, f"{prefix}City"), text(node, f"{prefix}State")
    return location(city, postcode, country or ("US" if postcode or state else ""))


def _plain(told: str) -> str:
    """The words without the mark-up that USPS sets trade marks in."""
    return html.unescape(re.sub(r"<[^>]*>", "", told))

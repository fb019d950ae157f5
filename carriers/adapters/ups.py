"""UPS: Track API v1 for polling, Track Alert v2 for push. https://developer.ups.com"""

import re
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import quote
from uuid import uuid4

from carriers.base import Acknowledgement, OAuthCarrier, Reply, Subscribed
from carriers.errors import UnreadablePayload
from carriers.reading import (
    Instant,
    LocalMoment,
    clock_reading,
    document,
    event_of,
    in_zone,
    instant,
    is_over,
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
from carriers.reading.codes import by_code, fail
from carriers.reading.words import ON_THE_WAY, compiled, first_found, handed_over, reason_told
from carriers.reading.zones import likely_zone, zone_of
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# activity.status.type, where the three-digit code is not listed.
TYPES = {
    "D": Status.DELIVERED,
    "DD": Status.IN_TRANSIT,  # delivered to the freight station at the destination, not to a door
    "DO": Status.IN_TRANSIT,
    "I": Status.IN_TRANSIT,
    "M": Status.INFO_RECEIVED,
    "MV": Status.CANCELLED,
    "NA": Status.UNKNOWN,
    "O": Status.OUT_FOR_DELIVERY,
    "P": Status.IN_TRANSIT,
    "RS": Status.RETURNING,
    "U": Status.UNKNOWN,  # a date or a photo was added: nothing happened to the parcel
    "W": Status.IN_TRANSIT,
    "X": Status.EXCEPTION,
}

# Scan codes that say it better than the number beside them: Track Alert's numbers are not always those of the table.
SCANS = {"OF": Status.OUT_FOR_DELIVERY, "OT": Status.OUT_FOR_DELIVERY, "YF": Status.OUT_FOR_DELIVERY}

# activity.status.statusCode: UPS's table of status descriptions.
STATUS_CODES = {
    Status.INFO_RECEIVED: "003 043 044 045 065 077 079 080 131 133 135 157 166",
    Status.IN_TRANSIT: """
        005 010 014 016 019 025 028 038 039 042 047 055 057 070 071 073 074 075 084 087 093 094 134 136 137 138 143
        158 159 160 164 165 167 168 169""",
    Status.OUT_FOR_DELIVERY: "006 021 037 072 078 089 091 146 162",
    Status.ATTEMPT_FAILED: "022 023 024 060 061 062 064 066 145",
    Status.AVAILABLE_FOR_PICKUP: "017 040 144 161",
    Status.DELIVERED: "011 026 156",
    Status.EXCEPTION: """
        012 013 029 030 032 033 046 048 049 050 051 052 053 058 059 068 069 076 083 085 086 090 092 123 124 125 126 129
        119 132 139 141 147 149""",
    Status.RETURNING: "035 036 067 081 117 118",
    Status.RETURNED: "034",
    Status.CANCELLED: "007",
    # Wishes, claims, dates and papers: where the parcel is, these do not tell.
    Status.UNKNOWN: """
        000 018 020 027 041 054 056 063 082 088 095 096 097 098 099 100 101 102 103 104 105 106 107 108 109 110 111
        112 113 114 115 116 120 121 122 127 128 130 140 142 148 153 154 155 163""",
}

# What the code tells of the reason where the words beside it tell none.
REASON_CODES = {
    Reason.ADDRESS_INCOMPLETE: "050",
    Reason.CARRIER_DELAY: "046 048 049 051 086 090",
    Reason.CUSTOMS_DOCUMENTS: "058 124 125 141",
    Reason.CUSTOMS_HELD: "012 092 123 126",
    Reason.DAMAGED: "059 081",
    Reason.DISPOSED: "149",
    Reason.IDENTITY_UNCONFIRMED: "061",
    Reason.LOST: "068",
    Reason.PAYMENT_REQUIRED: "062 085",
    Reason.PROHIBITED: "147",
    Reason.REDIRECTED: "028",
    Reason.REFUSED: "064",
    Reason.RESCHEDULED: "019 055 136",
    Reason.SECURITY_HOLD: "132",
    Reason.UNDER_INVESTIGATION: "129",
    Reason.WEATHER: "032 052 053",
}
TROUBLE_OVER = frozenset({"014", "084", "094", "134"})

# What a scan or an exception says whose number is not listed.
UNLISTED = compiled(
    (Status.RETURNING, r"(?:will be|being) returned|returning (?:this|the|your) package"),
    (
        Status.ATTEMPT_FAILED,
        r"attempted delivery|delivery attempt|tried to deliver|not available (?:for|when|at)|refused",
        r"business was closed|closed and (?:package not delivered|delivery has been rescheduled)",
    ),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"delivered to (?:an? |the )?UPS access point|access point\W* (?:location )?possession",
        r"remains at the UPS access point",
    ),
)

# Error codes that mean what an HTTP status means, whatever HTTP status they come in.
ERROR_CODES = {
    "10004": HTTPStatus.INTERNAL_SERVER_ERROR,
    "10429": HTTPStatus.TOO_MANY_REQUESTS,
    "151018": HTTPStatus.NOT_FOUND,
    "151044": HTTPStatus.NOT_FOUND,
    "TV1002": HTTPStatus.NOT_FOUND,  # no number of UPS's: as unknown as one that UPS has not seen yet
    "TW0001": HTTPStatus.NOT_FOUND,
}
NO_NUMBER_TAKEN = "VSS210"  # of a subscription

# deliveryDate[].type: the date UPS moved the delivery to beats the one it first scheduled. DEL is the actual day.
DATE_TYPES = ("RDD", "SDD")
# deliveryTime.type: by a time, or between two. EOD is the end of the day, DEL the actual time.
HOUR_TYPES = frozenset({"CDW", "CMT", "EDW", "IDW"})
# UPS leaves old scheduled dates standing in its pushes, by years.
STALE_AFTER_DAYS = 60


class UPS(OAuthCarrier):
    key, name = "ups", "UPS"
    base_url = "https://onlinetools.ups.com"
    tracking_page = "https://www.ups.com/track?loc=en_US&tracknum={number}"
    credentials = ("client_id", "client_secret")
    # UPS signs nothing: it sends back the credential given with the subscription.
    pushes = True
    callback_header = "credential"
    callback_secret = "the credential given to UPS with the Track Alert subscription"  # noqa: S105 - its name
    subscription_size = 100
    subscription_lifetime = timedelta(days=14)
    api = "Track API v1"
    push_api = "Track Alert v2, the subscription's credential"
    scan_times = "GMT beside the local time"
    promise_from = "rescheduled day, else the scheduled one"
    status_map = by_code(STATUS_CODES) | TYPES | SCANS
    reasons = by_code(REASON_CODES)

    # Asking

    def request_token(self):
        return self.send(
            "POST",
            f"{self.base_url}/security/v1/oauth/token",
            auth=(self.account["client_id"], self.account["client_secret"]),
            data={"grant_type": "client_credentials"},
        )

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        return self.call(
            "GET",
            f"/api/track/v1/details/{quote(number, safe='')}",
            params={"locale": "en_US", "returnSignature": "false", "returnMilestones": "false"},
            headers=_transaction(),
        )

    def parse(self, reply, number):
        told = document(self, reply)
        self._fail_if_told(reply, told)
        if not part(told, "trackResponse"):
            raise UnreadablePayload("the reply has no trackResponse", carrier=self.key, reply=reply)
        shipments = members(told, "trackResponse", "shipment")
        packages = [(shipment, package) for shipment in shipments for package in members(shipment, "package")]
        if not packages:
            self._fail_without_package(reply, shipments)
        if len(packages) == 1:
            return [self._update(reply, *packages[0], number)]
        asked = [pair for pair in packages if number and text(pair[1], "trackingNumber") == number]
        return [self._update(reply, *pair, text(pair[1], "trackingNumber")) for pair in asked or packages]

    # Being told

    def subscribe(self, numbers, url, secret):
        order = {
            "locale": "en_US",
            "countryCode": "US",
            "trackingNumberList": list(numbers),
            "destination": {"url": url, "credentialType": "Bearer", "credential": secret},
        }
        reply = self.call("POST", "/api/track/v1/subscription/standard/package", json=order, headers=_transaction())
        told = document(self, reply)
        if NO_NUMBER_TAKEN not in (text(error, "code") for error in members(told, "response", "errors")):
            self._fail_if_told(reply, told)
        taken = texts(told, "validTrackingNumbers")
        return Subscribed(refused=tuple(number for number in numbers if number not in taken))

    def parse_callback(self, callback):
        told = document(self, callback)
        number = text(told, "trackingNumber")
        if not number:
            raise UnreadablePayload("the push names no trackingNumber", carrier=self.key, reply=callback)
        happened = _pushed_instant(told)
        place = _place(part(told, "activityLocation"))
        status = part(told, "activityStatus")
        events = readable(self, [self._event(happened, place, status, text(status, "descriptionCode"), told)])
        return [TrackingUpdate(number=number, events=events, window=_pushed_window(told, events))]

    def acknowledge(self, callback):
        return Acknowledgement(status=HTTPStatus.OK)

    # Reading

    def _fail_if_told(self, reply: Reply, told: dict) -> None:
        for error in members(told, "response", "errors"):
            self._fail(reply, error)
        self.check(reply)

    def _fail(self, reply: Reply, error: dict):
        """Raise what one of UPS's errors or warnings means, in UPS's words."""
        code, message = text(error, "code"), text(error, "message")
        status = ERROR_CODES.get(code)
        if code.startswith("2500"):  # 250002 wrong authentication, 250003 wrong licence, ...
            status = HTTPStatus.UNAUTHORIZED
        elif code in {"401", "403", "404", "429", "500", "503"}:
            status = HTTPStatus(int(code))
        fail(self, reply, message, code, status=status)

    def _fail_without_package(self, reply, shipments):
        for shipment in shipments:
            for warning in members(shipment, "warnings"):
                self._fail(reply, warning)
        raise UnreadablePayload("the reply holds no package and no warning why", carrier=self.key, reply=reply)

    def _update(self, reply, shipment: dict, package: dict, number: str) -> TrackingUpdate:
        number = number or text(shipment, "inquiryNumber") or text(package, "trackingNumber")
        if not number:
            raise UnreadablePayload("a package has no number", carrier=self.key, reply=reply)
        left_at = text(package, "deliveryInformation", "location")
        events = readable(self, (self._activity(activity, left_at) for activity in members(package, "activity")))
        origin, destination = _address(package, "ORIGIN"), _address(package, "DESTINATION")
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(package, _zone(destination)),
            service=text(package, "service", "description")[:120],
            origin=_place(origin),
            destination=_place(destination),
        )

    def _activity(self, activity, left_at):
        status, address = part(activity, "status"), part(activity, "location", "address")
        happened = _instant(activity, address)
        return self._event(happened, _place(address), status, text(status, "statusCode"), activity, left_at)

    def _event(
        self, happened: Instant | None, place: Location, status: dict, code, raw, left_at=""
    ) -> ParcelEvent | None:
        if happened is None:
            return None
        kind, scan = text(status, "type").upper(), text(status, "code").upper()
        code = code.zfill(3) if code.isdecimal() else code
        description = text(status, "description")
        meaning = self._meaning(kind, code, scan)
        if meaning is Status.DELIVERED:
            meaning = handed_over(description) or meaning
        if kind in ("I", "X") and code not in self.status_map:
            meaning = first_found(UNLISTED, description) or meaning
        reason = self._reason(meaning, kind, code, description, left_at)
        if kind == "X" and meaning is Status.IN_TRANSIT and reason:
            meaning = Status.EXCEPTION
        return event_of(raw, happened, meaning, code or scan or kind, description, place=place, reason=reason)

    def _meaning(self, kind, code, scan) -> Status:
        """What type, number and scan say together. Where they contradict, the less reassuring holds."""
        by_type = TYPES.get(kind, Status.UNKNOWN)
        told = SCANS.get(scan) if kind == "I" else None
        told = told or self.status_map.get(code)
        if told is None or kind in ("M", "MV"):
            return by_type
        if told is Status.DELIVERED:
            return told if kind in ("D", "") else _unless_delivered(by_type)
        if kind == "D" and told in ON_THE_WAY:
            return Status.DELIVERED
        if kind == "X" and told in (Status.INFO_RECEIVED, Status.OUT_FOR_DELIVERY):
            return Status.EXCEPTION
        return told

    def _reason(self, status, kind, code, description, left_at) -> Reason | None:
        if status is Status.DELIVERED:
            return reason_told(status, description, left_at)
        if status in (Status.UNKNOWN, Status.AVAILABLE_FOR_PICKUP) or code in TROUBLE_OVER:
            return None
        return reason_told(Status.EXCEPTION if kind == "X" else status, description) or self.reasons.get(code)


def _unless_delivered(status: Status) -> Status:
    return Status.UNKNOWN if status in ON_THE_WAY else status


def _transaction() -> dict[str, str]:
    """The headers that UPS wants with every request: who asks, and a name for this one."""
    return {"transId": uuid4().hex, "transactionSrc": "doorstep"}


def _instant(activity: dict, address: dict) -> Instant | None:
    """GMT where it was sent, shown by the clock of the place; else local time in the zone of the place."""
    local = clock_reading(text(activity, "date"), text(activity, "time"))
    gmt = clock_reading(text(activity, "gmtDate"), text(activity, "gmtTime"))
    offset = "" if gmt or not local else text(activity, "gmtOffset")
    if re.fullmatch(r"[+-]\d\d:\d\d", offset):
        return instant(f"{local.isoformat()}{offset}", "UTC")
    return _either(local, gmt, address)


def _pushed_instant(push: dict) -> Instant | None:
    local = clock_reading(text(push, "localActivityDate"), text(push, "localActivityTime"))
    gmt = clock_reading(text(push, "gmtActivityDate"), text(push, "gmtActivityTime"))
    return _either(local, gmt, part(push, "activityLocation"))


def _either(local, gmt, address) -> Instant | None:
    if gmt is None:
        return local and in_zone(local, likely_zone((_country(address), text(address, "stateProvince"))))
    told = in_zone(gmt, "UTC")
    offset = local and offset_between(local, gmt)
    return told and Instant(told.at.astimezone(offset) if offset else told.at)


def _window(package: dict, zone: str):
    dates = {text(date, "type"): text(date, "date") for date in members(package, "deliveryDate")}
    promised = (local_moment(dates[kind]) for kind in DATE_TYPES if kind in dates)
    day = next(filter(None, promised), None)
    hours = part(package, "deliveryTime")
    if day is None or text(hours, "type") not in HOUR_TYPES:
        return window(day, day, zone)
    return window(_at(day, text(hours, "startTime")), _at(day, text(hours, "endTime")), zone)


def _pushed_window(push: dict, events):
    """The scheduled day of a push: it names no destination, so the window has no zone of its own."""
    day = local_moment(text(push, "scheduledDeliveryDate"))
    if day is None or is_over(events) or any(_is_stale(day, event) for event in events):
        return None
    return window(_at(day, text(push, "deliveryStartTime")), _at(day, text(push, "deliveryEndTime")), "")


def _is_stale(promised: LocalMoment, event: ParcelEvent) -> bool:
    return (event.occurred_at.date() - promised.day).days > STALE_AFTER_DAYS


def _at(day: LocalMoment, hour: str) -> LocalMoment:
    """The moment at "153000" on that day, or the day alone."""
    at = clock_reading(day.day.strftime("%Y%m%d"), hour) if hour else None
    return local_moment(at.isoformat()) if at else day


def _address(package: dict, kind: str) -> dict:
    found = (part(entry, "address") for entry in members(package, "packageAddress") if text(entry, "type") == kind)
    return next(found, {})


def _country(address: dict) -> str:
    return text(address, "countryCode") or text(address, "country")


def _place(address: dict) -> Location:
    return location(text(address, "city"), text(address, "postalCode"), _country(address))


def _zone(address: dict) -> str:
    return zone_of(_country(address), text(address, "stateProvince"))

"""Hermes Germany: Shipment Info API of the Hermes Shipping Interface (HSI)."""

import re
from functools import partial
from http import HTTPStatus

from carriers.base import OAuthCarrier
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
from carriers.reading.codes import by_code
from carriers.reading.words import reason_told
from carriers.reading.zones import alpha2, zone_of
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# Hermes' table of event codes, in its short form of four digits.
CODES = {
    (Status.INFO_RECEIVED, None): "0000",
    (Status.INFO_RECEIVED, Reason.NOT_HANDED_OVER): "0600 0700 0800 0900",
    (Status.IN_TRANSIT, None): """
        1000 1510 1610 1710 1720 1810 1820 1900 1901 1910 2000 2100 2300 2400 3010 3300 3430 4025 4070 4072 4500 6088
        6090""",
    (Status.OUT_FOR_DELIVERY, None): "3000",
    (Status.AVAILABLE_FOR_PICKUP, None): "3410",
    (Status.DELIVERED, None): "3500 3510 3520 3530",
    (Status.DELIVERED, Reason.DELIVERED_TO_LOCKER): "3511",
    # 37.. at the door, 40.. back in the depot for the same reason.
    (Status.ATTEMPT_FAILED, Reason.REFUSED): "3710 4010",
    (Status.ATTEMPT_FAILED, Reason.PAYMENT_REQUIRED): "3715 4015",
    (Status.ATTEMPT_FAILED, Reason.ADDRESS_INCORRECT): "3720 4020",
    (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT): "3731 3732 3733 3734 4031 4032 4033 4034",
    (Status.ATTEMPT_FAILED, Reason.IDENTITY_UNCONFIRMED): """
        3751 3752 3753 3754 3782 3783 3784 3785 3786 3787 4051 4052 4053 4054 4081 4082 4083 4084 4085 4086 4087""",
    (Status.EXCEPTION, None): "3795 4024 4095",
    (Status.EXCEPTION, Reason.CAPACITY): "4610",
    (Status.EXCEPTION, Reason.CARRIER_DELAY): "3750 4050",
    (Status.EXCEPTION, Reason.CUSTOMS_HELD): "1730 1751",
    (Status.EXCEPTION, Reason.DAMAGED): "3740 4040 6085",
    (Status.EXCEPTION, Reason.MISSORTED): "3780 4080 6086 6087",
    (Status.EXCEPTION, Reason.NOT_HANDED_OVER): "4620",
    (Status.EXCEPTION, Reason.PICKUP_EXPIRED): "4035",
    (Status.EXCEPTION, Reason.RESCHEDULED): "4100",
    (Status.EXCEPTION, Reason.UNDER_INVESTIGATION): "4630",
    (Status.RETURNING, None): "1520 3760 3761 4060 4061 4062 6080 6089 6096 6099",
    (Status.RETURNING, Reason.ADDRESS_INCORRECT): "6082 6083",
    (Status.RETURNING, Reason.IDENTITY_UNCONFIRMED): "6092 6098",
    (Status.RETURNING, Reason.PAYMENT_REQUIRED): "6094",
    (Status.RETURNING, Reason.PICKUP_EXPIRED): "6093",
    (Status.RETURNING, Reason.RECIPIENT_ABSENT): "6084",
    (Status.RETURNING, Reason.REFUSED): "6081",
    (Status.RETURNED, None): "7500",
    (Status.CANCELLED, None): "9340",
    (Status.CANCELLED, Reason.CANCELLED_BY_MERCHANT): "9341",
    # Measures, wishes and corrections: where the parcel is, these do not tell.
    (Status.UNKNOWN, None): """
        4690 9040 9041 9311 9315 9321 9322 9323 9324 9325 9327 9328 9381 9385 9391 9394 9395 9399""",
}
MEANINGS = by_code(CODES)

# The long form: three numbers of three digits, of which the last only tells who scanned. The first two -> short form.
_LONG = """
    000000:0000 000001:0600 000002:0700 000003:0800 000004:0900 010000:1000 030000:1510 030015:1510 031040:9040
    031041:9041 033001:1710 033002:1720 033003:1730 033005:1810 033006:1820 033051:1751 035001:1610 037001:1900
    037002:1901 037003:1910 037004:1900 045000:2000 045001:2000 045002:2100 045005:2000 045020:2300 048001:4610
    048002:4620 048003:4630 048090:4690 050001:3000 050021:3010 050024:3300 050026:3010 050028:3010 050029:3010
    050090:4070 055001:3410 055002:3430 060000:4025 060001:3710 060002:3720 060003:3731 060004:3732 060005:3733
    060006:3734 060007:3780 060008:3740 060009:3750 060010:3715 060011:4081 060012:4035 060013:3782 060014:3783
    060015:3784 060016:3785 060017:3786 060018:3787 060024:4024 060032:3751 060033:3752 060034:3753 060035:3754
    060090:4072 060095:3795 065001:4060 065002:3761 080001:4100 080002:4100 080003:4100 080004:4100 080005:4100
    080006:4100 080007:4100 085001:4500 090000:3500 090001:3510 090002:3520 090003:3530 090005:3511 100000:6080
    100001:6081 100002:6082 100003:6083 100004:6084 100005:6085 100006:6086 100007:6087 100008:6088 100009:6089
    100010:6094 100011:6092 100015:6093 100018:6098 100024:6096 100090:4072 100099:6099 101001:6090 115001:1520
    125001:7500 310001:9311 310005:9315 320001:9321 320002:9322 320003:9323 320004:9324 320005:9325 320007:9327
    320008:9328 320020:9340 320021:9341 380001:9381 380005:9385 390001:9391 390004:9394 390005:9395 390020:9399
    """
LONG_CODES = dict(pair.split(":") for pair in _LONG.split())

# Result codes, in whatever HTTP status they come.
RESULTS = {
    "e001": HTTPStatus.NOT_FOUND,
    "e002": HTTPStatus.SERVICE_UNAVAILABLE,
    "e900": HTTPStatus.FORBIDDEN,
    "e902": HTTPStatus.UNAUTHORIZED,
    "e903": HTTPStatus.UNAUTHORIZED,
    "e999": HTTPStatus.INTERNAL_SERVER_ERROR,
}

# Tokens are given by another host than the one that takes them.
TOKEN_HOSTS = {
    "https://de-api.hermesworld.com": "https://authme.myhermes.de",
    "https://de-api-int.hermesworld.com": "https://authme-int.myhermes.de",
}


class HermesGermany(OAuthCarrier):
    key, name = "hermes-de", "Hermes"
    base_url = "https://de-api.hermesworld.com"
    tracking_page = "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation/#{number}"
    credentials = ("client_id", "client_secret", "username", "password")
    batch_size = 100
    api = "HSI Shipment Info API"
    scan_times = "local time with its offset"
    promise_from = "delivery forecast with its time slot"
    status_map = {code: status for code, (status, _) in MEANINGS.items()}

    # Asking

    def request_token(self):
        host = TOKEN_HOSTS.get(self.base_url, self.base_url)
        form = {name: self.account[name] for name in self.credentials}
        return self.send(
            "POST", f"{host}/authorization-facade/oauth2/access_token", data=form | {"grant_type": "password"}
        )

    def fetch(self, parcels):
        numbers = [parcel.number for parcel in parcels]
        reply = self.call(
            "GET",
            "/services/hsi/shipmentinfo",
            params={"shipmentID": numbers},
            headers={"Accept-Language": "EN"},
        )
        return dict.fromkeys(numbers, reply)

    def parse(self, reply, number):
        told = document(self, reply)
        for result in members(told, "listOfResultCodes"):
            self._fail(reply, result)
        self.check(reply)
        shipments = self._shipments(reply, told)
        about = [shipment for shipment in shipments if not number or number in _numbers(shipment)]
        if not about:
            raise NumberNotFound("the reply says nothing of the number", carrier=self.key, reply=reply)
        known = [shipment for shipment in about if members(shipment, "status")]
        if not known:
            self._fail(reply, part(about[0], "result"))
        asked = number if len(known) == 1 else ""
        return self.readable_updates(partial(self._update, reply, shipment, asked) for shipment in known)

    # Reading

    def _fail(self, reply, result):
        """Raise what a result code stands for, in the words of Hermes."""
        code = text(result, "code")
        words = text(result, "message") or "no status and no message why"
        unclear = max(reply.status, HTTPStatus.BAD_REQUEST) if code else HTTPStatus.NOT_FOUND
        self.fail(reply, f"{words} ({code or 'no code'})", status=RESULTS.get(code.lower(), unclear))

    def _shipments(self, reply, told):
        found = members(told, "shipmentinfo")
        if not found and told.get("shipmentinfo") != []:
            raise UnreadablePayload("the reply has no shipmentinfo", carrier=self.key, reply=reply)
        return found

    def _update(self, reply, shipment, asked):
        number = asked or text(shipment, "shipmentID")
        if not number:
            raise UnreadablePayload("a shipment has no shipmentID", carrier=self.key, reply=reply)
        events = readable(self, (self._event(scan) for scan in members(shipment, "status")))
        receiver = part(shipment, "receiverAddress")
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(shipment, _country(receiver)),
            destination=_place(receiver),
        )

    def _event(self, scan) -> ParcelEvent | None:
        # Where the offset is missing it is Germany's, whose clock the whole table keeps.
        happened = instant(text(scan, "timestamp"), "Europe/Berlin")
        if happened is None:
            return None
        code, words = _short(text(scan, "code")), text(scan, "description")
        status, reason = MEANINGS.get(code, (Status.UNKNOWN, None))
        place = _place(part(scan, "scanningUnit"))
        return event_of(scan, happened, status, code, words, place=place, reason=_reason(status, reason, words))


def _numbers(shipment: dict) -> set[str]:
    names = ("shipmentID", "internationalShipmentID", "clientReference", "clientReference2")
    return {text(shipment, name) for name in names}


def _short(code: str) -> str:
    """The short form of a code in any of the forms Hermes writes: "3500", "090000003", "90-0-3"."""
    numbers = code.split("-")
    digits = "".join(number.zfill(3) for number in numbers) if len(numbers) == 3 else code
    return LONG_CODES.get(digits[:6], code) if re.fullmatch(r"\d{9}", digits) else code


def _reason(status: Status, listed: Reason | None, words: str) -> Reason | None:
    """The table's reason; what was stored is told better by the words, and where it was left only by them."""
    if listed is Reason.RESCHEDULED:
        return reason_told(status, words) or listed
    return listed or reason_told(status, words)


def _window(shipment: dict, country: str):
    forecast = part(shipment, "deliveryForecast")
    day, slot = text(forecast, "date"), part(forecast, "timeSlot")
    begins, ends = (local_moment(f"{day} {text(slot, edge)}".strip()) for edge in ("from", "to"))
    return window(begins, ends, zone_of(country) or "Europe/Berlin")


def _country(place: dict) -> str:
    """The alpha-2 code of the alpha-3 code that Hermes writes."""
    return alpha2(text(place, "countryCode"))


def _place(place: dict) -> Location:
    return location(text(place, "city"), text(place, "zipCode"), _country(place))

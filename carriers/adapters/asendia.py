"""Asendia: tracking of Asendia Sync; the milestones of Asendia USA are read as well. https://www.asendia-sync.com"""

from http import HTTPStatus
from urllib.parse import quote

from carriers.base import OAuthCarrier, Reply
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import document, event_of, instant, location, members, part, readable, text
from carriers.reading.codes import by_code, fail, http_error, not_among
from carriers.reading.words import compiled, first_found, reason_told
from carriers.reading.zones import likely_zone
from orders.events import ParcelEvent, TrackingUpdate
from orders.statuses import Status

# code of Asendia Sync and eventCode of Asendia USA; the words of the others are read.
CODES = {
    Status.INFO_RECEIVED: "s1",
    Status.IN_TRANSIT: "PU IT s2 s2a s2b s2c s2d s4 s5 s7 s8",
    Status.DELIVERED: "DL s10",
}

# carrierEventDescription and eventDescription: the words of whichever post brings the parcel, in English.
WORDS = compiled(
    (Status.RETURNED, r"(?:returned|delivered) (?:back )?to (?:the )?(?:sender|shipper)"),
    (
        Status.RETURNING,
        r"return(?:ing)? to (?:the )?(?:sender|shipper)|being returned",
        r"^return (?:process|initiated|received)|(?:item|parcel|shipment) returned",
    ),
    (Status.CANCELLED, r"(?:shipment|parcel|label|order) (?:has been |was )?(?:cancell?ed|voided)"),
    (
        Status.ATTEMPT_FAILED,
        r"(?:attempted|unsuccessful|failed).{0,20}deliver|delivery.{0,20}(?:attempt|fail|unsuccessful)|refused",
        r"not (?:at )?home|(?:addressee|recipient|consignee).{0,20}(?:absent|not available)|not (?:been )?delivered",
    ),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"(?:available|ready|awaiting|held|waiting).{0,30}(?:collection|pick[- ]?up)",
        r"delivered to (?:an? |the )?(?:parcel shop|pick-?up|locker|post office)",
    ),
    (
        Status.IN_TRANSIT,
        r"out of customs|customs (?:clearance )?(?:completed|released)|(?:cleared|released).{0,10}customs",
    ),
    (
        Status.EXCEPTION,
        r"held|on hold|\bdelay|damage|\blost\b|incorrect|insufficient|undeliverable|missent|mis-?sort|mis-?rout",
        r"seized|destroyed|unable to|exception",
    ),
    (Status.OUT_FOR_DELIVERY, r"out for delivery|on (?:the )?vehicle for delivery|with (?:the )?courier"),
    (
        Status.DELIVERED,
        r"^(?:(?:the |your )?(?:item|parcel|package|shipment) )?(?:has been |was )?(?:successfully )?delivered\b",
    ),
    (
        Status.INFO_RECEIVED,
        r"information received|label (?:created|printed)|(?:data|advice|pre-?advi[cs]e)\w* received",
    ),
    (
        Status.IN_TRANSIT,
        r"in transit|picked up|processed|sorted|arriv|depart|dispatch|despatch|customs|accept|hand(?:ed|over)|received",
        r"export|import|in country|transferred|\bposted\b",
    ),
)

NOT_DELIVERED = (Status.RETURNED, Status.AVAILABLE_FOR_PICKUP, Status.ATTEMPT_FAILED)

# problem+json and Asendia USA give the HTTP status as a number; where they do not, the words.
ERRORS = compiled(
    (HTTPStatus.NOT_FOUND, r"not[ ._]found|no tracking|unknown"),
    (HTTPStatus.UNAUTHORIZED, r"authenti|denied|unauthori[sz]ed|password"),
    (HTTPStatus.SERVICE_UNAVAILABLE, r"unavailable|internal|timeout|try again"),
)


class Asendia(OAuthCarrier):
    key, name = "asendia", "Asendia"
    base_url = "https://www.asendia-sync.com"
    tracking_page = "https://tracking.asendia.com/tracking/{number}"
    credentials = ("username", "password", "customer_id")
    api = "Asendia Sync tracking"
    scan_times = "the offset of each scan, usually UTC"
    status_map = by_code(CODES)

    # Asking

    def request_token(self):
        return self.send(
            "POST",
            f"{self.base_url}/api/authenticate",
            json={"username": self.account["username"], "password": self.account["password"]},
        )

    def _new_token(self):
        """Asendia's token is named otherwise than in OAuth, and says nothing of its life: an hour is safe."""
        reply = self.request_token()
        self.check(reply)
        token = text(document(self, reply), "id_token")
        if not token:
            raise UnreadablePayload("gave no access token", carrier=self.key, reply=reply)
        self.tokens.save(token, 3600)
        return token

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        customer = quote(self.account["customer_id"], safe="")
        return self.call("GET", f"/api/customers/{customer}/tracking/{quote(number, safe='')}")

    def parse(self, reply, number):
        told = document(self, reply)
        self._fail_if_told(reply, told)
        self.check(reply)
        if "data" not in told and "trackingEvents" not in told:
            raise UnreadablePayload("the reply has no trackingEvents", carrier=self.key, reply=reply)
        parcels = [told] if "trackingEvents" in told else members(told, "data")
        if not parcels:
            raise NumberNotFound("the reply has no parcel", carrier=self.key, reply=reply)
        about = [one for one in parcels if len(parcels) == 1 or not number or number in _numbers(one)]
        if not about:
            raise not_among(self, reply, parcels, number)
        return self.readable_updates(lambda one=one: self._update(reply, one, number) for one in about)

    # Reading

    def _fail_if_told(self, reply: Reply, told: dict) -> None:
        """Raise what a problem of Asendia Sync, or a status of Asendia USA that is none of success, means."""
        usa = part(told, "responseStatus") or told
        code = text(usa, "responseStatusCode") or text(told, "status")
        if code in ("", "200") or "trackingEvents" in told:
            return
        words = text(told, "detail") or text(told, "title") or text(usa, "responseStatusMessage")
        fail(self, reply, words, code, status=http_error(code) or first_found(ERRORS, words))

    def _update(self, reply: Reply, parcel: dict, number: str) -> TrackingUpdate:
        number = number or next(iter(_numbers(parcel)), "")
        if not number:
            raise UnreadablePayload("a parcel has no number", carrier=self.key, reply=reply)
        scans = members(parcel, "trackingEvents") + members(parcel, "trackingMilestoneEvents")
        return TrackingUpdate(number=number, events=readable(self, map(self._event, scans)))

    def _event(self, scan: dict) -> ParcelEvent | None:
        country = text(scan, "locationCountry")
        happened = instant(text(scan, "time") or text(scan, "eventOn"), lambda: likely_zone((country.upper(), "")))
        if happened is None:
            return None
        code = text(scan, "code") or text(scan, "eventCode")
        words = text(scan, "carrierEventDescription") or text(scan, "eventDescription")
        status = self._meaning(code, words)
        place = location(text(scan, "locationName") or text(scan, "eventLocation"), "", country)
        return event_of(scan, happened, status, code, words, place=place, reason=reason_told(status, words))

    def _meaning(self, code: str, words: str) -> Status:
        status, told = self.status_map.get(code), first_found(WORDS, words)
        if status is Status.DELIVERED:
            return told if told in NOT_DELIVERED else status
        return status or told or Status.UNKNOWN


def _numbers(parcel: dict) -> list[str]:
    names = ("trackingNumber", "trackingNumberVendor", "customerReferenceNumber")
    return [number for name in names if (number := text(parcel, name))]

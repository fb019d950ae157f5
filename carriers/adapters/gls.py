"""GLS: Track and Trace V1 of the GLS Group. https://dev-portal.gls-group.net"""

import re
from functools import partial
from http import HTTPStatus
from urllib.parse import quote

from carriers.base import OAuthCarrier
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import document, event_of, instant, location, members, part, readable, text
from carriers.reading.codes import fail, fail_by_problem
from carriers.reading.words import TROUBLED, compiled, fault_status, first_found, handed_over, reason_told
from carriers.reading.zones import likely_zone
from orders.events import TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# parcels[].status: what the newest event means where its own code and words do not tell.
PARCEL_STATUSES = {
    "PLANNEDPICKUP": Status.INFO_RECEIVED,
    "INPICKUP": Status.INFO_RECEIVED,
    "NOTPICKEDUP": Status.INFO_RECEIVED,
    "PREADVICE": Status.INFO_RECEIVED,
    "INTRANSIT": Status.IN_TRANSIT,
    "INWAREHOUSE": Status.IN_TRANSIT,
    "INDELIVERY": Status.OUT_FOR_DELIVERY,
    "NOTDELIVERED": Status.ATTEMPT_FAILED,
    "DELIVEREDPS": Status.AVAILABLE_FOR_PICKUP,  # in a ParcelShop, where the recipient still has to fetch it
    "DELIVERED": Status.DELIVERED,
    "CANCELED": Status.CANCELLED,
    "FINAL": Status.UNKNOWN,  # the history is closed, however it ended
}

# events[].code. The part before the dot is the kind of event ("INTIAL" is GLS's own spelling); CODES says it better.
CODES = {
    "CANCEL.NORMAL": Status.CANCELLED,
    "DELIVD.DEL_BY_PSAPP": Status.DELIVERED,  # handed out in a ParcelShop
    "DELIVD.NORMAL": Status.DELIVERED,
    "DELIVD.PARCELSHOP": Status.AVAILABLE_FOR_PICKUP,
    "INTIAL.E48_DATA": Status.INFO_RECEIVED,
    "INTIAL.NORMAL": Status.IN_TRANSIT,
    "INTIAL.PREADVICE": Status.INFO_RECEIVED,
}
KINDS = {
    "CHANGD": Status.UNKNOWN,  # a wish was noted
    "INBOUD": Status.IN_TRANSIT,
    "NOTDEL": Status.ATTEMPT_FAILED,
    "OUTBOD": Status.IN_TRANSIT,
    "OUTDEL": Status.OUT_FOR_DELIVERY,
}

SHOP = r"(?:parcel ?shop|parcel ?locker|parcel ?box|paket ?shop|paketbox|paketstation)"
AT_SHOP = (
    rf"(?:delivered|reached|arrived|stored|available).{{0,30}}{SHOP}|{SHOP}.{{0,40}}(?:zugestellt|eingetroffen|bereit)"
)
FETCHED = r"(?:picked up|collected) by the (?:consignee|recipient|receiver)|vom empfänger.{0,40}abgeholt"
HANDED_OVER = compiled((Status.DELIVERED, FETCHED), (Status.AVAILABLE_FOR_PICKUP, AT_SHOP))
# The sentences of GLS's event list, in English as asked for, or German.
WORDS = compiled(
    (
        Status.RETURNING,
        r"return(?:ed|s)? to (?:the )?(?:sender|consignor|shipper)|zurück an (?:den )?(?:ab|ver)sender|zurückgesandt",
    ),
    (Status.DELIVERED, FETCHED),
    (Status.EXCEPTION, r"stored.{0,60}cannot be delivered|damage|beschädigt|sorting error|missort|customs.{0,30}delay"),
    (
        Status.ATTEMPT_FAILED,
        r"(?:could|can|was) ?not be delivered|not delivered|refused|notification card",
        r"nicht (?:zugestellt|angetroffen|ausgeliefert)|verweigert|benachrichtigungskarte",
    ),
    (Status.AVAILABLE_FOR_PICKUP, AT_SHOP, r"agreed to collect"),
    (
        Status.OUT_FOR_DELIVERY,
        r"expected to be delivered|in the gls delivery vehicle|out for delivery|zustellfahrzeug|heute zugestellt",
    ),
    (
        Status.INFO_RECEIVED,
        r"not yet handed over|data (?:was|were) entered|provided by the sender|noch nicht.{0,20}übergeben",
    ),
    (Status.CANCELLED, r"data have been deleted"),
    (Status.DELIVERED, r"has been delivered|was delivered|wurde zugestellt"),
    (
        Status.IN_TRANSIT,
        r"handed over to gls|reached the|left the|stored in the|forwarded|redirected|an gls übergeben|paketzentrum",
    ),
)

# Why, where the words that carriers share do not have it.
TROUBLES = compiled(
    (Reason.BUSINESS_CLOSED, r"reception.{0,20}closed"),
    (Reason.CARRIER_DELAY, r"exceeded time frame|lack of time|traffic"),
)


class GLS(OAuthCarrier):
    key, name = "gls", "GLS"
    base_url = "https://api.gls-group.net"
    tracking_page = "https://gls-group.com/track/{number}"
    credentials = ("client_id", "client_secret")
    batch_size = 10
    calls_per_day = 500
    api = "Track and Trace V1"
    scan_times = "local time with its offset"
    status_map = PARCEL_STATUSES | CODES | KINDS

    # Asking

    def request_token(self):
        return self.send(
            "POST",
            f"{self.base_url}/oauth2/v2/token",
            auth=(self.account["client_id"], self.account["client_secret"]),
            data={"grant_type": "client_credentials"},
        )

    def fetch(self, parcels):
        numbers = [parcel.number for parcel in parcels]
        asked = ",".join(quote(number, safe="") for number in numbers)
        reply = self.call(
            "GET",
            f"/track-and-trace-v1/tracking/simple/references/{asked}",
            params={"showEvents": "true"},
            headers={"Accept-Language": "EN"},  # because WORDS reads it
        )
        return dict.fromkeys(numbers, reply)

    def parse(self, reply, number):
        told = document(self, reply)
        self._check_problem(reply, told)
        self.check(reply)
        parcels = self._parcels(reply, told)
        about = [parcel for parcel in parcels if number in ("", text(parcel, "requested"), text(parcel, "unitno"))]
        if not about:
            raise NumberNotFound("the reply says nothing of the number", carrier=self.key, reply=reply)
        known = [parcel for parcel in about if not text(parcel, "errorCode")]
        if not known:
            self._fail(reply, about[0])
        asked = number if len(known) == 1 else ""
        return self.readable_updates(partial(self._update, reply, parcel, asked) for parcel in known)

    # Reading

    def _check_problem(self, reply, told):
        """Raise what Apigee's fault, a problem document (RFC 9457) or a single error means."""
        if fault := part(told, "fault"):
            words, code = text(fault, "faultstring"), text(fault, "detail", "errorcode")
            fail(self, reply, words, code, status=fault_status(code, words))
        if "parcels" not in told and text(told, "title"):
            fail_by_problem(self, reply, told)
        if "parcels" not in told and text(told, "errorCode"):
            self._fail(reply, told)

    def _fail(self, reply, error):
        """Raise what an error code such as E_404_01 stands for, in GLS's words."""
        code = text(error, "errorCode")
        found = re.match(r"E_([45]\d\d)(?!\d)", code)
        status = int(found.group(1)) if found else HTTPStatus.BAD_REQUEST
        fail(self, reply, text(error, "errorMessage"), code, status=status)

    def _parcels(self, reply, told):
        found = members(told, "parcels")
        if not found and told.get("parcels") != []:
            raise UnreadablePayload("the reply has no list of parcels", carrier=self.key, reply=reply)
        return found

    def _update(self, reply, parcel, asked):
        number = asked or text(parcel, "unitno") or text(parcel, "requested")
        if not number:
            raise UnreadablePayload("a parcel has no number", carrier=self.key, reply=reply)
        scans = members(parcel, "events") or [_only_scan(parcel)]
        newest = max(scans, key=lambda scan: text(scan, "eventDateTime"))
        events = (self._event(scan, text(parcel, "status") if scan is newest else "") for scan in scans)
        return TrackingUpdate(number=number, events=readable(self, events))

    def _event(self, scan, parcel_status):
        country = text(scan, "country").upper()
        happened = instant(text(scan, "eventDateTime"), lambda: likely_zone((country, "")))
        if happened is None:
            return None
        code, words = text(scan, "code").upper(), text(scan, "description")
        status = self._meaning(code, words, parcel_status.upper())
        reason = _reason(status, code, words)
        place = location(text(scan, "city"), text(scan, "postalCode"), country)
        return event_of(scan, happened, status, code, words, place=place, reason=reason)

    def _meaning(self, code, words, parcel_status) -> Status:
        """By the code, else by the words, else by the kind of event, else by the parcel's status."""
        kind = code.partition(".")[0]
        if self.status(code) is Status.DELIVERED:
            return _delivery(words, parcel_status)
        if code in self.status_map:
            return self.status(code)
        if KINDS.get(kind) is Status.UNKNOWN:
            return Status.UNKNOWN
        return first_found(WORDS, words) or KINDS.get(kind) or PARCEL_STATUSES.get(parcel_status, Status.UNKNOWN)

    def unmapped_codes(self, update):
        return [code for code in super().unmapped_codes(update) if code.partition(".")[0] not in KINDS]


def _delivery(words: str, parcel_status: str) -> Status:
    """A delivery, unless the words or the parcel's status say that it was none."""
    told = handed_over(words) or first_found(HANDED_OVER, words)
    return told or (Status.AVAILABLE_FOR_PICKUP if parcel_status == "DELIVEREDPS" else Status.DELIVERED)


def _only_scan(parcel: dict) -> dict:
    """The status as an event: all there is when the events were left out."""
    return {"code": text(parcel, "status"), "eventDateTime": text(parcel, "statusDateTime")}


def _reason(status: Status, code: str, words: str) -> Reason | None:
    if code == "NOTPICKEDUP":
        return Reason.NOT_HANDED_OVER
    told = reason_told(status, words)
    return told or (first_found(TROUBLES, words) if status in TROUBLED else None)

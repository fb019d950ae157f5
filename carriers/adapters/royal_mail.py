"""Royal Mail: Tracking API v2. https://developer.royalmail.net"""

from functools import partial
from http import HTTPStatus
from urllib.parse import quote

from carriers.base import Carrier, Reply
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
from carriers.reading.codes import by_code, fail, not_among
from carriers.reading.words import compiled, first_found, reason_told
from carriers.reading.zones import alpha2, zone_of
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

LONDON = "Europe/London"

# eventCode: Royal Mail's table of tracking events.
EVENT_CODES = {
    Status.INFO_RECEIVED: "EVAIE EVAIP EVAPA EVPPB",
    Status.IN_TRANSIT: """
        EVBAH EVBAV EVBAW EVBDM EVBMI EVBOF EVBPM EVBPR EVBRS EVBSD EVBSM EVBSR EVBSS EVBSW EVCAH EVCAV EVCDM EVCMI
        EVCOF EVCPD EVCPI EVCPS EVCPW EVCRS EVCRW EVDAA EVDAC EVDAV EVDAW EVDDM EVDLS EVDMI EVDOF EVDPL EVDPM EVDPR
        EVDRO EVDRS EVDSD EVDSL EVDSM EVDSR EVDSS EVGDM EVGDO EVGMI EVHAC EVHOE EVIAV EVIDM EVILC EVIMC EVIMI EVIMS
        EVIOF EVIPD EVIPI EVIPR EVIPS EVIPW EVIRM EVIRO EVJDP EVJDU EVJEA EVJFC EVJIA EVJIC EVJJV EVJLV EVJMV EVJNT
        EVJOE EVNAR EVNDO EVNMC EVNMI EVNPB EVNRC EVNRD EVNSR EVNWA EVOAC EVOBC EVOCO EVODO EVOLB EVOMI EVOOC EVORC
        EVORI EVORW EVOUF EVOVB EVPPA""",
    Status.OUT_FOR_DELIVERY: "EVGPD",
    Status.ATTEMPT_FAILED: """
        EVKAA EVKNA EVKNR EVKSU EVNAA EVNBA EVNIL EVNIO EVNSA EVNUL EVNUO EVPOA EVPON EVPOU EVPXA EVPXN EVPXU""",
    # "Delivered" to a Customer Service Point or a Post Office, where the recipient collects.
    Status.AVAILABLE_FOR_PICKUP: "EVKLC EVKLS EVNAE EVNDA EVNLC EVPLA",
    Status.DELIVERED: """
        EVKDN EVKNS EVKOP EVKSF EVKSP EVNCE EVNCO EVNFS EVNLP EVNOC EVNPO EVNSC EVPLC EVPLF""",
    Status.EXCEPTION: """
        EVHAP EVHAR EVHFM EVHNC EVHSR EVJAP EVJBA EVJCA EVJCC EVJCD EVJCO EVJEM EVJES EVJIN EVJML EVJPA EVJSR EVNCF
        EVNDL EVNDN EVNKS EVNRT EVSGD EVSGS EVSUS""",
    Status.RETURNING: """
        EVBRA EVBRB EVBRT EVBRW EVBSA EVCPA EVCRA EVCRB EVDRA EVDRB EVDRW EVDSA EVDSW EVHCA EVHCR EVHDI EVHID EVIPA
        EVKAI EVKGA EVKRF EVNAB EVNAC EVNAD EVNAI EVNGA EVNGL EVNHE EVNHR EVNLA EVNLG EVNLI EVNLR EVNRE EVNRF EVNRL
        EVNRN EVNRO EVNRR EVNRS EVNSI EVNUK EVORR EVORT EVPLI EVPLN EVPLR EVPLU EVPLX EVPOG EVPOI EVPOR EVPUX EVPXG
        EVPXI EVPXR""",
    Status.RETURNED: "EVRTS",
    # Wishes for another delivery, bookings, and what the machines tell each other.
    Status.UNKNOWN: """
        ASRXS RFRXS RNRXS RORXS RPRXS RSRXS EVNCL EVNDS EVNOI EVNOU EVZAM EVZBF EVZDM EVZDR EVZLM EVZRD EVZRM EVZSO""",
}
# Notifications to the recipient: what about, and whether they were asked for, sent or read.
NOTIFICATIONS = {
    kind + sent
    for kind in ("NDE", "NEP", "NFN", "NLC", "NRD", "NRE", "NSF", "NUN")
    for sent in ("DF", "RF", "RS", "SF", "SS")
}

REASON_CODES = {
    Reason.ACCESS_RESTRICTED: "EVKAA EVNAA EVNIL EVNIO EVPOA EVPXA",
    Reason.ADDRESS_INCOMPLETE: """
        EVBRA EVBSA EVCPA EVCRA EVDRA EVDSA EVIPA EVKAI EVNAI EVNLA EVNLI EVNSI EVPOI EVPXI EVHCA""",
    Reason.ADDRESS_INCORRECT: "EVNUK EVNUL EVNUO EVNWA EVPLU EVPOU EVPXU",
    Reason.CANCELLED_BY_MERCHANT: "EVHSR",
    Reason.CUSTOMS_DOCUMENTS: "EVHID EVJCD EVJCO EVJEM EVJIN EVJML EVJSR",
    Reason.CUSTOMS_HELD: "EVHCR EVJAP EVJBA EVJCA EVJCC EVJES",
    Reason.DAMAGED: "EVHDI",
    Reason.DELIVERED_TO_NEIGHBOUR: "EVKDN EVKNS",
    Reason.DELIVERED_TO_SAFE_PLACE: "EVKSF",
    Reason.DISPOSED: "EVNDL EVSGD",
    Reason.DUTIES_UNPAID: "EVHAP",
    Reason.HELD_AT_RECIPIENT_REQUEST: "EVNKS EVNRT",
    Reason.MISSORTED: "EVBMI EVCMI EVCPI EVDMI EVGMI EVIMI EVIPI EVNMI EVOMI",
    Reason.NATURAL_DISASTER: "EVHFM",
    Reason.PAYMENT_REQUIRED: "EVNCF",
    Reason.PICKUP_EXPIRED: "EVNAD EVNHE EVNRE EVNRL EVPLN",
    Reason.PROHIBITED: "EVJPA EVSGS EVSUS",
    Reason.RECIPIENT_ABSENT: "EVKNA EVNBA EVNDA EVNSA EVPON EVPXN",
    Reason.RECIPIENT_MOVED: "EVKGA EVNAC EVNGA EVNGL EVNLG EVPOG EVPXG",
    Reason.REDIRECTED: "EVNRD",
    Reason.REFUSED: "EVKRF EVNAB EVNHR EVNLR EVNRF EVNRO EVNRR EVPLR EVPOR EVPXR",
    Reason.RESCHEDULED: "EVNAR EVNDN EVNSR",
    Reason.SHIPPING_DATA: "EVBRB EVBRW EVCRB EVDRB EVDRW EVDSW",
}

# eventName, where the code is not in the table.
WORDS = compiled(
    (Status.RETURNED, r"delivered (?:back )?to (?:the )?(?:original )?sender|returned (?:back )?to (?:the )?sender on"),
    (Status.RETURNING, r"return(?:ed|ing)? to (?:the )?sender|national returns? cent"),
    (Status.ATTEMPT_FAILED, r"(?<!not )attempted|no answer|inaccessible|sorry,? we missed"),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"available for|ready for collection|ready to collect|local collect",
        r"delivered (?:to|in) (?:an? |the |your )?(?:collection|customer service) point",
        r"delivered (?:to|in) (?:an? |the |your )?(?:(?:parcel )?locker|post office)",
    ),
    (Status.OUT_FOR_DELIVERY, r"out for delivery|ready for delivery|due (?:to be delivered|for delivery) today"),
    (Status.DELIVERED, r"^(?:item )?(?:delivered|collected)\b"),
    (Status.EXCEPTION, r"\bheld\b|\bhold\b|customs charge|not attempted"),
    (
        Status.IN_TRANSIT,
        r"arrived|despatched|item received|received your item|accepted|acceptance|in transit|forwarded|item leaving",
        r"being processed",
    ),
    (Status.INFO_RECEIVED, r"sender (?:preparing|despatching)|pre-?advice"),
)
# statusCategory of the newest event. DELIVERED is not here: Royal Mail also "delivers" to its collection points.
CATEGORIES = {"IN TRANSIT": Status.IN_TRANSIT, "EXCEPTION": Status.EXCEPTION}

# errorCode -> what it means, whatever HTTP status it comes in.
ERROR_CODES = {
    "E0001": HTTPStatus.SERVICE_UNAVAILABLE,
    "E0009": HTTPStatus.INTERNAL_SERVER_ERROR,
    "E0010": HTTPStatus.TOO_MANY_REQUESTS,
    "E1142": HTTPStatus.NOT_FOUND,  # no barcode of Royal Mail's: as unknown as one it has not seen yet
    "E1144": HTTPStatus.NOT_FOUND,
    "E1145": HTTPStatus.NOT_FOUND,
    "E1283": HTTPStatus.NOT_FOUND,
    "E1284": HTTPStatus.NOT_FOUND,
    "E1308": HTTPStatus.NOT_FOUND,
}


class RoyalMail(Carrier):
    key, name = "royal-mail", "Royal Mail"
    base_url = "https://api.royalmail.net"
    tracking_page = "https://www.royalmail.com/track-your-item#/tracking-results/{number}"
    credentials = ("client_id", "client_secret")
    api = "Tracking API v2"
    scan_times = "the offset of each scan"
    promise_from = "estimated delivery window"
    status_map = by_code(EVENT_CODES)
    status_map |= dict.fromkeys(NOTIFICATIONS, Status.UNKNOWN)
    reasons = by_code(REASON_CODES)

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        headers = {
            "Accept": "application/json",
            "X-IBM-Client-Id": self.account["client_id"],
            "X-IBM-Client-Secret": self.account["client_secret"],
            "X-Accept-RMG-Terms": "yes",
        }
        return self.send("GET", f"{self.base_url}/mailpieces/v2/{quote(number, safe='')}/events", headers=headers)

    def parse(self, reply, number):
        told = document(self, reply)
        if members(told, "errors") or text(told, "httpCode"):
            self._fail(reply, told)
        self.check(reply)
        pieces = members(told, "mailPieces")
        if not pieces and told.get("mailPieces") == []:
            raise NumberNotFound("Royal Mail knows no item of this number", carrier=self.key, reply=reply)
        if not pieces:
            raise UnreadablePayload("the reply has no mailPieces", carrier=self.key, reply=reply)
        about = [piece for piece in pieces if len(pieces) == 1 or not number or number.upper() in _names(piece)]
        if not about:
            raise not_among(self, reply, pieces, number)
        return self.readable_updates(partial(self._update, reply, piece, number) for piece in about)

    # Reading

    def _fail(self, reply, told: dict):
        """Raise what one of Royal Mail's errors means, in Royal Mail's words."""
        error = next(iter(members(told, "errors")), {})
        code = text(error, "errorCode")
        message = text(error, "errorDescription") or text(told, "moreInformation") or text(told, "httpMessage")
        named = text(told, "httpCode") or text(told, "status")
        http = int(named) if named.isdecimal() else 0
        status = ERROR_CODES.get(code) or max(http, reply.status, HTTPStatus.BAD_REQUEST)
        fail(self, reply, message, code, status=status)

    def _update(self, reply: Reply, piece: dict, asked: str) -> TrackingUpdate:
        number = asked or text(piece, "mailPieceId")
        summary = part(piece, "summary")
        scans = members(piece, "events") or _latest(summary)
        if part(piece, "error") and not scans:
            self._fail(reply, {"errors": [part(piece, "error")], "status": piece.get("status")})
        if not number:
            raise UnreadablePayload("a mail piece names no mailPieceId", carrier=self.key, reply=reply)
        destination = alpha2(text(summary, "destinationCountryCode"))
        events = readable(self, (self._event(scan, summary) for scan in scans))
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(part(piece, "estimatedDelivery"), zone_of(destination)),
            service=text(summary, "productName")[:120],
            origin=location(country=alpha2(text(summary, "originCountryCode"))),
            destination=location(country=destination),
        )

    def _event(self, scan: dict, summary: dict) -> ParcelEvent | None:
        happened = instant(text(scan, "eventDateTime"), LONDON)
        if happened is None:
            return None
        code, words = text(scan, "eventCode").upper(), text(scan, "eventName")
        status = self._meaning(code, words, summary)
        reason = self.reasons.get(code) or reason_told(status, words)
        place = Location(text(scan, "locationName")[:120])
        return event_of(scan, happened, status, code or words, words, place=place, reason=reason)

    def _meaning(self, code: str, words: str, summary: dict) -> Status:
        if code in self.status_map:
            return self.status_map[code]
        newest = code == text(summary, "lastEventCode").upper()
        category = text(summary, "statusCategory").upper() if newest else ""
        return first_found(WORDS, words) or CATEGORIES.get(category, Status.UNKNOWN)


def _names(piece: dict) -> set[str]:
    """The numbers a mail piece is known by: those of its two barcodes."""
    summary = part(piece, "summary")
    told = (text(piece, "mailPieceId"), text(summary, "uniqueItemId"), text(summary, "oneDBarcode"))
    return {name.upper() for name in told}


def _latest(summary: dict) -> list[dict]:
    """The one event that a summary tells of, as a scan."""
    scan = {
        "eventCode": text(summary, "lastEventCode"),
        "eventName": text(summary, "lastEventName"),
        "eventDateTime": text(summary, "lastEventDateTime"),
        "locationName": text(summary, "lastEventLocationName"),
    }
    return [scan] if scan["eventCode"] else []


def _window(estimate: dict, zone: str):
    """The estimated day and hours. The hours have an offset, and are those of the door all the same."""
    day = text(estimate, "date")[:10]
    edges = (text(estimate, f"{edge}OfEstimatedWindow") for edge in ("start", "end"))
    begins, ends = (local_moment(f"{day}T{hour}") if hour else None for hour in edges)
    return window(begins or local_moment(day), ends or local_moment(day), zone)

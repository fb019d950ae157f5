"""J&T Express: the logistics trace push of its open platform. https://open.jtexpress.my, https://open.jtexpress.vn

One platform, a country each: the codes agree in the main, the words come in the country's language or in Chinese.
"""

import base64
import hashlib
import json
import re
from dataclasses import replace
from urllib.parse import parse_qs

from carriers.base import Acknowledgement, Callback, Carrier
from carriers.errors import UnreadablePayload
from carriers.reading import event_of, instant, listing, location, members, readable, text
from carriers.reading.codes import by_code
from carriers.reading.words import TROUBLED, compiled, first_found, reason_told
from carriers.reading.zones import likely_zone
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.privacy import masked
from orders.reasons import Reason
from orders.statuses import Status

# scanTypeCode: the tables of Malaysia, Mexico and Vietnam, and 50 and 92, which all countries send and none lists.
# Not here are 110 and 200, which mean one thing in one country and another in the next: the scan's name must tell.
STATUS_CODES = {
    Status.INFO_RECEIVED: "103 104",
    Status.IN_TRANSIT: "10 20 30 50 92 106 109 400 401 402 403 404 405",
    Status.OUT_FOR_DELIVERY: "94 112",
    Status.AVAILABLE_FOR_PICKUP: "700 701",
    Status.DELIVERED: "100 113 702",
    Status.EXCEPTION: "118 201 300 301 302 303 304 305 306",
    Status.RETURNING: "116 120 172 703 704",
    Status.RETURNED: "117 173",
    Status.CANCELLED: "105",
    Status.UNKNOWN: "121",  # the end of the record
}

# The scan's own name, where its code says nothing.
NAMES = compiled(
    (Status.RETURNED, r"return(?:ed)? sign|退件签收|ký nhận (?:chuyển )?hoàn"),
    (Status.RETURNING, r"return|退件|退回|hoàn hàng|chuyển hoàn"),
    (Status.EXCEPTION, r"problem|damage|lost|问题件|kiện vấn đề"),
    (Status.AVAILABLE_FOR_PICKUP, r"代理点收入|入库扫描"),
    (Status.OUT_FOR_DELIVERY, r"^(?:on )?delivery(?: scan)?$|出仓扫描|派件扫描|quét phát"),
    (Status.DELIVERED, r"^(?:parcel signed|sign(?:ed|ing) scan|delivered)$|^快件签收$|^ký nhận$"),
    (
        Status.IN_TRANSIT,
        r"pick-?up|collect(?:ed|ion)|outbound|departure|arrival|inbound",
        r"揽收|^收件$|寄件入库|发件扫描|到件扫描|入仓扫描|nhận hàng|gửi hàng|hàng đến",
    ),
)

# The sentence beside an unlisted code, where it is plain.
SIGNED = compiled(
    (Status.RETURNED, r"^(?:package|parcel|shipment)(?: has been| was)? (?:delivered|returned) to (?:the )?sender"),
    (Status.DELIVERED, r"^(?:package|parcel|shipment)(?: has been| was)? (?:delivered(?! to)|signed)"),
)

REASON_WORDS = compiled(
    (Reason.REFUSED, r"reject parcel|拒收|từ chối"),
    (Reason.DISPOSED, r"dispose|销毁"),
    (Reason.RECIPIENT_ABSENT, r"联系不上|无人|不在|không liên lạc|không nghe máy|vắng"),
    (Reason.ADDRESS_INCORRECT, r"地址(?:错|不|有误)|sai địa chỉ"),
    (Reason.RESCHEDULED, r"改期|另约|延迟派送|hẹn lại"),
    (Reason.DAMAGED, r"破损|hư hỏng"),
    (Reason.LOST, r"丢失|遗失|thất lạc"),
)
# Where a scan says why; one of them J&T spells so.
WHY = (
    "scanTypeName",
    "scanType",
    "problemType",
    "problemReason",
    "problemDescription",
    "probleDescription",
    "remark",
    "desc",
)
PICKUP_FAILED = "104"
ATTEMPTS = frozenset({Reason.RECIPIENT_ABSENT, Reason.BUSINESS_CLOSED, Reason.REFUSED, Reason.IDENTITY_UNCONFIRMED})

# Naive times are the country's own, and the country is seldom named.
COUNTRIES = (("VN", "[ăđơưĂĐƠƯ\u1ea0-\u1ef9]"), ("TH", "[\u0e00-\u0e7f]"), ("BR", "[ãõç]"))
NUMBER = re.compile(r"[A-Z]*\d+([A-Z]{2})|J(EG|MX)\d+")
ZONE = "Asia/Kuala_Lumpur"  # of most of its countries, and of its computers
OFFSET = re.compile(r"(?:GMT|UTC) ?([+-])(\d{1,2})(?::?(\d\d))?")

ACCEPTED = {"code": "1", "msg": "success", "data": None}


class JTExpress(Carrier):
    key, name = "jt-express", "J&T Express"
    base_url = "https://openapi.jtexpress.my"
    tracking_page = "https://www.jtexpress.my/tracking/{number}"
    pushes = True
    callback_header = "digest"
    callback_secret = "the private key of the open platform"  # noqa: S105 - its name
    push_api = "logistics trace, a digest of the body and the private key"
    scan_times = "a naive time is the country's own"
    lacks = ("pickup point", "redirect")
    status_map = by_code(STATUS_CODES)

    def proof(self, callback, secret):
        # J&T's own recipe, which is no HMAC.
        digest = hashlib.md5(_biz_content(callback) + secret.encode(), usedforsecurity=False)
        return base64.b64encode(digest.digest()).decode()

    def parse_callback(self, callback):
        parcels = listing(self, replace(callback, body=_biz_content(callback)))
        updates = [self._update(parcel) for parcel in parcels if text(parcel, "billCode")]
        if not updates:
            raise UnreadablePayload("the push names no billCode", carrier=self.key, reply=callback)
        return updates

    def acknowledge(self, callback):
        return Acknowledgement(200, json.dumps(ACCEPTED, separators=(",", ":")).encode(), "application/json")

    def _update(self, parcel) -> TrackingUpdate:
        number, scans = text(parcel, "billCode"), members(parcel, "details")
        events = readable(self, (self._event(scan, number) for scan in scans))
        return TrackingUpdate(number=number, events=events, proof_of_delivery=_proof_of_delivery(scans))

    def _event(self, scan, number) -> ParcelEvent | None:
        country = _country(scan, number)
        zone = likely_zone((country, "")) if country else ZONE
        happened = instant(text(scan, "scanTime") + _offset(scan), zone)
        if happened is None:
            return None
        code, name = _code(scan), _name(scan)
        status = self._status(code, name, text(scan, "desc"))
        reason = _reason(status, code, scan)
        if status is Status.EXCEPTION and reason in ATTEMPTS:
            status = Status.ATTEMPT_FAILED
        place = _place(scan, country)
        return event_of(scan, happened, status, code, masked(text(scan, "desc") or name), place=place, reason=reason)

    def _status(self, code, name, words) -> Status:
        told, named = self.status_map.get(code), first_found(NAMES, name)
        if told is Status.EXCEPTION:
            return named or told  # of these the countries do not agree on the numbers
        return told or first_found(SIGNED, words) or named or first_found(NAMES, words) or Status.UNKNOWN


def _biz_content(callback: Callback) -> bytes:
    """The JSON in the field bizContent of a form or of JSON, as it was signed; else the body is the JSON itself."""
    if callback.body.lstrip()[:1] not in (b"{", b"["):
        form = parse_qs(callback.body.decode("utf-8", "replace"))
        return form.get("bizContent", [""])[0].encode()
    wrapped = _wrapped(callback)
    return wrapped.encode("utf-8", "replace") if wrapped else callback.body


def _wrapped(callback: Callback) -> str:
    try:
        told = callback.json()
    except UnreadablePayload:
        return ""
    content = told.get("bizContent") if isinstance(told, dict) else ""
    return content if isinstance(content, str) else ""


def _code(scan) -> str:
    return text(scan, "scanTypeCode") or text(scan, "scanCode") or _name(scan)


def _name(scan) -> str:
    return text(scan, "scanTypeName") or text(scan, "scanType")


def _reason(status, code, scan) -> Reason | None:
    if code == PICKUP_FAILED:
        return Reason.NOT_HANDED_OVER
    if status not in TROUBLED:
        return None
    words = [text(scan, name) for name in WHY]
    return first_found(REASON_WORDS, *words) or reason_told(status, *words)


def _country(scan, number) -> str:
    """As told; else by the letters of its places, else by those of the number; "" when nobody can say."""
    told = text(scan, "scanNetworkCountry") or text(scan, "scanNetworkCountray")
    if re.fullmatch("[A-Za-z]{2}", told):
        return told.upper()
    places = " ".join(text(scan, f"scanNetwork{part}") for part in ("Area", "City", "Province"))
    by_letters = (country for country, letters in COUNTRIES if re.search(letters, places))
    return next(by_letters, "") or _country_of(number)


def _country_of(number) -> str:
    found = NUMBER.fullmatch(number)
    return (found[1] or found[2]) if found else ""


def _offset(scan) -> str:
    """The offset beside the time, as ISO 8601 writes it; "" for none."""
    found = OFFSET.fullmatch(text(scan, "timeZone"))
    return f"{found[1]}{found[2]:0>2}:{found[3] or '00'}" if found else ""


def _place(scan, country) -> Location:
    city = text(scan, "scanNetworkCity") or text(scan, "scanNetworkProvince") or text(scan, "scanNetworkName")
    return location(city, text(scan, "postCode"), country)


def _proof_of_delivery(scans) -> str:
    names = ("sigPicUrl", "electronicSignaturePicUrl", "signUrl")
    links = (text(scan, name).split(",")[0] for scan in scans for name in names)
    return next((link for link in links if link.startswith("https://")), "")

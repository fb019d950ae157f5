"""SF Express: route query EXP_RECE_SEARCH_ROUTES for polling, route push for being told. https://open.sf-express.com

SF tells each scan by an operation code and a sentence in Chinese; newer replies put a coarse status beside it.
"""

import base64
import hashlib
import json
import time
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import quote_plus
from uuid import uuid4

from carriers.base import Acknowledgement, Carrier, Reply
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import document, event_of, instant, location, members, part, readable, text
from carriers.reading.codes import by_code, fail
from carriers.reading.words import compiled, first_found, less_reassuring, reason_told
from orders.events import ParcelEvent, TrackingUpdate
from orders.privacy import masked
from orders.reasons import Reason
from orders.statuses import Status

ZONE = "Asia/Shanghai"  # of every scan, wherever on earth it was made

# opCode: SF's table of operation codes.
OPERATIONS = {
    Status.INFO_RECEIVED: "127 131 138 141 151 152 201 205 206 646 647 900",
    Status.IN_TRANSIT: """
        10 11 14 15 16 17 30 31 34 36 41 43 46 47 50 51 54 64 65 75 84 86 87 88 89 96 98 99 105 106 123 126 129 130
        136 137 147 153 186 187 188 189 190 202 208 214 302 304 305 310 405 406 407 501 570 571 604 605 606 607 612
        619 620 623 626 627 632 633 634 643 649 651 655 656 657 664 700 701 830 831 843 847 850 851 921 930 931 932
        950 3036 3137""",
    Status.OUT_FOR_DELIVERY: "44 122 204 211 212 630 658 677 844 880 933",
    Status.ATTEMPT_FAILED: "70",
    Status.AVAILABLE_FOR_PICKUP: "125 642 678",
    Status.DELIVERED: "80 97 128 679 935",
    Status.EXCEPTION: "18 33 66 72 77 611 613 614 621 833 870 934",
    Status.RETURNING: "215 631 648 660",
    # Where to see the signature, notices and what only SF's people understand. 8000 comes after the delivery.
    Status.UNKNOWN: "135 140 154 676 8000",
}
REASONS = {
    "18": Reason.CUSTOMS_HELD,
    "66": Reason.CARRIER_DELAY,
    "77": Reason.CARRIER_DELAY,
    "99": Reason.REDIRECTED,
    "613": Reason.DUTIES_UNPAID,
    "614": Reason.CUSTOMS_HELD,
    "621": Reason.CUSTOMS_HELD,
    "833": Reason.CARRIER_DELAY,
}

# firstStatusCode, where the operation is not listed.
FIRST_STATUSES = {
    "1": Status.IN_TRANSIT,
    "2": Status.IN_TRANSIT,
    "3": Status.OUT_FOR_DELIVERY,
    "4": Status.DELIVERED,
    "7": Status.INFO_RECEIVED,
    "10": Status.IN_TRANSIT,
    "11": Status.AVAILABLE_FOR_PICKUP,
    "13": Status.ATTEMPT_FAILED,
}

# (opCode, reasonCode) of the route push, where the reason changes what the operation means.
OPERATION_REASONS = {
    ("33", "83"): (Status.AVAILABLE_FOR_PICKUP, None),
    ("33", "85"): (Status.AVAILABLE_FOR_PICKUP, None),
    ("70", "46"): (Status.CANCELLED, None),
    ("70", "83"): (Status.AVAILABLE_FOR_PICKUP, None),
    ("70", "85"): (Status.AVAILABLE_FOR_PICKUP, None),
    ("99", "2"): (Status.RETURNING, None),
    ("8000", "2"): (Status.EXCEPTION, Reason.DISPOSED),
    ("8000", "6"): (Status.EXCEPTION, Reason.LOST),
}

# What the sentence says more than the operation: of a "delivery", of a redirection, of a parcel on its way.
DELIVERIES = compiled(
    (Status.RETURNED, r"(?:退回|退还|退件).{0,20}(?:寄件|寄方|发件|签收)"),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"待(?:您)?(?:自取|取件|领取)|凭.{0,6}码.{0,6}取|取件码|尽快.{0,4}(?:取件|领取|自取)",
    ),
)
REDIRECTIONS = compiled((Status.RETURNING, r"退回|退件|退还"), (Status.IN_TRANSIT, r"转寄"))
ARRIVALS = compiled(
    (Status.AVAILABLE_FOR_PICKUP, r"取件码|凭.{0,6}码.{0,6}取|请(?!.{0,12}上门).{0,12}(?:取件|领取|自取)")
)
# What the sentence says of an operation that is not listed.
SENTENCES = compiled(
    (Status.ATTEMPT_FAILED, r"派[送件](?:失败|不成功|未成功)|未能派送|未妥投|拒收"),
    (Status.DELIVERED, r"(?:已|客户|本人|成功)签收|签收成功|派送成功"),
    (Status.OUT_FOR_DELIVERY, r"正在派送|派送途中"),
    (Status.IN_TRANSIT, r"已?收取快件|快件(?:已|已经)?(?:到达|离开|发往|途经|装车)|运输中|完成分拣"),
)
TOLD_BY_WORDS = {"80": DELIVERIES, "97": DELIVERIES, "99": REDIRECTIONS, "648": REDIRECTIONS}

HANDOVERS = compiled(
    (Reason.DELIVERED_TO_NEIGHBOUR, r"邻居"),
    (Reason.DELIVERED_TO_LOCKER, r"丰巢|快递柜|智能柜|自提柜|信箱|邮箱"),
    (Reason.DELIVERED_TO_RECEPTION, r"前台|收发室|门卫|保安|物业|传达室"),
    (Reason.DELIVERED_TO_SAFE_PLACE, r"门口|车库|家门|指定位置"),
)
TROUBLES = compiled(
    (Reason.REFUSED, r"拒收|拒付|拒签"),
    (Reason.DAMAGED, r"破损|损坏"),
    (Reason.LOST, r"丢失|遗失"),
    (Reason.CUSTOMS_HELD, r"海关|清关|检疫"),
    (Reason.WEATHER, r"天气|台风|暴雨|大雪|洪水"),
    (Reason.ADDRESS_INCOMPLETE, r"地址(?:不详|不全|不完整)"),
    (Reason.ADDRESS_INCORRECT, r"地址(?:错|有误|不正确|不符)|查无此人"),
    (Reason.PAYMENT_REQUIRED, r"未付款|未支付|货款|运费"),
    (Reason.RESCHEDULED, r"约定|改派|更改派送|改约|另约|延期"),
    (Reason.HELD_AT_RECIPIENT_REQUEST, r"自取|自提"),
    (Reason.RECIPIENT_ABSENT, r"无人|不在|无法联系|联系不上|未能联系|无法接通|关机"),
    (Reason.BUSINESS_CLOSED, r"放假|休息|下班|节假日"),
    (Reason.CAPACITY, r"满柜|柜满|柜已满|爆仓"),
    (Reason.ACCESS_RESTRICTED, r"管控|封控|无法进入|禁止进入"),
    (Reason.MISSORTED, r"错发|错分|错运"),
    (Reason.REDIRECTED, r"转寄"),
)

ERROR_CODES = {
    "A1002": HTTPStatus.UNAUTHORIZED,  # the token is too old
    "A1003": HTTPStatus.FORBIDDEN,
    "A1004": HTTPStatus.FORBIDDEN,
    "A1005": HTTPStatus.TOO_MANY_REQUESTS,
    "A1006": HTTPStatus.UNAUTHORIZED,  # the digest is wrong
    "A1009": HTTPStatus.SERVICE_UNAVAILABLE,
    "A1099": HTTPStatus.INTERNAL_SERVER_ERROR,
    "S0003": HTTPStatus.INTERNAL_SERVER_ERROR,
    "6150": HTTPStatus.NOT_FOUND,
    "8018": HTTPStatus.NOT_FOUND,
    "8024": HTTPStatus.NOT_FOUND,
    "8247": HTTPStatus.NOT_FOUND,  # no number of SF's: as unknown as one that SF has not seen yet
}
SUCCESSES = frozenset({"", "A1000", "A0000", "S0000"})

# Where the generations of the API put a parcel, or a scan that names its parcel.
LISTS = (("msgData", "routeResps"), ("result",), ("data", "body"), ("Body", "WaybillRoute"))
NUMBERS = ("mailNo", "mailno", "waybillNo", "wayBillNo")

ACCEPTED = {"return_code": "0000", "return_msg": "成功"}


class SFExpress(Carrier):
    key, name = "sf-express", "SF Express"
    base_url = "https://sfapi.sf-express.com"
    tracking_page = "https://www.sf-express.com/we/ow/chn/en/waybill/waybill-detail/{number}"
    credentials = ("partner_id", "checkword")
    batch_size = 10
    calls_per_minute = 1800
    calls_per_day = 3000
    pushes = True  # and proves nothing but that it knows the address
    api = "route query EXP_RECE_SEARCH_ROUTES"
    push_api = "route push; SF signs nothing"
    scan_times = "China's (+08:00), wherever the scan was made"
    status_map = by_code(OPERATIONS)

    # Asking

    def fetch(self, parcels):
        asked = [parcel.number for parcel in parcels]
        question = {"language": "0", "trackingType": "1", "trackingNumber": asked, "methodType": "1"}
        form = self._signed(json.dumps(question, ensure_ascii=False, separators=(",", ":")))
        return dict.fromkeys(asked, self.send("POST", f"{self.base_url}/std/service", data=form))

    def _signed(self, message: str) -> dict:
        timestamp = str(int(time.time() * 1000))
        return {
            "partnerID": self.account["partner_id"],
            "requestID": uuid4().hex,
            "serviceCode": "EXP_RECE_SEARCH_ROUTES",
            "timestamp": timestamp,
            "msgDigest": _digest(message + timestamp + self.account["checkword"]),
            "msgData": message,
        }

    def parse(self, reply, number):
        told = self._business(reply, document(self, reply))
        self.check(reply)
        routes = self._routes(reply, told)
        about = {named: scans for named, scans in routes.items() if number in ("", named)}
        if not any(about.values()):
            raise NumberNotFound("the reply has no routes of it", carrier=self.key, reply=reply)
        return [self._update(named, scans) for named, scans in about.items() if scans]

    # Being told

    def parse_callback(self, callback):
        told = document(self, callback)
        return [self._update(number, scans) for number, scans in self._routes(callback, told).items()]

    def acknowledge(self, callback):
        body = json.dumps(ACCEPTED, ensure_ascii=False, separators=(",", ":")).encode()
        return Acknowledgement(HTTPStatus.OK, body, "application/json")

    # Reading

    def _business(self, reply: Reply, told: dict) -> dict:
        """What the service said, without the platform's envelope. Raises what either of them found wrong."""
        self._check_code(reply, text(told, "apiResultCode"), text(told, "apiErrorMsg"))
        inner = told.get("apiResultData")
        if isinstance(inner, str) and inner.strip():
            told = document(self, replace(reply, body=inner.encode()))
        elif isinstance(inner, dict):
            told = inner
        self._check_code(reply, text(told, "errorCode"), text(told, "errorMsg"))
        return told

    def _check_code(self, reply, code, message):
        if code not in SUCCESSES:
            fail(self, reply, message, code, status=ERROR_CODES.get(code))

    def _routes(self, body, told: dict) -> dict[str, list[dict]]:
        """{number: its scans}."""
        entries = [entry for path in LISTS for entry in members(told, *path)]
        routes: dict[str, list[dict]] = {}
        for entry in entries:
            number = _number(entry) or _number(part(told, "msgData"))
            routes.setdefault(number, []).extend(_scans(entry))
        routes.pop("", None)
        if not routes:
            raise UnreadablePayload("it names no parcel", carrier=self.key, reply=body)
        return routes

    def _update(self, number, scans) -> TrackingUpdate:
        return TrackingUpdate(number=number, events=readable(self, map(self._event, scans)))

    def _event(self, scan: dict) -> ParcelEvent | None:
        happened = instant(text(scan, "acceptTime"), ZONE)
        if happened is None:
            return None
        code, words = text(scan, "opCode") or text(scan, "opcode"), text(scan, "remark")
        status, reason = self._meaning(code, words, scan)
        place = location(text(scan, "acceptAddress") or text(scan, "accept_address"))
        return event_of(scan, happened, status, code, masked(words), place=place, reason=reason)

    def _meaning(self, code, words, scan) -> tuple[Status, Reason | None]:
        told = OPERATION_REASONS.get((code, text(scan, "reasonCode")))
        if told:
            return told
        status = self._status(code, words, scan)
        return status, _reason(status, code, words, text(scan, "reasonName"))

    def _status(self, code, words, scan) -> Status:
        if code not in self.status_map:
            coarse = FIRST_STATUSES.get(text(scan, "firstStatusCode"), Status.UNKNOWN)
            return less_reassuring(first_found(DELIVERIES, words) or first_found(SENTENCES, words), coarse)
        status = self.status(code)
        table = TOLD_BY_WORDS.get(code) or (ARRIVALS if status is Status.IN_TRANSIT else None)
        return (table and first_found(table, words)) or status


def _digest(message: str) -> str:
    """SF's own recipe, which is no HMAC: MD5 of the text as Java encodes it for a URL."""
    encoded = quote_plus(message, safe="*").replace("~", "%7E")
    return base64.b64encode(hashlib.md5(encoded.encode(), usedforsecurity=False).digest()).decode()


def _number(entry: dict) -> str:
    return next((told for name in NUMBERS if (told := text(entry, name))), "")


def _scans(entry: dict) -> list[dict]:
    """The scans listed in the entry; an entry without a list is a scan itself."""
    lists = [name for name in ("routes", "route") if name in entry]
    return [scan for name in lists for scan in members(entry, name)] if lists else [entry]


def _reason(status, code, words, reason_name) -> Reason | None:
    if status is Status.DELIVERED:
        return first_found(HANDOVERS, words)
    if status in (Status.UNKNOWN, Status.AVAILABLE_FOR_PICKUP, Status.OUT_FOR_DELIVERY, Status.INFO_RECEIVED):
        return None
    if status is Status.IN_TRANSIT:
        return REASONS.get(code)
    told = first_found(TROUBLES, reason_name, words) or reason_told(status, reason_name, words)
    return REASONS.get(code) or told

"""UPS Track API v1 and Track Alert v2, as UPS's published specification and code tables have them."""

import re
import time
from datetime import UTC, date, timedelta
from http import HTTPStatus
from urllib.parse import unquote

from carriers.sandbox.lives import Life, Place, Scan, promise_at
from carriers.sandbox.ups_words import STATUS_WORDS, WORDS
from carriers.sandbox.wire import Answer, Lives, Order, Push, Request, Tokens, WireFormat, accepted, words_for
from orders.statuses import Status
from orders.windows import PromisedWindow

TOKEN_LIFETIME = 14399
TRACK = "/api/track/v1/details/"
NUMBER_LENGTHS = range(7, 35)
REQUIRED_HEADERS = ("transId", "transactionSrc")

INVALID_NUMBER = ("TV1002", "Invalid inquiry number")
NOT_FOUND = ("TW0001", "Tracking Information Not Found")
UNAUTHORIZED = ("250002", "Invalid Authentication Information")
BAD_CLIENT = ("10401", "ClientId is Invalid")
TOO_MANY = ("10429", "Too Many Requests")
FAILURE = ("10004", "Something went wrong while processing your request, please try again later")
NO_RESOURCE = ("404", "The requested resource was not found.")
NO_HEADER = ("VSS100", "Missing required header")

# Track Alert's own errors, for what a subscription must say.
SUBSCRIBE = "/api/track/v1/subscription/standard/package"
NUMBERS_IN_AN_ORDER = 100
PACKAGE_NUMBER = re.compile("1Z[0-9A-Z]{16}")
REJECTED = "The Subscription request has been rejected."
REQUIRED_IN_AN_ORDER = {
    ("trackingNumberList",): ("VSS200", f"Tracking Number List is required. {REJECTED}"),
    ("locale",): ("VSS300", f"Locale is required. {REJECTED}"),
    ("countryCode",): ("VSS400", f"Please enter a valid country code. {REJECTED}"),
    ("destination",): ("VSS500", f"Destination is required. {REJECTED}"),
    ("destination", "url"): ("VSS600", f"URL is empty or not present. {REJECTED}"),
    ("destination", "credential"): ("VSS700", f"Credential is empty or not present. {REJECTED}"),
    ("destination", "credentialType"): ("VSS800", f"CredentialType is empty or not present. {REJECTED}"),
}
MISSING_HEADERS = {"transId": ("VSS002", "Missing transId."), "transactionSrc": ("VSS004", "Missing transactionSrc.")}
TOO_MANY_NUMBERS = (
    "VSS220",
    "You have submitted over 100 1Z numbers which is not allowed. The entire submission of 1Z numbers has been "
    "rejected. Please resubmit your request again using groups of no more than 100 1Z numbers.",
)
NO_VALID_NUMBER = ("VSS210", f"The Subscription request should have at least one valid tracking number. {REJECTED}")


class UPS(WireFormat):
    key = "ups"
    token_path = "/security/v1/oauth/token"
    subscription_lifetime = timedelta(days=14)

    def __init__(self, clock):
        super().__init__(clock)
        self.tokens = Tokens(clock, TOKEN_LIFETIME)

    def check(self, life):
        for moment in life.moments:
            words_for(WORDS, moment)

    def answer(self, request: Request, lives: Lives) -> Answer:
        if (request.method, request.path) == ("POST", self.token_path):
            return self._token(request)
        if request.method != "GET" or not request.path.startswith(TRACK):
            return _error(HTTPStatus.NOT_FOUND, NO_RESOURCE)
        if not self.tokens.accepts(request.bearer):
            return _error(HTTPStatus.UNAUTHORIZED, UNAUTHORIZED)
        if any(header not in request.headers for header in REQUIRED_HEADERS):
            return _error(HTTPStatus.BAD_REQUEST, NO_HEADER)
        return self._details(unquote(request.path.removeprefix(TRACK)), lives)

    def too_many(self, retry_after):
        return _error(HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY, **{"Retry-After": f"{retry_after:.0f}"})

    def failure(self, status):
        return _error(status, FAILURE)

    def push(self, life, scan, *, secret, address):
        headers = {"Content-Type": "application/json", "User-Agent": "UPSPubSubTrackingService", "credential": secret}
        return Push(Answer.json(self._alert(life, scan)).body, headers)

    def order(self, request: Request) -> Order | Answer | None:
        if (request.method, request.path) != ("POST", SUBSCRIBE):
            return None
        if not self.tokens.accepts(request.bearer):
            return _error(HTTPStatus.UNAUTHORIZED, UNAUTHORIZED)
        told = request.json()
        missing = [error for header, error in MISSING_HEADERS.items() if header not in request.headers]
        missing += [error for path, error in REQUIRED_IN_AN_ORDER.items() if not _told(told, path)]
        if missing:
            return _error(HTTPStatus.BAD_REQUEST, missing[0])
        return _order(told["trackingNumberList"], told["destination"])

    def ordered(self, order: Order, address: str) -> Answer:
        invalid = {"invalidTrackingNumbers": list(order.refused)} if order.refused else {}
        return Answer.json({"validTrackingNumbers": sorted(order.numbers), **invalid})

    def _token(self, request: Request) -> Answer:
        client_id, client_secret = request.basic_auth()
        if not accepted(client_id, client_secret) or request.form().get("grant_type") != "client_credentials":
            return _error(HTTPStatus.UNAUTHORIZED, BAD_CLIENT)
        return Answer.json(
            {
                "token_type": "Bearer",
                "issued_at": str(int(time.time() * 1000)),
                "client_id": client_id,
                "access_token": self.tokens.grant(),
                "scope": "",
                "expires_in": str(TOKEN_LIFETIME),  # a text, as UPS sends it
                "refresh_count": "0",
                "status": "approved",
            }
        )

    def _details(self, number: str, lives: Lives) -> Answer:
        if len(number) not in NUMBER_LENGTHS:
            return _error(HTTPStatus.BAD_REQUEST, INVALID_NUMBER)
        life = lives.get(number)
        scans = self.scans(life) if life else []
        shipment = {"inquiryNumber": number}
        if scans:
            shipment["package"] = [self._package(life, scans)]
        else:
            shipment["warnings"] = [_coded(NOT_FOUND)]
        return Answer.json({"trackResponse": {"shipment": [shipment]}})

    def _package(self, life: Life, scans: list[Scan]) -> dict:
        newest = words_for(WORDS, scans[0].moment)
        return {
            "trackingNumber": life.number,
            **self._delivery(life, scans),
            "activity": [_activity(scan) for scan in scans],
            "currentStatus": {
                "description": STATUS_WORDS[newest.status_code],
                "code": newest.status_code,
                "simplifiedTextDescription": newest.text,
            },
            "packageAddress": [
                {"type": "ORIGIN", "address": _address(life.origin)},
                {"type": "DESTINATION", "address": _address(life.destination)},
            ],
            "service": {"code": "003", "levelCode": "003", "description": life.service or "UPS Ground"},
            "packageCount": 1,
        }

    def _delivery(self, life: Life, scans: list[Scan]) -> dict:
        """The delivery date and time: done, rescheduled or scheduled. UPS promises one day, never a span of days."""
        if scans[0].moment.status is Status.DELIVERED:
            return _delivered(scans[0])
        window = promise_at(life, self.clock())
        if window is None or scans[0].moment.status in (Status.RETURNED, Status.CANCELLED):
            return {"deliveryDate": []}
        kind = "SDD" if window == life.promised else "RDD"
        return {"deliveryDate": [{"type": kind, "date": _date(window.latest)}], "deliveryTime": _hours(window)}

    def _alert(self, life: Life, scan: Scan) -> dict:
        words, local, gmt = words_for(WORDS, scan.moment), scan.local, scan.at.astimezone(UTC)
        window = promise_at(life, scan.at)
        alert = {
            "trackingNumber": life.number,
            "localActivityDate": _date(local),
            "localActivityTime": _time(local),
            "activityLocation": _place(scan.moment.place),
            "activityStatus": {
                "type": words.type,
                "code": words.code,
                "description": scan.moment.text or words.text,
                "descriptionCode": words.status_code,
            },
            "scheduledDeliveryDate": _date(window.latest) if window else "",
            "gmtActivityDate": _date(gmt),
            "gmtActivityTime": _time(gmt),
        }
        if scan.moment.status is Status.DELIVERED:
            alert |= {"actualDeliveryDate": _date(local), "actualDeliveryTime": _time(local)}
        return alert


def _told(order: dict, path: tuple[str, ...]):
    for name in path:
        order = order.get(name) if isinstance(order, dict) else None
    return order


def _order(numbers: list[str], destination: dict) -> Order | Answer:
    """The order of those numbers that are UPS's; an error where there are too many, or none."""
    if len(numbers) > NUMBERS_IN_AN_ORDER:
        return _error(HTTPStatus.BAD_REQUEST, TOO_MANY_NUMBERS)
    valid = frozenset(number for number in numbers if PACKAGE_NUMBER.fullmatch(number))
    invalid = tuple(number for number in numbers if number not in valid)
    if not valid:
        errors = {"errors": [_coded(NO_VALID_NUMBER)]}
        return Answer.json({"invalidTrackingNumbers": list(invalid), "response": errors}, HTTPStatus.BAD_REQUEST)
    return Order(destination["url"], destination["credential"], valid, invalid)


def _activity(scan: Scan) -> dict:
    """Local date and time without a zone, and the same instant in GMT with the offset beside it."""
    words, local, gmt = words_for(WORDS, scan.moment), scan.local, scan.at.astimezone(UTC)
    return {
        "location": {"address": _address(scan.moment.place), "slic": "0009"},
        "status": {
            "type": words.type,
            "description": scan.moment.text or words.text,
            "code": words.code,
            "statusCode": words.status_code,
        },
        "date": _date(local),
        "time": _time(local),
        "gmtDate": _date(gmt),
        "gmtOffset": f"{local:%:z}",
        "gmtTime": f"{gmt:%H:%M:%S}",
    }


def _delivered(scan: Scan) -> dict:
    return {
        "deliveryDate": [{"type": "DEL", "date": _date(scan.local)}],
        "deliveryTime": {"type": "DEL", "endTime": _time(scan.local)},
        "deliveryInformation": {"location": "Front Door", "receivedBy": ""},
    }


def _hours(window: PromisedWindow) -> dict:
    if window.to_time is None:
        return {"type": "EOD"}
    if window.from_time is None:
        return {"type": "CMT", "endTime": _time(window.to_time)}
    return {"type": "EDW", "startTime": _time(window.from_time), "endTime": _time(window.to_time)}


def _address(place: Place) -> dict:
    address = {
        "city": place.city,
        "stateProvince": place.state,
        "postalCode": place.postcode,
        "countryCode": place.country,
        "country": place.country,
    }
    return {name: value for name, value in address.items() if value}


def _place(place: Place) -> dict:
    """The same place in Track Alert's spelling."""
    return {name: value for name, value in _address(place).items() if name != "countryCode"}


def _date(day: date) -> str:
    return f"{day:%Y%m%d}"


def _time(moment) -> str:
    return f"{moment:%H%M%S}"


def _coded(error: tuple[str, str]) -> dict:
    code, message = error
    return {"code": code, "message": message}


def _error(status: int, error: tuple[str, str], **headers: str) -> Answer:
    return Answer.json({"response": {"errors": [_coded(error)]}}, status, **headers)

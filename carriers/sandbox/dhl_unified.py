"""DHL Shipment Tracking - Unified (pull and push) as developer.dhl.com documents it.

The divisions behind it keep their own habits: parcel-de writes sentences and naive Berlin times, parcel-nl writes
codes and offsets.
"""

from dataclasses import dataclass
from datetime import datetime, time
from http import HTTPStatus
from urllib.parse import quote

from carriers.sandbox.dhl_words import PARCEL_DE, PARCEL_NL
from carriers.sandbox.lives import Life, Place, Scan, promise_at
from carriers.sandbox.wire import (
    Answer,
    Limit,
    Lives,
    Order,
    Push,
    Request,
    Vocabulary,
    WireFormat,
    accepted,
    words_for,
)
from orders.statuses import FINAL
from orders.windows import PromisedWindow, zone_named

PROBLEM = "application/problem+json"
NOT_FOUND = ("No result found", "No shipment with given tracking number found.")
UNAUTHORIZED = ("Unauthorized", "Unauthorized for given resource.")
TOO_MANY = ("Too Many Requests", "Too many requests within defined time period, please try again later.")
# The subscriber chooses the header that carries its token: hook.authentication {type, header, token}.
TOKEN_HEADER = "DHL-Hook-Token"
NUMBERS_IN_AN_ORDER = 10
EVENTS = frozenset({"Pre-Transit", "Transit", "Delivered", "Failure", "Unknown"})


@dataclass(frozen=True, slots=True)
class Division:
    """How one DHL division writes: its words, and its clock with or without the offset."""

    words: Vocabulary[tuple[str, str]]
    zone: str
    writes_offset: bool
    product: str

    def timestamp(self, instant: datetime) -> str:
        local = instant.astimezone(zone_named(self.zone)).replace(microsecond=0)
        return (local if self.writes_offset else local.replace(tzinfo=None)).isoformat()


DIVISIONS = {
    "parcel-de": Division(PARCEL_DE, "Europe/Berlin", writes_offset=False, product="DHL PAKET (parcel)"),
    "parcel-nl": Division(PARCEL_NL, "Europe/Amsterdam", writes_offset=True, product="DHL For You"),
}


class DHLUnified(WireFormat):
    key = "dhl-unified"
    documented_limit = Limit(calls=1, seconds=5)
    subscription_path = "/tracking/push/v1/subscription"

    def check(self, life):
        division = _division(life)
        for moment in life.moments:
            words_for(division.words, moment)

    def caller(self, request):
        return request.headers.get("DHL-API-Key", "")

    def answer(self, request: Request, lives: Lives) -> Answer:
        if (request.method, request.path) != ("GET", "/track/shipments"):
            return _problem(HTTPStatus.NOT_FOUND, "Not found", f"No resource {request.path}.")
        if not accepted(self.caller(request)):
            return _problem(HTTPStatus.UNAUTHORIZED, *UNAUTHORIZED)
        number = request.query.get("trackingNumber", "")
        if not number:
            return _problem(HTTPStatus.BAD_REQUEST, "Invalid input", "Input is invalid: trackingNumber is required")
        life = lives.get(number)
        scans = self.scans(life) if life else []
        if not scans:
            return _problem(HTTPStatus.NOT_FOUND, *NOT_FOUND, instance=f"/shipment/{quote(number)}")
        return Answer.json({"shipments": [self._shipment(life, scans)]})

    def too_many(self, retry_after):
        return _problem(HTTPStatus.TOO_MANY_REQUESTS, *TOO_MANY, retry_after=retry_after)

    def failure(self, status):
        return _problem(status, HTTPStatus(status).phrase, "The request could not be processed.")

    def push(self, life, scan, *, secret, address):
        shipment = {"id": life.number, "service": _service(life), "status": _event(life, scan)}
        return _message("push", secret, address, shipments=[shipment])

    def order(self, request: Request) -> Order | Answer | None:
        if (request.method, request.path) != ("POST", self.subscription_path):
            return None
        if not accepted(self.caller(request)):
            return _problem(HTTPStatus.UNAUTHORIZED, *UNAUTHORIZED)
        try:
            return _order(request.json())
        except (ValueError, TypeError, KeyError) as error:
            return _problem(HTTPStatus.BAD_REQUEST, "Bad request", f"Input is invalid: {error}")

    def ordered(self, order: Order, address: str) -> Answer:
        return Answer.json({"id": address.rpartition("/")[2], "status": "PENDING"}, HTTPStatus.CREATED)

    def introduction(self, *, secret, address, hook_secret):
        """subscription.validate: its `secret` must come back as DHL-API-Hook-Secret, posted to the `self` address."""
        return _message("validate", secret, address, secret=hook_secret)

    def activation(self, request):
        if request.method != "POST" or not request.path.startswith(f"{self.subscription_path}/"):
            return None
        return request.path, request.headers.get("DHL-API-Hook-Secret", "")

    def confirmation(self, *, secret, address):
        return _message("ready", secret, address)

    def _shipment(self, life: Life, scans: list[Scan]) -> dict:
        shipment = {
            "id": life.number,
            "service": _service(life),
            "origin": _address(life.origin),
            "destination": _address(life.destination),
            "status": _event(life, scans[0]),
            "details": {"product": {"productName": _division(life).product}, "totalNumberOfPieces": 1},
            "events": [_event(life, scan) for scan in scans],
        }
        window = promise_at(life, self.clock())
        if window and scans[0].moment.status not in FINAL:
            shipment.update(_estimate(window))
        return shipment


def _order(told: dict) -> Order:
    """Raises ValueError, TypeError or KeyError where something is missing or not what DHL knows."""
    authentication, numbers = told["hook"]["authentication"], frozenset(told["shipmentIDs"])
    known = {
        "type": told["type"] == "Shipment",
        "format": told["format"] == "Default",
        "events": set(told["events"]) <= EVENTS,
        "hook.authentication.type": authentication["type"] == "ApiKeyAuthentication",
        "hook.authentication.header": authentication["header"] == TOKEN_HEADER,
        "shipmentIDs": 1 <= len(numbers) <= NUMBERS_IN_AN_ORDER,
    }
    if wrong := [name for name, is_so in known.items() if not is_so]:
        raise ValueError(", ".join(wrong))
    return Order(told["hook"]["uri"], authentication["token"], numbers)


def _message(scope: str, token: str, address: str, **content) -> Push:
    body = Answer.json({"scope": f"subscription.{scope}", "self": address, **content}).body
    return Push(body, {"Content-Type": "application/json", TOKEN_HEADER: token})


def _event(life: Life, scan: Scan) -> dict:
    division = _division(life)
    status_code, words = words_for(division.words, scan.moment)
    return {
        "timestamp": division.timestamp(scan.at),
        "location": _address(scan.moment.place),
        "statusCode": status_code,
        "status": words,
        "description": scan.moment.text or words,
    }


def _address(place: Place) -> dict:
    address = {"countryCode": place.country, "postalCode": place.postcode, "addressLocality": place.city}
    return {"address": {name: value for name, value in address.items() if value}}


def _estimate(window: PromisedWindow) -> dict:
    """The day as a naive midnight and, where there are hours or several days, the frame, naive too."""
    estimate = {"estimatedTimeOfDelivery": datetime.combine(window.latest, window.to_time or time()).isoformat()}
    if window.to_time is None:
        estimate["estimatedTimeOfDeliveryRemark"] = "By End of Day"
    if window.to_time or window.earliest != window.latest:
        estimate["estimatedDeliveryTimeFrame"] = {
            "estimatedFrom": datetime.combine(window.earliest, window.from_time or time()).isoformat(),
            "estimatedThrough": datetime.combine(window.latest, window.to_time or time(23, 59)).isoformat(),
        }
    return estimate


def _service(life: Life) -> str:
    return life.service or "parcel-de"


def _division(life: Life) -> Division:
    try:
        return DIVISIONS[_service(life)]
    except KeyError:
        known = ", ".join(DIVISIONS)
        raise ValueError(f"{life.number}: no DHL division {life.service!r} is played; choose one of {known}.") from None


def _problem(status: int, title: str, detail: str, *, retry_after: float | None = None, **more) -> Answer:
    problem = {"title": title, "status": int(status), "detail": detail, **more}
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:.0f}"}
    return Answer.json(problem, status, PROBLEM, **headers)

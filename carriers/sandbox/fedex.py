"""FedEx Track API v1 and the Advanced Integrated Visibility webhook, as developer.fedex.com documents them."""

import base64
import hashlib
import hmac
import uuid
from datetime import date, datetime, time
from http import HTTPStatus
from zoneinfo import ZoneInfo

from carriers.sandbox.fedex_words import WORDS, Words
from carriers.sandbox.lives import Life, Place, Scan, promise_at
from carriers.sandbox.wire import Answer, Limit, Lives, Push, Request, Tokens, WireFormat, accepted, words_for
from orders.statuses import FINAL, Status
from orders.windows import PromisedWindow

TOKEN_LIFETIME = 3599
TRACK = "/track/v1/trackingnumbers"
NUMBERS_IN_A_CALL = 30

NO_NUMBER = ("TRACKING.TRACKINGNUMBER.EMPTY", "Please provide tracking number.")
TOO_MANY_NUMBERS = ("BAD.REQUEST.ERROR", f"Please provide at most {NUMBERS_IN_A_CALL} tracking numbers.")
NUMBER_NOT_FOUND = (
    "TRACKING.TRACKINGNUMBER.NOTFOUND",
    "Tracking number cannot be found. Please correct the tracking number and try again.",
)
TOKEN_EXPIRED = ("NOT.AUTHORIZED.ERROR", "Access token expired. Please modify your request and try again.")
BAD_CLIENT = (
    "NOT.AUTHORIZED.ERROR",
    "The given client credentials were not valid. Please modify your request and try again.",
)
NO_RESOURCE = (
    "NOT.FOUND.ERROR",
    "The resource you requested is no longer available. Please modify your request and try again.",
)
# The message is FedEx's (its guide to rate limits); it publishes no code for it.
TOO_MANY = (
    "TOO.MANY.REQUESTS.ERROR",
    "We have received too many requests in a short duration. Please wait a while to try again.",
)
FAILURES = {
    500: (
        "INTERNAL.SERVER.ERROR",
        "We encountered an unexpected error and are working to resolve the issue. We apologize for any inconvenience. "
        "Please check back at a later time.",
    ),
    503: (
        "SERVICE.UNAVAILABLE.ERROR",
        "The service is currently unavailable and we are working to resolve the issue. We apologize for any "
        "inconvenience. Please check back at a later time.",
    ),
}


class FedEx(WireFormat):
    key = "fedex"
    documented_limit = Limit(calls=1400, seconds=10)
    token_path = "/oauth/token"

    def __init__(self, clock):
        super().__init__(clock)
        self.tokens = Tokens(clock, TOKEN_LIFETIME)

    def check(self, life):
        for moment in life.moments:
            words_for(WORDS, moment)

    def answer(self, request: Request, lives: Lives) -> Answer:
        if (request.method, request.path) == ("POST", self.token_path):
            return self._token(request)
        if (request.method, request.path) != ("POST", TRACK):
            return _error(HTTPStatus.NOT_FOUND, NO_RESOURCE)
        if not self.tokens.accepts(request.bearer):
            return _error(HTTPStatus.UNAUTHORIZED, TOKEN_EXPIRED)
        numbers = _numbers(request.json())
        if not numbers:
            return _error(HTTPStatus.BAD_REQUEST, NO_NUMBER)
        if len(numbers) > NUMBERS_IN_A_CALL:
            return _error(HTTPStatus.BAD_REQUEST, TOO_MANY_NUMBERS)
        detailed = request.json().get("includeDetailedScans") is True
        return Answer.json(_envelope([self._complete(number, lives.get(number), detailed) for number in numbers]))

    def too_many(self, retry_after):
        return _error(HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY, **{"Retry-After": f"{retry_after:.0f}"})

    def failure(self, status):
        return _error(status, FAILURES[status])

    def push(self, life, scan, *, secret, address):
        """The Track reply's shape with the one scan, signed: fdx-signature is base64(HMAC-SHA256(secret, body))."""
        result = self._result(life, [scan], detailed=True)
        body = Answer.json(_envelope([{"trackingNumber": life.number, "trackResults": [result]}])).body
        digest = hmac.digest(secret.encode(), body, hashlib.sha256)
        return Push(body, {"Content-Type": "application/json", "fdx-signature": base64.b64encode(digest).decode()})

    def _token(self, request: Request) -> Answer:
        form = request.form()
        known = accepted(form.get("client_id", ""), form.get("client_secret", ""))
        if not known or form.get("grant_type") != "client_credentials":
            return _error(HTTPStatus.UNAUTHORIZED, BAD_CLIENT)
        token = self.tokens.grant()
        return Answer.json(
            {"access_token": token, "token_type": "bearer", "expires_in": TOKEN_LIFETIME, "scope": "CXS-TP"}
        )

    def _complete(self, number: str, life: Life | None, detailed: bool) -> dict:
        scans = self.scans(life) if life else []
        result = self._result(life, scans, detailed) if scans else _not_found(number)
        return {"trackingNumber": number, "trackResults": [result]}

    def _result(self, life: Life, scans: list[Scan], detailed: bool) -> dict:
        newest = scans[0]
        final = newest.moment.status in FINAL
        return {
            "trackingNumberInfo": _number_info(life.number, "FDXE"),
            "shipperInformation": {"contact": {}, "address": _address(life.origin)},
            "recipientInformation": {"contact": {}, "address": _address(life.destination)},
            "originLocation": {"locationContactAndAddress": {"address": _address(life.origin)}},
            "destinationLocation": {"locationContactAndAddress": {"address": _address(life.destination)}},
            "serviceDetail": {"type": "", "description": life.service or "FedEx International Priority"},
            "latestStatusDetail": _latest(newest),
            "dateAndTimes": _dates(life, newest),
            "scanEvents": [_scan_event(scan) for scan in (scans if detailed else scans[:1])],
            "standardTransitTimeWindow": {"window": _committed(life)},
            "estimatedDeliveryTimeWindow": {"window": {} if final else _hours(life, promise_at(life, newest.at))},
        }


def _numbers(body: dict) -> list[str]:
    asked = body.get("trackingInfo")
    infos = (
        [each.get("trackingNumberInfo") for each in asked if isinstance(each, dict)] if isinstance(asked, list) else []
    )
    return [info["trackingNumber"] for info in infos if isinstance(info, dict) and info.get("trackingNumber")]


def _envelope(results: list[dict]) -> dict:
    return {"transactionId": str(uuid.uuid4()), "output": {"completeTrackResults": results}}


def _number_info(number: str, carrier_code: str) -> dict:
    unique = f"2460000000~{number}~FX" if carrier_code else ""
    return {"trackingNumber": number, "trackingNumberUniqueId": unique, "carrierCode": carrier_code}


def _not_found(number: str) -> dict:
    code, message = NUMBER_NOT_FOUND
    return {"trackingNumberInfo": _number_info(number, ""), "error": {"code": code, "message": message}}


def _latest(scan: Scan) -> dict:
    words = words_for(WORDS, scan.moment)
    latest = {
        "code": words.type,
        "derivedCode": words.derived,
        "statusByLocale": words.derived_text,
        "description": scan.moment.text or words.text,
        "scanLocation": _address(scan.moment.place),
    }
    if words.exception_text:
        latest["ancillaryDetails"] = [{"reason": words.exception, "reasonDescription": words.exception_text}]
    return latest | _delay(words)


def _scan_event(scan: Scan) -> dict:
    """A scan with the local time of its place and that place's offset."""
    words = words_for(WORDS, scan.moment)
    return {
        "date": scan.local.isoformat(),
        "eventType": words.type,
        "eventDescription": scan.moment.text or words.text,
        "exceptionCode": words.exception,
        "exceptionDescription": words.exception_text,
        "scanLocation": _address(scan.moment.place),
        "locationType": words.location_type,
        "derivedStatusCode": words.derived,
        "derivedStatus": words.derived_text,
    } | _delay(words)


def _delay(words: Words) -> dict:
    return {"delayDetail": {"type": words.delay, "subType": "", "status": "DELAYED"}} if words.delay else {}


def _dates(life: Life, newest: Scan) -> list[dict]:
    dates = []
    if newest.moment.status is Status.DELIVERED:
        dates.append({"type": "ACTUAL_DELIVERY", "dateTime": newest.local.isoformat()})
    elif newest.moment.status not in FINAL and (window := promise_at(life, newest.at)):
        dates.append({"type": "ESTIMATED_DELIVERY", "dateTime": _local(life, window.latest, window.to_time)})
    if life.promised:
        dates.append({"type": "COMMITMENT", "dateTime": _local(life, life.promised.latest, life.promised.to_time)})
    return dates


def _committed(life: Life) -> dict:
    return {"ends": _local(life, life.promised.latest, life.promised.to_time)} if life.promised else {}


def _hours(life: Life, window: PromisedWindow | None) -> dict:
    """The estimated window; empty where there is a day but no hours, as FedEx sends it."""
    if window is None or (window.to_time is None and window.earliest == window.latest):
        return {}
    return {
        "begins": _local(life, window.earliest, window.from_time),
        "ends": _local(life, window.latest, window.to_time),
    }


def _local(life: Life, day: date, at: time | None) -> str:
    zone: ZoneInfo = life.destination.timezone
    return datetime.combine(day, at or time(), tzinfo=zone).isoformat()


def _address(place: Place) -> dict:
    address = {
        "city": place.city.upper(),
        "stateOrProvinceCode": place.state,
        "postalCode": place.postcode,
        "countryCode": place.country,
    }
    return {name: value for name, value in address.items() if value} | {"residential": False}


def _error(status: int, error: tuple[str, str], **headers: str) -> Answer:
    code, message = error
    body = {"transactionId": str(uuid.uuid4()), "errors": [{"code": code, "message": message}]}
    return Answer.json(body, status, **headers)

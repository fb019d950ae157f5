"""Australia Post: Shipping and Tracking API, Track Items. https://developers.auspost.com.au"""

import re
from functools import partial
from http import HTTPStatus

from carriers.base import Carrier, Reply
from carriers.errors import UnreadablePayload
from carriers.reading import document, event_of, instant, location, members, readable, text
from carriers.reading.codes import fail, not_among
from carriers.reading.words import compiled, first_found, reason_told
from carriers.reading.zones import STATES, likely_zone
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.statuses import Status

# Australia Post gives its events no codes: what happened is told in words, and nothing but words.
WORDS = compiled(
    # What StarTrack says of a consignment that it has not fetched.
    (Status.INFO_RECEIVED, r"^(?:(?:un)?confirmed|incomplete|ready for pick-?up)$"),
    (Status.CANCELLED, r"^deleted$"),
    (Status.RETURNED, r"delivered (?:back )?to (?:the )?(?:original )?sender"),
    (Status.RETURNING, r"return(?:ed|ing)? to (?:the )?sender|being returned|\breturning\b|contact sender"),
    (Status.CANCELLED, r"^(?:article |item |shipment |order )?cancel"),
    (Status.EXCEPTION, r"(?:unsuccessful|futile) pick-?up|cannot be delivered|undeliverable|article damaged"),
    (
        Status.ATTEMPT_FAILED,
        r"(?<!be )attempted|(?:unsuccessful|futile) delivery|(?:unable|not able) to (?:be )?(?:deliver|complete)",
        r"could ?n[o']t (?:be )?deliver|card(?:ed| left)|re-?deliver",
    ),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"awaiting collection|(?:ready|available) for (?:collection|pick-? ?up)",
        r"delivered to (?:a |the |your )?(?:post office|parcel locker|parcel collect|locker|collection point|retail)",
    ),
    (
        Status.OUT_FOR_DELIVERY,
        r"on ?board for delivery|on board with|out for delivery|for delivery today|accepted by driver",
        r"with (?:the )?(?:driver|courier)|loaded for delivery",
    ),
    (
        Status.DELIVERED,
        r"^(?:(?:your |the )?(?:item |article |freight |parcel ))?(?:was |has been )?delivered"
        r"(?! to (?:australia post|carrier|facility|depot|airline|agent))",
        r"^left in (?:a )?safe|^customer collected",
        r"collected (?:by|from) (?:the )?(?:customer|receiver|addressee|recipient|post office|parcel locker)",
        r"^picked up by (?:customer|receiver|addressee|recipient)|^collected$",
    ),
    (Status.IN_TRANSIT, r"(?:cleared|released)\b.{0,30}(?:customs|departure)|customs cleared"),
    (
        Status.EXCEPTION,
        r"delay|\bheld\b|\bhold\b|damaged|refused|incorrect|insufficient|incomplete|missing|\blost\b|shortage|re-?consigned",
        r"mis-?sort|mis-?direct|prohibited|quarantine",
    ),
    (
        Status.INFO_RECEIVED,
        r"shipping information|shipment information|information received|manifest|^(?:order )?(?:created|initiated)",
        r"^sealed|label (?:created|printed)|lodgement expected|order (?:accepted|processed)|pending",
    ),
    (
        Status.IN_TRANSIT,
        r"transit|process|arriv|depart|d[ei]spatch|received|accepted|lodged|customs|sorted|transferred|picked up",
        r"collected|on its way|uplift|exported?|imported?|cleared|depot|scanned|booked in|checked in|international",
        r"redirect|delivered to|^partial (?:delivery|pick-?up)",
    ),
)
# Wishes and papers: where the parcel is, these do not tell.
SILENT = ("Customer enquiry lodged", "Leave in a safe place requested by Receiver", "Receiver requested Safe Drop")

# errors[].code, whatever HTTP status it comes in.
ERROR_CODES = {
    "API_001": HTTPStatus.UNAUTHORIZED,
    "API_002": HTTPStatus.TOO_MANY_REQUESTS,
    "ESB-10001": HTTPStatus.NOT_FOUND,  # no number of Australia Post's: as unknown as one it has not seen yet
    "ESB-10002": HTTPStatus.NOT_FOUND,
    "ESB-20010": HTTPStatus.INTERNAL_SERVER_ERROR,
    "ESB-20050": HTTPStatus.INTERNAL_SERVER_ERROR,
    "51104": HTTPStatus.NOT_FOUND,
}

COUNTRY = re.compile(r"\(([A-Z]{2})\)$|^([A-Z]{2})$")


class AustraliaPost(Carrier):
    key, name = "australia-post", "Australia Post"
    base_url = "https://digitalapi.auspost.com.au"
    tracking_page = "https://auspost.com.au/mypost/track/details/{number}"
    credentials = ("api_key", "password", "account_number")
    batch_size = 10
    calls_per_minute = 10
    api = "Shipping and Tracking v1, Track Items"
    scan_times = "the offset of each scan"
    status_map = dict.fromkeys(SILENT, Status.UNKNOWN)

    # Asking

    def fetch(self, parcels):
        asked = [parcel.number for parcel in parcels]
        reply = self.send(
            "GET",
            f"{self.base_url}/shipping/v1/track",
            params={"tracking_ids": ",".join(asked)},
            auth=(self.account["api_key"], self.account["password"]),
            headers={"Accept": "application/json", "Account-Number": self.account["account_number"]},
        )
        return dict.fromkeys(asked, reply)

    def parse(self, reply, number):
        told = document(self, reply)
        for error in members(told, "errors"):
            self._fail(reply, error)
        self.check(reply)
        results = members(told, "tracking_results")
        if not results:
            raise UnreadablePayload("the reply has no tracking_results", carrier=self.key, reply=reply)
        about = [result for result in results if number.upper() in ("", text(result, "tracking_id").upper())]
        if not about:
            raise not_among(self, reply, results, number)
        articles = (article for result in about for article in self._articles(result))
        return self.readable_updates(partial(self._update, reply, *article) for article in articles)

    # Reading

    def _fail(self, reply: Reply, error: dict):
        """Raise what one of Australia Post's errors means, in its words."""
        code = text(error, "code") or text(error, "error_code")
        message = text(error, "message") or text(error, "name") or text(error, "error_name")
        fail(self, reply, message, code, status=ERROR_CODES.get(code))

    def _articles(self, result: dict) -> list[tuple[str, dict, dict]]:
        """(number, article, result) of each article: a consignment may be of several, each with its own number."""
        number = text(result, "tracking_id")
        items = members(result, "trackable_items")
        articles = [article for item in items for article in members(item, "items") or [item]]
        if len(articles) <= 1:
            return [(number, next(iter(articles), {}), result)]
        return [(text(article, "article_id") or number, article, result) for article in articles]

    def _update(self, reply: Reply, number: str, article: dict, result: dict) -> TrackingUpdate:
        scans = [*members(article, "events"), *members(result, "consignment", "events")]
        for error in [] if article or scans else members(result, "errors"):
            self._fail(reply, error)
        if not number:
            raise UnreadablePayload("a result names no tracking_id", carrier=self.key, reply=reply)
        return TrackingUpdate(
            number=number,
            events=readable(self, (self._event(scan) for scan in scans)),
            service=text(article, "product_type")[:120],
        )

    def _event(self, scan: dict) -> ParcelEvent | None:
        site = text(scan, "location")
        happened = instant(text(scan, "date"), lambda: likely_zone(("AU", _state(site))))
        if happened is None:
            return None
        words = text(scan, "description")
        status = self.status_map.get(words) or first_found(WORDS, words) or Status.UNKNOWN
        return event_of(scan, happened, status, words, words, place=_place(site), reason=reason_told(status, words))


def _state(told: str) -> str:
    """The state at the end of "PORT MELBOURNE VIC"."""
    last = told.rpartition(" ")[2]
    return last if last in _STATES else ""


_STATES = frozenset(state for states in STATES["AU"].values() for state in states.split())


def _place(told: str) -> Location:
    """The place in Australia, "CHICAGO (US)" abroad, or the country alone."""
    found = COUNTRY.search(told)
    if found:
        return location(told[: found.start()].strip(), "", found[1] or found[2])
    return location(told, "", "AU" if _state(told) else "")

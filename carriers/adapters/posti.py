"""Posti: the search behind its public tracking page. https://www.posti.fi

Posti tells a coarse status, and of every scan only a sentence: what a scan means is read from its words.
"""

import re
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from carriers.base import OAuthCarrier, Reply
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import (
    document,
    event_of,
    instant,
    is_over,
    location,
    members,
    part,
    readable,
    text,
    texts,
    window,
)
from carriers.reading.codes import fail
from carriers.reading.nordic import reason_told
from carriers.reading.wholes import completed, newest, utc_moment
from carriers.reading.words import ON_THE_WAY, compiled, first_found
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

AUTH_URL = "https://auth-service.posti.fi"
TOKEN_LIFETIME = 3600  # seconds; the reply does not say
HELSINKI = "Europe/Helsinki"
ABROAD = "ULKOMAILLA"  # the city of every scan outside Finland

QUERY = """
query Search($number: String!) {
  consumerSearchShipments(page: 1, pageSize: 10, type: PUBLIC_SHIPMENTS, searchTerms: [$number], locale: "en") {
    totalHits
    hits {
      displayId
      shipmentType
      status { main subStatus exception redirectionReason }
      delivery { time { type timestamp timestampLatest } destination { postcode city } }
      events { city eventDescription reasonDescription timestamp }
      packages { trackingNumber events { city eventDescription reasonDescription timestamp } }
    }
  }
}
"""

# status.main, and what older answers call the phase.
PHASES = {
    "ORDER_RECEIVED": Status.INFO_RECEIVED,
    "WAITING": Status.INFO_RECEIVED,
    "RECEIVED": Status.IN_TRANSIT,
    "IN_TRANSPORT": Status.IN_TRANSIT,
    "IN_DELIVERY": Status.OUT_FOR_DELIVERY,
    "READY_FOR_PICKUP": Status.AVAILABLE_FOR_PICKUP,
    "DELIVERED": Status.DELIVERED,
    "RETURNED_TO_SENDER": Status.RETURNING,  # said when it sets out
    "RETURN_WAITING": Status.RETURNING,
    "RETURN_IN_TRANSPORT": Status.RETURNING,
    "RETURN_READY_FOR_PICKUP": Status.RETURNING,
    "RETURN_DELIVERED": Status.RETURNED,
}

# The words of a scan, in English, Finnish and Swedish. From the top: what only sounds like a delivery comes first.
EVENTS = compiled(
    (
        Status.UNKNOWN,  # somebody was told, or signed
        r"^we (?:have )?(?:sent|tried to reach)|notif(?:ied|ication)|reminder|no digital signature",
        r"lähetimme|olemme (?:lähettäneet|yrittäneet)|ilmoitus|muistutus|digitaalista allekirjoitusta",
        r"^vi (?:har )?(?:skicka|försökt)|aviser|påminnelse|digital underskrift",
    ),
    (
        Status.RETURNED,
        r"(?:delivered|handed over) (?:back )?to (?:the )?sender|(?:luovutettu|toimitettu) lähettäjälle",
        r"(?:levererats|utlämnats) till avsändaren",
    ),
    (
        Status.RETURNING,
        r"return(?:ed|ing)? to (?:the )?sender|being returned|not (?:been )?(?:collected|picked up)",
        r"palaut\w* lähettäjälle|palautetaan|palautuu|ei (?:ole )?noudettu|returner|inte (?:av|ut)?hämtat?s",
    ),
    (
        Status.ATTEMPT_FAILED,
        r"delivery (?:attempt|failed|was not)|(?:could|can) ?not be delivered|not (?:been )?delivered|undeliver",
        r"(?:toimitus|jakelu)yritys|ei (?:voitu|pystytty|onnistu)|ei tavoitettu|leveransförsök|kunde inte",
    ),
    (
        Status.IN_TRANSIT,
        r"customs (?:clearance )?(?:has been )?(?:completed|cleared)|cleared (?:by |through )?customs",
        r"has been declared|fee .{0,16}(?:has been|was) paid|ready for delivery in",
        r"released (?:by|from)|tullattu|tullaus (?:on )?valmis|förtullad",
    ),
    (
        Status.EXCEPTION,
        r"^declare the item|^handling fee",
        r"(?:wait|held|hold|pending|stopp|missing).{0,30}customs|customs.{0,40}(?:wait|requir|missing|declar)",
        r"odottaa tullau|tullau\w* odot|väntar på förtullning|damag|\blost\b|delay|vahingoit|vauri|kadonn|viiväst",
        r"myöhäst|skadad|skadats|försen|bortkom|wrongly sorted|missort|(?:insufficient|incorrect|incomplete) address",
    ),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"ready (?:for|to) (?:be )?(?:a )?(?:pick(?:ed)?[ -]?up|collect)|(?:can|may) be (?:collected|picked up)",
        r"(?:delivered to|arrived at) (?:a |the )?(?:pick[ -]?up point|parcel locker|post office|outlet)",
        r"noudettavissa|noudettavana|odottaa .{0,20}noutoa|(?:toimitettu|saapunut|vastaanotettu) (?:nouto|pakettiauto)",
        r"kan (?:av)?hämtas|för (?:av)?hämtning|(?:levererats|ankommit) till (?:utlämning|paketautomat|hämtnings)",
    ),
    (
        Status.OUT_FOR_DELIVERY,
        r"in delivery|for delivery|out (?:for|on) delivery|jakelussa|jakeluun|toimituskuljetuksessa|jakelukuljet",
        r"under utdelning|ute (?:för|på) (?:leverans|utdelning)|i utdelning",
    ),
    (
        Status.DELIVERED,
        r"(?:been|was) (?:delivered|handed over to the recipient|collected|picked up)|^delivered\b",
        r"delivered to the (?:recipient|addressee)",
        r"luovutettu (?:vastaanottajalle|asiakkaalle)|on toimitettu|on (?:nyt )?noudettu|asiakas noutanut|on jaettu",
        r"har (?:levererats|utlämnats|utdelats|hämtats)|överlämnats till mottagaren",
    ),
    (
        Status.INFO_RECEIVED,
        r"registered|information about|preparing|not (?:yet )?arrived",
        r"rekisteröity|ennakkotie|tietoja|saaneet tiedon|ei ole vielä",
        r"registrera|förhandsinformation|information om",
    ),
    (
        Status.IN_TRANSIT,
        r"sort(?:ing|ed)|transport|accepted|received|arrived|departed|has left|on (?:its|the) way",
        r"in process|handl|customs",
        r"lajittelu|lajiteltu|kuljetuks|vastaanotettu|saapunut|lähtenyt|matkalla|käsittely|tulli|tullaus",
        r"sorter|ankommit|avgått|mottag|lämnat|på väg|förtull",
    ),
)

# What the recipient has to do before the parcel goes on.
CUSTOMS = compiled((Reason.CUSTOMS_DOCUMENTS, r"^declare the item"), (Reason.DUTIES_UNPAID, r"^handling fee"))

# errors[].errorType -> the HTTP status it means, under 200.
ERROR_TYPES = compiled(
    (HTTPStatus.UNAUTHORIZED, r"unauthori[sz]ed|not authori[sz]ed|forbidden|access ?denied"),
    (HTTPStatus.TOO_MANY_REQUESTS, r"throttl|too ?many|rate ?limit"),
    (HTTPStatus.SERVICE_UNAVAILABLE, r"lambda|unhandled|internal|time-?d? ?-?out|unavailable"),
)
REJECTED = re.compile(rb'"errorType"\s*:\s*"Unauthorized|"Not Authorized')


class Posti(OAuthCarrier):
    key, name = "posti", "Posti"
    base_url = "https://graphql.posti.fi"
    tracking_page = "https://www.posti.fi/seuranta/{number}"
    api = "consumer tracking search (GraphQL)"
    scan_times = "UTC"
    promise_from = "delivery time, by the clock of Finland"
    status_map = PHASES

    # Asking

    def request_token(self):
        host = AUTH_URL if self.base_url == Posti.base_url else self.base_url
        return self.send("POST", f"{host}/api/v1/anonymous_token", json={})

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        return self.call("POST", "/graphql", json={"query": QUERY, "variables": {"number": number}})

    def _new_token(self):
        """Posti gives two tokens to anybody: who asks, and what he may."""
        reply = self.request_token()
        self.check(reply)
        granted = document(self, reply)
        roles = (text(role, "token") for role in members(granted, "role_tokens") if text(role, "type") == "anonymous")
        token = f"{text(granted, 'id_token')} {next(roles, '')}"
        if len(token.split()) != 2:
            raise UnreadablePayload("gave no access token", carrier=self.key, reply=reply)
        self.tokens.save(token, TOKEN_LIFETIME - 60)
        return token

    def _send(self, method, path, token, options):
        identity, role = token.split()
        headers = {"Authorization": role, "X-Posti-Token": f"Bearer {identity}"}
        reply = self.send(method, f"{self.base_url}{path}", headers=headers, **options)
        # A token that has run out is refused under 200.
        return replace(reply, status=HTTPStatus.UNAUTHORIZED) if REJECTED.search(reply.body) else reply

    def parse(self, reply, number):
        told = document(self, reply)
        for error in members(told, "errors"):
            self._fail(reply, error)
        self.check(reply)
        parcels = [pair for hit in self._hits(reply, told) for pair in _packages(hit)]
        if len(parcels) == 1:
            return [self._update(reply, *parcels[0], number)]
        asked = [pair for pair in parcels if number and number in (_number(pair[1]), _number(pair[0]))]
        return self.readable_updates(partial(self._update, reply, *pair, "") for pair in asked or parcels)

    # Reading

    def _fail(self, reply, error: dict):
        kind, message = text(error, "errorType"), text(error, "message")
        fail(self, reply, message, kind, status=first_found(ERROR_TYPES, kind, message))

    def _hits(self, reply: Reply, told: dict) -> list[dict]:
        found = part(told, "data", "consumerSearchShipments") or told
        hits = members(found, "hits") or members(found, "shipments")
        if hits or "events" in found:
            return hits or [found]
        if found.get("hits") == [] or found.get("shipments") == []:
            raise NumberNotFound("the reply lists no shipment", carrier=self.key, reply=reply)
        raise UnreadablePayload("the reply has no hits", carrier=self.key, reply=reply)

    def _update(self, reply, hit: dict, package: dict, asked: str) -> TrackingUpdate:
        number = asked or _number(package) or _number(hit)
        if not number:
            raise UnreadablePayload("a hit has no displayId", carrier=self.key, reply=reply)
        phase = _phase(hit)
        scans = members(package, "events") or members(hit, "events")
        events = readable(self, (self._event(scan, phase) for scan in scans))
        if package is hit:  # the phase is that of all packages together
            events = self._with_phase(events, hit, phase)
        destination = part(hit, "delivery", "destination")
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(hit),
            destination=location(text(destination, "city"), text(destination, "postcode")),
        )

    def _event(self, scan: dict, phase: str) -> ParcelEvent | None:
        happened = instant(text(scan, "timestamp"), HELSINKI)
        if happened is None:
            return None
        words = _words(scan, "eventDescription") or _words(scan, "description")
        why = _words(scan, "reasonDescription")
        status = first_found(EVENTS, words) or Status.UNKNOWN
        if status is Status.DELIVERED and phase.startswith("RETURN"):
            status = Status.RETURNED
        reason, told = _reason(status, words, why), " · ".join(filter(None, (words, why)))
        return event_of(scan, happened, status, words, told, place=_place(scan), reason=reason)

    def _with_phase(self, events, hit: dict, phase: str) -> tuple[ParcelEvent, ...]:
        """The events, and the phase where it is further than all of them: at the newest one, as Posti has it.

        Something that is wrong on the way stands beside the phase.
        """
        trouble, status = text(hit, "status", "exception"), self.status(phase)
        if trouble and status in ON_THE_WAY:
            status = Status.EXCEPTION
        at, reason, raw = newest(events), reason_told(status, trouble), {"status": hit.get("status") or phase}
        return completed(events, at and event_of(raw, at, status, phase, trouble, reason=reason))

    def unmapped_codes(self, update):
        """The sentences that nothing here could read."""
        unknown = {event.code for event in update.events if event.status is Status.UNKNOWN and event.code}
        return sorted(code for code in unknown if first_found(EVENTS, code) is None)


def _place(scan: dict) -> Location:
    city = text(scan, "city") or text(scan, "eventLocation", "city") or text(scan, "locationName")
    return location("" if city.upper() == ABROAD else city, country=text(scan, "eventLocation", "country"))


def _packages(hit: dict) -> list[tuple[dict, dict]]:
    """(hit, package) of every parcel; a hit with at most one package is the parcel itself."""
    packages = members(hit, "packages")
    if len(packages) > 1:
        return [(hit, package) for package in packages]
    events = members(hit, "events") or members(next(iter(packages), {}), "events")
    alone = {**hit, "events": events}
    return [(alone, alone)]


def _number(node: dict) -> str:
    names = ("trackingNumber", "displayId", "trackingCode", "shipmentNumber")
    told = (text(node, name) for name in names)
    return next(iter(texts(node, "trackingNumbers")), "") or next(filter(None, told), "")


def _phase(hit: dict) -> str:
    return (text(hit, "status", "main") or text(hit, "shipmentPhase") or text(hit, "phase")).upper()


def _words(scan: dict, name: str) -> str:
    """A sentence: as it stands, or the English one of several, else the first."""
    by_language = {text(told, "lang"): text(told, "value") for told in members(scan, name)}
    if "" in by_language:
        by_language = {language: text(scan, name, language) for language in part(scan, name)}
    told = (text(scan, name), by_language.get("en", ""), *by_language.values())
    return next(filter(None, told), "")


def _reason(status: Status, words: str, why: str) -> Reason | None:
    wanted = first_found(CUSTOMS, words) if status is Status.EXCEPTION else None
    return wanted or reason_told(status, words, why)


def _window(hit: dict):
    begins, ends = (_moment(hit, "delivery", "time", name) for name in ("timestamp", "timestampLatest"))
    return window(begins, ends, HELSINKI) or window(None, _moment(hit, "estimatedDeliveryTime"), HELSINKI)


def _moment(hit: dict, *path: str):
    return utc_moment(text(hit, *path), HELSINKI)

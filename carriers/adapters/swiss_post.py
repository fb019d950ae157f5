"""Swiss Post: the history behind its public tracking page. https://www.post.ch

The history calls nearly every scan "PST": what one means is read from its words, which are German, French, Italian or
English. The other half of the page tells one status for all, and in its own events numbers for them; both are read.
"""

import re
from datetime import datetime
from functools import partial
from http import HTTPStatus

from carriers.base import Carrier, Reply
from carriers.errors import NumberNotFound, UnreadablePayload
from carriers.reading import (
    event_of,
    instant,
    is_over,
    listing,
    local_moment,
    location,
    members,
    part,
    readable,
    text,
    window,
)
from carriers.reading.codes import by_code, fail, http_error
from carriers.reading.wholes import completed
from carriers.reading.words import TROUBLED, compiled, first_found, reason_told
from carriers.reading.zones import zone_of
from orders.events import ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

ZURICH = "Europe/Zurich"

# globalStatus, and what the account's inbox calls the same.
GLOBAL_STATUSES = {
    "NOT_YET_SENT": Status.INFO_RECEIVED,
    "REGISTERED": Status.INFO_RECEIVED,
    "CUSTOMS": Status.IN_TRANSIT,
    "ON_GOING_DELIVERY": Status.IN_TRANSIT,
    "TO_BE_DELIVERED": Status.IN_TRANSIT,
    "IN_DELIVERY": Status.OUT_FOR_DELIVERY,
    "MISSED_DELIVERY": Status.ATTEMPT_FAILED,
    "NOT_DELIVERED": Status.ATTEMPT_FAILED,
    "AT_POST_OFFICE": Status.AVAILABLE_FOR_PICKUP,
    "WAITING_FOR_PICKUP": Status.AVAILABLE_FOR_PICKUP,
    "DELIVERED": Status.DELIVERED,
    "RETURNED": Status.RETURNED,
    "UNKNOWN": Status.UNKNOWN,
}

# The number in an eventCode such as "PARCEL.*.1.4000": below 100 those of letters, else those of parcels and of both.
NUMBERS = {
    Status.INFO_RECEIVED: "600 610 620 854 859",
    Status.IN_TRANSIT: """
        1 2 5 10 12 13 14 35 54 100 200 400 500 501 801 802 803 804 805 807 813 815 818 819 820 842 843 844 845 846 847
        848 849 853 855 858 901 902 904 906 907 908 909 912 913 915 918 919 920 921 951 952 953 1000 1001 1004 1200 1201
        1202 1203 1204 1213 1218 1300 1302 1303 1304 1400 3500 3501 3502 3508 4020 5400 9701 9702 9703""",
    Status.OUT_FOR_DELIVERY: "1003 TNT-OD",
    Status.ATTEMPT_FAILED: "41 922 923 924 925 927 928 933 934 935 936 937 4100 TNT-CO TNT-HO TNT-NH TNT-CR",
    Status.AVAILABLE_FOR_PICKUP: "21 55 63 94 910 926 2100 2101 2102 5500 6300 9400 TNT-HP TNT-HPR",
    Status.DELIVERED: "20 38 39 40 938 2000 3800 3900 3901 4000 4001 4200 9704 TNT-ATL TNT-DN TNT-LUR TNT-OK",
    Status.EXCEPTION: """
        15 17 18 19 31 91 911 929 930 931 932 1500 1502 1700 1702 1800 1900 3100 5100 5102 9105 9107 9108 9112 9116""",
    Status.RETURNING: "34 36 3401 3600 3601 3602 3607 TNT-RO",
    Status.RETURNED: "47 48 49",
    # Wishes of the recipient, receipts, fees paid, deliveries taken back.
    Status.UNKNOWN: """
        46 999 3997 4600 9106 9115 9201 9202 9203 9204 9205 9208 9210 9220 9221 9224 9250 9299 9310 9500 9501 9502
        9503""",
}
REASON_NUMBERS = {
    Reason.ADDRESS_INCORRECT: "922 923 1502",
    Reason.CARRIER_DELAY: "18 1800",
    Reason.CUSTOMS_HELD: "911",
    Reason.DAMAGED: "15 19 930 1500 1900",
    Reason.DELIVERED_TO_NEIGHBOUR: "TNT-DN",
    Reason.DELIVERED_TO_LOCKER: "39 3900 3901",
    Reason.DELIVERED_TO_SAFE_PLACE: "38 3800 TNT-ATL TNT-LUR",
    Reason.HELD_AT_RECIPIENT_REQUEST: "5100 5102",
    Reason.LOST: "9107 9108",
    Reason.MISSORTED: "17 929 1700 1702",
    Reason.NOT_HANDED_OVER: "31 3100",
    Reason.PAYMENT_REQUIRED: "933",
    Reason.PROHIBITED: "931 932",
    Reason.RECIPIENT_ABSENT: "924 TNT-CO TNT-HO TNT-NH",
    Reason.REFUSED: "925 TNT-CR",
    Reason.UNDER_INVESTIGATION: "91 9105 9112 9116",
}
# Why it goes back: the last part of the code, "RET0" of a letter and "0" of a parcel.
REASON_OF_RETURN = {
    "0": Reason.PICKUP_EXPIRED,
    "1": Reason.RECIPIENT_MOVED,
    "2": Reason.REFUSED,
    "3": Reason.ADDRESS_INCORRECT,
    "7": Reason.DAMAGED,
    "17": Reason.IDENTITY_UNCONFIRMED,
}
# The last part of the code of a delivery that never was.
REVOKED = frozenset({"CANPDS", "CAN1"})

# The words of a scan, a line or two per language. From the top: what only sounds like a delivery comes first.
WORDS = compiled(
    (
        Status.UNKNOWN,
        r"^(?:Der|Die) Empfänger(?:in)? hat|Empfangsbestätigung|Importkosten|Kundenreaktion|Widerruf|annull?iert",
        r"le destinataire a |accusé de réception|annulation",
        r"il destinatario ha |conferma di ricezione|annullamento",
        r"the recipient has |confirmation of receipt|revo(?:ked|cation)",
    ),
    (
        Status.RETURNED,
        r"Rückzustellung|(?:dem|an (?:den )?) ?Absender (?:zu(?:rück)?gestellt|übergeben)",
        r"(?:distribué|remis) à l'expéditeur",
        r"(?:recapitat|consegnat)\w* al mittente",
        r"delivered (?:back )?to (?:the )?sender",
    ),
    (
        Status.EXCEPTION,
        r"Erfolgloser Abholversuch|Fehlleitung|beschädigt|Adressabklärung|verspätet|verzöger|Nachforschung",
        r"zurückbehalten|festgehalten|abgebrochen",
        r"acheminement erroné|erreur d'acheminement|endommag|retard|retenu|clarification d'adresse",
        r"instradamento errato|danneggiat|ritard|trattenut|chiarimento .{0,12}indirizzo",
        r"misrout|damaged|delay|address (?:clarification|verification)|investigation|\bheld\b|retained",
    ),
    (
        Status.ATTEMPT_FAILED,
        r"nicht erfolgreiche Zustellung|nicht (?:zugestellt|angetroffen)|Zustellung nicht|unzustellbar",
        r"Annahme verweigert",
        r"distribution infructueuse|échec|(?:pas|non) (?:pu être )?distribué|tentative|destinataire absent|refus",
        r"recapito (?:non riuscito|infruttuoso)|mancat[oa] (?:recapito|consegna)|destinatario assente|rifiut",
        r"non (?:è stat[oa] )?(?:recapit|consegn)",
        r"unsuccessful|failed|not (?:be )?delivered|delivery attempt",
    ),
    (Status.RETURNING, r"Rücksendung|zurück an|retour|rinvio|ritorno|\breturn"),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"Abholung (?:gemeldet|bereit|am|an)|bereit zur Abholung|Abholungseinladung|abholbereit|Avisiert|postlagernd",
        r"Aufbewahrungsfrist|Abholfrist",
        r"retrait|à retirer|être retiré|poste restante|délai de garde",
        r"(?:per il|di|al) ritiro|giacenza|fermo ?posta",
        r"(?:ready|notified|notification|invitation) (?:for|to) (?:collect|pick)|awaiting collection|retention period",
    ),
    (
        Status.OUT_FOR_DELIVERY,
        r"Verlad(?:en)? .{0,6}(?:Zustell)?fahrzeug|in (?:der )?Zustellung|wird zugestellt|Zustelltour",
        r"charg\w+ .{0,12}véhicule|en (?:cours de )?distribution",
        r"caric\w+ .{0,12}veicolo|in (?:corso di )?(?:recapito|consegna)",
        r"load\w+ .{0,24}vehicle|out for delivery|in delivery",
    ),
    (
        Status.DELIVERED,
        r"^zugestellt|(?:wurde|Sendung) zugestellt|^deponiert|am Schalter abgeholt",
        r"^distribué|été (?:distribué|livré|remis)|^livré|^remis",
        r"^(?:recapitat|consegnat)|stat[oa] (?:recapitat|consegnat)",
        r"^delivered|been delivered",
    ),
    (
        Status.INFO_RECEIVED,
        r"Dateneinlieferung|Datenübermittlung|Anmeldung|angekündigt|données|annonc|\bdati\b|annunciat",
        r"\bdata\b|announced|pre-?advice",
    ),
    (
        Status.IN_TRANSIT,
        r"sortier|Aufgabe|aufgegeben|Ankunft|eingetroffen|Abgang|abgeholt|Zoll|weiterge|Weiterleit|Nachsend|\bHub",
        r"Übergabe|Uebergabe|Verarbeitung|unterwegs|Codier|ausgeschleust",
        r"\btri|dépôt|déposé|arrivé|départ|douan|achemin|réexpédi|pris en charge",
        r"smista|impost|arriv|parten|partit|dogan|inoltr|rispediz",
        r"sort(?:ed|ing)|mailed|mailing|posted|depart|customs|forward|handed|collected|transit",
    ),
)

# The reasons that French and Italian words tell, and those of the Swiss kind of German.
REASONS = compiled(
    (Reason.CUSTOMS_HELD, r"douan|dogan"),
    (Reason.MISSORTED, r"Fehlleitung|achemin|instradamento"),
    (Reason.DAMAGED, r"endommag|danneggiat"),
    (Reason.REFUSED, r"refus|rifiut"),
    (Reason.RECIPIENT_ABSENT, r"absent|assente"),
    (Reason.PICKUP_EXPIRED, r"non (?:retiré|ritirat)|pas (?:été )?retiré"),
    (Reason.RECIPIENT_MOVED, r"Weggezogen|déménagé|traslocat"),
    (Reason.ADDRESS_INCORRECT, r"Adressabklärung|adresse|indirizzo"),
    (Reason.HELD_AT_RECIPIENT_REQUEST, r"zurückbehalten|retenu|trattenut"),
    (Reason.CARRIER_DELAY, r"retard|ritard"),
    (Reason.NOT_HANDED_OVER, r"Abholversuch"),
)

NUMBER_NAMES = ("Identifier", "shipmentNumber", "mailpieceId")

# Where one status stands for all: the date that goes with it, else the last of anything.
DATED = {Status.DELIVERED: ("deliveryDate",), Status.ATTEMPT_FAILED: ("attemptedDeliveryDate",)}
LATEST = ("lastEventDateTime", "sendingDateTime", "creationDateTime")

# An error's words -> the HTTP status they mean, under 200.
OUTAGE = compiled((HTTPStatus.SERVICE_UNAVAILABLE, r"error has occurred|internal|unavailable|maintenance|time-?out"))


class SwissPost(Carrier):
    key, name = "swiss-post", "Swiss Post"
    base_url = "https://eosapi.postlogistics.ch"
    tracking_page = "https://service.post.ch/ekp-web/ui/entry/search/{number}"
    api = "public track and trace history"
    scan_times = "UTC"
    promise_from = "delivery range, else the calculated day, where the answer has one"
    status_map = GLOBAL_STATUSES | by_code(NUMBERS)
    reasons = by_code(REASON_NUMBERS)

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        url = f"{self.base_url}/api/trackandtrace/public"
        return self.send("POST", url, params={"culture": "de-DE"}, json={"Identifier": number})

    def parse(self, reply, number):
        told = listing(self, reply)
        shipments = self._shipments(reply, told)
        if len(shipments) == 1:
            return [self._update(reply, shipments[0], number)]
        asked = [shipment for shipment in shipments if number and _bare(number) in _names(shipment)]
        return self.readable_updates(partial(self._update, reply, shipment, "") for shipment in asked or shipments)

    # Reading

    def _shipments(self, reply: Reply, told: list[dict]) -> list[dict]:
        """The shipments of a history, of the page's search, or of a bare list of events."""
        self.check(reply)
        if any("eventCode" in node for node in told):
            return [{"shipmentNumber": text(told[0], "shipmentNumber"), "events": told}]
        history = [node for answer in told for node in members(answer, "Data")]
        found = history or [node for node in told if "globalStatus" in node or "events" in node]
        if found:
            return found
        if not told or any(answer.get("Data") == [] for answer in told):
            raise NumberNotFound("the reply lists no shipment", carrier=self.key, reply=reply)
        self._fail(reply, told[0])
        raise UnreadablePayload("the reply has no Data", carrier=self.key, reply=reply)

    def _fail(self, reply, answer: dict) -> None:
        """Raise what an error under 200 means; return when the answer is none."""
        words = text(answer, "Message") or text(answer, "message") or text(answer, "error")
        told = text(answer, "status")
        status = http_error(told) or first_found(OUTAGE, words)
        if words:
            fail(self, reply, words, status=status)

    def _update(self, reply, shipment: dict, asked: str) -> TrackingUpdate:
        number = asked or _number(shipment)
        if not number:
            raise UnreadablePayload("a shipment has no number", carrier=self.key, reply=reply)
        scans = members(shipment, "History") or members(shipment, "events")
        events = readable(self, (self._event(scan) for scan in scans))
        events = self._with_status(events, shipment)
        country, addressee = text(shipment, "recipientCountry"), part(shipment, "addressee")
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(shipment, zone_of(country.upper())),
            origin=location(country=text(shipment, "senderCountry")),
            destination=location(text(addressee, "city"), text(addressee, "zip"), country),
        )

    def _event(self, scan: dict) -> ParcelEvent | None:
        happened = instant(text(scan, "TimeStamp") or text(scan, "timestamp"), ZURICH)
        if happened is None:
            return None
        words = text(scan, "Description") or text(scan, "description") or text(scan, "externalMetadata", "description")
        code = text(scan, "eventCode") or words or text(scan, "Status")
        status = self._read(code, words) or Status.UNKNOWN
        reason = self._reason(status, code, words)
        place = location(text(scan, "City") or text(scan, "city"), text(scan, "zip"), text(scan, "country"))
        return event_of(scan, happened, status, code, words, place=place, reason=reason)

    def _read(self, code: str, words: str) -> Status | None:
        """What number or words mean; None where nobody has mapped them."""
        if _ending(code) in REVOKED:
            return Status.UNKNOWN
        return self.status_map.get(_number_in(code)) or first_found(WORDS, words)

    def _reason(self, status: Status, code: str, words: str) -> Reason | None:
        if status not in TROUBLED | {Status.DELIVERED}:
            return None
        told = reason_told(status, words) or (first_found(REASONS, words) if status in TROUBLED else None)
        of_return = REASON_OF_RETURN.get(_ending(code).removeprefix("RET")) if status is Status.RETURNING else None
        return of_return or told or self.reasons.get(_number_in(code))

    def _with_status(self, events, shipment: dict) -> tuple[ParcelEvent, ...]:
        """The events, and the status of the whole where it is further than all of them, at the date that it has."""
        code = text(shipment, "globalStatus") or text(shipment, "mailpieceStatusType")
        status = self.status(code)
        if status is Status.UNKNOWN and shipment.get("delivered") is True:
            status = Status.DELIVERED
        if status is Status.DELIVERED and shipment.get("returned") is True:
            status = Status.RETURNED
        dates = (instant(text(shipment, name), ZURICH) for name in (*DATED.get(status, ()), *LATEST))
        happened = next(filter(None, dates), None)
        if happened is None or _is_waiting(events, happened.at):
            return events
        raw = {name: shipment[name] for name in ("globalStatus", "status", *LATEST) if name in shipment}
        return completed(events, event_of(raw, happened, status, code))

    def unmapped_codes(self, update):
        """The numbers and sentences that nothing here could read."""
        unknown = {event.code for event in update.events if event.status is Status.UNKNOWN and event.code}
        return sorted(code for code in unknown if code not in self.status_map and self._read(code, code) is None)


def _number(shipment: dict) -> str:
    return next((text(shipment, name) for name in NUMBER_NAMES if text(shipment, name)), "")


def _names(shipment: dict) -> set[str]:
    """Every number of the shipment, that of the sending country too."""
    return {_bare(text(shipment, name)) for name in (*NUMBER_NAMES, "internationalBarcode")}


def _bare(number: str) -> str:
    """ "99.60.123456.12345678" as scanners read it."""
    return number.replace(".", "")


def _is_waiting(events: tuple[ParcelEvent, ...], at: datetime) -> bool:
    """Whether the newest scan put it where the recipient has to collect it: the whole is called delivered then, too."""
    newest = max(events, key=lambda event: event.occurred_at, default=None)
    return newest is not None and newest.status is Status.AVAILABLE_FOR_PICKUP and at <= newest.occurred_at


def _number_in(code: str) -> str:
    """ "4000" of "PARCEL.*.1.4000"; "" where the code is no such thing."""
    found = re.match(r"(?:PARCEL|LETTER)\.[^.]*\.[^.]*\.([\w-]+)", code)
    return found.group(1) if found else ""


def _ending(code: str) -> str:
    return code.rpartition(".")[2] if _number_in(code) else ""


def _window(shipment: dict, zone: str):
    begins, ends = (local_moment(text(shipment, "deliveryRange", edge)) for edge in ("start", "end"))
    day = local_moment(text(shipment, "calculatedDeliveryDate"))
    return window(begins, ends, zone) or window(None, day, zone)

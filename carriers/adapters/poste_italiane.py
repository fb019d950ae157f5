"""Poste Italiane: DoveQuando, what the "Cerca spedizioni" page asks. https://www.poste.it/cerca"""

import re
from datetime import date
from functools import partial
from http import HTTPStatus

from carriers.base import Carrier
from carriers.errors import UnreadablePayload
from carriers.reading import (
    LocalMoment,
    epoch,
    event_of,
    is_over,
    listing,
    location,
    members,
    readable,
    text,
    window,
)
from carriers.reading.codes import not_among
from carriers.reading.words import TROUBLED, compiled, first_found
from orders.events import Location, ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

ITALY = "Europe/Rome"
MONTHS = ("gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic")

FOUND = "3"  # esitoRicerca
BACK = "6"  # box

# box: the phase that a movement belongs to. The page makes a sentence of the phase and statoLavorazione.
PHASES = {
    "1": Status.INFO_RECEIVED,
    "2": Status.IN_TRANSIT,
    "3": Status.IN_TRANSIT,
    "4": Status.OUT_FOR_DELIVERY,
    "5": Status.DELIVERED,
    BACK: Status.RETURNING,
}

# What statoLavorazione says, as a sentence or as the end of one.
MOVEMENTS = compiled(
    (Status.RETURNING, r"(?:sarà|verrà|essere) \w+ al mittente"),
    (
        Status.RETURNED,
        r"(?:consegnat|restituit|resa|reso)\w* (?:con successo )?al mittente|restituzione (?:completata|avvenuta)",
    ),
    (Status.RETURNING, r"in restituzione|restitu|ritorno al mittente|rinviat[ao] al mittente|\breso\b|\bresa\b"),
    (Status.CANCELLED, r"annullat"),
    (Status.IN_TRANSIT, r"non (?:è )?ancora (?:stat[ao] )?consegnat"),
    (
        Status.ATTEMPT_FAILED,
        r"consegna non (?:andata a buon fine|riuscita|effettuata)|\bnon .{0,25}consegna[tr]",
        r"(?:tentat|mancat|fallit)\w* (?:la )?(?:consegna|recapito)|tentativo di|destinatario assente|assenza",
        r"rifiutat|respint",
    ),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"giacenza|disponibile (?:per|al|presso)|in attesa (?:di|del) ritiro|da ritirare|pronta? per il ritiro",
        r"consegnat[ao] (?:al|presso|in) .{0,20}(?:punto|ufficio|locker|fermo)",
    ),
    (
        Status.EXCEPTION,
        r"verifiche sulla spedizione|danneggiat|smarrit|fermat|trattenut|bloccat|ritard|sospes|anomal|document",
        r"in attesa d(?:i|ello) s(?:doganamento|vincolo)|indirizzo (?:errato|incompleto|insufficiente|sconosciuto)",
    ),
    (Status.OUT_FOR_DELIVERY, r"\bin consegna\b|affidata al (?:portalettere|corriere) per la consegna"),
    (Status.DELIVERED, r"(?:stat[ao] |risulta |^|: )consegnat[ao]\b|ritirat[ao] dal? (?:destinatario|cliente)"),
    (
        Status.INFO_RECEIVED,
        r"a seguito di acquisto|pre-?avvis|in attesa di (?:essere |accettazione|presa in carico|ricezione)",
    ),
    (
        Status.IN_TRANSIT,
        r"pres[ao] in carico|lavorazione|transito|in viaggio|accettat|partit[ao]|arrivat[ao]|estero|svincol",
        r"sdogana|dogan|smist|da un nostro operatore|spedit[ao]|centro operativo|ufficio postale",
    ),
)

# Ends of sentences, where the phase that begins them is not told.
ENDS = compiled(
    (Status.DELIVERED, r"^con successo in data$"),
    (Status.IN_TRANSIT, r"^in data$|paese estero in data$"),
)

TROUBLES = compiled(
    (Reason.CUSTOMS_DOCUMENTS, r"document|fattura"),
    (Reason.DUTIES_UNPAID, r"\bdazi\b|oneri doganali|diritti doganali"),
    (Reason.CUSTOMS_HELD, r"dogan|svincol"),
    (Reason.STRIKE, r"sciopero"),
    (Reason.WEATHER, r"maltempo|meteo|neve"),
    (Reason.DAMAGED, r"danneggiat"),
    (Reason.LOST, r"smarrit"),
    (Reason.REFUSED, r"rifiut|respint"),
    (Reason.PICKUP_EXPIRED, r"compiuta giacenza|non ritirat|mancato ritiro|termin\w+ (?:di|della) giacenza"),
    (Reason.RECIPIENT_MOVED, r"trasferit"),
    (Reason.ADDRESS_INCOMPLETE, r"indirizzo.{0,30}(?:incomplet|insufficient)"),
    (
        Reason.ADDRESS_INCORRECT,
        r"indirizzo.{0,30}(?:errat|inesatt|inesistent|sconosciut)|destinatario (?:sconosciuto|irreperibile)",
    ),
    (Reason.RECIPIENT_ABSENT, r"assent|assenza"),
    (Reason.BUSINESS_CLOSED, r"chius"),
    (Reason.UNDER_INVESTIGATION, r"verifiche sulla spedizione"),
    (Reason.RESCHEDULED, r"giorno lavorativo successivo|nuovo tentativo|prossimo tentativo"),
    (Reason.CARRIER_DELAY, r"ritard"),
)
LEFT_WITH = compiled(
    (Reason.DELIVERED_TO_NEIGHBOUR, r"vicino di casa"),
    (Reason.DELIVERED_TO_RECEPTION, r"porti(?:ere|neria)"),
    (Reason.DELIVERED_TO_LOCKER, r"cassetta"),
)
UNAVAILABLE = compiled((HTTPStatus.SERVICE_UNAVAILABLE, r"servizio|momentane|riprova|errore (?:di )?sistema|tecnic"))


class PosteItaliane(Carrier):
    key, name = "poste-italiane", "Poste Italiane"
    base_url = "https://www.poste.it"
    tracking_page = "https://www.poste.it/cerca/index.html#/risultati-spedizioni/{number}"
    calls_per_minute = 30  # none is documented: a page for people is asked
    api = "DoveQuando"
    scan_times = "epoch milliseconds"
    promise_from = "expected day, in an Italian sentence"
    status_map = PHASES

    # Asking

    def fetch(self, parcels):
        return {parcel.number: self._fetch(parcel.number) for parcel in parcels}

    def _fetch(self, number):
        return self.send(
            "POST",
            f"{self.base_url}/online/dovequando/DQ-REST/ricercasemplice",
            json={"tipoRichiedente": "WEB", "codiceSpedizione": number, "periodoRicerca": 1},
            headers={"Accept": "application/json"},
        )

    def parse(self, reply, number):
        told = listing(self, reply)
        shipments = [entry for entry in told if entry.keys() & {"idTracciatura", "esitoRicerca"}]
        self.check(reply)
        if not shipments:
            self._fail_without_shipment(reply, told)
        if len(shipments) == 1:
            return [self._update(reply, shipments[0], number)]
        about = [shipment for shipment in shipments if number in ("", text(shipment, "idTracciatura"))]
        if not about:
            raise not_among(self, reply, shipments, number)
        return self.readable_updates(partial(self._update, reply, shipment, "") for shipment in about)

    # Reading

    def _fail_without_shipment(self, reply, told):
        """Raise what {"tipo": ..., "descrizione": ...} means: an error of the service, about no shipment."""
        words = next(filter(None, (text(entry, "descrizione") for entry in told)), "")
        if first_found(UNAVAILABLE, words):
            self.fail(reply, words, status=HTTPStatus.SERVICE_UNAVAILABLE)
        message = words or "the reply names no shipment"
        raise UnreadablePayload(message, carrier=self.key, reply=reply)

    def _update(self, reply, shipment: dict, asked: str) -> TrackingUpdate:
        movements = members(shipment, "listaMovimenti")
        if text(shipment, "esitoRicerca") != FOUND and not movements:
            self._fail(reply, shipment)
        number = asked or text(shipment, "idTracciatura")
        if not number:
            raise UnreadablePayload("a shipment has no idTracciatura", carrier=self.key, reply=reply)
        is_return = shipment.get("flagRitorno") is True
        events = readable(self, (self._event(movement, is_return=is_return) for movement in movements))
        return TrackingUpdate(
            number=number,
            events=events,
            window=None if is_over(events) else _window(shipment),
            service=text(shipment, "tipoProdotto")[:120],
        )

    def _fail(self, reply, shipment: dict):
        """Raise what a search without a result means; "2" and "1" are numbers that Poste does not know."""
        words = text(shipment, "descrizioneErrore")
        result = f"esitoRicerca {text(shipment, 'esitoRicerca') or 'missing'}"
        status = first_found(UNAVAILABLE, words) or HTTPStatus.NOT_FOUND
        self.fail(reply, ": ".join(filter(None, (words, result))), status=status)

    def _event(self, movement: dict, *, is_return: bool) -> ParcelEvent | None:
        happened = epoch(text(movement, "dataOra"))
        if happened is None:
            return None
        words = text(movement, "statoLavorazione")
        status = _on_the_way_back(self._status(words, text(movement, "box")), movement, is_return=is_return)
        place, reason = _place(movement), _reason(status, words)
        return event_of(movement, happened, status, words or text(movement, "box"), words, place=place, reason=reason)

    def _status(self, words, box) -> Status:
        told = first_found(MOVEMENTS, words) or self.status_map.get(box)
        return told or first_found(ENDS, words) or Status.UNKNOWN


def _on_the_way_back(status: Status, movement: dict, *, is_return: bool) -> Status:
    """A delivery of what is sent back is one to the sender. Poste marks the shipment, and often its movements."""
    is_back = movement.get("flagRitorno") is True or text(movement, "box") == BACK
    if status is Status.DELIVERED and (is_back or is_return):
        return Status.RETURNED
    return Status.RETURNING if is_back and status in (Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY) else status


def _reason(status, words) -> Reason | None:
    if status is Status.DELIVERED:
        return first_found(LEFT_WITH, words)
    return first_found(TROUBLES, words) if status in TROUBLED else None


def _place(movement: dict) -> Location:
    """The post office's town, else the words for the place: "Bologna (BO)" is in Italy, "SVIZZERA" is a country."""
    place = text(movement, "luogo")
    in_italy = re.search(r"\([A-Z]{2}\)", place) is not None
    town = text(movement, "comuneUfficio") or re.sub(r"\s*\([A-Z]{2}\).*", "", place)
    return location(town, text(movement, "capUfficio"), "IT" if in_italy else "")


def _window(shipment: dict):
    """The days in a sentence such as "Consegna prevista entro Giovedì 1 Gennaio 2026"."""
    days = [LocalMoment(day, None) for day in _days(text(shipment, "dataPrevistaConsegna"))]
    return window(days[0], days[-1], ITALY) if days else None


def _days(told: str) -> list[date]:
    numbers = [(int(day), int(month), int(year)) for day, month, year in re.findall(r"(\d+)[/-](\d+)[/-](\d{4})", told)]
    words = re.findall(r"(\d+)°? (\w{3})\w* (\d{4})", told.lower())
    numbers += [(int(day), MONTHS.index(month) + 1, int(year)) for day, month, year in words if month in MONTHS]
    try:
        return [date(year, month, day) for day, month, year in numbers]
    except (ValueError, OverflowError):
        return []

"""The timeline's lines: our sentence, the place, its own time, and the carrier's words behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from types import MappingProxyType

from django.utils.translation import pgettext

from orders import wording
from orders.models import TrackingEvent
from orders.reasons import Reason
from orders.statuses import Status


@dataclass(frozen=True, slots=True)
class Scan:
    """One line. `at` is by the clock of its place; `words` are the carrier's own; `handed_to` is the carrier that
    took over with this scan.

    `in_our_words` is False where there is no sentence of ours and the carrier's words are all there is.
    """

    at: datetime
    sentence: str
    place: str
    words: str
    in_our_words: bool
    zone_known: bool
    handed_to: str = ""

    @property
    def has_more(self) -> bool:
        """There is something behind our sentence, one tap away. Words that stand alone are shown at once."""
        return self.in_our_words and (bool(self.words) or not self.zone_known)


def newest_first(events: Iterable[TrackingEvent]) -> list[TrackingEvent]:
    return sorted(events, key=lambda event: (event.occurred_at, Status(event.status).rank), reverse=True)


def by_day(
    events: Iterable[TrackingEvent], home: str, handovers: Mapping[str, str] = MappingProxyType({})
) -> list[tuple[str, list[Scan]]]:
    """The scans under the day each was made.

    `home` is the destination's country, which needs no mention; `handovers` as in `orders.legs`.
    """
    days = groupby(events, key=lambda event: event.local_time.date())
    return [
        (wording.day(day), [_scan(event, home, handovers.get(event.key, "")) for event in scans]) for day, scans in days
    ]


def status_sentence(status: Status, reason: Reason | None) -> str:
    """ "Held up: customs is holding the parcel"."""
    if reason is None:
        return status.label
    return pgettext("status and reason", "%(status)s: %(reason)s") % {"status": status.label, "reason": reason.label}


def place_of(event: TrackingEvent, home: str) -> str:
    """The scan's city, and its country where that is not `home`. No more: anybody may hold the link."""
    country = wording.locale_for().territories.get(event.country, event.country) if event.country != home else ""
    if event.city and country:
        return pgettext("place", "%(city)s, %(country)s") % {"city": event.city, "country": country}
    return event.city or country


def _scan(event: TrackingEvent, home: str, handed_to: str) -> Scan:
    status = Status(event.status)
    is_known = status is not Status.UNKNOWN
    reason = Reason(event.reason) if event.reason else None
    return Scan(
        at=event.local_time,
        sentence=status_sentence(status, reason) if is_known else pgettext("timeline", "The carrier reports"),
        place=place_of(event, home),
        words=event.description,
        in_our_words=is_known,
        zone_known=event.zone_known,
        handed_to=handed_to,
    )

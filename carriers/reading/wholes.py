"""What a carrier tells of the parcel as a whole, beside its scans: a status, and a promise in UTC."""

from collections.abc import Iterable
from datetime import time

from carriers.reading import Instant, LocalMoment, instant, local_moment
from orders.events import ParcelEvent
from orders.statuses import Status
from orders.windows import zone_named


def further(status: Status, events: Iterable[ParcelEvent]) -> bool:
    """Whether a status of the whole says more than every scan: only then is it an event of its own."""
    return all(event.status.rank < status.rank for event in events)


def completed(events: tuple[ParcelEvent, ...], whole: ParcelEvent | None) -> tuple[ParcelEvent, ...]:
    """The events, and that of the whole where it is further than all of them."""
    return (*events, whole) if whole and further(whole.status, events) else events


def newest(events: Iterable[ParcelEvent]) -> Instant | None:
    """When the newest event was: where a whole without a time of its own stands."""
    return max((Instant(event.occurred_at, event.zone_known) for event in events), default=None)


def utc_moment(told: str, zone: str) -> LocalMoment | None:
    """The local day and hour of a time in UTC, by the clock of `zone`; its midnight means the day."""
    at = instant(told, "UTC")
    if not zone or at is None or not at.zone_known or at.at.time() == time():
        return local_moment(told)
    return local_moment(at.at.astimezone(zone_named(zone)).isoformat())

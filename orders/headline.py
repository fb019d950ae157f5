"""The headline: a pure function of the set of a parcel's events.

Any order, any batching and any repetition of the same events gives the same headline. Late scans never move it
backwards, and what is final is undone only by evidence that happened after it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from orders.events import ParcelEvent
from orders.reasons import Reason
from orders.statuses import ATTEMPTS, Status

# What may follow what. A status not named here may be followed by anything that happened later.
_UNDONE_BY = {
    # Late paperwork and depot scans trail a delivery; only somebody handling the parcel again undoes it.
    Status.DELIVERED: {
        Status.OUT_FOR_DELIVERY,
        Status.ATTEMPT_FAILED,
        Status.AVAILABLE_FOR_PICKUP,
        Status.EXCEPTION,
        Status.RETURNING,
        Status.RETURNED,
    },
    # On the way back a parcel is scanned, carried out and "delivered" as on the way there: to the sender.
    Status.RETURNING: {Status.DELIVERED, Status.RETURNED},
    Status.RETURNED: {Status.OUT_FOR_DELIVERY},
    # A voided label that is scanned again was not voided.
    Status.CANCELLED: set(Status) - {Status.INFO_RECEIVED},
}


@dataclass(frozen=True, slots=True)
class Headline:
    """What the page says in large letters. `event` is the scan that decided it, None while there is none."""

    status: Status = Status.UNKNOWN
    reason: Reason | None = None
    event: ParcelEvent | None = None
    delivered_at: datetime | None = None
    first_attempt_at: datetime | None = None


def in_time_order(events: Iterable[ParcelEvent]) -> list[ParcelEvent]:
    """The events oldest first; those of one instant in the order of the journey, then by key."""
    return sorted(events, key=lambda event: (event.occurred_at, event.status.rank, event.key))


def merge(events: Iterable[ParcelEvent]) -> list[ParcelEvent]:
    """One event per key, oldest first. Of two that share a key the later one stays, whichever came in first."""
    return list({event.key: event for event in sorted(events, key=_content)}.values())


def derive(events: Iterable[ParcelEvent]) -> Headline:
    """The headline of this set of events."""
    status, deciding = Status.UNKNOWN, None
    first_attempt = None
    for event in in_time_order(merge(events)):
        follower = _follow(status, event.status)
        if follower is None:
            continue
        status, deciding = follower, event
        if first_attempt is None and status in ATTEMPTS:
            first_attempt = event.occurred_at
    if deciding is None:
        return Headline()
    return Headline(
        status=status,
        reason=deciding.reason,
        event=deciding,
        delivered_at=deciding.occurred_at if status is Status.DELIVERED else None,
        first_attempt_at=first_attempt,
    )


def _follow(current: Status, new: Status) -> Status | None:
    """The status after `new` was scanned, or None where that scan does not move the headline."""
    if new is Status.UNKNOWN:
        return None
    if new is Status.INFO_RECEIVED and current is not Status.UNKNOWN and current is not Status.INFO_RECEIVED:
        return None
    if current in _UNDONE_BY and new is not current and new not in _UNDONE_BY[current]:
        return None
    if new is current and new.is_final:
        return None  # said again: the first time is when it happened
    if current is Status.RETURNING and new is Status.DELIVERED:
        return Status.RETURNED
    return new


def _content(event: ParcelEvent) -> tuple:
    return (
        event.occurred_at,
        event.status.rank,
        event.reason or "",
        event.code,
        event.description,
        event.location.city,
        event.location.postcode,
        event.location.country,
        event.zone_known,
    )

"""Legs: a parcel that passes from one carrier to another is one timeline, which says where it was handed over."""

from collections.abc import Iterable

from orders.events import ParcelEvent


def handovers(events: Iterable[ParcelEvent]) -> dict[str, str]:
    """Key of the scan with which another carrier took over -> that carrier's name.

    A carrier takes over once: the former one's late scans between the new one's hand nothing back. Scans without a
    name are those of the carrier that was asked.
    """
    found: dict[str, str] = {}
    seen: set[str] = set()
    for event in sorted(events, key=lambda event: event.occurred_at):
        name = event.carrier.casefold()
        if seen and event.carrier and name not in seen:
            found[event.key] = event.carrier
        seen.add(name)
    return found

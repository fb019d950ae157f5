"""Ready-made lives. Each plot takes a Route and tells what happens on it; hours are the route's, see `pace`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from carriers.sandbox.lives import Leg, Life, Moment, Place
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow

OUT, DOORBELL = 44, 50  # hours from the label to the van, and to the door
A_DAY = 24


@dataclass(frozen=True, slots=True)
class Route:
    """Which parcel goes where. With `pace` 1 an hour of the plot lasts an hour; with 0.001 it lasts 3.6 seconds."""

    carrier: str
    number: str
    started_at: datetime
    origin: Place
    destination: Place
    service: str = ""
    pace: float = 1.0

    def at(self, hours: float, status: Status, place: Place | None = None, **details) -> Moment:
        """A moment so many of the plot's hours after the label, at the destination unless a place is given."""
        return Moment(hours * 3600 * self.pace, status, place or self.destination, **details)

    def day(self, hours: float) -> date:
        """The destination's local date so many of the plot's hours after the label."""
        instant = self.started_at + timedelta(hours=hours * self.pace)
        return instant.astimezone(self.destination.timezone).date()

    def promise(self, hours: float) -> PromisedWindow:
        return PromisedWindow(self.day(hours), self.day(hours), zone=str(self.destination.timezone))

    def life(self, *moments: Moment, due: float = DOORBELL) -> Life:
        return Life(
            carrier=self.carrier,
            number=self.number,
            started_at=self.started_at,
            origin=self.origin,
            destination=self.destination,
            moments=moments,
            promised=self.promise(due),
            service=self.service,
        )

    def label(self) -> Moment:
        return self.at(0, Status.INFO_RECEIVED, self.origin)

    def departure(self) -> tuple[Moment, ...]:
        """From the label to the parcel leaving the origin."""
        return (
            self.label(),
            self.at(8, Status.IN_TRANSIT, self.origin, leg=Leg.PICKED_UP),
            self.at(12, Status.IN_TRANSIT, self.origin, leg=Leg.DEPARTED),
        )

    def to_the_door(self, late: float = 0) -> tuple[Moment, ...]:
        """From the label to the van in the street, so many hours late."""
        return (
            *self.departure(),
            self.at(30 + late, Status.IN_TRANSIT, leg=Leg.ARRIVED),
            self.at(OUT + late, Status.OUT_FOR_DELIVERY),
        )


def delivered(route: Route, left: Reason | None = None) -> Life:
    """All goes well. `left` says with whom or where it was left, as Reason.DELIVERED_TO_NEIGHBOUR."""
    return route.life(*route.to_the_door(), route.at(DOORBELL, Status.DELIVERED, reason=left))


def label_only(route: Route) -> Life:
    """The label was printed; the carrier never gets the parcel."""
    return route.life(route.label())


def attempt_failed(route: Route, reason: Reason = Reason.RECIPIENT_ABSENT) -> Life:
    """Nobody opens; the next day somebody does."""
    tomorrow = route.promise(DOORBELL + A_DAY)
    return route.life(
        *route.to_the_door(),
        route.at(DOORBELL, Status.ATTEMPT_FAILED, reason=reason, promised=tomorrow),
        route.at(OUT + A_DAY, Status.OUT_FOR_DELIVERY),
        route.at(DOORBELL + A_DAY, Status.DELIVERED),
    )


def customs_hold(route: Route, reason: Reason = Reason.CUSTOMS_HELD, held: float = 2 * A_DAY) -> Life:
    """Customs keeps the parcel for so many hours, then lets it go on."""
    return route.life(
        *route.departure(),
        route.at(24, Status.EXCEPTION, reason=reason, promised=route.promise(DOORBELL + held)),
        route.at(24 + held, Status.IN_TRANSIT, leg=Leg.CLEARED),
        route.at(30 + held, Status.IN_TRANSIT, leg=Leg.ARRIVED),
        route.at(OUT + held, Status.OUT_FOR_DELIVERY),
        route.at(DOORBELL + held, Status.DELIVERED),
    )


def goes_silent(route: Route) -> Life:
    """It leaves the origin and is not seen again."""
    return route.life(*route.departure())


def returned_to_sender(route: Route, reason: Reason = Reason.REFUSED) -> Life:
    """It cannot be handed over and goes back."""
    return route.life(
        *route.to_the_door(),
        route.at(DOORBELL, Status.ATTEMPT_FAILED, reason=reason),
        route.at(DOORBELL + 4, Status.RETURNING, reason=reason),
        route.at(DOORBELL + 2 * A_DAY, Status.RETURNED, route.origin),
    )


def ready_for_pickup(route: Route, collected_after: float | None = None, place: Reason | None = None) -> Life:
    """It waits at a shop, or in a locker with Reason.DELIVERED_TO_LOCKER; perhaps it is collected some hours later."""
    waiting = (*route.to_the_door(), route.at(DOORBELL, Status.AVAILABLE_FOR_PICKUP, reason=place))
    if collected_after is None:
        return route.life(*waiting)
    return route.life(*waiting, route.at(DOORBELL + collected_after, Status.DELIVERED))


def late(route: Route, reason: Reason = Reason.MISSORTED, hours: float = 2 * A_DAY, wrong: Place | None = None) -> Life:
    """Something goes wrong at `wrong`, or at the destination; the carrier says so, and delivers so many hours late."""
    *on_the_way, arrived, out = route.to_the_door(late=hours)
    trouble = route.at(26, Status.EXCEPTION, wrong, reason=reason, promised=route.promise(DOORBELL + hours))
    return route.life(*on_the_way, trouble, arrived, out, route.at(DOORBELL + hours, Status.DELIVERED))


def address_problem(route: Route, reason: Reason = Reason.ADDRESS_INCORRECT) -> Life:
    """The address cannot be found: the parcel waits at the depot until somebody confirms it."""
    return route.life(
        *route.departure(),
        route.at(30, Status.IN_TRANSIT, leg=Leg.ARRIVED),
        route.at(34, Status.EXCEPTION, reason=reason),
    )


PLOTS: dict[str, Callable[..., Life]] = {
    plot.__name__: plot
    for plot in (
        delivered,
        label_only,
        attempt_failed,
        customs_hold,
        goes_silent,
        returned_to_sender,
        ready_for_pickup,
        late,
        address_problem,
    )
}

"""How good the estimates were: of the parcels whose end is known, what was said on the way and what came of it.

Judged by the promise that was current at the end, and so are only the estimates that were about that one: what was
feared for a promise that the carrier then moved came neither true nor false. A parcel counts as alerted from the first
moment at which its chance of lateness reached the threshold, while its promise could still be kept.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Q, QuerySet
from django.db.models.functions import Mod
from django.utils import timezone

from orders.models import Merchant, RiskState, Shipment

PERIOD = timedelta(days=90)
# In time to do something about it; in its last hours every late parcel is foreseen.
AHEAD_HOURS = 24.0
BINS = 10
# More than these would add seconds to the desk and nothing to its figures.
MOST_PARCELS = 20_000


@dataclass(frozen=True, slots=True)
class Ended:
    """A parcel whose end is known, and the course of its estimates: (hours left of the promise, probability).

    `lane` names the countries of origin and destination, "" where nobody said.
    """

    carrier: str
    lane: tuple[str, str]
    is_late: bool
    course: list[tuple[float, float]]

    def lead(self, enter: float) -> float | None:
        """The hours left of the promise at the first estimate from this threshold on."""
        return next((left for left, probability in self.course if probability >= enter), None)


@dataclass(slots=True)
class Tally:
    """What an alert from some threshold on would have caught, and missed."""

    name: str = ""
    parcels: int = 0
    late: int = 0
    alerted: int = 0
    leads: list[float] = field(default_factory=list)  # of those that were late indeed

    def add(self, ended: Ended, enter: float) -> None:
        lead = ended.lead(enter)
        self.parcels += 1
        self.late += ended.is_late
        self.alerted += lead is not None
        if ended.is_late and lead is not None:
            self.leads.append(lead)

    @property
    def caught(self) -> int:
        return len(self.leads)

    @property
    def caught_ahead(self) -> int:
        """A day or more before the end of the promise."""
        return sum(lead >= AHEAD_HOURS for lead in self.leads)

    @property
    def caught_late(self) -> int:
        """Only on its last day."""
        return self.caught - self.caught_ahead

    @property
    def missed(self) -> int:
        return self.late - self.caught

    @property
    def false_alarms(self) -> int:
        return self.alerted - self.caught

    @property
    def precision(self) -> float | None:
        return self.caught / self.alerted if self.alerted else None

    @property
    def recall(self) -> float | None:
        """Of the late ones, those caught a day or more ahead."""
        return self.caught_ahead / self.late if self.late else None

    @property
    def lead(self) -> float | None:
        """In hours: half of the late ones were known earlier than that."""
        return median(self.leads) if self.leads else None


@dataclass(frozen=True, slots=True)
class Bin:
    """Estimates of about the same size: their mean, and the share of them that came true."""

    said: float
    came: float
    count: int


def every_nth(merchant: Merchant, now: datetime | None = None) -> int:
    """Which parcels to look at so that a desk never waits: 1 for all of them, 5 for every fifth."""
    return 1 + _ended(merchant, now).count() // MOST_PARCELS


def ended_parcels(merchant: Merchant, now: datetime | None = None, *, every: int = 1) -> list[Ended]:
    """Of the last ninety days: those attempted, and those still on their way after their promise."""
    rows = _ended(merchant, now).annotate(turn=Mod("id", every)).filter(turn=0)
    told = rows.values_list("carrier", "origin_country", "destination_country", "risk", "risk_course")
    return [
        Ended(carrier, (origin or merchant.country, destination), risk == RiskState.LATE, course)
        for carrier, origin, destination, risk, course in told.iterator(chunk_size=2000)
    ]


def _ended(merchant: Merchant, now: datetime | None) -> QuerySet[Shipment]:
    since = (now or timezone.now()) - PERIOD
    is_over = Q(first_attempt_at__gte=since) | Q(first_attempt_at=None, risk=RiskState.LATE, created_at__gte=since)
    return merchant.shipments.filter(is_over).exclude(risk_course=[])


def tally(ended: Iterable[Ended], enter: float, name: str = "") -> Tally:
    whole = Tally(name)
    for parcel in ended:
        whole.add(parcel, enter)
    return whole


def tallies(ended: Iterable[Ended], enter: float, name_of: Callable[[Ended], str]) -> list[Tally]:
    """One for each name, those with most late parcels first."""
    found: dict[str, Tally] = {}
    for parcel in ended:
        name = name_of(parcel)
        found.setdefault(name, Tally(name)).add(parcel, enter)
    return sorted(found.values(), key=lambda one: (-one.late, one.name))


def gap(bins: Iterable[Bin]) -> float | None:
    """How far what was said lies from what came, 0 to 1, weighed by how often it was said; None for nothing said."""
    bins = list(bins)
    said = sum(one.count for one in bins)
    return sum(abs(one.said - one.came) * one.count for one in bins) / said if said else None


def reliability(ended: Iterable[Ended]) -> list[Bin]:
    """What was said against what came, in ten steps; steps at which nothing was said are left out."""
    found = [[0.0, 0, 0] for _ in range(BINS)]
    for parcel in ended:
        for _left, probability in parcel.course:
            one = found[min(int(probability * BINS), BINS - 1)]
            one[0], one[1], one[2] = one[0] + probability, one[1] + parcel.is_late, one[2] + 1
    return [Bin(said / count, came / count, count) for said, came, count in found if count]

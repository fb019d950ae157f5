"""What a merchant's closed parcels taught: the one place where parcels meet the estimator.

Parcels come in the order in which their outcome became known, and each is judged by what was known before it. A
history that was learned in several runs is the same as one that was learned in one.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import batched, pairwise

from orders.promise.calibration import Levels, Line, Outcome
from orders.promise.history import EVERYWHERE, History
from orders.promise.logistic import Logistic
from orders.promise.model import LATEST, RiskModel, Sample, Sweep
from orders.promise.parcels import LOOK_AGAIN, ClosedParcel, OpenParcel
from orders.promise.survival import LifeTable, longer
from orders.promise.trips import START, SWEEPS, Row, Scan, Trip, rounded, sweep

# From so many closed parcels on, the shop's own history says more than published figures.
ENOUGH = 200
# A city where so many parcels were scanned is a hub of its own.
BUSY = 30
# The latest parcels are replayed in blocks, each judged by the history before it: of so many, or a twentieth of it.
BLOCK, BLOCK_SHARE = 50, 20
# How many of the latest tell whether the chances are honest.
JUDGED = 500
# Hours without a scan after which a parcel is in a state of its own: others would have been scanned by then.
SILENCES = (24, 48, 96)
# Nineteen of twenty parcels that came in time were never silent for longer.
USUALLY_SILENT = 0.95


class Learned:
    def __init__(self) -> None:
        self.parcels = self.late = 0
        self.hubs: dict[str, int] = {}
        self.leaving = LifeTable()
        self.silences: dict[str, dict[int, int]] = {}
        self.model = RiskModel(History())

    @cached_property
    def sweep(self) -> Sweep:
        """For scoring, once all is learned."""
        return Sweep(self.model)

    # Learning

    def learn(self, parcel: ClosedParcel) -> None:
        trip = self._trip(parcel)
        self.model.history.learn(trip)
        self.parcels += 1
        self.late += trip.is_late
        for city, hours, has_left in _hub_stays(parcel):
            if self._is_hub(city):
                self.leaving.add([(city, hours)], (EVERYWHERE, parcel.lanes[1]), ended=has_left)
        for city in {city for _, _, city in parcel.scans if city}:
            self.hubs[city] = self.hubs.get(city, 0) + 1
        if not trip.is_late:
            counts = self.silences.setdefault(parcel.lanes[0], {})
            counts[parcel.silent_days] = counts.get(parcel.silent_days, 0) + 1

    def replay(self, parcels: Sequence[ClosedParcel]) -> None:
        """Learn the latest parcels, and from how they ended, how much each fact weighs."""
        size = max(BLOCK, self.parcels // BLOCK_SHARE)
        told = [one for block in batched(parcels, size) for one in self._replayed(block)]
        if told:
            self._fit(told)

    def _replayed(self, block: Sequence[ClosedParcel]) -> list["_Told"]:
        """What was known along the way of each, before any of the block is learned; of the very first, nothing."""
        told = [self._told(parcel) for parcel in block if self.parcels]
        for parcel in block:
            self.learn(parcel)
        return told

    def _told(self, parcel: ClosedParcel) -> "_Told":
        known = [self.row(seen) for seen in parcel.looks()]
        places = [self._place(parcel, row) for row in known] if parcel.arrived else []
        return _Told(parcel.is_late, [(row.moment, self.model.history.facts(rounded(row))) for row in known], places)

    def _place(self, parcel: ClosedParcel, row: Row) -> float:
        return 1 - self.model.history.longer(row, parcel.took - (row.promised - row.left))

    def _fit(self, told: list["_Told"]) -> None:
        """Weigh the facts on the older ones, and see on the newest how honest that is."""
        judged = told[-min(JUDGED, len(told) // 4) :]
        self.model.refit([sample for one in told[: -len(judged)] for sample in one.samples()])
        self.model.recalibrate([outcome for one in judged for outcome in one.outcomes(self.model)])
        for one in told:
            for (moment, _), place in zip(one.moments, one.places, strict=False):
                self.model.levels.setdefault(moment, Levels()).learn(place)

    # Estimating

    def row(self, parcel: OpenParcel) -> Row:
        status = parcel.status if parcel.is_scanned else START
        silent = max((hours for hours in SILENCES if hours <= parcel.silence), default=0)
        row = Row(
            lanes=parcel.lanes,
            moment=_moment(parcel),
            state=self._state(status, parcel.city, silent),
            promised=parcel.promised,
            left=parcel.left,
            silence=parcel.silence - silent,
            lateness=None,
        )
        return self._known(row)

    def chance(self, row: Row) -> float:
        """P(the promise is missed)."""
        return self.sweep.probabilities([row])[0] if row.left > 0 else 1.0

    def arrival(self, row: Row) -> tuple[float, float, float]:
        """The hours from now until it arrives: at the earliest, likely, at the latest."""
        low, high = self.model.interval(row)
        return low, self.model.history.within(row, 0.5), high

    def in_time(self, row: Row) -> float:
        """The share of parcels like this one that need no longer than what is left."""
        return 1 - self.model.history.longer(row, row.left)

    def has_left(self, parcel: OpenParcel) -> float:
        """The share of parcels on this lane that had left this city after such a silence; 0 where few were there."""
        if self.hubs.get(parcel.city, 0) < 2 * BUSY:
            return 0.0
        curve = self.leaving.curve(parcel.city, (EVERYWHERE, parcel.lanes[1]))
        return 1 - longer(curve, 0.0, parcel.silence)

    def usual_silence(self, lanes: Sequence[str]) -> int | None:
        """The working days without a scan that parcels of this service seldom exceed; None while few are known."""
        counts = self.silences.get(lanes[0], {})
        limit, seen = USUALLY_SILENT * sum(counts.values()), 0
        if sum(counts.values()) < BUSY:
            return None
        for days in sorted(counts):
            seen += counts[days]
            if seen >= limit:
                return days
        return None

    # Between parcels and trips

    def _trip(self, parcel: ClosedParcel) -> Trip:
        known = parcel.known.timestamp() / 3600
        return Trip(
            key=str(parcel.key),
            lanes=parcel.lanes,
            promised=parcel.promised,
            took=parcel.took,
            scans=tuple(self._scans(parcel)),
            opened=known - parcel.took,
            known=known,
            arrived=parcel.arrived,
        )

    def _scans(self, parcel: ClosedParcel) -> Iterator[Scan]:
        """Its scans, and the hours at which it had been silent for so long."""
        silent_from_start = (0.0, START, "")
        for before, after in pairwise([silent_from_start, *parcel.scans, (parcel.took, "", "")]):
            at, status, city = before
            if before is not silent_from_start:
                yield Scan(at, self._state(status, city))
            for hours in SILENCES:
                if at + hours < after[0]:
                    yield Scan(at + hours, self._state(status, city, hours), moment="silent")

    def _state(self, status: str, city: str, silent: int = 0) -> str:
        state = f"{status}+{silent}h" if silent else status
        return f"{state}@{city}" if self._is_hub(city) else state

    def _is_hub(self, city: str) -> bool:
        return self.hubs.get(city, 0) >= BUSY

    def _known(self, row: Row) -> Row:
        """The row in a state that the history has seen: a hub's own, or else any place's."""
        if self.model.history.life.knows(row.state, EVERYWHERE):
            return row
        anywhere, _, _ = row.state.partition("@")
        return replace(row, state=anywhere)

    # As JSON

    def to_json(self) -> dict:
        history, model = self.model.history, self.model
        return {
            "counts": [self.parcels, self.late],
            "hubs": self.hubs,
            "leaving": self.leaving.to_json(),
            "silences": self.silences,
            "life": history.life.to_json(),
            "late": history.late,
            "rest": history.rest,
            "logistic": model.logistic.to_json(),
            "line": asdict(model.line),
            "levels": {moment: asdict(levels) for moment, levels in model.levels.items()},
        }

    @classmethod
    def from_json(cls, data: dict) -> "Learned":
        learned = cls()
        if not data:
            return learned
        learned.parcels, learned.late = data["counts"]
        learned.hubs = data["hubs"]
        learned.leaving = LifeTable.from_json(data["leaving"])
        learned.silences = _by_number(data["silences"])
        history, model = learned.model.history, learned.model
        history.life, history.late, history.rest = LifeTable.from_json(data["life"]), data["late"], data["rest"]
        model.logistic = Logistic.from_json(data["logistic"])
        model.line = Line(**data["line"])
        model.levels = {moment: Levels(**levels) for moment, levels in data["levels"].items()}
        return learned


def study(settled: Learned, parcels: Iterable[ClosedParcel]) -> tuple[Learned, ClosedParcel | None]:
    """Learn these parcels on top of what is settled; return the whole, and the last parcel that is settled now.

    All but the latest are settled for good; the latest are replayed each time.
    """
    waiting: deque[ClosedParcel] = deque()
    last = None
    for parcel in parcels:
        waiting.append(parcel)
        if len(waiting) == LATEST + BLOCK:
            for _ in range(BLOCK):
                last = waiting.popleft()
                settled.learn(last)
    whole = deepcopy(settled)
    whole.replay(waiting)
    return whole, last


@dataclass(slots=True)
class _Told:
    """A closed parcel as seen on its way: the facts of each moment, and if it came, its places among those expected."""

    is_late: bool
    moments: list[tuple[str, tuple[float, ...]]]
    places: list[float]

    def samples(self) -> list[Sample]:
        weight = len(self.moments) ** -0.5
        return [Sample(facts, self.is_late, weight) for _, facts in self.moments]

    def outcomes(self, model: RiskModel) -> list[Outcome]:
        return [Outcome(moment, model.log_odds(facts), self.is_late) for moment, facts in self.moments]


def _moment(parcel: OpenParcel) -> str:
    """News until the clock looks again; from then on, how much is left of the promise."""
    if parcel.silence < LOOK_AGAIN:
        return "scan" if parcel.is_scanned else START
    return sweep(min((hours for hours in SWEEPS if hours >= parcel.left), default=SWEEPS[0]))


def _hub_stays(parcel: ClosedParcel) -> Iterator[tuple[str, float, bool]]:
    """How long after each scan in a city the parcel was first seen elsewhere, or at the door, if it ever was."""
    ends = [*parcel.scans, (parcel.took, "", "")]
    leaves_at, has_left = parcel.took, parcel.arrived
    for (hours, _, city), (following, _, elsewhere) in reversed(list(pairwise(ends))):
        if elsewhere != city:
            leaves_at, has_left = following, parcel.arrived or following < parcel.took
        if city:
            yield city, leaves_at - hours, has_left


def _by_number(tables: dict) -> dict[str, dict[int, int]]:
    """JSON knows no numbers as keys."""
    return {key: {int(place): count for place, count in counts.items()} for key, counts in tables.items()}

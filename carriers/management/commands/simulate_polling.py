import random
import time
from datetime import UTC, date, datetime, timedelta

from django.core.management.base import BaseCommand

from carriers.simulation.journeys import journeys
from carriers.simulation.play import BAD_NEWS, Outcome, mean, pace_for, percentile, play
from carriers.simulation.policies import POLICIES
from orders.statuses import Status

# A Monday; both changes to summer time, in America and in Europe, lie within the month.
FIRST_DAY = date(2026, 3, 2)
# Enough parcels to find the pace at which a policy makes as many calls as the first one.
SAMPLE = 4000
GROUPS = {
    "all news": tuple(Status),
    "out for delivery": (Status.OUT_FOR_DELIVERY,),
    "delivered": (Status.DELIVERED,),
    "bad news": BAD_NEWS,
    "of it exceptions": (Status.EXCEPTION,),
}


class Command(BaseCommand):
    help = (
        "Plays a month of parcels on paper and prints how old news is when it is learnt, for our polling and two "
        "others, at an equal number of calls. Needs no database and asks nobody."
    )

    def add_arguments(self, parser):
        parser.add_argument("--parcels", type=int, default=100_000)
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args, parcels, days, seed, **options):
        end = datetime.combine(FIRST_DAY + timedelta(days=days), datetime.min.time(), tzinfo=UTC)
        told = journeys(parcels, FIRST_DAY, days, random.Random(seed))  # noqa: S311 - a repeatable month, no secret
        self.stdout.write(f"{parcels} parcels in {days} days. Age of news when it is learnt, in minutes: mean (p95)")
        names = "".join(f"{name:>19}" for name in GROUPS)
        self.stdout.write(f"{'':14}{'calls':>8}{'pace':>7}{'all scans':>14}{names}")
        budget, first = None, None
        for name, policy in POLICIES.items():
            started = time.monotonic()
            pace = 1.0 if budget is None else self._pace(told, policy, end, budget)
            outcome = play(told, policy, end, pace)
            budget, first = budget or outcome.calls, first or outcome
            self._print(name, outcome, pace, parcels)
            self.stderr.write(f"  ({name}: {time.monotonic() - started:.0f} s)")
        self._print_ratios(outcome, first)

    def _pace(self, told, policy, end, budget):
        sample = told[:SAMPLE]
        return pace_for(sample, policy, end, round(budget * len(sample) / len(told)))

    def _print(self, name, outcome, pace, parcels):
        calls = f"{outcome.calls / parcels:8.1f}{pace:7.2f}"
        groups = "".join(f"{_figures(outcome.of(statuses)):>19}" for statuses in GROUPS.values())
        self.stdout.write(f"{name:14}{calls}{_figures(outcome.scans):>14}{groups}")

    def _print_ratios(self, ours: Outcome, theirs: Outcome):
        """The last policy by the first: mean, and 95th percentile."""
        pairs = [(ours.scans, theirs.scans), *((ours.of(group), theirs.of(group)) for group in GROUPS.values())]
        widths = [14, *[19] * len(GROUPS)]
        cells = (f"{_ratio(*pair):>{width}}" for pair, width in zip(pairs, widths, strict=True))
        self.stdout.write(f"{'ours : fixed':29}" + "".join(cells))


def _figures(ages: list[float]) -> str:
    return f"{mean(ages) / 60:.1f} ({percentile(ages, 0.95) / 60:.0f})"


def _ratio(ours: list[float], theirs: list[float]) -> str:
    return f"{mean(ours) / (mean(theirs) or 1):.2f} ({percentile(ours, 0.95) / (percentile(theirs, 0.95) or 1):.2f})"

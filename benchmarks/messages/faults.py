"""Every message once, while workers are killed and the broker is restarted.

    python -m benchmarks.messages.faults [--changes 20000] [--workers 4] [--database postgres://...]

Each parcel is reported as out for delivery, which is worth an e-mail and a text. Every few seconds one of the workers,
chosen at random, gets SIGKILL and is replaced; the broker gets SIGKILL twice and starts again. The SMTP server knows a
message by its Message-ID, as a provider knows its idempotency key; the SMS provider has no such key. Exit status 1
unless every message due was taken, none twice under another name, and no text was taken twice.
"""

import argparse
import random
import signal
import sys
import threading
import time
from collections import Counter

from benchmarks.messages import parcels
from benchmarks.messages.plant import Plant
from benchmarks.messages.provider import Provider
from benchmarks.scratch import database

SERVER = "postgres://doorstep:doorstep@127.0.0.1:5432/doorstep_demo"
BETWEEN_KILLS = (3.0, 9.0)  # seconds
PATIENCE = 1800


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", default=SERVER, help="postgres:// URL of a role that may create databases")
    parser.add_argument("--changes", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing is left running
    dice = random.Random(options.seed)  # noqa: S311
    with database(options.database), Provider() as provider:
        parcels.make(options.changes)
        with Plant(workers=options.workers, smtp_url=provider.smtp_url, sms_url=provider.sms_url) as plant:
            began = time.monotonic()
            killer = Killer(plant, dice, options.changes)
            with killer:
                _feed(options.changes)
                _wait_for(_work)
            _wait_for(_unsettled)
            print(f"{options.changes:,} changes, {options.workers} workers, {time.monotonic() - began:.0f} s")
            print(f"killed: {killer.killed} workers, {killer.restarts} brokers")
            sys.exit(_verdict(provider, options.changes))


class Killer:
    """Kills a worker every few seconds while there is work, and the broker after a third and two thirds of it."""

    def __init__(self, plant: Plant, dice: random.Random, changes: int):
        self.killed = self.restarts = 0
        self._plant, self._dice, self._thirds = plant, dice, [changes // 3, changes * 2 // 3]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_exception):
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._dice.uniform(*BETWEEN_KILLS)):
            self._kill_a_worker()
            if self._thirds and _planned() >= self._thirds[0]:
                self._thirds.pop(0)
                self._restart_the_broker()

    def _kill_a_worker(self) -> None:
        name = self._dice.choice(self._plant.names)
        self._plant.kill(name)
        self._plant.start_worker(name)
        self.killed += 1

    def _restart_the_broker(self) -> None:
        self._plant.kill("broker")
        self._plant.start_broker()
        self.restarts += 1


def _feed(changes: int) -> None:
    """Report every parcel, quicker than it can be told: the killing meets work."""
    from orders.events import TrackingUpdate
    from orders.models import Shipment, Source
    from orders.services.record_events import record_events
    from orders.statuses import Status
    from tests.builders import a_scan

    for pk in Shipment.objects.order_by("id").values_list("pk", flat=True)[:changes]:
        record_events(pk, TrackingUpdate("", (a_scan(Status.OUT_FOR_DELIVERY),)), source=Source.CALLBACK)


def _wait_for(count) -> None:
    until = time.monotonic() + PATIENCE
    while waiting := count():
        if time.monotonic() > until:
            sys.exit(f"{waiting:,} still wait after {PATIENCE} s")
        time.sleep(2)


def _planned() -> int:
    from orders.models import StatusChange

    return StatusChange.objects.exclude(planned_at=None).count()


def _work() -> int:
    """What a worker could do now."""
    from alerts.models import Alert
    from alerts.states import WAITING
    from orders.models import StatusChange

    return StatusChange.objects.filter(planned_at=None).count() + Alert.objects.filter(state__in=WAITING).count()


def _unsettled() -> int:
    """What is being sent, or was when its worker was killed: that costs one lease."""
    from alerts.models import Alert

    return Alert.objects.exclude(due_at=None).count()


def _verdict(provider: Provider, changes: int) -> int:
    from alerts.models import Alert
    from alerts.states import State

    states = Counter(Alert.objects.values_list("channel", "state"))
    for (channel, state), count in sorted(states.items()):
        print(f"  {channel:<6} {state:<10} {count:>7,}")
    repeated = sum(len(taken) - 1 for taken in provider.mails.values())
    twice = sum(len(taken) > 1 for taken in provider.texts.values())
    unsure = states["sms", State.UNSURE]
    print(f"e-mails: {len(provider.mails):,} of {changes:,} taken; {repeated} repeated under the same Message-ID")
    print(f"texts: {len(provider.texts):,} taken, {twice} of them twice; {unsure} in doubt and not sent again")
    untaken = changes - len(provider.texts)
    lost = Alert.objects.filter(channel="sms").exclude(state__in=(State.SENT, State.DELIVERED, State.UNSURE)).count()
    is_whole = len(provider.mails) == changes and not twice and not lost and untaken <= unsure
    print("every message once" if is_whole else "NOT every message once")
    return 0 if is_whole else 1


if __name__ == "__main__":
    main()

"""How fast accounts are asked: against the sandbox over HTTP, which answers after 200 ms and keeps its limit.

    python -m benchmarks.polling [one] [many] [dead] [memory] [--database postgres://...] [--seconds 60]

one     one account of 600 calls a minute with a backlog: how much of its budget is used, how many replies are 429
many    fifty accounts in parallel from this one process
dead    five accounts, first alone, then beside one whose carrier never answers: what do the five lose?
memory  the process's memory over so many polls (--polls 100000), with a carrier in memory that answers at once

The sandbox runs in a process of its own and counts the calls; everything ends by itself.
"""

import argparse
import contextlib
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import requests

from benchmarks.scratch import database

CARRIER, BUDGET, LATENCY = "dhl-unified", 600, 0.2
ACCOUNTS, WORKERS, TICK = 50, 64, 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", nargs="*", choices=[*SCENES, []], help="all of them unless some are named")
    parser.add_argument("--database", default="", help="postgres:// URL of a role that may create databases")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--polls", type=int, default=100_000)
    options = parser.parse_args()
    with database(options.database) as connection, _sandbox() as url:
        from django.conf import settings

        settings.SANDBOX_CARRIER_URL = url
        _play_parcels(url, 1200)
        print(f"{connection.vendor}, Python {sys.version.split()[0]}, {os.cpu_count()} cores")
        for name in options.which or SCENES:
            SCENES[name](url, options)


# Scenes


def one(url: str, options) -> None:
    """The sandbox keeps the limit too, over any 60 seconds: what is above it gets a 429."""
    _set(url, "limits", carrier=CARRIER, calls=BUDGET, seconds=60)
    _set(url, "faults", carrier=CARRIER, kind="latency", seconds=LATENCY, times=None)
    _accounts(1, parcels=BUDGET * options.seconds // 60 + 400)
    statuses = _work(url, options.seconds)
    calls, allowed = sum(statuses.values()), BUDGET * options.seconds / 60
    too_many = statuses.get("429", 0)
    print(
        f"one account: {calls} calls in {options.seconds} s, {calls / allowed:.1%} of its budget; {too_many} were 429"
    )


def many(url: str, options) -> None:
    """As many calls as this process can make: the budget of all accounts together is far above that."""
    _set(url, "limits", carrier=CARRIER, calls=BUDGET, seconds=60)
    _set(url, "faults", carrier=CARRIER, kind="latency", seconds=LATENCY, times=None)
    accounts = _accounts(ACCOUNTS, parcels=BUDGET * options.seconds // 60 // 2)
    statuses = _work(url, options.seconds)
    asked = sorted(_polled(account) for account in accounts)
    calls = sum(statuses.values())
    print(
        f"{ACCOUNTS} accounts: {calls / options.seconds:.0f} calls a second, {statuses.get('429', 0) / calls:.2%} of "
        f"them 429; each account had {asked[0]} to {asked[-1]} parcels asked for in {options.seconds} s"
    )


def dead(url: str, options) -> None:
    """Five accounts at 60 calls a minute, with and without a neighbour that hangs."""
    _set(url, "limits", carrier=CARRIER, calls=BUDGET, seconds=60)
    _set(url, "faults", carrier=CARRIER, kind="latency", seconds=LATENCY, times=None)
    _set(url, "faults", carrier="ups", kind="timeout", seconds=30, times=None)
    for name, neighbours in (("alone", 0), ("beside a dead carrier", 1)):
        accounts = _accounts(5, parcels=options.seconds * 2, calls_per_minute=60)
        _accounts(neighbours, parcels=500, carrier="ups")
        _work(url, options.seconds)
        print(f"five accounts {name}: {sum(map(_polled, accounts))} parcels asked for in {options.seconds} s")


def memory(url: str, options) -> None:
    """Nothing but the worker: claims, turns, reading, recording. The carrier is a reply in memory."""
    from carriers.base import Headers, Reply
    from carriers.services import accounts as accounts_module

    tracking = f"{url}/{CARRIER}/track/shipments?trackingNumber={_numbers(1)[0]}"
    body = requests.get(tracking, headers={"DHL-API-Key": "demo"}, timeout=10).content
    reply = Reply(200, body, Headers({"Content-Type": "application/json"}))
    accounts_module.HttpTransport = lambda carrier: lambda method, url, **options: reply
    [account] = _accounts(1, parcels=500, calls_per_minute=10_000_000)
    started, asked = time.monotonic(), 0
    while asked < options.polls:
        asked += _all_due_again(account)
        if asked in (500, 5000) or asked % (options.polls // 5) < 500:
            rate = asked / (time.monotonic() - started)
            print(f"memory: {asked:>7} polls, {_resident_mb():.1f} MB, {rate:.0f} a second")


SCENES = {scene.__name__: scene for scene in (one, many, dead, memory)}


# The worker


def _work(url: str, seconds: int) -> dict[str, int]:
    """What Celery's beat and one worker process do, for so many seconds; the calls the sandbox saw, by status."""
    from django.db import connection

    from carriers import services

    before, end = _calls(url), time.monotonic() + seconds

    def take(turn):
        services.take_turn(turn)
        if time.monotonic() < end:
            hand_out(services.poll_due(pk=turn.account_id))
        else:
            connection.close()

    def hand_out(turns):
        with contextlib.suppress(RuntimeError):  # the pool is closing
            for turn in turns:
                workers.submit(take, turn)

    services.polls.TURN = timedelta(seconds=min(20, seconds))
    with ThreadPoolExecutor(WORKERS) as workers:
        while time.monotonic() < end:
            hand_out(services.poll_due())
            time.sleep(TICK)
        after = _calls(url)
        _stop_everything()
    return {status: count - before.get(status, 0) for status, count in after.items()}


def _stop_everything() -> None:
    from carriers.models import CarrierAccount

    CarrierAccount.objects.update(active=False)


def _accounts(count: int, *, parcels: int, carrier: str = CARRIER, calls_per_minute: int = BUDGET) -> list:
    """Accounts of as many shops, each with so many parcels due."""
    from tests.builders import a_merchant, a_shipment, an_account, an_order

    made = []
    for _account in range(count):
        merchant = a_merchant()
        key = {"api_key": merchant.slug, "client_id": merchant.slug, "client_secret": "demo"}
        made.append(
            an_account(merchant, carrier, credentials=key, calls_per_minute=calls_per_minute, calls_per_day=10_000_000)
        )
        first = a_shipment(an_order(merchant), carrier=carrier, promised=False, tracking_number=_numbers(1)[0])
        _copy(first, parcels - 1)
    return made


def _copy(shipment, count: int) -> None:
    from orders.models import Shipment
    from orders.models.shipment import new_token

    fields = {field.attname: getattr(shipment, field.attname) for field in Shipment._meta.concrete_fields}
    for name in ("id", "token", "tracking_number"):
        fields.pop(name)
    Shipment.objects.bulk_create(
        [Shipment(**fields, token=new_token(), tracking_number=number) for number in _numbers(count + 1)[1:]],
        batch_size=500,
    )


def _polled(account) -> int:
    from orders.models import Shipment

    return Shipment.objects.filter(merchant_id=account.merchant_id, polled_at__isnull=False).count()


def _all_due_again(account) -> int:
    from django.utils import timezone

    from carriers import services
    from orders.models import Shipment

    Shipment.objects.filter(merchant_id=account.merchant_id).update(next_poll_at=timezone.now())
    return sum(services.take_turn(turn) for turn in services.poll_due())


def _resident_mb() -> float:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


# The sandbox


@contextlib.contextmanager
def _sandbox():
    command = [sys.executable, "manage.py", "sandbox_carrier", "--port", "0"]
    environment = {**os.environ, "SANDBOX": "1", "PYTHONUNBUFFERED": "1"}
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603 - our own manage.py
    try:
        line = running.stdout.readline()
        yield re.search(r"http://[\d.:]+", line).group()
    finally:
        running.terminate()
        running.wait(10)


def _set(url: str, what: str, **values) -> None:
    requests.post(f"{url}/_sandbox/{what}", json=values, timeout=10).raise_for_status()


def _calls(url: str) -> dict[str, int]:
    log = requests.get(f"{url}/_sandbox/log", timeout=10).json()
    return log["carriers"].get(CARRIER, {"by_status": {}})["by_status"]


def _play_parcels(url: str, count: int) -> None:
    """The sandbox knows the numbers, each with the four scans of a parcel that arrived in its town."""
    place = {"city": "Leipzig", "postcode": "04103", "country": "DE"}
    life = {"plot": "delivered", "carrier": CARRIER, "origin": place, "destination": place, "service": "parcel-de"}
    started_at = (datetime.now(UTC) - timedelta(hours=32)).isoformat()
    parcels = [{**life, "number": number, "started_at": started_at} for number in _numbers(count)]
    requests.post(f"{url}/_sandbox/parcels", json=parcels, timeout=60).raise_for_status()


def _numbers(count: int) -> list[str]:
    return [f"0034043416109{number:07}" for number in range(count)]


if __name__ == "__main__":
    main()

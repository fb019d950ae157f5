"""How long it takes from a carrier's callback at the door to the provider that takes the message.

    python -m benchmarks.messages.latency [--rate 50] [--seconds 60] [--workers 4] [--database postgres://...]

Callbacks in Ninja Van's wire format come over HTTP at a steady rate, each about another parcel, which goes out for
delivery: worth an e-mail and a text. Measured from the first byte sent to the door until SMTP or the SMS gateway has
taken the message, by one clock. Everything runs on this machine: web, workers, broker, database, providers and the
carrier.
"""

import argparse
import base64
import hashlib
import hmac
import json
import statistics
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import requests

from benchmarks.messages import parcels
from benchmarks.messages.cpu import seconds_by_kind
from benchmarks.messages.faults import SERVER
from benchmarks.messages.plant import Plant
from benchmarks.messages.provider import Provider
from benchmarks.scratch import NAME, database

GOAL = 2.0  # seconds, p95
PATIENCE = 120  # seconds after the last callback
SENDERS = 8
WARM_UP = 40  # callbacks that are not counted: imports, connections, caches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", default=SERVER, help="postgres:// URL of a role that may create databases")
    parser.add_argument("--rate", type=float, default=50, help="callbacks a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--workers", type=int, default=4)
    options = parser.parse_args()
    count = int(options.rate * options.seconds)
    with database(options.database), Provider() as provider:
        parcels.make(count + WARM_UP)
        door = _door()
        with Plant(workers=options.workers, smtp_url=provider.smtp_url, sms_url=provider.sms_url, web=True) as plant:
            carrier = Carrier(f"http://127.0.0.1:{plant.web_port}{door}")
            carrier.push(range(WARM_UP), rate=options.rate / 5)
            _wait(provider, WARM_UP)
            before = seconds_by_kind(plant, NAME)
            carrier.push(range(WARM_UP, WARM_UP + count), rate=options.rate)
            _wait(provider, WARM_UP + count)
            took = seconds_by_kind(plant, NAME) - before
        _report(provider, carrier, count, options)
        _report_cpu(took, len(provider.mails) - WARM_UP)


class Carrier:
    """Pushes one callback a parcel. `sent` is when, by the parcel's place; `answers` what the door said."""

    def __init__(self, url: str):
        self.url = url
        self.sent: dict[int, float] = {}
        self.answers: list[int] = []
        self._local = threading.local()

    def push(self, parcels_at: range, rate: float) -> None:
        began = time.monotonic()
        with ThreadPoolExecutor(SENDERS) as senders:
            pushed = []
            for turn, at in enumerate(parcels_at):
                time.sleep(max(0, began + turn / rate - time.monotonic()))
                pushed.append(senders.submit(self._push_one, at))
        for each in pushed:
            each.result()

    def _push_one(self, at: int) -> None:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        body = _callback(at)
        signature = base64.b64encode(hmac.digest(parcels.SECRET.encode(), body, hashlib.sha256)).decode()
        headers = {"Content-Type": "application/json", "X-Ninjavan-Hmac-Sha256": signature}
        self.sent[at] = time.time()
        self.answers.append(self._local.session.post(self.url, body, headers=headers, timeout=30).status_code)


def _callback(at: int) -> bytes:
    told = {
        "tracking_id": parcels.number_of(at),
        "status": "On Vehicle for Delivery",
        "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S%z}",
    }
    return json.dumps(told).encode()


def _door() -> str:
    from django.urls import reverse

    from carriers.models import CarrierAccount

    account = CarrierAccount.objects.get()
    return reverse("carrier-callback", args=[account.carrier, account.callback_token])


def _wait(provider: Provider, wanted: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and min(len(provider.mails), len(provider.texts)) < wanted:
        time.sleep(0.2)


def _report_cpu(took: Counter[str], count: int) -> None:
    """This process is carrier and providers at once, and no part of Doorstep."""
    told = ", ".join(f"{kind} {1000 * seconds / count:.0f} ms" for kind, seconds in took.most_common())
    print(f"  CPU per callback: {told}")


def _report(provider: Provider, carrier: Carrier, count: int, options) -> None:
    refused = sum(answer >= 300 for answer in carrier.answers)
    mails = {address: taken[0] for address, taken in provider.mails_to.items()}
    texts = {phone: taken[0] for phone, taken in provider.texts.items()}
    print(f"{count:,} callbacks at {options.rate:g}/s, {options.workers} workers; {refused} refused at the door")
    for channel, taken, address in (("e-mail", mails, parcels.address_of), ("text", texts, parcels.phone_of)):
        took = sorted(
            taken[address(at)] - sent for at, sent in carrier.sent.items() if at >= WARM_UP and address(at) in taken
        )
        if not took:
            sys.exit(f"No {channel} was taken: the workers' logs tell why.")
        p50, p95 = statistics.median(took), took[int(len(took) * 0.95)]
        met = "met" if p95 < GOAL else "missed"
        print(f"  {channel:<7} {len(took):,} taken, p50 {p50:.2f} s, p95 {p95:.2f} s (goal {GOAL:g} s: {met})")


if __name__ == "__main__":
    main()

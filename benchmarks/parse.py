"""`make bench-parse`: replies parsed a second on one core, beside karrio's, the best-known open-source peer.

Both read the same published replies in turns, in one run, each in its own environment (karrio's is made in
`var/karrio` from the package index). "warm" is as in service, where a carrier's sentences were met before; "cold"
forgets them before each reply. Figures of one carrier are geometric means over its replies, of all over carriers.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
import venv
from itertools import groupby
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
os.environ.setdefault("SANDBOX", "1")
django.setup()

from carriers.base import Reply  # noqa: E402 - after the settings
from carriers.errors import CarrierError  # noqa: E402
from carriers.reading.words import Table  # noqa: E402
from carriers.registry import ADAPTERS, carrier_class  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
KARRIO = "2026.1.32"
# Our key -> karrio's connectors for the same API.
CONNECTORS = {
    "australia-post": ["australiapost"],
    "bpost": ["bpost"],
    "canada-post": ["canadapost"],
    "dhl-express": ["mydhl", "dhl_express"],
    "dhl-unified": ["dhl_universal"],
    "dpd": ["dpd"],
    "easypost": ["easypost"],
    "fedex": ["fedex"],
    "gls": ["gls"],
    "hermes-de": ["hermes"],
    "laposte": ["laposte"],
    "royal-mail": ["royalmail"],
    "ups": ["ups"],
    "usps": ["usps"],
}


class Karrio:
    """karrio in a process of its own."""

    def __init__(self, folder: Path):
        command = [self._python(folder), str(ROOT / "benchmarks" / "karrio_parse.py")]
        self._process = subprocess.Popen(  # noqa: S603 - our own script
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def rate(self, connector: str, path: Path, seconds: float) -> tuple[int, float]:
        """(events, replies a second); zeros where it reads no parcel with events."""
        self._process.stdin.write(f"{connector}\t{path}\t{seconds}\n")
        self._process.stdin.flush()
        _parcels, events, rate = self._process.stdout.readline().split("\t")
        return int(events), float(rate)

    def _python(self, folder: Path) -> str:
        python = folder / "bin" / "python"
        if not (folder / "installed").exists():
            venv.create(folder, with_pip=True, clear=True)
            names = sorted({name for names in CONNECTORS.values() for name in names})
            packages = [f"karrio=={KARRIO}", *(f"karrio.{name}=={KARRIO}" for name in names)]
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, *packages], check=True, stderr=subprocess.DEVNULL)  # noqa: S603
            (folder / "installed").touch()
        return str(python)


def our_rate(adapter, body: bytes, seconds: float, *, cold: bool) -> tuple[int, float]:
    """(events, replies a second)."""
    reply = Reply(200, body)
    events = sum(len(update.events) for update in adapter.parse(reply, ""))
    times, started = 0, time.perf_counter()
    while (passed := time.perf_counter() - started) < seconds:
        if cold:
            Table.meaning.cache_clear()
        adapter.parse(reply, "")
        times += 1
    return events, times / passed


def compared(karrio: Karrio, corpus: Path, seconds: float, rounds: int):
    """Yield (key, bytes, our events, warm, cold, their events, their rate) for each reply that both read."""
    for key in sorted(CONNECTORS.keys() & ADAPTERS.keys()):
        adapter = carrier_class(key)()
        for path in sorted((corpus / key).glob("track-response-*")):
            body = path.read_bytes()
            try:
                adapter.parse(Reply(200, body), "")
            except CarrierError:
                continue
            connector = next((name for name in CONNECTORS[key] if karrio.rate(name, path, 0)[0]), None)
            if connector is None:
                continue
            turns = []
            for _ in range(rounds):
                events, warm = our_rate(adapter, body, seconds, cold=False)
                _events, cold = our_rate(adapter, body, seconds, cold=True)
                theirs, rate = karrio.rate(connector, path, seconds)
                turns.append((warm, cold, rate))
            yield key, len(body), events, theirs, *map(statistics.median, zip(*turns, strict=True))


def report(rows) -> None:
    print(f"{'carrier':16}{'replies':>8}{'bytes':>8}{'events':>8}{'warm/s':>9}{'cold/s':>9}{'karrio/s':>9}{'ratio':>7}")
    means = []
    for key, group in groupby(rows, key=lambda row: row[0]):
        found = list(group)
        size, events, _theirs, warm, cold, rate = (mean(column) for column in list(zip(*found, strict=True))[1:])
        means.append((warm, cold, rate))
        told = f"{key:16}{len(found):8}{size:8.0f}{events:8.1f}{warm:9.0f}{cold:9.0f}{rate:9.0f}{warm / rate:7.1f}"
        print(told, flush=True)
    warm, cold, rate = (mean(column) for column in zip(*means, strict=True))
    print(f"{'geometric mean':16}{'':24}{warm:9.0f}{cold:9.0f}{rate:9.0f}{warm / rate:7.1f}")
    print(f"times karrio: {warm / rate:.1f} warm, {cold / rate:.1f} cold, over {len(means)} carriers")


def mean(values) -> float:
    return statistics.geometric_mean(max(value, 1e-9) for value in values)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, help="a folder with one folder of replies per carrier")
    parser.add_argument("--seconds", type=float, default=0.15, help="of each turn")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    if not asked.corpus.is_dir():
        sys.exit(f"There is no folder {str(asked.corpus)!r}: give the one with a folder of replies per carrier.")
    with Karrio(ROOT / "var" / "karrio") as karrio:
        report(compared(karrio, asked.corpus, asked.seconds, asked.rounds))


if __name__ == "__main__":
    main()

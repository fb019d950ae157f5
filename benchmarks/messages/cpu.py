"""CPU time of the programs at work, as Linux tells it in /proc; nothing elsewhere."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks.messages.plant import Plant

TICKS = os.sysconf("SC_CLK_TCK")
# Where in /proc/PID/stat, after the program's name: its process group, and its and its dead children's times.
GROUP, TIMES = 2, slice(11, 15)


def seconds_by_kind(plant: Plant, database: str) -> Counter[str]:
    """CPU seconds so far of workers, beat, web and broker, of the database's connections, and of this process."""
    kinds = {process.pid: name.partition("-")[0] for name, process in plant.processes.items()}
    taken = Counter({"this process": sum(os.times()[:2])})
    for group, seconds, called in _processes():
        if group in kinds:
            taken[kinds[group]] += seconds
        elif database in called:
            taken["database"] += seconds
    return taken


def _processes() -> Iterator[tuple[int, float, str]]:
    """Of each process its group, its CPU seconds, and what it calls itself: PostgreSQL names its database there."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            told = (folder / "stat").read_text().rpartition(")")[2].split()
            called = (folder / "cmdline").read_text(errors="replace")
            called = called if called.startswith("postgres:") else ""
            yield int(told[GROUP]), sum(map(int, told[TIMES])) / TICKS, called

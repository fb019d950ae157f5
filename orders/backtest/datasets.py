"""The files a backtest can read: by format, how to make trips of their lines and which moments to report."""

import csv
import gzip
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from orders.backtest.converters import cargo2000, orders, scms
from orders.promise.trips import START, Trip, sweep


@dataclass(frozen=True, slots=True)
class Format:
    convert: Callable[[Iterable[dict[str, str]]], Iterator[Trip]]
    moments: tuple[str, ...]


DAYS_BEFORE = tuple(sweep(left) for left in (96, 72, 48, 24))
FORMATS = {
    "cargo2000": Format(cargo2000.trips, (START, "inbound delivered", "outbound received", *DAYS_BEFORE)),
    "scms": Format(scms.trips, (START, sweep(720), sweep(168), sweep(24))),
    "orders": Format(orders.trips, (START, *DAYS_BEFORE)),
}


class UnreadableFile(ValueError):
    """The file is not what its format says; the message tells what to change."""


def read(path: Path, name: str) -> list[Trip]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as lines:
        try:
            return list(FORMATS[name].convert(csv.DictReader(lines)))
        except KeyError as missing:
            raise UnreadableFile(f"{path.name} has no column {missing}: is it in the format {name!r}?") from missing
        except ValueError as error:
            raise UnreadableFile(f"{path.name}: {error}") from error

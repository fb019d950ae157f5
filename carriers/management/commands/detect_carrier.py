"""`manage.py detect_carrier`: whose tracking number is this? One JSON object a line."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from carriers.detection import detect
from carriers.registry import ADAPTERS


class Command(BaseCommand):
    help = "Prints the couriers that each NUMBER may be of, best first; reads numbers from stdin where none is given."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("numbers", nargs="*", metavar="NUMBER")
        parser.add_argument("--own", action="append", default=[], choices=sorted(ADAPTERS), metavar="KEY")
        parser.add_argument("--destination", default="", metavar="CC", help="ISO 3166 code of the country it goes to")
        parser.add_argument(
            "--measure", type=Path, metavar="FOLDER", help="count right answers on the test numbers of <courier>.json"
        )

    def handle(self, *, numbers, own, destination, measure, **options):
        if measure:
            return self.measure(measure)
        asked = numbers or (line.rstrip("\n") for line in sys.stdin)
        for number in asked:
            found = detect(number, own=own, destination=destination.upper())
            shown = {"number": number, "candidates": [asdict(candidate) for candidate in found]}
            self.stdout.write(json.dumps(shown, ensure_ascii=False))
        return None

    def measure(self, folder: Path) -> None:
        paths = sorted(folder.glob("*.json"))
        if not paths:
            raise CommandError(f"{str(folder)!r} holds no <courier>.json with test numbers.")
        self.stdout.write(f"{'courier':16}{'valid':>7}{'first':>7}{'top 3':>7}{'invalid':>9}{'refused':>9}")
        rows = [(path.stem, *counted(path)) for path in paths]
        for row in [*rows, ("all", *map(sum, list(zip(*rows, strict=True))[1:]))]:
            self.stdout.write("{:16}{:7}{:7}{:7}{:9}{:9}".format(*row))


def counted(path: Path) -> tuple[int, int, int, int, int]:
    """(valid, right courier first, in the top 3, invalid, refused) of one courier's published test numbers."""
    valid, invalid = published(path)
    found = [[candidate.courier for candidate in detect(number)] for number in valid]
    first = sum(couriers[:1] == [path.stem] for couriers in found)
    top = sum(path.stem in couriers[:3] for couriers in found)
    return len(valid), first, top, len(invalid), sum(not detect(number) for number in invalid)


def published(path: Path) -> tuple[list[str], list[str]]:
    """The valid and the invalid test numbers of a courier's file."""
    samples = [form["test_numbers"] for form in json.loads(path.read_bytes())["tracking_numbers"]]
    return tuple([number for sample in samples for number in sample[kind]] for kind in ("valid", "invalid"))

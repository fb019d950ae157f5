"""`manage.py parse_corpus`: how many of a folder's carrier payloads Doorstep reads, by carrier and verdict."""

from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from carriers.base import Callback, Reply
from carriers.errors import CarrierError
from carriers.registry import carrier_classes

KINDS = ("track-response", "error-response", "callback")


class Command(BaseCommand):
    help = "Parses FOLDER/<carrier>/{track-response,error-response,callback}-*.json and counts what came of each."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="a folder with one folder per carrier, named by its key")

    def handle(self, *, folder, **options):
        if not folder.is_dir():
            raise CommandError(f"{str(folder)!r} is no folder: give the one that holds a folder per carrier.")
        for carrier in carrier_classes():
            counts = Counter(
                (kind, verdict(carrier(), kind, path)) for kind in KINDS for path in payloads(folder, carrier, kind)
            )
            for (kind, found), count in sorted(counts.items()):
                self.stdout.write(f"{carrier.key:16}{kind:16}{found:24}{count:4}")


def payloads(folder: Path, carrier, kind: str) -> list[Path]:
    found = (folder / carrier.key).glob(f"{kind}-*")
    return sorted(path for path in found if not path.name.endswith(".headers.json"))


def verdict(adapter, kind: str, path: Path) -> str:
    """ "ok", or the name of the error: a carrier's own, or one that Doorstep did not foresee."""
    body = path.read_bytes()
    try:
        if kind == "callback":
            adapter.parse_callback(Callback(body))
        else:
            adapter.parse(Reply(200, body), "")
    except CarrierError as error:
        return type(error).__name__
    except Exception as error:  # the point of the table is that nothing hides
        return f"UNFORESEEN {type(error).__name__}"
    return "ok"

"""`manage.py carriers_table`: the table of docs/carriers.md, from the adapters themselves."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from carriers.registry import carrier_classes

PAGE = Path(settings.BASE_DIR) / "docs" / "carriers.md"
COLUMNS = (
    "key | carrier | asked by | numbers a call | calls a minute | calls a day | pushes by | clock of its scans | "
    "delivery date | not yet"
)


class Command(BaseCommand):
    help = "Prints the carriers as a Markdown table; with --write, puts it into docs/carriers.md."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--write", action="store_true", help="replace the table in docs/carriers.md")

    def handle(self, *, write, **options):
        if not write:
            self.stdout.write(table())
            return
        before, _old = PAGE.read_text().split("| key |", 1)
        after = "\n\n".join(part for part in _old.split("\n\n")[1:])
        PAGE.write_text(f"{before}{table()}\n" + (f"\n{after}" if after.strip() else ""))
        self.stdout.write(f"Wrote {len(carrier_classes())} carriers to docs/carriers.md.")


def table() -> str:
    heads = [f"| {COLUMNS} |", "|" + " --- |" * (COLUMNS.count("|") + 1)]
    return "\n".join([*heads, *map(_row, sorted(carrier_classes(), key=lambda cls: cls.key))])


def _row(cls) -> str:
    asked = (cls.batch_size, cls.calls_per_minute, cls.calls_per_day or "") if cls.api else ("", "", "")
    told = (f"`{cls.key}`", cls.name, cls.api, *asked, cls.push_api, cls.scan_times, cls.promise_from)
    return f"| {' | '.join(map(str, told))} | {', '.join(cls.lacks)} |"

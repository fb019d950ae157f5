"""`manage.py new_carrier`: the files of a new adapter, which pass the contract before a word of them is changed."""

import re
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from carriers.registry import ADAPTERS, module_of

SCAFFOLD = Path(settings.BASE_DIR) / "carriers" / "scaffold"


class Command(BaseCommand):
    help = "Writes an adapter for the carrier KEY with its test and fixtures, to be filled with its own API."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("key", help="the carrier's key, such as nz-post: small letters, digits and dashes")
        parser.add_argument("--name", default="", help="the carrier's name as it writes itself")
        parser.add_argument("--root", type=Path, default=settings.BASE_DIR, help="the project's folder")

    def handle(self, *, key, name, root, **options):
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key):
            raise CommandError(f"{key!r} is no key: use small letters, digits and single dashes, such as nz-post.")
        if key in ADAPTERS:
            raise CommandError(f"{key!r} is there already: {ADAPTERS[key]}.")
        name = name or key.replace("-", " ").title()
        words = {"key": key, "name": name, "module": module_of(key), "class": class_name(name, key)}
        for path, content in files(words):
            self._write(root / path, content)
        self.stdout.write(
            "Now put the carrier's own API into the adapter, its payloads into the fixtures, and run\n"
            f"  .venv/bin/pytest tests/carriers/adapters/test_{words['module']}.py\n"
            f"  .venv/bin/python manage.py parse_payload {key} FILE\n"
            "  .venv/bin/python manage.py carriers_table --write\n"
            "CONTRIBUTING.md, Adding a carrier, tells what to look for."
        )

    def _write(self, path: Path, content: str) -> None:
        if path.exists():
            raise CommandError(f"{path} is there already: remove it first, or choose another key.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        self.stdout.write(f"wrote {path}")


def files(words: dict[str, str]):
    """(path in the project, content) of each file of a new carrier."""
    module = words["module"]
    yield Path("carriers/adapters") / f"{module}.py", _filled("adapter.py-tpl", words)
    yield Path("tests/carriers/adapters") / f"test_{module}.py", _filled("test.py-tpl", words)
    for fixture in sorted((SCAFFOLD / "fixtures").iterdir()):
        yield Path("tests/carriers/fixtures") / words["key"] / fixture.name, fixture.read_text()


def class_name(name: str, key: str) -> str:
    """The name as a class: "NZ Post" is NZPost; the key's words where the name begins with no letter of ASCII."""
    joined = "".join(re.findall("[A-Za-z0-9]+", name))
    return joined if joined[:1].isalpha() else f"Carrier{key.title().replace('-', '')}"


def _filled(template: str, words: dict[str, str]) -> str:
    content = (SCAFFOLD / template).read_text()
    return re.sub(r"\{\{ (\w+) \}\}", lambda match: words[match[1]], content)

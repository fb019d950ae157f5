"""What the docs say of carriers and settings is what the code does."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from carriers.registry import ADAPTERS, carrier_class

ROOT = Path(settings.BASE_DIR)
REQUIRED_FIXTURES = {"unknown_code", "not_found", "server_error", "not_json"}


def rows(page):
    """The cells of each table row that begins with a `key`."""
    lines = (ROOT / "docs" / page).read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    return {row[0].strip("`"): row for row in cells}


def test_every_carrier_has_its_row_and_no_row_is_left_over():
    assert set(rows("carriers.md")) == set(ADAPTERS)


@pytest.mark.parametrize("key", ADAPTERS)
def test_a_carriers_row_tells_what_the_adapter_does(key):
    _key, name, _poll, batch, calls, *_rest = rows("carriers.md")[key]
    cls = carrier_class(key)
    assert (name, int(batch), int(calls)) == (cls.name, cls.batch_size, cls.calls_per_minute)


@pytest.mark.parametrize("key", ADAPTERS)
def test_a_carrier_has_its_adapter_fixtures_and_test_where_one_would_look(key):
    module = re.sub(r"^(?=\d)", "n", key.replace("-", "_"))
    assert carrier_class(key).__module__ == f"carriers.adapters.{module}"
    assert (ROOT / "tests/carriers/adapters" / f"test_{module}.py").is_file()
    fixtures = {path.stem for path in (ROOT / "tests/carriers/fixtures" / key).iterdir()}
    assert fixtures >= REQUIRED_FIXTURES


def test_every_setting_from_the_environment_is_in_the_operators_table():
    told = (ROOT / "docs/operator.md").read_text()
    asked = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", (ROOT / "tracker/settings.py").read_text()))
    missing = {name for name in asked if f"`{name}`" not in told}
    assert missing <= {"CSRF_TRUSTED_ORIGINS", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS"}


def test_the_pictures_of_the_readme_are_there():
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", (ROOT / "README.md").read_text())
    assert len(pictures) == 2
    assert [name for name in pictures if not (ROOT / name).is_file()] == []

"""What the docs say of carriers and settings is what the code does."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from carriers.management.commands.carriers_table import table
from carriers.registry import ADAPTERS, carrier_class, module_of

ROOT = Path(settings.BASE_DIR)
POLLED_FIXTURES = {"unknown_code", "not_found", "server_error", "not_json"}


def test_the_carriers_page_has_the_table_that_the_adapters_tell():
    assert table() in (ROOT / "docs" / "carriers.md").read_text(), "run manage.py carriers_table --write"


@pytest.mark.parametrize("key", ADAPTERS)
def test_a_carrier_has_its_adapter_fixtures_and_test_where_one_would_look(key):
    module = module_of(key)
    assert carrier_class(key).__module__ == f"carriers.adapters.{module}"
    assert (ROOT / "tests/carriers/adapters" / f"test_{module}.py").is_file()
    fixtures = {path.stem for path in (ROOT / "tests/carriers/fixtures" / key).iterdir()}
    required = POLLED_FIXTURES if carrier_class(key).api else set()
    assert fixtures >= required | ({"callback"} if carrier_class(key).pushes else set())


def test_every_setting_from_the_environment_is_in_the_operators_table():
    told = (ROOT / "docs/operator.md").read_text()
    asked = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", (ROOT / "tracker/settings.py").read_text()))
    missing = {name for name in asked if f"`{name}`" not in told}
    assert missing <= {"CSRF_TRUSTED_ORIGINS", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS"}


def test_the_pictures_of_the_readme_are_there():
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", (ROOT / "README.md").read_text())
    assert len(pictures) == 2
    assert [name for name in pictures if not (ROOT / name).is_file()] == []

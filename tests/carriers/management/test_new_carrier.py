"""The scaffold is an adapter that passes its contract: what a stranger starts from is sound."""

import importlib.util
import sys
import unittest
from unittest import mock

import pytest
from django.core.management import CommandError, call_command

from carriers.management.commands.new_carrier import class_name
from tests.carriers import contract


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def scaffold(tmp_path):
    """The files of a new carrier, in a folder of their own, importable as if they stood in the project."""
    call_command("new_carrier", "3-hills-post", name="3 Hills Post", root=tmp_path, verbosity=0)
    names = ["carriers.adapters.n3_hills_post", "tests.carriers.adapters.test_n3_hills_post"]
    yield [load(name, tmp_path / f"{name.replace('.', '/')}.py") for name in names]
    for name in names:
        sys.modules.pop(name, None)


def test_what_is_written_passes_the_contract_as_it_stands(scaffold, tmp_path):
    _adapter, tests = scaffold
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(tests.Carrier3HillsPostTests)
    with mock.patch.object(contract, "FIXTURES", tmp_path / "tests/carriers/fixtures"):
        result = unittest.TextTestRunner(verbosity=0).run(suite)
    assert result.testsRun > 25
    assert [str(problem[1]) for problem in result.failures + result.errors] == []


def test_the_adapter_has_the_key_and_the_name_it_was_asked_for(scaffold):
    adapter, _tests = scaffold
    assert (adapter.Carrier3HillsPost.key, adapter.Carrier3HillsPost.name) == ("3-hills-post", "3 Hills Post")


def test_a_name_becomes_a_class():
    assert [class_name("NZ Post", "nz-post"), class_name("顺丰", "sf-express")] == ["NZPost", "CarrierSfExpress"]


@pytest.mark.parametrize("key", ["", "NZ", "nz_post", "nz-", "nz--post", "../nz"])
def test_what_is_no_key_is_refused_with_what_one_looks_like(key, tmp_path):
    with pytest.raises(CommandError, match="such as nz-post"):
        call_command("new_carrier", key, root=tmp_path)


def test_a_carrier_that_is_there_is_not_overwritten(tmp_path):
    with pytest.raises(CommandError, match=r"carriers\.adapters\.ups"):
        call_command("new_carrier", "ups", root=tmp_path)
    call_command("new_carrier", "nowhere-post", root=tmp_path, verbosity=0)
    with pytest.raises(CommandError, match="is there already"):
        call_command("new_carrier", "nowhere-post", root=tmp_path)

import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.utils import translation
from requests.adapters import HTTPAdapter

SHARED = Path(__file__).resolve().parents[2] / "shared"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@pytest.fixture(autouse=True)
def no_request_leaves_this_machine(monkeypatch):
    """A test that reaches for the real world fails instead of quietly depending on it."""
    send = HTTPAdapter.send

    def guarded(self, request, **options):
        host = urlsplit(request.url).hostname
        assert host in LOOPBACK, f"This test asked {host}: unmocked calls may not leave the machine."
        return send(self, request, **options)

    monkeypatch.setattr(HTTPAdapter, "send", guarded)


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


@pytest.fixture(autouse=True)
def english():
    """A request leaves its language active, as in a worker; a test begins in English whatever came before it."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(scope="session")
def corpus():
    """The folder of real carrier payloads, where it lies beside the checkout."""
    if not (SHARED / "corpus").is_dir():
        pytest.skip("../shared/corpus is not here")
    return SHARED / "corpus"


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def chromium_path():
    path = shutil.which("chromium")
    if not path:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    return path

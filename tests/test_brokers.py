"""A message wakes a worker over each broker that is here; without any broker the rows still get done."""

import os
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest

BROKERS = ["filesystem://", "redis://127.0.0.1:6379/9", "amqp://guest:guest@127.0.0.1:5672//"]


def needs(url):
    """Skip unless the broker answers."""
    parts = urlsplit(url)
    if not parts.hostname:
        return
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=1).close()
    except OSError:
        pytest.skip(f"No {parts.scheme} broker answers at {parts.hostname}:{parts.port}")


@pytest.mark.parametrize("url", BROKERS, ids=lambda url: urlsplit(url).scheme)
def test_a_message_wakes_a_worker(url, tmp_path):
    needs(url)
    (tmp_path / "control").mkdir()
    environment = {**os.environ, "BROKER_TEST_URL": url, "BROKER_TEST_FOLDER": str(tmp_path)}
    celery = [sys.executable, "-m", "celery", "--app", "tests.broker_app"]
    worker = subprocess.Popen(
        [*celery, "worker", "--pool", "solo", "--without-mingle", "--loglevel", "WARNING"], env=environment
    )
    try:
        subprocess.run([*celery, "call", "wake"], env=environment, check=True, timeout=30)
        until = time.monotonic() + 20
        while not (tmp_path / "woken").exists():
            assert time.monotonic() < until, "no worker woke"
            time.sleep(0.05)
    finally:
        worker.terminate()
        worker.wait(15)

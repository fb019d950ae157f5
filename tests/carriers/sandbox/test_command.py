import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from django.core.management import CommandError, call_command

from carriers.sandbox.lives import life_to_json
from carriers.sandbox.plots import delivered
from tests.carriers.sandbox.conftest import route
from tests.carriers.sandbox.listener import wait_until

ROOT = Path(__file__).resolve().parents[3]


def test_it_refuses_to_start_outside_the_sandbox(settings):
    settings.SANDBOX = False
    with pytest.raises(CommandError, match="SANDBOX is not set: pretend carriers have no place in production"):
        call_command("sandbox_carrier", port=0)


@pytest.mark.parametrize("text", ["ups", "ups=http://x.test", "=http://x.test=secret", "ups=http://x.test="])
def test_a_subscription_that_is_not_whole_is_refused(text):
    with pytest.raises(CommandError, match="is not CARRIER=URL=SECRET"):
        call_command("sandbox_carrier", port=0, subscribe=[text])


def test_a_subscription_to_a_carrier_it_does_not_play_is_refused():
    with pytest.raises(CommandError, match="does not play the carrier 'pigeon'"):
        call_command("sandbox_carrier", port=0, subscribe=["pigeon=http://x.test=secret"])


def test_a_file_of_lives_that_cannot_be_read_is_named(tmp_path):
    file = tmp_path / "lives.json"
    file.write_text('[{"plot": "delivered"}]')
    with pytest.raises(CommandError, match=r"lives\.json: a parcel does not say 'carrier'"):
        call_command("sandbox_carrier", port=0, lives=file)


def test_it_serves_the_lives_of_a_file_until_it_is_interrupted(tmp_path, free_port):
    file = tmp_path / "lives.json"
    file.write_text(json.dumps([life_to_json(delivered(route("dhl-unified")))]))
    command = [sys.executable, "manage.py", "sandbox_carrier", "--port", str(free_port), "--lives", str(file)]
    environment = os.environ | {"SANDBOX": "true"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: _answers(free_port), 20)
        page = requests.get(f"http://127.0.0.1:{free_port}/", timeout=5)
        assert "00340434161094000017" in page.text
    finally:
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=15)
    assert process.returncode == 0
    assert f"Sandbox carrier at http://127.0.0.1:{free_port}" in output


def _answers(port):
    try:
        return requests.get(f"http://127.0.0.1:{port}/", timeout=1).ok
    except requests.ConnectionError:
        return False

import os
import signal
import smtplib
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from django.core.management import CommandError, call_command

from tests.alerts.sandbox.test_mailbox import mail
from tests.carriers.sandbox.listener import wait_until

ROOT = Path(__file__).resolve().parents[3]


def test_it_refuses_to_start_outside_the_sandbox(settings):
    settings.SANDBOX = False
    with pytest.raises(CommandError, match="SANDBOX is not set: a pretend inbox has no place in production"):
        call_command("sandbox_inbox", http_port=0, smtp_port=0)


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=rf"ports 0 and {port}: .*Is another one running\?"):
            call_command("sandbox_inbox", http_port=0, smtp_port=port)


def test_it_takes_mail_and_shows_it_until_it_is_interrupted(free_port):
    command = [sys.executable, "manage.py", "sandbox_inbox", "--http-port", str(free_port), "--smtp-port", "0"]
    environment = os.environ | {"SANDBOX": "true"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        smtp_port = int(process.stdout.readline().split("SMTP on 127.0.0.1:")[1].split(".")[0])
        with smtplib.SMTP("127.0.0.1", smtp_port, timeout=5) as smtp:
            smtp.send_message(mail())
        wait_until(lambda: requests.get(f"http://127.0.0.1:{free_port}/mail.json", timeout=5).json())
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=15)
    assert process.returncode == 0

"""`manage.py sandbox_carrier`: the pretend carrier, for the demo and load tests."""

import contextlib
import json
import threading
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from carriers.sandbox.control import read_lives
from carriers.sandbox.server import SandboxCarrier


class Command(BaseCommand):
    help = "Plays parcels' lives in the wire formats of DHL, UPS and FedEx. Only where SANDBOX is set."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8900)
        parser.add_argument("--lives", type=Path, metavar="FILE", help="JSON file of parcels to play")
        parser.add_argument("--limits", action="store_true", help="keep the carriers' documented rate limits")
        parser.add_argument(
            "--subscribe",
            action="append",
            default=[],
            metavar="CARRIER=URL=SECRET",
            help="push this carrier's news to the URL; may be given several times",
        )

    def handle(self, *, host, port, lives, limits, subscribe, **options):
        if not settings.SANDBOX:
            raise CommandError("SANDBOX is not set: pretend carriers have no place in production. Set SANDBOX=true.")
        with _listening(host, port) as sandbox:
            if limits:
                _keep_documented_limits(sandbox)
            if lives:
                sandbox.add(*_lives_in(lives))
            for each in subscribe:
                self._subscribe(sandbox, each)
            self.stdout.write(f"Sandbox carrier at {sandbox.url} (control: {sandbox.url}/_sandbox/). Ctrl-C stops it.")
            self.stdout.flush()  # a supervisor may be waiting for this line
            _until_interrupted()

    def _subscribe(self, sandbox, text):
        carrier, url, secret = _subscription(text)
        try:
            subscription = sandbox.subscribe(carrier, url, secret)
        except ValueError as error:
            raise CommandError(f"--subscribe: {error}") from error
        self.stdout.write(f"{carrier}: subscription is {subscription.state.value}.")


def _listening(host, port):
    try:
        return SandboxCarrier(port, host=host)
    except OSError as error:
        raise CommandError(f"Cannot listen on {host}:{port}: {error}. Is another one running? Try --port.") from error


def _keep_documented_limits(sandbox):
    for key, wire in sandbox.formats.items():
        sandbox.rate_limits.limits[key] = wire.documented_limit


def _lives_in(file):
    try:
        return read_lives(json.loads(file.read_text()))
    except (OSError, ValueError) as error:
        raise CommandError(f"--lives {file}: {error}") from error
    except KeyError as error:
        raise CommandError(f"--lives {file}: a parcel does not say {error.args[0]!r}.") from error


def _subscription(text):
    """Carrier, URL and secret. The URL may hold "=" itself; the carrier and the secret may not."""
    carrier, _, rest = text.partition("=")
    url, _, secret = rest.rpartition("=")
    if not (carrier and url and secret):
        raise CommandError(f"--subscribe {text!r} is not CARRIER=URL=SECRET.")
    return carrier, url, secret


def _until_interrupted():
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()

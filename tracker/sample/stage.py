"""Everything the demo runs, as real processes: web, worker, beat, sandbox carrier, sandbox inbox."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from django.conf import settings

from alerts.channels.push import new_private_key
from tracker.sample.shops import SHOPS

PORTS = {"web": 8000, "carrier": 8900, "inbox": 8902, "smtp": 8925}
# By when the carrier is up after the seed: the lives are told for this moment.
WARM_UP = timedelta(seconds=9)
PATIENCE = 60


class StageError(Exception):
    """Something did not start; the text says what, and where its log lies."""


class Stage:
    """The demo's processes, from a fresh database to the last one stopped. A context manager."""

    def __init__(self, folder: Path | None = None):
        self.folder = folder or settings.BASE_DIR / "var" / "demo"
        self.ports = {name: _free_port(port) for name, port in PORTS.items()}
        self.url = f"http://localhost:{self.ports['web']}"
        self.carrier_url = f"http://127.0.0.1:{self.ports['carrier']}"
        self.inbox_url = f"http://127.0.0.1:{self.ports['inbox']}"
        self.processes: dict[str, subprocess.Popen] = {}
        self.sample: dict = {}
        self.push_key = new_private_key()
        self.started_at: float = 0

    def __enter__(self):
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, signal.default_int_handler)
        try:
            self._prepare()
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception):
        """Stop every process started here, gently first, with the children it has. A second Ctrl-C changes nothing."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for sent, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            for process in self.processes.values():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, sent)
            for process in self.processes.values():
                with suppress(subprocess.TimeoutExpired):
                    process.wait(patience)

    def crashed(self) -> str | None:
        """The name of a process that ended by itself; None while all run."""
        return next((name for name, process in self.processes.items() if process.poll() is not None), None)

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tracker.settings",
            "SANDBOX": "1",
            "SECRET_KEY": "the demo keeps no secrets: 6f1ffd2c8c1d4b7d9a3d0f5e7b1a2c3d",
            "VAR_DIR": str(self.folder),
            "STATIC_ROOT": str(self.folder / "static"),
            "SITE_URL": self.url,
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "CSRF_TRUSTED_ORIGINS": self.url,
            "DATABASE_URL": os.environ.get("DATABASE_URL") or f"sqlite:///{self.folder / 'doorstep.sqlite3'}",
            "SANDBOX_CARRIER_URL": self.carrier_url,
            "SANDBOX_SMS_URL": self.inbox_url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.ports['smtp']}",
            "TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
            "TWILIO_AUTH_TOKEN": "sandbox",
            "VAPID_PRIVATE_KEY": self.push_key,
            "PYTHONUNBUFFERED": "1",
        }

    def _prepare(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._manage("migrate", "--verbosity", "0")
        self._manage("collectstatic", "--noinput", "--verbosity", "0")

    def _seed(self) -> None:
        start = datetime.now(UTC) + WARM_UP
        self._manage("seed", "--start", start.isoformat(), "--out", str(self.folder))
        self.sample = json.loads((self.folder / "sample.json").read_text())

    def _start(self) -> None:
        # Callbacks and receipts come in while a page is served: two workers with threads.
        web = f"gunicorn tracker.wsgi --bind 127.0.0.1:{self.ports['web']} --workers 2 --threads 4"
        celery = "celery --app tracker.celery --quiet"
        queues = "default,polls,carriers,alerts"
        self._run("web", web)
        self._run("worker", f"{celery} worker --pool threads --concurrency 8 --queues {queues} --without-mingle")
        self._run("inbox", self._inbox())
        self._wait("web", f"{self.url}/")
        self._wait("inbox", f"{self.inbox_url}/mail.json")
        # The parcels' lives begin to run: on a slow machine, too, there is somebody to watch them.
        self._seed()
        self._run("carrier", self._carrier())
        self._wait("carrier", f"{self.carrier_url}/_sandbox/log")
        self._run("beat", f"{celery} beat --pidfile=")
        self.started_at = time.monotonic()

    def _carrier(self) -> str:
        lives = self.folder / "lives.json"
        return f"manage.py sandbox_carrier --port {self.ports['carrier']} --lives {lives}"

    def _inbox(self) -> str:
        ports = f"--http-port {self.ports['inbox']} --smtp-port {self.ports['smtp']}"
        # One phone, two shops: what a person texts back goes to the first shop.
        return f"manage.py sandbox_inbox {ports} --shop {SHOPS[0].slug}"

    def _manage(self, *command: str) -> None:
        done = subprocess.run(  # noqa: S603 - our own manage.py
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR,
            env=self._environment(),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise StageError(f"manage.py {command[0]} failed:\n{done.stderr.strip() or done.stdout.strip()}")

    def _run(self, name: str, command: str) -> None:
        program, *arguments = command.split()
        bin_dir = Path(sys.executable).parent
        start = [sys.executable, program] if program == "manage.py" else [sys.executable, str(bin_dir / program)]
        self.processes[name] = subprocess.Popen(  # noqa: S603 - our own programs
            [*start, *arguments],
            cwd=settings.BASE_DIR,
            env=self._environment(),
            stdout=self.log(name).open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _wait(self, name: str, url: str) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.processes[name].poll() is not None:
                break
            with suppress(requests.RequestException):
                if requests.get(url, timeout=2).status_code < 500:
                    return
            time.sleep(0.2)
        tail = "\n".join(self.log(name).read_text().splitlines()[-15:])
        raise StageError(f"{name} did not start. The end of {self.log(name)}:\n{tail}")


def _free_port(wanted: int) -> int:
    """The port, or the next one that nobody listens on."""
    for port in range(wanted, wanted + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise StageError(f"No free port from {wanted} to {wanted + 49}.")

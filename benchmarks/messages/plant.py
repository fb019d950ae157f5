"""Doorstep at work as real processes: workers, beat and web on PostgreSQL, and a RabbitMQ node of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
QUEUES = "default,polls,carriers,alerts"
# The package's own start script; the one on PATH gives up the rights that the node's folder needs.
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
PATIENCE = 90


class Plant:
    """`workers` Celery processes, one message at a time each, and what wakes and feeds them. A context manager."""

    def __init__(self, *, workers: int, smtp_url: str, sms_url: str, web: bool = False):
        self.folder = Path(tempfile.mkdtemp(prefix="doorstep-plant-"))
        self.broker_port, self.web_port = free_port(), free_port() if web else 0
        self.processes: dict[str, subprocess.Popen] = {}
        self.names = [f"worker-{number}" for number in range(workers)]
        self._senders = {"EMAIL_URL": smtp_url, "SANDBOX_SMS_URL": sms_url}

    def __enter__(self):
        try:
            self.start_broker()
            for name in self.names:
                self.start_worker(name)
            self._run("beat", "celery", "--app", "tracker.celery", "--quiet", "beat", "--pidfile=")
            if self.web_port:
                bound = f"127.0.0.1:{self.web_port}"
                self._run("web", "gunicorn", "tracker.wsgi", "--bind", bound, "--workers", "1", "--threads", "4")
                _wait_for(self.web_port)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception):
        for name in reversed([*self.processes]):
            self.kill(name)
        for log in sorted(self.folder.glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()
            if errors := [line for line in lines if "Error" in line and "ConnectionResetError" not in line]:
                print(f"{log.stem}: {len(errors)} errors, the last: {errors[-1][:300]}", file=sys.stderr)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def broker_url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.broker_port}//"

    def start_broker(self) -> None:
        (self.folder / "plugins").write_text("[].")
        (self.folder / "rabbitmq.conf").write_text(f"listeners.tcp.local = 127.0.0.1:{self.broker_port}\n")
        told = {
            "HOME": self.folder,
            "RABBITMQ_NODENAME": f"doorstep-{self.broker_port}@localhost",
            "RABBITMQ_CONFIG_FILE": self.folder / "rabbitmq.conf",
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_DIST_PORT": free_port(),
            "RABBITMQ_MNESIA_BASE": self.folder / "mnesia",
            "RABBITMQ_LOG_BASE": self.folder,
            "RABBITMQ_ENABLED_PLUGINS_FILE": self.folder / "plugins",
        }
        environment = {**os.environ, **{name: str(value) for name, value in told.items()}}
        self._spawn("broker", [str(RABBITMQ)], environment)
        _wait_for(self.broker_port)

    def start_worker(self, name: str) -> None:
        quiet = ("--without-mingle", "--without-gossip", "--without-heartbeat")
        celery = ("celery", "--app", "tracker.celery", "--quiet", "worker", "--pool", "solo")
        self._run(name, *celery, "--queues", QUEUES, "--hostname", f"{name}@plant", *quiet)

    def kill(self, name: str) -> None:
        """SIGKILL to the process and its children."""
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # Its children may take a moment longer to die, and to give back what they held.
        while _is_alive(process.pid):
            time.sleep(0.05)

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _run(self, name: str, program: str, *arguments: str) -> None:
        environment = {
            **os.environ,
            **self._senders,
            "DJANGO_SETTINGS_MODULE": "tracker.settings",
            "SANDBOX": "1",
            "SITE_URL": f"http://127.0.0.1:{self.web_port}",
            "VAR_DIR": str(self.folder),
            "BROKER_URL": self.broker_url,
            "TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
            "TWILIO_AUTH_TOKEN": "sandbox",
            "LOG_LEVEL": "WARNING",
        }
        self._spawn(name, [str(Path(sys.executable).parent / program), *arguments], environment)

    def _spawn(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        with self.log(name).open("a") as log:
            self.processes[name] = subprocess.Popen(  # noqa: S603 - our own programs
                command, cwd=HERE, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"Nothing answered on port {port} within {PATIENCE} s.")

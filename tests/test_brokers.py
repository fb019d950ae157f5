"""A message wakes a worker over each broker that is here; without any broker the rows still get done."""

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from tracker.celery import app

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


class Wire(threading.Thread):
    """A wire to a server that can be cut: whoever is connected is hung up on, and may call again."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port, self.to, self.ends = self.server.getsockname()[1], port, []

    def run(self):
        while True:
            near, _address = self.server.accept()
            far = socket.create_connection(("127.0.0.1", self.to))
            self.ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self.carry, args=(one, other), daemon=True).start()

    @staticmethod
    def carry(one, other):
        with suppress(OSError):
            while told := one.recv(65536):
                other.sendall(told)

    def cut(self):
        while self.ends:
            end = self.ends.pop()
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def test_who_sent_before_the_broker_was_restarted_sends_after_it():
    """Beat and the web keep a connection: on one that is dead, without a retry, every later message would fail."""
    needs(BROKERS[2])
    wire = Wire(5672)
    wire.start()
    queue = f"doorstep-test-{os.getpid()}"
    sender = Celery(broker=f"amqp://guest:guest@127.0.0.1:{wire.port}//", set_as_current=False)
    policy = ("task_publish_retry", "task_publish_retry_policy", "broker_connection_timeout")
    sender.conf.update({name: app.conf[name] for name in policy})
    with Celery(broker=BROKERS[2], set_as_current=False).connection_for_write() as direct:
        waiting = direct.SimpleQueue(queue)
        sender.send_task("wake", queue=queue)
        wire.cut()
        # The first may vanish in a connection that does not know yet that it is dead: the sweep is there for that.
        for _message in range(3):
            sender.send_task("wake", queue=queue)
        until = time.monotonic() + 10
        while waiting.qsize() < 2:
            assert time.monotonic() < until, "nothing arrived after the restart"
            time.sleep(0.05)
        waiting.queue.delete()


def test_a_broker_that_is_away_holds_nobody_up(free_port):
    sender = Celery(broker=f"amqp://guest:guest@127.0.0.1:{free_port}//", set_as_current=False)
    sender.conf.update({name: app.conf[name] for name in ("task_publish_retry", "task_publish_retry_policy")})
    began = time.monotonic()
    with pytest.raises(OperationalError):
        sender.send_task("wake")
    assert time.monotonic() - began < 2

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests

from carriers.sandbox import plots
from carriers.sandbox.lives import Place
from carriers.sandbox.server import SandboxCarrier
from tests.carriers.sandbox import asking
from tests.carriers.sandbox.conftest import NUMBERS, START, route
from tests.carriers.sandbox.listener import wait_until


def test_a_life_unfolds_as_the_clock_goes(sandbox, clock):
    clock.now = START - timedelta(seconds=1)
    sandbox.add(plots.delivered(route("dhl-unified")))
    counts = []
    for _ in range(3):
        reply = asking.dhl(sandbox)
        counts.append(len(reply.json()["shipments"][0]["events"]) if reply.ok else 0)
        clock.forward(hours=8, seconds=1)
    assert counts == [0, 2, 3]


def test_one_connection_serves_many_calls(sandbox):
    connection = HTTPConnection(urlsplit(sandbox.url).netloc, timeout=5)
    with closing(connection):
        sockets = []
        for _ in range(3):
            connection.request("GET", "/dhl-unified/track/shipments")
            reply = connection.getresponse()
            assert (reply.status, reply.version, len(reply.read())) == (401, 11, int(reply.headers["Content-Length"]))
            sockets.append(connection.sock)
    assert len(set(sockets)) == 1


def test_an_unknown_carrier_is_told_which_there_are(sandbox):
    reply = requests.get(f"{sandbox.url}/pigeon/track", timeout=5)
    assert reply.status_code == 404
    assert reply.json()["error"].endswith("try /, /_sandbox/log, /dhl-unified, /ups, /fedex.")


def test_a_stopped_sandbox_answers_no_more_not_even_on_an_open_connection():
    with requests.Session() as session:
        with SandboxCarrier() as sandbox:
            url = sandbox.url
            assert session.get(url, timeout=5).status_code == 200
        with pytest.raises(requests.ConnectionError):
            session.get(url, timeout=5)


def test_stopping_does_not_wait_for_calls_that_are_held():
    with SandboxCarrier() as sandbox, ThreadPoolExecutor(1) as pool:
        sandbox.fault("dhl-unified", "timeout", seconds=60)
        held = pool.submit(asking.dhl, sandbox)
        wait_until(lambda: any("process_request" in thread.name for thread in threading.enumerate()))
        began = time.monotonic()
        sandbox.stop()
        with pytest.raises(requests.ConnectionError):
            held.result(timeout=5)
    assert time.monotonic() - began < 3
    wait_until(lambda: not any("process_request" in thread.name for thread in threading.enumerate()))


def test_fifty_callers_at_once_are_served_at_two_hundred_milliseconds(sandbox):
    sandbox.add(plots.delivered(route("dhl-unified")))
    sandbox.fault("dhl-unified", "latency", times=None, seconds=0.2)
    began = time.monotonic()
    with ThreadPoolExecutor(50) as pool:
        statuses = set(pool.map(lambda _: asking.dhl(sandbox).status_code, range(200)))
    # One after the other would take 40 s; 600 calls a minute would be 20 s.
    assert statuses == {200}
    assert time.monotonic() - began < 10


def test_the_page_shows_parcels_calls_and_pushes_and_escapes_what_they_say(sandbox):
    bad = Place("<script>alert(1)</script>", "1", "DE")
    sandbox.add(plots.delivered(route("ups", origin=bad, destination=bad)))
    asking.dhl(sandbox, number="<b>")
    page = requests.get(f"{sandbox.url}/", timeout=5)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert NUMBERS["ups"] in page.text
    assert "6 of 6" in page.text
    assert "GET /track/shipments" in page.text
    assert "<script>" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text


def test_a_scan_is_shown_in_the_time_of_its_place(sandbox):
    sandbox.add(plots.delivered(route("ups")))
    assert "2026-03-04 05:00 -0600" in requests.get(f"{sandbox.url}/", timeout=5).text

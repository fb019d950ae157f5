from datetime import UTC, datetime, timedelta

import pytest

from carriers.sandbox.lives import Place
from carriers.sandbox.plots import Route
from carriers.sandbox.server import SandboxCarrier
from tests.carriers.sandbox.listener import Listener

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
NUMBERS = {"dhl-unified": "00340434161094000017", "ups": "1Z999AA10123456784", "fedex": "771234567890"}
LEIPZIG = Place("Leipzig", "04103", "DE")
AUSTIN = Place("Austin", "73301", "US", zone="America/Chicago", state="TX")


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now

    def forward(self, **time):
        self.now += timedelta(**time)


@pytest.fixture
def clock():
    return Clock(START + timedelta(days=30))


@pytest.fixture
def sandbox(clock):
    with SandboxCarrier(clock=clock, retry_waits=(0.1, 0.4)) as sandbox:
        yield sandbox


@pytest.fixture
def listener():
    with Listener() as listener:
        yield listener


def route(carrier, **changes):
    """From Leipzig to Austin, so that the two clocks differ."""
    details = {"number": NUMBERS[carrier], "started_at": START, "origin": LEIPZIG, "destination": AUSTIN, **changes}
    return Route(carrier, **details)

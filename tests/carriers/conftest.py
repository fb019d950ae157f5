from datetime import timedelta

import pytest
from django.utils import timezone

from carriers.sandbox.lives import Place
from carriers.sandbox.plots import Route
from carriers.sandbox.server import SandboxCarrier

BERLIN = Place("Berlin", "10115", "DE")
HELSINKI = Place("Helsinki", "00100", "FI")


@pytest.fixture
def sandbox(settings):
    """The pretend carrier, running: accounts speak to it."""
    with SandboxCarrier() as running:
        settings.SANDBOX_CARRIER_URL = running.url
        yield running


@pytest.fixture
def a_life(sandbox):
    """Play a plot whose label was printed some hours ago, for a shipment."""

    def play(plot, shipment, hours=46, **arguments):
        label_at = timezone.now() - timedelta(hours=hours)
        services = {"dhl-unified": "parcel-de", "ups": "UPS Standard", "fedex": "FedEx International Priority"}
        route = Route(
            shipment.carrier,
            shipment.tracking_number,
            label_at,
            BERLIN,
            HELSINKI,
            service=services[shipment.carrier],
        )
        life = plot(route, **arguments)
        sandbox.add(life)
        return life

    return play

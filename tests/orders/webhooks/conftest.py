import pytest

from orders.models import WebhookEndpoint
from tests.builders import a_shipment
from tests.orders.webhooks.receiver import Receiver


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def shipment(db):
    return a_shipment()


@pytest.fixture
def endpoint(shipment, receiver):
    """The shop's system, told of everything."""
    return WebhookEndpoint.objects.create(merchant=shipment.merchant, url=receiver.url)

"""From a carrier's news to the shop's own system, and what it costs."""

import json

import pytest

from orders import tasks
from orders.models import ChangeKind, Shipment, StatusChange, WebhookDelivery
from orders.signals import changes_recorded
from orders.statuses import Status
from tests.builders import a_scan, a_shipment, record


@pytest.fixture
def celery_at_once(monkeypatch):
    """What would be sent to a worker is done in its place, as Celery does with an argument that was JSON once."""
    monkeypatch.setattr(tasks, "wake", lambda task, *args: task(*json.loads(json.dumps(args))))


@pytest.mark.django_db(transaction=True)
class TestJourney:
    @pytest.mark.usefixtures("celery_at_once")
    def test_news_is_at_the_shops_system_as_soon_as_it_is_committed(self, endpoint, receiver):
        changes = record(Shipment.objects.get(), a_scan(Status.DELIVERED))
        told = [json.loads(received.body) for received in receiver.received]
        assert [(news["kind"], news["change"]["new"]) for news in told] == [
            (change.kind, change.new) for change in changes
        ]
        assert (told[0]["kind"], told[0]["parcel"]["status"]) == (ChangeKind.STATUS, "delivered")

    def test_without_a_broker_the_sweep_finds_it(self, endpoint, receiver, monkeypatch):
        monkeypatch.setattr(tasks, "wake", lambda *_args: False)
        record(Shipment.objects.get(), a_scan(Status.DELIVERED))
        assert receiver.received == []
        monkeypatch.setattr(tasks, "wake", lambda task, *args: task(*args))
        tasks.deliver_webhooks()
        assert receiver.received

    def test_change_and_delivery_are_written_together_or_not_at_all(self, endpoint, monkeypatch):
        def fail(*_args, **_kw):
            raise RuntimeError("no room")

        monkeypatch.setattr("orders.models.WebhookDelivery.objects.bulk_create", fail)
        with pytest.raises(RuntimeError):
            record(Shipment.objects.get(), a_scan(Status.DELIVERED))
        assert (StatusChange.objects.count(), WebhookDelivery.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_a_shop_without_webhooks_pays_one_query_a_change(django_assert_max_num_queries):
    shipment = a_shipment()
    changes = record(shipment, a_scan(Status.IN_TRANSIT))
    with django_assert_max_num_queries(1):
        changes_recorded.send(StatusChange, ids=[change.pk for change in changes])

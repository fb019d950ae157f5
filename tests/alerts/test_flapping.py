"""An estimate that trembles is no news each time: one alert, not ten."""

import random
from datetime import timedelta

import pytest

from alerts import planning
from alerts.models import Alert
from alerts.states import State
from alerts.triggers import Trigger
from orders.models import Order, Promise, Shipment, StatusChange, new_token
from orders.promise.risk import Estimate
from orders.reasons import Reason
from orders.services import record_events
from orders.services.sweep import sweep_risk
from tests.alerts.stories import NOW, a_parcel
from tests.builders import a_customer, a_merchant, an_order

pytestmark = pytest.mark.django_db

PARCELS, LOOKS = 1000, 3
EVERY = timedelta(hours=1)


def a_thousand(shop) -> None:
    """Copies of one parcel, each with its own order, its own number and its own promise."""
    order = an_order(customer=a_customer(shop, phone=""))
    first = a_parcel(order=order)
    orders = Order.objects.bulk_create(a_copy(order, number=f"{order.number}-{n}") for n in range(1, PARCELS))
    parcels = Shipment.objects.bulk_create(
        a_copy(first, order=own, token=new_token(), tracking_number=f"{first.tracking_number}-{own.pk}", promise=None)
        for own in orders
    )
    promises = Promise.objects.bulk_create(a_copy(first.promise, shipment=parcel) for parcel in parcels)
    for promise in promises:
        Shipment.objects.filter(pk=promise.shipment_id).update(promise=promise)


def a_copy(row, **changed):
    told = {field.name: getattr(row, field.name) for field in row._meta.fields if field.name != "id"}
    return type(row)(**{**told, **changed})


def tremble(monkeypatch) -> None:
    """From now on every look says something else, often beyond both thresholds."""
    chosen = random.Random(7)

    def noise(*_args):
        return Estimate(min(max(chosen.gauss(0.55, 0.3), 0.0), 1.0), Reason.TRANSIT_TOO_LONG)

    monkeypatch.setattr(record_events, "estimate", noise)


def test_a_thousand_trembling_parcels_are_written_about_once_each(monkeypatch):
    a_thousand(a_merchant())
    tremble(monkeypatch)
    for look in range(LOOKS):
        now = NOW + look * EVERY
        Shipment.objects.update(next_risk_at=now)
        while sweep_risk(now):
            pass
        planning.plan_forgotten(now + EVERY, limit=PARCELS)
    entered = StatusChange.objects.filter(kind="risk", new="at_risk").values_list("shipment", flat=True)
    told = Alert.objects.filter(trigger=Trigger.AT_RISK, state=State.QUEUED).values_list("shipment", flat=True)
    assert len(entered) > len(set(entered)) > 0.6 * PARCELS
    assert len(told) == len(set(told)) == len(set(entered))

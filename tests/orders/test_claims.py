from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from orders.claims import claim_due
from orders.models import Shipment
from tests.builders import a_shipment, an_order

LEASE = timedelta(minutes=5)


def claim(limit=100, now=None):
    return claim_due(Shipment.objects.all(), "next_poll_at", now=now or timezone.now(), lease=LEASE, limit=limit)


@pytest.mark.django_db
class TestClaiming:
    def test_only_what_is_due_is_claimed_the_most_overdue_first(self):
        order, now = an_order(), timezone.now()
        ages = (timedelta(minutes=1), timedelta(hours=1), timedelta(minutes=-1))
        parcels = [a_shipment(order, next_poll_at=now - age, promised=False) for age in ages]
        assert claim(limit=1) == [parcels[1].pk]
        assert claim() == [parcels[0].pk]
        assert claim() == []

    def test_a_claim_ends_with_its_lease(self):
        parcel = a_shipment(promised=False)
        now = timezone.now()
        assert claim(now=now) == [parcel.pk]
        assert claim(now=now + LEASE - timedelta(seconds=1)) == []
        assert claim(now=now + LEASE) == [parcel.pk]

    def test_a_parcel_that_is_not_to_be_asked_for_is_never_claimed(self):
        a_shipment(promised=False, next_poll_at=None)
        assert claim() == []


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_claim_each_parcel_once():
    order = an_order()
    parcels = {a_shipment(order, promised=False).pk for _number in range(40)}

    def work(_worker):
        try:
            return [pk for _round in range(8) for pk in claim(limit=2)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        claimed = [pk for found in workers.map(work, range(4)) for pk in found]
    assert len(claimed) == len(set(claimed))
    assert set(claimed) == parcels

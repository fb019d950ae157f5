"""`manage.py seed_history`: a past to look at, lived through the real doors."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from orders.management.sample_lives import LANES, lives
from orders.models import Merchant, Promiser, StatusChange
from orders.services.hindsight import ended_parcels

NOW = timezone.now()
MONTH = timedelta(days=30)


def seeded(**options) -> Merchant:
    call_command("seed_history", stdout=StringIO(), **options)
    return Merchant.objects.get(slug=options.get("slug", "sample-history"))


@pytest.mark.django_db
class TestCommand:
    def test_it_is_refused_among_real_orders(self, settings):
        settings.SANDBOX = False
        with pytest.raises(CommandError, match="no place among real orders"):
            seeded()

    def test_the_shop_has_a_past_with_promises_estimates_and_late_parcels(self):
        shop = seeded(parcels=40)
        ended = ended_parcels(shop)
        assert len({parcel.carrier for parcel in ended}) == 2
        assert 0 < sum(parcel.is_late for parcel in ended) < len(ended)
        assert {*shop.shipments.values_list("promise__source", flat=True)} <= {Promiser.MERCHANT, Promiser.CARRIER}
        assert shop.learned_transit.parcels == shop.shipments.filter(first_attempt_at__isnull=False).count()

    def test_nobody_hears_of_what_never_happened(self, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks() as callbacks:
            shop = seeded(parcels=10)
        assert callbacks == []
        assert StatusChange.objects.exists()
        assert not StatusChange.objects.filter(planned_at=None).exists()
        assert not shop.shipments.filter(next_poll_at__isnull=False).exists()

    def test_a_shop_of_that_name_is_left_alone(self):
        Merchant.objects.create(name="Mine", slug="mine")
        with pytest.raises(CommandError, match="choose another name"):
            seeded(slug="mine")


class TestLives:
    def test_the_same_seed_tells_the_same_lives(self):
        assert [*lives(20, NOW - MONTH, NOW, seed=3)] == [*lives(20, NOW - MONTH, NOW, seed=3)]
        assert [*lives(20, NOW - MONTH, NOW, seed=3)] != [*lives(20, NOW - MONTH, NOW, seed=4)]

    def test_nothing_is_told_before_it_happened_nor_out_of_order(self):
        for life in lives(300, NOW - MONTH, NOW):
            told = [life.ordered_at, *(update.events[0].occurred_at for _at, update in life.news)]
            assert told == sorted(told)
            assert all(at > update.events[0].occurred_at for at, update in life.news)

    def test_every_lane_has_parcels_and_a_number_of_its_carriers_form(self):
        found = [*lives(300, NOW - MONTH, NOW)]
        assert {life.lane for life in found} == {*LANES}
        assert len({life.tracking_number for life in found}) == 300

"""Learning from a shop's closed parcels, and estimating with what was learned."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from orders.models import LearnedTransit, RiskState, Shipment, TrackingEvent
from orders.promise import learned as estimator
from orders.promise.arrival import arrival_of
from orders.promise.transit import PUBLISHED
from orders.services import reading
from orders.services.beside import read_beside
from orders.services.learning import learn, learn_due, learned_for
from orders.services.reading import closed_parcels
from orders.services.record_events import reassess
from orders.services.sweep import sweep_risk
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.builders import a_merchant, a_scan, a_shipment, record, utc
from tests.orders.histories import HOUR, a_history

pytestmark = pytest.mark.django_db

NOW = utc(2026, 2, 2, 8)  # a Monday


@pytest.fixture
def shop():
    return a_merchant()


@pytest.fixture
def taught(shop):
    a_history(shop, 400)
    learn(shop, NOW)
    return shop


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(estimator, "LATEST", 60)
    monkeypatch.setattr(estimator, "BLOCK", 20)
    monkeypatch.setattr(reading, "PAGE", 30)


def what_is_learned(shop):
    row = LearnedTransit.objects.get(merchant=shop)
    return row.model, row.settled, row.mark_id, row.parcels, row.late


def a_parcel(shop, **kw):
    """Ordered on Friday morning and promised for Monday, as those of the history; scanned in Hamburg by evening."""
    friday = utc(2026, 2, 6, 8)
    parcel = a_shipment(
        merchant=shop, window=PromisedWindow(date(2026, 2, 9), date(2026, 2, 9)), now=friday, service="Parcel", **kw
    )
    record(
        parcel,
        a_scan(at=friday + 6 * HOUR, city="Berlin"),
        a_scan(at=friday + 17 * HOUR, city="Hamburg"),
        now=friday + 18 * HOUR,
    )
    return parcel


class TestReading:
    def test_a_closed_parcel_is_told_with_what_was_known_before_the_first_attempt(self, shop):
        (shipment,) = a_history(shop, 1)
        (parcel,) = closed_parcels(shop, None, 0, NOW)
        told = list(shipment.events.order_by("occurred_at"))
        assert parcel.lanes == (
            "dhl-unified Parcel",
            "dhl-unified Parcel DE>FI",
            "dhl-unified Parcel DE>FI 00",
        )
        assert [city for _, _, city in parcel.scans] == ["Berlin", "Hamburg", "Helsinki", "Helsinki"]
        assert parcel.scans[0][0] == (told[0].occurred_at - shipment.created_at) / HOUR
        assert parcel.took == (shipment.first_attempt_at - shipment.created_at) / HOUR
        assert parcel.promised == 4 * 24 - 10  # the end of the third day in Helsinki, from 10 o'clock there

    def test_the_first_promise_counts(self, shop):
        (shipment,) = a_history(shop, 1)
        record(shipment, window=PromisedWindow(date(2026, 2, 20), date(2026, 2, 20)), now=NOW)
        (parcel,) = closed_parcels(shop, None, 0, NOW)
        assert parcel.promised == 4 * 24 - 10

    def test_a_scan_that_nobody_could_read_leaves_the_status_as_it_was(self, shop):
        a_history(shop, 1)
        TrackingEvent.objects.filter(city="Hamburg").update(status=Status.UNKNOWN)
        (parcel,) = closed_parcels(shop, None, 0, NOW)
        assert parcel.scans[1][1:] == (Status.IN_TRANSIT, "Hamburg")

    def test_a_weekend_without_scans_is_no_long_silence(self, shop):
        friday = utc(2026, 1, 9, 12)
        (shipment,) = a_history(shop, 1, since=friday)
        shipment.events.exclude(city="Berlin").delete()
        monday = friday + timedelta(days=3, hours=3)
        Shipment.objects.update(first_attempt_at=monday, outcome_at=monday)
        (parcel,) = closed_parcels(shop, None, 0, NOW)
        assert parcel.silent_days == 0

    def test_neither_an_open_parcel_nor_another_shops_is_read(self, shop):
        a_history(a_merchant("Sydkust"), 2)
        a_parcel(shop)
        assert list(closed_parcels(shop, None, 0, NOW + timedelta(days=30))) == []

    def test_a_page_takes_three_queries(self, shop, django_assert_num_queries):
        a_history(shop, 40)
        with django_assert_num_queries(3 + 1):
            assert len(list(closed_parcels(shop, None, 0, NOW))) == 40


class TestNeverArrived:
    """What never came was late for certain, and how long it would have taken nobody knows."""

    def sweep_through(self, parcel, until):
        Shipment.objects.filter(pk=parcel.pk).update(next_risk_at=parcel.created_at)
        sweep_risk(until)
        parcel.refresh_from_db()
        return parcel

    def read(self, shop):
        return list(closed_parcels(shop, None, 0, NOW + timedelta(days=365)))

    def test_a_parcel_silent_for_a_month_after_its_promise_is_closed_as_late_and_not_arrived(self, shop):
        parcel = a_parcel(shop)
        assert self.sweep_through(parcel, utc(2026, 3, 1)).outcome_at is None
        given_up = utc(2026, 3, 12)
        assert self.sweep_through(parcel, given_up).outcome_at == given_up
        (closed,) = self.read(shop)
        assert (closed.arrived, closed.took > closed.promised) == (False, True)
        assert closed.took == (given_up - parcel.created_at) / HOUR
        assert [city for _, _, city in closed.scans] == ["Berlin", "Hamburg"]

    def test_a_late_parcel_sent_back_is_closed_when_that_is_told(self, shop):
        parcel, told_at = a_parcel(shop), utc(2026, 2, 14)
        self.sweep_through(parcel, utc(2026, 2, 12))
        record(parcel, a_scan(Status.RETURNED, at=utc(2026, 2, 13)), now=told_at)
        (closed,) = self.read(shop)
        assert (closed.arrived, closed.known) == (False, told_at)

    @pytest.mark.parametrize("status", [Status.CANCELLED, Status.RETURNED])
    def test_one_called_off_before_its_promise_had_passed_was_not_late(self, shop, status):
        parcel = a_parcel(shop)
        record(parcel, a_scan(status, at=utc(2026, 2, 7, 12)), now=utc(2026, 2, 7, 13))
        self.sweep_through(parcel, utc(2026, 4, 1))
        assert self.read(shop) == []

    def test_a_label_that_was_never_scanned_is_no_parcel(self, shop):
        self.sweep_through(a_shipment(merchant=shop, now=utc(2026, 2, 1)), utc(2026, 4, 1))
        assert self.read(shop) == []

    def test_one_that_comes_after_all_stays_closed_when_it_was(self, shop):
        parcel = self.sweep_through(a_parcel(shop), utc(2026, 3, 12))
        record(parcel, a_scan(Status.DELIVERED, at=utc(2026, 3, 20)), now=utc(2026, 3, 20))
        (closed,) = self.read(shop)
        assert (closed.known, closed.arrived) == (utc(2026, 3, 12), True)

    def test_learning_from_some_of_them_in_steps_is_the_same_as_at_once(self, shop, small_blocks):
        a_history(shop, 200)
        Shipment.objects.filter(tracking_number__endswith="7").update(first_attempt_at=None, delivered_at=None)
        for hours in (60, 90, 500):
            learn(shop, utc(2026, 1, 6) + hours * HOUR)
        in_steps = what_is_learned(shop)
        learn(shop, utc(2026, 1, 6) + 500 * HOUR, anew=True)
        assert what_is_learned(shop) == in_steps


class TestBeside:
    """A long history is read by another process."""

    def test_what_is_read_comes_in_order(self):
        assert list(read_beside(enumerate, "abc")) == [(0, "a"), (1, "b"), (2, "c")]

    def test_a_fault_there_is_not_taken_for_the_end(self):
        with pytest.raises(EOFError):
            list(read_beside(zip, [1], 2))

    def test_within_a_transaction_the_history_is_read_here(self, shop, monkeypatch):
        monkeypatch.setattr(reading, "MANY", 1)
        a_history(shop, 3)
        assert len(list(closed_parcels(shop, None, 0, NOW))) == 3

    @pytest.mark.django_db(transaction=True)
    def test_the_other_process_reads_the_same(self, monkeypatch):
        shop = a_merchant()
        a_history(shop, 40)
        here = list(closed_parcels(shop, None, 0, NOW))
        monkeypatch.setattr(reading, "MANY", 10)
        assert list(closed_parcels(shop, None, 0, NOW)) == here


class TestLearning:
    def test_from_time_to_time_is_the_same_as_from_scratch(self, shop, small_blocks):
        a_history(shop, 300)
        for hours in (20, 60, 61, 110, 400):
            learn(shop, utc(2026, 1, 6) + hours * HOUR)
        in_steps = what_is_learned(shop)
        learn(shop, utc(2026, 1, 6) + 400 * HOUR, anew=True)
        assert what_is_learned(shop) == in_steps
        assert in_steps[3] == 300

    def test_only_what_is_not_settled_is_read_again(self, shop, small_blocks):
        a_history(shop, 300)
        assert learn(shop, NOW).parcels == 300
        assert learn(shop, NOW + HOUR).parcels == 60

    def test_what_becomes_known_later_teaches_nothing_yet(self, shop, small_blocks):
        a_history(shop, 200)
        learn(shop, utc(2026, 1, 8))
        before = what_is_learned(shop)
        later = Shipment.objects.filter(outcome_at__gt=utc(2026, 1, 8))
        TrackingEvent.objects.filter(shipment__in=later).delete()
        later.update(first_attempt_at=NOW, outcome_at=NOW)
        learn(shop, utc(2026, 1, 8), anew=True)
        assert 0 < before[3] < 200
        assert what_is_learned(shop) == before

    def test_the_clock_learns_for_shops_with_news_only(self, shop):
        a_history(shop, 30)
        a_merchant("Sydkust")
        assert learn_due(NOW) == 1
        assert learn_due(NOW + HOUR) == 0
        a_history(shop, 1, seed=2, since=NOW - 200 * HOUR)
        Shipment.objects.filter(tracking_number__startswith="H2").update(outcome_at=NOW + HOUR)
        assert learn_due(NOW + 2 * HOUR) == 1
        assert LearnedTransit.objects.get().parcels == 31

    def test_what_an_older_version_learned_is_not_built_upon(self, shop, small_blocks):
        a_history(shop, 200)
        learn(shop, NOW)
        before = what_is_learned(shop)
        LearnedTransit.objects.update(model_version="own-0 2026-01-01T00:00:00", settled={"from": "elsewhere"})
        assert learned_for(shop.pk) == (None, "")
        assert learn(shop, NOW).parcels == 200
        assert what_is_learned(shop) == before

    def test_a_fault_at_one_shop_stops_no_other(self, shop, caplog):
        other = a_merchant("Sydkust")
        a_history(shop, 3)
        a_history(other, 3, seed=2)
        learn(shop, utc(2026, 1, 1))
        LearnedTransit.objects.update(settled={"from": "elsewhere"})
        learn_due(NOW)
        assert f"Nothing could be learned from the parcels of {shop}" in caplog.text
        assert LearnedTransit.objects.get(merchant=other).parcels == 3

    def test_the_command_says_how_long_a_million_takes(self, shop):
        a_history(shop, 20)
        said = StringIO()
        call_command("learn_transit", merchant=shop.slug, stdout=said)
        assert said.getvalue().startswith(f"{shop.slug}: 20 parcels in ")
        assert "s per million" in said.getvalue()


class TestEstimating:
    def test_a_shop_without_enough_parcels_goes_by_published_figures(self, shop):
        a_history(shop, 100)
        learn(shop, NOW)
        parcel = a_parcel(shop)
        assert learned_for(shop.pk) == (None, "")
        assert parcel.risk_model == PUBLISHED

    def test_a_shop_with_enough_goes_by_its_own_and_the_estimate_says_so(self, taught):
        parcel = a_parcel(taught)
        assert parcel.risk_model == LearnedTransit.objects.get().model_version
        assert parcel.risk == RiskState.ON_TRACK
        assert 0 < parcel.risk_probability < 0.5

    def test_our_own_days_are_kept_with_the_estimate(self, taught):
        parcel = a_parcel(taught)
        ours = arrival_of(parcel)
        assert ours.by_us
        assert date(2026, 2, 7) <= ours.earliest <= ours.likely <= ours.latest <= date(2026, 2, 11)
        record(parcel, a_scan(Status.DELIVERED, at=utc(2026, 2, 8, 8)), now=utc(2026, 2, 8, 9))
        assert arrival_of(parcel) is None

    def test_a_parcel_left_behind_is_at_risk_and_the_reasons_say_how_others_fared(self, taught):
        parcel = a_parcel(taught)
        reassess(parcel.pk, utc(2026, 2, 9, 2))
        parcel.refresh_from_db()
        assert parcel.risk == RiskState.AT_RISK
        kinds = {evidence["kind"]: evidence for evidence in parcel.risk_evidence}
        assert kinds["left_hub"]["city"] == "Hamburg"
        assert kinds["left_hub"]["count"] >= 8
        assert kinds["in_time"]["count"] <= 5

    def test_each_move_of_the_estimate_is_kept_with_the_hours_that_were_left(self, taught):
        parcel = a_parcel(taught)
        for hours in range(1, 90, 6):
            reassess(parcel.pk, utc(2026, 2, 7, 2) + hours * HOUR)
        parcel.refresh_from_db()
        left, chances = zip(*parcel.risk_course, strict=True)
        assert list(left) == sorted(left, reverse=True)
        assert min(left) > 0
        assert max(chances) == pytest.approx(parcel.risk_probability, abs=0.05)

    def test_what_comes_later_changes_no_estimate_of_before(self, taught):
        early, informed = a_parcel(taught), a_parcel(taught)
        record(informed, a_scan(at=utc(2026, 2, 8, 12), city="Helsinki"), now=utc(2026, 2, 8, 13))
        assert early.risk_course[0] == Shipment.objects.get(pk=informed.pk).risk_course[0]

    def test_the_outcome_is_known_since_it_was_told(self, shop):
        parcel = a_parcel(shop)
        assert parcel.outcome_at is None
        told_at = utc(2026, 2, 10, 9)
        record(parcel, a_scan(Status.DELIVERED, at=utc(2026, 2, 9, 12)), now=told_at)
        record(parcel, a_scan(Status.DELIVERED, at=utc(2026, 2, 9, 11), event_id="x"), now=told_at + HOUR)
        assert parcel.outcome_at == told_at


class TestSweep:
    def test_many_parcels_are_looked_at_with_as_many_queries_as_few(self, taught, django_assert_max_num_queries):
        for _ in range(12):
            a_parcel(taught)
        Shipment.objects.filter(first_attempt_at=None).update(next_risk_at=NOW)
        learned_for(taught.pk)
        with django_assert_max_num_queries(12):
            assert sweep_risk(utc(2026, 2, 7, 4)) == 12

    def test_what_changed_is_told_and_what_did_not_is_kept(self, taught):
        stuck, moving = a_parcel(taught), a_parcel(taught)
        record(moving, a_scan(at=utc(2026, 2, 7, 12), city="Helsinki"), now=utc(2026, 2, 7, 13))
        Shipment.objects.filter(pk__in=[stuck.pk, moving.pk]).update(next_risk_at=NOW, risk_probability=None)
        sunday = utc(2026, 2, 8, 2)
        sweep_risk(sunday)
        stuck.refresh_from_db()
        moving.refresh_from_db()
        assert [change.new for change in stuck.changes.filter(kind="risk")] == [RiskState.AT_RISK]
        assert not moving.changes.filter(kind="risk").exists()
        assert moving.risk_probability is not None
        assert min(stuck.next_risk_at, moving.next_risk_at) > sunday

    def test_a_fault_in_one_keeps_no_other_waiting(self, shop, caplog):
        good, bad = a_parcel(shop), a_parcel(shop)
        Shipment.objects.filter(pk=bad.pk).update(risk_course=1)
        Shipment.objects.update(next_risk_at=NOW)
        sweep_risk(utc(2026, 2, 20))
        good.refresh_from_db()
        assert good.risk == RiskState.LATE
        assert f"The risk of shipment {bad.pk} could not be estimated" in caplog.text

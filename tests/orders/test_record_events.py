"""The one door: any order, any batching and any repetition of the same events gives the same shipment."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.events import Location, ParcelEvent
from orders.headline import derive
from orders.models import ChangeKind, Promise, Promiser, RiskState, StatusChange
from orders.reasons import Reason
from orders.services.record_events import DERIVED, reassess
from orders.signals import changes_recorded
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.builders import a_scan, a_shipment, record, utc

START = utc(2026, 3, 2, 8)

scans = st.builds(
    lambda status, hours, city, event_id, reason: ParcelEvent(
        status=status,
        occurred_at=START + timedelta(hours=hours),
        code=status.value,
        location=Location(city=city, country="DE"),
        event_id=event_id,
        reason=reason,
    ),
    st.sampled_from(Status),
    st.integers(0, 12),
    st.sampled_from(["Hamburg", "Turku", ""]),
    st.sampled_from(["", "", "e1", "e2"]),
    st.sampled_from([None, Reason.MISSORTED, Reason.CUSTOMS_HELD]),
)


def shape(shipment):
    """Everything of a shipment that follows from its events."""
    return (
        {name: getattr(shipment, name) for name in DERIVED if not name.startswith(("promise", "risk", "next_risk"))},
        sorted(event.as_parcel_event().key for event in shipment.events.all()),
        [event.status for event in shipment.events.order_by("occurred_at", "key")],
    )


@given(events=st.lists(scans, max_size=8), data=st.data())
@settings(max_examples=300, deadline=None)
def test_the_headline_is_a_function_of_the_set_of_events(events, data):
    shuffled = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events or [None])))))
    assert derive(event for event in shuffled if event) == derive(events)


@pytest.mark.django_db
@given(events=st.lists(scans, min_size=1, max_size=6), data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_any_batching_any_repetition_gives_the_same_shipment(events, data):
    at_once, piecemeal = a_shipment(promised=False), a_shipment(promised=False)
    record(at_once, *events)

    told = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events), max_size=4))))
    while told:
        size = data.draw(st.integers(1, len(told)))
        batch, told = told[:size], told[size:]
        record(piecemeal, *batch)

    assert shape(piecemeal) == shape(at_once)


@pytest.mark.django_db
class TestRecordEvents:
    def test_a_scan_moves_the_headline_and_writes_one_change(self):
        shipment = a_shipment()
        changes = record(shipment, a_scan(Status.IN_TRANSIT))
        assert shipment.status == Status.IN_TRANSIT
        assert [(change.kind, change.old, change.new) for change in changes] == [("status", "unknown", "in_transit")]

    def test_the_same_scan_again_is_no_news(self):
        shipment, scan = a_shipment(), a_scan()
        record(shipment, scan)
        assert record(shipment, scan) == []
        assert shipment.events.count() == 1

    def test_a_late_scan_is_stored_and_does_not_move_the_headline_back(self):
        shipment = a_shipment()
        record(shipment, a_scan(Status.OUT_FOR_DELIVERY, at=utc(2026, 3, 3, 8)))
        assert record(shipment, a_scan(Status.IN_TRANSIT, at=utc(2026, 3, 2, 8))) == []
        assert shipment.status == Status.OUT_FOR_DELIVERY
        assert [event.status for event in shipment.events.all()] == ["in_transit", "out_for_delivery"]

    def test_a_depot_scan_after_delivery_does_not_undo_it(self):
        shipment = a_shipment()
        record(shipment, a_scan(Status.DELIVERED, at=utc(2026, 3, 3, 8)))
        record(shipment, a_scan(Status.IN_TRANSIT, at=utc(2026, 3, 3, 20)))
        assert shipment.status == Status.DELIVERED
        assert shipment.delivered_at == utc(2026, 3, 3, 8)

    def test_a_failed_attempt_after_delivery_undoes_it(self):
        shipment = a_shipment()
        record(shipment, a_scan(Status.DELIVERED, at=utc(2026, 3, 3, 8)))
        record(shipment, a_scan(Status.ATTEMPT_FAILED, at=utc(2026, 3, 3, 9)))
        assert shipment.status == Status.ATTEMPT_FAILED
        assert shipment.delivered_at is None

    def test_a_failed_attempt_before_delivery_that_comes_late_does_not_undo_it(self):
        shipment = a_shipment()
        record(shipment, a_scan(Status.DELIVERED, at=utc(2026, 3, 3, 8)))
        record(shipment, a_scan(Status.ATTEMPT_FAILED, at=utc(2026, 3, 2, 9)))
        assert shipment.status == Status.DELIVERED
        assert shipment.first_attempt_at == utc(2026, 3, 2, 9)

    def test_delivered_on_the_way_back_is_returned(self):
        shipment = a_shipment()
        record(shipment, a_scan(Status.RETURNING, at=utc(2026, 3, 3, 8)))
        record(shipment, a_scan(Status.OUT_FOR_DELIVERY, at=utc(2026, 3, 4, 8)))
        assert shipment.status == Status.RETURNING
        record(shipment, a_scan(Status.DELIVERED, at=utc(2026, 3, 4, 9)))
        assert shipment.status == Status.RETURNED
        assert shipment.delivered_at is None

    def test_a_code_nobody_knows_is_stored_and_never_reassures(self):
        shipment = a_shipment()
        record(shipment, a_scan(Status.EXCEPTION, at=utc(2026, 3, 3, 8), reason=Reason.DAMAGED))
        record(shipment, a_scan(Status.UNKNOWN, at=utc(2026, 3, 3, 9)))
        assert shipment.status == Status.EXCEPTION
        assert shipment.last_event_at == utc(2026, 3, 3, 9)

    def test_a_new_reason_for_the_same_status_is_news(self):
        shipment = a_shipment()
        record(shipment, a_scan(Status.EXCEPTION, at=utc(2026, 3, 3, 8), reason=Reason.CUSTOMS_HELD))
        changes = record(shipment, a_scan(Status.EXCEPTION, at=utc(2026, 3, 3, 9), reason=Reason.LOST))
        assert [change.reason for change in changes] == [Reason.LOST]

    def test_the_place_keeps_its_own_clock(self):
        shipment = a_shipment()
        scan = a_scan(at=utc(2026, 3, 3, 8).astimezone(ZoneInfo("America/Denver")))
        record(shipment, scan)
        assert shipment.events.get().local_time.isoformat() == "2026-03-03T01:00:00-07:00"

    def test_changes_are_announced_after_the_commit(self, django_capture_on_commit_callbacks):
        heard = []

        def hear(ids, **_kw):
            heard.extend(ids)

        changes_recorded.connect(hear)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                changes = record(a_shipment(promised=False), a_scan())
                assert heard == []
        finally:
            changes_recorded.disconnect(hear)
        assert heard == [change.pk for change in changes]


@pytest.mark.django_db
class TestPromises:
    def window(self, first, last=None):
        return PromisedWindow(date(2026, 3, first), date(2026, 3, last or first))

    def test_the_carriers_window_follows_the_shops_in_the_ledger(self):
        shipment = a_shipment(window=self.window(4, 6))
        changes = record(shipment, a_scan(at=utc(2026, 3, 2, 8)), window=self.window(5), now=utc(2026, 3, 2, 9))
        assert [promise.source for promise in shipment.promises.all()] == [Promiser.MERCHANT, Promiser.CARRIER]
        moved = next(change for change in changes if change.kind == ChangeKind.PROMISE)
        assert (moved.old, moved.new) == ("2026-03-04/2026-03-06", "2026-03-05/2026-03-05")

    def test_a_window_without_a_zone_lends_the_destinations(self):
        shipment = a_shipment(window=self.window(4))
        assert shipment.promise.zone == "Europe/Helsinki"

    def test_the_same_window_again_is_no_new_promise(self):
        shipment = a_shipment(window=self.window(4))
        scan = a_scan(at=utc(2026, 3, 2, 8))
        for _again in range(3):
            record(shipment, scan, window=self.window(5))
        assert shipment.promises.count() == 2

    def test_a_window_from_older_knowledge_does_not_replace_a_newer_one(self):
        shipment = a_shipment(window=self.window(4))
        record(shipment, a_scan(at=utc(2026, 3, 3, 8)), window=self.window(6))
        record(shipment, a_scan(at=utc(2026, 3, 2, 8)), window=self.window(4))
        assert shipment.promise.latest == date(2026, 3, 6)

    def test_a_promise_cannot_be_altered(self):
        promise = a_shipment(window=self.window(4)).promise
        promise.latest = date(2026, 3, 9)
        with pytest.raises(TypeError, match="never altered"):
            promise.save()
        assert Promise.objects.get(pk=promise.pk).latest == date(2026, 3, 4)


@pytest.mark.django_db
class TestRisk:
    def test_a_parcel_that_goes_silent_is_at_risk_by_the_clock_alone(self):
        shipment = a_shipment(window=PromisedWindow(date(2026, 3, 11), date(2026, 3, 12)), now=utc(2026, 3, 2, 7))
        record(shipment, a_scan(at=utc(2026, 3, 2, 8)), now=utc(2026, 3, 2, 9))
        assert shipment.risk == RiskState.ON_TRACK

        assert reassess(shipment.pk, utc(2026, 3, 5, 7)) == []
        changes = reassess(shipment.pk, utc(2026, 3, 5, 9))

        assert [(change.kind, change.new, change.reason) for change in changes] == [("risk", "at_risk", Reason.SILENCE)]
        assert StatusChange.objects.filter(shipment=shipment, kind=ChangeKind.RISK).count() == 1

"""A wrong carrier is put right: what it told is kept and does not count, and the parcel goes on with the right one."""

import json
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from carriers import services
from carriers.models import CallbackDelivery
from orders.events import Handover, Location, TrackingUpdate
from orders.models import CarrierCorrection, ChangeKind, Promiser, RiskState, Source, StatusChange
from orders.services.corrections import correct_carrier
from orders.services.promises import first_promise
from orders.services.record_events import reassess, record_events
from orders.signals import shipments_created
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.builders import a_scan, a_shipment, an_account, an_order, record, utc

MONDAY = utc(2026, 3, 2, 8)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)

pytestmark = pytest.mark.django_db


def window(first, last=None):
    return PromisedWindow(date(2026, 3, first), date(2026, 3, last or first))


def a_parcel(**kw):
    """Named as DHL's, promised for Thursday to Friday."""
    return a_shipment(**{"window": window(5, 6), "now": MONDAY, "carrier": "dhl-unified", **kw})


def correct(shipment, carrier="ups", now=TUESDAY, **kw):
    correction = correct_carrier(shipment.pk, carrier, by="maija", now=now, **kw)
    shipment.refresh_from_db()
    return correction


def statuses(shipment):
    return [event.status for event in shipment.events.valid()]


class TestTheParcel:
    def test_it_is_the_new_carriers_and_due_at_once(self):
        shipment = a_parcel(
            next_poll_at=WEDNESDAY, polled_at=MONDAY, poll_failures=4, poll_error="404", courier="dhl_germany"
        )
        token, order = shipment.token, shipment.order
        correct(shipment)
        assert (shipment.carrier, shipment.courier, shipment.token, shipment.order) == ("ups", "", token, order)
        assert (shipment.next_poll_at, shipment.poll_urgent, shipment.polled_at) == (TUESDAY, True, None)
        assert (shipment.poll_failures, shipment.poll_error) == (0, "")

    def test_what_the_former_carrier_told_is_kept_and_does_not_count(self):
        shipment = a_parcel()
        record(shipment, a_scan(Status.DELIVERED, at=MONDAY), now=MONDAY)
        correction = correct(shipment)
        assert (shipment.status, shipment.reason, shipment.delivered_at) == (Status.UNKNOWN, "", None)
        assert (shipment.last_event_at, shipment.first_scan_at, shipment.first_attempt_at) == (None, None, None)
        assert statuses(shipment) == []
        assert [event.status for event in correction.events.all()] == [Status.DELIVERED]

    def test_the_new_carriers_scans_alone_make_the_headline(self):
        shipment = a_parcel()
        record(shipment, a_scan(Status.DELIVERED, at=MONDAY), now=MONDAY)
        correct(shipment)
        record(shipment, a_scan(Status.IN_TRANSIT, at=MONDAY), now=TUESDAY)
        assert (shipment.status, statuses(shipment)) == (Status.IN_TRANSIT, [Status.IN_TRANSIT])

    def test_both_carriers_may_name_a_scan_alike(self):
        shipment = a_parcel()
        record(shipment, a_scan(event_id="1", at=MONDAY))
        correct(shipment)
        record(shipment, a_scan(event_id="1", at=MONDAY))
        assert (shipment.events.count(), shipment.events.valid().count()) == (2, 1)

    def test_what_a_carrier_filled_in_is_forgotten_what_the_order_said_is_not(self):
        shipment = a_parcel(origin_country="", origin_city="", service="")
        told = TrackingUpdate(
            shipment.tracking_number,
            service="Parcel",
            origin=Location("Shenzhen", country="CN"),
            destination=Location(country="SE"),
            proof_of_delivery="Signed: X",
            handed_to=Handover("PostNord", "9"),
        )
        record_events(shipment.pk, told, source=Source.POLL, now=MONDAY)
        correct(shipment)
        assert (shipment.origin_country, shipment.origin_city, shipment.service) == ("", "", "")
        assert (shipment.proof_of_delivery, shipment.handed_to, shipment.handed_to_number) == ("", "", "")
        assert shipment.destination_country == "FI"

    def test_a_mistyped_number_goes_the_same_way(self):
        shipment = a_parcel(tracking_number="JD1")
        record(shipment, a_scan(Status.DELIVERED, at=MONDAY))
        correction = correct(shipment, "", number=" JD 2 ")
        assert (shipment.carrier, shipment.tracking_number) == ("dhl-unified", "JD2")
        assert (correction.old_number, correction.new_number) == ("JD1", "JD2")
        assert shipment.status == Status.UNKNOWN

    def test_the_carrier_behind_an_aggregator_too(self):
        shipment = a_parcel(carrier="aftership", courier="dhl")
        correct(shipment, "aftership", courier="gls")
        assert (shipment.carrier, shipment.courier) == ("aftership", "gls")

    def test_who_did_it_and_why_is_on_record(self):
        correction = correct(a_parcel(), note="The label says UPS.")
        kept = CarrierCorrection.objects.get()
        assert kept == correction
        assert (kept.old_carrier, kept.new_carrier, kept.by, kept.note, kept.at) == (
            "dhl-unified",
            "ups",
            "maija",
            "The label says UPS.",
            TUESDAY,
        )

    def test_going_back_brings_back_what_counted(self):
        shipment = a_parcel()
        record(shipment, a_scan(Status.IN_TRANSIT, at=MONDAY), window=window(9), now=MONDAY)
        correct(shipment)
        record(shipment, a_scan(Status.EXCEPTION, at=TUESDAY), window=window(12), now=TUESDAY)
        correct(shipment, "dhl-unified", now=WEDNESDAY)
        assert (shipment.status, statuses(shipment)) == (Status.IN_TRANSIT, [Status.IN_TRANSIT])
        assert (shipment.promise.source, shipment.promise.window.latest) == (Promiser.CARRIER, date(2026, 3, 9))


class TestRefusals:
    def refused(self, shipment, *args, **kw):
        with pytest.raises(ValidationError) as caught:
            correct_carrier(shipment.pk, *args, by="maija", **kw)
        assert not CarrierCorrection.objects.exists()
        return caught.value.message_dict

    def test_what_is_right_already_is_no_correction(self):
        shipment = a_parcel(tracking_number="JD1")
        told = {"carrier": ["There is nothing to correct: the parcel is JD1 of dhl-unified already."]}
        assert self.refused(shipment, "dhl-unified") == told
        assert self.refused(shipment, number="JD1") == told

    def test_a_carrier_must_be_known(self):
        assert self.refused(a_parcel(), "fedx")["carrier"] == ["There is no carrier “fedx”. Did you mean fedex?"]

    def test_a_number_must_fit(self):
        assert "has 65 characters" in self.refused(a_parcel(), number="1" * 65)["tracking_number"][0]

    def test_an_order_does_not_get_the_same_parcel_twice(self):
        order = an_order()
        a_shipment(order, carrier="ups", tracking_number="1Z9")
        wrong = a_shipment(order, tracking_number="1Z9")
        assert self.refused(wrong, "ups") == {
            "carrier": ["The order has a parcel 1Z9 of ups already: is this one a duplicate?"]
        }
        wrong.refresh_from_db()
        assert wrong.carrier == "dhl-unified"


class TestThePromise:
    def test_the_former_carriers_promise_is_withdrawn_by_an_entry_and_the_shops_stands_again(self):
        shipment = a_parcel()
        record(shipment, a_scan(at=MONDAY), window=window(9), now=MONDAY)
        correct(shipment)
        ledger = [(promise.source, promise.latest.day, promise.correction_id) for promise in shipment.promises.all()]
        wrong = CarrierCorrection.objects.get().pk
        assert ledger == [("merchant", 6, None), ("carrier", 9, wrong), ("merchant", 6, None)]
        assert shipment.promise == shipment.promises.last()

    def test_the_shops_own_promise_stays_as_it_is(self):
        shipment = a_parcel()
        promise = shipment.promise
        correct(shipment)
        assert shipment.promise == promise
        assert shipment.promises.count() == 1

    def test_the_new_carrier_may_promise_from_older_knowledge_than_the_former_had(self):
        shipment = a_parcel()
        record(shipment, a_scan(at=TUESDAY), window=window(9), now=TUESDAY)
        correct(shipment, now=WEDNESDAY)
        record(shipment, a_scan(at=MONDAY), window=window(10), now=WEDNESDAY)
        assert shipment.promise.latest == date(2026, 3, 10)

    def test_on_time_is_never_measured_by_a_wrong_carriers_promise(self):
        shipment = a_parcel(promised=False)
        record(shipment, a_scan(at=MONDAY), window=window(9), now=MONDAY)
        correct(shipment)
        assert shipment.promise is None
        record(shipment, a_scan(at=MONDAY), window=window(11), now=TUESDAY)
        assert first_promise(shipment).latest == date(2026, 3, 11)


class TestChanges:
    def test_the_change_is_on_record_and_nobody_is_to_be_told_of_it(self):
        shipment = a_parcel()
        record(shipment, a_scan(Status.DELIVERED, at=MONDAY), window=window(4), now=MONDAY)
        correct(shipment)
        changes = StatusChange.objects.filter(shipment=shipment, created_at=TUESDAY)
        assert [(change.kind, change.old, change.new) for change in changes.order_by("id")] == [
            (ChangeKind.STATUS, "delivered", "unknown"),
            (ChangeKind.PROMISE, "2026-03-04/2026-03-04", "2026-03-05/2026-03-06"),
        ]
        assert {change.planned_at for change in changes} == {TUESDAY}

    def test_a_delivery_that_counts_again_is_not_told_again(self):
        shipment = a_parcel()
        record(shipment, a_scan(Status.DELIVERED, at=MONDAY), now=MONDAY)
        correct(shipment)
        correct(shipment, "dhl-unified", now=WEDNESDAY)
        again = StatusChange.objects.get(shipment=shipment, new="delivered", created_at=WEDNESDAY)
        assert again.planned_at == WEDNESDAY

    def test_nobody_knows_whether_it_is_late_before_the_right_carrier_was_asked(self):
        shipment = a_parcel()
        late = utc(2026, 3, 9, 8)
        reassess(shipment.pk, late)
        shipment.refresh_from_db()
        assert shipment.risk == RiskState.LATE
        correct(shipment, now=late)
        assert (shipment.risk, shipment.risk_reason) == (RiskState.ON_TRACK, "")
        (change,) = reassess(shipment.pk, late + timedelta(hours=2))
        assert (change.new, change.planned_at) == (RiskState.LATE, None)

    def test_the_new_carriers_early_callbacks_are_looked_for_after_the_commit(self, django_capture_on_commit_callbacks):
        shipment, heard = a_parcel(), []

        def hear(ids, **_kw):
            heard.extend(ids)

        shipments_created.connect(hear)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                correct(shipment)
                assert heard == []
        finally:
            shipments_created.disconnect(hear)
        assert heard == [shipment.pk]


class TestLateNews:
    def test_a_callback_of_the_former_carrier_finds_no_parcel(self):
        shipment = a_parcel(tracking_number="00340434161094000001")
        its_namesake = a_parcel(merchant=shipment.merchant, tracking_number=shipment.tracking_number)
        account = an_account(shipment.merchant)
        correct(shipment)
        said = {"statusCode": "delivered", "status": "delivered", "timestamp": "2026-03-03T09:00:00Z"}
        body = json.dumps({"scope": "p", "shipments": [{"id": shipment.tracking_number, "status": said}]}).encode()
        delivery = CallbackDelivery.objects.create(
            merchant=shipment.merchant, account=account, digest="1", body=body, headers={}
        )
        assert services.process_delivery(delivery.pk) is True
        assert (its_namesake.events.count(), shipment.events.count()) == (1, 0)

    def test_what_was_asked_before_the_correction_is_another_parcels_news(self):
        shipment = a_parcel()
        asked = {"carrier": shipment.carrier, "tracking_number": shipment.tracking_number}
        correct(shipment)
        told = TrackingUpdate(shipment.tracking_number, (a_scan(),))
        assert record_events(shipment.pk, told, source=Source.POLL, spoken_of=asked) == []
        assert not shipment.events.exists()
        assert record_events(shipment.pk, told, source=Source.POLL, spoken_of={**asked, "carrier": "ups"})

"""The first promise against the first attempt, and the two files that tell it."""

import csv
import io
from datetime import date, time, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from orders.models import Promise, Promiser
from orders.services.corrections import correct_carrier
from orders.services.promises import make_promise
from orders.services.scoring import Lane, score
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.builders import a_merchant, a_scan, a_shipment, an_order, record, utc

pytestmark = pytest.mark.django_db

# A week of November; the promise ends on Wednesday at midnight in Helsinki, 22:00 UTC.
WEDNESDAY = date(2026, 11, 25)
ENDS_AT = utc(2026, 11, 25, 22)
LATER = utc(2026, 12, 20)
PERIOD = date(2026, 11, 1), date(2026, 11, 30)


@pytest.fixture
def merchant():
    return a_merchant()


def a_promised(merchant, *scans, latest=WEDNESDAY, **kw):
    """A parcel promised for this day at its destination, with these scans."""
    order = an_order(merchant, placed_at=utc(2026, 11, 20, 9))
    shipment = a_shipment(order, window=PromisedWindow(latest, latest), now=utc(2026, 11, 20, 10), **kw)
    if scans:
        record(shipment, *scans, now=utc(2026, 12, 1))
    return shipment


def told(status, at):
    return a_scan(status, at=at)


def only(merchant, now=LATER):
    rows = score(merchant, *PERIOD, now=now)
    assert len(rows) == 1
    return rows[0]


class TestOutcome:
    def test_a_minute_before_the_end_of_the_day_at_the_destination_is_kept(self, merchant):
        a_promised(merchant, told(Status.DELIVERED, ENDS_AT - timedelta(minutes=1)))
        assert (only(merchant).kept, only(merchant).missed, only(merchant).share) == (1, 0, 1.0)

    def test_midnight_there_is_too_late(self, merchant):
        a_promised(merchant, told(Status.DELIVERED, ENDS_AT))
        assert (only(merchant).kept, only(merchant).missed, only(merchant).share) == (0, 1, 0.0)

    @pytest.mark.parametrize(("zone", "kept"), [("America/New_York", 1), ("Pacific/Kiritimati", 0)])
    def test_the_destinations_zone_decides(self, merchant, zone, kept):
        a_promised(merchant, told(Status.DELIVERED, utc(2026, 11, 25, 15)), zone=zone)
        assert only(merchant).kept == kept

    def test_an_hour_that_was_promised_counts(self, merchant):
        window = PromisedWindow(WEDNESDAY, WEDNESDAY, to_time=time(12))
        order = an_order(merchant, placed_at=utc(2026, 11, 20, 9))
        record(a_shipment(order, window=window), told(Status.DELIVERED, utc(2026, 11, 25, 10, 1)))
        assert only(merchant).missed == 1

    @pytest.mark.parametrize("attempt", [Status.ATTEMPT_FAILED, Status.AVAILABLE_FOR_PICKUP])
    def test_the_first_attempt_counts_and_not_the_delivery(self, merchant, attempt):
        a_promised(
            merchant,
            told(attempt, ENDS_AT - timedelta(hours=4)),
            told(Status.DELIVERED, ENDS_AT + timedelta(days=2)),
        )
        assert (only(merchant).kept, only(merchant).hours_early) == (1, 4.0)

    def test_the_first_promise_counts_and_not_a_later_one(self, merchant):
        shipment = a_promised(merchant)
        later = PromisedWindow(date(2026, 11, 27), date(2026, 11, 27))
        make_promise(shipment, later, Promiser.CARRIER, as_of=LATER, now=LATER)
        shipment.save(update_fields=["promise"])
        record(shipment, told(Status.DELIVERED, utc(2026, 11, 26, 10)))
        assert (only(merchant).missed, only(merchant).hours_late) == (1, 12.0)

    def test_a_parcel_that_never_came_is_missed_by_the_hours_until_now(self, merchant):
        a_promised(merchant, told(Status.IN_TRANSIT, ENDS_AT - timedelta(days=2)))
        assert only(merchant, now=ENDS_AT + timedelta(hours=30)).hours_late == 30.0

    def test_a_parcel_still_in_time_is_open(self, merchant):
        a_promised(merchant, told(Status.IN_TRANSIT, ENDS_AT - timedelta(days=2)))
        row = only(merchant, now=ENDS_AT - timedelta(hours=1))
        assert (row.open, row.parcels, row.share) == (1, 0, None)

    @pytest.mark.parametrize("status", [Status.CANCELLED, Status.RETURNED])
    def test_what_was_called_off_before_any_attempt_is_not_counted(self, merchant, status):
        a_promised(merchant, told(status, ENDS_AT - timedelta(days=1)))
        assert (only(merchant).uncounted, only(merchant).parcels) == (1, 0)

    def test_a_label_that_nobody_ever_scanned_tells_nothing_of_the_carrier(self, merchant):
        a_promised(merchant)
        assert (only(merchant).uncounted, only(merchant).parcels) == (1, 0)


class TestRows:
    def test_there_is_one_for_each_carrier_lane_service_and_week(self, merchant):
        delivered = told(Status.DELIVERED, utc(2026, 11, 24, 9))
        a_promised(merchant, delivered)
        a_promised(merchant, delivered, service="Express")
        a_promised(merchant, delivered, carrier="ups", origin_country="")
        a_promised(merchant, delivered, latest=date(2026, 11, 30), destination_country="SE")
        assert [row.lane for row in score(merchant, *PERIOD, now=LATER)] == [
            Lane("dhl-unified", "DE", "FI", "", "2026-W48"),
            Lane("dhl-unified", "DE", "FI", "Express", "2026-W48"),
            Lane("dhl-unified", "DE", "SE", "", "2026-W49"),
            # Where the order did not say whence, it is from the shop.
            Lane("ups", "FI", "FI", "", "2026-W48"),
        ]

    def test_the_share_and_the_medians_are_over_the_parcels_of_the_row(self, merchant):
        for hours in (-1, -5, -6, 2, 8):
            a_promised(merchant, told(Status.DELIVERED, ENDS_AT + timedelta(hours=hours)))
        row = only(merchant)
        assert (row.parcels, row.share, row.hours_early, row.hours_late) == (5, 0.6, 5.0, 5.0)

    def test_a_week_over_new_year_is_named_by_the_calendar_of_weeks(self, merchant):
        a_promised(merchant, latest=date(2027, 1, 1))
        rows = score(merchant, date(2026, 12, 28), date(2027, 1, 3), now=LATER)
        assert [row.lane.week for row in rows] == ["2026-W53"]

    def test_both_ends_of_the_period_count_and_nothing_beyond(self, merchant):
        a_promised(merchant, latest=PERIOD[0])
        a_promised(merchant, latest=PERIOD[1])
        a_promised(merchant, latest=PERIOD[0] - timedelta(days=1))
        a_promised(merchant, latest=PERIOD[1] + timedelta(days=1))
        assert sum(row.uncounted for row in score(merchant, *PERIOD, now=LATER)) == 2

    def test_another_shops_parcels_are_not_in_it(self, merchant):
        a_promised(a_merchant("Sudwind"), told(Status.DELIVERED, utc(2026, 11, 24, 9)))
        assert score(merchant, *PERIOD, now=LATER) == []


def exported(*args) -> list[dict]:
    written = io.StringIO()
    call_command(*args, stdout=written)
    return list(csv.DictReader(io.StringIO(written.getvalue())))


class TestFiles:
    def test_the_ledger_is_exported_row_by_row_with_what_was_set_aside(self, merchant):
        shipment = a_promised(merchant)
        record(shipment, window=PromisedWindow(date(2026, 11, 27), date(2026, 11, 27), to_time=time(18)))
        correct_carrier(shipment.pk, "ups", by="tests")
        a_promised(a_merchant("Sudwind"))
        first, second, third = exported("export_promises", "--merchant", merchant.slug)
        assert [row["source"] for row in (first, second, third)] == ["merchant", "carrier", "merchant"]
        assert (second["latest"], second["to_time"], second["zone"]) == ("2026-11-27", "18:00:00", "Europe/Helsinki")
        assert (second["supersedes_id"], third["supersedes_id"]) == (first["id"], second["id"])
        assert (first["correction_id"], bool(second["correction_id"])) == ("", True)
        assert first["order_number"] == shipment.order.number
        assert first["made_at"] == "2026-11-20T10:00:00+00:00"

    def test_the_export_can_begin_at_a_day(self, merchant):
        a_promised(merchant)
        a_shipment(merchant=merchant)
        today = timezone.now().date().isoformat()
        rows = exported("export_promises", "--merchant", merchant.slug, "--since", today)
        assert [int(row["id"]) for row in rows] == [Promise.objects.latest("id").pk]

    def test_the_scores_are_written_as_they_are_told(self, merchant):
        a_promised(merchant, told(Status.DELIVERED, ENDS_AT - timedelta(hours=3)))
        since, until = (day.isoformat() for day in PERIOD)
        [row] = exported("score_promises", "--merchant", merchant.slug, "--since", since, "--until", until)
        assert (row["carrier"], row["week"], row["kept"], row["share"]) == ("dhl-unified", "2026-W48", "1", "1.0")
        assert (row["hours_early"], row["hours_late"]) == ("3.0", "")

    def test_a_shop_that_is_not_there_is_named_with_those_that_are(self, merchant):
        with pytest.raises(CommandError, match=f"no merchant 'nowhere'. Known are: {merchant.slug}"):
            exported("export_promises", "--merchant", "nowhere")

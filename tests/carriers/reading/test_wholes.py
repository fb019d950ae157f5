from datetime import UTC, date, datetime, time

import pytest

from carriers.reading.wholes import further, utc_moment
from orders.events import ParcelEvent
from orders.statuses import Status


@pytest.mark.parametrize(
    ("told", "zone", "moment"),
    [
        ("2026-03-05T14:00:00Z", "Europe/Oslo", (date(2026, 3, 5), time(15))),
        ("2026-03-05T14:00:00+0000", "Europe/Oslo", (date(2026, 3, 5), time(15))),
        ("2026-03-04T23:00:00Z", "Europe/Oslo", (date(2026, 3, 5), None)),
        ("2026-03-05T00:00:00Z", "Europe/Oslo", (date(2026, 3, 5), None)),
        ("2026-03-05T14:00:00", "Europe/Oslo", (date(2026, 3, 5), time(14))),
        ("2026-03-05T14:00:00Z", "", (date(2026, 3, 5), time(14))),
        ("soon", "Europe/Oslo", None),
    ],
)
def test_a_promise_in_utc_is_told_by_the_clock_of_the_destination(told, zone, moment):
    assert utc_moment(told, zone) == moment


def test_a_status_of_the_whole_counts_where_no_scan_has_come_as_far():
    scan = ParcelEvent(Status.OUT_FOR_DELIVERY, datetime(2026, 3, 5, tzinfo=UTC))
    assert further(Status.DELIVERED, [scan])
    assert not further(Status.OUT_FOR_DELIVERY, [scan])
    assert not further(Status.IN_TRANSIT, [scan])
    assert further(Status.IN_TRANSIT, [])

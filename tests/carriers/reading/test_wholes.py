from datetime import UTC, date, datetime, time

import pytest

from carriers.reading.wholes import completed, further, newest, utc_moment
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


def test_a_whole_that_says_more_is_an_event_of_its_own():
    scan = ParcelEvent(Status.OUT_FOR_DELIVERY, datetime(2026, 3, 5, tzinfo=UTC))
    delivered, departed = (ParcelEvent(status, scan.occurred_at) for status in (Status.DELIVERED, Status.IN_TRANSIT))
    assert completed((scan,), delivered) == (scan, delivered)
    assert completed((scan,), departed) == (scan,)
    assert completed((scan,), None) == (scan,)


def test_a_whole_without_a_time_stands_where_the_newest_event_stands():
    days = [datetime(2026, 3, day, tzinfo=UTC) for day in (5, 7, 6)]
    assert newest(ParcelEvent(Status.IN_TRANSIT, day, zone_known=False) for day in days) == (days[1], False)
    assert newest([]) is None

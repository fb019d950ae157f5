"""When a closed parcel was looked at, and what was known of it then."""

from orders.promise.parcels import ClosedParcel
from tests.builders import utc

SCANS = ((5.0, "in_transit", "Berlin"), (18.5, "exception", "Hamburg"))
PARCEL = ClosedParcel(1, ("dhl",), promised=30.0, took=40.0, known=utc(2026, 1, 5), scans=SCANS)


def seen(parcel):
    return [(round(one.promised - one.left, 1), one.silence, one.status) for one in parcel.looks()]


def test_at_the_order_at_each_scan_and_every_six_hours_after_them_until_the_promise_ends():
    assert seen(PARCEL) == [
        (0, 0, ""),
        (5, 0, "in_transit"),
        (11, 6, "in_transit"),
        (17, 12, "in_transit"),
        (18.5, 0, "exception"),
        (24.5, 6, "exception"),
    ]


def test_nobody_looks_once_it_has_come():
    assert seen(PARCEL._replace(took=12.0, scans=SCANS[:1]))[-1] == (11, 6, "in_transit")


def test_only_a_scan_makes_it_a_scanned_one():
    assert [one.is_scanned for one in PARCEL.looks()][:2] == [False, True]


def test_of_two_scans_at_once_the_later_one_counts():
    twice = PARCEL._replace(scans=(SCANS[0], (5.0, "out_for_delivery", "Berlin")))
    assert seen(twice)[1] == (5, 0, "out_for_delivery")


def test_a_parcel_no_scan_tells_of_is_looked_at_all_the_same():
    assert [silence for _, silence, _ in seen(PARCEL._replace(scans=()))] == [0, 6, 12, 18, 24]

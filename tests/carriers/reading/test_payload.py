from datetime import UTC, date, datetime, time

import pytest

from carriers.reading import (
    LocalMoment,
    clock_reading,
    event_of,
    instant,
    is_over,
    local_moment,
    location,
    members,
    offset_between,
    part,
    text,
    texts,
    window,
)
from orders.events import ParcelEvent
from orders.statuses import Status
from orders.windows import PromisedWindow

MISPLACED = (None, "x", 7, True, [], ["x"], {"other": 1})


@pytest.mark.parametrize("node", MISPLACED)
def test_whatever_stands_where_an_object_should_reads_as_nothing(node):
    assert part({"a": node}, "a", "b") == {}
    assert text({"a": node}, "a", "b") == ""
    assert members({"a": node}, "a", "b") == []
    assert texts({"a": node}, "a", "b") == []


def test_text_is_tidied_and_numbers_are_written_out():
    assert text({"a": "  Pickup \n Scan "}, "a") == "Pickup Scan"
    assert [text({"a": number}, "a") for number in (7777777770, 1.5, True)] == ["7777777770", "1.5", ""]


def test_one_object_where_a_list_is_documented_is_a_list_of_one():
    assert members({"a": {"b": 1}}, "a") == [{"b": 1}]
    assert members({"a": [{"b": 1}, None, "x", {"b": 2}]}, "a") == [{"b": 1}, {"b": 2}]
    assert texts({"a": ["1", 2, None, {}]}, "a") == ["1", "2"]


def test_a_country_that_is_no_code_is_none():
    assert [location(country=told).country for told in ("de", "DE", "Germany", "D", "null")] == ["DE", "DE", "", "", ""]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2024-08-12T15:18:10Z", "2024-08-12T15:18:10+00:00"),
        ("2024-08-12T15:18:10+0200", "2024-08-12T15:18:10+02:00"),
        ("2024-08-12T15:18:10 -0500", "2024-08-12T15:18:10-05:00"),
        ("2024-08-12 15:18:10 +01:00", "2024-08-12T15:18:10+01:00"),
        ("2024-08-12T15:18:10.1234567+13:00", "2024-08-12T15:18:10.123456+13:00"),
    ],
)
def test_a_time_keeps_the_zone_it_names(told, expected):
    found = instant(told, "Europe/Berlin")
    assert (found.at.isoformat(), found.zone_known) == (expected, True)


def test_a_naive_time_gets_the_given_zone_winter_and_summer():
    for told, expected in (("2024-01-10T12:00:00", "+01:00"), ("2024-07-10T12:00:00", "+02:00")):
        found = instant(told, "Europe/Berlin")
        assert (found.at.isoformat()[19:], found.zone_known) == (expected, False)


@pytest.mark.parametrize("told", ["", "soon", "2024-13-01T00:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_what_is_no_time_or_no_credible_one_is_none(told):
    assert instant(told, "UTC") is None
    assert local_moment(told) is None


def test_clock_readings_come_with_and_without_colons_and_leading_zeros():
    expected = datetime(2024, 3, 20, 7, 47)
    assert [clock_reading("20240320", hour) for hour in ("074700", "74700", "07:47:00")] == [expected] * 3
    assert [clock_reading(day, "074700") for day in ("", "string", "20241301")] == [None] * 3


def test_an_offset_is_one_that_some_place_keeps():
    noon = datetime(2024, 3, 20, 12)
    assert offset_between(noon.replace(hour=17, minute=45), noon).utcoffset(None).total_seconds() == 5.75 * 3600
    assert offset_between(noon.replace(minute=7), noon) is None
    assert offset_between(noon.replace(day=22), noon) is None


@pytest.mark.parametrize(
    ("told", "hour"),
    [
        ("2018-08-03", None),
        ("2018-08-03T00:00:00Z", None),
        ("2018-08-03T00:00:00-06:00", None),
        ("2018-08-03T23:59:59", None),
        ("2018-08-03T10:30:00-07:00", time(10, 30)),
        ("2018-08-03T22:00:00Z", time(22)),
    ],
)
def test_a_promise_is_read_by_the_local_clock_whatever_offset_follows(told, hour):
    assert local_moment(told) == LocalMoment(date(2018, 8, 3), hour)


def moment(day, hour=None):
    return LocalMoment(date(2026, 3, day), hour)


def test_a_window_with_one_end_is_that_day():
    day = PromisedWindow(date(2026, 3, 4), date(2026, 3, 4), zone="Europe/Berlin")
    assert window(None, moment(4), "Europe/Berlin") == window(moment(4), None, "Europe/Berlin") == day


def test_a_window_over_days_keeps_both_and_one_backwards_is_none():
    assert window(moment(4), moment(6), "").days() == (date(2026, 3, 4), date(2026, 3, 6))
    assert window(moment(6), moment(4), "") is None
    assert window(None, None, "") is None


def test_hours_that_run_backwards_on_one_day_are_dropped_and_the_day_kept():
    found = window(moment(4, time(15)), moment(4, time(9)), "")
    assert (found.latest, found.from_time, found.to_time) == (date(2026, 3, 4), None, None)


def test_the_zone_of_a_place_is_looked_for_only_where_the_time_names_none():
    asked = []
    zone = lambda: asked.append("asked") or "Europe/Helsinki"  # noqa: E731 - a zone that tells it was asked for
    assert instant("2026-03-05T14:00:00Z", zone).at == datetime(2026, 3, 5, 14, tzinfo=UTC)
    assert asked == []
    assert instant("2026-03-05T14:00:00", zone) == (datetime(2026, 3, 5, 12, tzinfo=UTC), False)
    assert asked == ["asked"]


def test_an_event_is_cut_to_what_is_stored_and_knows_whether_its_zone_was_told():
    scan = {"any": "thing"}
    happened = instant("2026-03-05T14:00:00", "Europe/Helsinki")
    event = event_of(scan, happened, Status.IN_TRANSIT, "c" * 99, "w" * 999, carrier="x" * 99)
    assert (len(event.code), len(event.description), len(event.carrier)) == (80, 500, 80)
    assert (event.occurred_at, event.zone_known, event.raw) == (happened.at, False, scan)


def test_a_journey_is_over_when_the_newest_that_is_known_of_it_is_final():
    def told(*statuses):
        return [ParcelEvent(status, datetime(2026, 3, day, tzinfo=UTC)) for day, status in enumerate(statuses, 1)]

    assert is_over(told(Status.IN_TRANSIT, Status.DELIVERED))
    assert is_over(told(Status.DELIVERED, Status.UNKNOWN))
    assert not is_over(told(Status.DELIVERED, Status.IN_TRANSIT))
    assert not is_over(told(Status.IN_TRANSIT, Status.UNKNOWN))
    assert not is_over([])

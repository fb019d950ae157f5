import json
from datetime import UTC, date, datetime, time, timedelta

import pytest

from carriers.sandbox import plots
from carriers.sandbox.lives import (
    Leg,
    Life,
    Moment,
    Place,
    Scan,
    events_at,
    life_from_json,
    life_to_json,
    promise_at,
    status_at,
)
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.sandbox.conftest import AUSTIN, LEIPZIG, START, route

FIRST = PromisedWindow(date(2026, 3, 4), date(2026, 3, 4))
SECOND = PromisedWindow(date(2026, 3, 6), date(2026, 3, 7), time(9), time(17), "America/Chicago")
LIFE = Life(
    "ups",
    "1Z1",
    START,
    LEIPZIG,
    AUSTIN,
    (
        Moment(7200, Status.EXCEPTION, AUSTIN, Reason.MISSORTED, promised=SECOND),
        Moment(-3600, Status.INFO_RECEIVED, LEIPZIG),
        Moment(0, Status.IN_TRANSIT, LEIPZIG, leg=Leg.PICKED_UP, text="Got it"),
    ),
    FIRST,
    "UPS Ground",
)


def test_only_what_has_happened_is_told_oldest_first():
    told = events_at(LIFE, START + timedelta(hours=1))
    assert [scan.moment.status for scan in told] == [Status.INFO_RECEIVED, Status.IN_TRANSIT]
    assert told[0].at == START - timedelta(hours=1)


def test_a_moment_happens_at_its_very_instant():
    assert status_at(LIFE, START) is Status.IN_TRANSIT
    assert status_at(LIFE, START - timedelta(seconds=1)) is Status.INFO_RECEIVED


def test_nothing_is_known_before_the_first_moment():
    assert status_at(LIFE, START - timedelta(hours=2)) is None


def test_a_promise_holds_until_the_carrier_makes_another():
    assert promise_at(LIFE, START) == FIRST
    assert promise_at(LIFE, START + timedelta(hours=2)) == SECOND


def test_a_scan_tells_the_time_on_the_clock_of_its_place():
    scan = Scan(datetime(2026, 7, 1, 3, 4, 5, 678, UTC), Moment(0, Status.IN_TRANSIT, AUSTIN))
    assert scan.local.isoformat() == "2026-06-30T22:04:05-05:00"


def test_a_life_survives_its_json_form():
    assert life_from_json(json.loads(json.dumps(life_to_json(LIFE)))) == LIFE


def test_a_life_without_its_number_is_refused_by_name():
    told = life_to_json(LIFE)
    del told["number"]
    with pytest.raises(ValueError, match="A life must say 'number'"):
        life_from_json(told)


def test_a_status_nobody_knows_is_refused():
    told = life_to_json(LIFE)
    told["moments"][0]["status"] = "teleported"
    with pytest.raises(ValueError, match="teleported"):
        life_from_json(told)


def test_a_start_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="has no zone; give an offset"):
        Life("ups", "1Z1", datetime(2026, 3, 2, 9), LEIPZIG, AUSTIN, ())


def test_a_place_in_a_country_of_many_clocks_must_name_its_own():
    with pytest.raises(ValueError, match="Perth, 'AU': no time zone is known for this country; give a `zone`"):
        Place("Perth", "6000", "AU")
    assert str(Place("Perth", "6000", "AU", zone="Australia/Perth").timezone) == "Australia/Perth"


ENDS = {
    "delivered": Status.DELIVERED,
    "label_only": Status.INFO_RECEIVED,
    "attempt_failed": Status.DELIVERED,
    "customs_hold": Status.DELIVERED,
    "goes_silent": Status.IN_TRANSIT,
    "returned_to_sender": Status.RETURNED,
    "ready_for_pickup": Status.AVAILABLE_FOR_PICKUP,
    "late": Status.DELIVERED,
    "address_problem": Status.EXCEPTION,
}


@pytest.mark.parametrize("name", plots.PLOTS)
def test_each_plot_begins_with_its_label_and_ends_as_it_says(name):
    life = plots.PLOTS[name](route("ups"))
    assert life.moments[0].status is Status.INFO_RECEIVED
    assert status_at(life, START + timedelta(days=30)) is ENDS[name]


def test_the_promise_is_the_destinations_day_of_the_delivery():
    # Delivered 50 hours after Monday 09:00 UTC, which is Wednesday 05:00 in Austin.
    assert plots.delivered(route("ups")).promised.days() == (date(2026, 3, 4), date(2026, 3, 4))


def test_a_parcel_for_pickup_may_be_collected():
    life = plots.ready_for_pickup(route("ups"), collected_after=20)
    assert [moment.status for moment in life.moments][-2:] == [Status.AVAILABLE_FOR_PICKUP, Status.DELIVERED]


def test_pace_shortens_every_wait_and_the_promise_with_it():
    life = plots.delivered(route("ups", pace=0.001))
    assert life.moments[-1].after == pytest.approx(50 * 3.6)
    assert life.promised.latest == date(2026, 3, 2)


def test_a_late_parcel_is_promised_anew_and_kept_to():
    life = plots.late(route("ups"), Reason.WEATHER, hours=72)
    trouble, last = next(moment for moment in life.moments if moment.reason), life.moments[-1]
    assert trouble.reason is Reason.WEATHER
    assert trouble.promised.latest == (START + timedelta(seconds=last.after)).astimezone(AUSTIN.timezone).date()
    assert trouble.promised.latest == life.promised.latest + timedelta(days=3)

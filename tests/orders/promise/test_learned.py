"""What closed parcels teach: the same in one run or in several, and nothing from the future."""

import json
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from orders.promise import learned as module
from orders.promise.calibration import calibration_error
from orders.promise.learned import Learned, study
from orders.promise.parcels import ClosedParcel, OpenParcel, lanes_of
from tests.builders import utc

LANES = lanes_of("dhl-unified", "Parcel", "DE", "FI", "00100")
STUCK = OpenParcel(LANES, "in_transit", "Hamburg", promised=72, left=30, silence=26, is_scanned=True)
MOVING = replace(STUCK, left=54, silence=2)


def parcels(count, seed=1, lanes=LANES):
    """From Berlin through Hamburg; one of seven stays there for two days more and comes late."""
    chosen = random.Random(seed)
    return [_parcel(chosen, number, lanes) for number in range(count)]


def _parcel(chosen, number, lanes):
    is_slow = chosen.random() < 1 / 7
    left = chosen.uniform(20, 30) + is_slow * 48
    return ClosedParcel(
        key=number,
        lanes=lanes,
        promised=72.0,
        took=left + chosen.uniform(16, 28),
        known=utc(2026, 1, 5) + number * timedelta(minutes=30),
        scans=((5.0, "in_transit", "Berlin"), (16.0, "in_transit", "Hamburg"), (left, "in_transit", "Helsinki")),
        silent_days=2 if is_slow else 0,
    )


def by_the_clock(count, seed=1):
    """Parcels that move at night, from one hub to the next, and come about noon; each hub may keep them for days.

    They are promised by the fourth midnight: between two nights time passes, and nothing is learnt of any parcel.
    """
    chosen = random.Random(seed)
    return [_nightly(chosen, number) for number in range(count)]


def _nightly(chosen, number):
    ordered, day, scans = chosen.uniform(8, 16), 0, []
    for hub in ("Berlin", "Hamburg", "Helsinki"):
        scans.append((24 * day + chosen.uniform(20, 24) - ordered, "in_transit", hub))
        day += 1
        while chosen.random() < 0.15:
            day += 1
    came = 24 * day + chosen.uniform(11, 15) - ordered
    scans.append((came - 5, "out_for_delivery", "Helsinki"))
    known = utc(2026, 1, 5) + number * timedelta(minutes=30)
    return ClosedParcel(number, LANES, promised=96 - ordered, took=came, known=known, scans=tuple(scans))


@pytest.fixture(scope="module")
def taught():
    return study(Learned(), parcels(600))[0]


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(module, "LATEST", 120)
    monkeypatch.setattr(module, "BLOCK", 40)


def as_json(learned):
    return json.loads(json.dumps(learned.to_json()))


def test_learning_in_several_runs_is_learning_in_one(small_blocks):
    history = parcels(500)
    at_once, last = study(Learned(), history)
    settled, mark = {}, -1
    for known in (90, 170, 171, 333, 500):
        so_far = Learned.from_json(settled)
        whole, settled_last = study(so_far, [parcel for parcel in history[:known] if parcel.key > mark])
        settled, mark = as_json(so_far), settled_last.key if settled_last else mark
    assert as_json(whole) == as_json(at_once)
    assert mark == last.key == 359


def test_all_but_the_latest_are_settled(small_blocks):
    settled = Learned()
    whole, last = study(settled, parcels(279))
    assert (settled.parcels, last.key, whole.parcels) == (120, 119, 279)


def test_how_parcels_end_changes_nothing_of_what_was_known_of_them_before():
    history = parcels(120)
    worse = [parcel._replace(took=parcel.took + 500) for parcel in history]
    as_it_was, as_it_might = study(Learned(), history[:80])[0], study(Learned(), history[:80])[0]
    told, might = as_it_was._replayed(history[80:]), as_it_might._replayed(worse[80:])
    assert all(other.is_late for other in might)
    for one, other in zip(told, might, strict=True):
        assert other.moments[: len(one.moments)] == one.moments


def test_it_says_the_same_after_it_was_stored(taught):
    again = Learned.from_json(as_json(taught))
    for parcel in (STUCK, MOVING):
        assert again.chance(again.row(parcel)) == pytest.approx(taught.chance(taught.row(parcel)))
        assert again.arrival(again.row(parcel)) == pytest.approx(taught.arrival(taught.row(parcel)))


def never_arrived(parcel):
    """Lost in Hamburg."""
    return parcel._replace(took=900.0, arrived=False, scans=parcel.scans[:2])


def test_parcels_that_never_arrived_are_late_and_lengthen_the_rest_of_the_way(taught):
    lost, _ = study(Learned(), [never_arrived(one) if one.key % 4 == 0 else one for one in parcels(600)])
    assert lost.late > taught.late + 100
    assert lost.chance(lost.row(MOVING)) > taught.chance(taught.row(MOVING))
    assert lost.has_left(STUCK) < taught.has_left(STUCK)
    assert lost.arrival(lost.row(STUCK))[1] > taught.arrival(taught.row(STUCK))[1]


def test_a_stay_whose_end_nobody_saw_counts_as_long_as_it_was_seen():
    learned, _ = study(Learned(), [never_arrived(one) for one in parcels(100)])
    assert not learned.model.history.life.ended
    assert learned.model.history.life.curve("in_transit", ("",)) == pytest.approx([1.0] * 201)
    assert learned.model.levels == {}


def test_a_parcel_that_others_had_overtaken_by_now_is_the_riskier(taught):
    assert taught.chance(taught.row(MOVING)) < 0.4
    assert taught.chance(taught.row(STUCK)) > 0.6
    assert taught.has_left(STUCK) > 0.8 > taught.has_left(MOVING)
    assert taught.in_time(taught.row(STUCK)) < 0.5 < taught.in_time(taught.row(MOVING))


def test_a_lane_without_a_history_borrows_from_the_wider_ones(taught):
    elsewhere = replace(STUCK, lanes=lanes_of("ups", "Ground", "DE", "SE", "11122"))
    assert taught.chance(taught.row(elsewhere)) == pytest.approx(taught.chance(taught.row(STUCK)), abs=0.25)
    assert taught.usual_silence(elsewhere.lanes) is None


def test_a_place_never_seen_counts_as_any_other(taught):
    nowhere = replace(MOVING, city="Utopia")
    assert taught.row(nowhere).state == "in_transit"
    assert taught.has_left(nowhere) == 0.0


def test_the_arrival_lies_between_earliest_and_latest(taught):
    earliest, likely, latest = taught.arrival(taught.row(MOVING))
    assert 0 < earliest < likely < latest < 120


def test_four_of_five_arrivals_fall_into_the_interval(taught):
    fresh, hits = parcels(400, seed=2), 0
    for parcel in fresh:
        start = OpenParcel(LANES, "in_transit", "Berlin", parcel.promised, parcel.promised - 5, 0.0, is_scanned=True)
        earliest, _, latest = taught.arrival(taught.row(start))
        hits += earliest <= parcel.took - 5 <= latest
    assert 0.72 <= hits / len(fresh) <= 0.88


@pytest.mark.parametrize("world", [parcels, by_the_clock])
def test_what_is_said_comes_true_as_often_whenever_the_clock_looks(world):
    taught, _ = study(Learned(), world(3000))
    said = [(taught.chance(taught.row(seen)), one.is_late) for one in world(800, seed=2) for seen in one.looks()]
    assert calibration_error(said, bins=10) < 0.04


def test_a_closed_parcel_is_asked_of_as_if_it_were_still_open(taught):
    parcel = _parcel(random.Random(1), 600, LANES)
    asked = [taught.row(seen) for seen in parcel.looks()]
    assert [moment for moment, _ in taught._told(parcel).moments] == [row.moment for row in asked]
    assert [row.moment for row in asked[:4]] == ["start", "scan", "P-72h", "scan"]


def test_the_usual_silence_of_a_service_is_what_parcels_in_time_keep_to(taught):
    assert taught.usual_silence(LANES) == 0


def test_a_promise_that_has_passed_is_missed(taught):
    assert taught.chance(taught.row(replace(MOVING, left=-1))) == 1.0


def test_a_shop_whose_parcels_were_never_late_can_learn():
    on_time = [parcel._replace(promised=500.0) for parcel in parcels(250)]
    taught, _ = study(Learned(), on_time)
    assert taught.late == 0
    assert taught.chance(taught.row(replace(MOVING, promised=500, left=450))) < 0.05


def test_no_history_is_learned_from_without_complaint():
    empty, last = study(Learned(), [])
    assert (empty.parcels, last) == (0, None)
    assert Learned.from_json(as_json(empty)).parcels == 0

import json
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
import requests

from carriers.sandbox import plots
from carriers.sandbox.lives import Place, events_at
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.sandbox import asking
from tests.carriers.sandbox.conftest import NUMBERS, START, route

NUMBER = NUMBERS["dhl-unified"]
TILBURG = Place("Tilburg", "5026", "NL")


def test_a_poll_gets_the_documented_shipment(sandbox, clock):
    clock.now = START.replace(day=4, hour=6)
    sandbox.add(plots.delivered(route("dhl-unified")))
    reply = asking.dhl(sandbox)
    (shipment,) = reply.json()["shipments"]
    assert reply.headers["Content-Type"] == "application/json"
    assert shipment["id"] == NUMBER
    assert shipment["service"] == "parcel-de"
    assert shipment["destination"]["address"] == {
        "countryCode": "US",
        "postalCode": "73301",
        "addressLocality": "Austin",
    }
    assert shipment["status"] == shipment["events"][0]
    assert shipment["status"]["statusCode"] == "transit"
    assert shipment["status"]["status"] == "The shipment has been loaded onto the delivery vehicle"
    assert [event["statusCode"] for event in shipment["events"]] == ["transit"] * 4 + ["pre-transit"]


def test_parcel_de_writes_berlin_time_without_a_zone_wherever_the_parcel_is(sandbox, clock):
    sandbox.add(plots.delivered(route("dhl-unified")))
    newest = asking.dhl(sandbox).json()["shipments"][0]["events"][0]
    # 50 hours after Monday 09:00 UTC: Wednesday 11:00 UTC, noon in Berlin, dawn in Austin.
    assert newest["timestamp"] == "2026-03-04T12:00:00"


def test_parcel_nl_writes_codes_and_amsterdam_time_with_its_offset(sandbox):
    sandbox.add(plots.attempt_failed(route("dhl-unified", destination=TILBURG, service="parcel-nl")))
    events = asking.dhl(sandbox).json()["shipments"][0]["events"]
    assert [event["status"] for event in events] == [
        "DELIVERED",
        "OUT_FOR_DELIVERY",
        "NOT_HOME",
        "OUT_FOR_DELIVERY",
        "PARCEL_ARRIVED_AT_LOCAL_DEPOT",
        "PARCEL_SORTED_AT_HUB",
        "PARCEL_COLLECTED",
        "PRENOTIFICATION_RECEIVED",
    ]
    assert events[2]["statusCode"] == "failure"
    assert events[2]["timestamp"] == "2026-03-04T12:00:00+01:00"


def test_every_code_of_parcel_nl_is_in_dhls_own_table(corpus):
    from carriers.sandbox.dhl_words import PARCEL_NL

    table = json.loads((corpus / "dhl-unified" / "codes-1.json").read_text())
    known = {row[1] for row in table if row[0] == "parcel-nl"}
    assert {code for _, code in PARCEL_NL.values()} <= known


def test_the_way_back_is_transit_by_code_and_told_by_words_only(sandbox, clock):
    sandbox.add(plots.returned_to_sender(route("dhl-unified")))
    clock.now = START.replace(day=5)
    status = asking.dhl(sandbox).json()["shipments"][0]["status"]
    assert (status["statusCode"], status["status"]) == ("transit", "The shipment is being returned to the sender")


def test_an_estimate_of_one_day_is_a_naive_midnight(sandbox, clock):
    clock.now = START
    sandbox.add(plots.delivered(route("dhl-unified")))
    shipment = asking.dhl(sandbox).json()["shipments"][0]
    assert shipment["estimatedTimeOfDelivery"] == "2026-03-04T00:00:00"
    assert shipment["estimatedTimeOfDeliveryRemark"] == "By End of Day"
    assert "estimatedDeliveryTimeFrame" not in shipment


def test_an_estimate_with_hours_has_a_frame(sandbox, clock):
    clock.now = START
    journey = route("dhl-unified")
    life = journey.life(journey.label())
    promised = PromisedWindow(date(2026, 3, 4), date(2026, 3, 5), time(9), time(17, 30))
    sandbox.add(replace(life, promised=promised))
    assert asking.dhl(sandbox).json()["shipments"][0]["estimatedDeliveryTimeFrame"] == {
        "estimatedFrom": "2026-03-04T09:00:00",
        "estimatedThrough": "2026-03-05T17:30:00",
    }


def test_after_delivery_nothing_is_estimated(sandbox):
    sandbox.add(plots.delivered(route("dhl-unified")))
    assert "estimatedTimeOfDelivery" not in asking.dhl(sandbox).json()["shipments"][0]


@pytest.mark.parametrize("key", ["", "refused"])
def test_a_call_without_a_good_key_is_unauthorized(sandbox, key):
    reply = asking.dhl(sandbox, key=key)
    assert reply.status_code == 401
    assert reply.json() == {
        "status": 401,
        "title": "Unauthorized",
        "detail": "Unauthorized for given resource.",
    }


def test_an_unknown_number_is_not_found_and_so_is_one_that_has_no_scan_yet(sandbox, clock):
    clock.now = START.replace(day=1)
    sandbox.add(plots.delivered(route("dhl-unified")))
    for number in (NUMBER, "8264715546"):
        reply = asking.dhl(sandbox, number)
        assert reply.status_code == 404
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert reply.json() == {
            "title": "No result found",
            "detail": "No shipment with given tracking number found.",
            "status": 404,
            "instance": f"/shipment/{number}",
        }


def test_a_call_without_a_number_is_invalid_input(sandbox):
    reply = asking.dhl(sandbox, number="")
    assert (reply.status_code, reply.json()["title"]) == (400, "Invalid input")


def test_a_push_tells_the_same_scan_as_the_poll_and_carries_the_token(sandbox, clock):
    life = plots.delivered(route("dhl-unified"), left=Reason.DELIVERED_TO_NEIGHBOUR)
    sandbox.add(life)
    wire = sandbox.wire("dhl-unified")
    push = wire.push(life, events_at(life, clock())[-1], secret="tok", address="http://dhl.test/sub-1")
    body = json.loads(push.body)
    assert push.headers["DHL-Hook-Token"] == "tok"
    assert (body["scope"], body["self"]) == ("subscription.push", "http://dhl.test/sub-1")
    assert body["shipments"][0]["status"] == asking.dhl(sandbox).json()["shipments"][0]["events"][0]
    assert body["shipments"][0]["status"]["status"] == "The shipment has been delivered to a neighbor"


def test_a_division_that_is_not_played_is_refused_with_those_that_are(sandbox):
    with pytest.raises(ValueError, match="no DHL division 'sameday' is played; choose one of parcel-de, parcel-nl"):
        sandbox.add(plots.delivered(route("dhl-unified", service="sameday")))


def test_a_moment_that_dhl_has_no_word_for_is_refused(sandbox):
    journey = route("dhl-unified")
    with pytest.raises(ValueError, match="This carrier has no code for cancelled"):
        sandbox.add(journey.life(journey.at(1, Status.CANCELLED)))


def test_another_path_is_not_found(sandbox):
    assert requests.get(f"{sandbox.base_url('dhl-unified')}/track", timeout=5).status_code == 404


def test_summer_time_is_written_as_the_clock_shows_it(sandbox, clock):
    summer = datetime(2026, 7, 1, 8, tzinfo=ZoneInfo("UTC"))
    clock.now = summer
    sandbox.add(plots.label_only(route("dhl-unified", started_at=summer)))
    assert asking.dhl(sandbox).json()["shipments"][0]["status"]["timestamp"] == "2026-07-01T10:00:00"

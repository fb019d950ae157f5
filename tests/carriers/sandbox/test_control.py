import json

import pytest
import requests

from carriers.sandbox.control import read_lives
from carriers.sandbox.lives import life_to_json
from carriers.sandbox.plots import delivered
from orders.reasons import Reason
from tests.carriers.sandbox import asking
from tests.carriers.sandbox.conftest import NUMBERS, START, route
from tests.carriers.sandbox.listener import wait_until

PLOT = {
    "plot": "customs_hold",
    "carrier": "ups",
    "number": NUMBERS["ups"],
    "started_at": START.isoformat(),
    "origin": {"city": "Leipzig", "postcode": "04103", "country": "DE"},
    "destination": {"city": "Austin", "postcode": "73301", "country": "US", "zone": "America/Chicago"},
    "with": {"reason": "customs_documents", "held": 24},
}


def post(sandbox, path, data):
    body = data if isinstance(data, bytes) else json.dumps(data)
    return requests.post(f"{sandbox.url}/_sandbox/{path}", data=body, timeout=10)


def test_lives_are_added_told_in_full_or_by_their_plot(sandbox):
    reply = post(sandbox, "parcels", [life_to_json(delivered(route("dhl-unified"))), PLOT])
    assert (reply.status_code, reply.json()) == (201, {"added": [NUMBERS["dhl-unified"], NUMBERS["ups"]]})
    assert asking.dhl(sandbox).status_code == 200
    assert "package" in asking.ups(sandbox).json()["trackResponse"]["shipment"][0]


def test_a_plots_own_arguments_are_heeded():
    (life,) = read_lives(PLOT)
    held, cleared = (moment for moment in life.moments if moment.reason or moment.leg == "cleared")
    assert held.reason is Reason.CUSTOMS_DOCUMENTS
    assert cleared.after - held.after == 24 * 3600


@pytest.mark.parametrize(
    ("path", "data", "trouble"),
    [
        ("parcels", b"{", "Expecting property name"),
        ("parcels", [1], "Parcels are JSON objects"),
        ("parcels", PLOT | {"plot": "vanishes"}, "There is no plot 'vanishes'; there are delivered, label_only"),
        (
            "parcels",
            PLOT | {"carrier": "pigeon"},
            "the carrier 'pigeon'; it plays dhl-unified, ups, fedex",
        ),
        ("parcels", PLOT | {"with": {"speed": 9}}, "unexpected keyword argument 'speed'"),
        ("parcels", {"carrier": "ups"}, "A life must say 'number'"),
        ("faults", {"carrier": "ups", "kind": "gremlin"}, "There is no fault 'gremlin'; there are latency, 429"),
        ("faults", {"kind": "500"}, "needs 'carrier'"),
        ("callbacks", {"carrier": "ups", "url": "http://x.test"}, "needs 'secret'"),
    ],
)
def test_a_bad_call_is_told_what_is_wrong(sandbox, path, data, trouble):
    reply = post(sandbox, path, data)
    assert reply.status_code == 400
    assert trouble in reply.json()["error"]


def test_a_call_there_is_not_lists_those_there_are(sandbox):
    reply = post(sandbox, "explode", {})
    assert reply.status_code == 404
    assert "POST /_sandbox/parcels" in reply.json()["error"]


def test_a_bad_life_keeps_the_good_ones_out_too(sandbox):
    bad = life_to_json(delivered(route("dhl-unified", service="sameday")))
    good = life_to_json(delivered(route("ups")))
    parcels = sandbox.lives("ups")
    assert post(sandbox, "parcels", [good, bad]).status_code == 400
    assert sandbox.lives("ups") == parcels


def test_faults_are_ordered_and_cleared(sandbox):
    assert post(sandbox, "faults", {"carrier": "dhl-unified", "kind": "503", "times": None}).status_code == 201
    assert asking.dhl(sandbox).status_code == 503
    assert requests.delete(f"{sandbox.url}/_sandbox/faults", timeout=5).status_code == 204
    assert asking.dhl(sandbox).status_code == 404


def test_limits_are_set_to_a_number_to_the_documented_one_and_lifted(sandbox):
    told = [
        post(sandbox, "limits", {"carrier": "dhl-unified", **limit}).json()["limit"]
        for limit in ({"calls": 600, "seconds": 60}, {}, {"calls": None})
    ]
    assert told == [{"calls": 600, "seconds": 60.0}, {"calls": 1, "seconds": 5}, None]
    assert [asking.dhl(sandbox).status_code for _ in range(2)] == [404, 404]


def test_a_subscription_is_made_and_its_pushes_are_in_the_log(sandbox, listener):
    post(sandbox, "parcels", PLOT)
    reply = post(sandbox, "callbacks", {"carrier": "ups", "url": listener.url, "secret": "tok"})
    assert (reply.status_code, reply.json()["state"]) == (201, "active")
    assert post(sandbox, "push", {"carrier": "ups", "number": NUMBERS["ups"]}).json() == {"queued": 1}
    wait_until(lambda: sandbox.ledger.pushes)
    (push,) = requests.get(f"{sandbox.url}/_sandbox/log", timeout=5).json()["pushes"]
    assert (push["carrier"], push["about"], push["attempt"], push["status"]) == ("ups", NUMBERS["ups"], 1, 200)


def test_no_secret_is_ever_in_the_log(sandbox, listener):
    post(sandbox, "parcels", PLOT)
    post(sandbox, "callbacks", {"carrier": "ups", "url": listener.url, "secret": "hush-hush"})
    post(sandbox, "push", {"carrier": "ups", "number": NUMBERS["ups"]})
    wait_until(lambda: sandbox.ledger.pushes)
    log = requests.get(f"{sandbox.url}/_sandbox/log", timeout=5).text
    page = requests.get(f"{sandbox.url}/", timeout=5).text
    assert listener.received[0].headers["credential"] == "hush-hush"
    assert "hush-hush" not in log + page


def test_an_unknown_parcel_cannot_be_pushed(sandbox):
    reply = post(sandbox, "push", {"carrier": "ups", "number": "1Z0"})
    assert (reply.status_code, reply.json()["error"]) == (404, "No parcel '1Z0' of 'ups' is played here.")


def test_the_log_counts_calls_per_carrier_and_status(sandbox):
    asking.dhl(sandbox)
    asking.dhl(sandbox, key="")
    asking.ups(sandbox)
    log = requests.get(f"{sandbox.url}/_sandbox/log", timeout=5).json()
    assert log["carriers"]["dhl-unified"] == {"calls": 2, "by_status": {"401": 1, "404": 1}}
    assert log["carriers"]["ups"] == {"calls": 2, "by_status": {"200": 2}}
    assert [call["path"] for call in log["calls"]][:2] == ["/track/shipments"] * 2

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from carriers.sandbox import plots
from carriers.sandbox.faults import Fault, Faults, Kind
from carriers.sandbox.wire import Limit
from tests.carriers.sandbox import asking
from tests.carriers.sandbox.conftest import NUMBERS, route

ASK = {"dhl-unified": asking.dhl, "ups": asking.ups, "fedex": asking.fedex}
carriers = pytest.mark.parametrize("carrier", ASK)


@pytest.fixture(autouse=True)
def parcels(sandbox):
    sandbox.add(*(plots.delivered(route(carrier)) for carrier in ASK))


@carriers
def test_a_fault_hits_the_next_calls_and_no_more(sandbox, carrier):
    sandbox.fault(carrier, "500", times=2)
    assert [ASK[carrier](sandbox).status_code for _ in range(3)] == [500, 500, 200]


@carriers
def test_a_fault_of_one_carrier_leaves_the_others_alone(sandbox, carrier):
    sandbox.fault(carrier, "503", times=None)
    assert {key: ask(sandbox).status_code for key, ask in ASK.items()} == {
        key: 503 if key == carrier else 200 for key in ASK
    }


@carriers
def test_too_many_calls_are_answered_with_retry_after(sandbox, carrier):
    sandbox.fault(carrier, "429", seconds=17)
    reply = ASK[carrier](sandbox)
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "17")
    assert "too many requests" in reply.text.lower()


@carriers
def test_a_failure_speaks_the_carriers_own_shape(sandbox, carrier):
    sandbox.fault(carrier, "500")
    body = ASK[carrier](sandbox).json()
    shapes = {
        "dhl-unified": lambda: body["status"] == 500,
        "ups": lambda: body["response"]["errors"][0]["code"] == "10004",
        "fedex": lambda: body["errors"][0]["code"] == "INTERNAL.SERVER.ERROR",
    }
    assert shapes[carrier]()


@carriers
def test_a_page_may_come_where_json_was_due(sandbox, carrier):
    sandbox.fault(carrier, "html")
    reply = ASK[carrier](sandbox)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert reply.text.startswith("<!DOCTYPE html>")


@carriers
def test_half_a_reply_is_no_json(sandbox, carrier):
    whole = ASK[carrier](sandbox).content
    sandbox.fault(carrier, "half")
    reply = ASK[carrier](sandbox)
    assert reply.status_code == 200
    assert len(reply.content) == len(whole) // 2
    with pytest.raises(ValueError, match=r"line 1 column \d+"):
        reply.json()


def test_latency_makes_the_answer_late_and_leaves_it_whole(sandbox):
    sandbox.fault("dhl-unified", "latency", seconds=0.3)
    asked = time.monotonic()
    assert asking.dhl(sandbox).status_code == 200
    assert time.monotonic() - asked >= 0.3


def test_delays_add_up_and_spare_nothing_of_another_fault():
    faults = Faults()
    faults.add(Fault("ups", Kind.LATENCY, times=None, seconds=0.2))
    faults.add(Fault("ups", Kind.LATENCY, times=1, seconds=0.5))
    faults.add(Fault("ups", Kind.FAILURE, times=1))
    delay, trouble = faults.take("ups", "tracking")
    assert (delay, trouble.kind) == (pytest.approx(0.7), Kind.FAILURE)
    assert faults.take("ups", "tracking") == (0.2, None)


def test_faults_are_used_in_the_order_they_were_given():
    faults = Faults()
    faults.add(Fault("ups", Kind.HTML, times=2))
    faults.add(Fault("ups", Kind.HALF))
    assert [faults.take("ups", "tracking")[1].kind for _ in range(3)] == [Kind.HTML, Kind.HTML, Kind.HALF]


def test_a_timeout_hangs_up_without_an_answer(sandbox):
    sandbox.fault("dhl-unified", "timeout", seconds=0.2)
    with pytest.raises(requests.ConnectionError):
        asking.dhl(sandbox)
    assert asking.dhl(sandbox).status_code == 200
    assert sandbox.ledger.as_json()["carriers"]["dhl-unified"]["by_status"] == {"0": 1, "200": 1}


def test_a_caller_that_waits_shorter_than_the_timeout_gives_up_itself(sandbox):
    sandbox.fault("dhl-unified", "timeout", seconds=30)
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{sandbox.base_url('dhl-unified')}/track/shipments", timeout=0.2)


def test_the_token_endpoint_has_faults_of_its_own(sandbox):
    sandbox.fault("ups", "503", on="token")
    assert asking.ups_token(sandbox).status_code == 503
    sandbox.fault("ups", "503")
    assert asking.ups_token(sandbox).status_code == 200


def test_cleared_faults_are_forgotten(sandbox):
    sandbox.fault("ups", "500", times=None)
    sandbox.fault("dhl-unified", "500", times=None)
    sandbox.faults.clear("ups")
    assert (asking.ups(sandbox).status_code, asking.dhl(sandbox).status_code) == (200, 500)


def test_an_exact_number_of_parallel_calls_is_hit(sandbox):
    sandbox.fault("dhl-unified", "500", times=7)
    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(lambda _: asking.dhl(sandbox).status_code, range(40)))
    assert (statuses.count(500), statuses.count(200)) == (7, 33)


def test_calls_over_the_limit_are_told_how_long_to_wait(sandbox):
    sandbox.rate_limits.limits["dhl-unified"] = Limit(calls=2, seconds=60)
    assert [asking.dhl(sandbox).status_code for _ in range(3)] == [200, 200, 429]
    assert 55 <= int(asking.dhl(sandbox).headers["Retry-After"]) <= 60


def test_a_limit_counts_each_key_for_itself(sandbox):
    sandbox.rate_limits.limits["dhl-unified"] = Limit(calls=1, seconds=60)
    assert [asking.dhl(sandbox, key=key).status_code for key in ("a", "a", "b")] == [200, 429, 200]


def test_a_limit_lets_calls_pass_again_after_its_window(sandbox):
    sandbox.rate_limits.limits["dhl-unified"] = Limit(calls=1, seconds=0.3)
    assert [asking.dhl(sandbox).status_code for _ in range(2)] == [200, 429]
    until = time.monotonic() + 10
    while asking.dhl(sandbox).status_code != 200:
        assert time.monotonic() < until, "the window never ended"


def test_the_documented_limit_of_dhl_is_one_call_in_five_seconds(sandbox):
    assert sandbox.wire("dhl-unified").documented_limit == Limit(calls=1, seconds=5)
    assert NUMBERS["dhl-unified"] in asking.dhl(sandbox).text

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
import requests

from carriers.sandbox import plots
from carriers.sandbox.pushing import State
from tests.carriers.sandbox.conftest import NUMBERS, START, route
from tests.carriers.sandbox.listener import wait_until


@pytest.fixture
def clock(clock):
    clock.now = START + timedelta(minutes=1)  # the label is printed, nothing else has happened
    return clock


def activate(received):
    """What a subscriber of DHL does with the first message."""
    body = json.loads(received.body)
    if body["scope"] != "subscription.validate":
        return
    headers = {"DHL-API-Key": "a-key", "DHL-API-Hook-Secret": body["secret"]}
    assert requests.post(body["self"], headers=headers, timeout=5).status_code == 204


def scopes(listener):
    return [json.loads(received.body)["scope"] for received in listener.received]


def test_dhl_asks_for_activation_then_is_ready_then_pushes(sandbox, clock, listener):
    listener.on_receive = activate
    sandbox.add(plots.delivered(route("dhl-unified")))
    assert sandbox.subscribe("dhl-unified", listener.url, "tok").state is State.ACTIVE
    clock.forward(hours=9)
    listener.wait_for(3)
    assert scopes(listener) == ["subscription.validate", "subscription.ready", "subscription.push"]
    assert {received.headers["DHL-Hook-Token"] for received in listener.received} == {"tok"}
    pushed = json.loads(listener.received[-1].body)["shipments"][0]
    assert (pushed["id"], pushed["status"]["status"]) == (NUMBERS["dhl-unified"], "The shipment has been picked up")


def test_the_activation_call_may_come_long_after_the_first_message(sandbox, listener):
    subscription = sandbox.subscribe("dhl-unified", listener.url, "tok", wait=0.1)
    assert subscription.state is State.WAITING
    activate(listener.wait_for(1)[0])
    assert subscription.live.wait(5)
    assert scopes(listener) == ["subscription.validate", "subscription.ready"]


def test_nothing_is_pushed_before_the_subscription_is_live(sandbox, clock, listener):
    sandbox.add(plots.delivered(route("dhl-unified")))
    sandbox.subscribe("dhl-unified", listener.url, "tok", wait=0.1)
    clock.forward(hours=9)
    listener.wait_for(1)
    activate(listener.received[0])
    listener.wait_for(3)
    assert scopes(listener) == ["subscription.validate", "subscription.ready", "subscription.push"]


def test_a_wrong_hook_secret_activates_nothing(sandbox, listener):
    subscription = sandbox.subscribe("dhl-unified", listener.url, "tok", wait=0.1)
    for secret in ({}, {"DHL-API-Hook-Secret": "guessed"}):
        assert requests.post(subscription.address, headers=secret, timeout=5).status_code == 401
    assert requests.post(subscription.address + "x", headers=secret, timeout=5).status_code == 404
    assert subscription.state is State.WAITING


def test_ups_pushes_each_new_moment_and_no_history(sandbox, clock, listener):
    sandbox.add(plots.delivered(route("ups")))
    clock.forward(hours=9)
    assert sandbox.subscribe("ups", listener.url, "tok").state is State.ACTIVE
    clock.forward(hours=35)
    listener.wait_for(3)
    codes = [json.loads(received.body)["activityStatus"]["code"] for received in listener.received]
    assert codes == ["DP", "AR", "OT"]
    assert {received.headers["credential"] for received in listener.received} == {"tok"}


def test_a_moment_is_pushed_once(sandbox, clock, listener):
    sandbox.add(plots.goes_silent(route("ups")))
    sandbox.subscribe("ups", listener.url, "tok")
    clock.forward(hours=9)
    listener.wait_for(1)
    clock.forward(hours=4)
    listener.wait_for(2)
    clock.forward(days=9)
    sandbox.add(plots.label_only(route("ups", number="1Z999AA10123450000", started_at=clock())))
    clock.forward(seconds=1)
    assert len(listener.wait_for(3)) == 3


def test_fedex_signs_the_raw_body(sandbox, clock, listener):
    sandbox.add(plots.delivered(route("fedex")))
    sandbox.subscribe("fedex", listener.url, "a-secret")
    clock.forward(hours=9)
    (received,) = listener.wait_for(1)
    expected = hmac.new(b"a-secret", received.body, hashlib.sha256).digest()
    assert received.headers["fdx-signature"] == base64.b64encode(expected).decode()


def test_a_push_that_fails_is_tried_three_times_with_growing_waits(sandbox, clock, listener):
    listener.statuses = [500, 503]
    sandbox.add(plots.delivered(route("ups")))
    sandbox.subscribe("ups", listener.url, "tok")
    clock.forward(hours=9)
    first, second, third = listener.wait_for(3)
    assert second.at - first.at >= 0.1
    assert third.at - second.at >= 0.4
    assert first.body == second.body == third.body
    wait_until(lambda: len(sandbox.ledger.pushes) == 3)
    assert [(each.attempt, each.status) for each in sandbox.ledger.pushes] == [(1, 500), (2, 503), (3, 200)]


def test_after_the_third_try_the_carrier_gives_up(sandbox, clock, listener):
    listener.statuses = [500] * 9
    sandbox.add(plots.goes_silent(route("ups")))
    sandbox.subscribe("ups", listener.url, "tok")
    clock.forward(hours=9)
    listener.wait_for(3)
    listener.statuses = []
    clock.forward(hours=4)
    assert len(listener.wait_for(4)) == 4
    wait_until(lambda: len(sandbox.ledger.pushes) == 4)
    assert [each.attempt for each in sandbox.ledger.pushes] == [1, 2, 3, 1]


def test_a_subscriber_that_is_not_there_is_noted(sandbox, clock, free_port):
    sandbox.add(plots.delivered(route("ups")))
    sandbox.subscribe("ups", f"http://127.0.0.1:{free_port}/", "tok")
    clock.forward(hours=9)
    wait_until(lambda: len(sandbox.ledger.pushes) == 3)
    assert {(each.status, each.answer) for each in sandbox.ledger.pushes} == {(0, "no answer: ConnectionError")}


def test_the_newest_scan_can_be_pushed_again(sandbox, clock, listener):
    sandbox.add(plots.delivered(route("ups")))
    clock.forward(days=9)
    sandbox.subscribe("ups", listener.url, "tok")
    assert sandbox.pusher.push_newest(sandbox.life("ups", NUMBERS["ups"])) == 1
    assert json.loads(listener.wait_for(1)[0].body)["activityStatus"]["type"] == "D"

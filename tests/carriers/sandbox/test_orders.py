"""Pushes ordered parcel by parcel, as UPS and DHL want it."""

import json
from datetime import timedelta

import pytest
import requests

from carriers.sandbox import plots
from carriers.sandbox.pushing import State
from tests.carriers.sandbox import asking
from tests.carriers.sandbox.conftest import NUMBERS, START, route
from tests.carriers.sandbox.listener import wait_until

UPS, DHL = NUMBERS["ups"], NUMBERS["dhl-unified"]
OTHER_UPS = "1Z999AA10123450000"


@pytest.fixture
def clock(clock):
    clock.now = START + timedelta(minutes=1)
    return clock


def codes(reply):
    return [error["code"] for error in reply.json()["response"]["errors"]]


def pushed(listener, name):
    return [json.loads(received.body).get(name) for received in listener.received]


def test_ups_pushes_the_ordered_numbers_only(sandbox, clock, listener):
    sandbox.add(plots.delivered(route("ups")), plots.delivered(route("ups", number=OTHER_UPS)))
    reply = asking.ups_subscribe(sandbox, listener.url, UPS)
    assert (reply.status_code, reply.json()) == (200, {"validTrackingNumbers": [UPS]})
    clock.forward(hours=44)
    listener.wait_for(4)
    wait_until(lambda: len(sandbox.ledger.pushes) == 4)
    assert set(pushed(listener, "trackingNumber")) == {UPS}
    assert {received.headers["credential"] for received in listener.received} == {"tok"}


def test_ups_names_the_numbers_that_it_does_not_take(sandbox, listener):
    reply = asking.ups_subscribe(sandbox, listener.url, UPS, "9205590164917312751089")
    assert reply.json() == {
        "validTrackingNumbers": [UPS],
        "invalidTrackingNumbers": ["9205590164917312751089"],
    }
    reply = asking.ups_subscribe(sandbox, listener.url, "9205590164917312751089")
    assert (reply.status_code, codes(reply)) == (400, ["VSS210"])
    assert reply.json()["invalidTrackingNumbers"] == ["9205590164917312751089"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"trackingNumberList": []}, "VSS200"),
        ({"trackingNumberList": [f"1Z999AA1{number:010}" for number in range(101)]}, "VSS220"),
        ({"locale": ""}, "VSS300"),
        ({"countryCode": None}, "VSS400"),
        ({"destination": {}}, "VSS500"),
        ({"destination": {"credential": "x", "credentialType": "Bearer"}}, "VSS600"),
        ({"destination": {"url": "https://portal.example/"}}, "VSS700"),
        ({"destination": {"url": "https://portal.example/", "credential": "x"}}, "VSS800"),
        ({"headers": {"transId": "1"}}, "VSS004"),
        ({"headers": {"transactionSrc": "tests"}}, "VSS002"),
    ],
)
def test_ups_says_what_is_wrong_with_an_order(sandbox, listener, changes, code):
    reply = asking.ups_subscribe(sandbox, listener.url, UPS, **changes)
    assert (reply.status_code, codes(reply)) == (400, [code])
    assert sandbox.pusher.subscriptions == []


def test_nobody_orders_without_a_token_or_key(sandbox, listener):
    assert asking.ups_subscribe(sandbox, listener.url, UPS, token="guessed").status_code == 401
    assert asking.dhl_subscribe(sandbox, listener.url, DHL, key="refused").status_code == 401
    assert sandbox.pusher.subscriptions == []


def test_an_order_at_ups_lives_for_fourteen_days(sandbox, clock, listener):
    asking.ups_subscribe(sandbox, listener.url, UPS, OTHER_UPS)
    asking.ups_subscribe(sandbox, f"{listener.url}&other", OTHER_UPS)
    clock.forward(days=13)
    asking.ups_subscribe(sandbox, listener.url, OTHER_UPS)  # renewed, in the place of the first
    clock.forward(days=2)
    later = {"started_at": clock()}
    sandbox.add(plots.label_only(route("ups", **later)), plots.label_only(route("ups", number=OTHER_UPS, **later)))
    clock.forward(minutes=1)
    listener.wait_for(1)
    sandbox.pusher.push_newest(sandbox.life("ups", OTHER_UPS))
    listener.wait_for(2)
    assert pushed(listener, "trackingNumber") == [OTHER_UPS, OTHER_UPS]


def test_dhl_wants_its_handshake_and_then_pushes_the_ordered_numbers_only(sandbox, clock, listener):
    other = "00340434161094000099"
    sandbox.add(plots.delivered(route("dhl-unified")), plots.delivered(route("dhl-unified", number=other)))
    reply = asking.dhl_subscribe(sandbox, listener.url, DHL)
    (subscription,) = sandbox.pusher.subscriptions
    assert (reply.status_code, reply.json()["id"]) == (201, subscription.address.rpartition("/")[2])
    asked = json.loads(listener.wait_for(1)[0].body)
    assert (asked["scope"], asked["self"]) == ("subscription.validate", subscription.address)
    requests.post(subscription.address, headers={"DHL-API-Hook-Secret": asked["secret"]}, timeout=5)
    clock.forward(hours=9)
    listener.wait_for(3)
    wait_until(lambda: len(sandbox.ledger.pushes) == 3)
    assert subscription.state is State.ACTIVE
    assert [each["id"] for each in pushed(listener, "shipments")[-1]] == [DHL]
    assert {received.headers["DHL-Hook-Token"] for received in listener.received} == {"tok"}


@pytest.mark.parametrize(
    "changes",
    [
        {"shipmentIDs": []},
        {"shipmentIDs": [str(number) for number in range(11)]},
        {"type": "Account"},
        {"format": "Short"},
        {"events": ["Sunshine"]},
        {"hook": {"uri": "https://portal.example/"}},
        {"hook": None},
    ],
)
def test_dhl_takes_no_order_that_it_does_not_document(sandbox, listener, changes):
    reply = asking.dhl_subscribe(sandbox, listener.url, DHL, **changes)
    assert (reply.status_code, reply.headers["Content-Type"]) == (400, "application/problem+json")
    assert sandbox.pusher.subscriptions == []


def test_a_carriers_trouble_also_hits_orders(sandbox, listener):
    sandbox.fault("dhl-unified", "503")
    assert asking.dhl_subscribe(sandbox, listener.url, DHL).status_code == 503
    assert sandbox.pusher.subscriptions == []


def test_whoever_subscribed_without_numbers_still_hears_of_every_parcel(sandbox, clock, listener):
    sandbox.subscribe("ups", listener.url, "tok")
    asking.ups_subscribe(sandbox, f"{listener.url}&other", OTHER_UPS)
    sandbox.add(plots.delivered(route("ups")))
    clock.forward(hours=9)
    (received,) = listener.wait_for(1)
    assert json.loads(received.body)["trackingNumber"] == UPS
    assert sandbox.pusher.push_newest(sandbox.life("ups", UPS)) == 1

import base64
import hashlib
import hmac
import json
from datetime import date, time, timedelta

import pytest
import requests

from carriers.sandbox import plots
from carriers.sandbox.fedex_words import WORDS
from carriers.sandbox.lives import events_at
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.sandbox import asking
from tests.carriers.sandbox.conftest import NUMBERS, START, route

NUMBER = NUMBERS["fedex"]


def result(sandbox, **options):
    return asking.fedex(sandbox, **options).json()["output"]["completeTrackResults"][0]["trackResults"][0]


def test_a_token_is_given_for_a_form_in_fedexs_shape(sandbox):
    granted = asking.fedex_token(sandbox).json()
    assert granted["access_token"]
    assert {name: granted[name] for name in ("token_type", "expires_in", "scope")} == {
        "token_type": "bearer",
        "expires_in": 3599,
        "scope": "CXS-TP",
    }


def test_bad_credentials_get_no_token(sandbox):
    reply = asking.fedex_token(sandbox, ("an-id", "refused"))
    assert reply.status_code == 401
    assert reply.json()["errors"] == [
        {
            "code": "NOT.AUTHORIZED.ERROR",
            "message": "The given client credentials were not valid. Please modify your request and try again.",
        }
    ]


def test_a_token_expires(sandbox, clock):
    token = asking.fedex_token(sandbox).json()["access_token"]
    clock.forward(seconds=3598)
    assert asking.fedex(sandbox, token=token).status_code == 200
    clock.forward(seconds=1)
    reply = asking.fedex(sandbox, token=token)
    assert reply.status_code == 401
    assert reply.json()["errors"][0]["message"] == "Access token expired. Please modify your request and try again."


def test_a_poll_gets_the_documented_result(sandbox, clock):
    clock.now = START + timedelta(hours=45)
    sandbox.add(plots.delivered(route("fedex")))
    found = result(sandbox)
    assert found["trackingNumberInfo"]["trackingNumber"] == NUMBER
    assert found["latestStatusDetail"]["code"] == "OD"
    assert found["latestStatusDetail"]["description"] == "On FedEx vehicle for delivery"
    assert [(scan["eventType"], scan["derivedStatusCode"]) for scan in found["scanEvents"]] == [
        ("OD", "IT"),
        ("AR", "IT"),
        ("DP", "IT"),
        ("PU", "PU"),
        ("OC", "IN"),
    ]


def test_each_scan_has_the_time_and_offset_of_its_own_place(sandbox):
    sandbox.add(plots.delivered(route("fedex")))
    scans = result(sandbox)["scanEvents"]
    assert scans[0]["date"] == "2026-03-04T05:00:00-06:00"
    assert scans[-1]["date"] == "2026-03-02T10:00:00+01:00"
    assert scans[0]["scanLocation"] == {
        "city": "AUSTIN",
        "stateOrProvinceCode": "TX",
        "postalCode": "73301",
        "countryCode": "US",
        "residential": False,
    }


def test_without_detailed_scans_only_the_newest_is_told(sandbox):
    sandbox.add(plots.delivered(route("fedex")))
    assert len(result(sandbox, detailed=False)["scanEvents"]) == 1


def test_a_failed_attempt_says_why(sandbox, clock):
    clock.now = START + timedelta(hours=51)
    sandbox.add(plots.attempt_failed(route("fedex")))
    newest = result(sandbox)["scanEvents"][0]
    assert (newest["eventType"], newest["exceptionCode"]) == ("DE", "08")
    assert newest["exceptionDescription"] == "Customer not available or business closed"


def test_bad_weather_is_a_delay_detail(sandbox, clock):
    clock.now = START + timedelta(hours=27)
    sandbox.add(plots.late(route("fedex"), Reason.WEATHER))
    assert result(sandbox)["scanEvents"][0]["delayDetail"] == {"type": "WEATHER", "subType": "", "status": "DELAYED"}


def test_the_first_promise_is_the_commitment_and_the_newest_the_estimate(sandbox, clock):
    clock.now = START + timedelta(hours=27)
    sandbox.add(plots.late(route("fedex")))
    found = result(sandbox)
    assert found["dateAndTimes"] == [
        {"type": "ESTIMATED_DELIVERY", "dateTime": "2026-03-06T00:00:00-06:00"},
        {"type": "COMMITMENT", "dateTime": "2026-03-04T00:00:00-06:00"},
    ]
    assert found["standardTransitTimeWindow"]["window"] == {"ends": "2026-03-04T00:00:00-06:00"}
    assert found["estimatedDeliveryTimeWindow"]["window"] == {}


def test_hours_of_the_promise_are_the_estimated_window(sandbox):
    journey = route("fedex")
    promised = PromisedWindow(date(2026, 3, 5), date(2026, 3, 5), time(13, 15), time(17, 15))
    sandbox.add(journey.life(journey.at(0, Status.IN_TRANSIT, promised=promised)))
    assert result(sandbox)["estimatedDeliveryTimeWindow"]["window"] == {
        "begins": "2026-03-05T13:15:00-06:00",
        "ends": "2026-03-05T17:15:00-06:00",
    }


def test_a_delivered_parcel_says_when_and_estimates_nothing(sandbox):
    sandbox.add(plots.delivered(route("fedex")))
    found = result(sandbox)
    assert found["dateAndTimes"][0] == {"type": "ACTUAL_DELIVERY", "dateTime": "2026-03-04T05:00:00-06:00"}
    assert "ESTIMATED_DELIVERY" not in {each["type"] for each in found["dateAndTimes"]}


def test_one_call_tells_of_many_numbers_and_which_of_them_is_unknown(sandbox):
    sandbox.add(plots.delivered(route("fedex")))
    first, second = asking.fedex(sandbox, NUMBER, "39936862321").json()["output"]["completeTrackResults"]
    assert "error" not in first["trackResults"][0]
    assert second["trackingNumber"] == "39936862321"
    assert second["trackResults"][0]["error"] == {
        "code": "TRACKING.TRACKINGNUMBER.NOTFOUND",
        "message": "Tracking number cannot be found. Please correct the tracking number and try again.",
    }


def test_a_call_without_a_number_is_refused(sandbox):
    token = asking.fedex_token(sandbox).json()["access_token"]
    reply = requests.post(
        f"{sandbox.base_url('fedex')}/track/v1/trackingnumbers",
        data=b"not json",
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["code"] == "TRACKING.TRACKINGNUMBER.EMPTY"


def test_more_than_thirty_numbers_are_refused(sandbox):
    assert asking.fedex(sandbox, *map(str, range(30))).status_code == 200
    assert asking.fedex(sandbox, *map(str, range(31))).status_code == 400


def test_a_push_is_a_track_reply_signed_over_its_raw_body(sandbox):
    life = plots.delivered(route("fedex"))
    push = sandbox.wire("fedex").push(life, events_at(life, START + timedelta(days=9))[-1], secret="tök", address="")
    expected = hmac.new("tök".encode(), push.body, hashlib.sha256).digest()
    assert base64.b64decode(push.headers["fdx-signature"]) == expected
    complete = json.loads(push.body)["output"]["completeTrackResults"][0]
    assert complete["trackingNumber"] == NUMBER
    assert [scan["eventType"] for scan in complete["trackResults"][0]["scanEvents"]] == ["DL"]


@pytest.mark.parametrize("words", WORDS.values(), ids=lambda words: f"{words.type}-{words.exception}")
def test_every_event_type_is_in_fedexs_own_table(words, corpus):
    table = json.loads((corpus / "fedex" / "codes-1.json").read_text())
    assert words.type in {row[0] for row in table}

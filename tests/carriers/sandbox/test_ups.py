import json
from datetime import date, time, timedelta

import pytest
import requests

from carriers.sandbox import plots
from carriers.sandbox.lives import events_at
from carriers.sandbox.ups_words import STATUS_WORDS, WORDS
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.sandbox import asking
from tests.carriers.sandbox.conftest import NUMBERS, START, route

NUMBER = NUMBERS["ups"]


def package(sandbox):
    return asking.ups(sandbox).json()["trackResponse"]["shipment"][0]["package"][0]


def test_a_token_is_given_for_basic_credentials_in_upss_shape(sandbox):
    granted = asking.ups_token(sandbox).json()
    assert granted["token_type"] == "Bearer"
    assert granted["client_id"] == "an-id"
    assert granted["expires_in"] == "14399"
    assert granted["issued_at"].isdecimal()
    assert granted["status"] == "approved"


@pytest.mark.parametrize("client", [("an-id", "refused"), ("", ""), ("an-id", "")])
def test_bad_credentials_get_no_token(sandbox, client):
    reply = asking.ups_token(sandbox, client)
    assert reply.status_code == 401
    assert reply.json() == {"response": {"errors": [{"code": "10401", "message": "ClientId is Invalid"}]}}


def test_a_poll_gets_the_documented_package(sandbox, clock):
    clock.now = START + timedelta(hours=45)
    sandbox.add(plots.delivered(route("ups", service="UPS Saver")))
    found = package(sandbox)
    assert found["trackingNumber"] == NUMBER
    assert found["currentStatus"] == {
        "description": "Out for Delivery",
        "code": "021",
        "simplifiedTextDescription": "Out For Delivery Today",
    }
    assert found["service"]["description"] == "UPS Saver"
    assert [(each["status"]["type"], each["status"].get("code")) for each in found["activity"]] == [
        ("I", "OT"),
        ("I", "AR"),
        ("I", "DP"),
        ("I", "OR"),
        ("M", "MP"),
    ]


def test_an_activity_tells_local_time_and_the_same_instant_in_gmt(sandbox, clock):
    clock.now = START + timedelta(hours=45)
    sandbox.add(plots.delivered(route("ups")))
    newest = package(sandbox)["activity"][0]
    # 44 hours after Monday 09:00 UTC: Wednesday 05:00 UTC, which is Tuesday 23:00 in Austin.
    assert (newest["date"], newest["time"]) == ("20260303", "230000")
    assert (newest["gmtDate"], newest["gmtTime"], newest["gmtOffset"]) == ("20260304", "05:00:00", "-06:00")


def test_a_new_promise_is_rescheduled_and_not_scheduled(sandbox, clock):
    sandbox.add(plots.late(route("ups")))
    clock.now = START + timedelta(hours=1)
    assert package(sandbox)["deliveryDate"] == [{"type": "SDD", "date": "20260304"}]
    clock.now = START + timedelta(hours=30)
    found = package(sandbox)
    assert found["deliveryDate"] == [{"type": "RDD", "date": "20260306"}]
    assert found["deliveryTime"] == {"type": "EOD"}


def test_hours_of_the_promise_are_an_estimated_delivery_window(sandbox, clock):
    journey = route("ups")
    promised = PromisedWindow(date(2026, 3, 5), date(2026, 3, 5), time(13, 15), time(17, 15))
    sandbox.add(journey.life(journey.at(0, Status.IN_TRANSIT, promised=promised)))
    found = package(sandbox)
    assert found["deliveryDate"] == [{"type": "RDD", "date": "20260305"}]
    assert found["deliveryTime"] == {"type": "EDW", "startTime": "131500", "endTime": "171500"}


def test_a_delivered_package_says_when(sandbox):
    sandbox.add(plots.delivered(route("ups")))
    found = package(sandbox)
    assert found["deliveryDate"] == [{"type": "DEL", "date": "20260304"}]
    assert found["deliveryTime"] == {"type": "DEL", "endTime": "050000"}


def test_an_unknown_number_is_a_warning_in_a_success(sandbox):
    reply = asking.ups(sandbox, "1Z9912350341235622")
    assert reply.status_code == 200
    assert reply.json()["trackResponse"]["shipment"] == [
        {
            "inquiryNumber": "1Z9912350341235622",
            "warnings": [{"code": "TW0001", "message": "Tracking Information Not Found"}],
        }
    ]


def test_a_number_of_impossible_length_is_invalid(sandbox):
    reply = asking.ups(sandbox, "1Z12")
    assert reply.status_code == 400
    assert reply.json() == {"response": {"errors": [{"code": "TV1002", "message": "Invalid inquiry number"}]}}


def test_a_token_expires(sandbox, clock):
    token = asking.ups_token(sandbox).json()["access_token"]
    clock.forward(seconds=14398)
    assert asking.ups(sandbox, token=token).status_code == 200
    clock.forward(seconds=1)
    reply = asking.ups(sandbox, token=token)
    assert reply.status_code == 401
    assert reply.json()["response"]["errors"] == [{"code": "250002", "message": "Invalid Authentication Information"}]


def test_a_token_that_was_never_given_is_not_accepted(sandbox):
    assert asking.ups(sandbox, token="made-up").status_code == 401


def test_a_call_without_its_required_headers_is_refused(sandbox):
    token = asking.ups_token(sandbox).json()["access_token"]
    reply = requests.get(
        f"{sandbox.base_url('ups')}/api/track/v1/details/{NUMBER}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )
    assert reply.status_code == 400


def test_a_track_alert_has_the_documented_shape_and_the_credential(sandbox):
    life = plots.delivered(route("ups"))
    push = sandbox.wire("ups").push(life, events_at(life, START + timedelta(days=9))[-1], secret="tok", address="")
    assert push.headers["credential"] == "tok"
    assert push.headers["User-Agent"] == "UPSPubSubTrackingService"
    assert json.loads(push.body) == {
        "trackingNumber": NUMBER,
        "localActivityDate": "20260304",
        "localActivityTime": "050000",
        "activityLocation": {"city": "Austin", "stateProvince": "TX", "postalCode": "73301", "country": "US"},
        "activityStatus": {"type": "D", "code": "FS", "description": "DELIVERED", "descriptionCode": "011"},
        "scheduledDeliveryDate": "20260304",
        "gmtActivityDate": "20260304",
        "gmtActivityTime": "110000",
        "actualDeliveryDate": "20260304",
        "actualDeliveryTime": "050000",
    }


def test_a_release_from_customs_keeps_the_type_of_an_exception(sandbox, clock):
    sandbox.add(plots.customs_hold(route("ups"), Reason.CUSTOMS_DOCUMENTS))
    clock.now = START + timedelta(hours=73)
    released, held = package(sandbox)["activity"][:2]
    assert (released["status"]["type"], released["status"]["statusCode"]) == ("X", "014")
    assert (held["status"]["type"], held["status"]["code"], held["status"]["statusCode"]) == ("X", "BB", "058")


def test_every_status_code_is_in_upss_own_table_with_those_words(corpus):
    table = json.loads((corpus / "ups" / "codes-2.json").read_text())
    known = {f"{int(code):03}": words for code, words in table[1:]}
    assert {words.status_code for words in WORDS.values()} == set(STATUS_WORDS)
    assert {code: known[code] for code in STATUS_WORDS} == STATUS_WORDS


def test_every_exception_has_the_text_of_upss_own_table(corpus):
    table = {tuple(row[:2]) for row in json.loads((corpus / "ups" / "codes-3.json").read_text())}
    exceptions = [words for words in WORDS.values() if words.type == "X" and words.status_code != "014"]
    assert [words for words in exceptions if (words.code, words.text) not in table] == []

import time
from email.utils import parsedate_to_datetime

import pytest
import requests

from tests.alerts.sandbox.conftest import ACCOUNT, PHONE, SHOP, TOKEN, text


def fault(inbox, **order):
    reply = requests.post(f"{inbox.url}/_sandbox/faults", json=order, timeout=5)
    assert reply.status_code == 201, reply.text


def test_an_accepted_text_is_a_message_resource_as_twilio_documents_it(inbox):
    reply = text(inbox)
    message = reply.json()
    assert reply.status_code == 201
    assert message["sid"].startswith("SM")
    assert len(message["sid"]) == 34
    assert parsedate_to_datetime(message["date_created"]).utcoffset().total_seconds() == 0
    assert {name: message[name] for name in message if name not in ("sid", "date_created", "date_updated")} == {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": "Your parcel is late.",
        "date_sent": None,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": SHOP,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "status": "queued",
        "subresource_uris": {"media": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message['sid']}/Media.json"},
        "to": PHONE,
        "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message['sid']}.json",
    }


def test_a_messaging_service_accepts_first_and_counts_later(inbox):
    message = text(inbox, From=None, MessagingServiceSid="MG1").json()
    assert (message["status"], message["num_segments"], message["from"]) == ("accepted", "0", None)
    assert message["messaging_service_sid"] == "MG1"


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"To": ""}, 400, 21604),
        ({"To": "0401234567"}, 400, 21211),
        ({"To": "+0401234567"}, 400, 21211),
        ({"From": ""}, 400, 21603),
        ({"Body": ""}, 400, 21602),
        ({"Body": "x" * 1601}, 400, 21617),
        ({"StatusCallback": "receipts"}, 400, 21609),
        ({"To": "+15005550001"}, 400, 21211),
        ({"To": "+15005550002"}, 400, 21612),
        ({"To": "+15005550003"}, 403, 21408),
        ({"To": "+15005550004"}, 400, 21610),
        ({"To": "+15005550009"}, 400, 21614),
    ],
)
def test_a_text_that_cannot_go_gets_twilios_error_and_is_not_kept(inbox, form, status, code):
    reply = text(inbox, **form)
    assert reply.status_code == status
    error = reply.json()
    assert (error["code"], error["status"]) == (code, status)
    assert error["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert inbox.phones.all() == []


def test_an_invalid_number_is_named(inbox):
    assert text(inbox, To="+1").json()["message"] == "Invalid 'To' Phone Number: +1"


@pytest.mark.parametrize("auth", [None, (ACCOUNT, "refused"), (ACCOUNT, ""), ("AC-other", TOKEN)])
def test_a_caller_who_is_not_the_account_must_authenticate(inbox, auth):
    reply = text(inbox, auth=auth)
    assert reply.status_code == 401
    assert reply.json() == {
        "code": 20003,
        "message": "Authenticate",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    }


def test_too_many_texts_are_turned_away_with_retry_after(inbox):
    fault(inbox, kind="429", seconds=9)
    reply = text(inbox)
    assert (reply.status_code, reply.headers["Retry-After"], reply.json()["code"]) == (429, "9", 20429)
    assert text(inbox).status_code == 201


def test_a_failing_gateway_takes_nothing(inbox):
    fault(inbox, kind="500", times=2)
    assert [text(inbox).status_code for _ in range(3)] == [500, 500, 201]
    assert len(inbox.phones.all()) == 1


def test_a_timeout_takes_the_text_and_never_answers(inbox):
    fault(inbox, kind="timeout", seconds=0.2)
    with pytest.raises(requests.ConnectionError):
        text(inbox)
    assert [each.to for each in inbox.phones.all()] == [PHONE]


def test_latency_makes_the_answer_late(inbox):
    fault(inbox, kind="latency", seconds=0.3)
    began = time.monotonic()
    assert text(inbox).status_code == 201
    assert time.monotonic() - began >= 0.3


def test_a_fault_may_be_for_one_number_only(inbox):
    fault(inbox, kind="500", times=None, to="+358409999999")
    assert text(inbox).status_code == 201
    assert text(inbox, To="+358409999999").status_code == 500


def test_a_fault_there_is_not_lists_those_there_are(inbox):
    reply = requests.post(f"{inbox.url}/_sandbox/faults", json={"kind": "gremlin"}, timeout=5)
    assert reply.status_code == 400
    assert (
        "There is no fault 'gremlin'; there are latency, 429, 500, 502, 200, timeout, undelivered"
        in reply.json()["error"]
    )


def test_messages_are_listed_by_number_newest_first_for_reconciliation(inbox):
    for body in ("one", "two"):
        text(inbox, Body=body)
    text(inbox, To="+358409999999")
    listed = requests.get(
        f"{inbox.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        params={"To": PHONE, "PageSize": 1},
        auth=(ACCOUNT, TOKEN),
        timeout=5,
    ).json()
    assert [message["body"] for message in listed["messages"]] == ["two"]
    assert (listed["page"], listed["page_size"], listed["next_page_uri"]) == (0, 1, None)


def test_one_message_is_read_by_its_sid_and_only_by_its_account(inbox):
    sid = text(inbox).json()["sid"]
    path = f"{inbox.url}/2010-04-01/Accounts/{{}}/Messages/{sid}.json"
    assert requests.get(path.format(ACCOUNT), auth=(ACCOUNT, TOKEN), timeout=5).json()["sid"] == sid
    other = requests.get(path.format("AC-other"), auth=("AC-other", TOKEN), timeout=5)
    assert (other.status_code, other.json()["code"]) == (404, 20404)

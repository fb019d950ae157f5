"""The pretend push service objects to what real ones object to, and shows what a browser would."""

import time

import pytest
import requests
from py_vapid import Vapid02

from alerts.channels.push import encrypted

MESSAGE = b'{"title": "Out for delivery", "tag": "parcel-1"}'


@pytest.fixture
def browser(inbox):
    return inbox.browsers.new()


def push(browser, message=MESSAGE, body=None, **headers):
    """Post a message as a good sender does; a header that is None is left out."""
    vapid = Vapid02()
    vapid.generate_keys()
    claims = {"aud": "http://127.0.0.1", "exp": int(time.time()) + 60, "sub": "mailto:orders@portal.test"}
    told = {"TTL": "60", "Content-Encoding": "aes128gcm", **vapid.sign(claims), **headers}
    body = encrypted(message, browser.subscription) if body is None else body
    return requests.post(browser.endpoint, body, headers=told, timeout=5)


def test_a_message_is_read_and_shown(browser):
    assert push(browser).status_code == 201
    assert browser.shown == {"parcel-1": {"title": "Out for delivery", "tag": "parcel-1"}}


def test_a_newer_one_of_the_same_tag_takes_its_place(inbox, browser):
    push(browser)
    push(browser, b'{"title": "Delivered", "tag": "parcel-1"}')
    (told,) = requests.get(f"{inbox.url}/push.json", timeout=5).json()
    assert [message["title"] for message in told["shown"]] == ["Delivered"]


def test_another_browser_cannot_read_it(inbox, browser):
    theirs = encrypted(MESSAGE, inbox.browsers.new().subscription)
    assert push(browser, body=theirs).status_code == 400
    assert browser.shown == {}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"TTL": None}, 400),
        ({"Content-Encoding": "aesgcm"}, 400),
        ({"Authorization": None}, 403),
        ({"Authorization": "vapid t=a.b.c,k=BAAA"}, 403),
        ({"Authorization": "Bearer x"}, 403),
    ],
    ids=str,
)
def test_it_objects_to_what_real_ones_object_to(browser, headers, status):
    assert push(browser, **headers).status_code == status
    assert browser.shown == {}


def test_more_than_it_takes_is_too_much(browser):
    assert push(browser, body=b"x" * 4097).status_code == 413


def test_a_browser_that_is_gone_is_gone(browser):
    browser.is_gone = True
    assert push(browser).status_code == 410
    browser.endpoint += "else"
    assert push(browser).status_code == 404


def test_another_program_can_have_a_browser_too(inbox):
    given = requests.post(f"{inbox.url}/_sandbox/browsers", timeout=5).json()
    assert [browser.subscription for browser in inbox.browsers.all()] == [given]


def test_clearing_takes_the_messages_away_and_leaves_the_browsers(inbox, browser):
    push(browser)
    inbox.clear()
    assert browser.shown == {}
    assert push(browser).status_code == 201

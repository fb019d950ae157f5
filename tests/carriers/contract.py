"""What every adapter owes, as tests it gets for nothing: subclass CarrierContract beside django's SimpleTestCase.

An adapter gives its class, credentials and fixtures; the fixtures stand in `fixtures/<key>/`, one body per case.
"""

import copy
import json
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carriers.base import Callback, Carrier, Headers, MemoryTokens, Reply
from carriers.errors import (
    CallbackRejected,
    CarrierError,
    CarrierRefused,
    CarrierUnavailable,
    NumberNotFound,
    UnreadablePayload,
)
from orders.events import TrackingUpdate
from orders.headline import derive
from orders.statuses import Status

FIXTURES = Path(__file__).parent / "fixtures"
CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus is not at {CORPUS}")

SECRET = "correct horse battery staple"
# What may stand anywhere in a body that a carrier, or somebody else, sends.
MISPLACED = (
    None,
    "",
    "x",
    "null",
    "0001-01-01T00:00:00Z",
    0,
    -1,
    1e300,
    True,
    [],
    {},
    [[]],
    [{}],
    ["x"],
    {"x": [None]},
)


class Sent(list):
    """A Transport that answers with the given replies in turn, and keeps what `requests` would have sent."""

    def __init__(self, *answers: Reply | Exception):
        super().__init__()
        self.answers = list(answers)

    def __call__(self, method, url, **options):
        self.append(requests.Request(method, url, **options).prepare())
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def headline(update: TrackingUpdate):
    """(status, reason) as the page would say it."""
    found = derive(update.events)
    return found.status, found.reason


def times(update: TrackingUpdate) -> list[str]:
    """The instants of the events, oldest first, in UTC."""
    instants = sorted(event.occurred_at for event in update.events)
    return [instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for instant in instants]


class CarrierContract:
    carrier: type[Carrier]
    credentials: dict[str, str] = {}
    number = ""  # of the fixtures
    unknown_code = ""  # in unknown_code.json
    token: Reply | None = None  # what the carrier's token endpoint answers, where it has one

    def fixture(self, name: str) -> bytes:
        return (FIXTURES / self.carrier.key / f"{name}.json").read_bytes()

    def payload(self, name: str) -> dict:
        return json.loads(self.fixture(name))

    def adapter(self, *answers) -> Carrier:
        """The adapter with a Transport that gives these answers, after the token where there is one."""
        first = [self.token] if self.token else []
        return self.carrier(self.credentials, send=Sent(*first, *answers), tokens=MemoryTokens())

    def parse(self, body, status=200, headers=None, number=None) -> list[TrackingUpdate]:
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.carrier().parse(Reply(status, body, Headers(headers)), self.number if number is None else number)

    def parse_fixture(self, name: str) -> TrackingUpdate:
        (update,) = self.parse(self.fixture(name))
        return update

    def callback(self, body: bytes, headers=None, secrets=(SECRET,)) -> Callback:
        return Callback(body, Headers(headers), secrets)

    def signed(self, body: bytes, secret: str) -> dict[str, str]:
        """The headers with which the carrier would send this body."""
        raise NotImplementedError

    # Reading

    def test_each_stage_of_a_life_has_its_headline(self):
        expected = {
            "delivered": Status.DELIVERED,
            "out_for_delivery": Status.OUT_FOR_DELIVERY,
            "returned": Status.RETURNED,
        }
        for name, status in expected.items():
            with self.subTest(name):
                self.assertEqual(headline(self.parse_fixture(name))[0], status)

    def test_trouble_is_told_with_its_reason(self):
        status, reason = headline(self.parse_fixture("exception"))
        self.assertTrue(status.is_trouble, f"{status} is no trouble")
        self.assertIsNotNone(reason)

    def test_an_unknown_code_is_unknown_kept_raw_and_listed(self):
        update = self.parse_fixture("unknown_code")
        (unknown,) = [event for event in update.events if event.status is Status.UNKNOWN]
        self.assertEqual(unknown.code, self.unknown_code)
        self.assertIn(self.unknown_code, json.dumps(unknown.raw))
        self.assertEqual(self.carrier().unmapped_codes(update), [self.unknown_code])

    def test_an_unknown_code_does_not_move_the_headline(self):
        update = self.parse_fixture("unknown_code")
        known = replace(update, events=tuple(event for event in update.events if event.code != self.unknown_code))
        self.assertEqual(headline(update), headline(known))

    def test_no_naive_time_escapes(self):
        for name in ("delivered", "out_for_delivery", "exception", "returned"):
            for event in self.parse_fixture(name).events:
                self.assertIsNotNone(event.occurred_at.utcoffset(), event)

    def test_every_mapped_reason_stands_beside_a_status(self):
        for name in ("delivered", "out_for_delivery", "exception", "returned"):
            for event in self.parse_fixture(name).events:
                self.assertFalse(event.reason and event.status is Status.UNKNOWN, event)

    def test_a_delivered_parcel_has_no_promise_left(self):
        self.assertIsNone(self.parse_fixture("delivered").window)

    def test_a_parcel_on_its_way_has_a_promise_of_local_days_at_its_destination(self):
        promised = self.parse_fixture("out_for_delivery").window
        self.assertEqual(promised.earliest, promised.latest)
        self.assertTrue(promised.zone)

    def test_the_update_is_of_the_number_asked_for(self):
        self.assertEqual(self.parse_fixture("delivered").number, self.number)

    def test_without_a_number_the_payload_names_its_own(self):
        (update,) = self.parse(self.fixture("delivered"), number="")
        self.assertEqual(update.number, self.number)

    def test_parsing_twice_gives_the_same_keys(self):
        first, second = (self.parse_fixture("delivered") for _ in range(2))
        self.assertEqual([event.key for event in first.events], [event.key for event in second.events])
        self.assertEqual(len({event.key for event in first.events}), len(first.events))

    # What is refused

    def assert_raises(self, error, pattern, body, status=200, headers=None):
        with self.assertRaisesRegex(error, pattern) as caught:
            self.parse(body, status, headers)
        self.assertEqual(caught.exception.carrier, self.carrier.key)
        return caught.exception

    def test_an_unknown_number_is_not_found(self):
        self.assert_raises(NumberNotFound, "(?i)(not|no|cannot).*found", self.fixture("not_found"))

    def test_404_is_not_found_whatever_its_body(self):
        self.assert_raises(NumberNotFound, "404", b"<html>", 404)

    def test_a_server_error_is_unavailable_even_under_200(self):
        self.assert_raises(CarrierUnavailable, "HTTP 200", self.fixture("server_error"))
        self.assert_raises(CarrierUnavailable, "503", b"", 503)

    def test_401_is_refused(self):
        self.assert_raises(CarrierRefused, "401", b"{}", 401)

    def test_429_is_unavailable_for_as_long_as_the_carrier_asks(self):
        error = self.assert_raises(CarrierUnavailable, "429", b"{}", 429, {"Retry-After": "120"})
        self.assertEqual(error.retry_after, 120)

    def test_html_under_200_is_unreadable_and_shown(self):
        self.assert_raises(UnreadablePayload, "expected JSON, got '<!DOCTYPE html>", self.fixture("not_json"))

    def test_half_a_reply_is_unreadable(self):
        whole = self.fixture("delivered")
        self.assert_raises(UnreadablePayload, "expected JSON", whole[: len(whole) // 2])

    def test_json_of_another_kind_is_unreadable(self):
        for body in (b"null", b"7", b'"x"', b"[]", b'[{"x": 1}]', b"{}", b'{"x": {}}', b"[" * 50_000 + b"]" * 50_000):
            with self.subTest(body[:20]):
                self.assert_raises(UnreadablePayload, r"expected JSON|expected a JSON object|has no", body)

    def test_a_body_nested_without_end_is_unreadable(self):
        body = self.payload("delivered") | {"x": json.loads("[" * 200 + "]" * 200)}
        self.assert_raises(UnreadablePayload, "levels deep", body)

    def test_what_no_database_stores_is_left_out_of_the_raw_scan(self):
        told = json.dumps(self.payload("delivered")).replace("elivered", "elivered\\u0000\\ud800").encode()
        (update,) = self.parse(told)
        for event in update.events:
            json.dumps(event.raw, ensure_ascii=False).encode()
            self.assertNotIn("\\u0000", json.dumps(event.raw))

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    @given(data=st.data())
    def test_nothing_misplaced_anywhere_breaks_more_than_the_payload(self, data):
        name, body, is_callback = data.draw(st.sampled_from(self._bodies()))
        told = copy.deepcopy(body)
        for _ in range(data.draw(st.integers(1, 3))):
            _misplace(told, data)
        try:
            updates = self._read(told, is_callback=is_callback)
        except CarrierError as error:
            self.assertTrue(str(error).startswith(f"{self.carrier.key}: "), (name, error))
        else:
            for update in updates:
                self.assertTrue(update.number, name)
                derive(update.events)

    def _read(self, told, *, is_callback):
        body = json.dumps(told).encode()
        return self.carrier().parse_callback(Callback(body)) if is_callback else self.parse(body)

    def _bodies(self) -> list[tuple[str, dict, bool]]:
        folders = [FIXTURES / self.carrier.key, CORPUS / self.carrier.key]
        paths = [path for folder in folders for path in sorted(folder.glob("*.json"))]
        wanted = [path for path in paths if not path.match("*.headers.json") and not path.match("codes-*")]
        bodies = ((path, _json_or_none(path)) for path in wanted)
        return [(path.name, body, "callback" in path.name) for path, body in bodies if isinstance(body, dict)]

    # Asking

    def test_the_reply_comes_back_for_the_number_asked(self):
        reply = Reply(200, self.fixture("delivered"))
        self.assertEqual(self.adapter(reply).fetch([self.number]), {self.number: reply})

    def test_no_answer_is_unavailable(self):
        with self.assertRaisesRegex(CarrierUnavailable, "too long"):
            self.adapter(CarrierUnavailable("no answer: it took too long")).fetch([self.number])

    def test_a_number_cannot_leave_its_place_in_the_url(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch(["../a?b=c&d#e f"])
        url = requests.utils.urlparse(adapter.send[-1].url)
        self.assertEqual(url.netloc, requests.utils.urlparse(self.carrier.base_url).netloc)
        self.assertFalse(url.fragment)
        self.assertNotIn("d=", url.query.replace("%26d", "").split("&"))

    def test_the_page_for_people_quotes_the_number(self):
        self.assertIn("1%202%26x", self.carrier().tracking_url("1 2&x"))

    # Being told

    def test_a_callback_brings_its_scan(self):
        (update,) = self.carrier().parse_callback(self.callback(self.fixture("callback")))
        self.assertEqual(update.number, self.number)
        self.assertEqual(len(update.events), 1)

    def test_the_same_callback_twice_gives_the_same_keys(self):
        callback = self.callback(self.fixture("callback"))
        first, second = (self.carrier().parse_callback(callback) for _ in range(2))
        self.assertEqual([event.key for event in first[0].events], [event.key for event in second[0].events])

    def test_a_callback_tells_the_scan_that_the_next_poll_tells(self):
        (pushed,) = self.carrier().parse_callback(self.callback(self.fixture("callback")))
        polled = [event for name in ("delivered", "out_for_delivery") for event in self.parse_fixture(name).events]
        instants = {event.occurred_at: event.status for event in polled}
        self.assertEqual(instants[pushed.events[0].occurred_at], pushed.events[0].status)

    def test_a_callback_that_is_no_json_is_unreadable(self):
        with self.assertRaisesRegex(UnreadablePayload, "expected JSON"):
            self.carrier().parse_callback(self.callback(self.fixture("not_json")))

    def test_a_genuine_callback_is_accepted(self):
        body = self.fixture("callback")
        self.carrier().verify_callback(self.callback(body, self.signed(body, SECRET)))

    def test_during_rotation_the_older_secret_still_counts(self):
        body = self.fixture("callback")
        callback = self.callback(body, self.signed(body, "the old one"), secrets=("the new one", "the old one"))
        self.carrier().verify_callback(callback)

    def test_a_forged_callback_is_rejected(self):
        body = self.fixture("callback")
        genuine = self.signed(body, SECRET)
        for forged in ("", "wrong", "grüße", "\udcff", *(value + "x" for value in genuine.values())):
            with self.subTest(ascii(forged)), self.assertRaisesRegex(CallbackRejected, "header is not"):
                self.carrier().verify_callback(self.callback(body, dict.fromkeys(genuine, forged)))

    def test_a_callback_without_the_header_is_rejected(self):
        with self.assertRaisesRegex(CallbackRejected, "header is not"):
            self.carrier().verify_callback(self.callback(self.fixture("callback")))

    def test_a_wrong_secret_is_rejected(self):
        body = self.fixture("callback")
        with self.assertRaisesRegex(CallbackRejected, "header is not"):
            self.carrier().verify_callback(self.callback(body, self.signed(body, "another shop's")))


class OAuthContract(CarrierContract):
    """The same for a carrier that wants a bearer token."""

    def bearers(self, adapter) -> list[str]:
        return [
            sent.headers["Authorization"]
            for sent in adapter.send
            if sent.headers.get("Authorization", "").startswith("Bearer")
        ]

    def token_requests(self, adapter) -> int:
        return len(adapter.send) - len(self.bearers(adapter))

    def test_the_token_is_asked_for_once_for_many_calls(self):
        reply = Reply(200, self.fixture("delivered"))
        adapter = self.adapter(reply, reply, reply)
        for _ in range(3):
            adapter.fetch([self.number])
        self.assertEqual(self.token_requests(adapter), 1)
        self.assertEqual(self.bearers(adapter), ["Bearer granted-token"] * 3)

    def test_a_token_that_is_no_longer_taken_is_renewed_once(self):
        reply = Reply(200, self.fixture("delivered"))
        adapter = self.adapter(Reply(401, b"{}"), self.token, reply)
        self.assertEqual(adapter.fetch([self.number]), {self.number: reply})
        self.assertEqual(self.token_requests(adapter), 2)

    def test_a_carrier_that_takes_no_token_at_all_refused(self):
        refused = Reply(401, b"{}")
        adapter = self.adapter(refused, self.token, refused)
        with self.assertRaisesRegex(CarrierRefused, "401"):
            adapter.parse(adapter.fetch([self.number])[self.number], self.number)

    def test_wrong_credentials_are_refused(self):
        adapter = self.carrier(self.credentials, send=Sent(Reply(401, b"{}")), tokens=MemoryTokens())
        with self.assertRaisesRegex(CarrierRefused, f"{self.carrier.key}: answered 401"):
            adapter.fetch([self.number])

    def test_a_token_reply_without_a_token_is_unreadable(self):
        adapter = self.carrier(self.credentials, send=Sent(Reply(200, b'{"x": 1}')), tokens=MemoryTokens())
        with self.assertRaisesRegex(UnreadablePayload, "gave no access token"):
            adapter.fetch([self.number])


def _json_or_none(path: Path):
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        return None


def _misplace(told: dict, data) -> None:
    """Put something else in the place of one node, or take it away."""
    node = told
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        child = node[key]
        if isinstance(child, dict | list) and child and data.draw(st.integers(0, 5)):
            node = child
            continue
        if data.draw(st.booleans()):
            node[key] = copy.deepcopy(data.draw(st.sampled_from(MISPLACED)))
        else:
            del node[key]
        return

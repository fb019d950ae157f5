"""What every adapter owes, as tests it gets for nothing: subclass these beside django's SimpleTestCase.

PollContract for a carrier that can be asked, OAuthContract where it wants a bearer token, PushContract where it pushes,
CorpusContract for the table of what each published payload says. An adapter gives its class, credentials and fixtures;
the fixtures stand in `fixtures/<key>/`, one body per case, as .json or .xml.
"""

import copy
import json
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carriers.base import Callback, Carrier, Headers, MemoryTokens, Parcel, Reply
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
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow

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


class Fixtures:
    """A carrier's own payloads and how to read them."""

    carrier: type[Carrier]
    credentials: dict[str, str] = {}
    number = ""  # of the fixtures
    format = "json"  # or "xml"
    token: Reply | None = None  # what the carrier's token endpoint answers, where it has one

    def fixture(self, name: str) -> bytes:
        return (FIXTURES / self.carrier.key / f"{name}.{self.format}").read_bytes()

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

    def assert_raises(self, error, pattern, body, status=200, headers=None):
        with self.assertRaisesRegex(error, pattern) as caught:
            self.parse(body, status, headers)
        self.assertEqual(caught.exception.carrier, self.carrier.key)
        return caught.exception

    def _bodies(self, *kinds: str) -> list[tuple[str, bytes]]:
        """(file, body) of the fixtures and the corpus: callbacks where the kind asks for them, else replies."""
        folders = [FIXTURES / self.carrier.key, CORPUS / self.carrier.key]
        paths = [path for folder in folders for path in sorted(folder.glob("*.[jx][sm]*"))]
        wanted = [path for path in paths if not path.match("*.headers.json") and not path.match("codes-*")]
        bodies = [(path.name, path.read_bytes()) for path in wanted if ("callback" in path.name) == ("push" in kinds)]
        return [(name, body) for name, body in bodies if _can_be_misplaced_in(body)]

    def assert_survives(self, data, read, *kinds: str):
        name, body = data.draw(st.sampled_from(self._bodies(*kinds)))
        for _ in range(data.draw(st.integers(1, 3))):
            body = _misplaced(body, data)
        try:
            updates = read(body)
        except CarrierError as error:
            self.assertTrue(str(error).startswith(f"{self.carrier.key}: "), (name, error))
        else:
            for update in updates:
                self.assertTrue(update.number, name)
                derive(update.events)


class PollContract(Fixtures):
    unknown_code = ""  # in the fixture unknown_code
    # The stages that the carrier can tell at all: a fixture each.
    stages = {
        "delivered": Status.DELIVERED,
        "out_for_delivery": Status.OUT_FOR_DELIVERY,
        "returned": Status.RETURNED,
    }
    tells_trouble = True  # in the fixture exception
    tells_promises = True  # in the fixture out_for_delivery

    @property
    def lives(self) -> list[str]:
        return [*self.stages, *(["exception"] if self.tells_trouble else [])]

    # Reading

    def test_each_stage_of_a_life_has_its_headline(self):
        for name, status in self.stages.items():
            with self.subTest(name):
                self.assertEqual(headline(self.parse_fixture(name))[0], status)

    def test_trouble_is_told_with_its_reason(self):
        if not self.tells_trouble:
            self.skipTest(f"{self.carrier.name} has no word for trouble")
        status, reason = headline(self.parse_fixture("exception"))
        self.assertTrue(status.is_trouble, f"{status} is no trouble")
        self.assertIsNotNone(reason)

    def test_an_unknown_code_is_unknown_kept_raw_and_listed(self):
        update = self.parse_fixture("unknown_code")
        (unknown,) = [event for event in update.events if event.status is Status.UNKNOWN]
        self.assertEqual(unknown.code, self.unknown_code)
        self.assertIn(self.unknown_code, json.dumps(unknown.raw, ensure_ascii=False))
        self.assertEqual(self.carrier().unmapped_codes(update), [self.unknown_code])

    def test_an_unknown_code_does_not_move_the_headline(self):
        update = self.parse_fixture("unknown_code")
        known = replace(update, events=tuple(event for event in update.events if event.code != self.unknown_code))
        self.assertEqual(headline(update), headline(known))

    def test_no_naive_time_escapes(self):
        for name in self.lives:
            for event in self.parse_fixture(name).events:
                self.assertIsNotNone(event.occurred_at.utcoffset(), event)

    def test_every_mapped_reason_stands_beside_a_status(self):
        for name in self.lives:
            for event in self.parse_fixture(name).events:
                self.assertFalse(event.reason and event.status is Status.UNKNOWN, event)

    def test_a_delivered_parcel_has_no_promise_left(self):
        self.assertIsNone(self.parse_fixture("delivered").window)

    def test_a_parcel_on_its_way_has_a_promise_of_local_days_at_its_destination(self):
        if not self.tells_promises:
            self.assertEqual(self.carrier.promise_from, "")
            self.skipTest(f"{self.carrier.name} tells no delivery date")
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

    def test_an_unknown_number_is_not_found(self):
        self.assert_raises(NumberNotFound, ".", self.fixture("not_found"))

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
        page = (FIXTURES / self.carrier.key / "not_json.json").read_bytes()
        self.assert_raises(UnreadablePayload, f"expected {self.format.upper()}, got '<!DOCTYPE html>", page)

    def test_half_a_reply_is_unreadable(self):
        whole = self.fixture("delivered")
        self.assert_raises(UnreadablePayload, f"expected {self.format.upper()}", whole[: len(whole) // 2])

    def test_json_of_another_kind_is_unreadable(self):
        for body in (b"null", b"7", b'"x"', b"[]", b'[{"x": 1}]', b"{}", b'{"x": {}}', b"[" * 50_000 + b"]" * 50_000):
            with self.subTest(body[:20]):
                with self.assertRaises((UnreadablePayload, NumberNotFound)) as caught:
                    self.parse(body)
                self.assertEqual(caught.exception.carrier, self.carrier.key)

    def test_a_body_nested_without_end_is_unreadable(self):
        for body in ({"x": json.loads("[" * 200 + "]" * 200)}, b"<x>" * 200 + b"</x>" * 200, b"[" * 50_000):
            with self.subTest(str(body)[:20]):
                self.assert_raises(UnreadablePayload, "levels deep|expected", body)

    def test_a_document_type_is_refused(self):
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;&b;</x>'
        self.assert_raises(UnreadablePayload, "expected", bomb)

    def test_what_no_database_stores_is_left_out_of_the_raw_scan(self):
        if self.format == "xml":
            self.skipTest("XML has no such characters")
        told = json.dumps(json.loads(self.fixture("delivered"))).replace('": "', '": "\\u0000\\ud800').encode()
        try:
            (update,) = self.parse(told, number="")
        except CarrierError:
            return
        for event in update.events:
            json.dumps(event.raw, ensure_ascii=False).encode()
            self.assertNotIn("\\u0000", json.dumps(event.raw))

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    @given(data=st.data())
    def test_nothing_misplaced_anywhere_in_a_reply_breaks_more_than_the_reply(self, data):
        self.assert_survives(data, self.parse, "poll")

    # Asking

    def test_the_reply_comes_back_for_the_number_asked(self):
        reply = Reply(200, self.fixture("delivered"))
        self.assertEqual(self.adapter(reply).fetch([Parcel(self.number)]), {self.number: reply})

    def test_no_answer_is_unavailable(self):
        with self.assertRaisesRegex(CarrierUnavailable, "too long"):
            self.adapter(CarrierUnavailable("no answer: it took too long")).fetch([Parcel(self.number)])

    def test_a_number_cannot_leave_its_place_in_the_url(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel("../a?b=c&d#e f")])
        url = requests.utils.urlparse(adapter.send[-1].url)
        self.assertEqual(url.netloc, requests.utils.urlparse(self.carrier.base_url).netloc)
        self.assertFalse(url.fragment)
        self.assertNotIn("d", url.query.split("&"))
        self.assertNotIn("/../", url.path)

    def test_the_page_for_people_quotes_the_number(self):
        if self.carrier.tracking_page:
            self.assertIn("1%202%26x", self.carrier().tracking_url("1 2&x"))

    def test_the_carrier_says_what_the_docs_tell_of_it(self):
        self.assertTrue(self.carrier.api and self.carrier.scan_times)


class PushContract(Fixtures):
    def callback(self, body: bytes, headers=None, secrets=(SECRET,)) -> Callback:
        return Callback(body, Headers(headers), secrets)

    def signed(self, body: bytes, secret: str) -> dict[str, str]:
        """The headers with which the carrier would send this body; made without the adapter's help."""
        raise NotImplementedError

    def require_proof(self):
        if not self.carrier.callback_header:
            self.skipTest(f"{self.carrier.name} proves nothing but that it knows the address")

    def test_the_carrier_says_how_it_pushes(self):
        self.assertTrue(self.carrier.pushes and self.carrier.push_api and self.carrier.scan_times)

    def test_a_callback_brings_its_scan(self):
        (update,) = self.carrier().parse_callback(self.callback(self.fixture("callback")))
        self.assertEqual(update.number, self.number)
        self.assertTrue(update.events)

    def test_the_same_callback_twice_gives_the_same_keys(self):
        callback = self.callback(self.fixture("callback"))
        first, second = (self.carrier().parse_callback(callback) for _ in range(2))
        self.assertEqual([event.key for event in first[0].events], [event.key for event in second[0].events])

    def test_a_callback_tells_the_scan_that_the_next_poll_tells(self):
        if not self.carrier.api:
            self.skipTest(f"{self.carrier.name} cannot be asked")
        (pushed,) = self.carrier().parse_callback(self.callback(self.fixture("callback")))
        paths = [FIXTURES / self.carrier.key / f"{name}.{self.format}" for name in ("delivered", "out_for_delivery")]
        polled = [event for path in paths if path.is_file() for event in self.parse_fixture(path.stem).events]
        instants = {event.occurred_at: event.status for event in polled}
        self.assertEqual(instants[pushed.events[0].occurred_at], pushed.events[0].status)

    def test_a_callback_that_makes_no_sense_is_unreadable(self):
        for body in (b"<!DOCTYPE html><p>Hello", b"", b"null", b"[]", b"{}", b"[" * 50_000, b"\xff\xfe", b"x=1&y=%00"):
            with self.subTest(body[:20]), self.assertRaises(UnreadablePayload) as caught:
                self.carrier().parse_callback(self.callback(body))
            self.assertEqual(caught.exception.carrier, self.carrier.key)

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    @given(data=st.data())
    def test_nothing_misplaced_anywhere_in_a_callback_breaks_more_than_the_callback(self, data):
        self.assert_survives(data, lambda body: self.carrier().parse_callback(Callback(body)), "push")

    def test_a_genuine_callback_is_accepted(self):
        body = self.fixture("callback")
        self.carrier().verify_callback(self.callback(body, self.signed(body, SECRET)))

    def test_during_rotation_the_older_secret_still_counts(self):
        self.require_proof()
        body = self.fixture("callback")
        callback = self.callback(body, self.signed(body, "the old one"), secrets=("the new one", "the old one"))
        self.carrier().verify_callback(callback)

    def test_a_forged_callback_is_rejected(self):
        self.require_proof()
        body = self.fixture("callback")
        genuine = self.signed(body, SECRET)
        for forged in ("", "wrong", "grüße", "\udcff", *(value + "x" for value in genuine.values())):
            with self.subTest(ascii(forged)), self.assertRaisesRegex(CallbackRejected, "header is not"):
                self.carrier().verify_callback(self.callback(body, dict.fromkeys(genuine, forged)))

    def test_a_callback_without_the_header_is_rejected(self):
        self.require_proof()
        with self.assertRaisesRegex(CallbackRejected, "header is not"):
            self.carrier().verify_callback(self.callback(self.fixture("callback")))

    def test_without_a_secret_nothing_is_believed(self):
        self.require_proof()
        body = self.fixture("callback")
        with self.assertRaisesRegex(CallbackRejected, "No secret is set for this account"):
            self.carrier().verify_callback(self.callback(body, self.signed(body, ""), secrets=()))

    def test_a_wrong_secret_is_rejected(self):
        self.require_proof()
        body = self.fixture("callback")
        with self.assertRaisesRegex(CallbackRejected, "header is not"):
            self.carrier().verify_callback(self.callback(body, self.signed(body, "another shop's")))


class OAuthContract(PollContract):
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
            adapter.fetch([Parcel(self.number)])
        self.assertEqual(self.token_requests(adapter), 1)
        self.assertEqual(self.bearers(adapter), ["Bearer granted-token"] * 3)

    def test_a_token_that_is_no_longer_taken_is_renewed_once(self):
        reply = Reply(200, self.fixture("delivered"))
        adapter = self.adapter(Reply(401, b"{}"), self.token, reply)
        self.assertEqual(adapter.fetch([Parcel(self.number)]), {self.number: reply})
        self.assertEqual(self.token_requests(adapter), 2)

    def test_a_carrier_that_takes_no_token_at_all_refused(self):
        refused = Reply(401, b"{}")
        adapter = self.adapter(refused, self.token, refused)
        with self.assertRaisesRegex(CarrierRefused, "401"):
            adapter.parse(adapter.fetch([Parcel(self.number)])[self.number], self.number)

    def test_wrong_credentials_are_refused(self):
        adapter = self.carrier(self.credentials, send=Sent(Reply(401, b"{}")), tokens=MemoryTokens())
        with self.assertRaisesRegex(CarrierRefused, f"{self.carrier.key}: answered 401"):
            adapter.fetch([Parcel(self.number)])

    def test_a_token_reply_without_a_token_is_unreadable(self):
        adapter = self.carrier(self.credentials, send=Sent(Reply(200, b'{"x": 1}')), tokens=MemoryTokens())
        with self.assertRaisesRegex(UnreadablePayload, "gave no access token"):
            adapter.fetch([Parcel(self.number)])


class Read(NamedTuple):
    """What a person reads in one parcel of a payload: instants as "2026-03-04T19:20:00Z", in UTC."""

    status: Status
    reason: Reason | None = None
    events: int = 0
    first: str = ""
    last: str = ""
    window: PromisedWindow | None = None


class Fails(NamedTuple):
    """That a payload is an error, which one, with which HTTP status it comes, and words of the message."""

    error: type[CarrierError]
    words: str = "."
    http: int = 200


class CorpusContract(Fixtures):
    """Every published payload of the carrier is read as the table says.

    `corpus` is file -> Read, a list of Read (one per parcel, in the order told), or Fails. It is written by reading
    the payload, and a file that is not in it fails the test.
    """

    corpus: dict[str, Read | list[Read] | Fails] = {}

    def test_every_published_payload_is_read_as_a_person_reads_it(self):
        folder = CORPUS / self.carrier.key
        if not folder.is_dir():
            self.skipTest(f"the corpus has no folder {folder}")
        kinds = ("track-response", "error-response", "callback")
        paths = [path for path in sorted(folder.iterdir()) if path.name.startswith(kinds)]
        paths = [path for path in paths if not path.name.endswith(".headers.json")]
        self.assertEqual({path.name for path in paths}, set(self.corpus))
        for path in paths:
            with self.subTest(path.name):
                self._compare(path.name, path.read_bytes(), self.corpus[path.name])

    def _compare(self, name, body, expected):
        is_push = name.startswith("callback")
        if isinstance(expected, Fails):
            with self.assertRaisesRegex(expected.error, expected.words):
                self._told(body, is_push, expected.http)
            return
        found = [_as_read(update) for update in self._told(body, is_push)]
        self.assertEqual(found, expected if isinstance(expected, list) else [expected])

    def _told(self, body, is_push, http=200):
        return self.carrier().parse_callback(Callback(body)) if is_push else self.parse(body, http, number="")


def _as_read(update: TrackingUpdate) -> Read:
    told = times(update)
    first, last = (told[0], told[-1]) if told else ("", "")
    return Read(*headline(update), len(told), first, last, update.window)


def _can_be_misplaced_in(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict | list)
    except ValueError:
        pass
    try:
        return ElementTree.fromstring(body) is not None
    except ElementTree.ParseError:
        return False


def _misplaced(body: bytes, data) -> bytes:
    """The body with something else in the place of one node, or without it."""
    try:
        told = json.loads(body)
    except ValueError:
        return _misplaced_element(body, data)
    if isinstance(told, dict | list):
        _misplace(told, data)
    return json.dumps(told).encode()


def _misplaced_element(body: bytes, data) -> bytes:
    root = ElementTree.fromstring(body)
    parents = [parent for parent in root.iter() if len(parent)]
    if not parents:
        return body
    parent = data.draw(st.sampled_from(parents))
    child = data.draw(st.sampled_from(list(parent)))
    match data.draw(st.sampled_from(["remove", "text", "empty", "repeat"])):
        case "remove":
            parent.remove(child)
        case "text":
            child.text = data.draw(st.sampled_from(["", "x", "-1", "0001-01-01T00:00:00Z", "1e300", "ÿ"]))
        case "empty":
            child.clear()
        case "repeat":
            parent.append(copy.deepcopy(child))
    return ElementTree.tostring(root)


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

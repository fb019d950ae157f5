import os
import threading
import time
from dataclasses import replace

import pytest

from orders.webhooks import posting
from orders.webhooks.posting import KEPT_OF_ANSWER, post
from tests.orders.webhooks.receiver import Receiver, Reply, a_certificate


class TestPost:
    def test_body_and_headers_arrive_as_they_are(self, receiver):
        answer = post(receiver.url + "?shop=7", b'{"a": 1}', {"Doorstep-Delivery": "d1"})
        (received,) = receiver.received
        assert (received.path, received.body) == ("/hooks?shop=7", b'{"a": 1}')
        assert (received.headers["Doorstep-Delivery"], received.headers["User-Agent"]) == ("d1", "Doorstep/1")
        assert (answer.status, answer.is_taken, answer.error) == (200, True, "")

    @pytest.mark.parametrize(
        ("status", "is_taken"), [(200, True), (204, True), (304, False), (400, False), (503, False)]
    )
    def test_any_2xx_means_taken_and_nothing_else(self, receiver, status, is_taken):
        receiver.answers(status)
        assert post(receiver.url, b"{}", {}).is_taken is is_taken

    def test_a_redirect_is_not_followed_and_says_so(self, receiver):
        receiver.replies = [Reply(307, {"Location": receiver.url + "/elsewhere"})]
        answer = post(receiver.url, b"{}", {})
        assert len(receiver.received) == 1
        assert not answer.is_taken
        assert "redirects are not followed" in answer.error

    def test_the_answer_is_kept_in_part(self, receiver):
        receiver.replies = [Reply(500, body=b"x" * 5_000_000)]
        assert post(receiver.url, b"{}", {}).text == "x" * KEPT_OF_ANSWER

    def test_an_answer_of_strange_bytes_can_be_stored(self, receiver):
        receiver.replies = [Reply(500, body=b"a\0b\xff")]
        assert post(receiver.url, b"{}", {}).text == "ab\ufffd"

    @pytest.mark.parametrize("reply", [Reply(), Reply(headers={"Content-Length": "9999"}), Reply(is_raw=True)])
    def test_an_answer_that_never_ends_is_cut_off(self, reply, receiver, monkeypatch):
        monkeypatch.setattr(posting, "LONGEST", 0.5)
        receiver.replies = [replace(reply, trickles=True)]
        started = time.monotonic()
        assert post(receiver.url, b"{}", {}).is_taken
        assert time.monotonic() - started < 4

    def test_nothing_is_left_open(self, receiver):
        before = threading.active_count()
        files = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
        for _ in range(20):
            post(receiver.url, b"{}", {})
        assert threading.active_count() <= before + 1
        assert len(os.listdir("/proc/self/fd")) <= files + 2 if files else True

    def test_how_long_to_wait_is_understood(self, receiver):
        receiver.replies = [Reply(503, {"Retry-After": wait}) for wait in ("120", "soon", "9" * 30)]
        assert [post(receiver.url, b"{}", {}).retry_after for _ in range(3)] == [120, 0, 0]

    def test_no_cookie_of_one_answer_is_in_the_next_webhook(self, receiver):
        receiver.replies = [Reply(200, {"Set-Cookie": "shop=7; Path=/"})]
        post(receiver.url, b"{}", {})
        post(receiver.url, b"{}", {})
        assert receiver.received[1].headers["Cookie"] is None

    def test_nobody_there_is_an_answer_without_a_status(self, free_port):
        answer = post(f"http://127.0.0.1:{free_port}/", b"{}", {})
        assert (answer.status, answer.error) == (None, "no answer: the connection failed")


class TestCertificates:
    @pytest.fixture
    def certificate(self, tmp_path):
        return a_certificate(tmp_path, "localhost")

    def test_a_valid_one_is_spoken_to_by_name(self, certificate, monkeypatch):
        monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))
        with Receiver(certificate) as receiver:
            assert post(receiver.url.replace("127.0.0.1", "localhost"), b"{}", {}).is_taken

    def test_one_for_another_name_is_refused(self, certificate, monkeypatch):
        monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))
        with Receiver(certificate) as receiver:
            assert post(receiver.url, b"{}", {}).error == "no answer: its certificate is not valid"
            assert receiver.received == []

    def test_one_that_nobody_vouches_for_is_refused(self, certificate):
        with Receiver(certificate) as receiver:
            answer = post(receiver.url.replace("127.0.0.1", "localhost"), b"{}", {})
        assert answer.error == "no answer: its certificate is not valid"


class TestPrivateAddresses:
    @pytest.fixture(autouse=True)
    def in_production(self, settings):
        settings.SANDBOX = settings.WEBHOOKS_ALLOW_PRIVATE = False

    def test_no_connection_is_made(self, receiver):
        answer = post(receiver.url, b"{}", {})
        assert (answer.status, answer.error) == (None, "127.0.0.1 is in a private network")
        assert receiver.received == []

    def test_a_name_that_leads_elsewhere_the_second_time_is_caught(self, receiver, monkeypatch):
        """The address that was checked is the one that is connected to: the name is looked up once."""
        asked = []

        def rebinding(host, port, *_args, **_kw):
            asked.append(host)
            return [(2, 1, 6, "", ("93.184.216.34" if len(asked) == 1 else "127.0.0.1", port))]

        monkeypatch.setattr("socket.getaddrinfo", rebinding)
        connected = []

        def connect(address, *_args, **_kw):
            connected.append(address[0])
            raise ConnectionRefusedError

        monkeypatch.setattr("socket.create_connection", connect)
        assert post("http://localhost:8080/", b"{}", {}).status is None
        assert (asked, connected) == (["localhost"], ["93.184.216.34"])

    def test_a_name_with_very_many_addresses_is_not_tried_for_ever(self, monkeypatch):
        found = [(2, 1, 6, "", (f"93.184.216.{n}", 443)) for n in range(200)]
        connected = []

        def connect(address, *_args, **_kw):
            connected.append(address)
            raise TimeoutError

        monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_kw: found)
        monkeypatch.setattr("socket.create_connection", connect)
        assert post("http://localhost:8080/", b"{}", {}).status is None
        assert len(connected) == 3

    def test_a_proxy_of_the_environment_is_not_used(self, monkeypatch):
        with Receiver() as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv("http_proxy", proxy.url)
            assert "private network" in post("http://localhost:9/", b"{}", {}).error
            assert proxy.received == []

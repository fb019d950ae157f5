import time

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from orders.throttle import seconds_to_wait, visitor


@pytest.fixture(autouse=True)
def memory(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "throttle"}}
    cache.clear()


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is moved, for the throttle and for the cache."""

    class Clock:
        now = time.time()

    monkeypatch.setattr(time, "time", lambda: Clock.now)
    return Clock


def test_the_turns_are_counted_and_the_wait_is_told(clock):
    assert [seconds_to_wait("door", "me", turns=3, every=60) for _try in range(3)] == [0, 0, 0]
    clock.now += 20
    assert seconds_to_wait("door", "me", turns=3, every=60) == 40


def test_each_turn_comes_back_by_itself(clock):
    seconds_to_wait("door", "me", turns=2, every=60)
    clock.now += 30
    seconds_to_wait("door", "me", turns=2, every=60)
    clock.now += 31
    assert seconds_to_wait("door", "me", turns=2, every=60) == 0
    assert seconds_to_wait("door", "me", turns=2, every=60) == 29


def test_one_does_not_wait_for_another():
    seconds_to_wait("door", "me", turns=1, every=60)
    assert seconds_to_wait("door", "you", turns=1, every=60) == 0
    assert seconds_to_wait("window", "me", turns=1, every=60) == 0


def test_the_cache_does_not_learn_who_it_is():
    seconds_to_wait("door", "aino@shopper.example", turns=1, every=60)
    assert "aino" not in " ".join(cache._cache)


class TestVisitor:
    def visitor(self, address, forwarded=None):
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        return visitor(RequestFactory().get("/", REMOTE_ADDR=address, headers=headers))

    def test_without_a_proxy_nobody_can_pretend_to_be_somewhere_else(self):
        assert self.visitor("203.0.113.7", forwarded="198.51.100.1") == "203.0.113.7"

    def test_behind_a_proxy_only_its_own_word_counts(self, settings):
        settings.TRUSTED_PROXIES = 1
        assert self.visitor("10.0.0.1", forwarded="192.0.2.66, 198.51.100.1") == "198.51.100.1"

    def test_a_request_that_did_not_come_through_the_proxy_is_known_by_its_address(self, settings):
        settings.TRUSTED_PROXIES = 2
        assert self.visitor("203.0.113.7", forwarded="198.51.100.1") == "203.0.113.7"

    def test_all_addresses_of_one_ipv6_network_are_one_visitor(self):
        assert self.visitor("2001:db8:1:2::1") == self.visitor("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
        assert self.visitor("2001:db8:1:3::1") != self.visitor("2001:db8:1:2::1")

    def test_a_word_that_is_no_address_is_taken_as_it_is(self):
        assert self.visitor("unix:") == "unix:"

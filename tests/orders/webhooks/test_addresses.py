"""A shop's webhook must not reach into the installation's own network, whatever its address is written like."""

import pytest
from django.core.exceptions import ValidationError

from orders.webhooks.addresses import AddressRefused, is_public, resolve, validate_url

PRIVATE = [
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",  # where clouds keep their machines' credentials
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "fd00::1",
    "fe80::1",
    "ff02::1",
]


@pytest.fixture
def in_production(settings):
    settings.SANDBOX = settings.WEBHOOKS_ALLOW_PRIVATE = False


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:2800:220:1:248:1893:25c8:1946"])
def test_public_addresses_are_public(address):
    assert is_public(address)


@pytest.mark.usefixtures("in_production")
class TestInProduction:
    @pytest.mark.parametrize(
        "host", [*PRIVATE, "localhost", "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "localhost."]
    )
    def test_a_private_host_is_refused_in_every_spelling(self, host):
        with pytest.raises(AddressRefused):
            resolve(host, 443)

    def test_one_private_address_is_enough(self, monkeypatch):
        """A name that leads to both: no resolver of a test machine has one, so this one answer is written by hand."""
        found = [(2, 1, 6, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]
        monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_kw: found)
        with pytest.raises(AddressRefused, match=r"shop\.example is in a private network"):
            resolve("shop.example", 443)

    def test_a_public_address_is_taken(self):
        validate_url("https://93.184.216.34/hooks?shop=7")

    def test_it_must_be_https(self):
        with pytest.raises(ValidationError, match="starts with https://"):
            validate_url("http://93.184.216.34/hooks")

    def test_the_message_says_what_is_wrong_and_what_to_do(self):
        with pytest.raises(ValidationError) as refused:
            validate_url("https://169.254.169.254/latest/meta-data/")
        assert refused.value.messages == [
            "Nothing can be sent there: 169.254.169.254 is in a private network. Write a public address of your system."
        ]

    def test_a_host_that_is_nowhere_is_refused(self):
        with pytest.raises(ValidationError, match=r"shop\.invalid is not found"):
            validate_url("https://shop.invalid/hooks")

    def test_an_operator_may_allow_private_addresses(self, settings):
        settings.WEBHOOKS_ALLOW_PRIVATE = True
        validate_url("http://127.0.0.1:8080/hooks")


class TestAnywhere:
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "shop.example",
            "https://",
            "https:///hooks",
            "https://[::1",
            "https://127.0.0.1:99999/",
            "https://127.0.0.1:0/",
            "https://127.0.0.1/a b",
            "https://127.0.0.1/\r\nHost: other",
            "https://127.0.0.1/\u2028",
        ],
    )
    def test_what_is_no_web_address_is_refused(self, url):
        with pytest.raises(ValidationError):
            validate_url(url)

    @pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "file:///etc/passwd", "javascript:alert(1)"])
    def test_other_schemes_are_refused(self, url):
        with pytest.raises(ValidationError):
            validate_url(url)

    @pytest.mark.parametrize("url", ["https://me:secret@127.0.0.1/", "https://me@127.0.0.1/", "https://127.0.0.1/#top"])
    def test_credentials_and_fragments_are_refused(self, url):
        with pytest.raises(ValidationError, match="Leave out"):
            validate_url(url)

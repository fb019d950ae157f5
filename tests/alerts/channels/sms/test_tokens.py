"""Tokens are signed as Vonage verifies them, and believed only when they are signed as Vonage signs."""

import base64
import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.sms.tokens import hs256_claims, private_key, rs256
from alerts.sandbox.dialects.vonage import token
from tests.alerts.keys import a_private_key, pem


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_whoever_holds_the_public_key_can_verify_what_was_signed():
    signed, _dot, signature = rs256({"application_id": "app", "iat": 1}, a_private_key()).rpartition(".")
    public = a_private_key().public_key()
    public.verify(decoded(signature), signed.encode(), PKCS1v15(), SHA256())
    header, claims = (json.loads(decoded(part)) for part in signed.split("."))
    assert header == {"alg": "RS256", "typ": "JWT"}
    assert claims == {"application_id": "app", "iat": 1}
    with pytest.raises(InvalidSignature):
        public.verify(decoded(signature), signed.encode() + b"x", PKCS1v15(), SHA256())


def test_the_example_of_the_standard_is_believed():
    """RFC 7515, appendix A.1: an HS256 token and its key, as given there."""
    key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
    example = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )
    assert hs256_claims(example, Octets(decoded(key)))["iss"] == "joe"


class Octets(str):
    """A secret whose octets are no text."""

    def __new__(cls, octets):
        made = super().__new__(cls)
        made.octets = octets
        return made

    def encode(self, *_arguments):
        return self.octets


def test_another_secret_another_body_and_another_algorithm_are_not_believed():
    good = token("secret", b"{}")
    assert hs256_claims(good, "secret")
    assert hs256_claims(good, "guessed") is None
    header, claims, signature = good.split(".")
    assert hs256_claims(f"{header}.{claims}x.{signature}", "secret") is None
    none = base64.urlsafe_b64encode(b'{"alg": "none"}').decode().rstrip("=")
    assert hs256_claims(f"{none}.{claims}.", "secret") is None
    assert hs256_claims(rs256({"iat": 1}, a_private_key()), "secret") is None


@given(st.text(max_size=60))
def test_nonsense_is_not_believed_and_breaks_nothing(text):
    assert hs256_claims(text, "secret") is None


@pytest.mark.parametrize("spoilt", [lambda text: text.replace("\n", ""), lambda text: text.replace("\n", "\\n"), str])
def test_a_key_is_read_even_where_its_line_ends_were_lost(spoilt):
    assert private_key(spoilt(pem(a_private_key()))).private_numbers() == a_private_key().private_numbers()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MIIE",
        "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
        pem(generate_private_key(SECP256R1())),
    ],
)
def test_what_is_no_rsa_key_is_refused(text):
    with pytest.raises(ValueError, match=r"^It "):
        private_key(text)

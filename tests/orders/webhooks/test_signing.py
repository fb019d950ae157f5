import hashlib
import hmac
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from orders.webhooks.signing import new_secret, signature, standard_headers, standard_key

BODY, AT = '{"id": "1", "city": "Jyväskylä"}'.encode(), 1_772_452_800


def documented():
    """The function that docs/webhooks.md gives to shops."""
    text = (Path(settings.BASE_DIR) / "docs/webhooks.md").read_text()
    told = {}
    exec(text.split("```python\n")[1].split("```")[0], told)
    return told["verify"]


class TestSignature:
    def test_is_the_hmac_of_time_full_stop_and_body(self):
        code = hmac.new(b"whsec_1", b"1772452800." + BODY, hashlib.sha256).hexdigest()
        assert signature(["whsec_1"], BODY, AT) == f"t=1772452800,v1={code}"

    def test_while_the_secret_changes_each_of_the_two_signs(self):
        both = signature(["new", "old"], BODY, AT)
        assert both.split(",")[1:] == [signature([secret], BODY, AT).split(",")[1] for secret in ("new", "old")]

    def test_secrets_cannot_be_guessed_and_say_what_they_are(self):
        made = {new_secret() for _ in range(100)}
        assert len(made) == 100
        assert all(secret.startswith("whsec_") and len(secret) > 40 for secret in made)


class TestWhatTheDocsTellShopsToDo:
    def test_takes_what_was_signed_with_either_secret(self):
        header = signature(["new", "old"], BODY, AT)
        assert documented()(BODY, header, "new", now=AT + 10)
        assert documented()(BODY, header, "old", now=AT + 10)

    def test_refuses_another_body_secret_or_time(self):
        verify, header = documented(), signature(["new"], BODY, AT)
        assert not verify(BODY + b" ", header, "new", now=AT)
        assert not verify(BODY, header, "other", now=AT)
        assert not verify(BODY, header.replace("t=1772452800", "t=1772452801"), "new", now=AT)

    def test_refuses_what_is_old(self):
        header = signature(["new"], BODY, AT)
        assert not documented()(BODY, header, "new", now=AT + 301)

    def test_refuses_a_header_that_is_none(self):
        assert not any(documented()(BODY, header, "new", now=AT) for header in ("", "t=", "v1=abc", "t=x,v1=y", "ö"))

    def test_needs_nothing_but_python(self):
        text = (Path(settings.BASE_DIR) / "docs/webhooks.md").read_text()
        snippet = text.split("```python\n")[1].split("```")[0]
        subprocess.run([sys.executable, "-I", "-S", "-c", snippet], check=True)


class TestStandardWebhooks:
    def test_it_signs_as_the_specifications_own_libraries_do(self):
        told = standard_headers(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            b'{"test": 2432232314}',
            1614265330,
        )
        assert told == {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        }

    @pytest.mark.parametrize(
        "secret", ["", "whsec_", "whsec_c2hvcnQ=", "a plain word", "whsec_ä", "whsec_" + "-_" * 20]
    )
    def test_a_secret_that_is_no_key_is_refused(self, secret):
        with pytest.raises(ValueError, match="24 bytes"):
            standard_key(secret)

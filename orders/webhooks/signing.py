"""Webhooks are signed, so that whoever takes one in knows that it is ours, and when it was sent."""

import hashlib
import hmac
import secrets

SIGNATURE, DELIVERY = "Doorstep-Signature", "Doorstep-Delivery"
PREFIX = "whsec_"
# The newest signs, and the one before it while the shop's system changes over.
MOST_SECRETS = 2


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def new_secrets() -> list[str]:
    return [new_secret()]


def signature(known: list[str], body: bytes, at: int) -> str:
    """The header's value: the unix time and, for each secret, the HMAC-SHA256 of time, a full stop and body."""
    signed = b"%d.%b" % (at, body)
    codes = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in known]
    return ",".join([f"t={at}", *(f"v1={code}" for code in codes)])

"""Webhooks are signed, so that whoever takes one in knows that it is ours, and when it was sent."""

import base64
import hashlib
import hmac
import secrets

SIGNATURE, DELIVERY = "Doorstep-Signature", "Doorstep-Delivery"
PREFIX = "whsec_"
# The newest signs, and the one before it while the shop's system changes over.
MOST_SECRETS = 2
# Of a secret by the Standard Webhooks specification.
LEAST_KEY_BYTES = 24


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def new_secrets() -> list[str]:
    return [new_secret()]


def signature(known: list[str], body: bytes, at: int) -> str:
    """The header's value: the unix time and, for each secret, the HMAC-SHA256 of time, a full stop and body."""
    signed = b"%d.%b" % (at, body)
    codes = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in known]
    return ",".join([f"t={at}", *(f"v1={code}" for code in codes)])


def standard_headers(secret: str, delivery: str, body: bytes, at: int) -> dict[str, str]:
    """The same by the Standard Webhooks specification, 1.0.0: id, unix time and signature. Raises ValueError.

    Such a secret is whsec_ and the key in Base64.
    """
    signed = b"%b.%d.%b" % (delivery.encode(), at, body)
    code = base64.b64encode(hmac.digest(standard_key(secret), signed, hashlib.sha256)).decode()
    return {"webhook-id": delivery, "webhook-timestamp": str(at), "webhook-signature": f"v1,{code}"}


def standard_key(secret: str) -> bytes:
    """The key that this secret writes down. Raises ValueError when it is none, or too short to be one."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:  # not even letters of Base64
        key = b""
    if len(key) < LEAST_KEY_BYTES:
        raise ValueError(f"The secret is no Base64 of {LEAST_KEY_BYTES} bytes or more.")
    return key

"""JSON Web Tokens (RFC 7519), as far as Vonage needs them: RS256 to be signed, HS256 to be verified."""

import base64
import hashlib
import hmac
import json
import re

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----(.+)-----END \1-----", re.DOTALL)


def rs256(claims: dict, key: RSAPrivateKey) -> str:
    """The claims as a token signed with the key."""
    signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
    return f"{signed}.{_text(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def hs256_claims(token: str, secret: str) -> dict | None:
    """The claims, when the token was signed with the secret by HS256 and no other algorithm; else None."""
    signed, _dot, signature = token.rpartition(".")
    expected = _text(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        return None
    try:
        header, claims = (json.loads(_bytes(part)) for part in signed.split("."))
    except ValueError:
        return None
    is_meant = isinstance(header, dict) and header.get("alg") == "HS256" and isinstance(claims, dict)
    return claims if is_meant else None


def private_key(pem: str) -> RSAPrivateKey:
    """The RSA key in this PEM text, even where an input or a variable took its line ends. Raises ValueError."""
    found = PEM.search(pem.replace("\\n", "\n"))
    if not found:
        raise ValueError("It does not begin with “-----BEGIN PRIVATE KEY-----”.")
    kind, letters = found[1], "".join(found[2].split())
    lines = [letters[start : start + 64] for start in range(0, len(letters), 64)]
    text = "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----", ""])
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except Exception as error:  # the library's errors are many, and none is ours
        raise ValueError("It cannot be read.") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("It is no RSA key.")
    return key


def _part(value: dict) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))

"""Model fields of ours: secrets encrypted at rest."""

import base64
import hashlib
import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


class EncryptedJSONField(models.TextField):
    """Any JSON value, encrypted with ENCRYPTION_KEYS (newest first, so that a key can be rotated)."""

    def get_prep_value(self, value):
        if value is None:
            return None
        return _cipher().encrypt(json.dumps(value).encode()).decode()

    def from_db_value(self, value, expression, connection):
        return self.to_python(value)

    def to_python(self, value):
        if not isinstance(value, str) or not value.startswith("gAAAA"):
            return value
        try:
            return json.loads(_cipher().decrypt(value.encode()))
        except InvalidToken:
            raise ImproperlyConfigured(
                f"{self.model.__name__}.{self.name} was encrypted with a key that is not set any more: "
                "put the old key at the end of ENCRYPTION_KEYS (or the old SECRET_KEY in SECRET_KEY_FALLBACKS)."
            ) from None

    def value_to_string(self, obj):
        return self.get_prep_value(self.value_from_object(obj))


def _cipher() -> MultiFernet:
    keys = settings.ENCRYPTION_KEYS or [
        _stretched(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
    return MultiFernet([Fernet(key) for key in keys])


def _stretched(secret: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"doorstep at rest" + secret.encode()).digest())

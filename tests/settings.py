"""The settings tests run with: tracker.settings in the sandbox, quick hashing, nothing left on disk."""

import os
import tempfile

os.environ.setdefault("SANDBOX", "1")
os.environ.setdefault("SECRET_KEY", "tests only: 0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ")
os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="doorstep-tests-"))
os.environ.setdefault("SITE_URL", "https://portal.test")
os.environ.setdefault("ALLOWED_HOSTS", "*")
os.environ.setdefault("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000000")
os.environ.setdefault("TWILIO_AUTH_TOKEN", "tests-only-auth-token")

from tracker.settings import *  # noqa: F403

SECURE_SSL_REDIRECT = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# A real file, so that threads meet the locks that they meet in production.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}  # noqa: F405
if CACHE_URL:  # noqa: F405
    # Each test empties the cache: every worker process gets a Redis database of its own.
    server, _slash, number = CACHE_URL.rpartition("/")  # noqa: F405
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    CACHES["default"]["LOCATION"] = f"{server}/{int(number) + int(worker)}"  # noqa: F405
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
AXES_ENABLED = False
# What a test changes of a shop is seen at once.
SHOPS_KEPT_FOR = 0

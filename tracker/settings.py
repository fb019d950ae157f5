"""All of Doorstep's platform settings, each from the environment. `manage.py doctor` says what is wrong with them.

What belongs to one merchant (brand, credentials, senders) is a row, not a setting.
"""

from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _
from environs import Env

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(BASE_DIR / ".env", recurse=False)

# What this installation is

DEBUG = env.bool("DEBUG", False)
# The demo and the tests talk to pretend carriers and a pretend phone instead of the real ones.
SANDBOX = env.bool("SANDBOX", False)
SANDBOX_CARRIER_URL = env.str("SANDBOX_CARRIER_URL", "http://127.0.0.1:8900")
SANDBOX_SMS_URL = env.str("SANDBOX_SMS_URL", "http://127.0.0.1:8902")

INSECURE_SECRET_KEY = "insecure: set SECRET_KEY"  # noqa: S105 - tracker.checks refuses it in production
SECRET_KEY = env.str("SECRET_KEY", "") or INSECURE_SECRET_KEY
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", [])
# Fernet keys that encrypt carriers' and providers' secrets, newest first; without them SECRET_KEY is stretched.
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", [])

SITE_URL = env.str("SITE_URL", "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [urlsplit(SITE_URL).hostname, "localhost", "127.0.0.1"])
# How many proxies stand in front whose X-Forwarded-For and X-Forwarded-Proto may be believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [SITE_URL])

# Where files live

VAR_DIR = env.path("VAR_DIR", BASE_DIR / "var")
VAR_DIR.mkdir(parents=True, exist_ok=True)
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", BASE_DIR / "static_root")
MEDIA_URL = "/media/"
MEDIA_ROOT = env.path("MEDIA_ROOT", VAR_DIR / "media")

# The house

INSTALLED_APPS = [
    "modeltranslation",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "axes",
    "phonenumber_field",
    "anymail",
    "orders",
    "carriers",
    "offers",
    "alerts",
    "tracker",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "tracker.middleware.admin_content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tracker.middleware.admin_by_the_shops_clock",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "tracker.middleware.no_nul",
]

ROOT_URLCONF = "tracker.urls"
WSGI_APPLICATION = "tracker.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Database: the truth, and the queue of record

DATABASES = {
    "default": dj_database_url.parse(
        env.str("DATABASE_URL", f"sqlite:///{VAR_DIR / 'doorstep.sqlite3'}"), conn_max_age=60, conn_health_checks=True
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }

# `orders` knows no sibling: these tell its intake which carriers there are, and whose a number may be.
CARRIER_CHOICES = "carriers.registry.carrier_choices"
# And who can tell it which ways of writing there are.
CHANNEL_CHOICES = "alerts.channels.channel_choices"
CARRIER_DETECTOR = "carriers.detection.detect"
CARRIER_IS_AGGREGATOR = "carriers.registry.is_aggregator"

# Celery: only wakes workers (tracker/celery.py)

CELERY_BROKER_URL = env.str("BROKER_URL", "filesystem://localhost")
CELERY_QUEUE_DIR = VAR_DIR / "queue"

# A shop's webhooks go to the public internet only; on, they may also go to this machine's own network, and by http.
WEBHOOKS_ALLOW_PRIVATE = env.bool("WEBHOOKS_ALLOW_PRIVATE", False)

# Cache: throttles and nothing that may not be lost

CACHE_URL = env.str("CACHE_URL", CELERY_BROKER_URL if CELERY_BROKER_URL.startswith("redis") else "")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": VAR_DIR / "cache"}
}

# E-mail: SMTP by EMAIL_URL, or any provider of django-anymail by EMAIL_BACKEND and ANYMAIL

EMAIL_URL = env.str("EMAIL_URL", "")
_smtp = urlsplit(EMAIL_URL or "smtp://localhost:25")
_smtp_options = {
    "host": _smtp.hostname,
    "port": _smtp.port or 25,
    "username": _smtp.username or "",
    "password": _smtp.password or "",
    "use_tls": "tls" in _smtp.query,
    "use_ssl": _smtp.scheme == "smtps",
    "timeout": 15,
}
EMAIL_BACKEND_PATH = env.str("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
MAILERS = {
    "default": {
        "BACKEND": EMAIL_BACKEND_PATH,
        "OPTIONS": _smtp_options if EMAIL_BACKEND_PATH.startswith("django.core.mail.backends.smtp") else {},
    }
}
ANYMAIL = env.json("ANYMAIL", {})
ANYMAIL.setdefault("REQUESTS_TIMEOUT", 15)
# Not every provider can be asked to leave its readers unwatched, or to keep a message's uuid.
ANYMAIL.setdefault("IGNORE_UNSUPPORTED_FEATURES", True)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"orders@{urlsplit(SITE_URL).hostname}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# So long, in seconds, a worker goes by what it has read of a shop's rules for messages, senders, texts and brand.
SHOPS_KEPT_FOR = env.int("SHOPS_KEPT_FOR", 5)

# SMS: the provider, and the account there, of merchants that have no account of their own

SMS_PROVIDER = env.str("SMS_PROVIDER", "twilio")
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", "")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", "")
VONAGE_SIGNATURE_SECRET = env.str("VONAGE_SIGNATURE_SECRET", "")
VONAGE_APPLICATION_ID = env.str("VONAGE_APPLICATION_ID", "")
VONAGE_PRIVATE_KEY = env.str("VONAGE_PRIVATE_KEY", "")
VONAGE_API_KEY = env.str("VONAGE_API_KEY", "")
VONAGE_API_SECRET = env.str("VONAGE_API_SECRET", "")
SINCH_SERVICE_PLAN_ID = env.str("SINCH_SERVICE_PLAN_ID", "")
SINCH_API_TOKEN = env.str("SINCH_API_TOKEN", "")
SINCH_REGION = env.str("SINCH_REGION", "")
SINCH_WEBHOOK_SECRET = env.str("SINCH_WEBHOOK_SECRET", "")

# Web push: the key that `manage.py vapid_keys` makes, and whom push services write to when something is wrong

VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", "")
VAPID_SUBJECT = env.str("VAPID_SUBJECT", "") or f"mailto:{parseaddr(DEFAULT_FROM_EMAIL)[1]}"

# Languages and time

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("fi", _("Finnish")),
    ("sv", _("Swedish")),
    ("de", _("German")),
    ("fr", _("French")),
    ("es", _("Spanish")),
    ("it", _("Italian")),
    ("pl", _("Polish")),
    ("ar", _("Arabic")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
MODELTRANSLATION_FALLBACK_LANGUAGES = tuple(code for code, _name in LANGUAGES)
USE_TZ = True
TIME_ZONE = "UTC"

# People who log in

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_IPWARE_PROXY_COUNT = TRUSTED_PROXIES
AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR"] if TRUSTED_PROXIES else ["REMOTE_ADDR"]

# Security

SECURE_HTTPS = SITE_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_SSL_REDIRECT = SECURE_HTTPS and env.bool("SECURE_SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000) if SECURE_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HTTPS
# Preloading binds every subdomain of the shop for years: a decision of its owner, not of a portal.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_HTTPS
SESSION_COOKIE_AGE = 60 * 60 * 12
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "https:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
# The admin's interface (Alpine.js) evaluates expressions and styles inline.
ADMIN_CSP = {
    **SECURE_CSP,
    "script-src": [CSP.SELF, CSP.UNSAFE_EVAL, CSP.UNSAFE_INLINE],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
}
# A callback carries at most this much; DATA_UPLOAD covers forms in the admin.
CALLBACK_MAX_BYTES = 1_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000

# REST API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["orders.tenancy.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["orders.tenancy.HasMerchant"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["orders.tenancy.ApiKeyThrottle"],
    "DEFAULT_THROTTLE_RATES": {"api": "600/min"},
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {"TITLE": "Doorstep", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}

UNFOLD = {
    "SITE_TITLE": "Doorstep",
    "SITE_HEADER": "Doorstep",
    "SITE_SUBHEADER": _("Order tracking"),
    "SITE_SYMBOL": "package_2",
    "SHOW_HISTORY": True,
    "ENVIRONMENT": "tracker.environment.badge",
    "DASHBOARD_CALLBACK": "tracker.dashboard.front_page",
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": "tracker.navigation.sidebar"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"axes": {"level": "WARNING"}},
}

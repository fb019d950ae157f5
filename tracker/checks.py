"""What is wrong with this installation: each finding names the variable to set. `manage.py doctor` prints them all."""

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register

from alerts.channels import CHANNELS, channel
from carriers.registry import ADAPTERS, carrier_class


@register(Tags.security)
def secret_key_is_set(app_configs, **_kwargs):
    if settings.SECRET_KEY != settings.INSECURE_SECRET_KEY or settings.DEBUG or settings.SANDBOX:
        return []
    return [
        Error(
            "SECRET_KEY is not set.",
            hint="Set SECRET_KEY to 50 random characters: python -c 'import secrets; print(secrets.token_urlsafe(50))'",
            id="doorstep.E001",
        )
    ]


@register(Tags.security)
def sandbox_is_not_for_the_public(app_configs, **_kwargs):
    if not settings.SANDBOX or not settings.SECURE_HTTPS:
        return []
    return [
        Warning(
            f"SANDBOX is on while SITE_URL is {settings.SITE_URL}.",
            hint="Carriers and phones are pretended ones. Unset SANDBOX to speak to the real ones.",
            id="doorstep.W001",
        )
    ]


@register()
def site_url_can_be_reached(app_configs, **_kwargs):
    if settings.DEBUG or settings.SANDBOX or "localhost" not in settings.SITE_URL:
        return []
    return [
        Warning(
            f"SITE_URL is {settings.SITE_URL}: links in messages and callback URLs lead nowhere.",
            hint="Set SITE_URL to the portal's public address, such as https://track.example.com.",
            id="doorstep.W002",
        )
    ]


@register()
def e_mail_can_be_sent(app_configs, **_kwargs):
    if settings.DEBUG or settings.SANDBOX or settings.EMAIL_URL or "smtp" not in settings.EMAIL_BACKEND_PATH:
        return []
    return [
        Warning(
            "No mail server is set: e-mails go to localhost:25.",
            hint="Set EMAIL_URL=smtp://user:password@host:587/?tls, or EMAIL_BACKEND and ANYMAIL for a provider.",
            id="doorstep.W003",
        )
    ]


@register()
def texts_can_be_sent(app_configs, **_kwargs):
    if settings.DEBUG or bool(settings.TWILIO_ACCOUNT_SID) == bool(settings.TWILIO_AUTH_TOKEN):
        return []
    missing = "TWILIO_AUTH_TOKEN" if settings.TWILIO_ACCOUNT_SID else "TWILIO_ACCOUNT_SID"
    return [Error(f"{missing} is not set.", hint=f"Set {missing}, or neither of the two.", id="doorstep.E002")]


@register()
def every_carrier_can_be_loaded(app_configs, **_kwargs):
    """The registry and the adapters agree on their keys."""
    found = []
    for key, cls in ((key, carrier_class(key)) for key in ADAPTERS):
        if cls.key != key or not cls.name or (cls.api and not cls.base_url):
            found.append(
                Error(
                    f"The adapter {cls.__module__} does not fit the registry's {key!r}.",
                    hint="Give it this key, a name and a base_url.",
                    id="doorstep.E003",
                )
            )
    return found


@register()
def every_channel_can_be_loaded(app_configs, **_kwargs):
    """The channels' registry and the channels agree on their keys."""
    return [
        Error(f"The channel {key!r} calls itself {channel(key).key!r}.", hint="Make the two one.", id="doorstep.E004")
        for key in CHANNELS
        if channel(key).key != key
    ]

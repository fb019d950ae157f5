"""What is wrong with this installation: each finding names the variable to set. `manage.py doctor` prints them all."""

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register

from alerts.channels import CHANNELS, channel
from alerts.channels.email import provider
from alerts.channels.push import public_key
from alerts.channels.sms import PROVIDERS
from alerts.channels.sms import provider as sms_provider
from alerts.channels.sms.base import Provider
from alerts.channels.sms.channel import platform_credentials
from alerts.views.email import view_of, why_unverified
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
    """An account for texts is whole, or there is none; the one that SMS_PROVIDER names is of a provider there is."""
    if settings.SMS_PROVIDER not in PROVIDERS:
        return [
            Error(
                f"SMS_PROVIDER is {settings.SMS_PROVIDER!r}.",
                hint=f"Set SMS_PROVIDER to one of {', '.join(PROVIDERS)}.",
                id="doorstep.E005",
            )
        ]
    accounts = [] if settings.DEBUG else [(by, platform_credentials(by)) for by in map(sms_provider, PROVIDERS)]
    return [finding for by, given in accounts if given for finding in _flaws(by, given)]


def _flaws(by: Provider, given: dict[str, str]) -> list[Error]:
    """What is wrong with the platform's account at one provider; it has credentials of some kind."""
    flaws = dict.fromkeys(by.lacking(given), "is not set.") | by.flaws(given)
    variables = {f"{by.key}_{name}".upper(): sentence for name, sentence in flaws.items()}
    return [
        Error(
            f"{variable}: {sentence}",
            hint=f"Set {variable}, or nothing that begins with {by.key.upper()}_.",
            id="doorstep.E002",
        )
        for variable, sentence in variables.items()
    ]


@register()
def receipts_of_e_mails_are_verified(app_configs, **_kwargs):
    used = provider()
    why = why_unverified(used) if view_of(used) and not settings.DEBUG else ""
    hint = "Until then its bounces and complaints are not heard, and mail keeps going to addresses that are gone."
    return [Warning(why, hint=hint, id="doorstep.W021")] if why else []


@register()
def web_push_can_be_signed(app_configs, **_kwargs):
    if not settings.VAPID_PRIVATE_KEY:
        return []
    try:
        public_key()
    except Exception as error:  # whatever cryptography makes of it
        return [
            Error(
                f"VAPID_PRIVATE_KEY is no key: {error}.",
                hint="Set it to what manage.py vapid_keys prints, or leave it empty.",
                id="doorstep.E021",
            )
        ]
    return []


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

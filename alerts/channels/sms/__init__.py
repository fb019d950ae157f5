"""Texting, by whichever provider the merchant or the platform has an account at. A new one is its module and a line."""

from django.utils.module_loading import import_string

PROVIDERS = {
    "sinch": "alerts.channels.sms.sinch.Sinch",
    "twilio": "alerts.channels.sms.twilio.Twilio",
    "vonage": "alerts.channels.sms.vonage.Vonage",
}


def provider(key: str):
    """The provider of this key. Raises KeyError for one there is not."""
    return import_string(PROVIDERS[key])()


def provider_choices() -> list[tuple[str, str]]:
    return [(key, provider(key).name) for key in PROVIDERS]

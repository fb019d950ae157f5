"""Accounts at the providers of texts, as the sandbox knows them."""

from alerts.sandbox.dialects.sinch import WEBHOOK_SECRET
from alerts.sandbox.dialects.vonage import SIGNATURE_SECRET

# Provider -> what its account is opened with; the secret one of them, which the sandbox may refuse, stands last.
ACCOUNTS = {
    "sinch": {"service_plan_id": "plan", "webhook_secret": WEBHOOK_SECRET, "api_token": "sinch-token"},
    "twilio": {"account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "twilio-token"},
    "vonage": {"signature_secret": SIGNATURE_SECRET, "api_key": "abcd1234", "api_secret": "vonage-secret"},
}


def platform_at(settings, key: str, **change: str) -> None:
    """The platform's account is at this provider, with these credentials of it changed."""
    settings.SMS_PROVIDER = key
    for name, value in {**ACCOUNTS[key], **change}.items():
        setattr(settings, f"{key}_{name}".upper(), value)

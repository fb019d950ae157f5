import pytest

from alerts.sandbox.inbox import SandboxInbox


@pytest.fixture
def inbox(settings, free_port):
    """A real SMTP server and a gateway that speaks every provider's API, and Doorstep set to send there.

    Nobody answers at SITE_URL, so the receipts that the gateway posts are lost.
    """
    settings.SITE_URL = f"http://127.0.0.1:{free_port}"
    with SandboxInbox(receipt_pace=0) as inbox:
        settings.SANDBOX_SMS_URL = inbox.url
        settings.MAILERS = mailers(inbox.smtp_port)
        yield inbox


def mailers(port: int) -> dict:
    return {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": port, "timeout": 2},
        }
    }

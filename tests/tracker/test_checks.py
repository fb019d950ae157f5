"""What is wrong with an installation is said with the name of the variable to set."""

import io

import pytest
from django.core.management import CommandError, call_command

from tracker import checks


@pytest.fixture
def production(settings):
    """Settings as on a public machine."""
    settings.SANDBOX = settings.DEBUG = False
    settings.SECRET_KEY, settings.SITE_URL = "long and random", "https://track.example"
    settings.EMAIL_URL = "smtp://mail.example"
    return settings


def hints(check):
    return [finding.hint for finding in check(None)]


def test_a_good_installation_has_no_findings(production):
    for check in (
        checks.secret_key_is_set,
        checks.sandbox_is_not_for_the_public,
        checks.site_url_can_be_reached,
        checks.e_mail_can_be_sent,
        checks.texts_can_be_sent,
        checks.every_carrier_can_be_loaded,
        checks.every_channel_can_be_loaded,
    ):
        assert check(None) == []


def test_a_missing_secret_key_is_named(production):
    production.SECRET_KEY = production.INSECURE_SECRET_KEY
    assert "Set SECRET_KEY" in hints(checks.secret_key_is_set)[0]


def test_a_sandbox_in_public_is_named(production):
    production.SANDBOX, production.SECURE_HTTPS = True, True
    assert "Unset SANDBOX" in hints(checks.sandbox_is_not_for_the_public)[0]


def test_a_local_site_url_is_named(production):
    production.SITE_URL = "http://localhost:8000"
    assert "Set SITE_URL" in hints(checks.site_url_can_be_reached)[0]


def test_a_missing_mail_server_is_named(production):
    production.EMAIL_URL, production.EMAIL_BACKEND_PATH = "", "django.core.mail.backends.smtp.EmailBackend"
    assert "EMAIL_URL" in hints(checks.e_mail_can_be_sent)[0]


def test_half_an_account_at_twilio_is_named(production):
    production.TWILIO_AUTH_TOKEN = ""
    assert "Set TWILIO_AUTH_TOKEN" in hints(checks.texts_can_be_sent)[0]


@pytest.mark.django_db
def test_the_doctor_names_a_mail_server_that_does_not_answer(settings, free_port):
    settings.MAILERS = {"default": {"OPTIONS": {"host": "127.0.0.1", "port": free_port}}}
    said = io.StringIO()
    with pytest.raises(CommandError, match="want attention"):
        call_command("doctor", stdout=said)
    assert f"127.0.0.1:{free_port} does not answer" in said.getvalue()
    assert "Set EMAIL_URL" in said.getvalue()

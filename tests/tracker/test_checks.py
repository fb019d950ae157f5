"""What is wrong with an installation is said with the name of the variable to set."""

import io

import pytest
from django.core.management import CommandError, call_command

from alerts.models import Alert
from tests.builders import a_merchant, a_scan, a_shipment, an_order, record
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
        checks.receipts_of_e_mails_are_verified,
        checks.web_push_can_be_signed,
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
    (hint,) = hints(checks.texts_can_be_sent)
    assert hint == "Set TWILIO_AUTH_TOKEN, or nothing that begins with TWILIO_."


def test_half_an_account_at_vonage_is_named_and_a_key_that_is_none(production):
    production.VONAGE_SIGNATURE_SECRET, production.VONAGE_APPLICATION_ID = "secret", "app"
    assert "Set VONAGE_PRIVATE_KEY" in hints(checks.texts_can_be_sent)[0]
    production.VONAGE_PRIVATE_KEY = "MIIE"
    (finding,) = checks.texts_can_be_sent(None)
    assert finding.msg.startswith("VONAGE_PRIVATE_KEY: This is no private key.")
    production.VONAGE_APPLICATION_ID = production.VONAGE_PRIVATE_KEY = ""
    production.VONAGE_API_KEY = production.VONAGE_API_SECRET = "of the account"
    assert checks.texts_can_be_sent(None) == []


def test_a_region_that_sinch_does_not_have_is_named(production):
    production.SINCH_SERVICE_PLAN_ID, production.SINCH_API_TOKEN, production.SINCH_REGION = "plan", "token", "moon"
    (finding,) = checks.texts_can_be_sent(None)
    assert finding.msg == "SINCH_REGION: There is no moon: choose one of eu, us, au, br, ca."


def test_a_provider_of_texts_there_is_not_is_named_with_those_there_are(production):
    production.SMS_PROVIDER = "pigeon"
    assert hints(checks.texts_can_be_sent) == ["Set SMS_PROVIDER to one of sinch, twilio, vonage."]


@pytest.mark.parametrize("backend", ["anymail.backends.postmark", "alerts.mailers.resend"])
def test_a_provider_whose_bounces_nobody_could_tell_from_forged_ones_is_named(production, backend):
    production.MAILERS = {"default": {"BACKEND": f"{backend}.EmailBackend"}}
    production.ANYMAIL = {}
    (found,) = checks.receipts_of_e_mails_are_verified(None)
    assert "Set WEBHOOK_SECRET in ANYMAIL" in found.msg
    production.ANYMAIL = {"WEBHOOK_SECRET": "doorstep:a-long-password"}
    assert checks.receipts_of_e_mails_are_verified(None) == []


def test_a_provider_that_signs_needs_its_own_key_and_no_password(production):
    production.MAILERS = {"default": {"BACKEND": "anymail.backends.mailgun.EmailBackend"}}
    production.ANYMAIL = {}
    (found,) = checks.receipts_of_e_mails_are_verified(None)
    assert "MAILGUN_WEBHOOK_SIGNING_KEY" in found.msg
    production.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": "key"}
    assert checks.receipts_of_e_mails_are_verified(None) == []


@pytest.mark.parametrize("key", ["nonsense", "ä", "AAAA"])
def test_a_key_that_signs_nothing_is_named(production, key):
    production.VAPID_PRIVATE_KEY = key
    assert "manage.py vapid_keys" in hints(checks.web_push_can_be_signed)[0]


def test_the_key_that_the_command_makes_is_one(production):
    said = io.StringIO()
    call_command("vapid_keys", stdout=said)
    name, _equals, production.VAPID_PRIVATE_KEY = said.getvalue().strip().partition("=")
    assert name == "VAPID_PRIVATE_KEY"
    assert checks.web_push_can_be_signed(None) == []


@pytest.mark.django_db
def test_the_doctor_names_a_mail_server_that_does_not_answer(settings, free_port):
    settings.MAILERS = {"default": {"OPTIONS": {"host": "127.0.0.1", "port": free_port}}}
    said = io.StringIO()
    with pytest.raises(CommandError, match="want attention"):
        call_command("doctor", stdout=said)
    assert f"127.0.0.1:{free_port} does not answer" in said.getvalue()
    assert "Set EMAIL_URL" in said.getvalue()


@pytest.mark.django_db
def test_the_doctor_names_shops_that_write_without_a_postal_address():
    """A shop that writes nothing, and one that sent staff a test, need none yet."""
    nameless, named, silent = (
        a_shipment(an_order(a_merchant(name, **kw)))
        for name, kw in (("Nameless", {}), ("Named", {"postal_address": "Street 1"}), ("Silent", {}))
    )
    for parcel in (nameless, named, silent):
        record(parcel, a_scan())
        about = {} if parcel is silent else {"change": parcel.changes.first()}
        told = {"trigger": "shipped", "channel": "email", "language": "en", "state": "sent", "is_test": not about}
        Alert.objects.create(merchant=parcel.merchant, order=parcel.order, **told, **about)
    said = io.StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=said)
    assert "postal addresses: Nameless write e-mails without a postal address" in said.getvalue()

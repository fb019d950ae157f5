"""The desk for the accounts that send: a provider is chosen, then its credentials go in and never come out."""

import pytest

from alerts import links
from alerts.channels.sms.channel import account_of
from alerts.models import Sender
from orders.models import Role
from tests.alerts.keys import a_private_key, pem
from tests.builders import a_merchant
from tests.staff import a_desk, as_posted, errors, url_of

TWILIO = {
    "credential_account_sid": "AC1",
    "credential_auth_token": "token-1",
    "identity": "+15005550006",
    "active": "on",
}
VONAGE = {"credential_signature_secret": "signs", "identity": "Nordlicht", "active": "on"}
SINCH = {
    "credential_service_plan_id": "plan",
    "credential_api_token": "token",
    "credential_region": "us",
    "identity": "Nordlicht",
    "active": "on",
}


@pytest.fixture
def shop(db):
    return a_merchant()


@pytest.fixture
def owner(shop, django_user_model):
    return a_desk(django_user_model, shop, Role.OWNER)


@pytest.fixture
def staff(shop, django_user_model):
    return a_desk(django_user_model, shop)


def adding(key):
    return f"{url_of(Sender, 'add')}?provider={key}"


def test_first_the_provider_is_asked_for(owner):
    page = owner.get(url_of(Sender, "add")).content.decode()
    for key in ("email", "sinch", "twilio", "vonage", "webhook"):
        assert f'href="?provider={key}"' in page


def test_an_account_for_texts_needs_its_credentials(shop, owner):
    assert "credential_auth_token" in errors(owner.post(adding("twilio"), {"identity": "+15005550006"}))
    assert owner.post(adding("twilio"), TWILIO).status_code == 302
    sender = shop.senders.get()
    assert (sender.channel, sender.provider) == ("sms", "twilio")
    assert sender.credentials == {"account_sid": "AC1", "auth_token": "token-1"}


def test_vonage_needs_an_application_with_its_key_or_the_key_of_the_account(shop, owner):
    assert "credential_private_key" in errors(owner.post(adding("vonage"), VONAGE))
    by_key = {**VONAGE, "credential_api_key": "abcd1234", "credential_api_secret": "secret"}
    assert owner.post(adding("vonage"), by_key).status_code == 302
    assert not account_of(shop).lacks


def test_a_private_key_may_lose_its_line_ends_in_the_input(shop, owner):
    key = a_private_key()
    posted = {
        **VONAGE,
        "credential_application_id": "app",
        "credential_private_key": pem(key).replace("\n", ""),
    }
    assert owner.post(adding("vonage"), posted).status_code == 302
    assert not account_of(shop).lacks


def test_what_is_no_private_key_is_refused_with_what_to_paste(owner):
    posted = {**VONAGE, "credential_application_id": "app", "credential_private_key": "MIIE"}
    (said,) = errors(owner.post(adding("vonage"), posted))["credential_private_key"]
    assert said == "This is no private key. Paste the whole file that Vonage gave you, from first line to last."


def test_sinch_asks_for_a_region_that_there_is_and_shows_it_again(shop, owner):
    assert "credential_region" in errors(owner.post(adding("sinch"), {**SINCH, "credential_region": "moon"}))
    assert owner.post(adding("sinch"), SINCH).status_code == 302
    sender = shop.senders.get()
    assert sender.credentials == {"service_plan_id": "plan", "api_token": "token", "region": "us"}
    page = owner.get(url_of(Sender, "change", sender.pk))
    assert as_posted(page)["credential_region"] == "us"


def test_a_shop_has_one_sender_of_texts_whoever_the_provider_is(shop, owner):
    owner.post(adding("twilio"), TWILIO)
    said = errors(owner.post(adding("sinch"), SINCH))
    assert "change that one, or delete it first" in str(said)
    assert shop.senders.get().provider == "twilio"


def test_a_sender_of_e_mails_needs_no_credentials(shop, owner):
    assert owner.post(adding("email"), {"identity": "orders@nordlicht.example", "active": "on"}).status_code == 302
    sender = shop.senders.get()
    assert (sender.channel, sender.provider, sender.identity) == ("email", "email", "orders@nordlicht.example")


def test_e_mails_come_from_an_address_and_not_from_a_mere_name(shop, owner):
    assert "identity" in errors(owner.post(adding("email"), {"identity": "Nordlicht", "active": "on"}))
    assert not shop.senders.exists()


def test_a_webhook_is_not_asked_what_it_comes_from(owner):
    page = owner.get(adding("webhook")).content.decode()
    assert 'name="credential_url"' in page
    assert 'name="identity"' not in page


def test_a_webhooks_address_and_secret_are_looked_at(shop, owner, settings):
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    posted = {"credential_url": "http://127.0.0.1:9/", "credential_secret": "short", "active": "on"}
    assert "whsec_" in str(errors(owner.post(adding("webhook"), posted)))
    assert not shop.senders.exists()


def test_what_is_stored_is_never_shown_and_an_empty_input_keeps_it(shop, owner):
    owner.post(adding("twilio"), TWILIO)
    url = url_of(Sender, "change", shop.senders.get().pk)
    page = owner.get(url)
    assert "token-1" not in page.content.decode()
    assert owner.post(url, {**as_posted(page), "identity": "Nordlicht"}).status_code == 302
    sender = shop.senders.get()
    assert (sender.identity, sender.credentials["auth_token"]) == ("Nordlicht", "token-1")


@pytest.mark.parametrize("key", ["twilio", "vonage", "sinch"])
def test_the_address_that_answers_are_to_be_posted_to_is_shown(key, shop, owner):
    sender = Sender.objects.create(merchant=shop, channel="sms", provider=key, credentials={"auth_token": "token-1"})
    page = owner.get(url_of(Sender, "change", sender.pk)).content.decode()
    assert links.sms_inbound_link(key, shop) in page


def test_staff_see_the_sender_and_not_its_form(shop, staff):
    sender = Sender.objects.create(
        merchant=shop, channel="sms", provider="twilio", credentials={"auth_token": "token-1"}
    )
    page = staff.get(url_of(Sender, "change", sender.pk))
    assert page.status_code == 200
    assert 'type="password"' not in page.content.decode()
    assert "/sms/twilio/" not in page.content.decode(), "whoever knows this address may be believed"


def test_a_provider_that_is_gone_leaves_its_sender_in_the_list(shop, owner):
    Sender.objects.create(merchant=shop, channel="sms", provider="pigeon")
    assert "pigeon" in owner.get(url_of(Sender, "changelist")).content.decode()

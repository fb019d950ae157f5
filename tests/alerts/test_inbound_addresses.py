"""Operators and the demo are told where what shoppers text back is to be posted."""

import pytest
from django.core.management import call_command

from alerts import links
from alerts.management.commands.sandbox_inbox import _inbound_urls
from alerts.models import Sender
from tests.builders import a_merchant


@pytest.mark.django_db
def test_the_platforms_address_is_printed_and_that_of_each_shop_with_its_own_account(settings, capsys):
    settings.SMS_PROVIDER = "vonage"
    shop = a_merchant()
    Sender.objects.create(merchant=shop, channel="sms", provider="sinch")
    Sender.objects.create(merchant=shop, channel="email", provider="email")
    call_command("inbound_addresses")
    assert capsys.readouterr().out.splitlines() == [
        f"The platform, vonage: {links.sms_inbound_link('vonage')}",
        f"{shop.slug}, sinch: {links.sms_inbound_link('sinch', shop)}",
    ]


@pytest.mark.django_db
def test_the_demos_phone_answers_each_provider_at_the_address_of_its_shop(settings):
    shop = a_merchant()
    assert _inbound_urls("") == {}
    assert _inbound_urls(shop.slug) == {key: links.sms_inbound_link(key, shop) for key in ("sinch", "twilio", "vonage")}

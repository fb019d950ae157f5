"""The desk for shoppers."""

import pytest
from django.urls import reverse

from orders.models import AskedAt, Consent, Customer, Merchant, Purpose, Role
from tests.builders import a_customer, a_merchant
from tests.staff import a_desk, as_posted, press_on, told, url_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return a_merchant()


@pytest.fixture
def shopper(shop):
    return a_customer(shop, name="Zebulon Quill", agreed_to=[])


@pytest.fixture
def desk(shop, django_user_model):
    def at(role=Role.STAFF, merchant=None):
        return a_desk(django_user_model, merchant or shop, role)

    return at


SAID = {"channel": "sms", "purpose": "delivery", "wording": "On the phone: text me."}


class TestConsents:
    def test_staff_note_what_they_were_told(self, desk, shopper):
        press_on(desk(), shopper, "agreed", **SAID)
        consent = shopper.consents.get()
        assert (consent.channel, consent.given_where, consent.wording) == ("sms", AskedAt.STAFF, SAID["wording"])

    def test_a_consent_without_what_was_agreed_to_is_not_noted(self, desk, shopper):
        press_on(desk(), shopper, "agreed", channel="sms", purpose="delivery")
        assert not shopper.consents.exists()

    def test_staff_withdraw_and_the_history_stays_to_be_read(self, desk, shopper):
        client = desk()
        press_on(client, shopper, "agreed", **SAID)
        press_on(client, shopper, "withdrew", channel="sms", purpose="delivery")
        assert shopper.consents.get().withdrawn_at
        page = client.get(url_of(Customer, "change", shopper.pk)).content.decode()
        assert SAID["wording"] in page
        assert "Text message" in page

    def test_what_was_not_given_cannot_be_withdrawn_and_that_is_said(self, desk, shopper):
        answer = press_on(desk(), shopper, "withdrew", channel="sms", purpose="delivery")
        assert told(answer) == ["There was no such consent."]

    def test_viewers_and_other_shops_note_nothing(self, desk, shopper):
        for client in (desk(Role.VIEWER), desk(Role.OWNER, a_merchant())):
            press_on(client, shopper, "agreed", **SAID)
        assert not Consent.objects.exists()


class TestForgetting:
    def test_the_owner_forgets_a_shopper(self, desk, shopper):
        answer = press_on(desk(Role.OWNER), shopper, "forget")
        assert told(answer) == ["The shopper was forgotten."]
        shopper.refresh_from_db()
        assert shopper.erased_at
        assert "Zebulon" not in answer.content.decode()

    def test_the_button_asks_first(self, desk, shopper):
        client = desk(Role.OWNER)
        url = reverse("admin:orders_customer_forget", args=[shopper.pk])
        assert "This cannot be undone" in client.get(url).content.decode()
        shopper.refresh_from_db()
        assert not shopper.erased_at

    @pytest.mark.parametrize("role", [Role.STAFF, Role.VIEWER])
    def test_nobody_but_the_owner_may(self, desk, shopper, role):
        press_on(desk(role), shopper, "forget")
        shopper.refresh_from_db()
        assert not shopper.erased_at

    def test_nor_the_owner_of_another_shop(self, desk, shopper):
        press_on(desk(Role.OWNER, a_merchant()), shopper, "forget")
        shopper.refresh_from_db()
        assert not shopper.erased_at

    def test_who_was_forgotten_cannot_be_filled_in_again(self, desk, shopper):
        client = desk(Role.OWNER)
        press_on(client, shopper, "forget")
        client.post(url_of(Customer, "change", shopper.pk), {"name": "Zebulon Quill", "email": "z@quill.example"})
        press_on(client, shopper, "agreed", **SAID)
        shopper.refresh_from_db()
        assert (shopper.name, shopper.consents.count()) == ("", 0)
        assert str(Purpose.DELIVERY.label) not in client.get(url_of(Customer, "change", shopper.pk)).content.decode()


def test_a_shop_without_a_postal_address_is_told_so_when_it_is_saved(desk, shop):
    client = desk(Role.OWNER)
    url = url_of(Merchant, "change", shop.pk)
    answer = client.post(url, as_posted(client.get(url)), follow=True)
    assert any("no postal address" in message for message in told(answer))
    answer = client.post(url, as_posted(client.get(url)) | {"postal_address": "Street 1, Helsinki"}, follow=True)
    assert not any("no postal address" in message for message in told(answer))

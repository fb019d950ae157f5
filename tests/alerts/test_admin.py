"""The desks for messages, for addresses that want none, and for the accounts that send."""

import pytest

from alerts.models import Alert, Sender, Suppressed, Suppression
from alerts.services import send_test
from orders.models import Role
from tests.builders import a_merchant, a_shipment, an_order
from tests.staff import a_desk, as_posted, errors, url_of


@pytest.fixture
def shop(db):
    return a_merchant()


@pytest.fixture
def owner(shop, django_user_model):
    return a_desk(django_user_model, shop, Role.OWNER)


@pytest.fixture
def staff(shop, django_user_model):
    return a_desk(django_user_model, shop)


class TestMessages:
    def test_the_log_shows_the_words_and_cannot_be_written(self, shop, staff):
        alert = send_test(shop, "maija@nordlicht.example", "email", "en", a_shipment(an_order(shop)))
        url = url_of(Alert, "change", alert.pk)
        page = staff.get(url).content.decode()
        assert alert.subject in page
        assert "maija@nordlicht.example" in page
        assert staff.post(url, {"body_text": "other words"}).status_code == 403
        assert staff.post(url_of(Alert, "delete", alert.pk), {"post": "yes"}).status_code == 403

    @pytest.mark.parametrize("rows", [3, 30])
    def test_the_log_asks_the_same_number_of_questions_however_long_it_is(
        self, rows, shop, staff, django_assert_max_num_queries
    ):
        shipment = a_shipment(an_order(shop))
        for _row in range(rows):
            send_test(shop, "maija@nordlicht.example", "email", "en", shipment)
        with django_assert_max_num_queries(8):
            staff.get(url_of(Alert, "changelist"))


class TestSuppressions:
    def test_staff_suppress_an_address_once_however_it_is_written(self, shop, staff):
        for address in ("Aino@shopper.example", "aino@shopper.example"):
            staff.post(url_of(Suppression, "add"), {"channel": "email", "address": address})
        suppression = shop.suppressions.get()
        assert (suppression.address, suppression.reason) == ("aino@shopper.example", Suppressed.BY_STAFF)

    def test_staff_take_back_what_staff_decided_and_nothing_else(self, shop, staff):
        rows = [
            Suppression.objects.create(merchant=shop, channel="email", address=f"{reason}@x.example", reason=reason)
            for reason in (Suppressed.BY_STAFF, Suppressed.UNSUBSCRIBED, Suppressed.STOP)
        ]
        codes = [staff.post(url_of(Suppression, "delete", row.pk), {"post": "yes"}).status_code for row in rows]
        assert codes == [302, 403, 403]
        chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in rows], "post": "yes"}
        staff.post(url_of(Suppression, "changelist"), chosen)
        assert {row.reason for row in shop.suppressions.all()} == {Suppressed.UNSUBSCRIBED, Suppressed.STOP}


class TestSenders:
    SMS = {
        "credential_account_sid": "AC1",
        "credential_auth_token": "token-1",
        "identity": "+15005550006",
        "active": "on",
    }

    def test_first_the_channel_is_asked_for(self, owner):
        page = owner.get(url_of(Sender, "add")).content.decode()
        assert 'href="?channel=sms"' in page
        assert 'href="?channel=email"' in page

    def test_an_account_for_texts_needs_its_credentials(self, shop, owner):
        url = url_of(Sender, "add") + "?channel=sms"
        assert "credential_auth_token" in errors(owner.post(url, {"identity": "+15005550006"}))
        assert owner.post(url, self.SMS).status_code == 302
        sender = shop.senders.get()
        assert (sender.channel, sender.credentials) == ("sms", {"account_sid": "AC1", "auth_token": "token-1"})

    def test_a_sender_of_e_mails_needs_none(self, shop, owner):
        url = url_of(Sender, "add") + "?channel=email"
        assert owner.post(url, {"identity": "orders@nordlicht.example", "active": "on"}).status_code == 302
        assert shop.senders.get().identity == "orders@nordlicht.example"

    def test_what_is_stored_is_never_shown_and_an_empty_input_keeps_it(self, shop, owner):
        owner.post(url_of(Sender, "add") + "?channel=sms", self.SMS)
        url = url_of(Sender, "change", shop.senders.get().pk)
        page = owner.get(url)
        assert "token-1" not in page.content.decode()
        owner.post(url, {**as_posted(page), "identity": "Nordlicht"})
        sender = shop.senders.get()
        assert (sender.identity, sender.credentials["auth_token"]) == ("Nordlicht", "token-1")

    def test_staff_see_the_sender_and_not_its_form(self, shop, staff):
        sender = Sender.objects.create(merchant=shop, channel="sms", credentials={"auth_token": "token-1"})
        page = staff.get(url_of(Sender, "change", sender.pk))
        assert page.status_code == 200
        assert 'type="password"' not in page.content.decode()

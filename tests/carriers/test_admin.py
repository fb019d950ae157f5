"""The desks for carrier accounts, callbacks and unmapped codes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from carriers.models import (
    CallbackDelivery,
    CarrierAccount,
    CodeMeaning,
    DeliveryState,
    Dispute,
    Suggester,
    UnmappedCode,
)
from carriers.registry import ADAPTERS, carrier_class
from orders.models import Role
from tests.builders import a_merchant, an_account
from tests.staff import a_desk, as_posted, errors, press, press_on, told, url_of


@pytest.fixture
def shop(db):
    return a_merchant()


@pytest.fixture
def owner(shop, django_user_model):
    return a_desk(django_user_model, shop, Role.OWNER)


def fields_of(response):
    return response.context["adminform"].form.fields


def a_delivery(account, body=b"{}", state=DeliveryState.PROCESSED, **kw):
    return CallbackDelivery.objects.create(
        merchant=account.merchant, account=account, body=body, digest=str(timezone.now()), state=state, **kw
    )


class TestOpeningAnAccount:
    def test_first_the_carrier_is_asked_for(self, owner):
        page = owner.get(url_of(CarrierAccount, "add")).content.decode()
        assert "Which carrier is the account at?" in page
        assert all(f'href="?carrier={key}"' in page for key in ADAPTERS)

    @pytest.mark.parametrize("key", ADAPTERS)
    def test_then_what_this_carriers_api_needs_in_inputs_that_hide_it(self, key, owner):
        page = owner.get(url_of(CarrierAccount, "add") + f"?carrier={key}")
        asked = [name.removeprefix("credential_") for name in fields_of(page) if name.startswith("credential_")]
        adapter = carrier_class(key)
        assert tuple(asked) == (*adapter.credentials, *adapter.optional_credentials)
        assert page.content.decode().count('type="password"') == len(asked)

    def test_a_carrier_nobody_knows_is_asked_for_again(self, owner):
        assert "Which carrier" in owner.get(url_of(CarrierAccount, "add") + "?carrier=pigeon").content.decode()

    def test_the_credentials_are_stored(self, shop, owner):
        given = {"credential_client_id": "our-id", "credential_client_secret": "our-secret", "active": "on"}
        response = owner.post(url_of(CarrierAccount, "add") + "?carrier=ups", given)
        assert response.status_code == 302, errors(response)
        account = shop.carrier_accounts.get()
        assert account.carrier == "ups"
        assert account.credentials == {"client_id": "our-id", "client_secret": "our-secret"}
        assert len(account.callback_secrets) == 1

    def test_every_credential_is_needed(self, owner):
        response = owner.post(url_of(CarrierAccount, "add") + "?carrier=ups", {"credential_client_id": "our-id"})
        assert errors(response)["credential_client_secret"] == ["This field is required."]

    def test_a_shop_has_one_account_at_a_carrier(self, shop, owner):
        an_account(shop, "ups")
        given = {"credential_client_id": "a", "credential_client_secret": "b"}
        response = owner.post(url_of(CarrierAccount, "add") + "?carrier=ups", given)
        assert "already exists" in str(errors(response))

    def test_staff_open_none(self, shop, django_user_model):
        staff = a_desk(django_user_model, shop)
        for query in ("", "?carrier=ups"):
            assert staff.get(url_of(CarrierAccount, "add") + query).status_code == 403


class TestChangingAnAccount:
    @pytest.fixture
    def account(self, shop):
        return an_account(shop, "ups", credentials={"client_id": "old-id", "client_secret": "old-secret"})

    def save(self, client, account, **changes):
        url = url_of(CarrierAccount, "change", account.pk)
        response = client.post(url, {**as_posted(client.get(url)), **changes})
        assert response.status_code == 302, errors(response)
        account.refresh_from_db()

    def test_what_is_stored_is_never_shown(self, owner, account):
        page = owner.get(url_of(CarrierAccount, "change", account.pk)).content.decode()
        assert "old-id" not in page
        assert "old-secret" not in page
        assert account.callback_secrets[0] not in page
        assert page.count("Leave empty to keep what is stored.") == 2

    def test_an_empty_input_keeps_what_is_stored(self, owner, account):
        self.save(owner, account, credential_client_secret="new-secret", calls_per_minute="7")
        assert account.credentials == {"client_id": "old-id", "client_secret": "new-secret"}
        assert account.calls_per_minute == 7

    def test_new_credentials_end_a_refusal_and_forget_the_old_token(self, owner, account):
        CarrierAccount.objects.filter(pk=account.pk).update(
            refused_at=timezone.now(), failures=3, last_error="401", access_token="old-token"
        )
        self.save(owner, account, credential_client_secret="new-secret")
        assert (account.refused_at, account.failures, account.last_error) == (None, 0, "")
        assert account.access_token is None

    def test_saving_without_new_credentials_leaves_a_refusal(self, owner, account):
        CarrierAccount.objects.filter(pk=account.pk).update(refused_at=timezone.now())
        self.save(owner, account, calls_per_minute="7")
        assert account.refused_at

    def test_saving_does_not_undo_what_a_worker_wrote_meanwhile(self, owner, account):
        url = url_of(CarrierAccount, "change", account.pk)
        posted = as_posted(owner.get(url))
        CarrierAccount.objects.filter(pk=account.pk).update(access_token="newer", last_error="503")
        owner.post(url, {**posted, "calls_per_minute": "7"})
        account.refresh_from_db()
        assert (account.access_token, account.last_error, account.calls_per_minute) == ("newer", "503", 7)

    def test_the_address_for_callbacks_is_shown_to_those_who_give_it_away(
        self, shop, owner, account, django_user_model
    ):
        address = f"https://portal.test/callbacks/ups/{account.callback_token}/"
        url = url_of(CarrierAccount, "change", account.pk)
        assert address in owner.get(url).content.decode()
        for role in (Role.STAFF, Role.VIEWER):
            page = a_desk(django_user_model, shop, role).get(url)
            assert page.status_code == 200
            assert account.callback_token not in page.content.decode()

    def test_an_account_at_a_carrier_that_is_gone_can_still_be_seen(self, shop, owner):
        account = an_account(shop, "pigeon", credentials={})
        assert owner.get(url_of(CarrierAccount, "changelist")).status_code == 200
        assert owner.get(url_of(CarrierAccount, "change", account.pk)).status_code == 200

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"active": False}, "Off"),
            ({"refused_at": timezone.now(), "failures": 2}, "Refused: check the credentials"),
            ({"paused_until": timezone.now() + timedelta(hours=1)}, "Paused"),
            ({"paused_until": timezone.now() - timedelta(hours=1), "failures": 2}, "Not answering"),
            ({"last_success_at": timezone.now()}, "Answering"),
            ({}, "Not asked yet"),
        ],
    )
    def test_the_list_says_how_the_account_is(self, values, words, owner, account):
        CarrierAccount.objects.filter(pk=account.pk).update(**values)
        assert words in owner.get(url_of(CarrierAccount, "changelist")).content.decode()


class TestButtonsOfAnAccount:
    @pytest.fixture
    def account(self, shop):
        return an_account(shop, "ups", callback_secrets=["first-secret"])

    def test_try_again_ends_pause_and_refusal(self, owner, account):
        for button in (press, press_on):
            CarrierAccount.objects.filter(pk=account.pk).update(
                refused_at=timezone.now(), paused_until=timezone.now() + timedelta(hours=1), failures=9
            )
            if button is press:
                press(owner, CarrierAccount, "try_again", account)
            else:
                press_on(owner, account, "try_this_again")
            account.refresh_from_db()
            assert (account.refused_at, account.paused_until, account.failures) == (None, None, 0)

    def test_the_callback_secret_is_shown_when_asked_for(self, owner, account):
        response = press_on(owner, account, "reveal_secret")
        assert told(response) == ["The callback secret, which is shown only now: first-secret"]

    def test_a_new_secret_comes_first_and_the_old_stays(self, owner, account):
        response = press_on(owner, account, "rotate_secret")
        account.refresh_from_db()
        new, old = account.callback_secrets
        assert old == "first-secret"
        assert told(response) == [f"The callback secret, which is shown only now: {new}"]

    def test_old_secrets_are_removed_when_asked_for(self, owner, account):
        press_on(owner, account, "rotate_secret")
        account.refresh_from_db()
        newest = account.callback_secrets[0]
        press_on(owner, account, "forget_old_secrets")
        account.refresh_from_db()
        assert account.callback_secrets == [newest]

    @pytest.mark.parametrize("button", ["reveal_secret", "rotate_secret", "forget_old_secrets", "try_this_again"])
    def test_a_link_alone_presses_no_button(self, button, owner, account):
        """Only a form that was submitted does: a picture in an e-mail could follow a link."""
        before = CarrierAccount.objects.values().get()
        response = owner.get(f"{url_of(CarrierAccount, 'change', account.pk).removesuffix('change/')}{button}/")
        assert response.status_code == 200
        assert "first-secret" not in response.content.decode()
        assert CarrierAccount.objects.values().get() == before

    @pytest.mark.parametrize("button", ["reveal_secret", "rotate_secret", "forget_old_secrets", "try_this_again"])
    @pytest.mark.parametrize("role", [Role.STAFF, Role.VIEWER])
    def test_only_owners_press_them(self, button, role, shop, account, django_user_model):
        response = press_on(a_desk(django_user_model, shop, role), account, button)
        assert response.status_code == 403
        assert "first-secret" not in response.content.decode()


class TestCallbacks:
    def test_what_came_is_shown_escaped(self, shop, owner):
        delivery = a_delivery(an_account(shop), b'{"told": "<script>alert(1)</script>"}', headers={"X-Sent": "<b>"})
        page = owner.get(url_of(CallbackDelivery, "change", delivery.pk)).content.decode()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "&quot;X-Sent&quot;: &quot;&lt;b&gt;&quot;" in page

    def test_the_list_does_not_load_bodies(self, shop, owner, django_assert_max_num_queries):
        account = an_account(shop)
        for _more in range(20):
            a_delivery(account)
        with django_assert_max_num_queries(10) as asked:
            owner.get(url_of(CallbackDelivery, "changelist"))
        assert not [query["sql"] for query in asked.captured_queries if '"body"' in query["sql"]]

    def test_a_callback_is_processed_again_a_rejected_one_is_not(self, shop, owner):
        account = an_account(shop)
        failed = a_delivery(account, state=DeliveryState.FAILED, error="It broke", due_at=None)
        rejected = a_delivery(account, state=DeliveryState.REJECTED, due_at=None)
        response = press(owner, CallbackDelivery, "process_again", failed, rejected)
        assert told(response) == ["1 callback waits.", "1 stays rejected: it cannot be shown to be the carrier's."]
        failed.refresh_from_db(), rejected.refresh_from_db()
        assert (failed.state, failed.error) == (DeliveryState.WAITING, "")
        assert failed.due_at <= timezone.now()
        assert rejected.state == DeliveryState.REJECTED

    def test_one_is_processed_again_from_its_own_page(self, shop, owner):
        failed = a_delivery(an_account(shop), state=DeliveryState.FAILED, due_at=None)
        assert told(press_on(owner, failed, "process_this_again")) == ["1 callback waits."]
        failed.refresh_from_db()
        assert failed.state == DeliveryState.WAITING

    def test_all_that_failed_at_an_account_at_once(self, shop, owner):
        account, other = an_account(shop), an_account(shop, "ups")
        for state in DeliveryState:
            a_delivery(account, state=state, due_at=None)
        elsewhere = a_delivery(other, state=DeliveryState.FAILED, due_at=None)
        answers = told(press_on(owner, account, "process_all_again"))
        assert answers == ["2 callbacks wait.", "1 stays rejected: it cannot be shown to be the carrier's."]
        elsewhere.refresh_from_db()
        assert elsewhere.state == DeliveryState.FAILED

    def test_those_who_only_look_process_nothing(self, shop, django_user_model):
        failed = a_delivery(an_account(shop), state=DeliveryState.FAILED, due_at=None)
        viewer = a_desk(django_user_model, shop, Role.VIEWER)
        assert press_on(viewer, failed, "process_this_again").status_code == 403
        failed.refresh_from_db()
        assert failed.state == DeliveryState.FAILED

    def test_the_headers_that_prove_a_callback_are_not_shown(self, shop, owner):
        account = an_account(shop)
        delivery = a_delivery(account, state=DeliveryState.REJECTED, proof={"DHL-Hook-Token": "their-secret"})
        page = owner.get(url_of(CallbackDelivery, "change", delivery.pk)).content.decode()
        assert "their-secret" not in page


class TestTheCarriersPage:
    def test_the_owner_makes_a_link_and_revokes_it(self, shop, owner, client):
        account = an_account(shop)
        assert "None yet" in owner.get(url_of(CarrierAccount, "change", account.pk)).content.decode()
        page = press_on(owner, account, "open_console").content.decode()
        account.refresh_from_db()
        assert len(account.console_token) >= 32
        link = f"/callbacks/console/{account.console_token}/"
        assert f"https://portal.test{link}" in page
        assert client.get(link).status_code == 200

        press_on(owner, account, "revoke_console")
        assert client.get(link).status_code == 404

    def test_a_new_link_ends_the_old_one(self, shop, owner, client):
        account = an_account(shop, console_token="the-old-token")
        press_on(owner, account, "open_console")
        assert client.get("/callbacks/console/the-old-token/").status_code == 404

    @pytest.mark.parametrize("role", [Role.STAFF, Role.VIEWER])
    def test_it_is_the_owners_to_give_away(self, shop, role, django_user_model):
        account = an_account(shop, console_token="the-console-token")
        desk = a_desk(django_user_model, shop, role)
        assert "the-console-token" not in desk.get(url_of(CarrierAccount, "change", account.pk)).content.decode()
        for button in ("open_console", "revoke_console"):
            assert press_on(desk, account, button).status_code == 403
        account.refresh_from_db()
        assert account.console_token == "the-console-token"


class TestMeanings:
    @pytest.fixture
    def suggested(self, shop):
        return CodeMeaning.objects.create(
            merchant=shop, carrier="ups", code="X9", status="exception", suggested_by=Suggester.CARRIER
        )

    @pytest.fixture
    def staff(self, shop, django_user_model):
        return a_desk(django_user_model, shop)

    def test_a_suggestion_is_confirmed_and_withdrawn(self, staff, suggested):
        assert told(press(staff, CodeMeaning, "confirm", suggested)) == ["1 code is read so from now on."]
        suggested.refresh_from_db()
        assert suggested.confirmed_at
        assert suggested.confirmed_by
        assert told(press(staff, CodeMeaning, "withdraw", suggested)) == ["1 code says nothing again."]
        suggested.refresh_from_db()
        assert (suggested.confirmed_at, suggested.confirmed_by) == (None, None)

    def test_who_only_looks_confirms_nothing(self, shop, suggested, django_user_model):
        press(a_desk(django_user_model, shop, Role.VIEWER), CodeMeaning, "confirm", suggested)
        suggested.refresh_from_db()
        assert suggested.confirmed_at is None

    def test_another_shop_confirms_nothing(self, suggested, django_user_model):
        press(a_desk(django_user_model, a_merchant("Other"), Role.OWNER), CodeMeaning, "confirm", suggested)
        suggested.refresh_from_db()
        assert suggested.confirmed_at is None

    def test_what_the_shop_says_itself_holds_at_once(self, shop, staff):
        unmapped = UnmappedCode.objects.create(merchant=shop, carrier="ups", code="Y1")
        page = staff.get(url_of(UnmappedCode, "say_what_it_means", unmapped.pk), follow=True)
        posted = as_posted(page)
        assert (posted["carrier"], posted["code"]) == ("ups", "Y1")
        response = staff.post(url_of(CodeMeaning, "add"), {**posted, "status": "returning"})
        assert response.status_code == 302, errors(response)
        meaning = CodeMeaning.objects.get()
        assert (meaning.merchant, meaning.status, meaning.suggested_by) == (shop, "returning", Suggester.STAFF)
        assert meaning.confirmed_at

    def test_a_code_that_has_a_meaning_leads_to_it(self, shop, staff, suggested):
        unmapped = UnmappedCode.objects.create(merchant=shop, carrier="ups", code="X9")
        page = staff.get(url_of(UnmappedCode, "say_what_it_means", unmapped.pk), follow=True)
        assert page.redirect_chain[-1][0] == url_of(CodeMeaning, "change", suggested.pk)

    def test_changing_a_suggestion_does_not_confirm_it(self, staff, suggested):
        url = url_of(CodeMeaning, "change", suggested.pk)
        response = staff.post(url, {**as_posted(staff.get(url)), "status": "delivered"})
        assert response.status_code == 302, errors(response)
        suggested.refresh_from_db()
        assert (suggested.status, suggested.confirmed_at) == ("delivered", None)


class TestDisputes:
    def test_the_shop_answers_and_changes_nothing_else(self, shop, django_user_model):
        dispute = Dispute.objects.create(merchant=shop, account=an_account(shop), text="It was a strike.")
        staff, url = a_desk(django_user_model, shop), url_of(Dispute, "change", dispute.pk)
        response = staff.post(url, {**as_posted(staff.get(url)), "answer": "We see.", "text": "It was us."})
        assert response.status_code == 302, errors(response)
        dispute.refresh_from_db()
        assert (dispute.text, dispute.answer) == ("It was a strike.", "We see.")
        assert dispute.answered_at

    def test_it_is_the_carriers_to_write_one(self, shop, owner):
        assert owner.get(url_of(Dispute, "add")).status_code == 403


def test_an_unmapped_code_is_shown_in_the_carriers_words(shop, owner):
    UnmappedCode.objects.create(merchant=shop, carrier="ups", code="X9", description="Held by dog", count=3)
    UnmappedCode.objects.create(merchant=shop, carrier="fedex", code="Y1", description="Lost in space")
    page = owner.get(url_of(UnmappedCode, "changelist"), {"carrier": "ups"}).content.decode()
    assert "Held by dog" in page
    assert "UPS" in page
    assert "Lost in space" not in page

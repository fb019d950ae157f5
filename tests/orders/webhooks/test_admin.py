import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import ChangeKind, Role, WebhookDelivery, WebhookEndpoint, WebhookState
from tests.builders import a_member, a_merchant, utc
from tests.orders.webhooks.test_delivery import NOW, a_delivery, sent
from tests.staff import a_desk, as_posted, errors, logged_in, press, press_on, told, url_of


@pytest.fixture
def desk(django_user_model, shipment):
    return a_desk(django_user_model, shipment.merchant, Role.OWNER)


class TestEndpoints:
    def test_a_new_one_tells_its_secret_once(self, desk, shipment):
        url = url_of(WebhookEndpoint, "add")
        form = {**as_posted(desk.get(url)), "url": "https://127.0.0.1/hooks", "kinds": ["risk"]}
        response = desk.post(url, form, follow=True)
        endpoint = shipment.merchant.webhooks.get()
        assert endpoint.kinds == ["risk"]
        assert any(endpoint.secrets[0] in message for message in told(response))
        assert "whsec_" not in desk.get(url_of(WebhookEndpoint, "change", endpoint.pk)).content.decode()

    def test_every_kind_is_chosen_beforehand(self, desk):
        assert as_posted(desk.get(url_of(WebhookEndpoint, "add")))["kinds"] == ChangeKind.values

    def test_an_address_twice_is_refused(self, desk, endpoint):
        url = url_of(WebhookEndpoint, "add")
        response = desk.post(url, {**as_posted(desk.get(url)), "url": endpoint.url})
        assert errors(response)
        assert WebhookEndpoint.objects.count() == 1

    def test_a_private_address_is_refused_in_production(self, desk, shipment, settings):
        settings.SANDBOX = settings.WEBHOOKS_ALLOW_PRIVATE = False
        url = url_of(WebhookEndpoint, "add")
        response = desk.post(url, {**as_posted(desk.get(url)), "url": "https://127.0.0.1/hooks"})
        assert "private network" in str(errors(response)["url"])

    def test_a_change_saves_what_was_asked_and_nothing_that_workers_write(self, desk, endpoint):
        url = url_of(WebhookEndpoint, "change", endpoint.pk)
        form = as_posted(desk.get(url))
        WebhookEndpoint.objects.update(failures=3)
        desk.post(url, {**form, "kinds": ["promise"]})
        endpoint.refresh_from_db()
        assert (endpoint.kinds, endpoint.failures) == (["promise"], 3)

    def test_a_test_is_sent_and_its_page_opened(self, desk, endpoint):
        response = press_on(desk, endpoint, "send_test")
        delivery = WebhookDelivery.objects.get()
        assert response.redirect_chain[-1][0] == url_of(WebhookDelivery, "change", delivery.pk)

    def test_the_secret_is_changed_and_the_old_one_removed(self, desk, endpoint):
        (old,) = endpoint.secrets
        message = told(press_on(desk, endpoint, "rotate_secret"))
        endpoint.refresh_from_db()
        assert endpoint.secrets[0] in message[0]
        assert endpoint.secrets[1:] == [old]
        press_on(desk, endpoint, "forget_old_secret")
        new = endpoint.secrets[0]
        endpoint.refresh_from_db()
        assert endpoint.secrets == [new]

    @pytest.mark.parametrize("by", ["list", "page"])
    def test_a_pause_is_ended(self, desk, endpoint, by):
        WebhookEndpoint.objects.update(paused_at=utc(2026, 3, 2), failures=9)
        press(desk, WebhookEndpoint, "resume", endpoint) if by == "list" else press_on(desk, endpoint, "resume_this")
        endpoint.refresh_from_db()
        assert (endpoint.paused_at, endpoint.failures) == (None, 0)

    @pytest.mark.parametrize(
        ("is_how", "words"),
        [
            ({"active": False}, "Off"),
            ({"paused_at": NOW}, "Paused"),
            ({"failures": 1}, "Not answering"),
            ({"last_success_at": NOW}, "Answering"),
            ({}, "Not told yet"),
        ],
    )
    def test_the_list_says_how_it_is(self, desk, endpoint, is_how, words):
        WebhookEndpoint.objects.update(**is_how)
        assert words in desk.get(url_of(WebhookEndpoint, "changelist")).content.decode()

    def test_who_is_no_owner_sees_and_changes_nothing(self, django_user_model, endpoint):
        staff = logged_in(a_member(django_user_model, endpoint.merchant, Role.STAFF))
        assert staff.get(url_of(WebhookEndpoint, "changelist")).status_code == 200
        before = endpoint.secrets
        assert press_on(staff, endpoint, "rotate_secret").status_code == 403
        endpoint.refresh_from_db()
        assert endpoint.secrets == before


class TestDeliveries:
    def test_the_page_shows_what_was_sent_and_what_came_back(self, desk, endpoint, receiver):
        receiver.answers(500)
        row = sent(a_delivery(endpoint))
        page = desk.get(url_of(WebhookDelivery, "change", row.pk)).content.decode()
        assert row.change.shipment.tracking_number in page
        assert "answered 500" in page
        assert "tracking_url" in page

    @pytest.mark.parametrize("by", ["list", "page"])
    def test_one_is_sent_again(self, desk, endpoint, receiver, by):
        row = sent(a_delivery(endpoint))
        if by == "list":
            press(desk, WebhookDelivery, "send_again", row)
        else:
            press_on(desk, row, "send_this_again")
        row.refresh_from_db()
        assert row.state == WebhookState.WAITING

    def test_another_shops_are_not_sent_again(self, django_user_model, endpoint, receiver):
        row = sent(a_delivery(endpoint))
        stranger = a_desk(django_user_model, a_merchant("Beta"), Role.OWNER)
        press(stranger, WebhookDelivery, "send_again", row)
        assert press_on(stranger, row, "send_this_again").status_code in (403, 404)
        row.refresh_from_db()
        assert row.state == WebhookState.DELIVERED

    def test_the_list_does_not_ask_once_a_row(self, desk, endpoint, django_assert_max_num_queries):
        url = url_of(WebhookDelivery, "changelist")
        a_delivery(endpoint)
        with CaptureQueriesContext(connection) as for_one:
            desk.get(url)
        for _ in range(9):
            a_delivery(endpoint)
        with django_assert_max_num_queries(len(for_one)):
            desk.get(url)

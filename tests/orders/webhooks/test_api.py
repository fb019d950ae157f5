import pytest
from rest_framework.test import APIClient

from orders.models import ApiKey, ChangeKind, WebhookDelivery, WebhookEndpoint
from orders.webhooks.api import WebhookSerializer
from tests.builders import a_merchant, utc

pytestmark = pytest.mark.django_db


def a_client(merchant):
    _row, key = ApiKey.issue(merchant, "tests")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


@pytest.fixture
def merchant():
    return a_merchant()


@pytest.fixture
def client(merchant):
    return a_client(merchant)


def register(client, url="https://127.0.0.1/hooks", **told):
    return client.post("/api/webhooks/", {"url": url, **told}, format="json")


class TestRegistering:
    def test_the_secret_is_told_once(self, merchant, client):
        response = register(client)
        assert response.status_code == 201
        endpoint = merchant.webhooks.get()
        assert response.json()["secret"] == endpoint.secrets[0]
        for url in ("/api/webhooks/", f"/api/webhooks/{endpoint.pk}/"):
            assert "whsec_" not in client.get(url).content.decode()

    def test_without_kinds_it_is_told_of_everything(self, client):
        assert register(client).json()["kinds"] == ChangeKind.values

    def test_kinds_are_chosen(self, merchant, client):
        assert register(client, kinds=["risk", "status"]).json()["kinds"] == ["status", "risk"]
        assert merchant.webhooks.get().kinds == ["status", "risk"]

    @pytest.mark.parametrize("kinds", [[], ["weather"], "risk", None])
    def test_kinds_that_are_none_are_refused(self, client, kinds):
        response = register(client, kinds=kinds)
        assert (response.status_code, [*response.json()]) == (400, ["kinds"])

    def test_the_same_address_twice_is_refused_and_says_so(self, client):
        register(client)
        response = register(client)
        assert response.status_code == 400
        assert response.json() == {"url": ["This address is registered already: change that webhook, or delete it."]}

    def test_a_private_address_is_refused_in_production(self, client, settings):
        settings.SANDBOX = settings.WEBHOOKS_ALLOW_PRIVATE = False
        response = register(client)
        assert response.status_code == 400
        assert "127.0.0.1 is in a private network" in response.json()["url"][0]
        assert not WebhookEndpoint.objects.exists()


class TestAfterwards:
    @pytest.fixture
    def endpoint(self, client, merchant):
        register(client)
        return merchant.webhooks.get()

    def test_address_kinds_and_use_are_changed_and_nothing_else(self, client, endpoint):
        told = {"url": "https://127.0.0.1/other", "kinds": ["risk"], "active": False, "failures": 9, "secret": "x"}
        secrets = endpoint.secrets
        assert client.patch(f"/api/webhooks/{endpoint.pk}/", told, format="json").status_code == 200
        endpoint.refresh_from_db()
        assert (endpoint.url, endpoint.kinds, endpoint.active) == ("https://127.0.0.1/other", ["risk"], False)
        assert (endpoint.failures, endpoint.secrets) == (0, secrets)

    def test_a_change_leaves_what_a_worker_writes_meanwhile(self, endpoint):
        read_before = WebhookEndpoint.objects.get()
        WebhookEndpoint.objects.update(failures=3)
        WebhookSerializer().update(read_before, {"kinds": ["risk"]})
        endpoint.refresh_from_db()
        assert (endpoint.kinds, endpoint.failures) == (["risk"], 3)

    def test_it_can_be_deleted(self, client, endpoint):
        assert client.delete(f"/api/webhooks/{endpoint.pk}/").status_code == 204
        assert not WebhookEndpoint.objects.exists()

    def test_a_test_is_queued(self, client, endpoint):
        response = client.post(f"/api/webhooks/{endpoint.pk}/test/")
        assert (response.status_code, response.json()["state"]) == (202, "waiting")
        assert response.json()["id"] == str(WebhookDelivery.objects.get().uuid)

    def test_a_new_secret_is_told_and_signs_beside_the_old_one(self, client, endpoint):
        told = client.post(f"/api/webhooks/{endpoint.pk}/secret/").json()["secret"]
        old = endpoint.secrets[0]
        endpoint.refresh_from_db()
        assert endpoint.secrets == [told, old]

    def test_a_pause_is_ended(self, client, endpoint):
        WebhookEndpoint.objects.update(paused_at=utc(2026, 3, 2), failures=7)
        response = client.post(f"/api/webhooks/{endpoint.pk}/resume/")
        assert (response.status_code, response.json()["paused_at"], response.json()["failures"]) == (200, None, 0)

    def test_another_shops_is_not_there(self, endpoint):
        stranger = a_client(a_merchant("Beta"))
        assert stranger.get("/api/webhooks/").json()["results"] == []
        url = f"/api/webhooks/{endpoint.pk}/"
        calls = [
            stranger.get(url),
            stranger.patch(url, {"active": False}, format="json"),
            stranger.delete(url),
            *(stranger.post(f"{url}{verb}/") for verb in ("test", "secret", "resume")),
        ]
        assert {response.status_code for response in calls} == {404}
        before = endpoint.secrets
        endpoint.refresh_from_db()
        assert (endpoint.active, endpoint.secrets) == (True, before)


def test_the_description_of_the_api_tells_of_webhooks(client):
    told = client.get("/api/schema/?format=json").json()
    assert "secret" in told["components"]["schemas"]["NewWebhook"]["properties"]
    assert "secret" not in told["components"]["schemas"]["Webhook"]["properties"]

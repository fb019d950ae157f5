from datetime import timedelta

import pytest

from orders.models import WebhookDelivery, WebhookEndpoint, WebhookState
from orders.webhooks.retention import BODY_KEPT, forget_old_bodies
from tests.builders import a_merchant, utc

pytestmark = pytest.mark.django_db

NOW = utc(2026, 11, 2, 12)
DAY = timedelta(days=1)


def a_delivery(age, **kw) -> WebhookDelivery:
    shop = a_merchant()
    endpoint = WebhookEndpoint.objects.create(merchant=shop, url="https://shop.example/hook")
    told = {"state": WebhookState.DELIVERED, "body": "{}", "answer": "thanks", "answered": 200, **kw}
    return WebhookDelivery.objects.create(merchant=shop, endpoint=endpoint, created_at=NOW - age, **told)


@pytest.mark.parametrize("state", [WebhookState.DELIVERED, WebhookState.FAILED])
def test_what_was_posted_long_ago_is_emptied_and_stays_a_row(state):
    old, young = a_delivery(BODY_KEPT + DAY, state=state), a_delivery(BODY_KEPT - DAY, state=state)
    assert forget_old_bodies(NOW) == 1
    assert forget_old_bodies(NOW) == 0
    for delivery in (old, young):
        delivery.refresh_from_db()
    assert (old.body, old.answer, old.answered) == ("", "", 200)
    assert young.body == "{}"


def test_what_still_waits_keeps_its_body():
    waiting = a_delivery(BODY_KEPT + DAY, state=WebhookState.WAITING, due_at=NOW)
    assert forget_old_bodies(NOW) == 0
    waiting.refresh_from_db()
    assert waiting.body == "{}"

from datetime import timedelta

import pytest

from alerts.models import Alert
from alerts.retention import forget_old_words
from alerts.states import State
from alerts.triggers import Trigger
from tests.builders import a_merchant, an_order, utc

pytestmark = pytest.mark.django_db

NOW = utc(2026, 11, 2, 12)


def a_message(days_old, merchant=None, **kw) -> Alert:
    order = an_order(merchant)
    told = {"trigger": Trigger.SHIPPED, "channel": "email", "language": "en", "state": State.SENT, **kw}
    words = {"subject": "Hello", "body_text": "Text", "body_html": "<p>", "error_detail": "550 aino"}
    return Alert.objects.create(
        merchant=order.merchant,
        order=order,
        is_test=True,
        address="aino@shopper.example",
        created_at=NOW - timedelta(days=days_old),
        **words | told,
    )


def words_of(alert):
    alert.refresh_from_db()
    return [alert.subject, alert.body_text, alert.body_html, alert.error_detail]


def test_words_are_dropped_when_the_shops_days_are_over_and_not_before():
    shop = a_merchant(messages_kept_days=30)
    old, young = a_message(31, shop), a_message(29, shop)
    assert forget_old_words(NOW) == 1
    assert words_of(old) == ["", "", "", ""]
    assert old.forgotten_at == NOW
    assert "Hello" in words_of(young)
    assert young.forgotten_at is None


def test_that_it_was_sent_when_and_to_whom_stays():
    message = a_message(400)
    forget_old_words(NOW)
    message.refresh_from_db()
    assert (message.state, message.address) == (State.SENT, "aino@shopper.example")


def test_each_shop_keeps_them_for_its_own_time():
    short, long = a_message(60, a_merchant(messages_kept_days=30)), a_message(60, a_merchant(messages_kept_days=365))
    forget_old_words(NOW)
    assert words_of(short)[0] == ""
    assert words_of(long)[0] == "Hello"


@pytest.mark.parametrize("state", [State.QUEUED, State.RETRY, State.SENDING])
def test_what_still_waits_keeps_its_words(state):
    message = a_message(400, state=state, due_at=NOW)
    assert forget_old_words(NOW) == 0
    assert words_of(message)[0] == "Hello"


def test_what_was_dropped_is_not_dropped_again():
    a_message(400)
    assert [forget_old_words(NOW), forget_old_words(NOW)] == [1, 0]

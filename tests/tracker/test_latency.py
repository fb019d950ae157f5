"""How long messages take, on the admin's front page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.models import Alert
from alerts.states import State
from orders.models import StatusChange
from tests.alerts.stories import an_alert
from tests.builders import a_merchant, a_shipment, an_order
from tests.staff import a_desk
from tracker.latency import LATELY, Latency, latencies

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def operator(django_user_model):
    return django_user_model.objects.create_superuser("operator")


def sent(shop, seconds, sent_at=NOW, **kw):
    """A message that left so long after the news was heard."""
    alert = an_alert(a_shipment(an_order(shop)), state=State.SENT, due_at=None, sent_at=sent_at, **kw)
    StatusChange.objects.filter(pk=alert.change_id).update(heard_at=sent_at - timedelta(seconds=seconds))
    return alert


def test_half_and_nearly_all_of_the_messages_of_each_channel(operator):
    shop = a_merchant()
    for seconds in (1, 2, 3, 40):
        sent(shop, seconds)
    sent(shop, 5, channel="sms")
    assert latencies(operator, NOW) == [Latency("E-mail", 4, 2, 40), Latency("Text message", 1, 5, 5)]


def test_what_waited_what_is_old_and_what_nobody_heard_of_is_not_counted(operator):
    shop = a_merchant()
    sent(shop, 1, held="quiet_hours")
    sent(shop, 1, sent_at=NOW - LATELY - timedelta(seconds=1))
    unheard = sent(shop, 1)
    StatusChange.objects.filter(pk=unheard.change_id).update(heard_at=None)
    assert latencies(operator, NOW) == []


def test_another_shops_messages_are_not_counted_and_the_page_shows_the_own(django_user_model, settings):
    settings.UNFOLD = {**settings.UNFOLD, "DASHBOARD_CALLBACK": "tracker.dashboard.front_page"}
    ours, theirs = a_merchant(), a_merchant("Fjord")
    desk = a_desk(django_user_model, ours)
    sent(theirs, 77)
    assert "95 of 100 within" not in desk.get("/admin/").content.decode()
    sent(ours, 1.25)
    page = desk.get("/admin/").content.decode()
    assert "95 of 100 within" in page
    assert "1.3 s" in page
    assert "77" not in page.split("95 of 100 within")[1]


def test_many_messages_cost_no_more_questions_than_few(operator, django_assert_num_queries):
    shop = a_merchant()
    for seconds in range(6):
        sent(shop, seconds)
    assert Alert.objects.count() == 6
    with django_assert_num_queries(1):
        latencies(operator, NOW)

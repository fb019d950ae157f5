"""The desk for quiet hours and budgets."""

from datetime import time

import pytest

from alerts import planning
from alerts.models import Alert, ChannelRule
from orders.models import Role
from orders.statuses import Status
from tests.alerts.stories import NOW, a_parcel, news
from tests.builders import a_merchant, an_order
from tests.staff import a_desk, as_posted, errors, url_of

pytestmark = pytest.mark.django_db

ADD = url_of(ChannelRule, "add")


@pytest.fixture
def shop():
    return a_merchant()


@pytest.fixture
def staff(shop, django_user_model):
    return a_desk(django_user_model, shop)


def test_first_the_channel_is_asked_for_and_systems_have_no_quiet_hours(staff):
    page = staff.get(ADD).content.decode()
    assert 'href="?channel=sms"' in page
    assert "channel=webhook" not in page
    assert staff.get(ADD + "?channel=webhook").templates[0].name == "admin/choose_first.html"


def test_a_shop_starts_from_the_usual_hours_and_keeps_its_own(shop, staff):
    page = staff.get(ADD + "?channel=sms")
    posted = as_posted(page)
    assert (posted["quiet_from"], posted["quiet_until"], posted["most_a_day"]) == ("21:00:00", "08:00:00", "3")
    answer = staff.post(ADD + "?channel=sms", {**posted, "quiet_from": "20:30", "most_a_day": "2"})
    assert answer.status_code == 302
    rule = shop.channel_rules.get()
    assert (rule.channel, rule.quiet_from, rule.most_a_day, rule.is_on) == ("sms", time(20, 30), 2, True)
    assert "20:30–08:00" in staff.get(url_of(ChannelRule, "changelist")).content.decode()


def test_the_empty_list_says_what_holds(staff):
    page = staff.get(url_of(ChannelRule, "changelist")).content.decode()
    assert "Text message: quiet 21:00–08:00, at most 3 for one order in a day" in page
    assert "E-mail: quiet never" in page


def test_a_second_rule_for_a_channel_and_a_budget_of_nothing_are_refused(shop, staff):
    posted = as_posted(staff.get(ADD + "?channel=sms"))
    assert "most_a_day" in errors(staff.post(ADD + "?channel=sms", {**posted, "most_a_day": "0"}))
    staff.post(ADD + "?channel=sms", posted)
    assert errors(staff.post(ADD + "?channel=sms", posted))
    assert shop.channel_rules.count() == 1


def test_a_channel_that_is_known_stays_when_its_rule_is_changed(shop, staff):
    rule = ChannelRule.objects.create(
        merchant=shop, channel="email", quiet_from=time(22), quiet_until=time(7), most_a_day=4
    )
    url = url_of(ChannelRule, "change", rule.pk)
    staff.post(url, {**as_posted(staff.get(url)), "channel": "sms", "most_a_day": "5"})
    rule.refresh_from_db()
    assert (rule.channel, rule.most_a_day) == ("email", 5)


def test_who_only_looks_changes_nothing(shop, django_user_model):
    assert a_desk(django_user_model, shop, Role.VIEWER).get(ADD).status_code == 403


def test_each_message_says_why_it_waited_and_until_when(shop, staff):
    parcel = a_parcel(order=an_order(shop))
    night = NOW.replace(hour=20)
    planning.plan(news(parcel, Status.DELIVERED, at=night).pk, night)
    text = Alert.objects.get(channel="sms")
    for url in (url_of(Alert, "changelist"), url_of(Alert, "change", text.pk)):
        assert "It was night where the shopper lives." in staff.get(url).content.decode()

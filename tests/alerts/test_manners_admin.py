"""The desk for what a shop tells: one page, every kind of message, saved only where it was touched."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from alerts.models import Alert, TriggerRule
from alerts.occasions import OCCASIONS
from alerts.states import State
from alerts.triggers import MANNERS, Trigger
from orders.models import Role
from tests.alerts.stories import an_alert
from tests.builders import a_member, a_merchant, an_account
from tests.staff import a_desk, logged_in, told, url_of

pytestmark = pytest.mark.django_db

PAGE = url_of(TriggerRule, "changelist")


@pytest.fixture
def shop():
    return a_merchant()


@pytest.fixture
def desk(django_user_model, shop):
    return a_desk(django_user_model, shop)


def forms(response) -> dict[Trigger, object]:
    return {form.trigger: form for _title, group in response.context["groups"] for form in group}


def posted(response, **changed) -> dict:
    """What a browser would send, but for what was changed: `late__is_on=False`."""
    fields = [bound for form in forms(response).values() for bound in form]
    sent = {bound.html_name: bound.value() for bound in fields}
    sent.update({name.replace("__", "-"): value for name, value in changed.items()})
    return {name: value for name, value in sent.items() if value not in (None, False)}


def save(desk, **changed):
    return desk.post(PAGE, posted(desk.get(PAGE), **changed), follow=True)


def test_every_trigger_is_there_once_with_its_group_and_when_it_is_sent(desk):
    page = desk.get(PAGE)
    assert set(OCCASIONS) == set(forms(page)) == set(MANNERS)
    assert [form["is_on"].value() for form in forms(page).values()] == [MANNERS[trigger].is_on for trigger in OCCASIONS]
    words = page.content.decode()
    assert "In the evening before the first promised day." in words
    assert "When something goes wrong or changes" in words


def test_saving_without_a_change_writes_nothing(desk, shop):
    save(desk)
    assert not TriggerRule.objects.exists()


def test_what_is_switched_on_is_on_from_now(desk, shop):
    before = timezone.now()
    assert told(save(desk, feedback__is_on="on")) == ["Changed: How was it?."]
    rule = TriggerRule.objects.get()
    assert (rule.merchant, rule.trigger, rule.is_on, rule.channels) == (shop, "feedback", True, None)
    assert before < rule.on_since < timezone.now()
    since = rule.on_since
    save(desk, feedback__after_days="7")
    rule.refresh_from_db()
    assert (rule.on_since, rule.after_days) == (since, 7), "it was on already"


def test_off_and_on_again_is_on_from_then(desk):
    save(desk, late__is_on=False)
    assert TriggerRule.objects.get().on_since is None
    save(desk, late__is_on="on")
    assert TriggerRule.objects.get().on_since is not None


def test_ways_and_conditions_are_kept(desk, shop):
    an_account(shop, "dhl-unified")
    save(
        desk,
        late__channels=["email"],
        late__countries="fi, se",
        late__carriers=["dhl-unified"],
        late__least_total="50",
    )
    rule = TriggerRule.objects.get()
    assert (rule.channels, rule.countries, rule.carriers, rule.least_total) == (
        ["email"],
        ["FI", "SE"],
        ["dhl-unified"],
        Decimal(50),
    )
    assert forms(desk.get(PAGE))[Trigger.LATE].summary.endswith("for some orders only")
    save(desk)
    assert LogEntry.objects.count() == 1, "what was kept comes back as it was"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"late__channels": []}, "Choose a way"),
        ({"late__channels": ["pigeon"]}, "pigeon"),
        ({"late__countries": "Finland"}, "Finland"),
        ({"feedback__after_days": "0"}, "greater than or equal to 1"),
        ({"feedback__after_days": "366"}, "less than or equal to 365"),
        ({"late__least_total": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_saved(desk, changed, said):
    page = save(desk, announced__is_on="on", **changed)
    assert said in page.content.decode()
    assert told(page) == ["Nothing was saved: please look at what is marked."]
    assert not TriggerRule.objects.exists()


def test_days_are_asked_only_of_what_follows_later(desk):
    asked = {trigger for trigger, form in forms(desk.get(PAGE)).items() if "after_days" in form.fields}
    assert asked == {Trigger.PICKUP_REMINDER, Trigger.HOW_TO_USE, Trigger.CARE, Trigger.FEEDBACK}


def test_it_says_how_many_went_out_lately(desk, django_user_model):
    alert = an_alert(state=State.SENT, due_at=None, sent_at=timezone.now())
    desk = a_desk(django_user_model, alert.merchant)
    assert forms(desk.get(PAGE))[Trigger.OUT_FOR_DELIVERY].sent == 1
    Alert.objects.update(sent_at=timezone.now() - timedelta(days=31))
    assert forms(desk.get(PAGE))[Trigger.OUT_FOR_DELIVERY].sent == 0


def test_a_viewer_sees_and_changes_nothing(django_user_model, shop):
    desk = a_desk(django_user_model, shop, Role.VIEWER)
    page = desk.get(PAGE)
    assert all(field.disabled for form in forms(page).values() for field in form.fields.values())
    desk.post(PAGE, {"late-channels": ["email"]})
    assert not TriggerRule.objects.exists()


def test_another_shops_manners_are_neither_seen_nor_changed(desk, shop):
    other = a_merchant("Südwind")
    TriggerRule.objects.create(merchant=other, trigger=Trigger.LATE, is_on=False)
    page = desk.get(f"{PAGE}?shop={other.slug}")
    assert page.context["shop"] == shop
    desk.post(f"{PAGE}?shop={other.slug}", posted(page, shipped__is_on=False))
    assert TriggerRule.objects.filter(merchant=other).count() == 1


def test_who_works_for_two_shops_chooses_one_and_may_change_only_where_they_may(django_user_model, shop):
    person = a_member(django_user_model, shop, Role.STAFF)
    second = a_merchant("Südwind")
    second.memberships.create(user=person, role=Role.VIEWER)
    desk = logged_in(person)
    page = desk.get(f"{PAGE}?shop={second.slug}")
    assert page.context["shop"] == second
    desk.post(f"{PAGE}?shop={second.slug}", posted(page, late__is_on=False))
    assert not TriggerRule.objects.exists()

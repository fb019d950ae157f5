from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import timezone

from alerts import planning
from alerts.consent import hear, is_suppressed, suppress
from alerts.delivery import deliver
from alerts.models import Alert, Preference, Suppressed
from alerts.preferences import Choices, choices_of, choose, chosen_by, is_unwanted, masked, paused_until
from alerts.states import Held, State, Why
from alerts.triggers import Group, Trigger
from orders.models import AskedAt, Consent, Customer, Purpose
from orders.services.consents import give
from orders.statuses import Status
from tests.alerts.stories import NOW, a_parcel, news
from tests.builders import a_customer, a_merchant, an_order, utc

pytestmark = pytest.mark.django_db

NEWS = {group.value for group in Group if group.purpose is Purpose.DELIVERY}
DAY = timedelta(days=1)


@pytest.fixture
def shopper():
    return a_customer(a_merchant(time_zone="Europe/Helsinki"))


def everything_of(shopper):
    return (
        choices_of(shopper),
        list(Consent.objects.order_by("pk").values()),
        list(shopper.merchant.suppressions.values()),
    )


def test_who_chose_nothing_gets_the_news_and_nothing_that_is_asked_for_first(shopper):
    assert choices_of(shopper) == Choices(wanted=frozenset(NEWS), by_text=True)
    assert not any(is_unwanted(chosen_by(shopper), trigger) for trigger in Trigger)
    assert paused_until(chosen_by(shopper), timezone.now()) is None


def test_nobody_in_particular_has_chosen_nothing():
    assert not is_unwanted(chosen_by(None), Trigger.SHIPPED)
    assert paused_until(chosen_by(None), timezone.now()) is None


def test_choosing_what_holds_changes_nothing(shopper):
    before = everything_of(shopper)
    for _again in range(2):
        choose(shopper, choices_of(shopper))
        assert everything_of(shopper) == before


def test_a_group_that_is_not_wanted_is_not_sent_and_the_others_are(shopper):
    choose(shopper, replace(choices_of(shopper), wanted=frozenset(NEWS - {Group.STEPS})))
    assert is_unwanted(chosen_by(shopper), Trigger.SHIPPED)
    assert not is_unwanted(chosen_by(shopper), Trigger.LATE)


def test_asking_for_what_comes_later_is_the_consent_to_it(shopper):
    choose(shopper, replace(choices_of(shopper), wanted=frozenset({*NEWS, Group.HELP})))
    consent = shopper.consents.get(purpose=Purpose.AFTERCARE)
    assert (consent.channel, consent.given_where) == ("email", AskedAt.PAGE)
    assert consent.wording == "Help with what I bought"
    assert choices_of(shopper).wanted == {*NEWS, Group.HELP}
    assert is_unwanted(chosen_by(shopper), Trigger.FEEDBACK), "that is another group"


def test_the_consent_says_what_was_agreed_to_and_asking_for_more_is_a_new_one(shopper):
    for wanted in ({Group.HELP}, {Group.HELP, Group.LATER}, {Group.LATER}):
        choose(shopper, replace(choices_of(shopper), wanted=frozenset({*NEWS, *wanted})))
    rows = shopper.consents.filter(purpose=Purpose.AFTERCARE).order_by("given_at")
    assert [(row.wording, row.withdrawn_at is None) for row in rows] == [
        ("Help with what I bought", False),
        ("Help with what I bought; Questions and reminders later", True),
    ]


def test_wanting_nothing_later_takes_the_consent_back(shopper):
    choose(shopper, replace(choices_of(shopper), wanted=frozenset({*NEWS, Group.HELP})))
    choose(shopper, replace(choices_of(shopper), wanted=frozenset(NEWS)))
    assert not shopper.consents.filter(purpose=Purpose.AFTERCARE, withdrawn_at=None).exists()


def test_a_yes_in_the_shop_outweighs_that_it_was_not_ticked_before(shopper):
    choose(shopper, replace(choices_of(shopper), language="fi"))
    give(shopper, "email", Purpose.AFTERCARE)
    assert not is_unwanted(chosen_by(shopper), Trigger.CARE)
    assert choices_of(shopper).wanted == frozenset(Group.values)


def test_no_e_mails_and_e_mails_again(shopper):
    choose(shopper, replace(choices_of(shopper), by_email=False))
    assert is_suppressed(shopper.merchant, "email", shopper.email)
    choose(shopper, replace(choices_of(shopper), by_email=True))
    assert not is_suppressed(shopper.merchant, "email", shopper.email)


def test_an_address_that_bounced_is_not_revived_by_the_page(shopper):
    suppress(shopper.merchant, "email", shopper.email, Suppressed.BOUNCED)
    choose(shopper, replace(choices_of(shopper), by_email=True))
    assert is_suppressed(shopper.merchant, "email", shopper.email)


def test_texts_off_withdraws_the_consent_and_texts_on_gives_it_with_the_pages_wording(shopper):
    choose(shopper, replace(choices_of(shopper), by_text=False))
    assert not choices_of(shopper).by_text
    choose(shopper, replace(choices_of(shopper), by_text=True))
    consent = shopper.consents.get(withdrawn_at=None)
    assert consent.given_where == AskedAt.PAGE
    assert consent.wording.startswith("Text me about my orders at Nordlicht.")


def test_who_texted_stop_can_come_back_by_the_page(shopper):
    hear(shopper.merchant, "sms", "+358401234567", "STOP")
    assert not choices_of(shopper).by_text
    choose(shopper, replace(choices_of(shopper), by_text=True))
    assert choices_of(shopper).by_text


def test_the_language_holds_for_every_order_of_the_shopper_and_nobody_elses(shopper):
    mine, other = an_order(customer=shopper, language="en"), an_order(language="en")
    choose(shopper, replace(choices_of(shopper), language="fi"))
    for order in (mine, other):
        order.refresh_from_db()
    assert (mine.spoken_language, other.spoken_language) == ("fi", "en")


def test_a_pause_ends_when_its_day_begins_where_the_shopper_lives(shopper):
    choose(shopper, replace(choices_of(shopper), paused_until=date(2026, 7, 10)))
    midnight_in_helsinki = utc(2026, 7, 9, 21)
    assert paused_until(chosen_by(shopper), midnight_in_helsinki - DAY) == midnight_in_helsinki
    assert paused_until(chosen_by(shopper), midnight_in_helsinki) is None
    assert choices_of(shopper, midnight_in_helsinki - DAY).paused_until == date(2026, 7, 10)


def test_a_pause_can_be_ended_early(shopper):
    tomorrow = timezone.localdate() + 2 * DAY
    choose(shopper, replace(choices_of(shopper), paused_until=tomorrow))
    choose(shopper, replace(choices_of(shopper), paused_until=None))
    assert Preference.objects.get().paused_until is None


@pytest.mark.parametrize(
    ("address", "shown"), [("aino@shopper.example", "a…@shopper.example"), ("+358401234567", "…567"), ("", "…")]
)
def test_an_address_is_shown_as_its_owner_knows_it_and_no_more(address, shown):
    assert masked(address) == shown


class TestWhatIsSentThen:
    def plan(self, parcel):
        change = news(parcel, Status.OUT_FOR_DELIVERY, at=NOW)
        planning.plan(change.pk, NOW)
        return Alert.objects.get(change=change, channel="email")

    def test_an_unwanted_group_is_not_sent_and_the_row_says_why(self):
        parcel = a_parcel()
        customer = parcel.order.customer
        choose(customer, replace(choices_of(customer), wanted=frozenset(NEWS - {Group.STEPS})))
        alert = self.plan(parcel)
        assert (alert.state, alert.reason) == (State.SUPPRESSED, Why.UNWANTED)

    def test_a_pause_holds_it_until_the_day_begins(self):
        parcel = a_parcel()
        customer = parcel.order.customer
        Customer.objects.filter(pk=customer.pk).update(time_zone="Europe/Helsinki")
        customer.refresh_from_db()
        choose(customer, replace(choices_of(customer), paused_until=date(2026, 3, 4)))
        alert = self.plan(parcel)
        assert (alert.state, alert.held) == (State.QUEUED, Held.PAUSED)
        assert alert.due_at >= utc(2026, 3, 3, 22)

    def test_e_mails_that_were_switched_off_are_not_sent_though_they_were_queued(self, inbox):
        parcel = a_parcel()
        alert = self.plan(parcel)
        choose(parcel.order.customer, replace(choices_of(parcel.order.customer), by_email=False))
        alert.refresh_from_db()
        deliver(alert.pk, alert.due_at)
        alert.refresh_from_db()
        assert (alert.state, alert.reason) == (State.SUPPRESSED, Why.UNSUBSCRIBED)
        assert inbox.mailbox.all() == []

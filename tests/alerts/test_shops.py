import pytest
from cryptography.fernet import Fernet

from alerts import delivery, planning, shops
from alerts.models import Alert, Sender, TriggerRule
from alerts.services import send_test
from alerts.shops import sender_of, shop_lately, shop_now
from alerts.states import State
from alerts.triggers import Trigger
from orders.models import MerchantDomain
from orders.statuses import Status
from tests.alerts.stories import NOW, a_parcel, an_alert, news
from tests.builders import a_merchant

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch, settings):
    """Seconds that pass as a test says, for workers that go by what they read for five of them."""
    settings.SHOPS_KEPT_FOR = 5
    monkeypatch.setattr(shops, "_kept", {})
    passed = [1000.0]
    monkeypatch.setattr(shops.time, "monotonic", lambda: passed[0])
    return lambda seconds: passed.__setitem__(0, passed[0] + seconds)


def planned(parcel):
    """What is planned of the parcel's going out for delivery."""
    return planning.plan(news(parcel, Status.OUT_FOR_DELIVERY).pk, NOW)


def test_what_a_shop_set_up_is_read_once_for_five_seconds(clock, django_assert_num_queries):
    shop = a_merchant()
    shop_lately(shop.pk)
    clock(4.9)
    with django_assert_num_queries(0):
        kept = shop_lately(shop.pk)
        assert [*kept.domains.all(), *kept.trigger_rules.all(), *kept.channel_rules.all()] == []
        assert (sender_of(kept, "sms"), [*kept.message_texts.all()]) == (None, [])


def test_a_change_of_the_staff_takes_effect_when_they_are_over(clock):
    shop = a_merchant()
    shop_lately(shop.pk)
    MerchantDomain.objects.create(merchant=shop, host="track.nordlicht.example")
    clock(4.9)
    assert not shop_lately(shop.pk).domains.all()
    clock(0.1)
    assert [str(domain) for domain in shop_lately(shop.pk).domains.all()] == ["track.nordlicht.example"]


def test_a_trigger_that_is_switched_off_plans_nothing_when_they_are_over(clock):
    shop = a_merchant()
    before, just_after, later = (a_parcel(merchant=shop) for _ in range(3))
    assert planned(before)
    TriggerRule.objects.create(merchant=shop, trigger=Trigger.OUT_FOR_DELIVERY, is_on=False)
    assert planned(just_after)
    clock(5)
    assert planned(later) == []


def test_the_staff_s_own_test_goes_by_what_they_have_just_changed(clock, inbox):
    parcel = a_parcel()
    shop = shop_lately(parcel.merchant_id)
    Sender.objects.create(merchant=shop, channel="email", provider="smtp", identity="post@nordlicht.example")
    test = send_test(shop, "me@nordlicht.example", "email", "en", parcel)
    delivery.deliver(test.pk, test.due_at)
    assert "post@nordlicht.example" in inbox.mailbox.all()[0].sender
    assert sender_of(shop_lately(shop.pk), "email") is None


def test_credentials_that_cannot_be_read_stop_their_own_channel_only(inbox, settings):
    mail, text = an_alert(), an_alert(channel="sms")
    Sender.objects.create(merchant=text.merchant, channel="sms", provider="twilio", credentials={"account_sid": "AC1"})
    Sender.objects.create(merchant=mail.merchant, channel="sms", provider="twilio", credentials={"account_sid": "AC2"})
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert delivery.deliver_due(now=NOW) == 2
    assert [*Alert.objects.order_by("channel").values_list("state", flat=True)] == [State.SENT, State.UNSURE]


def test_a_sender_that_is_not_in_use_is_none():
    shop = a_merchant()
    Sender.objects.create(merchant=shop, channel="sms", provider="twilio", active=False)
    assert sender_of(shop, "sms") is sender_of(shop_now(shop.pk), "sms") is None


def test_one_shop_is_not_another(clock):
    ours, theirs = a_merchant(), a_merchant()
    assert (shop_lately(ours.pk), shop_lately(theirs.pk), shop_lately(ours.pk)) == (ours, theirs, ours)


def test_shops_without_news_are_forgotten(clock):
    quiet, busy = a_merchant(), a_merchant()
    shop_lately(quiet.pk)
    clock(5)
    shop_lately(busy.pk)
    assert [*shops._kept] == [busy.pk]

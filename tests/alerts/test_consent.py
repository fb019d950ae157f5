from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import get_language

from alerts.consent import (
    customers_at,
    forgotten,
    has_agreed,
    hear,
    is_refused,
    is_suppressed,
    language_of_number,
    resume,
    suppress,
    unsubscribe,
)
from alerts.models import Suppressed, Suppression
from orders.models import AskedAt, Purpose
from orders.services.consents import give
from tests.builders import a_customer, a_merchant

pytestmark = pytest.mark.django_db

PHONE = "+358401234567"
BRITISH = "+447911123456"


class TestStop:
    def test_it_ends_the_texts_withdraws_the_consent_and_is_confirmed(self):
        shopper = a_customer(phone=PHONE)
        reply = hear(shopper.merchant, "sms", PHONE, "STOP")
        assert is_suppressed(shopper.merchant, "sms", PHONE)
        assert not has_agreed(shopper, "sms", Purpose.DELIVERY)
        assert "Nordlicht" in reply
        assert "START" in reply

    def test_it_is_confirmed_once(self):
        merchant = a_merchant()
        assert hear(merchant, "sms", PHONE, "STOP")
        assert hear(merchant, "sms", PHONE, "stop!") == ""
        assert Suppression.objects.count() == 1

    def test_it_withdraws_the_consent_where_the_provider_was_quicker_to_tell(self):
        shopper = a_customer(phone=PHONE)
        suppress(shopper.merchant, "sms", PHONE, Suppressed.BY_PROVIDER)
        assert hear(shopper.merchant, "sms", PHONE, "STOP") == ""
        assert not has_agreed(shopper, "sms", Purpose.DELIVERY)

    def test_it_ends_them_for_everybody_with_this_phone_at_this_shop_only(self):
        merchant, other = a_merchant(), a_customer(phone=PHONE)
        family = [a_customer(merchant, phone=PHONE) for _person in range(2)]
        hear(merchant, "sms", PHONE, "STOP")
        assert not any(has_agreed(person, "sms", Purpose.DELIVERY) for person in family)
        assert has_agreed(other, "sms", Purpose.DELIVERY)
        assert not is_suppressed(other.merchant, "sms", PHONE)

    def test_it_leaves_the_e_mails_alone(self):
        shopper = a_customer(phone=PHONE, agreed_to=[("sms", Purpose.DELIVERY), ("email", Purpose.AFTERCARE)])
        hear(shopper.merchant, "sms", PHONE, "STOP")
        assert has_agreed(shopper, "email", Purpose.AFTERCARE)
        assert not is_suppressed(shopper.merchant, "email", shopper.email)


class TestStart:
    def test_it_takes_stop_back_and_is_a_consent_with_its_proof(self):
        shopper = a_customer(phone=PHONE)
        hear(shopper.merchant, "sms", PHONE, "STOP")
        assert hear(shopper.merchant, "sms", PHONE, " Start ")
        assert not is_suppressed(shopper.merchant, "sms", PHONE)
        consent = shopper.consents.get(withdrawn_at=None)
        assert (consent.given_where, consent.wording, consent.purpose) == (AskedAt.TEXT, "Start", Purpose.DELIVERY)
        assert shopper.consents.count() == 2, "the first one stays on record"

    def test_it_takes_back_what_the_provider_told_of_it(self):
        merchant = a_merchant()
        suppress(merchant, "sms", PHONE, Suppressed.BY_PROVIDER)
        hear(merchant, "sms", PHONE, "START")
        assert not is_suppressed(merchant, "sms", PHONE)

    def test_it_does_not_take_back_what_the_staff_decided(self):
        merchant = a_merchant()
        suppress(merchant, "sms", PHONE, Suppressed.BY_STAFF)
        hear(merchant, "sms", PHONE, "START")
        assert is_refused(merchant, "sms", PHONE)


class TestHelp:
    def test_it_names_the_shop_where_to_ask_and_how_to_end_it(self):
        merchant = a_merchant(support_phone="+44 20 7946 0000")
        reply = hear(merchant, "sms", BRITISH, "HELP")
        for part in ("Nordlicht", "+44 20 7946 0000", "help@nordlicht.example", "STOP"):
            assert part in reply

    def test_a_shop_without_contacts_says_no_empty_ones(self):
        reply = hear(a_merchant(support_email=""), "sms", BRITISH, "HELP")
        assert reply == "Nordlicht: We text you about your orders. Text STOP to end this."

    def test_it_changes_nothing(self):
        shopper = a_customer(phone=PHONE)
        hear(shopper.merchant, "sms", PHONE, "HELP")
        assert has_agreed(shopper, "sms", Purpose.DELIVERY)
        assert not Suppression.objects.exists()


def test_other_words_are_for_people_to_read():
    shopper = a_customer(phone=PHONE)
    assert hear(shopper.merchant, "sms", PHONE, "Please stop by on Friday") == ""
    assert has_agreed(shopper, "sms", Purpose.DELIVERY)
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("number", "language"),
    [
        *((PHONE, "fi"), (BRITISH, "en"), ("+493012345678", "de"), ("+41446681800", "de"), ("+201001234567", "ar")),
        *(("+12015550123", "en"), ("Nordlicht", ""), ("", ""), ("+99912345", "")),
    ],
)
def test_a_number_tells_its_countrys_language(number, language):
    assert language_of_number(number) == language


def test_the_answer_is_in_the_language_of_the_numbers_country_else_in_the_shops(monkeypatch):
    spoken = []
    monkeypatch.setattr("alerts.consent._answer", lambda asked, merchant: spoken.append(get_language()) or "said")
    merchant = a_merchant(default_language="ar")
    for number in (PHONE, BRITISH, "Nordlicht"):
        hear(merchant, "sms", number, "HELP")
    assert spoken == ["fi", "en", "ar"]


class TestUnsubscribing:
    def test_it_ends_every_purpose_of_this_channel(self):
        shopper = a_customer(agreed_to=[("email", Purpose.DELIVERY), ("email", Purpose.AFTERCARE), ("sms", "delivery")])
        unsubscribe(shopper.merchant, "email", shopper.email, Suppressed.UNSUBSCRIBED)
        assert [row.channel for row in shopper.consents.filter(withdrawn_at=None)] == ["sms"]

    def test_an_address_that_is_nobodys_any_more_is_suppressed_all_the_same(self):
        merchant = a_merchant()
        unsubscribe(merchant, "email", "Old@Shopper.example", Suppressed.UNSUBSCRIBED)
        assert is_suppressed(merchant, "email", "old@shopper.example")

    def test_an_empty_address_is_nobodys(self):
        shopper = a_customer(phone="")
        assert customers_at(shopper.merchant, "") == []


class TestForgottenAddresses:
    """The list keeps a digest, which can be compared and not read."""

    @pytest.fixture
    def merchant(self):
        merchant = a_merchant()
        Suppression.objects.create(
            merchant=merchant,
            channel="email",
            address=forgotten("aino@shopper.example"),
            reason=Suppressed.UNSUBSCRIBED,
        )
        return merchant

    def test_they_are_still_never_written_to(self, merchant):
        assert is_suppressed(merchant, "email", "Aino@shopper.example ")
        assert not is_suppressed(merchant, "email", "other@shopper.example")
        assert not is_suppressed(a_merchant(), "email", "aino@shopper.example")

    def test_the_key_may_change_in_the_meantime(self, merchant, settings):
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another key, as long as the first one was, and longer"
        assert is_suppressed(merchant, "email", "aino@shopper.example")

    def test_without_the_key_the_digest_tells_nothing(self, merchant, settings):
        told = Suppression.objects.get().address
        settings.SECRET_KEY = "another key, as long as the first one was, and longer"
        assert forgotten("aino@shopper.example") != told

    def test_suppressing_them_again_does_not_write_the_address_down(self, merchant):
        suppress(merchant, "email", "aino@shopper.example", Suppressed.UNSUBSCRIBED)
        assert not Suppression.objects.filter(address__contains="@").exists()

    def test_only_the_shopper_takes_it_back(self, merchant):
        assert resume(merchant, "email", "aino@shopper.example")
        assert not is_suppressed(merchant, "email", "aino@shopper.example")


def test_a_yes_from_before_the_stop_does_not_count_after_it():
    shopper = a_customer(phone=PHONE, agreed_to=[])
    hear(shopper.merchant, "sms", PHONE, "START")
    hear(shopper.merchant, "sms", PHONE, "STOP")
    assert give(shopper, "sms", at=timezone.now() - timedelta(days=1)) is None

"""The carrier's own page in a real browser, on a phone and on a desk, from left to right and from right to left."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from carriers.models import CallbackDelivery, CarrierAccount, CodeMeaning, DeliveryState, Dispute, UnmappedCode
from orders.models import Source
from orders.statuses import Status
from tests.browser.test_pages import DESK, PHONE, faults, scrolls_sideways
from tests.builders import a_scan, a_shipment, an_account, an_order, record
from tests.tracker import scenes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account():
    """A FedEx account with something in every part of its page."""
    shop = scenes.a_shop()
    account = an_account(shop, "fedex", console_token="the-console-token")
    now = timezone.now()
    for number, (state, check, answered) in enumerate(
        [
            (DeliveryState.PROCESSED, "", 200),
            (DeliveryState.REJECTED, "signature", 400),
            (DeliveryState.UNREADABLE, "readable", 400),
            (DeliveryState.WAITING, "", 200),
        ]
    ):
        CallbackDelivery.objects.create(
            merchant=shop,
            account=account,
            body=b"{}",
            digest=str(number),
            state=state,
            failed_check=check,
            answered=answered,
            took_ms=12,
            numbers=[f"77123456789{n}" for n in range(5)],
            is_test=state == DeliveryState.WAITING,
            received_at=now - timedelta(minutes=number),
        )
    UnmappedCode.objects.create(merchant=shop, carrier="fedex", code="ZZ", count=3)
    CodeMeaning.objects.create(merchant=shop, carrier="fedex", code="ZZ", status=Status.IN_TRANSIT)
    Dispute.objects.create(merchant=shop, account=account, text="It was a strike.", answer="We see.", answered_at=now)
    Dispute.objects.create(merchant=shop, account=account, text="And a storm.")
    for _parcel in range(25):
        shipment = a_shipment(an_order(shop), carrier="fedex")
        scan = a_scan(Status.DELIVERED, at=now - timedelta(minutes=20))
        record(shipment, scan, now=now, source=Source.CALLBACK)
    return account


def tried(page):
    """Try a callback that is not signed rightly."""
    page.get_by_label("Headers").fill("fdx-signature: no")
    page.get_by_label("Body", exact=True).fill(json.dumps({"output": {}}))
    page.locator("button[value=try]").click()
    return page


@pytest.mark.parametrize("width", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_page_fits_and_can_be_used_by_everybody(visit, account, width, language):
    page = visit(f"/callbacks/console/{account.console_token}/?lang={language}", width=width, language=language)
    assert page.locator("html").get_attribute("lang") == language
    assert not scrolls_sideways(page)
    assert faults(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_trial_can_be_read_by_day_and_by_night_and_without_javascript(visit, account, scheme):
    page = tried(visit(f"/callbacks/console/{account.console_token}/", width=PHONE, scheme=scheme, javascript=False))
    assert page.locator(".checks .failed").inner_text().endswith("not passed")
    assert not scrolls_sideways(page)


def test_a_trial_has_no_fault(visit, account):
    page = tried(visit(f"/callbacks/console/{account.console_token}/"))
    assert faults(page) == []


def test_a_test_event_shows_among_the_deliveries(visit, account):
    CarrierAccount.objects.filter(pk=account.pk).update(callback_secrets=["a-secret"])
    page = visit(f"/callbacks/console/{account.console_token}/")
    before = page.locator("#deliveries ~ .wide tbody tr").count()
    page.locator("button[value=send]").click()
    assert "The test event was sent" in page.locator("[role=status]").inner_text()
    assert page.locator("#deliveries ~ .wide tbody tr").count() == before + 1

"""The page of the shopper's choices, and the one on which messages end, as people meet them."""

import pytest

from alerts.links import preferences_path
from alerts.models import BrowserSubscription
from alerts.preferences import choices_of
from orders.models import AskedAt, Shipment
from orders.services.consents import give
from tests.browser.test_pages import DESK, PHONE, faults, scrolls_sideways
from tests.tracker import scenes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def parcel() -> Shipment:
    shipment = scenes.on_its_way(scenes.a_shop())
    order = shipment.order
    give(order.customer, "sms", where=AskedAt.SHOP, wording="Text me when my parcel comes.")
    BrowserSubscription.objects.create(merchant=order.merchant, order=order, endpoint_digest="x", language="en")
    return shipment


@pytest.mark.parametrize("width", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["en", "fi", "ar"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_can_be_used_by_everybody(visit, parcel, width, language, scheme):
    page = visit(f"{preferences_path(parcel.order)}?lang={language}", width=width, language=language, scheme=scheme)
    assert page.locator("html").get_attribute("lang") == language
    assert not scrolls_sideways(page)
    assert faults(page) == []


def test_without_script_a_shopper_finds_it_chooses_and_comes_back(visit, parcel):
    page = visit(f"/t/{parcel.token}/", width=PHONE, javascript=False)
    page.get_by_role("link", name="Choose which messages you get").click()
    page.get_by_label("Each step on the way").uncheck()
    page.get_by_label("Help with what I bought").check()
    page.locator("#id_language").select_option("fi")
    page.get_by_role("button", name="Save").click()
    assert page.locator(".saved").is_visible()
    assert page.locator("html").get_attribute("lang") == "fi"
    chosen = choices_of(parcel.order.customer)
    assert "steps" not in chosen.wanted
    assert "help" in chosen.wanted
    page.locator("button[name=remove]").click()
    assert not BrowserSubscription.objects.exists()
    page.locator(f"a[href$='{parcel.token}/']").click()
    assert page.url.endswith(f"/t/{parcel.token}/")

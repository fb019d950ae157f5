"""The preview beside a shop's own words, in a real browser under the admin's own policy."""

import pytest
from playwright.sync_api import expect

from alerts.models import MessageText
from tests.builders import a_customer, a_member, a_merchant, a_shipment, an_order
from tests.staff import url_of

pytestmark = [pytest.mark.django_db(transaction=True)]

CHOSEN = "?trigger=shipped&channel={channel}&language=en"


def is_ours(line) -> bool:
    """An error, and not the browser's own search for an icon."""
    return line.type == "error" and not line.location["url"].endswith("/favicon.ico")


@pytest.fixture
def desk(visit, client, django_user_model, live_server):
    """The page on which new words are written, for staff of a shop with one parcel under way."""
    merchant = a_merchant()
    a_shipment(an_order(merchant, a_customer(merchant, name="Aino Virtanen"), number="1001"))
    client.force_login(a_member(django_user_model, merchant), backend="django.contrib.auth.backends.ModelBackend")

    def open_desk(channel="email", **kw):
        page = visit("/find/", **kw)
        session = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page.faults = []
        page.on("console", lambda line: page.faults.append(line.text) if is_ours(line) else None)
        page.goto(live_server.url + url_of(MessageText, "add") + CHOSEN.format(channel=channel))
        return page

    return open_desk


def test_the_preview_follows_what_is_typed_and_runs_nothing(desk):
    page = desk()
    mail = page.frame_locator("[data-page]")
    expect(mail.locator("h1")).to_have_text("On its way")
    page.fill("[name=headline]", "{name}, it left <img src=x onerror=alert(1)>")
    expect(mail.locator("h1")).to_have_text("Aino Virtanen, it left <img src=x onerror=alert(1)>")
    page.fill("[name=headline]", "{nmae}")
    expect(page.locator("[data-notes]")).to_have_text("Line 1, sign 1: {nmae} is no variable. Did you mean {name}?")
    page.select_option("[name=shown_in]", "ar")
    expect(mail.locator("html")).to_have_attribute("dir", "rtl")
    assert page.faults == []


def test_a_text_counts_its_parts_while_typing(desk):
    page = desk("sms")
    page.fill("[name=short]", "ж")
    expect(page.locator("[data-notes]")).to_contain_text("UCS-2")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_and_what_is_shown_is_not_saved_with_it(desk, width):
    page = desk(width=width)
    expect(page.frame_locator("[data-page]").locator("h1")).to_be_visible()
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    page.fill("[name=story]", "It left {shop}.")
    page.click("[name=_save]")
    expect(page.locator("body")).to_contain_text("was added successfully")
    text = MessageText.objects.get()
    assert (text.trigger, text.channel, text.language, text.story) == ("shipped", "email", "en", "It left {shop}.")

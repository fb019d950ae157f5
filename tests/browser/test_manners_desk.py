"""The desk for what a shop tells, in a real browser: on a phone and at a desk, to the left and to the right."""

import pytest
from playwright.sync_api import expect

from alerts.models import TriggerRule
from tests.builders import a_member, a_merchant, an_account
from tests.staff import url_of

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(visit, client, django_user_model, live_server):
    merchant = a_merchant()
    an_account(merchant, "dhl-unified")
    client.force_login(a_member(django_user_model, merchant), backend="django.contrib.auth.backends.ModelBackend")

    def open_desk(**kw):
        page = visit("/find/", **kw)
        session = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page.goto(live_server.url + url_of(TriggerRule, "changelist"))
        return page

    return open_desk


def test_a_message_is_switched_off_and_another_limited(desk):
    page = desk()
    page.get_by_label("Out for delivery").uncheck()
    late = page.locator("li", has=page.get_by_label("Late", exact=True))
    late.locator("summary").click()
    late.get_by_label("Only to these countries").fill("fi")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("body")).to_contain_text("Changed: Out for delivery, Late.")
    expect(page.get_by_label("Out for delivery")).not_to_be_checked()
    expect(late.locator("summary")).to_contain_text("for some orders only")


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_with_everything_open(desk, width, language):
    page = desk(width=width, language=language)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")

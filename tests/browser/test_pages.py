"""The pages as people meet them: in a real browser, on a phone and on a desk, in three languages."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.tracker import scenes

pytestmark = pytest.mark.django_db(transaction=True)

PHONE, DESK = 390, 1280
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def shop():
    return scenes.a_shop()


def faults(page) -> list[str]:
    """What axe finds wrong with the page as it stands."""
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{fault['id']}: {node['html']} {node['failureSummary']}" for fault in found for node in fault["nodes"]]


def scrolls_sideways(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")


@pytest.mark.parametrize("width", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["en", "fi", "ar"])
def test_every_page_fits_and_can_be_used_by_everybody(visit, shop, width, language):
    paths = [f"/t/{scene(shop).token}/?lang={language}" for scene in scenes.SCENES.values()]
    for path in [*paths, f"/find/{shop.slug}/", "/t/nope/", "/", "/nothing/"]:
        page = visit(path, width=width, language=language)
        assert page.locator("html").get_attribute("lang") == language
        unfold(page)
        assert not scrolls_sideways(page), path
        assert faults(page) == [], path


@pytest.mark.parametrize("brand", [("#f2c230", "#d81e5b", "#ffffff"), ("#ffffff", "#000000", "#777777")])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_brand_of_any_colours_can_be_read_by_day_and_by_night(visit, brand, scheme):
    colours = dict(zip(("primary_colour", "accent_colour", "background_colour"), brand, strict=True))
    shop = scenes.a_shop(**colours)
    for scene in (scenes.on_its_way, scenes.late, scenes.delivered):
        page = visit(f"/t/{scene(shop).token}/", scheme=scheme)
        unfold(page)
        assert faults(page) == []


def test_the_narrowest_phone_and_the_longest_words_fit(visit, shop):
    shipment = scenes.late_with_a_moved_promise(shop)
    shipment.order.number = "A" * 40
    shipment.order.save()
    page = visit(f"/t/{shipment.token}/?lang=fi", width=320)
    assert not scrolls_sideways(page)


def test_the_page_runs_from_right_to_left_in_arabic(visit, shop):
    page = visit(f"/t/{scenes.on_its_way(shop).token}/?lang=ar", width=DESK)
    first, last = page.locator(".journey li").first.bounding_box(), page.locator(".journey li").last.bounding_box()
    assert first["x"] > last["x"]
    assert page.locator(".brand").bounding_box()["x"] > page.locator(".languages").bounding_box()["x"]


def test_all_of_it_works_without_javascript(visit, shop):
    shipment = scenes.on_its_way(shop)
    page = visit(f"/find/{shop.slug}/", width=PHONE, javascript=False)
    page.get_by_label("Order number").fill(shipment.order.number)
    page.get_by_label("E-mail address or postcode").fill(shipment.order.customer.email)
    page.get_by_role("button", name="Find my order").click()
    assert page.url.endswith(f"/t/{shipment.token}/")

    words = page.locator("#timeline ~ .scans q").first
    assert not words.is_visible()
    page.locator("#timeline ~ .scans summary").first.click()
    assert words.is_visible()

    page.locator(".languages summary").click()
    page.get_by_role("link", name="Suomi").click()
    assert page.locator("html").get_attribute("lang") == "fi"


def test_nothing_is_fetched_from_anywhere_else_and_nothing_breaks_the_policy(visit, shop, live_server):
    page = visit("/")
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{live_server.url}/t/{scenes.on_its_way(shop).token}/")
    assert len(asked) == 6  # the page, three style sheets, the theme, the script
    assert all(address.startswith(live_server.url) for address in asked)
    assert complaints == []


def test_the_keyboard_reaches_the_content_first_and_shows_where_it_is(visit, shop):
    page = visit(f"/t/{scenes.on_its_way(shop).token}/")
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    assert skip.evaluate("element => element === document.activeElement")
    assert skip.bounding_box()["y"] >= 0
    assert skip.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"


def test_a_page_that_was_left_open_looks_again_when_it_is_looked_at(visit, shop):
    page = visit(f"/t/{scenes.on_its_way(shop).token}/")
    page.clock.install()
    page.reload()
    page.evaluate("window.isOld = true")
    page.clock.fast_forward("04:00")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("window.isOld") is True
    page.clock.fast_forward("02:00")
    with page.expect_navigation():
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("window.isOld") is None

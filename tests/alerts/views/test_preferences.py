from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from alerts.consent import is_suppressed, suppress
from alerts.links import preferences_link_for
from alerts.models import BrowserSubscription, Preference, Suppressed, Suppression
from alerts.preferences import choices_of
from alerts.triggers import Group
from orders.models import Consent
from tests.builders import a_customer, a_merchant, a_shipment, an_order

pytestmark = pytest.mark.django_db

TOMORROW = timezone.localdate() + timedelta(days=2)


@pytest.fixture
def order():
    merchant = a_merchant(time_zone="UTC")
    return an_order(customer=a_customer(merchant, email="aino@shopper.example", phone="+358401234567"))


@pytest.fixture
def path(order, settings):
    return preferences_link_for(order).removeprefix(settings.SITE_URL)


def a_browser(order, **kw):
    told = {"endpoint_digest": f"digest-{order.pk}", "subscription": {}, "language": "en", **kw}
    return BrowserSubscription.objects.create(merchant=order.merchant, order=order, **told)


def form(**change):
    """What a browser sends that leaves everything as it is, but for this."""
    steps = ["steps", "trouble", "tasks", "service"]
    filled = {"wanted": steps, "by_email": "on", "by_text": "on", "language": "en", "paused_until": "", **change}
    return {name: value for name, value in filled.items() if value is not None}


def stored():
    return [list(model.objects.order_by("pk").values()) for model in (Consent, Suppression, Preference)]


class TestLooking:
    def test_it_shows_what_holds_in_the_shops_name(self, client, path):
        page = client.get(path)
        text = page.content.decode()
        assert page.status_code == 200
        assert "Choose what Nordlicht writes to you" in text
        assert [str(group.label) in text for group in Group] == [True] * len(Group)

    def test_looking_changes_nothing_whatever_the_address_says(self, client, path, order):
        before = stored()
        for query in ("", "?saved", "?lang=fi", "?by_email=&wanted=steps&remove=1"):
            client.get(path + query)
            client.head(path + query)
        assert stored() == before
        order.customer.refresh_from_db()
        assert order.customer.language == "en"

    def test_whoever_was_given_the_link_learns_no_address(self, client, path, order):
        text = client.get(path).content.decode()
        assert "aino@" not in text
        assert "401234567" not in text
        assert "a…@shopper.example" in text
        assert "…567" in text
        assert order.customer.name not in text

    def test_it_says_when_and_where_texts_were_agreed_to(self, client, path):
        text = client.get(path).content.decode()
        assert "(In the shop):" in text
        assert "Text me." in text

    def test_without_a_phone_texts_are_not_asked_for(self, client, settings):
        order = an_order(customer=a_customer(phone=""))
        text = client.get(preferences_link_for(order).removeprefix(settings.SITE_URL)).content.decode()
        assert 'name="by_text"' not in text

    def test_it_is_kept_by_nobody_and_tells_nobody_its_address(self, client, path):
        headers = client.get(path).headers
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in headers["X-Robots-Tag"]

    @pytest.mark.parametrize(("language", "direction"), [("fi", "ltr"), ("ar", "rtl")])
    def test_it_speaks_the_orders_language_or_the_one_asked_for(self, client, path, order, language, direction):
        html = f'<html lang="{language}" dir="{direction}">'
        assert html in client.get(f"{path}?lang={language}").content.decode()
        order.language = language
        order.save()
        assert html in client.get(path).content.decode()

    def test_a_name_with_a_mark_stays_text(self, client, settings):
        order = an_order(a_merchant("<b>x</b>", slug="x"))
        assert (
            "<b>x</b>" not in client.get(preferences_link_for(order).removeprefix(settings.SITE_URL)).content.decode()
        )

    def test_it_leads_back_to_the_parcel(self, client, path, order):
        parcel = a_shipment(order)
        assert parcel.token in client.get(path).content.decode()


class TestChoosing:
    def test_a_form_that_nobody_touched_changes_nothing_that_holds(self, client, path, order):
        before = choices_of(order.customer)
        assert client.post(path, form()).status_code == 302
        assert choices_of(order.customer) == before
        assert not order.customer.consents.exclude(withdrawn_at=None).exists()

    def test_it_is_kept_and_the_page_says_so(self, client, path, order):
        page = client.post(path, form(wanted=["trouble"], by_text=None), follow=True)
        assert "Saved." in page.content.decode()
        chosen = choices_of(order.customer)
        assert (chosen.wanted, chosen.by_text, chosen.by_email) == ({"trouble"}, False, True)

    def test_it_works_without_cookie_and_script(self, path, order):
        strict = Client(enforce_csrf_checks=True)
        assert strict.post(path, form(by_email=None)).status_code == 302
        assert is_suppressed(order.merchant, "email", "aino@shopper.example")

    def test_the_page_speaks_the_language_that_was_chosen(self, client, path):
        page = client.post(path, form(language="fi"), follow=True)
        assert '<html lang="fi"' in page.content.decode()

    def test_a_pause_is_kept(self, client, path, order):
        client.post(path, form(paused_until=TOMORROW.isoformat()))
        assert choices_of(order.customer).paused_until == TOMORROW
        assert f'value="{TOMORROW.isoformat()}"' in client.get(path).content.decode()

    @pytest.mark.parametrize("day", ["2020-01-01", "2099-01-01", "someday"])
    def test_a_day_that_cannot_be_is_refused_with_what_to_choose_and_nothing_is_kept(self, client, path, day):
        before = stored()
        page = client.post(path, form(paused_until=day, by_email=None))
        assert page.status_code == 200
        assert 'class="error"' in page.content.decode()
        assert stored() == before

    def test_an_address_that_bounced_cannot_be_ticked(self, client, path, order):
        suppress(order.merchant, "email", "aino@shopper.example", Suppressed.BOUNCED)
        assert "This address takes no messages" in client.get(path).content.decode()
        client.post(path, form())
        assert is_suppressed(order.merchant, "email", "aino@shopper.example")

    def test_nor_a_number_that_the_provider_holds_back(self, client, path, order):
        suppress(order.merchant, "sms", "+358401234567", Suppressed.BY_PROVIDER)
        assert "This number takes no texts" in client.get(path).content.decode()
        client.post(path, form())
        assert is_suppressed(order.merchant, "sms", "+358401234567")
        assert order.customer.consents.count() == 1, "no yes that would not count"

    def test_a_group_that_there_is_not_is_refused(self, client, path):
        before = stored()
        assert client.post(path, form(wanted=["everything"])).status_code == 200
        assert stored() == before


class TestBrowsers:
    def test_they_are_listed_and_can_be_removed(self, client, path, order):
        browser, gone = a_browser(order), a_browser(an_order(customer=order.customer), gone_at=timezone.now())
        text = client.get(path).content.decode()
        assert f"Order {order.number}, since" in text
        assert str(gone.uuid) not in text
        client.post(path, {"remove": str(browser.uuid)})
        assert list(BrowserSubscription.objects.all()) == [gone]

    @pytest.mark.parametrize("name", ["no-uuid", ""])
    def test_a_name_that_is_nobodys_removes_nothing(self, client, path, order, name):
        a_browser(order)
        client.post(path, {"remove": name})
        assert BrowserSubscription.objects.exists()

    def test_another_shoppers_browser_is_not_removed(self, client, path):
        other = a_browser(an_order())
        client.post(path, {"remove": str(other.uuid)})
        assert BrowserSubscription.objects.exists()


class TestTheLink:
    def test_one_that_was_changed_or_guessed_is_not_found(self, client, path, order):
        for wrong in (f"{path[:-2]}x/", reverse("alerts:preferences", args=[order.pk])):
            assert client.get(wrong).status_code == 404
            assert client.post(wrong, form()).status_code == 404

    def test_one_of_somebody_who_was_forgotten_is_not_found(self, client, path, order):
        order.customer.erased_at = timezone.now()
        order.customer.save()
        assert client.get(path).status_code == 404

    def test_it_names_neither_the_number_nor_the_address(self, path, order):
        assert order.number not in path
        assert "aino" not in path
        assert escape(order.customer.name) not in path

    def test_too_many_tries_have_to_wait(self, client, path):
        answers = [client.get(path) for _try in range(31)]
        assert [answer.status_code for answer in answers] == [200] * 30 + [429]
        assert int(answers[-1].headers["Retry-After"]) > 0

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.views.defaults import server_error

from orders.models import MerchantDomain
from tests.builders import a_customer, a_merchant, a_shipment, an_order

pytestmark = pytest.mark.django_db

OWN_HOST = {"headers": {"Host": "track.nordlicht.example"}}


@pytest.fixture
def shop():
    merchant = a_merchant()
    MerchantDomain.objects.create(merchant=merchant, host="track.nordlicht.example")
    return merchant


@pytest.fixture
def parcel(shop):
    customer = a_customer(shop, email="aino@shopper.example")
    return a_shipment(an_order(shop, customer, number="1001", postcode="00100"))


def ask(client, shop, number="1001", second="00100", **kw):
    return client.post(f"/find/{shop.slug}/", {"number": number, "email_or_postcode": second}, **kw)


def without_csrf(response):
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", response.content)


class TestFinding:
    @pytest.mark.parametrize("second", ["00100", "aino@shopper.example", "AINO@shopper.example"])
    def test_number_and_one_thing_more_lead_to_the_parcel(self, client, shop, parcel, second):
        response = ask(client, shop, second=second)
        assert (response.status_code, response.url) == (302, f"/t/{parcel.token}/")

    def test_no_personal_data_gets_into_an_address(self, client, shop, parcel):
        assert "aino" not in ask(client, shop, second="aino@shopper.example").url
        form = client.get(f"/find/{shop.slug}/").content.decode()
        assert '<form class="lookup" method="post"' in form

    def test_the_form_is_protected_against_forgery(self, shop, parcel):
        strict = Client(enforce_csrf_checks=True)
        refused = ask(strict, shop)
        assert refused.status_code == 403
        assert "Please send the form again" in refused.content.decode()
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', strict.get(f"/find/{shop.slug}/").content.decode())[1]
        form = {"number": "1001", "email_or_postcode": "00100", "csrfmiddlewaretoken": token}
        assert strict.post(f"/find/{shop.slug}/", form).status_code == 302

    def test_an_empty_field_is_named(self, client, shop):
        response = ask(client, shop, second="  ")
        html = response.content.decode()
        assert response.status_code == 200
        assert 'id="id_email_or_postcode_error"' in html
        assert 'id="id_number_error"' not in html
        assert 'aria-invalid="true"' in html

    def test_a_reader_of_finnish_is_answered_in_finnish(self, client, shop):
        html = client.get(f"/find/{shop.slug}/", headers={"Accept-Language": "fi"}).content.decode()
        assert '<html lang="fi" dir="ltr">' in html
        assert "Missä tilaukseni on?" in html


class TestNotFinding:
    def test_unknown_order_wrong_word_and_wrong_link_get_the_very_same_page(self, client, shop, parcel):
        answers = [
            ask(client, shop, number="4711", **OWN_HOST),
            ask(client, shop, second="99999", **OWN_HOST),
            ask(client, shop, second="somebody@else.example", **OWN_HOST),
            client.get("/t/nope/", **OWN_HOST),
            client.get(f"/t/{a_shipment().token}/", **OWN_HOST),
            client.get("/o/nope/1/", **OWN_HOST),
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({without_csrf(answer) for answer in answers}) == 1
        assert "We could not find that order" in answers[0].content.decode()
        told = {(answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) for answer in answers}
        assert told == {("private, no-store", "same-origin")}

    def test_the_same_is_asked_of_the_database_whether_the_order_exists_or_not(self, client, shop, parcel):
        asked = []
        for number in ("1001", "4711"):
            with CaptureQueriesContext(connection) as queries:
                ask(client, shop, number=number, second="99999")
            asked.append(len(queries))
        assert asked == [3, 3]  # whose host, which shop, and the order

    def test_the_page_offers_the_form_again_and_the_shops_address(self, client, shop, parcel):
        html = ask(client, shop, number="4711").content.decode()
        assert f'action="/find/{shop.slug}/"' in html
        assert "mailto:help@nordlicht.example" in html

    def test_what_was_typed_is_not_repeated(self, client, shop, parcel):
        html = ask(client, shop, number="<script>4711", second="somebody@else.example").content.decode()
        assert "4711" not in html
        assert "somebody" not in html

    def test_an_order_of_another_shop_is_unknown_here(self, client, parcel):
        assert ask(client, a_merchant("Rantala")).status_code == 404

    def test_a_shop_that_does_not_exist_is_not_found(self, client):
        assert client.get("/find/nobody/").status_code == 404

    def test_a_merchants_host_has_no_look_up_of_another(self, client, shop):
        other = a_merchant("Rantala")
        response = client.get(f"/find/{other.slug}/", **OWN_HOST)
        assert response.status_code == 404
        assert "Rantala" not in response.content.decode()


class TestThrottle:
    def test_the_eleventh_try_of_a_visitor_in_a_minute_has_to_wait(self, client, shop, parcel):
        tries = [ask(client, shop, number=str(number)).status_code for number in range(10)]
        assert set(tries) == {404}
        response = ask(client, shop)
        assert response.status_code == 429
        assert 1 <= int(response.headers["Retry-After"]) <= 60
        assert "Please try again in 1 minute." in response.content.decode()

    def test_another_visitor_is_not_held_up(self, client, shop, parcel):
        for number in range(11):
            ask(client, shop, number=str(number))
        assert ask(client, shop, REMOTE_ADDR="198.51.100.7").status_code == 302

    def test_an_order_is_tried_five_times_in_ten_minutes_from_wherever(self, client, shop, parcel):
        spellings = ["1001", "#1001", " 1001", "# 1001", "1001 "]
        for place, number in enumerate(spellings):
            wrong = ask(client, shop, number=number, second="99999", REMOTE_ADDR=f"198.51.100.{place}")
            assert wrong.status_code == 404
        response = ask(client, shop, REMOTE_ADDR="198.51.100.99")
        assert response.status_code == 429
        assert 61 <= int(response.headers["Retry-After"]) <= 600

    def test_an_order_that_does_not_exist_is_counted_all_the_same(self, client, shop):
        answers = [ask(client, shop, number="4711", REMOTE_ADDR=f"198.51.100.{n}").status_code for n in range(6)]
        assert answers == [404] * 5 + [429]

    def test_a_forged_header_gives_no_new_tries(self, client, shop, parcel):
        for number in range(11):
            headers = {"X-Forwarded-For": f"198.51.100.{number}"}
            answer = ask(client, shop, number=str(number), headers=headers)
        assert answer.status_code == 429

    def test_the_wait_is_told_in_the_readers_language(self, client, shop):
        for number in range(11):
            answer = ask(client, shop, number=str(number), headers={"Accept-Language": "de"})
        assert answer.status_code == 429
        assert '<html lang="de"' in answer.content.decode()
        assert "Please" not in answer.content.decode()


class TestFrontPage:
    def test_a_merchants_own_host_opens_on_its_look_up(self, client, shop):
        for path in ("/", "/find/"):
            html = client.get(path, **OWN_HOST).content.decode()
            assert "Where is my order?" in html
            assert "Nordlicht" in html

    def test_the_main_host_says_what_this_is_and_names_no_shop(self, client, shop):
        html = client.get("/").content.decode()
        assert 'href="/admin/"' in html
        assert "Nordlicht" not in html

    def test_an_address_that_is_none_has_a_page_of_its_own(self, client):
        response = client.get("/nothing/here/")
        assert response.status_code == 404
        assert "There is nothing at this address" in response.content.decode()

    def test_a_fault_has_a_page_that_needs_nothing(self, rf):
        response = server_error(rf.get("/"))
        assert response.status_code == 500
        assert "Something went wrong on our side" in response.content.decode()
        assert "stylesheet" not in response.content.decode()

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import translation

from orders.models import Customer, Merchant, Order
from tracker.languages import remember, speak


@pytest.fixture(autouse=True)
def language_as_before():
    with translation.override("en"):
        yield


def spoken(query="", cookie="", order="", customer="", browser="", merchant="en"):
    request = RequestFactory().get("/", query_params={"lang": query} if query else {})
    request.META["HTTP_ACCEPT_LANGUAGE"] = browser
    request.COOKIES = {"django_language": cookie} if cookie else {}
    bought = Order(language=order, customer=Customer(language=customer))
    return speak(request, merchant=Merchant(default_language=merchant), order=bought)


def test_what_the_reader_chose_just_now_comes_first():
    assert spoken(query="ar", cookie="de", order="fi", browser="de") == "ar"


def test_then_what_they_chose_before():
    assert spoken(cookie="de", order="fi", browser="ar") == "de"


def test_then_the_orders_language_and_the_shoppers():
    assert spoken(order="fi", customer="de", browser="ar") == "fi"
    assert spoken(customer="de", browser="ar") == "de"


def test_then_the_browsers_as_near_as_the_portal_speaks_it():
    assert spoken(browser="da, de-AT;q=0.8, fi;q=0.5", merchant="ar") == "de"


def test_then_the_shops():
    assert spoken(browser="da", merchant="fi") == "fi"


@pytest.mark.parametrize("nonsense", ["xx", "../en", "<script>", "en-x" * 300])
def test_a_language_that_is_not_spoken_is_passed_over(nonsense):
    assert spoken(query=nonsense, cookie=nonsense, browser=nonsense, merchant="fi") == "fi"


def test_the_choice_is_kept_in_a_cookie():
    response = HttpResponse()
    remember(RequestFactory().get("/", query_params={"lang": "fi"}), response)
    cookie = response.cookies["django_language"]
    assert (cookie.value, cookie["samesite"], bool(cookie["httponly"])) == ("fi", "Lax", True)


def test_no_cookie_is_set_without_a_choice():
    for request in (RequestFactory().get("/"), RequestFactory().get("/", query_params={"lang": "xx"})):
        response = HttpResponse()
        remember(request, response)
        assert not response.cookies
        assert response.headers["Vary"] == "Accept-Language, Cookie"

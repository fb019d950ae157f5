"""In which language a message is written."""

import pytest

from alerts.texts.languages import language_for, main_language
from tests.builders import a_customer, a_merchant, a_shipment, an_order

pytestmark = pytest.mark.django_db


def spoken(*, order="", customer="", country="FI", shop="en", parcel=True):
    shopper = a_customer(a_merchant(default_language=shop), language=customer)
    placed = an_order(shopper.merchant, shopper, language=order)
    shipment = a_shipment(placed, destination_country=country) if parcel else None
    return language_for(placed, shipment)


def test_the_orders_language_comes_first_then_the_shoppers_the_countrys_and_the_shops():
    assert spoken(order="de", customer="ar") == "de"
    assert spoken(customer="ar") == "ar"
    assert spoken(country="DE") == "de"
    assert spoken(country="JP", shop="fi") == "fi"


def test_a_country_that_nobody_named_says_nothing():
    assert spoken(country="", shop="de") == "de"


def test_before_the_first_parcel_the_shop_speaks_its_own_language():
    assert spoken(parcel=False, shop="de") == "de"


def test_a_message_about_the_order_speaks_as_its_parcels_do():
    shipment = a_shipment(an_order(customer=a_customer(language="")), destination_country="DE")
    assert language_for(shipment.order) == "de"


@pytest.mark.parametrize(
    ("country", "language"),
    [
        ("FI", "fi"),
        ("AT", "de"),
        ("CH", "de"),
        ("SA", "ar"),
        ("MA", "ar"),
        ("US", "en"),
        ("BE", ""),
        ("XQ", ""),
        ("", ""),
    ],
)
def test_a_country_has_one_main_language(country, language, settings):
    settings.LANGUAGES = [("en", "English"), ("fi", "Finnish"), ("de", "German"), ("ar", "Arabic")]
    assert main_language(country) == language

import pytest

from offers.models import Offer
from orders.models import MerchantDomain
from tests.builders import a_merchant, a_shipment

pytestmark = pytest.mark.django_db


@pytest.fixture
def parcel():
    return a_shipment()


@pytest.fixture
def offer(parcel):
    return Offer.objects.create(merchant=parcel.merchant, title="Bulbs", link="https://shop.example/bulbs?from=parcel")


def test_a_click_leads_where_the_shops_row_says(client, parcel, offer):
    response = client.get(f"/o/{parcel.token}/{offer.pk}/")
    assert (response.status_code, response.url) == (302, "https://shop.example/bulbs?from=parcel")
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_the_address_cannot_say_where(client, parcel, offer):
    response = client.get(f"/o/{parcel.token}/{offer.pk}/", {"url": "https://evil.example", "next": "//evil.example"})
    assert response.url == "https://shop.example/bulbs?from=parcel"


def test_an_offer_of_another_shop_is_not_found(client, parcel):
    other = Offer.objects.create(merchant=a_merchant("Rantala"), title="Soap", link="https://rantala.example/")
    assert client.get(f"/o/{parcel.token}/{other.pk}/").status_code == 404


def test_a_merchants_host_knows_its_own_parcels_only(client, parcel, offer):
    MerchantDomain.objects.create(merchant=a_merchant("Rantala"), host="track.rantala.example")
    response = client.get(f"/o/{parcel.token}/{offer.pk}/", headers={"Host": "track.rantala.example"})
    assert response.status_code == 404


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "//evil.example", "https:\\\\evil.example", "data:text/html,x"]
)
def test_a_link_that_is_none_to_the_web_leads_nowhere(client, parcel, offer, link):
    Offer.objects.filter(pk=offer.pk).update(link=link)
    assert client.get(f"/o/{parcel.token}/{offer.pk}/").status_code == 404


def test_a_click_needs_a_parcel(client, offer):
    assert client.get(f"/o/nope/{offer.pk}/").status_code == 404

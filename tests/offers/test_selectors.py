import pytest

from offers.models import Offer
from offers.selectors import link_of, offer_for
from orders.reasons import Reason
from orders.statuses import Status
from tests.builders import a_merchant, a_scan, a_shipment, record

pytestmark = pytest.mark.django_db


def an_offer(merchant, **kw) -> Offer:
    return Offer.objects.create(merchant=merchant, **{"title": "Bulbs", "link": "https://shop.example/bulbs", **kw})


def offered(shipment, **kw):
    return offer_for(shipment, **{"language": "en", "has_open_case": False, **kw})


def test_the_page_of_a_parcel_shows_its_own_shops_offers_only():
    shipment = a_shipment()
    an_offer(a_merchant("Rantala"), priority=99)
    assert offered(shipment) is None
    own = an_offer(shipment.merchant)
    assert offered(shipment) == own


def test_an_offer_may_ask_for_what_was_bought():
    shipment = a_shipment()
    offer = an_offer(shipment.merchant, categories=["chairs"])
    assert offered(shipment) is None
    offer.categories = ["lamps"]
    offer.save()
    assert offered(shipment) == offer


def test_trouble_stops_selling_without_a_question_to_the_database(django_assert_num_queries):
    shipment = a_shipment()
    an_offer(shipment.merchant)
    record(shipment, a_scan(Status.EXCEPTION, reason=Reason.DAMAGED))
    list(shipment.order.items.all().select_related("product"))
    with django_assert_num_queries(2):  # the order's items and their product, none for offers
        assert offered(shipment) is None


def test_an_open_case_stops_selling():
    shipment = a_shipment()
    an_offer(shipment.merchant)
    assert offered(shipment, has_open_case=True) is None


def test_a_link_is_found_for_the_offers_own_shop_only():
    offer = an_offer(a_merchant())
    assert link_of(offer.pk, offer.merchant_id) == "https://shop.example/bulbs"
    assert link_of(offer.pk, a_merchant().pk) == ""
    assert link_of(offer.pk + 1, offer.merchant_id) == ""


def test_a_link_that_is_none_to_the_web_is_not_followed():
    offer = an_offer(a_merchant(), link="javascript:alert(1)")
    assert link_of(offer.pk, offer.merchant_id) == ""

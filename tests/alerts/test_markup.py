"""The parcel as mail programs read it from the e-mail."""

import json
import re
from datetime import date, time

import pytest

from alerts.markup import parcel_delivery, script
from alerts.models import Alert
from alerts.rendering import write
from alerts.texts.values import Facts
from alerts.triggers import Trigger
from orders.models import OrderItem, Product
from orders.windows import PromisedWindow
from tests.alerts.stories import a_parcel, put_off
from tests.builders import a_shipment, an_order

pytestmark = pytest.mark.django_db


def facts_of(shipment, trigger=Trigger.SHIPPED) -> Facts:
    return Facts(
        Alert(
            merchant=shipment.merchant,
            order=shipment.order,
            shipment=shipment,
            customer=shipment.order.customer,
            trigger=trigger,
            channel="email",
            language="en",
        )
    )


def test_it_names_the_parcel_the_carrier_the_order_and_the_shop():
    shipment = a_parcel()
    told = parcel_delivery(facts_of(shipment))
    assert told["@type"] == "ParcelDelivery"
    assert told["carrier"]["name"] == "DHL"
    assert told["trackingNumber"] == shipment.tracking_number
    assert told["trackingUrl"] == f"https://portal.test/t/{shipment.token}/"
    assert told["partOfOrder"]["orderNumber"] == shipment.order.number
    assert told["partOfOrder"]["merchant"]["name"] == "Nordlicht"
    assert told["itemShipped"] == [{"@type": "Product", "name": "Linen lamp", "sku": Product.objects.get().sku}]
    assert told["deliveryAddress"]["addressLocality"] == "Helsinki"


def test_promised_days_are_local_dates():
    told = parcel_delivery(facts_of(a_parcel()))
    assert (told["expectedArrivalFrom"], told["expectedArrivalUntil"]) == ("2026-03-03", "2026-03-05")


def test_promised_hours_are_told_by_the_clock_of_the_destination():
    shipment = a_parcel()
    put_off(shipment, PromisedWindow(date(2026, 7, 9), date(2026, 7, 9), time(13), time(15), "Europe/Helsinki"))
    shipment.refresh_from_db()
    told = parcel_delivery(facts_of(shipment))
    assert told["expectedArrivalFrom"] == "2026-07-09T13:00:00+03:00"
    assert told["expectedArrivalUntil"] == "2026-07-09T15:00:00+03:00"


def test_what_is_not_known_is_left_out():
    told = parcel_delivery(facts_of(a_shipment(an_order(), promised=False, destination_city="")))
    assert "expectedArrivalUntil" not in told
    assert "addressLocality" not in told["deliveryAddress"]


def test_nothing_in_it_ends_the_script_element():
    shipment = a_parcel()
    Product.objects.update(name="</script><img src=x onerror=alert(1)> & \u2028 co")
    element = script([facts_of(shipment)])
    assert element.count("<") == 2
    assert "&" not in element
    (told,) = json.loads(re.fullmatch(r"<script[^>]*>(.*)</script>", element)[1])
    assert told["itemShipped"][0]["name"] == "</script><img src=x onerror=alert(1)> & \u2028 co"


def test_it_survives_the_styling_of_the_e_mail():
    alert = facts_of(a_parcel()).alert
    Product.objects.update(name='"Lamp" & <co>')
    write(alert)
    told = re.search(r'<script type="application/ld\+json">(.*?)</script>', alert.body_html)[1]
    assert json.loads(told)[0]["itemShipped"][0]["name"] == '"Lamp" & <co>'


def test_a_long_order_is_told_in_part():
    shipment = a_parcel()
    for _more in range(300):
        OrderItem.objects.create(merchant=shipment.merchant, order=shipment.order, product=Product.objects.get())
    assert len(parcel_delivery(facts_of(shipment))["itemShipped"]) == 8

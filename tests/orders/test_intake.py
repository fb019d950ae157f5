"""Orders in: what is taken, what is completed, and what is refused with a clear word."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from orders.incoming import CustomerData, ItemData, OrderData, ShipmentData
from orders.models import Customer, Order, Product, Promise, Promiser, RiskState, Shipment, StatusChange
from orders.services.intake import take_order, zone_of
from orders.services.recognition import CarrierUnclear
from orders.windows import PromisedWindow
from tests.builders import a_merchant, a_scan, an_account, record, utc

MONDAY = utc(2026, 3, 2, 9)

PARCEL = {"carrier": "ups", "tracking_number": "1Z999AA10123456784", "country": "FI", "postcode": "00100"}
LAMP = {"sku": "LAMP", "name": "Linen lamp", "quantity": 2, "price": Decimal("39.95")}


def an_order_comes(*parcels, items=(LAMP,), customer=None, **kw) -> OrderData:
    told = {"email": "Aino@Shopper.example", "name": "Aino Virtanen", "phone": "+358 40 123 4567", "language": "fi"}
    return OrderData(
        **{"number": "1001", "placed_at": MONDAY, **kw},
        customer=CustomerData(**(customer or told)),
        items=tuple(ItemData(**item) for item in items),
        shipments=tuple(ShipmentData(**parcel) for parcel in parcels or (PARCEL,)),
    )


def everything():
    """Every row an intake could touch, with all its values."""
    return {
        model: list(model.objects.order_by("pk").values()) for model in (Customer, Order, Product, Shipment, Promise)
    }


@pytest.mark.django_db
class TestTakeOrder:
    def test_an_order_comes_in_whole(self):
        order = take_order(a_merchant(), an_order_comes(), MONDAY)

        assert (order.number, order.total, order.postcode, order.spoken_language) == (
            "1001",
            Decimal("79.90"),
            "00100",
            "fi",
        )
        assert (order.customer.email, str(order.customer.phone)) == ("aino@shopper.example", "+358401234567")
        assert [(item.quantity, item.product.sku, item.price) for item in order.items.all()] == [
            (2, "LAMP", Decimal("39.95"))
        ]

    def test_a_parcel_is_promised_estimated_and_due_at_once(self):
        shipment = take_order(a_merchant(), an_order_comes(), MONDAY).shipments.get()

        assert shipment.promise.source == Promiser.MERCHANT
        assert shipment.promise.window == PromisedWindow(date(2026, 3, 4), date(2026, 3, 6), zone="Europe/Helsinki")
        assert (shipment.next_poll_at, shipment.risk) == (MONDAY, RiskState.ON_TRACK)
        assert shipment.risk_probability is None  # the carrier was not asked yet
        assert shipment.next_risk_at == MONDAY + timedelta(hours=1)

    def test_the_window_given_at_checkout_is_the_first_promise(self):
        window = PromisedWindow(date(2026, 3, 10), date(2026, 3, 11))
        shipment = take_order(a_merchant(), an_order_comes({**PARCEL, "window": window}), MONDAY).shipments.get()
        assert shipment.promise.window.days() == (date(2026, 3, 10), date(2026, 3, 11))

    def test_the_same_order_again_changes_nothing(self):
        merchant = a_merchant()
        take_order(merchant, an_order_comes(), MONDAY)
        before = everything()

        take_order(merchant, an_order_comes(), MONDAY + timedelta(hours=1))

        assert everything() == before
        assert Promise.objects.count() == 1
        assert [change.new for change in StatusChange.objects.all()] == ["received"]

    def test_the_same_order_again_after_the_carriers_news_changes_nothing(self):
        merchant = a_merchant()
        window = PromisedWindow(date(2026, 3, 4), date(2026, 3, 5))
        coming = an_order_comes({**PARCEL, "window": window})
        shipment = take_order(merchant, coming, MONDAY).shipments.get()
        later = PromisedWindow(date(2026, 3, 9), date(2026, 3, 9))
        record(shipment, a_scan(at=utc(2026, 3, 3, 8)), window=later, now=utc(2026, 3, 3, 9))
        before = everything()

        take_order(merchant, coming, utc(2026, 3, 3, 10))

        assert everything() == before

    def test_a_second_parcel_of_a_known_order_is_added(self):
        merchant = a_merchant()
        take_order(merchant, an_order_comes(), MONDAY)
        second = {**PARCEL, "tracking_number": "1Z999AA10123456785"}

        order = take_order(merchant, an_order_comes(PARCEL, second), MONDAY)

        assert [parcel.tracking_number for parcel in order.shipments.order_by("id")] == [
            "1Z999AA10123456784",
            "1Z999AA10123456785",
        ]
        assert order.items.count() == 1

    def test_an_order_can_come_before_its_parcels(self):
        merchant = a_merchant()
        bare = OrderData(number="1001", placed_at=MONDAY, customer=CustomerData(email="aino@shopper.example"))
        assert take_order(merchant, bare, MONDAY).shipments.count() == 0
        assert take_order(merchant, an_order_comes(), MONDAY).shipments.count() == 1
        assert Order.objects.get().customer.name == "Aino Virtanen"

    def test_what_is_known_is_not_overwritten(self):
        merchant = a_merchant()
        take_order(merchant, an_order_comes(), MONDAY)
        other = {"email": "aino@shopper.example", "name": "Somebody Else"}
        take_order(merchant, an_order_comes(customer=other, total=Decimal(5), postcode="99999"), MONDAY)

        order = Order.objects.get()
        assert (order.customer.name, order.total, order.postcode) == ("Aino Virtanen", Decimal("79.90"), "00100")

    def test_a_shopper_is_known_by_e_mail_however_it_is_written(self):
        merchant = a_merchant()
        take_order(merchant, an_order_comes(), MONDAY)
        take_order(merchant, an_order_comes(number="1002", customer={"email": "AINO@shopper.EXAMPLE "}), MONDAY)
        assert Customer.objects.count() == 1

    def test_a_shopper_without_e_mail_is_known_by_phone(self):
        merchant = a_merchant()
        take_order(merchant, an_order_comes(customer={"phone": "+358 40 123 4567"}), MONDAY)
        take_order(merchant, an_order_comes(number="1002", customer={"phone": "+358-40-1234567"}), MONDAY)
        assert [str(customer.phone) for customer in Customer.objects.all()] == ["+358401234567"]

    def test_two_merchants_may_have_the_same_order_number_shopper_and_product(self):
        for merchant in (a_merchant("Nordlicht"), a_merchant("Südwind")):
            order = take_order(merchant, an_order_comes(), MONDAY)
            assert {order.merchant, order.customer.merchant, order.items.get().product.merchant} == {merchant}
        assert Order.objects.count() == Customer.objects.count() == Product.objects.count() == 2

    def test_a_product_keeps_its_name_in_the_shops_language(self):
        with translation.override("fi"):
            take_order(a_merchant(default_language="de"), an_order_comes(), MONDAY)
        product = Product.objects.get()
        assert (product.name_de, product.name_fi) == ("Linen lamp", None)

    def test_the_spaces_of_a_label_are_left_out(self):
        spaced = {**PARCEL, "tracking_number": " 1Z 999 AA1 01 2345 6784 "}
        order = take_order(a_merchant(), an_order_comes(spaced, PARCEL), MONDAY)
        assert order.shipments.get().tracking_number == "1Z999AA10123456784"

    def test_nothing_is_stored_when_a_part_cannot_be(self, monkeypatch):
        monkeypatch.setattr("orders.services.intake.reassess", lambda *_args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            take_order(a_merchant(), an_order_comes(), MONDAY)
        assert not Order.objects.exists()
        assert not Customer.objects.exists()


@pytest.mark.django_db
class TestZones:
    def zone(self, **kw):
        merchant = a_merchant(time_zone="America/Denver")
        return take_order(merchant, an_order_comes({**PARCEL, **kw}), MONDAY).shipments.get().zone

    def test_the_zone_given_comes_first(self):
        assert self.zone(zone="Asia/Tokyo", country="FI") == "Asia/Tokyo"

    def test_else_the_countrys(self):
        assert self.zone(country="FI") == "Europe/Helsinki"

    def test_else_where_a_country_has_several_the_merchants(self):
        assert self.zone(country="US") == "America/Denver"

    def test_else_where_no_country_is_known_the_merchants(self):
        assert self.zone(country="") == "America/Denver"


def test_a_country_whose_zones_show_the_same_time_has_one_zone():
    assert zone_of("DE") == "Europe/Berlin"
    assert zone_of("ES") == ""


REFUSALS = [
    ({"number": "  "}, "number", "This is empty: give the one your shop uses."),
    ({"number": "1" * 41}, "number", "has 41 characters: at most 40 fit"),
    (
        {"placed_at": datetime(2026, 3, 2, 9)},
        "placed_at",
        "has no time zone: add its offset, as in 2026-03-02T09:00:00+02",
    ),
    ({"currency": "euro"}, "currency", "“euro” is no currency: give the three capital letters of ISO 4217"),
    ({"total": Decimal(-1)}, "total", "The amount is -1: give 0 to 9999999999.99"),
    ({"language": "Finnish!"}, "language", "“Finnish!” is no language: give a tag such as fi"),
    ({"customer": {"name": "Aino"}}, "email", "came without e-mail and without phone: give one of them"),
    ({"customer": {"email": "aino(at)shopper"}}, "email", "“aino(at)shopper” is no e-mail address: correct it"),
    (
        {"customer": {"phone": "040 1234567"}},
        "phone",
        "“040 1234567” is no international phone number: write it with +",
    ),
    ({"items": [{"sku": " "}]}, "sku", "This is empty"),
    ({"items": [{**LAMP, "quantity": 0}]}, "quantity", "The quantity of LAMP is 0: give 1 or more"),
    ({"items": [{**LAMP, "price": Decimal(-5)}]}, "price", "The amount is -5"),
    ({"items": [{**LAMP, "link": "javascript:alert(1)"}]}, "link", "“javascript:alert(1)” cannot be linked to"),
    ({"items": [{**LAMP, "image": "lamp.png"}]}, "image", "give a whole address with https://"),
]


@pytest.mark.parametrize(("told", "field", "message"), REFUSALS)
def test_an_order_is_refused_with_what_came_and_what_to_change(told, field, message):
    with pytest.raises(ValidationError) as refusal:
        an_order_comes(**told)
    assert message in refusal.value.message_dict[field][0]


PARCEL_REFUSALS = [
    ({"carrier": "dhl"}, "carrier", "There is no carrier “dhl”. Did you mean dhl-"),
    ({"carrier": "fedx"}, "carrier", "There is no carrier “fedx”. Did you mean fedex?"),
    ({"carrier": "pigeon"}, "carrier", "There is no carrier “pigeon”. Known carriers: "),
    ({"tracking_number": ""}, "tracking_number", "This is empty"),
    ({"tracking_number": "9" * 65}, "tracking_number", "has 65 characters: at most 64 fit. Is it the right column?"),
    ({"country": "Finland"}, "country", "“Finland” is no country: give the two capital letters of ISO 3166"),
    ({"country": "UK"}, "country", "“UK” is no country"),
    ({"zone": "Helsinki"}, "zone", "“Helsinki” is no time zone: give one such as Europe/Helsinki"),
]


@pytest.mark.parametrize(("told", "field", "message"), PARCEL_REFUSALS)
def test_a_parcel_is_refused_with_what_came_and_what_to_change(told, field, message):
    with pytest.raises(ValidationError) as refusal:
        ShipmentData(**{**PARCEL, **told})
    assert message in refusal.value.message_dict[field][0]


@pytest.mark.django_db
@pytest.mark.parametrize(("tag", "kept"), [("de-AT", "de"), ("de_CH", "de"), ("FI", "fi"), ("da", ""), ("", "")])
def test_a_tag_is_kept_as_the_language_that_suits_it(tag, kept):
    order = take_order(a_merchant(), an_order_comes(language=tag), MONDAY)
    assert order.language == kept


@pytest.mark.django_db
class TestParcelsWithoutACarrier:
    def parcel(self, number):
        return {"tracking_number": number, "country": "FI"}

    def test_every_parcel_that_tells_no_carrier_is_named_and_nothing_is_taken_in(self):
        merchant = a_merchant()
        an_account(merchant, "ups")
        order = an_order_comes(self.parcel("A-1"), PARCEL, self.parcel("A-2"))
        before = everything()
        with pytest.raises(CarrierUnclear) as caught:
            take_order(merchant, order, MONDAY)
        assert {at: message[:5] for at, message in caught.value.messages.items()} == {0: "“A-1”", 2: "“A-2”"}
        assert everything() == before

    def test_one_parcel_told_with_and_without_its_carrier_is_one(self):
        merchant = a_merchant()
        an_account(merchant, "ups")
        order = take_order(merchant, an_order_comes(PARCEL, self.parcel(PARCEL["tracking_number"])), MONDAY)
        assert order.shipments.get().carrier == "ups"

"""What messages after the delivery speak of."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.texts.aftercare import helps_for, products_for, warranty_ends
from alerts.triggers import Trigger
from orders.models import OrderItem, Product
from tests.builders import a_product, an_order


def bought(*products):
    order = an_order()
    order.items.all().delete()
    for fields in products:
        product = a_product(order.merchant, **fields)
        OrderItem.objects.create(merchant=order.merchant, order=order, product=product)
    return order


@pytest.mark.django_db
class TestProducts:
    def test_only_what_has_something_to_say_is_spoken_of(self):
        order = bought(
            {"name": "Lamp", "care": "Dust it."}, {"name": "Bulb"}, {"name": "Mug", "setup_guide": "https://x.example/"}
        )
        assert [product.name for product in products_for(Trigger.CARE, order)] == ["Lamp"]
        assert [product.name for product in products_for(Trigger.HOW_TO_USE, order)] == ["Mug"]
        assert [product.name for product in products_for(Trigger.FEEDBACK, order)] == ["Lamp", "Bulb", "Mug"]

    def test_the_longest_warranty_is_the_one_that_ends(self):
        order = bought({"name": "Bulb", "warranty_months": 6}, {"name": "Lamp", "warranty_months": 24})
        assert [product.name for product in products_for(Trigger.WARRANTY_ENDS, order)] == ["Lamp"]

    def test_bought_twice_is_helped_with_once(self):
        order = bought({"name": "Lamp", "care": "Dust it."})
        OrderItem.objects.create(merchant=order.merchant, order=order, product=Product.objects.get(name="Lamp"))
        assert len(helps_for(Trigger.CARE, order)) == 1

    def test_help_shows_links_to_the_web_only(self):
        order = bought({"setup_guide": "javascript:alert(1)", "video": "https://video.example/1"})
        (told,) = helps_for(Trigger.HOW_TO_USE, order)
        assert (told.setup_guide, told.video) == ("", "https://video.example/1")

    def test_a_message_on_the_way_helps_with_nothing(self):
        assert helps_for(Trigger.SHIPPED, bought({"care": "Dust it."})) == []


class TestWarranty:
    def test_it_ends_on_the_same_day_of_the_month(self):
        assert warranty_ends(Product(warranty_months=24), date(2026, 3, 2)) == date(2028, 3, 2)

    def test_a_month_that_is_too_short_ends_it_on_its_last_day(self):
        assert warranty_ends(Product(warranty_months=6), date(2026, 8, 31)) == date(2027, 2, 28)

    def test_without_a_warranty_there_is_no_end(self):
        assert warranty_ends(Product(), date(2026, 3, 2)) is None

    @given(st.dates(date(2020, 1, 1), date(2100, 1, 1)), st.integers(1, 240))
    def test_it_lasts_as_many_months_as_it_says(self, delivered, months):
        end = warranty_ends(Product(warranty_months=months), delivered)
        assert (end.year - delivered.year) * 12 + end.month - delivered.month == months
        assert end.day <= delivered.day

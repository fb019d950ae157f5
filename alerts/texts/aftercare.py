"""What messages after the delivery speak of: the products with something to say, and the end of a warranty."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from alerts.triggers import Trigger
from orders.links import picture, web_link
from orders.models import Order, Product

# What a product must have for a message to be about it.
_SPEAKS_OF = {
    Trigger.HOW_TO_USE: lambda product: bool(product.setup_guide or product.video),
    Trigger.CARE: lambda product: bool(product.care),
    Trigger.WARRANTY_ENDS: lambda product: bool(product.warranty_months),
}


@dataclass(frozen=True, slots=True)
class Help:
    """One product's part of such a message; what is not its subject is "". Links lead to the web and nowhere else."""

    name: str
    image: str
    setup_guide: str = ""
    video: str = ""
    words: str = ""


def products_for(trigger: Trigger, order: Order) -> list[Product]:
    """What the message is about, as bought; the one with the longest warranty alone where it is about that."""
    bought = [item.product for item in order.items.select_related("product").order_by("id")]
    products = list(dict.fromkeys(filter(_SPEAKS_OF.get(trigger, bool), bought)))
    if trigger is Trigger.WARRANTY_ENDS:
        return sorted(products, key=lambda product: -product.warranty_months)[:1]
    return products


def warranty_ends(product: Product, delivered: date) -> date | None:
    """The last day of the warranty of what was delivered that day; None without a warranty."""
    if not product.warranty_months:
        return None
    years, month = divmod(delivered.month - 1 + product.warranty_months, 12)
    year, month = delivered.year + years, month + 1
    return date(year, month, min(delivered.day, monthrange(year, month)[1]))


def helps_for(trigger: Trigger, order: Order) -> list[Help]:
    """What stands instead of the order's items; empty for messages that help with no product."""
    show = _SHOWN.get(trigger)
    return [show(product) for product in products_for(trigger, order)] if show else []


def _how_to_use(product: Product) -> Help:
    return Help(
        product.name,
        picture(product.image),
        setup_guide=web_link(product.setup_guide),
        video=web_link(product.video),
    )


def _care(product: Product) -> Help:
    return Help(product.name, picture(product.image), words=product.care)


def _warranty(product: Product) -> Help:
    return Help(product.name, picture(product.image), words=product.warranty)


_SHOWN = {Trigger.HOW_TO_USE: _how_to_use, Trigger.CARE: _care, Trigger.WARRANTY_ENDS: _warranty}

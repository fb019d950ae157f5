"""How commands are told which shopper is meant."""

from django.core.management.base import CommandError

from orders.management.merchants import add_merchant_argument, merchant_called
from orders.models import Customer
from orders.services.erasure import find_customer


def add_shopper_arguments(parser):
    add_merchant_argument(parser)
    reached_by = parser.add_mutually_exclusive_group(required=True)
    reached_by.add_argument("--email", default="", help="the shopper's e-mail")
    reached_by.add_argument("--phone", default="", help="the shopper's phone, such as +358401234567")


def shopper_called(merchant: str, email: str, phone: str) -> Customer:
    """Raises CommandError where nobody, or not one person alone, is meant."""
    shop = merchant_called(merchant)
    try:
        return find_customer(shop, email=email, phone=phone)
    except Customer.DoesNotExist:
        raise CommandError(f"{shop} knows no shopper with {email or phone}. Is it written as in the order?") from None
    except Customer.MultipleObjectsReturned:
        raise CommandError(f"Several shoppers of {shop} have the phone {phone}: give the e-mail.") from None

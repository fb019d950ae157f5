from django.core.management.base import BaseCommand, CommandError

from orders.management.shoppers import add_shopper_arguments, shopper_called
from orders.services.erasure import erase_customer


class Command(BaseCommand):
    help = "Forgets a shopper who asks for it, in every table and for good. The orders stay, without whose they were."

    def add_arguments(self, parser):
        add_shopper_arguments(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask whether this is meant")

    def handle(self, *, merchant, email, phone, yes, **_options):
        customer = shopper_called(merchant, email, phone)
        orders = customer.orders.count()
        question = f"Forget {customer}, and in {orders} orders whose they were, for good? [yes/no] "
        if not yes and input(question) != "yes":
            raise CommandError("Nothing was erased.")
        erase_customer(customer.pk)
        self.stdout.write(f"Forgotten; {orders} orders stay without whose they were.")

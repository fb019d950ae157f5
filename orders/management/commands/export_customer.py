import json

from django.core.management.base import BaseCommand

from orders.management.shoppers import add_shopper_arguments, shopper_called
from orders.services.disclosure import AsJSON, known_of


class Command(BaseCommand):
    help = "Prints everything that is known of a shopper, as one JSON object: what they may ask for by Art. 15 GDPR."

    def add_arguments(self, parser):
        add_shopper_arguments(parser)

    def handle(self, *, merchant, email, phone, **_options):
        known = known_of(shopper_called(merchant, email, phone))
        self.stdout.write(json.dumps(known, cls=AsJSON, ensure_ascii=False, indent=2))

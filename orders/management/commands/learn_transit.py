from django.core.management.base import BaseCommand

from orders.management.merchants import merchant_called
from orders.models import Merchant
from orders.services.learning import learn


class Command(BaseCommand):
    help = (
        "Learns from closed parcels how long deliveries take and how often they are late: from those that closed since "
        "the last time, or with --all from every one."
    )

    def add_arguments(self, parser):
        parser.add_argument("--merchant", metavar="SLUG", help="only this shop, by its short name")
        parser.add_argument("--all", action="store_true", help="forget what was learned and learn from every parcel")

    def handle(self, *, merchant, all, **_options):
        for shop in [merchant_called(merchant)] if merchant else Merchant.objects.order_by("slug"):
            study = learn(shop, anew=all)
            self.stdout.write(
                f"{shop.slug}: {study.parcels} parcels in {study.seconds:.1f} s"
                f" ({study.seconds_per_million:.0f} s per million)"
            )

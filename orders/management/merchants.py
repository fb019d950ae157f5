"""How commands are told which merchant is meant."""

from django.core.management.base import CommandError

from orders.models import Merchant


def add_merchant_argument(parser):
    parser.add_argument("--merchant", required=True, metavar="SLUG", help="the shop's short name, as in its links")


def merchant_called(slug: str) -> Merchant:
    try:
        return Merchant.objects.get(slug=slug)
    except Merchant.DoesNotExist:
        known = ", ".join(Merchant.objects.order_by("slug").values_list("slug", flat=True)[:20])
        raise CommandError(f"There is no merchant {slug!r}. Known are: {known or 'none yet'}.") from None

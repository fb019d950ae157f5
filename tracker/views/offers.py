"""A click on an offer: it leads where the merchant's row says, never where the address says."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from offers.selectors import link_of
from orders.models import Shipment
from tracker.views.answers import keep_link_secret, not_found
from tracker.views.hosts import merchant_at


@require_safe
def click(request: HttpRequest, token: str, offer_id: int) -> HttpResponse:
    """Send the shopper to the link of this offer of the parcel's own merchant."""
    own = merchant_at(request)
    parcels = own.shipments if own else Shipment.objects
    merchant_id = parcels.filter(token=token).values_list("merchant", flat=True).first()
    link = link_of(offer_id, merchant_id) if merchant_id else ""
    return keep_link_secret(HttpResponseRedirect(link)) if link else not_found(request, own)

"""The tracking page of one parcel."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from offers.selectors import offer_for
from orders.models import Shipment
from orders.selectors import shipment_for_page
from tracker.languages import speak
from tracker.views.answers import keep_link_secret, not_found, show
from tracker.views.hosts import merchant_at
from tracker.views.page import Page

SEEN_AGAIN_AFTER = timedelta(minutes=1)


@require_safe
def track(request: HttpRequest, token: str) -> HttpResponse:
    own = merchant_at(request)
    shipment = shipment_for_page(token, own)
    if shipment is None:
        return not_found(request, own)
    now = timezone.now()
    if _is_looked_at(request):
        note_visit(shipment, now)
    language = speak(request, merchant=shipment.merchant, order=shipment.order)
    offer = offer_for(shipment, language=language, has_open_case=bool(shipment.order.open_cases), now=now)
    page = Page(shipment, offer, now)
    return keep_link_secret(show(request, "tracker/tracking.html", {"page": page}, merchant=shipment.merchant))


def note_visit(shipment: Shipment, now: datetime) -> None:
    """Note that the shopper looked, at most once a minute: what they have seen need not be written to them again."""
    if shipment.seen_at and shipment.seen_at > now - SEEN_AGAIN_AFTER:
        return
    stale = Q(seen_at__isnull=True) | Q(seen_at__lte=now - SEEN_AGAIN_AFTER)
    Shipment.objects.filter(stale, pk=shipment.pk).update(seen_at=now)


def _is_looked_at(request: HttpRequest) -> bool:
    """A person opened the page: no check of the link alone, and no browser that fetches it ahead of a click."""
    return request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", "")

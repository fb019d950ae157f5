"""Finding an order without its link: number and e-mail or postcode."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from orders.models import Merchant
from orders.selectors import find_shipment
from orders.throttle import seconds_to_wait, visitor
from tracker.languages import speak
from tracker.views.answers import not_found, show
from tracker.views.forms import LookupForm
from tracker.views.hosts import merchant_at, merchant_called

MINUTE = 60
TRIES_OF_VISITOR = {"turns": 10, "every": MINUTE}
TRIES_OF_ORDER = {"turns": 5, "every": 10 * MINUTE}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """A merchant's look-up on its own host; elsewhere a plain page that says what this is."""
    merchant = merchant_at(request)
    speak(request, merchant=merchant)
    if merchant is None:
        return show(request, "tracker/welcome.html", {}, merchant=None)
    return show(request, "tracker/lookup.html", {"form": LookupForm()}, merchant=merchant)


@require_http_methods(["GET", "HEAD", "POST"])
def lookup(request: HttpRequest, slug: str) -> HttpResponse:
    merchant = merchant_called(request, slug)
    if merchant is None:
        return not_found(request, merchant_at(request))
    speak(request, merchant=merchant)
    if request.method != "POST":
        return show(request, "tracker/lookup.html", {"form": LookupForm()}, merchant=merchant)
    if wait := seconds_to_wait("visitor", visitor(request), **TRIES_OF_VISITOR):
        return _too_many(request, merchant, wait)
    form = LookupForm(request.POST)
    if not form.is_valid():
        return show(request, "tracker/lookup.html", {"form": form}, merchant=merchant)
    return _answer(request, merchant, **form.cleaned_data)


def _answer(request: HttpRequest, merchant: Merchant, number: str, email_or_postcode: str) -> HttpResponse:
    """Lead to the order's first parcel; its page names the others."""
    order = f"{merchant.pk}:{number.lstrip('# ').casefold()}"
    if wait := seconds_to_wait("order", order, **TRIES_OF_ORDER):
        return _too_many(request, merchant, wait)
    shipment = find_shipment(merchant, number, email_or_postcode)
    if shipment is None:
        return not_found(request, merchant)
    return redirect("track", shipment.token)


def _too_many(request: HttpRequest, merchant: Merchant, wait: int) -> HttpResponse:
    context = {"minutes": -(-wait // MINUTE)}
    response = show(request, "tracker/too_many.html", context, merchant=merchant, status=HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(wait)
    return response

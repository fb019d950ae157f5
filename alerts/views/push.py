"""A browser asks on a tracking page to be told of the parcel, or asks no more."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts import consent
from alerts.channels import push
from alerts.models import BrowserSubscription
from orders.models import Order, Shipment
from orders.throttle import seconds_to_wait, visitor

TURNS = {"turns": 30, "every": 60}
LONGEST_BODY = 4000
# So many browsers of one order are told; one more takes the place of the oldest.
MOST_BROWSERS = 10


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker that shows the messages. It watches no page, and may be there for all of them."""
    response = render(request, "alerts/push/worker.js", content_type="text/javascript")
    response.headers["Service-Worker-Allowed"] = "/"
    response.headers["Cache-Control"] = "no-cache"
    return response


def _from_the_page(view: Callable) -> Callable:
    """For the tracking page's own script, so many times a minute.

    Exempt from CSRF protection because no cookie allows anything here: whoever knows the parcel's token may ask, and
    another site's page is turned away by what browsers say of it.
    """

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, token: str, **kwargs) -> HttpResponse:
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            return HttpResponseForbidden("This is for the tracking page's own script.", content_type="text/plain")
        if wait := seconds_to_wait("push", visitor(request), **TURNS):
            return HttpResponse(status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": str(wait)})
        shipment = get_object_or_404(Shipment.objects.select_related("merchant", "order"), token=token)
        response = view(request, shipment, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return guarded


@require_POST
@_from_the_page
def subscribe(request: HttpRequest, shipment: Shipment) -> HttpResponse:
    """Keep the browser that asks, with what it agreed to. The same one again is the same row."""
    try:
        subscription, language = _asked(request)
    except ValidationError as error:
        return JsonResponse({"error": error.messages[0]}, status=HTTPStatus.BAD_REQUEST)
    browser = _keep(shipment, subscription, language)
    # Whoever switches it on again wants it again.
    consent.resume(shipment.merchant, push.Push.key, str(browser.uuid))
    _make_room(shipment.order)
    return JsonResponse({"is_on": True}, status=HTTPStatus.CREATED)


@require_http_methods(["GET", "HEAD", "DELETE"])
@_from_the_page
def subscription(request: HttpRequest, shipment: Shipment, digest: str) -> HttpResponse:
    """Whether the browser with this endpoint (its SHA-256) is told of the order; DELETE ends it."""
    browser = shipment.order.browsers.filter(endpoint_digest=digest, gone_at=None).first()
    if browser and request.method == "DELETE":
        push.forget(browser)
    return JsonResponse({"is_on": browser is not None and request.method != "DELETE"})


def _asked(request: HttpRequest) -> tuple[dict, str]:
    """The subscription, and the language of the page. Raises ValidationError."""
    # No form of another site can send JSON.
    if request.content_type != "application/json" or len(request.body) > LONGEST_BODY:
        raise ValidationError(f"Send JSON, of {LONGEST_BODY} bytes at most.")
    try:
        asked = json.loads(request.body)
    except (ValueError, RecursionError):
        raise ValidationError("This is no JSON.") from None
    if not isinstance(asked, dict) or asked.get("language") not in [code for code, _name in settings.LANGUAGES]:
        raise ValidationError("Send an object with `subscription` and `language`.")
    return push.check_subscription(asked.get("subscription")), asked["language"]


def _keep(shipment: Shipment, subscription: dict, language: str) -> BrowserSubscription:
    with translation.override(language):
        wording = push.wording(shipment.merchant, shipment.order.number)
    known_by = hashlib.sha256(subscription["endpoint"].encode()).hexdigest()
    told = {"subscription": subscription, "language": language, "wording": wording[:300]}
    browser, _is_new = BrowserSubscription.objects.update_or_create(
        merchant=shipment.merchant,
        order=shipment.order,
        endpoint_digest=known_by,
        defaults={**told, "created_at": timezone.now(), "gone_at": None},
    )
    return browser


def _make_room(order: Order) -> None:
    for browser in order.browsers.filter(gone_at=None).order_by("-created_at", "-id")[MOST_BROWSERS:]:
        push.forget(browser)

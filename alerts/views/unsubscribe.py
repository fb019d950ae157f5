"""Unsubscribing by the link in a message."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from alerts import consent
from alerts.links import alert_to_unsubscribe, preferences_link
from alerts.models import Alert, Suppressed
from alerts.preferences import masked
from alerts.views.answers import keep_secret


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button, since mail scanners follow every link. POST acts, also the mail program's own (RFC 8058).

    Exempt from CSRF protection because that POST comes from nobody's page; the signed token is what allows it.
    """
    alert = alert_to_unsubscribe(token)
    if alert is None or not alert.address:
        raise Http404("This link is not one of ours, or was cut off.")
    if request.method == "POST":
        _act(alert, wants_them_again="again" in request.POST)
    wanted = request.GET.get("lang", "")
    with translation.override(wanted if wanted in dict(settings.LANGUAGES) else alert.language):
        return keep_secret(render(request, "alerts/unsubscribe.html", _page(alert)))


def _act(alert: Alert, *, wants_them_again: bool) -> None:
    if wants_them_again:
        consent.resume(alert.merchant, alert.channel, alert.address)
    else:
        consent.unsubscribe(alert.merchant, alert.channel, alert.address, Suppressed.UNSUBSCRIBED)


def _page(alert: Alert) -> dict:
    return {
        "merchant": alert.merchant,
        "address": masked(alert.address),
        "is_done": consent.is_suppressed(alert.merchant, alert.channel, alert.address),
        "is_final": consent.is_refused(alert.merchant, alert.channel, alert.address),
        # A test is sent to staff, who have no order.
        "preferences": preferences_link(alert) if alert.customer else "",
    }

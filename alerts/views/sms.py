"""What comes back: providers' receipts, shoppers' STOP, and unsubscribing."""

from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from alerts import consent
from alerts.channels import channel
from alerts.channels.sms import twilio
from alerts.links import alert_to_unsubscribe
from alerts.models import Alert, Suppressed
from alerts.receipts import take_receipt
from alerts.states import State
from orders.models import Merchant

# Twilio wants TwiML back; an empty one says nothing to the shopper.
SILENCE = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@csrf_exempt
@require_POST
def twilio_receipt(request: HttpRequest, uuid) -> HttpResponse:
    """Twilio tells how far a text has come."""
    alert = get_object_or_404(Alert.objects.select_related("merchant"), uuid=uuid, channel=twilio.Twilio.key)
    if not _from_twilio(request, alert.merchant):
        return _forged()
    told = request.POST
    state = twilio.STATES.get(told.get("MessageStatus", ""), State.SENT)
    error = f"Twilio reports {told.get('MessageStatus')}, error {told.get('ErrorCode') or 'unknown'}."
    take_receipt(alert, state, provider_id=told.get("MessageSid", ""), error=error)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@csrf_exempt
@require_POST
def twilio_inbound(request: HttpRequest, slug: str) -> HttpResponse:
    """A shopper texted back."""
    merchant = get_object_or_404(Merchant, slug=slug)
    if not _from_twilio(request, merchant):
        return _forged()
    if sender := request.POST.get("From", "").strip():
        consent.hear(merchant, twilio.Twilio.key, sender, request.POST.get("Body", ""))
    return HttpResponse(SILENCE, content_type="text/xml")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button, since mail scanners follow every link. POST acts, also the mail program's own (RFC 8058).

    Exempt from CSRF protection because that POST comes from nobody's page; the signed token is what allows it.
    """
    alert = alert_to_unsubscribe(token)
    if alert is None:
        raise Http404("This link is not one of ours, or was cut off.")
    if request.method == "POST":
        consent.suppress(alert.merchant, alert.channel, alert.address, Suppressed.UNSUBSCRIBED)
    wanted = request.GET.get("lang", "")
    with translation.override(wanted if wanted in dict(settings.LANGUAGES) else alert.language):
        response = render(request, "alerts/unsubscribe.html", _page(request, alert))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _page(request: HttpRequest, alert: Alert) -> dict:
    return {
        "merchant": alert.merchant,
        "way": channel(alert.channel).name,
        "address": _masked(alert.address),
        "is_done": request.method == "POST",
    }


def _masked(address: str) -> str:
    """Enough to know one's own address by, and no more: the link may have been passed on."""
    name, at, host = address.partition("@")
    return f"{name[:1]}…{at}{host}" if at else f"…{address[-3:]}"


def _from_twilio(request: HttpRequest, merchant: Merchant) -> bool:
    # By SITE_URL and not by the Host header, which the caller writes.
    url = settings.SITE_URL + request.get_full_path()
    return twilio.is_signed(merchant, url, request.POST.lists(), request.headers.get("X-Twilio-Signature", ""))


def _forged() -> HttpResponse:
    return HttpResponseForbidden(
        "The signature is not of this merchant's Twilio account. Check its auth token, and that SITE_URL is the "
        "address Twilio posts to.",
        content_type="text/plain",
    )

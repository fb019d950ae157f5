"""What e-mail providers tell of messages: read and verified by django-anymail, refused where nothing verifies it."""

from collections.abc import Callable
from json import JSONDecodeError

from anymail import urls
from anymail.exceptions import AnymailConfigurationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt

_VIEWS = {pattern.name: pattern.callback for pattern in urls.urlpatterns}


@csrf_exempt
def receipt(request: HttpRequest, provider: str) -> HttpResponse:
    """One provider's webhook, by the name of its module in django-anymail: postmark, mailgun, amazon_ses.

    Exempt from CSRF protection because it is nobody's page; what allows it is the provider's signature, or the user
    and password of ANYMAIL's WEBHOOK_SECRET.
    """
    view = view_of(provider)
    if view is None:
        raise Http404("django-anymail knows no such provider.")
    if why := why_unverified(provider):
        return HttpResponseForbidden(why, content_type="text/plain")
    try:
        return view(request)
    except (AnymailConfigurationError, JSONDecodeError, UnicodeDecodeError) as error:
        return HttpResponseBadRequest(f"This is no event of {provider}'s: {error}", content_type="text/plain")


def view_of(provider: str) -> Callable | None:
    """django-anymail's view for what this provider tells of messages; None for a mail server."""
    return _VIEWS.get(f"{provider}_tracking_webhook")


def why_unverified(provider: str) -> str:
    """Why a forged event of this provider's would pass for a true one, and what to set; "" when it would not."""
    try:
        view = view_of(provider).view_class()
    except AnymailConfigurationError as error:
        return str(error)
    if view.basic_auth or not view.warn_if_no_basic_auth:
        return ""
    return f"Nothing verifies what {provider} tells of messages. Set WEBHOOK_SECRET in ANYMAIL to user:password."

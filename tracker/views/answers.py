"""How every page of the portal leaves: language, headers, and the one answer to whatever could not be found."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from orders.models import Merchant
from tracker.languages import remember, speak
from tracker.views.contact import Contact
from tracker.views.forms import LookupForm


def show(
    request: HttpRequest, template: str, context: dict, *, merchant: Merchant | None, status: int = HTTPStatus.OK
) -> HttpResponse:
    """Render in the language that `speak()` chose. Nothing of it is kept by caches or found by search engines."""
    shop = {"merchant": merchant, "contact": Contact(merchant)} if merchant else {}
    response = render(request, template, shop | context, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    remember(request, response)
    return response


def not_found(request: HttpRequest, merchant: Merchant | None) -> HttpResponse:
    """The same page for a wrong link, an unknown order and a wrong e-mail: it does not say which of them it was."""
    speak(request, merchant=merchant)
    context = {"form": LookupForm() if merchant else None}
    return show(request, "tracker/not_found.html", context, merchant=merchant, status=HTTPStatus.NOT_FOUND)


def keep_link_secret(response: HttpResponse) -> HttpResponse:
    """The address of a tracking page is its key: no site is told of it.

    Not for pages with a form: a browser that hides the referrer hides the origin too, and CSRF protection wants it.
    """
    response.headers["Referrer-Policy"] = "no-referrer"
    return response

"""Which language a shopper reads: what they chose, what the order speaks, what the browser asks for, the shop's own."""

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from orders.models import Merchant, Order

PARAMETER = "lang"
A_YEAR = 365 * 24 * 60 * 60


def speak(request: HttpRequest, *, merchant: Merchant | None = None, order: Order | None = None) -> str:
    """Choose the language of the answer to this request, make it the active one, and return it."""
    language = next((wish for wish in _wishes(request, merchant, order) if wish in _spoken()), settings.LANGUAGE_CODE)
    translation.activate(language)
    request.LANGUAGE_CODE = language
    return language


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Keep what the language switch asked for in Django's language cookie, and tell caches what decided."""
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    chosen = request.GET.get(PARAMETER)
    if chosen in _spoken():
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=A_YEAR,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            samesite=settings.LANGUAGE_COOKIE_SAMESITE,
        )


def _wishes(request: HttpRequest, merchant: Merchant | None, order: Order | None) -> Iterator[str | None]:
    """Every word on the matter, the weightiest first.

    The shop's default stands last, and not within `order.spoken_language`: a browser knows its reader better.
    """
    yield request.GET.get(PARAMETER)
    yield request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    if order:
        yield order.language or order.customer.language
    yield from _asked_by_browser(request)
    if merchant:
        yield merchant.default_language


def _asked_by_browser(request: HttpRequest) -> Iterator[str]:
    for tag, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            yield translation.get_supported_language_variant(tag)
        except LookupError:
            continue


def _spoken() -> dict[str, str]:
    return dict(settings.LANGUAGES)

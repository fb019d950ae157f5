"""A merchant's brand as files: its colours and font as a style sheet, and its logo.

The address holds the brand's version, so that browsers may keep each version for ever.
"""

import hashlib
from pathlib import PurePath

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from orders.colours import at_night, palette
from orders.models import Font, Merchant
from orders.models.merchant import COLOUR
from tracker.views.hosts import merchant_called

FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_MINUTE = "public, max-age=60"  # an address of another version: it answers, but not for long

# Fonts that lie on the visitor's device, Latin and Arabic.
FONT_STACKS = {
    Font.SYSTEM: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans Arabic", sans-serif',
    Font.SERIF: '"Iowan Old Style", Palatino, "Palatino Linotype", "Noto Serif", "Noto Naskh Arabic", Georgia, serif',
    Font.ROUNDED: 'ui-rounded, "SF Pro Rounded", Nunito, "Arial Rounded MT Bold", "Noto Sans Arabic UI", sans-serif',
    Font.MONO: 'ui-monospace, "Cascadia Code", "SF Mono", Menlo, "DejaVu Sans Mono", "Noto Sans Mono", monospace',
}
# Pictures without scripts inside; an SVG could carry some.
LOGO_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


@require_safe
def theme(request: HttpRequest, slug: str, version: int) -> HttpResponse:
    """The few custom properties by which this merchant's pages differ from tokens.css."""
    merchant = _merchant(request, slug)
    day = palette(
        _colour(merchant, "primary_colour"), _colour(merchant, "accent_colour"), _colour(merchant, "background_colour")
    )
    context = {
        "day": day,
        "night": at_night(day),
        "font": FONT_STACKS.get(merchant.font, FONT_STACKS[Font.SYSTEM]),
        "radius": merchant.radius,
    }
    response = render(request, "tracker/theme.css", context, content_type="text/css; charset=utf-8")
    etag = hashlib.sha256(response.content).hexdigest()[:32]
    return _keep(request, response, etag, is_current=version == merchant.brand_version)


@require_safe
def logo(request: HttpRequest, slug: str, version: int) -> HttpResponse:
    """The merchant's logo, as it was uploaded."""
    merchant = _merchant(request, slug)
    content_type = LOGO_TYPES.get(PurePath(merchant.logo.name or "").suffix.lower())
    if content_type is None or not merchant.logo.storage.exists(merchant.logo.name):
        raise Http404(f"{merchant.slug} has no logo.")
    with merchant.logo.open("rb") as file:
        response = HttpResponse(file.read(), content_type=content_type)
    return _keep(request, response, f"{slug}-{merchant.brand_version}", is_current=version == merchant.brand_version)


def _merchant(request: HttpRequest, slug: str) -> Merchant:
    merchant = merchant_called(request, slug)
    if merchant is None:
        raise Http404(f"No merchant is called {slug} here.")
    return merchant


def _colour(merchant: Merchant, field: str) -> str:
    """The merchant's colour; the field's default for anything that is none and would end up in a style sheet."""
    written = getattr(merchant, field)
    return written if COLOUR.regex.match(written) else Merchant._meta.get_field(field).default


def _keep(request: HttpRequest, response: HttpResponse, etag: str, *, is_current: bool) -> HttpResponse:
    response.headers["Cache-Control"] = FOR_EVER if is_current else FOR_A_MINUTE
    response.headers["ETag"] = quote_etag(etag)
    return get_conditional_response(request, etag=response.headers["ETag"], response=response)

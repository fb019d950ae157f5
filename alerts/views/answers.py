"""How pages leave whose address is a key."""

from django.http import HttpResponse


def keep_secret(response: HttpResponse) -> HttpResponse:
    """Kept by no cache and found by no search engine, and no other site is told of the address."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response

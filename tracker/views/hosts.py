"""Whose portal answers on this host name."""

from django.http import HttpRequest
from django.http.request import split_domain_port

from orders.models import Merchant


def merchant_at(request: HttpRequest) -> Merchant | None:
    """The merchant whose own host this is; None on the main host, which answers for everybody."""
    host, _port = split_domain_port(request.get_host())
    return Merchant.objects.filter(domains__host=host).first()


def merchant_called(request: HttpRequest, slug: str) -> Merchant | None:
    """The merchant with this short name, as far as this host knows it: a merchant's own host knows only its own."""
    own = merchant_at(request)
    if own is not None:
        return own if own.slug == slug else None
    return Merchant.objects.filter(slug=slug).first()

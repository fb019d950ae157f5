"""What the whole site adds to each request."""

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from orders.tenancy import merchants_of
from orders.windows import zone_named


def no_nul(get_response):
    """Nothing is found at an address that holds a NUL: PostgreSQL cannot even look for one."""

    def middleware(request):
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise Http404
        return get_response(request)

    return middleware


def admin_content_security_policy(get_response):
    """Give the admin the wider policy that its interface needs; the portal keeps the strict one."""

    def middleware(request):
        response = get_response(request)
        if request.path.startswith(reverse("admin:index")):
            response._csp_config = settings.ADMIN_CSP
        return response

    return middleware


def admin_by_the_shops_clock(get_response):
    """Show and read the admin's times by the clock of the person's shop; UTC for who has none, or several clocks."""

    def middleware(request):
        if not request.path.startswith(reverse("admin:index")) or not request.user.is_authenticated:
            return get_response(request)
        with timezone.override(clock_of(request.user)):
            return get_response(request)

    return middleware


def clock_of(user):
    """The zone in which this person reads times: that of all the person's shops; None, which is UTC, if they differ."""
    zones = set(merchants_of(user).order_by().values_list("time_zone", flat=True).distinct()[:2])
    return zone_named(zones.pop()) if len(zones) == 1 else None

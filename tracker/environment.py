"""The badge in the admin's corner that tells the sandbox from the real thing."""

from django.conf import settings
from django.utils.translation import gettext as _


def badge(request):
    """Unfold's (text, colour); None in production."""
    if settings.SANDBOX:
        return [_("Sandbox: pretend carriers and phones"), "warning"]
    if settings.DEBUG:
        return [_("Development"), "info"]
    return None

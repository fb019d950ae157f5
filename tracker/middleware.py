"""What the whole site adds to each request."""

from django.conf import settings
from django.urls import reverse


def admin_content_security_policy(get_response):
    """Give the admin the wider policy that its interface needs; the portal keeps the strict one."""

    def middleware(request):
        response = get_response(request)
        if request.path.startswith(reverse("admin:index")):
            response._csp_config = settings.ADMIN_CSP
        return response

    return middleware

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "tracker"
    verbose_name = _("Portal")

    def ready(self):
        # Makes Doorstep's Celery app the current one before any task is sent, and registers the system checks.
        from tracker import celery, checks  # noqa: F401

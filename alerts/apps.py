from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsConfig(AppConfig):
    name = "alerts"
    verbose_name = _("Alerts")

    def ready(self):
        from alerts.tasks import wake_planning
        from orders.signals import changes_recorded

        changes_recorded.connect(wake_planning, dispatch_uid="alerts.plan")

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsConfig(AppConfig):
    name = "alerts"
    verbose_name = _("Alerts")

    def ready(self):
        from anymail.signals import tracking

        from alerts.disclosure import messages_of
        from alerts.erasure import erase_messages
        from alerts.receipts import take_email_event
        from alerts.tasks import wake_planning
        from orders.signals import changes_recorded, customer_disclosed, customer_erased

        customer_disclosed.connect(messages_of, dispatch_uid="alerts.disclosure")
        customer_erased.connect(erase_messages, dispatch_uid="alerts.erasure")
        changes_recorded.connect(wake_planning, dispatch_uid="alerts.plan")
        tracking.connect(take_email_event, dispatch_uid="alerts.email_receipts")

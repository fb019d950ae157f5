from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self):
        from orders.signals import changes_recorded
        from orders.tasks import wake_webhooks

        changes_recorded.connect(wake_webhooks, dispatch_uid="orders.webhooks")

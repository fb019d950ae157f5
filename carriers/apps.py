from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CarriersConfig(AppConfig):
    name = "carriers"
    verbose_name = _("Carriers")

    def ready(self):
        from carriers.receivers import read_early_callbacks
        from orders.signals import shipments_created

        shipments_created.connect(read_early_callbacks, dispatch_uid="carriers.early")

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CarriersConfig(AppConfig):
    name = "carriers"
    verbose_name = _("Carriers")

    def ready(self):
        from carriers.receivers import read_early_callbacks
        from carriers.services.erasure import erase_news
        from orders.signals import customer_erased, shipments_created

        shipments_created.connect(read_early_callbacks, dispatch_uid="carriers.early")
        customer_erased.connect(erase_news, dispatch_uid="carriers.erasure")

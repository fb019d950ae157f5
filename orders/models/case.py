from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.merchant import Merchant
from orders.models.order import Order
from orders.models.shipment import Shipment


class CaseKind(models.TextChoices):
    DAMAGED = "damaged", pgettext_lazy("case", "Damaged")
    MISSING = "missing", pgettext_lazy("case", "Missing")
    WRONG_ITEM = "wrong_item", pgettext_lazy("case", "Wrong item")
    EXCHANGE = "exchange", pgettext_lazy("case", "Exchange")
    RETURN = "return", pgettext_lazy("case", "Return")
    REROUTE = "reroute", pgettext_lazy("case", "Another address")


class Case(models.Model):
    """An open problem or request of a shopper. While one is open, selling stops."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="cases")
    order = models.ForeignKey(Order, models.CASCADE, related_name="cases")
    shipment = models.ForeignKey(Shipment, models.CASCADE, null=True, blank=True, related_name="cases")
    kind = models.CharField(_("kind"), max_length=12, choices=CaseKind)
    message = models.TextField(_("what the shopper wrote"), blank=True)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    answer = models.TextField(_("what the shop answered"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ["-opened_at"]
        constraints = [models.CheckConstraint(condition=Q(kind__in=CaseKind.values), name="case_kind")]
        indexes = [models.Index(fields=["order"], condition=Q(closed_at__isnull=True), name="case_open")]

    def __str__(self):
        return self.get_kind_display()

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.merchant import Merchant
from orders.models.order import Order


class Refund(models.Model):
    """Money that the shop sent back to the shopper. A row is a fact and does not change."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="refunds")
    order = models.ForeignKey(Order, models.CASCADE, related_name="refunds")
    # The shop's own name for it: the same reference is the same refund.
    reference = models.CharField(_("reference"), max_length=80)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-sent_at"]
        constraints = [
            models.UniqueConstraint(fields=["order", "reference"], name="refund_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount"),
        ]

    def __str__(self):
        return f"{self.amount} {self.currency}"

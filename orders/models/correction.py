from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.merchant import Merchant
from orders.models.shipment import Shipment


class CarrierCorrection(models.Model):
    """A parcel's label was wrong: another carrier has it, or its number there is another.

    What had been told under the old label refers to this row: it is kept and does not count any more.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="corrections")
    old_carrier = models.CharField(_("carrier before"), max_length=40)
    old_number = models.CharField(_("number before"), max_length=64)
    old_courier = models.CharField(max_length=60, blank=True)
    new_carrier = models.CharField(_("carrier now"), max_length=40)
    new_number = models.CharField(_("number now"), max_length=64)
    new_courier = models.CharField(max_length=60, blank=True)
    by = models.CharField(pgettext_lazy("correction", "by"), max_length=200)
    note = models.CharField(_("note"), max_length=300, blank=True)
    at = models.DateTimeField(_("corrected"), default=timezone.now)

    class Meta:
        verbose_name = _("correction of the carrier")
        verbose_name_plural = _("corrections of the carrier")
        ordering = ["id"]
        indexes = [models.Index(fields=["shipment", "id"], name="correction_of_shipment")]

    def __str__(self):
        return f"{self.old_carrier} {self.old_number} → {self.new_carrier} {self.new_number}"


class Told(models.QuerySet):
    """Rows of what was told of parcels."""

    def valid(self):
        """Those that no correction of the carrier has set aside."""
        return self.filter(correction=None)

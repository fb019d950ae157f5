from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.merchant import Merchant


class LearnedTransit(models.Model):
    """What a merchant's closed shipments taught the estimator.

    `settled` is the history up to the mark (the last shipment's `outcome_at` and id), to which later runs only add;
    `model` is the whole as it is used: that history, the latest shipments and the weights fitted on them.
    """

    merchant = models.OneToOneField(Merchant, models.CASCADE, related_name="learned_transit")
    settled = models.JSONField(default=dict)
    mark_at = models.DateTimeField(null=True)
    mark_id = models.BigIntegerField(default=0)
    model = models.JSONField(default=dict)
    model_version = models.CharField(_("version"), max_length=40)
    parcels = models.PositiveIntegerField(_("closed shipments"), default=0)
    late = models.PositiveIntegerField(_("late ones"), default=0)
    learned_at = models.DateTimeField(_("learned"))
    # Outcomes that became known later wait for the next run.
    learned_until = models.DateTimeField()
    seconds = models.FloatField(_("seconds it took"), default=0)

    class Meta:
        verbose_name = _("estimate of lateness")
        verbose_name_plural = _("estimates of lateness")

    def __str__(self):
        return self.model_version

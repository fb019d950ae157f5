from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.correction import CarrierCorrection, Told
from orders.models.merchant import Merchant, validate_time_zone
from orders.models.shipment import Shipment
from orders.reasons import Reason
from orders.windows import PromisedWindow

NEVER_ALTERED = "A promise is never altered: make a new one that supersedes it."


class Promiser(models.TextChoices):
    MERCHANT = "merchant", pgettext_lazy("promised by", "The shop")
    CARRIER = "carrier", pgettext_lazy("promised by", "The carrier")
    US = "us", pgettext_lazy("promised by", "Our estimate")


class Ledger(Told):
    def update(self, **changes):
        """Setting rows aside is all that may be done to them."""
        if changes.keys() - {"correction"}:
            raise TypeError(NEVER_ALTERED)
        return super().update(**changes)

    update.alters_data = True


class Promise(models.Model):
    """One row of the promise ledger: what was promised, by whom, when and why it changed. Never altered.

    `as_of` is the newest instant the promiser knew of: a promise made from older knowledge does not replace it.
    `correction` marks what the wrong carrier promised: it stands in the ledger and does not count.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="promises")
    source = models.CharField(_("promised by"), max_length=10, choices=Promiser)
    earliest = models.DateField(_("earliest"))
    latest = models.DateField(_("latest"))
    from_time = models.TimeField(pgettext_lazy("time of day", "from"), null=True)
    to_time = models.TimeField(pgettext_lazy("time of day", "to"), null=True)
    zone = models.CharField(_("time zone"), max_length=40, validators=[validate_time_zone])
    reason = models.CharField(_("why it changed"), max_length=40, choices=Reason, blank=True)
    model_version = models.CharField(max_length=40, blank=True)
    supersedes = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    correction = models.ForeignKey(
        CarrierCorrection, models.CASCADE, null=True, related_name="promises", verbose_name=_("set aside by")
    )
    as_of = models.DateTimeField()
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    objects = Ledger.as_manager()

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(latest__gte=F("earliest")), name="promise_window"),
            models.CheckConstraint(condition=Q(source__in=Promiser.values), name="promise_source"),
        ]
        indexes = [models.Index(fields=["shipment", "id"], name="promise_ledger")]

    def __str__(self):
        return f"{self.earliest}/{self.latest}"

    def save(self, **kwargs):
        if self.pk and not kwargs.get("force_insert"):
            raise TypeError(NEVER_ALTERED)
        super().save(**kwargs)

    def delete(self, **kwargs):
        raise TypeError("A promise is never deleted: it goes with its parcel only.")

    @property
    def window(self) -> PromisedWindow:
        return PromisedWindow(self.earliest, self.latest, self.from_time, self.to_time, self.zone)

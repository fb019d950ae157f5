from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import Merchant


class Phase(models.TextChoices):
    """Where in the journey an offer fits. A phase in which something is wrong does not exist: then nothing is sold."""

    WAITING = "waiting", pgettext_lazy("phase of the journey", "Before it ships")
    UNDERWAY = "underway", pgettext_lazy("phase of the journey", "On its way")
    ARRIVED = "arrived", pgettext_lazy("phase of the journey", "After delivery")


def every_phase() -> list[str]:
    return list(Phase.values)


class Offer(models.Model):
    """A translated card a merchant shows beside the timeline, with rules for when and to whom.

    Empty rules let everybody through: `countries` and `languages` are lists of codes, `categories` of product
    categories of which the order must hold one.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="offers")
    title = models.CharField(_("title"), max_length=80)
    body = models.CharField(_("text"), max_length=240, blank=True)
    button = models.CharField(_("button"), max_length=30, blank=True)
    image = models.URLField(_("picture"), blank=True)
    link = models.URLField(_("link"))
    phases = models.JSONField(_("phases"), default=every_phase, blank=True)
    countries = models.JSONField(_("countries"), default=list, blank=True)
    languages = models.JSONField(_("languages"), default=list, blank=True)
    categories = models.JSONField(_("categories"), default=list, blank=True)
    starts_at = models.DateTimeField(pgettext_lazy("offer", "from"), default=timezone.now)
    ends_at = models.DateTimeField(pgettext_lazy("offer", "until"), null=True, blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"), default=10, help_text=_("The highest wins."))
    active = models.BooleanField(_("shown"), default=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["-priority", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="offer_ends_after_start"
            )
        ]
        indexes = [models.Index(fields=["merchant", "-priority"], condition=Q(active=True), name="offer_shown")]

    def __str__(self):
        return self.title

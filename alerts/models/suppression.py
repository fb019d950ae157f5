from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import Merchant


class Suppressed(models.TextChoices):
    """Why an address gets no messages."""

    UNSUBSCRIBED = "unsubscribed", pgettext_lazy("why no messages", "The shopper unsubscribed")
    STOP = "stop", pgettext_lazy("why no messages", "The shopper texted STOP")
    BY_PROVIDER = "by_provider", pgettext_lazy("why no messages", "The provider says the shopper unsubscribed")
    BOUNCED = "bounced", pgettext_lazy("why no messages", "The address does not exist")
    COMPLAINED = "complained", pgettext_lazy("why no messages", "The shopper called a message spam")
    BY_STAFF = "by_staff", pgettext_lazy("why no messages", "The shop's staff decided so")


class Suppression(models.Model):
    """An address that wants no messages from this merchant on this channel."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="suppressions")
    channel = models.CharField(pgettext_lazy("channel", "by"), max_length=20)
    address = models.CharField(_("address"), max_length=254)
    reason = models.CharField(_("why"), max_length=20, choices=Suppressed)
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "channel", "address"], name="suppression_once"),
            models.CheckConstraint(condition=~Q(address=""), name="suppression_address"),
        ]

    def __str__(self):
        return self.address

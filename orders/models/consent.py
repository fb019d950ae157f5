from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.customer import Customer
from orders.models.merchant import Merchant


class Purpose(models.TextChoices):
    """What a message is for. News of one's own order is a service; what follows it is asked for first."""

    DELIVERY = "delivery", pgettext_lazy("purpose", "News of the order and its delivery")
    AFTERCARE = "aftercare", pgettext_lazy("purpose", "Help, questions and reminders after the delivery")
    OPENS = "opens", pgettext_lazy("purpose", "Noting whether messages are opened")


class AskedAt(models.TextChoices):
    """Where a shopper said yes."""

    SHOP = "shop", pgettext_lazy("place", "In the shop")
    PAGE = "page", pgettext_lazy("place", "On the page of the choices")
    TEXT = "text", pgettext_lazy("place", "By a text message")
    STAFF = "staff", pgettext_lazy("place", "To the shop's staff")


class Consent(models.Model):
    """A shopper's yes to be written to by one channel for one purpose, with its proof.

    Withdrawn, the row stays as the record that it was given once. At most one of a kind holds at a time.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="consents")
    # A key of alerts/channels; kept free here, since `orders` knows no sibling.
    channel = models.CharField(pgettext_lazy("channel", "by"), max_length=20)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose, default=Purpose.DELIVERY)
    given_at = models.DateTimeField(_("given"), default=timezone.now)
    given_where = models.CharField(_("where"), max_length=10, choices=AskedAt, default=AskedAt.SHOP)
    wording = models.TextField(_("what was agreed to"), blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "channel", "purpose"],
                condition=Q(withdrawn_at__isnull=True),
                name="consent_holds_once",
            ),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="consent_purpose"),
        ]

    def __str__(self):
        return f"{self.channel} · {self.get_purpose_display()}"

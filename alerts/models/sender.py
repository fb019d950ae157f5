from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.fields import EncryptedJSONField
from orders.models import Merchant


class Sender(models.Model):
    """A merchant's own account at a provider. Without one, the platform's account sends in the merchant's name."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="senders")
    channel = models.CharField(pgettext_lazy("channel", "by"), max_length=20)
    provider = models.CharField(_("provider"), max_length=30)
    identity = models.CharField(
        _("comes from"),
        max_length=254,
        blank=True,
        help_text=_("A number, a sender name or a Messaging Service. Leave empty for what the merchant's page says."),
    )
    credentials = EncryptedJSONField(_("credentials"), default=dict)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("sender")
        verbose_name_plural = _("senders")
        constraints = [models.UniqueConstraint(fields=["merchant", "channel"], name="sender_once")]

    def __str__(self):
        return f"{self.merchant} · {self.channel}"

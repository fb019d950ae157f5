import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.fields import EncryptedJSONField
from orders.models import Merchant, Order


class BrowserSubscription(models.Model):
    """A browser that asked on a tracking page to be told of its order by web push (RFC 8030).

    `subscription` is the browser's PushSubscription as JSON: endpoint and keys, which let anybody write to it. Asking
    is the consent; `wording` is what the page said then. `gone_at` is when the push service said that it is no more.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, models.CASCADE, related_name="browsers")
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    endpoint_digest = models.CharField(max_length=64, editable=False)
    subscription = EncryptedJSONField(default=dict)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    wording = models.CharField(_("what was agreed to"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    gone_at = models.DateTimeField(_("gone"), null=True)

    class Meta:
        verbose_name = _("browser")
        verbose_name_plural = _("browsers")
        constraints = [models.UniqueConstraint(fields=["order", "endpoint_digest"], name="browser_once")]

    def __str__(self):
        return str(self.uuid)

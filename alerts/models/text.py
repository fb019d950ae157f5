from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alerts.triggers import Trigger
from orders.models import Merchant


class MessageText(models.Model):
    """A shop's own words for one trigger, channel and language. A field left empty says what Doorstep would say.

    The words may hold {variables} (alerts/texts/variables.py) and nothing else that is evaluated. Which fields are said
    is the channel's (`Channel.says`).
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="message_texts")
    trigger = models.CharField(_("tells"), max_length=24, choices=Trigger)
    channel = models.CharField(pgettext_lazy("channel", "by"), max_length=20)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    headline = models.CharField(_("headline"), max_length=200, blank=True)
    story = models.TextField(_("what happened"), blank=True)
    next = models.TextField(_("what comes next"), blank=True)
    short = models.TextField(_("text"), blank=True)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("own text")
        verbose_name_plural = _("own texts")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "trigger", "channel", "language"], name="message_text_once"),
            models.CheckConstraint(condition=Q(trigger__in=Trigger.values), name="message_text_trigger"),
        ]

    def __str__(self):
        return f"{self.get_trigger_display()} · {self.channel} · {self.language}"

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alerts.triggers import Trigger
from orders.models import Merchant


class TriggerRule(models.Model):
    """How one shop handles one trigger. A trigger without a row has the manners of alerts/triggers.py.

    `channels` None means the trigger's own; `countries` (of the destination) and `carriers` empty mean all of them.
    Parcels of orders that came in before `on_since` are told nothing by it.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="trigger_rules")
    trigger = models.CharField(_("tells"), max_length=24, choices=Trigger)
    is_on = models.BooleanField(_("on"), default=True)
    on_since = models.DateTimeField(_("on since"), null=True, editable=False)
    channels = models.JSONField(pgettext_lazy("channel", "by"), null=True, blank=True)
    countries = models.JSONField(_("only to these countries"), default=list, blank=True)
    carriers = models.JSONField(_("only by these carriers"), default=list, blank=True)
    least_total = models.DecimalField(
        _("only from this value of the order"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    after_days = models.PositiveSmallIntegerField(
        _("days after"), null=True, blank=True, help_text=_("For messages that follow later.")
    )

    class Meta:
        verbose_name = _("kind of message")
        verbose_name_plural = _("kinds of messages")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "trigger"], name="trigger_rule_once"),
            models.CheckConstraint(condition=Q(trigger__in=Trigger.values), name="trigger_rule_trigger"),
        ]

    def __str__(self):
        return self.get_trigger_display()


class ChannelRule(models.Model):
    """One shop's quiet hours and budget on one channel. A channel without a row has those of alerts/quiet.py.

    From `quiet_from` to `quiet_until`, by the recipient's clock, nothing is sent; the same time twice: never quiet.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="channel_rules")
    channel = models.CharField(pgettext_lazy("channel", "by"), max_length=20)
    is_on = models.BooleanField(_("on"), default=True)
    quiet_from = models.TimeField(_("quiet from"))
    quiet_until = models.TimeField(_("quiet until"))
    most_a_day = models.PositiveSmallIntegerField(_("messages for one order in a day, at most"))

    class Meta:
        verbose_name = _("quiet hours")
        verbose_name_plural = _("quiet hours")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "channel"], name="channel_rule_once"),
            models.CheckConstraint(condition=Q(most_a_day__gt=0), name="channel_rule_budget"),
        ]

    def __str__(self):
        return self.channel


class Preference(models.Model):
    """What a shopper chose on the preference page: groups of messages not wanted, and a pause."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    customer = models.OneToOneField("orders.Customer", models.CASCADE, related_name="preference")
    unwanted = models.JSONField(_("does not want"), default=list)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("shopper's choice")
        verbose_name_plural = _("shoppers' choices")

    def __str__(self):
        return str(self.customer)

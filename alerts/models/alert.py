import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alerts.states import OPEN, State, Why
from alerts.triggers import Trigger
from orders.fields import EncryptedJSONField
from orders.models import Customer, Merchant, Shipment, StatusChange


def new_uuid() -> uuid.UUID:
    """128 random bits (uuid4 has 122): it stands in receipt URLs, where guessing it must be hopeless."""
    return uuid.UUID(bytes=secrets.token_bytes(16))


class Alert(models.Model):
    """One message to one address about one StatusChange; outbox row and log at once.

    The words are written once and stored: a retry sends the same. `due_at` is when it is to be sent next and, while a
    worker holds it, how long that worker is waited for. `attempts` counts claims and so tells one claim from the next.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="alerts")
    # Only a test that staff send themselves is about no change and to no customer.
    change = models.ForeignKey(StatusChange, models.CASCADE, null=True, related_name="alerts")
    is_test = models.BooleanField(_("test"), default=False)
    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="alerts")
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, related_name="alerts")
    trigger = models.CharField(_("tells"), max_length=24, choices=Trigger)
    channel = models.CharField(pgettext_lazy("channel", "by"), max_length=20)
    address = models.CharField(pgettext_lazy("recipient", "to"), max_length=254, blank=True)

    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    body_text = models.TextField(_("text"), blank=True)
    body_html = models.TextField(blank=True)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    reason = models.CharField(_("why"), max_length=20, choices=Why, blank=True)
    due_at = models.DateTimeField(_("due"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    uuid = models.UUIDField(unique=True, default=new_uuid, editable=False)
    provider_id = models.CharField(_("provider's number"), max_length=120, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    error_detail = models.TextField(_("the whole error"), blank=True)
    created_at = models.DateTimeField(_("planned"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["change", "channel", "address"], name="alert_once"),
            models.CheckConstraint(condition=Q(change__isnull=False) | Q(is_test=True), name="alert_about_a_change"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="alert_state"),
            models.CheckConstraint(condition=Q(trigger__in=Trigger.values), name="alert_trigger"),
            models.CheckConstraint(
                condition=Q(state__in=sorted(OPEN), due_at__isnull=False)
                | (~Q(state__in=sorted(OPEN)) & Q(due_at__isnull=True)),
                name="alert_due_while_open",
            ),
            models.CheckConstraint(condition=~Q(state=State.SUPPRESSED, reason=""), name="alert_says_why"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="alert_due"),
            models.Index(fields=["merchant", "-id"], name="alert_recent"),
            models.Index(fields=["shipment", "trigger"], name="alert_told"),
        ]

    def __str__(self):
        return f"{self.get_trigger_display()} → {self.address or '–'}"


class Suppressed(models.TextChoices):
    """Why an address gets no messages."""

    UNSUBSCRIBED = "unsubscribed", pgettext_lazy("why no messages", "The shopper unsubscribed")
    STOP = "stop", pgettext_lazy("why no messages", "The shopper texted STOP")
    BY_PROVIDER = "by_provider", pgettext_lazy("why no messages", "The provider says the shopper unsubscribed")
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


class Sender(models.Model):
    """A merchant's own account at a provider. Without one, the platform's account sends in the merchant's name."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="senders")
    channel = models.CharField(pgettext_lazy("channel", "by"), max_length=20)
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

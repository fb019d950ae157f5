import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alerts.states import OPEN, Held, State, Why
from alerts.triggers import Trigger
from orders.models import Customer, Merchant, Order, Shipment, StatusChange


def new_uuid() -> uuid.UUID:
    """128 random bits (uuid4 has 122): it stands in receipt URLs, where guessing it must be hopeless."""
    return uuid.UUID(bytes=secrets.token_bytes(16))


class Alert(models.Model):
    """One message to one address about one StatusChange; outbox row and log at once.

    The words are written once and stored: a retry sends the same. One that waits for its hour is written when it
    comes, since the words speak of today; until then they are empty. `held` says why it waited. `due_at` is when it is
    to be sent next and, while a worker holds it, how long that worker is waited for. `attempts` counts claims and so
    tells one claim from the next.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="alerts")
    # Only a test that staff send themselves is about no change and to no customer.
    change = models.ForeignKey(StatusChange, models.CASCADE, null=True, related_name="alerts")
    is_test = models.BooleanField(_("test"), default=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="alerts")
    # None where it is about the order, before or beside its parcels.
    shipment = models.ForeignKey(Shipment, models.CASCADE, null=True, related_name="alerts")
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
    held = models.CharField(_("waited because"), max_length=20, choices=Held, blank=True)
    # The message that told this one's news too.
    told_in = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="digested", verbose_name=_("told together with")
    )
    due_at = models.DateTimeField(_("due"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    uuid = models.UUIDField(unique=True, default=new_uuid, editable=False)
    provider = models.CharField(_("provider"), max_length=30, blank=True)
    provider_id = models.CharField(_("provider's number"), max_length=120, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    error_detail = models.TextField(_("the whole error"), blank=True)
    created_at = models.DateTimeField(_("planned"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    opened_at = models.DateTimeField(_("opened"), null=True)
    # When the words were dropped, because they were old or the shopper asked to be forgotten.
    forgotten_at = models.DateTimeField(_("words dropped"), null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["change", "trigger", "channel", "address"], name="alert_once"),
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
            models.Index(fields=["order", "channel"], name="alert_told"),
            # What the front page measures: messages that did not wait.
            models.Index(
                fields=["merchant", "-sent_at"], condition=Q(sent_at__isnull=False, held=""), name="alert_swift"
            ),
        ]

    def __str__(self):
        return f"{self.get_trigger_display()} → {self.address or '–'}"

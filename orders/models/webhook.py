import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.fields import EncryptedJSONField
from orders.models.merchant import Merchant
from orders.models.shipment import ChangeKind, StatusChange
from orders.webhooks.addresses import validate_url
from orders.webhooks.signing import new_secrets


def every_kind() -> list[str]:
    return [*ChangeKind.values]


class WebhookEndpoint(models.Model):
    """An address of a shop's own system that is told of changes, and how it has been answering."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="webhooks")
    url = models.CharField(_("address"), max_length=500, validators=[validate_url])
    kinds = models.JSONField(_("told of"), default=every_kind)
    active = models.BooleanField(_("in use"), default=True)
    # Newest first; all of them sign.
    secrets = EncryptedJSONField(default=new_secrets, editable=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    rests_until = models.DateTimeField(_("rests until"), null=True, editable=False)
    paused_at = models.DateTimeField(_("paused"), null=True, editable=False)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)
    last_success_at = models.DateTimeField(_("last success"), null=True, editable=False)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["merchant", "url"], name="webhook_once")]

    def __str__(self):
        return self.url


class WebhookState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("webhook", "Waiting")
    DELIVERED = "delivered", pgettext_lazy("webhook", "Delivered")
    FAILED = "failed", pgettext_lazy("webhook", "Given up")


class WebhookDelivery(models.Model):
    """One change on its way to one endpoint; outbox row and log at once.

    The body is written at the first attempt and stored: every attempt sends the same. `due_at` is when it is to be
    sent next and, while a worker holds it, how long that worker is waited for. `attempts` counts claims and so tells
    one claim from the next. `queued_at` is when it was put into the queue, the last time.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    # A test is about no change.
    change = models.ForeignKey(
        StatusChange, models.CASCADE, null=True, related_name="webhook_deliveries", verbose_name=_("change")
    )
    uuid = models.UUIDField(_("id"), unique=True, default=uuid.uuid4, editable=False)
    body = models.TextField(_("body"), blank=True)

    state = models.CharField(_("state"), max_length=10, choices=WebhookState, default=WebhookState.WAITING)
    due_at = models.DateTimeField(_("due"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    answered = models.PositiveSmallIntegerField(_("answered"), null=True)
    answer = models.TextField(_("answer"), blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("planned"), default=timezone.now)
    queued_at = models.DateTimeField(_("queued"), default=timezone.now)
    delivered_at = models.DateTimeField(_("delivered"), null=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "change"], name="webhook_delivery_once"),
            models.CheckConstraint(condition=Q(state__in=WebhookState.values), name="webhook_delivery_state"),
            models.CheckConstraint(
                condition=Q(state=WebhookState.WAITING, due_at__isnull=False)
                | (~Q(state=WebhookState.WAITING) & Q(due_at__isnull=True)),
                name="webhook_due_while_waiting",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="webhook_due"),
            models.Index(fields=["merchant", "-id"], name="webhook_recent"),
        ]

    def __str__(self):
        return f"{self.uuid}"

    @property
    def kind(self) -> str:
        return self.change.kind if self.change else "test"

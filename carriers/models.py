import hashlib
import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.fields import EncryptedJSONField
from orders.models import Merchant


def new_callback_token() -> str:
    """192 random bits: the part of a callback URL that nobody can guess."""
    return secrets.token_urlsafe(24)


def new_callback_secrets() -> list[str]:
    return [secrets.token_urlsafe(24)]


class CarrierAccount(models.Model):
    """A merchant's credentials and limits at one carrier, and how the carrier has been answering."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="carrier_accounts")
    carrier = models.CharField(_("carrier"), max_length=40)
    credentials = EncryptedJSONField(_("credentials"), default=dict)
    calls_per_minute = models.PositiveIntegerField(
        _("calls a minute"), null=True, blank=True, help_text=_("Leave empty for the carrier's documented limit.")
    )
    active = models.BooleanField(_("in use"), default=True)

    callback_token = models.CharField(max_length=43, unique=True, default=new_callback_token, editable=False)
    # Newest first; an older one stays valid until it is removed, so that a secret changes without a gap.
    callback_secrets = EncryptedJSONField(_("callback secrets"), default=new_callback_secrets, editable=False)

    access_token = EncryptedJSONField(null=True, editable=False)
    access_token_until = models.DateTimeField(null=True, editable=False)

    calls_left = models.FloatField(default=0, editable=False)
    calls_counted_at = models.DateTimeField(null=True, editable=False)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    refused_at = models.DateTimeField(_("refused"), null=True, blank=True, editable=False)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)
    last_success_at = models.DateTimeField(_("last answer"), null=True, editable=False)

    class Meta:
        verbose_name = _("carrier account")
        verbose_name_plural = _("carrier accounts")
        constraints = [models.UniqueConstraint(fields=["merchant", "carrier"], name="carrier_account_once")]

    def __str__(self):
        from carriers.registry import carrier_name

        return carrier_name(self.carrier)


class DeliveryState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("callback", "Waiting")
    PROCESSED = "processed", pgettext_lazy("callback", "Processed")
    UNREADABLE = "unreadable", pgettext_lazy("callback", "Unreadable")
    REJECTED = "rejected", pgettext_lazy("callback", "Rejected")
    FAILED = "failed", pgettext_lazy("callback", "Given up")


class CallbackDelivery(models.Model):
    """One received carrier callback, raw, before and after processing.

    The row is the queue: `due_at` is when it is to be read next, pushed forward while a worker holds it. A repeated
    body is the same delivery; a rejected one never stands in the way of the genuine.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    account = models.ForeignKey(CarrierAccount, models.CASCADE, related_name="deliveries")
    digest = models.CharField(max_length=64)
    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    error = models.CharField(_("error"), max_length=300, blank=True)
    numbers = models.JSONField(_("numbers"), default=list)
    repeats = models.PositiveIntegerField(_("repeats"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    due_at = models.DateTimeField(null=True, default=timezone.now)
    processed_at = models.DateTimeField(_("processed"), null=True)

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], condition=~Q(state="rejected"), name="callback_once"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="callback_state"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="callback_due"),
            models.Index(fields=["merchant", "-received_at"], name="callback_recent"),
        ]

    def __str__(self):
        return f"{self.account} {self.received_at:%Y-%m-%d %H:%M:%S}"

    @staticmethod
    def digest_of(body: bytes) -> str:
        return hashlib.sha256(body).hexdigest()


class UnmappedCode(models.Model):
    """A code of a carrier that no adapter maps yet: shown in the carrier's words, counted, never guessed."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    carrier = models.CharField(_("carrier"), max_length=40)
    code = models.CharField(_("code"), max_length=80)
    description = models.CharField(_("carrier's words"), max_length=500, blank=True)
    count = models.PositiveIntegerField(_("times"), default=1)
    first_at = models.DateTimeField(_("first"), default=timezone.now)
    last_at = models.DateTimeField(_("last"), default=timezone.now)

    class Meta:
        verbose_name = _("unmapped code")
        verbose_name_plural = _("unmapped codes")
        ordering = ["-last_at"]
        constraints = [models.UniqueConstraint(fields=["merchant", "carrier", "code"], name="unmapped_code_once")]

    def __str__(self):
        return f"{self.carrier} {self.code}"

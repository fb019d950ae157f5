import hashlib
import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.fields import EncryptedJSONField
from orders.models import Merchant
from orders.reasons import Reason
from orders.statuses import Status


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
    calls_per_day = models.PositiveIntegerField(
        _("calls a day"), null=True, blank=True, help_text=_("Leave empty for the carrier's documented limit.")
    )
    active = models.BooleanField(_("in use"), default=True)

    callback_token = models.CharField(max_length=43, unique=True, default=new_callback_token, editable=False)
    # Newest first; an older one stays valid until it is removed, so that a secret changes without a gap.
    callback_secrets = EncryptedJSONField(_("callback secrets"), default=new_callback_secrets, editable=False)
    # The carrier's own page is at this address; without a token there is none.
    console_token = models.CharField(max_length=43, unique=True, null=True, editable=False)

    access_token = EncryptedJSONField(null=True, editable=False)
    access_token_until = models.DateTimeField(null=True, editable=False)

    calls_left = models.FloatField(default=0, editable=False)
    calls_counted_at = models.DateTimeField(null=True, editable=False)
    calls_left_of_day = models.FloatField(default=0, editable=False)
    # One worker at a time asks with an account: its turn is a row that comes due, claimed like any other.
    next_turn_at = models.DateTimeField(default=timezone.now, editable=False)
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


class Check(models.TextChoices):
    """What a callback must pass before it is taken in, in this order."""

    SIZE = "size", pgettext_lazy("check of a callback", "Size")
    CONTENT = "content", pgettext_lazy("check of a callback", "Content")
    SECRET = "secret", pgettext_lazy("check of a callback", "Secret")
    HEADER = "header", pgettext_lazy("check of a callback", "Header")
    SIGNATURE = "signature", pgettext_lazy("check of a callback", "Signature")
    READABLE = "readable", pgettext_lazy("check of a callback", "Readable")


class CallbackDelivery(models.Model):
    """One received carrier callback, raw, before and after processing.

    The row is the queue: `due_at` is when it is to be read next, pushed forward while a worker holds it. A repeated
    body is the same delivery; a rejected one never stands in the way of the genuine.

    `proof` are the headers that may carry a secret, kept of a rejected one only, so that it can be verified once the
    account's secret is right. `answered` is the HTTP status the carrier got, after `took_ms` milliseconds.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    account = models.ForeignKey(CarrierAccount, models.CASCADE, related_name="deliveries")
    digest = models.CharField(max_length=64)
    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    failed_check = models.CharField(_("did not pass"), max_length=10, choices=Check, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    proof = EncryptedJSONField(null=True, editable=False)
    numbers = models.JSONField(_("numbers"), default=list)
    is_test = models.BooleanField(_("test"), default=False)
    repeats = models.PositiveIntegerField(_("repeats"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    answered = models.PositiveSmallIntegerField(_("answered with"), null=True)
    took_ms = models.PositiveIntegerField(_("milliseconds"), null=True)
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
            models.Index(fields=["account", "-received_at"], name="callback_of_account"),
            models.Index(fields=["account", "received_at"], condition=Q(state="rejected"), name="callback_refused"),
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


class UnmatchedNumber(models.Model):
    """A number in a callback that no parcel had yet: when its order comes in, the callback is read again."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    account = models.ForeignKey(CarrierAccount, models.CASCADE, related_name="+")
    delivery = models.ForeignKey(CallbackDelivery, models.CASCADE, related_name="unmatched")
    number = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="unmatched_number_once")]
        indexes = [models.Index(fields=["account", "number"], name="unmatched_by_number")]

    def __str__(self):
        return self.number


class Suggester(models.TextChoices):
    CARRIER = "carrier", pgettext_lazy("suggested by", "The carrier")
    STAFF = "staff", pgettext_lazy("suggested by", "The shop")


class CodeMeaning(models.Model):
    """What a code that no adapter maps means: anybody may suggest it, nothing is read by it until the shop confirms."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    carrier = models.CharField(_("carrier"), max_length=40)
    code = models.CharField(_("code"), max_length=80)
    status = models.CharField(_("status"), max_length=24, choices=Status)
    reason = models.CharField(_("reason"), max_length=40, choices=Reason, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    suggested_by = models.CharField(_("suggested by"), max_length=8, choices=Suggester, default=Suggester.STAFF)
    suggested_at = models.DateTimeField(_("suggested"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("confirmed by")
    )

    class Meta:
        verbose_name = _("meaning of a code")
        verbose_name_plural = _("meanings of codes")
        ordering = ["carrier", "code"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "carrier", "code"], name="code_meaning_once"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="code_meaning_status"),
        ]

    def __str__(self):
        return f"{self.carrier} {self.code}: {self.get_status_display()}"


class Dispute(models.Model):
    """What a carrier says against its scorecard, and what the shop answers."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    account = models.ForeignKey(CarrierAccount, models.CASCADE, related_name="disputes", verbose_name=_("account"))
    text = models.TextField(_("what is disputed"), max_length=2000)
    contact = models.EmailField(_("e-mail"), blank=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-created_at"]

    def __str__(self):
        return f"{self.account}: {self.text[:60]}"


class PushSubscription(models.Model):
    """Pushes of one parcel, ordered at a carrier that wants an order for each.

    The row is the queue: `next_at` is when to order next, pushed forward while a worker is at it; None where an order
    holds for as long as the parcel is under way. `terms` stands for what was ordered with: the address, the secret and
    the credentials. `refused` says that the carrier lets the account order nothing.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    account = models.ForeignKey(CarrierAccount, models.CASCADE, related_name="push_subscriptions")
    number = models.CharField(max_length=64)
    terms = models.CharField(max_length=64)
    reference = models.CharField(max_length=120, blank=True)
    ordered_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True, default=timezone.now)
    refused = models.BooleanField(default=False)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "number"], name="push_subscription_once")]
        indexes = [
            models.Index(fields=["account", "next_at"], condition=Q(next_at__isnull=False), name="subscription_due")
        ]

    def __str__(self):
        return self.number

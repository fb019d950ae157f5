from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.merchant import Merchant


class NoticeKind(models.TextChoices):
    ACCOUNT_REFUSED = "account_refused", pgettext_lazy("notice", "A carrier refused the account")
    ACCOUNT_MISSING = "account_missing", pgettext_lazy("notice", "Parcels without a carrier account")
    CALLBACK_REJECTED = "callback_rejected", pgettext_lazy("notice", "A callback was rejected")
    PAYLOAD_UNREADABLE = "payload_unreadable", pgettext_lazy("notice", "A carrier's answer could not be read")
    CODE_UNMAPPED = "code_unmapped", pgettext_lazy("notice", "A carrier uses a new code")
    CARRIER_DOUBTED = "carrier_doubted", pgettext_lazy("notice", "A number looks like another carrier's")
    MESSAGE_FAILED = "message_failed", pgettext_lazy("notice", "A message could not be sent")
    TEXT_UNFILLED = "text_unfilled", pgettext_lazy("notice", "An own text says what a message did not know")


class Notice(models.Model):
    """Something a merchant's staff must know. Told once and counted, until somebody marks it as settled."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="notices")
    kind = models.CharField(_("kind"), max_length=24, choices=NoticeKind)
    subject = models.CharField(_("about"), max_length=120, help_text=_("What it is about: an account, a code."))
    detail = models.TextField(_("detail"), blank=True)
    count = models.PositiveIntegerField(_("times"), default=1)
    first_at = models.DateTimeField(_("first"), default=timezone.now)
    last_at = models.DateTimeField(_("last"), default=timezone.now)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "kind", "subject"], condition=Q(settled_at__isnull=True), name="notice_open_once"
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.subject}"

    @classmethod
    def tell(cls, merchant_id, kind, subject, detail="") -> None:
        """Tell the merchant, or count once more what is still open."""
        open_notice = {"merchant_id": merchant_id, "kind": kind, "subject": subject[:120], "settled_at": None}
        now = timezone.now()
        seen = {"detail": detail, "last_at": now}
        told, is_new = cls.objects.get_or_create(**open_notice, defaults={**seen, "first_at": now})
        if not is_new:
            cls.objects.filter(pk=told.pk).update(count=F("count") + 1, **seen)

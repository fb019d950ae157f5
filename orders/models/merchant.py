import hashlib
import secrets
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator, MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

COLOUR = RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", _("Write a colour as # and six digits, such as #1a7f5a."))


def validate_time_zone(name):
    if name not in available_timezones():
        raise ValidationError(_("%(name)s is no time zone. Write one such as Europe/Helsinki."), params={"name": name})


class Font(models.TextChoices):
    """The fonts a brand may choose: each is on the visitor's device, so that no page waits for one."""

    SYSTEM = "system", pgettext_lazy("font", "Modern")
    SERIF = "serif", pgettext_lazy("font", "Classic, with serifs")
    ROUNDED = "rounded", pgettext_lazy("font", "Rounded")
    MONO = "mono", pgettext_lazy("font", "Typewriter")


class Merchant(models.Model):
    """A tenant: one shop, its brand, its manners and its sender identities."""

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("short name"), unique=True, help_text=_("Stands in the shop's links."))
    website = models.URLField(_("website"), blank=True)

    logo = models.ImageField(
        _("logo"),
        upload_to="logos/",
        blank=True,
        validators=[FileExtensionValidator(["png", "jpg", "jpeg", "webp"])],
        help_text=_("PNG, JPEG or WebP; shown at most 48 pixels high."),
    )
    primary_colour = models.CharField(_("main colour"), max_length=7, default="#1f5f4a", validators=[COLOUR])
    accent_colour = models.CharField(_("accent colour"), max_length=7, default="#c2541b", validators=[COLOUR])
    background_colour = models.CharField(_("background"), max_length=7, default="#faf8f5", validators=[COLOUR])
    font = models.CharField(_("font"), max_length=10, choices=Font, default=Font.SYSTEM)
    radius = models.PositiveSmallIntegerField(
        _("roundness of corners"), default=12, validators=[MaxValueValidator(32)], help_text=_("In pixels.")
    )
    brand_version = models.PositiveIntegerField(default=1, editable=False)

    default_language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    time_zone = models.CharField(_("time zone"), max_length=40, default="UTC", validators=[validate_time_zone])
    country = models.CharField(
        _("country"), max_length=2, blank=True, help_text=_("Two letters: where parcels are sent from.")
    )

    support_email = models.EmailField(_("support e-mail"), blank=True)
    support_phone = models.CharField(_("support phone"), max_length=30, blank=True)
    support_hours = models.CharField(_("support hours"), max_length=120, blank=True)
    postal_address = models.CharField(_("postal address"), max_length=200, blank=True)
    returns_policy = models.TextField(_("returns and refunds, in plain words"), blank=True)

    email_from = models.EmailField(_("e-mails come from"), blank=True)
    sms_from = models.CharField(_("texts come from"), max_length=20, blank=True)

    delivery_days_min = models.PositiveSmallIntegerField(_("delivery takes at least"), default=2)
    delivery_days_max = models.PositiveSmallIntegerField(
        _("delivery takes at most"),
        default=4,
        help_text=_("Working days after the order: the promise for orders that come without one."),
    )
    risk_enter = models.FloatField(
        _("we write from this probability of being late"),
        default=0.6,
        validators=[MinValueValidator(0.05), MaxValueValidator(0.99)],
    )
    risk_leave = models.FloatField(
        _("all is well again below this probability"),
        default=0.35,
        validators=[MinValueValidator(0.01), MaxValueValidator(0.95)],
    )
    sms_part_price = models.DecimalField(
        _("one part of a text costs"),
        max_digits=7,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("In the currency of your orders. The preview of a text says what it costs by it."),
    )
    messages_kept_days = models.PositiveSmallIntegerField(
        _("words of messages are kept for"),
        default=180,
        validators=[MinValueValidator(7)],
        help_text=_("Days. After that only the fact that a message was sent stays."),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("merchant")
        verbose_name_plural = _("merchants")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(risk_leave__lt=F("risk_enter")), name="merchant_hysteresis"),
            models.CheckConstraint(
                condition=Q(delivery_days_max__gte=F("delivery_days_min")), name="merchant_delivery_days"
            ),
        ]

    def __str__(self):
        return self.name


class MerchantDomain(models.Model):
    """A host name on which this merchant's portal answers."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="domains")
    host = models.CharField(_("host name"), max_length=253, unique=True, help_text=_("Such as track.example.com."))

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")

    def __str__(self):
        return self.host


class Role(models.TextChoices):
    OWNER = "owner", pgettext_lazy("role", "Owner")
    STAFF = "staff", pgettext_lazy("role", "Staff")
    VIEWER = "viewer", pgettext_lazy("role", "Viewer")


class Membership(models.Model):
    """A staff user's seat at one merchant."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.STAFF)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["merchant", "user"], name="membership_once")]

    def __str__(self):
        return f"{self.user} · {self.merchant}"


class ApiKey(models.Model):
    """A merchant's key to the REST API. Only its digest is kept: the key is shown once, when it is made."""

    PREFIX = "ds_"

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="api_keys")
    name = models.CharField(_("name"), max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self):
        return self.name

    @classmethod
    def issue(cls, merchant, name) -> tuple["ApiKey", str]:
        """A new key: the row, and the key itself, which cannot be read again."""
        key = cls.PREFIX + secrets.token_urlsafe(32)
        return cls.objects.create(merchant=merchant, name=name, digest=cls.digest_of(key)), key

    @staticmethod
    def digest_of(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()

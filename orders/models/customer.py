from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from orders.models.merchant import Merchant, validate_time_zone


class Customer(models.Model):
    """The shopper at one merchant."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="customers")
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, blank=True, validators=[validate_time_zone])
    erased_at = models.DateTimeField(_("forgotten"), null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "email"], condition=~Q(email=""), name="customer_email_once"),
            models.CheckConstraint(
                condition=~Q(email="") | ~Q(phone="") | Q(erased_at__isnull=False), name="customer_can_be_reached"
            ),
        ]

    def __str__(self):
        if self.erased_at:
            return gettext("Forgotten")
        return self.name or self.email or str(self.phone)

    def save(self, **kwargs):
        self.email = self.email.strip().lower()
        super().save(**kwargs)

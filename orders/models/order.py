import re

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.customer import Customer
from orders.models.merchant import Merchant
from orders.models.product import Product


class Order(models.Model):
    """What one shopper bought at once. It travels in one or more shipments."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="orders")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="orders")
    number = models.CharField(_("number"), max_length=40, help_text=_("As the shopper knows it."))
    placed_at = models.DateTimeField(_("placed"))
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2, default=0)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, blank=True)
    postcode = models.CharField(_("postcode of the delivery"), max_length=16, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-placed_at"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="order_number_once"),
            models.CheckConstraint(condition=Q(total__gte=0), name="order_total_not_negative"),
        ]
        indexes = [
            models.Index(fields=["merchant", "-placed_at"], name="order_recent"),
            models.Index(fields=["customer", "-placed_at"], name="order_of_customer"),
        ]

    def __str__(self):
        return self.number

    def save(self, **kwargs):
        self.postcode = plain_postcode(self.postcode)
        super().save(**kwargs)

    @property
    def spoken_language(self) -> str:
        """The order's own language, else the shopper's, else the shop's."""
        return self.language or self.customer.language or self.merchant.default_language


class OrderItem(models.Model):
    """One line of an order, as it was bought."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="order_item_quantity")]

    def __str__(self):
        return f"{self.quantity} × {self.product}"


def plain_postcode(written: str) -> str:
    """A postcode without the spaces and dashes that people put in differently."""
    return re.sub(r"[\s-]+", "", written).upper()

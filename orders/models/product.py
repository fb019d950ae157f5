from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.merchant import Merchant


class Product(models.Model):
    """What was bought, and its help: set-up, care, warranty, disposal. Texts are translated (orders/translation.py)."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="products")
    sku = models.CharField(_("SKU"), max_length=64)
    name = models.CharField(_("name"), max_length=160)
    category = models.CharField(_("category"), max_length=80, blank=True)
    image = models.URLField(_("picture"), blank=True)
    link = models.URLField(_("page in the shop"), blank=True)
    setup_guide = models.URLField(_("set-up guide"), blank=True)
    video = models.URLField(_("video"), blank=True)
    care = models.TextField(_("care"), blank=True)
    warranty = models.TextField(_("warranty"), blank=True)
    warranty_months = models.PositiveSmallIntegerField(_("warranty in months"), null=True, blank=True)
    disposal = models.TextField(_("disposal"), blank=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [models.UniqueConstraint(fields=["merchant", "sku"], name="product_sku_once")]

    def __str__(self):
        return self.name

    @property
    def has_help(self) -> bool:
        return any((self.setup_guide, self.video, self.care, self.warranty, self.disposal))

"""Which of the merchant's own texts are kept in each language."""

from modeltranslation.translator import TranslationOptions, register

from orders.models import Merchant, Product


@register(Merchant)
class MerchantTranslation(TranslationOptions):
    fields = ("support_hours", "returns_policy")


@register(Product)
class ProductTranslation(TranslationOptions):
    fields = ("name", "care", "warranty", "disposal")

"""Which of an offer's texts are kept in each language."""

from modeltranslation.translator import TranslationOptions, register

from offers.models import Offer


@register(Offer)
class OfferTranslation(TranslationOptions):
    fields = ("title", "body", "button")

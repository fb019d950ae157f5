"""The desk for offers: the card in every language, and the rules for when and to whom it is shown."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from offers.models import Offer, Phase
from orders.desk import language_tabs
from orders.incoming import is_country
from orders.links import picture, web_link
from orders.tenancy import MerchantForm, MerchantScopedAdmin


class ListField(forms.CharField):
    """A list of words, written with commas between them; kept as a JSON list."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value):
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        return [word.strip() for word in (value or "").split(",") if word.strip()]

    def has_changed(self, initial, data):
        return self.to_python(data) != (initial or [])


class OfferForm(MerchantForm):
    phases = forms.MultipleChoiceField(
        label=_("Phases"),
        choices=Phase,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None chosen: in every phase. While a parcel is in trouble nothing is offered at all."),
    )
    countries = ListField(
        label=_("Countries"), required=False, help_text=_("Two letters each, such as FI, SE. Empty: everywhere.")
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        choices=settings.LANGUAGES,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None chosen: in every language."),
    )
    categories = ListField(
        label=_("Categories"),
        required=False,
        help_text=_("The order must hold a product of one of these, such as lamps, chairs. Empty: any order."),
    )

    def clean_countries(self):
        countries = [code.upper() for code in self.cleaned_data["countries"]]
        for code in countries:
            if not is_country(code):
                message = _("“%(code)s” is no country: write two letters each, such as FI, SE.")
                raise ValidationError(message, params={"code": code})
        return countries

    def clean_link(self):
        return _checked(web_link, self.cleaned_data["link"], _("Write a whole address that begins with https://."))

    def clean_image(self):
        return _checked(picture, self.cleaned_data["image"], _("A picture's address begins with https://."))


@admin.register(Offer)
class OfferAdmin(MerchantScopedAdmin, TranslationAdmin):
    form = OfferForm
    list_display = ["title", "active", "when", "starts_at", "ends_at", "priority"]
    list_filter = ["active", "starts_at"]
    search_fields = ["title"]
    fieldsets = [
        (None, {"fields": ["active", "link", "image"]}),
        (_("When"), {"fields": ["phases", ("starts_at", "ends_at"), "priority"]}),
        (_("To whom"), {"fields": ["countries", "languages", "categories"]}),
        *language_tabs(Offer),
    ]

    @display(description=_("phases"))
    def when(self, offer):
        return ", ".join(str(Phase(phase).label) for phase in offer.phases if phase in Phase) or _("Always")


def _checked(check, written, message):
    if written and not check(written):
        raise ValidationError(message)
    return written

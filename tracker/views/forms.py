from django import forms
from django.utils.translation import gettext_lazy as _


class LookupForm(forms.Form):
    """An order's number and one thing more that its shopper knows."""

    number = forms.CharField(
        label=_("Order number"),
        max_length=40,
        help_text=_("It stands in the confirmation of your order."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "dir": "auto"}),
    )
    email_or_postcode = forms.CharField(
        label=_("E-mail address or postcode"),
        max_length=254,
        help_text=_("The one you gave with the order."),
        widget=forms.TextInput(attrs={"autocomplete": "email", "autocapitalize": "none", "dir": "auto"}),
    )

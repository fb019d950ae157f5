"""The desk for delivery rules, with a preview of what they promise."""

from datetime import UTC

from django import forms
from django.conf import settings
from django.contrib import admin
from django.shortcuts import render
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from orders import wording
from orders.models import DeliveryRule, Merchant
from orders.models.delivery_rule import WORKWEEK, validate_country
from orders.promise.calendar import CALENDAR_YEARS
from orders.promise.explanation import sentences
from orders.promise.regions import place_of, regions_of
from orders.promise.rules import plan_for
from orders.services.intake import zone_of
from orders.services.previews import preview
from orders.tenancy import MerchantForm, MerchantScopedAdmin, scoped
from orders.windows import zone_named


def carriers(empty) -> list[tuple[str, str]]:
    """The carriers there are, under a line for none of them."""
    return [("", empty), *import_string(settings.CARRIER_CHOICES)()]


class WeekdaysField(forms.MultipleChoiceField):
    """Days to tick; kept as the digits by which ISO 8601 numbers them."""

    def __init__(self, **kwargs):
        choices = [(str(number + 1), name) for number, name in WEEKDAYS.items()]
        super().__init__(choices=choices, widget=UnfoldAdminCheckboxSelectMultipleWidget, initial=WORKWEEK, **kwargs)

    def prepare_value(self, value):
        return list(value or "")

    def clean(self, value):
        return "".join(sorted(super().clean(value)))


class CountryField(forms.CharField):
    """A country's two letters, in capitals however they were typed."""

    default_validators = [validate_country]

    def __init__(self, **kwargs):
        super().__init__(**{"widget": UnfoldAdminTextInputWidget, **kwargs, "max_length": 2})

    def to_python(self, value):
        return super().to_python(value).upper()


class ClockField(forms.DateTimeField):
    """What a clock shows, whatever the server's zone: the caller says whose clock."""

    def to_python(self, value):
        with timezone.override(UTC):
            return super().to_python(value)


def region_choices(shops) -> list[tuple]:
    """The regions of the shops' countries, under each country's name where there are several."""
    countries = sorted({shop.country for shop in shops if shop.country})
    names = wording.locale_for().territories
    grouped = [(names.get(country, country), regions_of(country)) for country in countries if regions_of(country)]
    return [("", pgettext("region", "No holidays of its own")), *(grouped[0][1] if len(grouped) == 1 else grouped)]


class DeliveryRuleForm(MerchantForm):
    country = CountryField(
        label=_("To country"),
        required=False,
        help_text=DeliveryRule._meta.get_field("country").help_text,
    )
    carrier = forms.ChoiceField(
        label=_("Carrier"),
        required=False,
        choices=lambda: carriers(pgettext_lazy("carrier", "Any")),
        widget=UnfoldAdminSelectWidget,
    )
    warehouse_weekdays = WeekdaysField(label=_("The warehouse works on"))
    warehouse_region = forms.ChoiceField(
        label=_("The warehouse's region"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=DeliveryRule._meta.get_field("warehouse_region").help_text,
    )
    carrier_weekdays = WeekdaysField(label=_("The carrier works on"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["warehouse_region"].choices = region_choices(self.fields["merchant"].queryset)

    def clean(self):
        cleaned = super().clean()
        region, shop = cleaned.get("warehouse_region"), cleaned.get("merchant")
        if region and shop and not region.startswith(f"{shop.country}-"):
            self.add_error("warehouse_region", _("This region is in another country than the shop's warehouse."))
        return cleaned


@admin.register(DeliveryRule)
class DeliveryRuleAdmin(MerchantScopedAdmin):
    form = DeliveryRuleForm
    about = _("Where no rule here suits, the usual delivery days on the shop's page count.")
    list_display = ["__str__", "cut_off", "handling_days", "transit", "order_now", "active"]
    list_select_related = ["merchant"]
    list_filter = ["active", "country"]
    search_fields = ["=country", "^postcode_prefix", "carrier", "service"]
    fieldsets = [
        (_("For deliveries"), {"fields": [("country", "postcode_prefix"), ("carrier", "service"), "active"]}),
        (_("At the warehouse"), {"fields": [("cut_off", "handling_days"), "warehouse_weekdays", "warehouse_region"]}),
        (_("On the way"), {"fields": [("transit_min", "transit_max"), "carrier_weekdays"]}),
    ]
    actions_list = ["preview"]

    @display(description=_("transit"))
    def transit(self, row):
        return f"{row.transit_min}–{row.transit_max}"

    @display(description=_("an order now arrives"))
    def order_now(self, row):
        zone = zone_of(row.country) or row.merchant.time_zone
        place = place_of(row.country, row.postcode_prefix)
        return wording.promised(plan_for(row.rule, timezone.now(), zone, place).window)

    @action(description=_("Preview"), url_path="preview", icon="event_available", permissions=["view"])
    def preview(self, request):
        """What an order would be promised, and why: what the API answers."""
        form = PreviewForm(request.GET or None, shops=scoped(Merchant.objects.all(), request.user))
        told = preview(**form.cleaned_data) if form.is_valid() else None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("What an order is promised"),
            "form": form,
            "preview": told,
            "days": told and wording.promised(told.plan.window, today=told.ordered_at.date()),
            "sentences": told and sentences(told.plan, today=told.ordered_at.date()),
        }
        return render(request, "admin/promise_preview.html", context)


class PreviewForm(forms.Form):
    """An order that might be placed. Who works for one shop is not asked for which."""

    merchant = forms.ModelChoiceField(label=_("Shop"), queryset=None, widget=UnfoldAdminSelectWidget)
    country = CountryField(label=_("To country"), required=False, help_text=_("Two letters, such as FI."))
    postcode = forms.CharField(
        label=_("Postcode"), required=False, max_length=16, widget=UnfoldAdminTextInputWidget(attrs={"dir": "ltr"})
    )
    carrier = forms.ChoiceField(
        label=_("Carrier"),
        required=False,
        choices=lambda: carriers(pgettext_lazy("carrier", "Not said")),
        widget=UnfoldAdminSelectWidget,
    )
    service = forms.CharField(label=_("Service"), required=False, max_length=120, widget=UnfoldAdminTextInputWidget)
    at = ClockField(
        label=_("Ordered"),
        required=False,
        help_text=_("By the clock of the shop; now unless given."),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )

    def __init__(self, *args, shops, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["merchant"].queryset = shops
        if len(only := shops[:2]) == 1:
            self.fields["merchant"].disabled = True
            self.fields["merchant"].widget = forms.HiddenInput()
            self.initial["merchant"] = only[0].pk

    def clean(self):
        cleaned = super().clean()
        at, shop = cleaned.get("at"), cleaned.get("merchant")
        if at and at.year not in CALENDAR_YEARS:
            self.add_error("at", _("Choose a day between 2000 and 2100."))
        elif at and shop:
            cleaned["at"] = at.replace(tzinfo=zone_named(shop.time_zone))
        return cleaned

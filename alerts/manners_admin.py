"""The desk for what a shop tells: one page with every kind of message, on or off, by what ways and for which orders."""

from datetime import timedelta

from babel.lists import format_list
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction
from django.db.models import Count
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy
from unfold.widgets import (
    SELECT_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from alerts.channels import CHANNELS, channel_choices
from alerts.followups import USUAL_DAYS
from alerts.manners import Rule, rules_for
from alerts.models import Alert, TriggerRule
from alerts.occasions import OCCASIONS
from alerts.texts.variables import OF_THE_ORDER
from alerts.triggers import Group, Trigger
from orders.models import Merchant
from orders.models.delivery_rule import validate_country
from orders.rules_admin import carriers
from orders.services.recognition import own_carriers
from orders.tenancy import ReadOnlyAdmin, changeable, scoped
from orders.wording import locale_for

LATELY = timedelta(days=30)
LONGEST_WAIT = 365


class CountriesField(forms.CharField):
    """Countries by their two letters, with commas or spaces between them; kept as a list."""

    def to_python(self, value):
        return list(dict.fromkeys(super().to_python(value).upper().replace(",", " ").split()))

    def validate(self, value):
        for country in value:
            validate_country(country)

    def prepare_value(self, value):
        return value if isinstance(value, str) else ", ".join(value or [])

    def has_changed(self, initial, data):
        return self.to_python(data) != (initial or [])


class MannersForm(forms.Form):
    """How a shop handles one trigger. What makes no sense of it is not asked."""

    is_on = forms.BooleanField(label=gettext_lazy("on"), required=False, widget=UnfoldBooleanSwitchWidget)
    channels = forms.MultipleChoiceField(
        label=pgettext_lazy("channel", "By"), required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    after_days = forms.IntegerField(
        label=gettext_lazy("Days after"),
        required=False,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_WAIT)],
        widget=UnfoldAdminIntegerFieldWidget,
    )
    countries = CountriesField(
        label=gettext_lazy("Only to these countries"),
        required=False,
        help_text=gettext_lazy("Two letters each, such as FI, SE. Empty: to all."),
        widget=UnfoldAdminTextInputWidget(attrs={"dir": "ltr"}),
    )
    carriers = forms.MultipleChoiceField(
        label=gettext_lazy("Only by these carriers"),
        required=False,
        help_text=gettext_lazy("None chosen: by all."),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    least_total = forms.DecimalField(
        label=gettext_lazy("Only from this value of the order"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
    )

    use_required_attribute = False

    def __init__(self, *args, trigger: Trigger, rule: Rule, own: set[str], sent: int, may_change: bool, **kwargs):
        initial = {name: getattr(rule, name) for name in self.base_fields}
        lists = {name: list(initial[name]) for name in ("channels", "countries", "carriers")}
        super().__init__(
            *args, prefix=trigger.value, initial={**initial, **lists}, use_required_attribute=False, **kwargs
        )
        self.trigger, self.rule, self.sent = trigger, rule, sent
        self._offer(own)
        for field in self.fields.values():
            field.disabled = not may_change

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("is_on") and not cleaned.get("channels") and "channels" not in self.errors:
            self.add_error("channels", ValidationError(_("Choose a way to send it, or switch it off.")))
        return cleaned

    @property
    def group(self) -> Group:
        return self.trigger.manners.group

    @property
    def occasion(self):
        return OCCASIONS[self.trigger]

    @property
    def details(self):
        """The fields behind the line to open."""
        return [bound for bound in self if bound.name != "is_on"]

    @cached_property
    def summary(self) -> str:
        """By what ways, and whether for some orders only."""
        names = dict(channel_choices())
        ways = [str(names[key]) for key in self.rule.channels if key in names]
        told = format_list(ways, locale=locale_for()) if ways else pgettext("channel", "by no way")
        return " · ".join([told, *self._limits()])

    @property
    def sent_lately(self) -> str:
        return ngettext("%(sent)d sent in 30 days", "%(sent)d sent in 30 days", self.sent) % {"sent": self.sent}

    def as_row(self) -> dict:
        """The values of a TriggerRule."""
        told = {**{name: getattr(self.rule, name) for name in self.base_fields}, **self.cleaned_data}
        is_usual = set(told["channels"]) == set(self.trigger.manners.channels) & {*CHANNELS}
        was_switched_on = told["is_on"] and not self.rule.is_on
        return {
            **told,
            "channels": None if is_usual else list(told["channels"]),
            "countries": list(told["countries"]),
            "carriers": list(told["carriers"]),
            "on_since": timezone.now() if was_switched_on else self.rule.on_since,
        }

    def _offer(self, own: set[str]) -> None:
        """Leave out what this trigger has no use for, and offer what the shop has."""
        names = dict(carriers(""))
        self.fields["channels"].choices = channel_choices()
        self.fields["carriers"].choices = [(key, names.get(key, key)) for key in sorted(own | {*self.rule.carriers})]
        if self.trigger in OF_THE_ORDER:
            del self.fields["countries"], self.fields["carriers"]
        elif not self.fields["carriers"].choices:
            del self.fields["carriers"]
        if self.trigger in USUAL_DAYS:
            self.fields["after_days"].help_text = _("%(days)d unless given.") % {"days": USUAL_DAYS[self.trigger]}
        else:
            del self.fields["after_days"]

    def _limits(self) -> list[str]:
        rule, told = self.rule, []
        if self.trigger in USUAL_DAYS:
            days = USUAL_DAYS[self.trigger] if rule.after_days is None else rule.after_days
            told.append(ngettext("%(days)d day after", "%(days)d days after", days) % {"days": days})
        if rule.countries or rule.carriers or rule.least_total:
            told.append(_("for some orders only"))
        return told


@admin.register(TriggerRule)
class TriggerRuleAdmin(ReadOnlyAdmin):
    """One page for each shop instead of a list of rows: a trigger that nobody has touched has no row."""

    fields = ["trigger", "is_on", "on_since", "channels", "countries", "carriers", "least_total", "after_days"]

    def changelist_view(self, request, extra_context=None):
        shops = list(scoped(Merchant.objects.order_by("name"), request.user))
        shop = next((one for one in shops if one.slug == request.GET.get("shop")), next(iter(shops), None))
        may_change = shop is not None and changeable(Merchant.objects.filter(pk=shop.pk), request.user).exists()
        posted = request.POST if request.method == "POST" and may_change else None
        told = forms_of(shop, may_change=may_change, data=posted) if shop else []
        if posted is not None and all(form.is_valid() for form in told):
            self._save(request, shop, [form for form in told if form.has_changed()])
            return HttpResponseRedirect(request.get_full_path())
        if posted is not None:
            messages.error(request, _("Nothing was saved: please look at what is marked."))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("What your shop tells"),
            "shops": shops,
            "shop": shop,
            "select_classes": " ".join(SELECT_CLASSES),
            "groups": [
                (group.label, [form for form in told if form.trigger.manners.group is group]) for group in Group
            ],
            "may_change": may_change,
        }
        return render(request, "admin/manners.html", context)

    def _save(self, request, shop: Merchant, changed: list[MannersForm]) -> None:
        with transaction.atomic():
            for form in changed:
                row, _is_new = TriggerRule.objects.update_or_create(
                    merchant=shop, trigger=form.trigger, defaults=form.as_row()
                )
                self.log_change(request, row, [{"changed": {"fields": form.changed_data}}])
        if changed:
            names = ", ".join(str(form.trigger.label) for form in changed)
            messages.success(request, _("Changed: %(names)s.") % {"names": names})


def forms_of(shop: Merchant, *, may_change: bool, data=None) -> list[MannersForm]:
    """A form for each trigger, in the order in which an order lives."""
    rules, own, sent = rules_for(shop), own_carriers(shop), sent_lately(shop)
    return [
        MannersForm(
            data, trigger=trigger, rule=rules[trigger], own=own, sent=sent.get(trigger, 0), may_change=may_change
        )
        for trigger in OCCASIONS
    ]


def sent_lately(shop: Merchant) -> dict[str, int]:
    """How many messages went out in the last 30 days, by trigger."""
    gone = Alert.objects.filter(merchant=shop, is_test=False, sent_at__gte=timezone.now() - LATELY)
    return dict(gone.order_by().values_list("trigger").annotate(Count("pk")))

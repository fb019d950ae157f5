"""The desk for quiet hours and budgets: each channel that people read, with the usual values to start from."""

from dataclasses import asdict
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from alerts.channels import channel_choices
from alerts.models import ChannelRule
from alerts.quiet import DEFAULTS
from orders.models import Role
from orders.tenancy import MerchantForm, MerchantScopedAdmin

MOST_A_DAY = 50


def choices() -> list[tuple[str, str]]:
    """The channels that people read."""
    return [(key, name) for key, name in channel_choices() if DEFAULTS[key].is_for_people]


def hours(pace) -> str:
    """The quiet ones of a Pace or a ChannelRule."""
    is_never = pace.quiet_from == pace.quiet_until
    return _("never") if is_never else f"{pace.quiet_from:%H:%M}–{pace.quiet_until:%H:%M}"


class ChannelRuleForm(MerchantForm):
    channel = forms.ChoiceField(
        label=pgettext_lazy("channel", "By"), choices=choices, disabled=True, widget=UnfoldAdminSelectWidget
    )
    most_a_day = forms.IntegerField(
        label=_("Messages for one order in a day, at most"),
        min_value=1,
        max_value=MOST_A_DAY,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("What cannot wait, such as a parcel to be picked up, is sent all the same."),
    )


@admin.register(ChannelRule)
class ChannelRuleAdmin(MerchantScopedAdmin):
    """A channel without a row has the usual hours: to delete a row is to go back to them."""

    form = ChannelRuleForm
    delete_roles = (Role.OWNER, Role.STAFF)
    list_display = ["by", "quiet", "most_a_day", "is_on"]
    list_before_template = "admin/alerts/usual_hours.html"
    told = _("By the clock of the recipient. The same time twice: never quiet. Out for delivery today is told at once.")
    fieldsets = [
        (None, {"fields": ["channel", "is_on"]}),
        (_("Quiet hours"), {"fields": [("quiet_from", "quiet_until")], "description": told}),
        (_("Budget"), {"fields": ["most_a_day"]}),
    ]

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.GET.get("channel") not in dict(choices()):
            return self._ask(request)
        return super().add_view(request, form_url, extra_context)

    def get_changeform_initial_data(self, request):
        return {**super().get_changeform_initial_data(request), **asdict(DEFAULTS[request.GET["channel"]])}

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is None and "channel" in form.base_fields:
            form.base_fields["channel"].initial = request.GET.get("channel", "")
        return form

    @display(description=pgettext_lazy("channel", "by"), ordering="channel")
    def by(self, rule):
        return dict(channel_choices()).get(rule.channel, rule.channel)

    @display(description=_("quiet"))
    def quiet(self, rule):
        return hours(rule)

    @staticmethod
    def usual():
        """What holds of a channel without a row."""
        return [{"by": name, "quiet": hours(DEFAULTS[key]), "pace": DEFAULTS[key]} for key, name in choices()]

    def _ask(self, request):
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Quiet hours"),
            "question": _("For which way of writing?"),
            "choices": [
                {"name": name, "url": f"?{urlencode({**request.GET.dict(), 'channel': key})}"}
                for key, name in choices()
            ],
        }
        return render(request, "admin/choose_first.html", context)

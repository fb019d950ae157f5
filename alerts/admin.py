"""The desks for messages: what was sent or not and why, who wants none, and the accounts that send."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from alerts.channels import CHANNELS, channel, channel_choices
from alerts.models import Alert, Sender, Suppressed, Suppression
from alerts.services import suppress
from alerts.states import State
from orders.credentials import CredentialsAdmin
from orders.desk import badge
from orders.models import Role
from orders.tenancy import MerchantForm, MerchantScopedAdmin, ReadOnlyAdmin

STATE_BADGES = {
    State.QUEUED: "info",
    State.SENDING: "info",
    State.SENT: "success",
    State.DELIVERED: "success",
    State.RETRY: "warning",
    State.FAILED: "danger",
    State.SUPPRESSED: "default",
    State.UNSURE: "warning",
}


class ChannelFilter(admin.SimpleListFilter):
    title = pgettext_lazy("channel", "by")
    parameter_name = "channel"

    def lookups(self, request, model_admin):
        return channel_choices()

    def queryset(self, request, queryset):
        return queryset.filter(channel=self.value()) if self.value() else queryset


def channel_name(key: str) -> str:
    """The channel's name for people; the key itself for one that is not there any more."""
    return dict(channel_choices()).get(key, key)


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "trigger", "by", "address", "how", "reason", "shipment"]
    list_select_related = ["shipment"]
    list_filter = ["state", "trigger", ChannelFilter, "reason", "is_test", "created_at"]
    search_fields = ["=address", "^shipment__tracking_number", "^shipment__order__number"]
    show_full_result_count = False
    fieldsets = [
        (None, {"fields": [("trigger", "shipment", "is_test"), ("by", "address", "language")]}),
        (_("How it went"), {"fields": [("how", "reason"), ("error", "error_detail"), ("attempts", "provider_id")]}),
        (_("When"), {"fields": [("created_at", "due_at"), ("sent_at", "delivered_at")]}),
        (_("Words"), {"fields": ["subject", "body_text"]}),
    ]
    readonly_fields = ["by", "how"]

    @display(description=pgettext_lazy("channel", "by"), ordering="channel")
    def by(self, alert):
        return channel_name(alert.channel)

    @display(description=_("state"), ordering="state")
    def how(self, alert):
        return badge(alert.get_state_display(), STATE_BADGES[alert.state])


class SuppressionForm(MerchantForm):
    channel = forms.ChoiceField(label=_("By"), choices=channel_choices, widget=UnfoldAdminSelectWidget)


@admin.register(Suppression)
class SuppressionAdmin(MerchantScopedAdmin):
    """Staff may suppress an address, and take back what staff decided; what a shopper said, they may not undo."""

    form = SuppressionForm
    delete_roles = (Role.OWNER, Role.STAFF)
    list_display = ["address", "by", "reason", "created_at"]
    list_filter = ["reason", ChannelFilter]
    search_fields = ["=address"]
    readonly_fields = ["reason", "created_at"]

    def get_fields(self, request, obj=None):
        return ["channel", "address", "reason", "created_at"] if obj else ["channel", "address"]

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        is_theirs = obj is None or obj.reason == Suppressed.BY_STAFF or request.user.is_superuser
        return is_theirs and super().has_delete_permission(request, obj)

    def save_model(self, request, obj, form, change):
        obj.pk = suppress(obj.merchant, obj.channel, obj.address, Suppressed.BY_STAFF).pk

    @display(description=pgettext_lazy("channel", "by"), ordering="channel")
    def by(self, suppression):
        return channel_name(suppression.channel)


@admin.register(Sender)
class SenderAdmin(CredentialsAdmin):
    change_roles = (Role.OWNER,)
    chosen_by = "channel"
    question = _("By what is to be written with an account of your own?")
    asked = ["identity", "active"]
    list_display = ["by", "identity", "active"]

    def get_choices(self):
        return channel_choices()

    def wanted_by(self, key):
        return channel(key).credentials if key in CHANNELS else ()

    @display(description=pgettext_lazy("channel", "by"), ordering="channel")
    def by(self, sender):
        return channel_name(sender.channel)

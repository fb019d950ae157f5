"""The desks for messages: what was sent or not and why, and who wants none."""

from datetime import datetime

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from alerts import manners_admin as _manners  # noqa: F401  registers its desk
from alerts import quiet_admin as _quiet  # noqa: F401  registers its desk
from alerts import senders_admin as _senders  # noqa: F401  registers its desk
from alerts import texts_admin as _texts  # noqa: F401  registers its desk
from alerts.channels import channel_choices
from alerts.models import Alert, Suppressed, Suppression
from alerts.services import suppress
from alerts.states import State
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


def _until(due_at: datetime) -> str:
    return pgettext("it waits", "Until %s") % date_format(timezone.localtime(due_at), "DATETIME_FORMAT")


def channel_name(key: str) -> str:
    """The channel's name for people; the key itself for one that is not there any more."""
    return dict(channel_choices()).get(key, key)


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "trigger", "by", "address", "how", "why", "order", "shipment"]
    list_select_related = ["order", "shipment"]
    list_filter = ["state", "trigger", ChannelFilter, "reason", "held", "is_test", "created_at"]
    search_fields = ["=address", "^shipment__tracking_number", "^order__number"]
    show_full_result_count = False
    fieldsets = [
        (None, {"fields": [("trigger", "is_test"), ("order", "shipment"), ("by", "address", "language")]}),
        (
            _("How it went"),
            {
                "fields": [
                    ("how", "reason", "held"),
                    "told_in",
                    ("error", "error_detail"),
                    ("attempts", "provider", "provider_id"),
                ]
            },
        ),
        (
            _("When"),
            {
                "fields": [
                    ("happened", "heard", "created_at"),
                    ("due_at", "sent_at"),
                    ("delivered_at", "opened_at", "forgotten_at"),
                ]
            },
        ),
        (_("Words"), {"fields": ["subject", "body_text"]}),
    ]
    readonly_fields = ["by", "how", "happened", "heard"]

    @display(description=pgettext_lazy("channel", "by"), ordering="channel")
    def by(self, alert):
        return channel_name(alert.channel)

    @display(description=_("state"), ordering="state")
    def how(self, alert):
        return badge(alert.get_state_display(), STATE_BADGES[alert.state])

    @display(description=_("why"))
    def why(self, alert):
        """Why it was not sent, or why it waited; of one that still waits, until when."""
        told = alert.get_reason_display() or alert.get_held_display()
        return format_html("{}<br>{}", told, _until(alert.due_at)) if alert.held and alert.due_at else told

    @display(description=_("happened"))
    def happened(self, alert):
        return alert.change and alert.change.occurred_at

    @display(description=_("heard"))
    def heard(self, alert):
        return alert.change and alert.change.heard_at


class SuppressionForm(MerchantForm):
    channel = forms.ChoiceField(label=_("By"), choices=channel_choices, widget=UnfoldAdminSelectWidget)


@admin.register(Suppression)
class SuppressionAdmin(MerchantScopedAdmin):
    """Staff may suppress an address, and take back what staff decided; what a shopper said, they may not undo."""

    form = SuppressionForm
    about = _("Your shop sends nothing to these addresses.")
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

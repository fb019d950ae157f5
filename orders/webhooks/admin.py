"""The desks for webhooks: which systems are told, and what they were told."""

import json

from django import forms
from django.contrib import admin, messages
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from orders.desk import badge, pretty_json, raw_text, turn_to
from orders.models import ChangeKind, Role, WebhookDelivery, WebhookEndpoint, WebhookState
from orders.tenancy import MerchantForm, MerchantScopedAdmin, ReadOnlyAdmin, changeable
from orders.webhooks.services import forget_old_secret, resume, rotate_secret, send_again, send_test

DELIVERY_BADGES = {
    WebhookState.WAITING: "info",
    WebhookState.DELIVERED: "success",
    WebhookState.FAILED: "danger",
}
# What nobody but the form's reader writes: workers write to such a row all the time.
ASKED = ["url", "kinds", "active"]


class WebhookForm(MerchantForm):
    kinds = forms.MultipleChoiceField(
        label=_("Told of"),
        choices=ChangeKind,
        initial=ChangeKind.values,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(MerchantScopedAdmin):
    form = WebhookForm
    change_roles = (Role.OWNER,)
    list_display = ["url", "told_of", "state", "last_success_at", "last_error"]
    list_filter = ["active", ("paused_at", admin.EmptyFieldListFilter)]
    search_fields = ["url"]
    readonly_fields = ["state", "failures", "failing_since", "paused_at", "last_success_at", "last_error"]
    actions = ["resume"]
    actions_detail = [
        "send_test",
        "resume_this",
        {"title": _("Secret"), "icon": "key", "items": ["rotate_secret", "forget_old_secret"]},
    ]

    def get_sections(self, request, obj=None):
        asked = (None, {"fields": ASKED})
        shown = [("state", "failures"), ("last_success_at", "failing_since", "paused_at"), "last_error"]
        return [asked, (_("State"), {"fields": shown})] if obj else [asked]

    def save_model(self, request, obj, form, change):
        if change:
            obj.save(update_fields=[name for name in ASKED if name in form.changed_data])
            return
        super().save_model(request, obj, form, change)
        self._tell_secret(request, obj.secrets[0])

    # Shown

    @display(description=_("told of"))
    def told_of(self, endpoint):
        return ", ".join(str(ChangeKind(kind).label) for kind in endpoint.kinds)

    @display(description=_("state"))
    def state(self, endpoint):
        return badge(*state_of(endpoint))

    # Buttons

    @action(description=_("Resume"), permissions=["act"])
    def resume(self, request, queryset):
        count = resume(changeable(queryset, request.user, self.change_roles))
        told = ngettext("%d webhook gets news again.", "%d webhooks get news again.", count) % count
        self.message_user(request, told)

    @action(
        description=_("Resume"),
        permissions=["act"],
        icon="play_arrow",
        dialog={"title": _("Resume"), "description": _("Ends the pause, and sends at once what waits.")},
    )
    def resume_this(self, request, form, object_id):
        resume(WebhookEndpoint.objects.filter(pk=self._found(request, object_id).pk))
        self.message_user(request, _("The webhook gets news again."))
        return self._back(request, object_id)

    @action(
        description=_("Send a test"),
        permissions=["act"],
        icon="send",
        dialog={"title": _("Send a test"), "description": _("A webhook of the kind “test”, about no parcel.")},
    )
    def send_test(self, request, form, object_id):
        made = send_test(self._found(request, object_id))
        self.message_user(request, _("The test is on its way."))
        return turn_to(request, reverse("admin:orders_webhookdelivery_change", args=[made.pk]))

    @action(
        description=_("Change the secret"),
        permissions=["act"],
        icon="key",
        dialog={
            "title": _("Change the secret"),
            "description": _("The last secret signs beside the new one until you remove it, so that no news is lost."),
        },
    )
    def rotate_secret(self, request, form, object_id):
        self._tell_secret(request, rotate_secret(self._found(request, object_id)))
        return self._back(request, object_id)

    @action(
        description=_("Remove the old secret"),
        permissions=["act"],
        icon="key_off",
        dialog={
            "title": _("Remove the old secret"),
            "description": _("Only the newest signs from now on: your system must know it already."),
        },
    )
    def forget_old_secret(self, request, form, object_id):
        forget_old_secret(self._found(request, object_id))
        self.message_user(request, _("Only the newest secret signs now."))
        return self._back(request, object_id)

    def _tell_secret(self, request, secret):
        told = _("The webhook's secret, which is shown only now: %(secret)s") % {"secret": secret}
        self.message_user(request, told, messages.WARNING)

    def _found(self, request, object_id):
        endpoint = self.get_object(request, object_id)
        if endpoint is None:
            raise Http404
        return endpoint

    def _back(self, request, object_id):
        return turn_to(request, reverse("admin:orders_webhookendpoint_change", args=[object_id]))


def state_of(endpoint: WebhookEndpoint) -> tuple[str, str]:
    """The endpoint's state in words and the tone of its badge, the worst first."""
    if not endpoint.active:
        return _("Off"), "default"
    if endpoint.paused_at:
        return _("Paused"), "danger"
    if endpoint.failures:
        return _("Not answering"), "warning"
    return (_("Answering"), "success") if endpoint.last_success_at else (_("Not told yet"), "default")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "endpoint", "tells", "how", "answered", "attempts", "error"]
    list_select_related = ["endpoint", "change__shipment"]
    list_filter = ["state", "endpoint", "change__kind", "created_at"]
    search_fields = ["^change__shipment__tracking_number", "=uuid"]
    show_full_result_count = False
    fieldsets = [
        (None, {"fields": [("endpoint", "tells"), "uuid"]}),
        (_("How it went"), {"fields": [("how", "attempts"), ("answered", "error"), "came_back"]}),
        (_("When"), {"fields": [("created_at", "queued_at"), ("due_at", "delivered_at")]}),
        (_("Body"), {"fields": ["sent"]}),
    ]
    readonly_fields = ["tells", "how", "uuid", "came_back", "sent"]
    actions = ["send_again"]
    actions_detail = ["send_this_again"]

    @display(description=_("tells"))
    def tells(self, delivery):
        change = delivery.change
        return f"{change.shipment}: {change.get_kind_display()} {change}" if change else _("Test")

    @display(description=_("state"), ordering="state")
    def how(self, delivery):
        return badge(delivery.get_state_display(), DELIVERY_BADGES[delivery.state])

    @display(description=_("body"))
    def sent(self, delivery):
        return pretty_json(json.loads(delivery.body or "null"), _("Show what was sent"))

    @display(description=_("answer"))
    def came_back(self, delivery):
        return raw_text(delivery.answer, _("Show what came back")) if delivery.answer else "–"

    @action(description=_("Send again"), permissions=["act"])
    def send_again(self, request, queryset):
        self._again(request, changeable(queryset, request.user))

    @action(
        description=_("Send again"),
        permissions=["act"],
        icon="replay",
        dialog={
            "title": _("Send again"),
            "description": _("The same body with the same id: a system that has it already takes it as the same."),
        },
    )
    def send_this_again(self, request, form, object_id):
        self._again(request, self.get_queryset(request).filter(pk=object_id))
        return turn_to(request, reverse("admin:orders_webhookdelivery_change", args=[object_id]))

    def _again(self, request, deliveries):
        # Fixed before they change their state, by which they may have been chosen.
        ids = list(deliveries.values_list("pk", flat=True))
        count = send_again(WebhookDelivery.objects.filter(pk__in=ids))
        self.message_user(request, ngettext("%d webhook is sent again.", "%d webhooks are sent again.", count) % count)

"""The desks for carrier accounts, for what carriers pushed, for codes nobody has mapped yet, and for disputes."""

from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from carriers.models import (
    CallbackDelivery,
    CarrierAccount,
    CodeMeaning,
    DeliveryState,
    Dispute,
    UnmappedCode,
    new_callback_secrets,
    new_callback_token,
)
from carriers.registry import ADAPTERS, carrier_choices, carrier_class, carrier_name
from carriers.services.callbacks import process_again, process_all_again
from carriers.services.meanings import confirm, withdraw
from carriers.services.subscriptions import callback_url
from orders.credentials import CredentialsAdmin
from orders.desk import badge, pretty_body, pretty_json, turn_to
from orders.models import Role
from orders.tenancy import MerchantForm, MerchantScopedAdmin, ReadOnlyAdmin, changeable

# An account of which no pause and no refusal is remembered.
RESTED = {"refused_at": None, "paused_until": None, "failures": 0, "last_error": ""}

DELIVERY_BADGES = {
    DeliveryState.WAITING: "info",
    DeliveryState.PROCESSED: "success",
    DeliveryState.UNREADABLE: "danger",
    DeliveryState.REJECTED: "warning",
    DeliveryState.FAILED: "danger",
}


class CarrierFilter(admin.SimpleListFilter):
    """The carriers of the person's own rows, by name."""

    title = _("carrier")
    parameter_name = "carrier"

    def lookups(self, request, model_admin):
        keys = model_admin.get_queryset(request).order_by("carrier").values_list("carrier", flat=True).distinct()
        return [(key, carrier_name(key)) for key in keys]

    def queryset(self, request, queryset):
        return queryset.filter(carrier=self.value()) if self.value() else queryset


CALLBACKS = (
    _("Callbacks"),
    {
        "fields": ["callback_url", "console_url"],
        "description": _(
            "Give the first address to the carrier, so that it can push its news here at once. The second is a page "
            "for its engineers: how to push, what came, and how it does."
        ),
    },
)
STATE = (
    _("State"),
    {"fields": [("state", "failures"), ("last_success_at", "refused_at", "paused_until"), "last_error"]},
)


@admin.register(CarrierAccount)
class CarrierAccountAdmin(CredentialsAdmin):
    change_roles = (Role.OWNER,)
    chosen_by = "carrier"
    question = _("Which carrier is the account at? You will be asked for what its API needs.")
    asked = ["calls_per_minute", "calls_per_day", "active"]
    # Asked anew with new credentials: nothing that was true of the old ones is held against them.
    anew = {**RESTED, "access_token": None, "access_token_until": None}
    sections = [CALLBACKS, STATE]
    list_display = ["name", "state", "last_success_at", "last_error"]
    list_filter = ["active", ("refused_at", admin.EmptyFieldListFilter)]
    readonly_fields = [
        "state",
        "callback_url",
        "console_url",
        "paused_until",
        "refused_at",
        "failures",
        "last_error",
        "last_success_at",
    ]
    actions = ["try_again"]
    actions_detail = [
        "try_this_again",
        {
            "title": _("Callback secret"),
            "icon": "key",
            "items": ["reveal_secret", "rotate_secret", "forget_old_secrets"],
        },
        {
            "title": _("Carrier's page"),
            "icon": "contact_page",
            "items": ["open_console", "revoke_console"],
        },
        "process_all_again",
    ]

    def get_choices(self):
        return carrier_choices()

    def wanted_by(self, key):
        # An account may be left of a carrier that is not spoken to any more.
        return (*carrier_class(key).credentials, *self.optional_for(key)) if key in ADAPTERS else ()

    def optional_for(self, key):
        return carrier_class(key).optional_credentials if key in ADAPTERS else ()

    def get_sections(self, request, obj=None):
        sections = super().get_sections(request, obj)
        # Whoever knows the address may knock there: it is for those who give it to the carrier.
        return (
            sections if self.has_change_permission(request, obj) else [part for part in sections if part != CALLBACKS]
        )

    # Shown

    @display(description=_("carrier"), ordering="carrier")
    def name(self, account):
        return carrier_name(account.carrier)

    @display(description=_("state"))
    def state(self, account):
        return badge(*state_of(account))

    @display(description=_("address for callbacks"))
    def callback_url(self, account):
        return _whole(callback_url(account))

    @display(description=_("the carrier's page"))
    def console_url(self, account):
        if not account.console_token:
            return _("None yet: make one by the button above.")
        return _whole(settings.SITE_URL + reverse("carrier-console", args=[account.console_token]))

    # Buttons

    @action(description=_("Try again now"), permissions=["act"])
    def try_again(self, request, queryset):
        count = changeable(queryset, request.user).update(**RESTED)
        told = ngettext("%d account is asked again.", "%d accounts are asked again.", count) % count
        self.message_user(request, told)

    @action(
        description=_("Try again now"),
        permissions=["act"],
        icon="refresh",
        dialog={"title": _("Try again now"), "description": _("Ends the pause, and asks although it was refused.")},
    )
    def try_this_again(self, request, form, object_id):
        CarrierAccount.objects.filter(pk=self._found(request, object_id).pk).update(**RESTED)
        self.message_user(request, _("The pause has ended: the carrier is asked again."))
        return self._back(request, object_id)

    @action(
        description=_("Show the callback secret"),
        permissions=["act"],
        icon="visibility",
        dialog={"title": _("Show the callback secret"), "description": _("Whoever knows it can forge callbacks.")},
    )
    def reveal_secret(self, request, form, object_id):
        self._tell_secret(request, self._found(request, object_id))
        return self._back(request, object_id)

    @action(
        description=_("Change the callback secret"),
        permissions=["act"],
        icon="key",
        dialog={
            "title": _("Change the callback secret"),
            "description": _("The old secret stays valid until you remove it, so that no callback is lost."),
        },
    )
    def rotate_secret(self, request, form, object_id):
        account = self._found(request, object_id)
        account.callback_secrets = [*new_callback_secrets(), *account.callback_secrets]
        account.save(update_fields=["callback_secrets"])
        self._tell_secret(request, account)
        return self._back(request, object_id)

    @action(
        description=_("Remove old callback secrets"),
        permissions=["act"],
        icon="key_off",
        dialog={
            "title": _("Remove old callback secrets"),
            "description": _("Only the newest stays valid: the carrier must be using it already."),
        },
    )
    def forget_old_secrets(self, request, form, object_id):
        account = self._found(request, object_id)
        account.callback_secrets = account.callback_secrets[:1]
        account.save(update_fields=["callback_secrets"])
        self.message_user(request, _("Only the newest callback secret is valid now."))
        return self._back(request, object_id)

    @action(
        description=_("Make a new link"),
        permissions=["act"],
        icon="add_link",
        dialog={
            "title": _("Make a new link to the carrier's page"),
            "description": _("Whoever has it can see the page. An older link stops working."),
        },
    )
    def open_console(self, request, form, object_id):
        self._set_console(request, object_id, new_callback_token())
        self.message_user(request, _("The carrier's page is at the address below."))
        return self._back(request, object_id)

    @action(
        description=_("Revoke the link"),
        permissions=["act"],
        icon="link_off",
        dialog={"title": _("Revoke the link"), "description": _("Nobody can see the carrier's page any more.")},
    )
    def revoke_console(self, request, form, object_id):
        self._set_console(request, object_id, None)
        self.message_user(request, _("The link was revoked."))
        return self._back(request, object_id)

    @action(
        description=_("Process failed callbacks again"),
        permissions=["act"],
        icon="replay",
        dialog={
            "title": _("Process failed callbacks again"),
            "description": _(
                "All that were unreadable or given up, and the rejected ones that the account's secret can verify now."
            ),
        },
    )
    def process_all_again(self, request, form, object_id):
        account = self._found(request, object_id)
        _tell_queued(self, request, process_all_again(account), account.deliveries.all())
        return self._back(request, object_id)

    def _set_console(self, request, object_id, token):
        CarrierAccount.objects.filter(pk=self._found(request, object_id).pk).update(console_token=token)

    def _tell_secret(self, request, account):
        told = _("The callback secret, which is shown only now: %(secret)s") % {"secret": account.callback_secrets[0]}
        self.message_user(request, told, messages.WARNING)

    def _found(self, request, object_id):
        account = self.get_object(request, object_id)
        if account is None:
            raise Http404
        return account

    def _back(self, request, object_id):
        return turn_to(request, reverse("admin:carriers_carrieraccount_change", args=[object_id]))


def state_of(account: CarrierAccount) -> tuple[str, str]:
    """The account's state in words and the tone of its badge, the worst first."""
    if not account.active:
        return _("Off"), "default"
    if account.refused_at:
        return _("Refused: check the credentials"), "danger"
    if account.paused_until and account.paused_until > timezone.now():
        return _("Paused"), "warning"
    if account.failures:
        return _("Not answering"), "warning"
    return (_("Answering"), "success") if account.last_success_at else (_("Not asked yet"), "default")


def _whole(url: str):
    """An address that one click selects whole, to be copied."""
    return format_html('<code style="user-select: all">{}</code>', url)


# What carriers told


@admin.register(CallbackDelivery)
class CallbackDeliveryAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "account", "how", "is_test", "numbers", "repeats", "error"]
    list_select_related = ["account"]
    list_filter = ["state", "account", "is_test", "received_at"]
    search_fields = ["^numbers", "error"]
    fields = [
        "received_at",
        "account",
        "how",
        "failed_check",
        "error",
        "numbers",
        "attempts",
        "repeats",
        "processed_at",
        ("answered", "took_ms", "is_test"),
        "sent",
        "head",
    ]
    readonly_fields = [*fields[:-3], "answered", "took_ms", "is_test", "sent", "head"]
    actions = ["process_again"]
    actions_detail = ["process_this_again"]

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        # A page of bodies is megabytes; only the page of one callback shows its own.
        return rows.defer("body") if request.resolver_match.url_name.endswith("_changelist") else rows

    @display(description=_("state"), ordering="state")
    def how(self, delivery):
        return badge(delivery.get_state_display(), DELIVERY_BADGES[delivery.state])

    @display(description=_("body"))
    def sent(self, delivery):
        return pretty_body(delivery.body)

    @display(description=_("headers"))
    def head(self, delivery):
        return pretty_json(delivery.headers, _("Show the headers"))

    @action(description=_("Process again"), permissions=["act"])
    def process_again(self, request, queryset):
        self._again(request, changeable(queryset, request.user))

    @action(
        description=_("Process again"),
        permissions=["act"],
        icon="replay",
        dialog={
            "title": _("Process again"),
            "description": _("A rejected one is taken in only if the account's secret can verify it now."),
        },
    )
    def process_this_again(self, request, form, object_id):
        self._again(request, self.get_queryset(request).filter(pk=object_id))
        return turn_to(request, reverse("admin:carriers_callbackdelivery_change", args=[object_id]))

    def _again(self, request, deliveries):
        # Fixed before they change their state, by which they may have been chosen.
        ids = list(deliveries.values_list("pk", flat=True))
        _tell_queued(self, request, process_again(ids), CallbackDelivery.objects.filter(pk__in=ids))


def _tell_queued(desk, request, count: int, chosen) -> None:
    desk.message_user(request, ngettext("%d callback waits.", "%d callbacks wait.", count) % count)
    if refused := chosen.filter(state=DeliveryState.REJECTED).count():
        told = ngettext(
            "%(count)d stays rejected: it cannot be shown to be the carrier's.",
            "%(count)d stay rejected: they cannot be shown to be the carrier's.",
            refused,
        ) % {"count": refused}
        desk.message_user(request, told, messages.WARNING)


# What carriers mean


@admin.register(UnmappedCode)
class UnmappedCodeAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "description", "count", "last_at"]
    list_filter = [CarrierFilter]
    search_fields = ["^code", "description"]
    fields = ["name", "code", "description", "count", "first_at", "last_at"]
    readonly_fields = fields
    actions_detail = ["say_what_it_means"]

    @display(description=_("carrier"), ordering="carrier")
    def name(self, unmapped):
        return carrier_name(unmapped.carrier)

    @action(description=_("Say what it means"), permissions=["act"], icon="edit_note")
    def say_what_it_means(self, request, object_id):
        unmapped = self.get_object(request, object_id)
        told = {"merchant": unmapped.merchant_id, "carrier": unmapped.carrier, "code": unmapped.code}
        known = CodeMeaning.objects.filter(**told).first()
        if known:
            return turn_to(request, reverse("admin:carriers_codemeaning_change", args=[known.pk]))
        return turn_to(request, f"{reverse('admin:carriers_codemeaning_add')}?{urlencode(told)}")


class CodeMeaningForm(MerchantForm):
    carrier = forms.ChoiceField(label=_("Carrier"), choices=carrier_choices, widget=UnfoldAdminSelectWidget)


@admin.register(CodeMeaning)
class CodeMeaningAdmin(MerchantScopedAdmin):
    """A carrier suggests, the shop confirms. What the shop writes itself needs no other word."""

    form = CodeMeaningForm
    list_display = ["code", "name", "meaning", "suggested_by", "state", "note"]
    list_filter = [CarrierFilter, ("confirmed_at", admin.EmptyFieldListFilter), "suggested_by"]
    search_fields = ["^code", "note"]
    fields = ["carrier", "code", "status", "reason", "note", "suggested_by", "suggested_at", "state"]
    readonly_fields = ["suggested_by", "suggested_at", "state"]
    actions = ["confirm", "withdraw"]

    @display(description=_("carrier"), ordering="carrier")
    def name(self, meaning):
        return carrier_name(meaning.carrier)

    @display(description=_("means"), ordering="status")
    def meaning(self, meaning):
        return ", ".join(filter(None, (meaning.get_status_display(), meaning.get_reason_display())))

    @display(description=_("state"), ordering="confirmed_at")
    def state(self, meaning):
        return badge(_("Confirmed"), "success") if meaning.confirmed_at else badge(_("To be confirmed"), "warning")

    @action(description=_("Confirm"), permissions=["act"])
    def confirm(self, request, queryset):
        count = confirm(changeable(queryset, request.user), request.user)
        told = ngettext("%d code is read so from now on.", "%d codes are read so from now on.", count) % count
        self.message_user(request, told)

    @action(description=_("Do not read them so"), permissions=["act"])
    def withdraw(self, request, queryset):
        count = withdraw(changeable(queryset, request.user))
        told = ngettext("%d code says nothing again.", "%d codes say nothing again.", count) % count
        self.message_user(request, told)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.confirmed_at, obj.confirmed_by = timezone.now(), request.user
        super().save_model(request, obj, form, change)


@admin.register(Dispute)
class DisputeAdmin(MerchantScopedAdmin):
    """What a carrier wrote stays as it is; the answer stands on the carrier's page."""

    list_display = ["created_at", "account", "text", "is_answered"]
    list_filter = [("answered_at", admin.EmptyFieldListFilter), "account"]
    list_select_related = ["account"]
    fields = ["account", "created_at", "text", "contact", "answer", "answered_at"]
    readonly_fields = ["account", "created_at", "text", "contact", "answered_at"]

    def has_add_permission(self, request, obj=None):
        return False

    @display(description=_("answered"), boolean=True)
    def is_answered(self, dispute):
        return dispute.answered_at is not None

    def save_model(self, request, obj, form, change):
        obj.answered_at = timezone.now() if obj.answer else None
        obj.save(update_fields=["answer", "answered_at"])

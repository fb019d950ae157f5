"""The desks for carrier accounts, for what carriers pushed, and for codes nobody has mapped yet."""

from django.conf import settings
from django.contrib import admin, messages
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from carriers.models import CallbackDelivery, CarrierAccount, DeliveryState, UnmappedCode, new_callback_secrets
from carriers.registry import ADAPTERS, carrier_choices, carrier_class, carrier_name
from carriers.services.callbacks import process_again
from orders.credentials import CredentialsAdmin
from orders.desk import badge, pretty_body, pretty_json, turn_to
from orders.models import Role
from orders.tenancy import ReadOnlyAdmin, changeable

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
        "fields": ["callback_url"],
        "description": _("Give this address to the carrier, so that it can push its news here at once."),
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
    asked = ["calls_per_minute", "active"]
    # Asked anew with new credentials: nothing that was true of the old ones is held against them.
    anew = {**RESTED, "access_token": None, "access_token_until": None}
    sections = [CALLBACKS, STATE]
    list_display = ["name", "state", "last_success_at", "last_error"]
    list_filter = ["active", ("refused_at", admin.EmptyFieldListFilter)]
    readonly_fields = [
        "state",
        "callback_url",
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
    ]

    def get_choices(self):
        return carrier_choices()

    def wanted_by(self, key):
        # An account may be left of a carrier that is not spoken to any more.
        return tuple(carrier_class(key).credentials) if key in ADAPTERS else ()

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
        return settings.SITE_URL + reverse("carrier-callback", args=[account.carrier, account.callback_token])

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


# What carriers told


@admin.register(CallbackDelivery)
class CallbackDeliveryAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "account", "how", "numbers", "repeats", "error"]
    list_select_related = ["account"]
    list_filter = ["state", "received_at"]
    search_fields = ["^numbers", "error"]
    fields = [
        "received_at",
        "account",
        "how",
        "error",
        "numbers",
        "attempts",
        "repeats",
        "processed_at",
        "sent",
        "head",
    ]
    readonly_fields = fields
    actions = ["process_again"]

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
        deliveries = changeable(queryset, request.user)
        count = process_again(list(deliveries.values_list("pk", flat=True)))
        self.message_user(request, ngettext("%d callback waits.", "%d callbacks wait.", count) % count)
        if refused := deliveries.filter(state=DeliveryState.REJECTED).count():
            told = ngettext(
                "%(count)d stays rejected: it cannot be shown to be the carrier's.",
                "%(count)d stay rejected: they cannot be shown to be the carrier's.",
                refused,
            ) % {"count": refused}
            self.message_user(request, told, messages.WARNING)


@admin.register(UnmappedCode)
class UnmappedCodeAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "description", "count", "last_at"]
    list_filter = [CarrierFilter]
    search_fields = ["^code", "description"]
    fields = ["name", "code", "description", "count", "first_at", "last_at"]
    readonly_fields = fields

    @display(description=_("carrier"), ordering="carrier")
    def name(self, unmapped):
        return carrier_name(unmapped.carrier)

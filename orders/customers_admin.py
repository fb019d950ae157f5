"""The desk for shoppers: how they are reached, what they agreed to, and forgetting those who ask for it."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from orders.desk import turn_to
from orders.models import AskedAt, Consent, Customer, Purpose, Role
from orders.services import consents
from orders.services.erasure import erase_customer
from orders.tenancy import MerchantScopedAdmin, ReadOnlyInline


def channels() -> list[tuple[str, str]]:
    # Orders knows no sibling: the settings name who can tell the channels there are.
    return import_string(settings.CHANNEL_CHOICES)()


class ConsentForm(BaseDialogForm):
    """What a shopper told the shop's staff."""

    channel = forms.ChoiceField(label=_("By"), choices=channels, widget=UnfoldAdminSelectWidget)
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose, widget=UnfoldAdminSelectWidget)


class AgreementForm(ConsentForm):
    wording = forms.CharField(
        label=_("What was agreed to"),
        max_length=2000,
        widget=UnfoldAdminTextareaWidget,
        help_text=_("Word for word, and how it was said: it is the proof."),
    )


class ConsentInline(ReadOnlyInline):
    model = Consent
    show_title = False
    verbose_name_plural = _("consents, the newest on top")
    fields = readonly_fields = ["by", "purpose", "given_at", "given_where", "wording", "withdrawn_at"]

    @display(description=pgettext_lazy("channel", "by"))
    def by(self, consent):
        return dict(channels()).get(consent.channel, consent.channel)


@admin.register(Customer)
class CustomerAdmin(MerchantScopedAdmin):
    list_display = ["__str__", "email", "phone", "language"]
    list_filter = ["language", ("erased_at", admin.EmptyFieldListFilter)]
    search_fields = ["=email", "^name", "=phone"]
    fieldsets = [
        (None, {"fields": ["name", "email", "phone"]}),
        (_("Place and language"), {"fields": ["language", "time_zone"]}),
    ]
    inlines = [ConsentInline]
    actions_detail = ["agreed", "withdrew", "forget"]

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not getattr(obj, "erased_at", None)

    def has_erase_permission(self, request, obj=None):
        return self.has_role(request, (Role.OWNER,), obj)

    @action(
        description=_("Note a consent"),
        permissions=["act"],
        icon="check",
        dialog={
            "title": _("Note a consent"),
            "description": _("What the shopper agreed to, told to you."),
            "form_class": AgreementForm,
        },
    )
    def agreed(self, request, form, object_id):
        told = form.cleaned_data
        customer = self.get_object(request, object_id)
        given = consents.give(
            customer, told["channel"], Purpose(told["purpose"]), where=AskedAt.STAFF, wording=told["wording"]
        )
        if given is None:
            self.message_user(request, _("This shopper was forgotten."), messages.ERROR)
        return self._turn_back(request, object_id)

    @action(
        description=_("Withdraw a consent"),
        permissions=["act"],
        icon="block",
        dialog={
            "title": _("Withdraw a consent"),
            "description": _("It stays on record that it was given."),
            "form_class": ConsentForm,
        },
    )
    def withdrew(self, request, form, object_id):
        told = form.cleaned_data
        customer = self.get_object(request, object_id)
        if not consents.withdraw(customer, told["channel"], Purpose(told["purpose"])):
            self.message_user(request, _("There was no such consent."), messages.WARNING)
        return self._turn_back(request, object_id)

    @action(
        description=_("Forget the shopper"),
        permissions=["erase"],
        icon="person_off",
        dialog={
            "title": _("Forget the shopper for good?"),
            "description": _(
                "Name, addresses, consents and the words of all messages are erased, and the links to the parcels stop"
                " working. The orders and the figures stay, without whose they were. This cannot be undone."
            ),
        },
    )
    def forget(self, request, form, object_id):
        erase_customer(int(object_id))
        self.message_user(request, _("The shopper was forgotten."))
        return self._turn_back(request, object_id)

    def _turn_back(self, request, object_id):
        return turn_to(request, reverse("admin:orders_customer_change", args=[object_id]))

"""The desks for what was bought and by whom, for the shop itself and for its people.

The desk for parcels is in tracker/admin.py: it puts together what several apps know.
"""

import secrets

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from modeltranslation.admin import TranslationAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminColorInputWidget, UnfoldAdminEmailInputWidget

from orders import customers_admin as _customers  # noqa: F401  registers its desk
from orders import risk_admin
from orders import rules_admin as _rules  # noqa: F401  registers its desk
from orders.desk import language_tabs, turn_to
from orders.models import (
    ApiKey,
    Case,
    Membership,
    Merchant,
    MerchantDomain,
    Notice,
    Order,
    OrderItem,
    Product,
    Role,
    Shipment,
)
from orders.news_admin import OrderNewsInline, RefundInline, TellsNews
from orders.portal import portal_url
from orders.services.cases import CaseRefused, answer_case, close_case, not_of_this_order, open_case
from orders.tenancy import (
    MerchantForm,
    MerchantScopedAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    ScopedTabularInline,
    changeable,
)
from orders.webhooks import admin as _webhooks  # noqa: F401  registers its desks

NO_POSTAL_ADDRESS = _(
    "The shop has no postal address: it stands at the foot of every e-mail, where the law of many countries wants it."
)
# What the shopper's browser keeps until the brand's version changes.
BRAND_FIELDS = {"logo", "primary_colour", "accent_colour", "background_colour", "font", "radius"}


# The shop and its people


class DomainInline(ScopedTabularInline):
    """A host name needs DNS and a certificate, and must not be somebody else's: the operator's to give."""

    model = MerchantDomain
    exclude = []

    def has_add_permission(self, request, obj=None):
        return request.user.is_superuser

    has_change_permission = has_delete_permission = has_add_permission


class BrandForm(forms.ModelForm):
    class Meta:
        widgets = {
            "primary_colour": UnfoldAdminColorInputWidget(attrs={"type": "color"}),
            "accent_colour": UnfoldAdminColorInputWidget(attrs={"type": "color"}),
            "background_colour": UnfoldAdminColorInputWidget(attrs={"type": "color"}),
        }


@admin.register(Merchant)
class MerchantAdmin(MerchantScopedAdmin, TranslationAdmin):
    form = BrandForm
    change_roles = (Role.OWNER,)
    list_display = ["name", "slug", "default_language", "time_zone", "portal"]
    search_fields = ["name", "slug"]
    inlines = [DomainInline]
    fieldsets = [
        (None, {"fields": ["name", "slug", "website", "portal"]}),
        (
            _("Brand"),
            {"fields": ["logo", ("primary_colour", "accent_colour", "background_colour"), ("font", "radius")]},
        ),
        (_("Place and language"), {"fields": ["country", "time_zone", "default_language"]}),
        (_("Support"), {"fields": ["support_email", "support_phone", "postal_address"]}),
        (_("Senders"), {"fields": ["email_from", ("sms_from", "sms_part_price")]}),
        (_("Keeping"), {"fields": ["messages_kept_days"]}),
        (
            _("Promise and risk"),
            {"fields": [("delivery_days_min", "delivery_days_max"), "sureness"]},
        ),
        *language_tabs(Merchant),
    ]

    def has_add_permission(self, request, obj=None):
        return request.user.is_superuser

    has_delete_permission = has_add_permission

    def get_readonly_fields(self, request, obj=None):
        # The short name stands in links that shoppers already have.
        return ["portal", "sureness"] if request.user.is_superuser else ["portal", "sureness", "slug"]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not obj.postal_address:
            self.message_user(request, NO_POSTAL_ADDRESS, messages.WARNING)
        if change and BRAND_FIELDS & {*form.changed_data}:
            Merchant.objects.filter(pk=obj.pk).update(brand_version=F("brand_version") + 1)

    @display(description=_("portal"))
    def portal(self, merchant):
        if not merchant.pk:
            return _("Shown once the shop is saved.")
        url = portal_url(merchant) + reverse("lookup", args=[merchant.slug])
        return format_html('<a class="text-link" href="{}" target="_blank" rel="noopener">{}</a>', url, url)

    @display(description=_("how sure before we write"))
    def sureness(self, merchant):
        chosen = risk_admin.present_choice(merchant)
        if not merchant.pk:
            return chosen
        url = f"{reverse('admin:orders_learnedtransit_changelist')}?shop={merchant.slug}"
        what = _("See what each choice brings, and choose.")
        return format_html('{}. <a class="text-link" href="{}">{}</a>', chosen, url, what)


class MembershipForm(MerchantForm):
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        widget=UnfoldAdminEmailInputWidget,
        help_text=_("Somebody without an account gets one: their first password is shown once, after saving."),
    )

    def clean(self):
        cleaned = super().clean()
        if self.instance.pk is None:
            self._check_newcomer(cleaned)
        elif cleaned.get("role") != Role.OWNER and is_last_owner(self.instance):
            self.add_error("role", _("This is the shop's only owner: make somebody else an owner first."))
        return cleaned

    def _check_newcomer(self, cleaned):
        email = cleaned.get("email")
        if not email:
            self.add_error("email", _("Write the e-mail of the person who is to work here."))
        elif Membership.objects.filter(account_of(email, "user__"), merchant=cleaned.get("merchant")).exists():
            self.add_error("email", _("This person works here already: change their role instead."))


@admin.register(Membership)
class MembershipAdmin(MerchantScopedAdmin):
    form = MembershipForm
    change_roles = (Role.OWNER,)
    list_display = ["user", "role"]
    list_select_related = ["user"]
    list_filter = ["role"]
    search_fields = ["user__username", "user__email"]
    readonly_fields = ["user"]

    def get_fields(self, request, obj=None):
        return ["user", "role"] if obj else ["email", "role"]

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and is_last_owner(obj))

    def save_model(self, request, obj, form, change):
        if not change:
            obj.user = self._newcomer(request, form.cleaned_data["email"])
        super().save_model(request, obj, form, change)

    def _newcomer(self, request, email):
        user_model = get_user_model()
        known = user_model.objects.filter(account_of(email)).first()
        if known:
            return known
        password = secrets.token_urlsafe(12)
        made = user_model.objects.create_user(username=email.lower(), email=email, password=password, is_staff=True)
        self.message_user(
            request,
            _("Give %(email)s this password, which is shown only now: %(password)s")
            % {"email": email, "password": password},
            messages.WARNING,
        )
        return made


def account_of(email: str, at: str = "") -> Q:
    """The account of the person with this e-mail; `at` is the way to the user, with its underscores."""
    return Q(**{f"{at}email__iexact": email}) | Q(**{f"{at}username__iexact": email})


def is_last_owner(membership: Membership) -> bool:
    owners = Membership.objects.filter(merchant_id=membership.merchant_id, role=Role.OWNER)
    return set(owners.values_list("pk", flat=True)) == {membership.pk}


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    change_roles = (Role.OWNER,)
    list_display = ["name", "created_at", "last_used_at", "revoked_at"]
    fields = ["name", "created_at", "last_used_at", "revoked_at"]
    readonly_fields = ["created_at", "last_used_at", "revoked_at"]
    actions = ["revoke"]

    def has_add_permission(self, request, obj=None):
        return self.has_act_permission(request)

    def save_model(self, request, obj, form, change):
        issued, key = ApiKey.issue(obj.merchant, obj.name)
        obj.pk, obj.digest = issued.pk, issued.digest
        self.message_user(
            request, _("Your new API key, which is shown only now: %(key)s") % {"key": key}, messages.WARNING
        )

    @action(description=_("Revoke"), permissions=["act"])
    def revoke(self, request, queryset):
        keys = changeable(queryset, request.user, self.change_roles).filter(revoked_at__isnull=True)
        count = keys.update(revoked_at=timezone.now())
        self.message_user(request, ngettext("%d key was revoked.", "%d keys were revoked.", count) % count)


# What was bought


@admin.register(Product)
class ProductAdmin(MerchantScopedAdmin, TranslationAdmin):
    list_display = ["sku", "name", "category"]
    list_filter = ["category"]
    search_fields = ["^sku", "name"]
    fieldsets = [
        (None, {"fields": ["sku", "category", "link", "image", "setup_guide", "video", "warranty_months"]}),
        *language_tabs(Product),
    ]


class OrderItemInline(ScopedTabularInline):
    model = OrderItem
    autocomplete_fields = ["product"]
    fields = ["product", "quantity", "price"]


class ShipmentInline(ReadOnlyInline):
    model = Shipment
    fields = ["tracking_number", "carrier", "status", "risk", "last_event_at"]
    readonly_fields = fields
    show_change_link = True


@admin.register(Order)
class OrderAdmin(TellsNews, MerchantScopedAdmin):
    list_display = ["number", "customer", "placed_at", "total", "currency"]
    list_select_related = ["customer"]
    list_filter = ["placed_at", "language"]
    search_fields = ["^number", "=customer__email"]
    date_hierarchy = "placed_at"
    autocomplete_fields = ["customer"]
    fields = ["number", "customer", "placed_at", ("total", "currency"), "language", "postcode"]
    inlines = [OrderItemInline, ShipmentInline, RefundInline, OrderNewsInline]


# What went wrong


class CaseForm(MerchantForm):
    class Meta:
        help_texts = {"answer": _("The shopper is told of it, in your words.")}

    def clean(self):
        cleaned = super().clean()
        shipment, order = cleaned.get("shipment"), cleaned.get("order")
        if shipment and order and shipment.order_id != order.pk:
            self.add_error("shipment", not_of_this_order(shipment, order))
        if "answer" in self.changed_data and not cleaned.get("answer"):
            self.add_error("answer", _("What was answered stays: write something else, or leave it as it is."))
        return cleaned


@admin.register(Case)
class CaseAdmin(MerchantScopedAdmin):
    """What a shopper asked is not rewritten; the shop answers and closes, and the shopper is told of both."""

    form = CaseForm
    list_display = ["kind", "order", "shipment", "opened_at", "answered_at", "closed_at"]
    list_select_related = ["order", "shipment"]
    list_filter = ["kind", ("closed_at", admin.EmptyFieldListFilter), ("answered_at", admin.EmptyFieldListFilter)]
    search_fields = ["^order__number", "=order__customer__email"]
    autocomplete_fields = ["order", "shipment"]
    actions = ["close"]
    actions_detail = ["close_this"]

    def get_fields(self, request, obj=None):
        asked = ["kind", "order", "shipment", "message"]
        return [*asked, "opened_at", "answer", "answered_at", "closed_at"] if obj else asked

    def get_readonly_fields(self, request, obj=None):
        told = [name for name in self.get_fields(request, obj) if name != "answer"] if obj else []
        return [*told, "answer"] if obj and obj.closed_at else told

    def save_model(self, request, obj, form, change):
        if not change:
            obj.pk = open_case(obj.order, obj.kind, obj.message, obj.shipment).pk
        elif "answer" in form.changed_data:
            self._answer(request, obj)

    @action(description=_("Close"), permissions=["act"])
    def close(self, request, queryset):
        cases = changeable(queryset, request.user).values_list("pk", flat=True)
        count = sum(close_case(pk) for pk in cases)
        self.message_user(request, ngettext("%d case was closed.", "%d cases were closed.", count) % count)

    @action(
        description=_("Close"),
        permissions=["act"],
        icon="done",
        dialog={"title": _("Close"), "description": _("The shopper is told that it is settled.")},
    )
    def close_this(self, request, form, object_id):
        self.close(request, Case.objects.filter(pk=object_id))
        return turn_to(request, reverse("admin:orders_case_change", args=[object_id]))

    def _answer(self, request, case):
        try:
            answer_case(case.pk, case.answer)
        except CaseRefused as refused:  # closed by somebody else meanwhile
            self.message_user(request, str(refused), messages.ERROR)


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ["kind", "subject", "count", "last_at", "settled_at"]
    list_filter = [("settled_at", admin.EmptyFieldListFilter), "kind"]
    search_fields = ["subject", "detail"]
    fields = ["kind", "subject", "detail", "count", "first_at", "last_at", "settled_at"]
    actions = ["settle"]

    @action(description=_("Mark as settled"), permissions=["act"])
    def settle(self, request, queryset):
        notices = changeable(queryset, request.user).filter(settled_at__isnull=True)
        count = notices.update(settled_at=timezone.now())
        self.message_user(request, ngettext("%d notice was settled.", "%d notices were settled.", count) % count)

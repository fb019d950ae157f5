"""Who may see and change which merchant's rows. Every query that can show rows to a person goes through here."""

from datetime import timedelta

from django import forms
from django.contrib.admin import RelatedOnlyFieldListFilter
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import authentication, exceptions, permissions, throttling
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.forms import PaginationInlineFormSet

from orders.models import ApiKey, Membership, Merchant, Role

CAN_CHANGE = (Role.OWNER, Role.STAFF)
LAST_USE_IS_KEPT_EVERY = timedelta(minutes=1)


def merchants_of(user) -> QuerySet[Merchant]:
    """The merchants this person works for; all of them for the operator (a superuser)."""
    if not user.is_active:
        return Merchant.objects.none()
    if user.is_superuser:
        return Merchant.objects.all()
    return Merchant.objects.filter(memberships__user=user)


def scoped(rows: QuerySet, user) -> QuerySet:
    """Only this person's merchants' rows. Works for any model with `merchant`, and for Merchant itself."""
    return _of_merchants(rows, merchants_of(user), user)


def changeable(rows: QuerySet, user, roles=CAN_CHANGE) -> QuerySet:
    """Only the rows of merchants at which this person has one of these roles."""
    return _of_merchants(rows, Merchant.objects.filter(memberships__user=user, memberships__role__in=roles), user)


def roles_of(user) -> dict[int, str]:
    """A person's role at each of their merchants, by the merchant's id; asked for once in a request."""
    if not hasattr(user, "_roles"):
        user._roles = dict(Membership.objects.filter(user=user).values_list("merchant_id", "role"))
    return user._roles


def works_for_several(user) -> bool:
    """Whether rows need their merchant's name beside them."""
    return user.is_superuser or len(roles_of(user)) > 1


def is_tenant_owned(model: type[Model]) -> bool:
    """Whether the rows of this model belong to one merchant (or are merchants)."""
    if model is Merchant:
        return True
    try:
        return model._meta.get_field("merchant").related_model is Merchant
    except FieldDoesNotExist:
        return False


def merchant_id_of(row: Model) -> int | None:
    return row.pk if isinstance(row, Merchant) else row.merchant_id


def _of_merchants(rows: QuerySet, merchants: QuerySet[Merchant], user) -> QuerySet:
    if not user.is_active:
        return rows.none()
    if user.is_superuser:
        return rows
    return rows.filter(**{"pk__in" if rows.model is Merchant else "merchant__in": merchants})


# The admin


class MerchantForm(forms.ModelForm):
    """A form whose row and everything it points to belong to one merchant."""

    def clean(self):
        cleaned = super().clean()
        _refuse_strangers(self, cleaned.get("merchant"))
        return cleaned


class MerchantFormSet(PaginationInlineFormSet):
    """Rows inside another row's page: they belong to that row's merchant."""

    def clean(self):
        super().clean()
        merchant = getattr(self.instance, "merchant", self.instance) if merchant_id_of(self.instance) else None
        for form in self.forms:
            _refuse_strangers(form, merchant)

    def save_new(self, form, commit=True):
        form.instance.merchant_id = merchant_id_of(self.instance)
        return super().save_new(form, commit=commit)


class Scope:
    """What an admin and its inlines share: the rows, the choices and the rights of one person's merchants.

    Rights follow from the Membership's role, not from Django's permissions: `change_roles` add and change,
    `delete_roles` delete, everybody at the merchant sees. The operator may do everything.
    """

    change_roles = CAN_CHANGE
    delete_roles = (Role.OWNER,)

    def get_queryset(self, request):
        return scoped(super().get_queryset(request), request.user)

    def has_module_permission(self, request):
        return self.has_role(request, tuple(Role))

    def has_view_permission(self, request, obj=None):
        return self.has_role(request, tuple(Role), obj)

    def has_add_permission(self, request, obj=None):
        return self.has_role(request, self.change_roles, obj)

    def has_change_permission(self, request, obj=None):
        return self.has_role(request, self.change_roles, obj)

    def has_delete_permission(self, request, obj=None):
        return self.has_role(request, self.delete_roles, obj)

    def has_role(self, request, roles, obj=None) -> bool:
        """Whether the person has one of these roles at the row's merchant; without a row, at any merchant."""
        user = request.user
        if not user.is_active or user.is_superuser:
            return user.is_active
        if obj is None:
            return any(role in roles for role in roles_of(user).values())
        return roles_of(user).get(merchant_id_of(obj)) in roles

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if is_tenant_owned(db_field.related_model):
            kwargs["queryset"] = self._choices(db_field.related_model, request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if is_tenant_owned(db_field.related_model):
            kwargs["queryset"] = self._choices(db_field.related_model, request)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _choices(self, model, request) -> QuerySet:
        rows = model._default_manager.all()
        if model is Merchant:
            return changeable(rows, request.user, self.change_roles)
        return scoped(rows, request.user)


class MerchantScopedAdmin(Scope, ModelAdmin):
    """The admin of a tenant-owned model. A subclass declares `fieldsets` or `fields`, without `merchant`.

    Who works for one merchant never sees the field: their rows are that merchant's. Who works for several chooses it
    when a row is added; afterwards it stays. `about` is what the list needs to be understood, above all when empty.
    """

    form = MerchantForm
    about = ""
    list_before_template = "admin/_about.html"

    def get_form(self, request, obj=None, change=False, **kwargs):
        if self.model is Merchant:
            return super().get_form(request, obj, change=change, **kwargs)
        # Part of the form even where it is not shown, so that constraints per merchant are checked.
        shown = kwargs.get("fields") or flatten_fieldsets(self.get_fieldsets(request, obj))
        kwargs["fields"] = [*shown, "merchant"]
        form = super().get_form(request, obj, change=change, **kwargs)
        field = form.base_fields.get("merchant")
        if field and obj is not None:
            field.disabled, field.queryset = True, scoped(Merchant.objects.all(), request.user)
        elif field and len(only := field.queryset[:2]) == 1:
            field.disabled, field.initial = True, only[0].pk
        return form

    def get_fieldsets(self, request, obj=None):
        sections = self.get_sections(request, obj)
        return [(None, {"fields": ["merchant"]}), *sections] if self._shows_merchant(request) else sections

    def get_sections(self, request, obj=None):
        """The fieldsets without the merchant's, for a subclass whose fieldsets depend on the row."""
        return super().get_fieldsets(request, obj)

    def get_list_display(self, request):
        columns = list(super().get_list_display(request))
        return [*columns, "merchant"] if self._shows_merchant(request) else columns

    def get_list_select_related(self, request):
        related = super().get_list_select_related(request)
        return [*(related or ()), "merchant"] if self._shows_merchant(request) and related is not True else related

    def get_list_filter(self, request):
        filters = [self._of_own_rows(told) for told in super().get_list_filter(request)]
        return [("merchant", RelatedOnlyFieldListFilter), *filters] if self._shows_merchant(request) else filters

    def has_role(self, request, roles, obj=None) -> bool:
        # Unfold asks for the rights to a button on a row's page with the row's id.
        if obj is not None and not isinstance(obj, Model):
            obj = self.get_object(request, obj)
            return obj is not None and super().has_role(request, roles, obj)
        return super().has_role(request, roles, obj)

    def has_act_permission(self, request, obj=None):
        """The right to an action such as "Poll now", which a desk may have although its rows are read-only."""
        return self.has_role(request, self.change_roles, obj)

    def _shows_merchant(self, request) -> bool:
        return self.model is not Merchant and works_for_several(request.user)

    def _of_own_rows(self, told):
        """Django's filter for a relation offers every row there is: offer those of the person's own rows."""
        if isinstance(told, str) and self._is_relation(told):
            return (told, RelatedOnlyFieldListFilter)
        return told

    def _is_relation(self, name) -> bool:
        try:
            return self.opts.get_field(name).is_relation
        except FieldDoesNotExist:
            return False


class ReadOnlyAdmin(MerchantScopedAdmin):
    """A log: rows that people read and act on, but never write. Only the operator may clear it."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return request.user.is_active and request.user.is_superuser


class ScopedTabularInline(Scope, TabularInline):
    formset = MerchantFormSet
    exclude = ["merchant"]
    extra = 0


class ScopedStackedInline(Scope, StackedInline):
    formset = MerchantFormSet
    exclude = ["merchant"]
    extra = 0


class ReadOnlyInline(ScopedTabularInline):
    """Rows that belong to a page to be read there."""

    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class OperatorOnly:
    """Mixed into an admin of what belongs to the installation and not to a merchant."""

    def has_module_permission(self, request):
        return request.user.is_active and request.user.is_superuser

    def has_view_permission(self, request, obj=None):
        return self.has_module_permission(request)

    def has_add_permission(self, request, obj=None):
        return self.has_module_permission(request)

    def has_change_permission(self, request, obj=None):
        return self.has_module_permission(request)

    def has_delete_permission(self, request, obj=None):
        return self.has_module_permission(request)


def _refuse_strangers(form: forms.ModelForm, merchant: Merchant | None) -> None:
    """Mark every choice in this form that belongs to another merchant than the row does."""
    if merchant is None or not hasattr(form, "cleaned_data"):
        return
    for name, chosen in list(form.cleaned_data.items()):
        if isinstance(chosen, Model) and is_tenant_owned(type(chosen)) and merchant_id_of(chosen) != merchant.pk:
            message = _("“%(row)s” belongs to another merchant: choose one of %(merchant)s.")
            form.add_error(name, forms.ValidationError(message, params={"row": chosen, "merchant": merchant}))


# The REST API


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer ds_...`. Sets `request.auth` to the key; its merchant owns all that is seen or made."""

    def authenticate(self, request):
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = (
            ApiKey.objects.select_related("merchant")
            .filter(digest=ApiKey.digest_of(key.strip()), revoked_at__isnull=True)
            .first()
        )
        if found is None:
            raise exceptions.AuthenticationFailed(
                _("This API key is not known or was revoked. Make a new one in the admin, under API keys.")
            )
        _note_use(found)
        return None, found

    def authenticate_header(self, request):
        return "Bearer"


class HasMerchant(permissions.BasePermission):
    def has_permission(self, request, view):
        if not isinstance(request.auth, ApiKey):
            raise exceptions.NotAuthenticated(_("Send your API key in the header: Authorization: Bearer ds_…"))
        return True


class ApiKeyThrottle(throttling.ScopedRateThrottle):
    """The view's `throttle_scope`, counted for each merchant: another key gives no more calls."""

    def get_cache_key(self, request, view):
        return self.cache_format % {"scope": self.scope, "ident": request.auth.merchant_id}


def _note_use(key: ApiKey) -> None:
    """Remember when the key was last used, to the minute: not every call need write."""
    now = timezone.now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - LAST_USE_IS_KEPT_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)

"""Desks for a merchant's accounts elsewhere: first where, then what that place asks for. Secrets go in, never out."""

from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from orders.tenancy import MerchantForm, MerchantScopedAdmin

PREFIX = "credential_"
LONGEST_CREDENTIAL = 4000
INITIALS = frozenset({"api", "id", "sid", "url"})


class CredentialsForm(MerchantForm):
    """Asks for credentials by password inputs that stay empty.

    `wanted` are their names, as the row keeps them; `optional` are those of them that may be left out.
    """

    wanted: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.wanted:
            is_known = bool(self.instance.pk and self.instance.credentials.get(name))
            field = self.fields[PREFIX + name]
            field.required = not is_known and name not in self.optional
            field.help_text = _("Leave empty to keep what is stored.") if is_known else ""

    @property
    def given(self) -> dict[str, str]:
        """The credentials that were written into the form."""
        written = {name: self.cleaned_data.get(PREFIX + name) for name in self.wanted}
        return {name: value for name, value in written.items() if value}


class CredentialsAdmin(MerchantScopedAdmin):
    """The desk of a model with `credentials`. `chosen_by` is the field that decides what is asked for.

    `asked` are the other fields of the form, `sections` the fieldsets shown below it for a row that exists. With new
    credentials the fields in `anew` get these values: what was true of the old ones does not hold any more.
    """

    form = CredentialsForm
    chosen_by = ""
    question = ""
    asked: list[str] = []
    sections: list[tuple] = []
    anew: dict = {}

    def get_choices(self) -> list[tuple[str, str]]:
        """The places there are, as (key, name)."""
        raise NotImplementedError(f"{type(self).__name__} must say what there is to choose from")

    def wanted_by(self, key: str) -> tuple[str, ...]:
        """The names of the credentials that this place asks for."""
        raise NotImplementedError(f"{type(self).__name__} must say what is asked for")

    def optional_for(self, key: str) -> tuple[str, ...]:
        """Those of them that may be left out."""
        return ()

    def input_for(self, key: str, name: str) -> forms.Field:
        """How this place's credential is asked for; a secret unless a subclass knows better."""
        return _secret(name)

    def get_sections(self, request, obj=None):
        place = (None, {"fields": [self.chosen_by, *self.asked]})
        if not self.has_change_permission(request, obj):
            return [place, *self.sections]
        secrets = [PREFIX + name for name in self.wanted_by(self._chosen(request, obj))]
        told = _("Stored encrypted, and never shown again.")
        credentials = [(_("Credentials"), {"fields": secrets, "description": told})] if secrets else []
        return [place, *credentials, *(self.sections if obj else [])]

    def get_form(self, request, obj=None, change=False, **kwargs):
        chosen = self._chosen(request, obj)
        wanted = self.wanted_by(chosen)
        fields = {PREFIX + name: self.input_for(chosen, name) for name in wanted}
        fields[self.chosen_by] = forms.ChoiceField(
            label=capfirst(self.opts.get_field(self.chosen_by).verbose_name),
            choices=self.get_choices(),
            initial=chosen,
            disabled=True,
            widget=UnfoldAdminSelectWidget,
        )
        asked = {"wanted": wanted, "optional": self.optional_for(chosen)}
        form = type(self.form.__name__, (self.form,), {**asked, **fields})
        return super().get_form(request, obj, change=change, **{**kwargs, "form": form})

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        if not self._chosen(request, None):
            return self._ask(request)
        return super().add_view(request, form_url, extra_context)

    def save_model(self, request, obj, form, change):
        """Save what was changed here and nothing else: workers write to such a row all the time."""
        new = {name: getattr(obj, name) for name in form.changed_data if not name.startswith(PREFIX)}
        if form.given:
            new |= {"credentials": {**(obj.credentials or {}), **form.given}, **self.anew}
        for name, value in new.items():
            setattr(obj, name, value)
        if change:
            obj.save(update_fields=[*new])
        else:
            obj.save()

    def _chosen(self, request, obj) -> str:
        return getattr(obj, self.chosen_by) if obj else self._known(request.GET.get(self.chosen_by, ""))

    def _known(self, key: str) -> str:
        return key if key in dict(self.get_choices()) else ""

    def _ask(self, request):
        query = request.GET.dict()
        choices = [
            {"name": name, "url": f"?{urlencode({**query, self.chosen_by: key})}"} for key, name in self.get_choices()
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": capfirst(self.opts.verbose_name),
            "question": self.question,
            "choices": sorted(choices, key=lambda choice: str(choice["name"]).lower()),
        }
        return render(request, "admin/choose_first.html", context)


def credential_label(name: str) -> str:
    """The place's own word, as it stands in its portal."""
    return capfirst(" ".join(word.upper() if word in INITIALS else word for word in name.split("_")))


def _secret(name: str) -> forms.CharField:
    return forms.CharField(
        label=credential_label(name),
        max_length=LONGEST_CREDENTIAL,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

"""The desk for a shop's own accounts: where, what that place asks for, and what it is to be told."""

from collections.abc import Mapping

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from alerts.channels import channel
from alerts.channels.base import Channel
from alerts.channels.email import Email
from alerts.channels.sms import PROVIDERS, provider, provider_choices
from alerts.channels.sms.base import Provider
from alerts.channels.sms.channel import Sms
from alerts.channels.webhook import Webhook
from alerts.links import sms_inbound_link
from alerts.models import Sender
from orders.credentials import PREFIX, CredentialsAdmin, CredentialsForm, credential_label
from orders.models import Role

# Channels that are their own provider: a name to write from, or an address of the shop's.
BY_THEMSELVES = (Email.key, Webhook.key)

ADDRESSES = (
    _("Answers"),
    {
        "fields": ["inbound_address"],
        "description": _(
            "What shoppers text back, as STOP, is posted here: give this address to the provider, for inbound "
            "messages. Receipts need no address: each text names its own."
        ),
    },
)


def place(key: str) -> Provider | Channel | None:
    """Who is chosen by this key; None for one that is not there any more."""
    if key in PROVIDERS:
        return provider(key)
    return channel(key) if key in BY_THEMSELVES else None


def channel_of(key: str) -> str:
    return Sms.key if key in PROVIDERS else key


def objections(key: str, credentials: Mapping[str, str]) -> dict[str | None, str]:
    """What is wrong with these credentials, by their names; None for all of them together."""
    chosen = place(key)
    if isinstance(chosen, Provider):
        return dict.fromkeys(chosen.lacking(credentials), _("This is missing.")) | chosen.flaws(credentials)
    if isinstance(chosen, Webhook) and all(credentials.get(name) for name in chosen.credentials):
        try:
            chosen.check_credentials(credentials)
        except ValidationError as error:
            return {None: error}
    return {}


class SenderForm(CredentialsForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in getattr(place(self.provider), "choices", {}):
            field = self.fields.get(PREFIX + name)
            if field:
                field.initial, field.help_text = (self.instance.credentials or {}).get(name), ""
        if self.provider == Email.key and "identity" in self.fields:
            self.fields["identity"].validators.append(validate_email)
            self.fields["identity"].help_text = _("An e-mail address. Leave empty for what the merchant's page says.")

    @property
    def provider(self) -> str:
        return self.fields["provider"].initial

    def clean(self):
        cleaned = super().clean()
        self.instance.channel = channel_of(self.provider)
        if self._is_taken(cleaned.get("merchant")):
            self.add_error(None, _("The shop has a sender for this already: change that one, or delete it first."))
        whole = {**(self.instance.credentials or {}), **self.given}
        for name, sentence in objections(self.provider, whole).items():
            if not name or PREFIX + name not in self.errors:
                self.add_error(name and PREFIX + name, sentence)
        return cleaned

    def _is_taken(self, merchant) -> bool:
        others = Sender.objects.exclude(pk=self.instance.pk)
        return others.filter(merchant=merchant, channel=self.instance.channel).exists()


@admin.register(Sender)
class SenderAdmin(CredentialsAdmin):
    form = SenderForm
    change_roles = (Role.OWNER,)
    chosen_by = "provider"
    question = _("What is to go out by an account of your own, and where is it?")
    about = _("E-mails and texts go out by the platform's account in your shop's name, unless your own stands here.")
    asked = ["identity", "active"]
    readonly_fields = ["inbound_address"]
    list_display = ["by", "at", "identity", "active"]

    def get_choices(self):
        return [*((key, channel(key).name) for key in BY_THEMSELVES), *provider_choices()]

    def wanted_by(self, key):
        chosen = place(key)
        return (*chosen.credentials, *self.optional_for(key)) if chosen else ()

    def optional_for(self, key):
        return getattr(place(key), "optional", ())

    def input_for(self, key, name):
        known = getattr(place(key), "choices", {}).get(name)
        return _choice(name, known) if known else super().input_for(key, name)

    def get_sections(self, request, obj=None):
        sections = super().get_sections(request, obj)
        if self._chosen(request, obj) == Webhook.key:
            sections = [(None, {"fields": [self.chosen_by, "active"]}), *sections[1:]]
        # Where a provider does not sign, this address is the proof: it is told to those who could change the sender.
        is_told = obj and obj.provider in PROVIDERS and self.has_change_permission(request, obj)
        return [*sections, ADDRESSES] if is_told else sections

    @display(description=pgettext_lazy("channel", "by"), ordering="channel")
    def by(self, sender):
        return channel(sender.channel).name

    @display(description=_("provider"), ordering="provider")
    def at(self, sender):
        return dict(self.get_choices()).get(sender.provider, sender.provider)

    @display(description=_("address for answers"))
    def inbound_address(self, sender):
        return sms_inbound_link(sender.provider, sender.merchant)


def _choice(name: str, known: tuple[str, ...]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=credential_label(name),
        choices=[(word, word.upper()) for word in known],
        widget=UnfoldAdminSelectWidget,
    )

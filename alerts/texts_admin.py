"""The desk for a shop's own words, with a live preview beside them."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from alerts.channels import channel, channel_choices
from alerts.models import Alert, MessageText
from alerts.occasions import OCCASIONS
from alerts.services import send_test
from alerts.texts.previews import defaults, mistakes, preview
from alerts.texts.variables import variables_of
from alerts.texts.words import FIELDS
from alerts.triggers import Group, Trigger
from orders.desk import turn_to
from orders.models import Merchant, Order
from orders.tenancy import CAN_CHANGE, MerchantForm, MerchantScopedAdmin, changeable, scoped

RECENT_ORDERS = 10
# An e-mail stays under 60 kB, and nobody reads more on a phone.
LONGEST = {"subject": 200, "headline": 200, "story": 4000, "next": 4000, "short": 1000}
# What a text is for: fixed once it is there.
KEY = ("trigger", "channel", "language")


def trigger_choices() -> list[tuple]:
    """By group, as the desk for kinds of messages shows them."""
    return [(group.label, [(told, told.label) for told in OCCASIONS if told.manners.group is group]) for group in Group]


class ChoiceForm(forms.Form):
    """What the words are for, asked before anything else. Who works for one shop is not asked for which."""

    merchant = forms.ModelChoiceField(label=_("Shop"), queryset=None, widget=UnfoldAdminSelectWidget)
    trigger = forms.ChoiceField(label=_("Message"), choices=trigger_choices, widget=UnfoldAdminSelectWidget)
    channel = forms.ChoiceField(label=_("By"), choices=channel_choices, widget=UnfoldAdminSelectWidget)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args, shops, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["merchant"].queryset = shops
        if len(only := shops[:2]) == 1:
            self.fields["merchant"].disabled = True
            self.fields["merchant"].widget = forms.HiddenInput()
            self.initial["merchant"] = only[0].pk


class TextForm(MerchantForm):
    """The words. `chosen` is what they are for."""

    chosen: MessageText | None = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.chosen:
            for name in KEY:
                setattr(self.instance, name, getattr(self.chosen, name))

    def clean(self):
        cleaned = super().clean()
        if MessageText.objects.filter(merchant=cleaned.get("merchant"), **self._key).exclude(pk=self.instance.pk):
            raise forms.ValidationError(_("Somebody else has written this text meanwhile: change that one."))
        asked = [name for name in FIELDS if name in self.fields]
        typed = MessageText(**{name: cleaned.get(name, "") for name in asked}, **self._key)
        for name, error in mistakes(typed).items():
            self.add_error(name, error)
        if not any(cleaned.get(name, "").strip() for name in asked) and not self.errors:
            raise forms.ValidationError(
                _("Nothing is written here: write at least one of these, or delete the text to say what Doorstep says.")
            )
        return cleaned

    @property
    def _key(self) -> dict[str, str]:
        return {name: getattr(self.instance, name) for name in KEY}


class PreviewForm(forms.Form):
    """What the page sends to be shown. Words that are left out are those that are stored."""

    order = forms.ModelChoiceField(queryset=None)
    shown_in = forms.ChoiceField(choices=settings.LANGUAGES)
    trigger = forms.ChoiceField(choices=Trigger.choices)
    channel = forms.ChoiceField(choices=channel_choices)
    language = forms.ChoiceField(choices=settings.LANGUAGES)

    def __init__(self, *args, orders, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields |= {name: forms.CharField(required=False, max_length=most) for name, most in LONGEST.items()}
        self.fields["order"].queryset = orders


class TestForm(BaseDialogForm):
    address = forms.CharField(label=_("To"), max_length=254, widget=UnfoldAdminTextInputWidget(attrs={"dir": "ltr"}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["address"].initial = self.request.user.email


@admin.register(MessageText)
class MessageTextAdmin(MerchantScopedAdmin):
    form = TextForm
    delete_roles = CAN_CHANGE
    change_form_template = "admin/alerts/text.html"
    about = _("A message that has no line here is said in Doorstep's words, in every language.")
    list_display = ["trigger", "by", "language", "updated_at"]
    list_filter = ["trigger", "channel", "language"]
    search_fields = ["subject", "headline", "story", "next", "short"]
    actions_detail = ["send_this_test"]

    class Media:
        js = ["alerts/text_preview.js"]

    def get_urls(self):
        show = path(
            "preview/", self.admin_site.admin_view(require_POST(self.preview)), name="alerts_messagetext_preview"
        )
        return [show, *super().get_urls()]

    def get_sections(self, request, obj=None):
        text = obj or self._chosen(request)
        return [(None, {"fields": list(channel(text.channel).says if text else FIELDS)})]

    def get_form(self, request, obj=None, change=False, **kwargs):
        text = obj or self._chosen(request)
        form = type("TextForm", (self.form,), {"chosen": text, **(_inputs(text) if text else {})})
        form = super().get_form(request, obj, change=change, **{**kwargs, "form": form})
        if text and not obj:
            form.base_fields["merchant"].disabled = True
            form.base_fields["merchant"].initial = text.merchant_id
        return form

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        text = self._chosen(request)
        if text is None:
            return self._ask(request)
        if request.method == "GET" and (
            there := MessageText.objects.filter(merchant=text.merchant, **_key_of(text)).first()
        ):
            return HttpResponseRedirect(reverse("admin:alerts_messagetext_change", args=[there.pk]))
        return super().add_view(request, form_url, {**(extra_context or {}), **self._panel(request, text)})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        text = self.get_object(request, object_id)
        panel = self._panel(request, text) if text else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **panel})

    def save_model(self, request, obj, form, change):
        obj.updated_at = timezone.now()
        super().save_model(request, obj, form, change)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """The message as a page for a frame, and what is to be said of it; 400 with the reason where there is none."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = PreviewForm(request.POST, orders=_orders(scoped(Order.objects.all(), request.user)))
        if not form.is_valid():
            return JsonResponse({"notes": [words for told in form.errors.values() for words in told]}, status=400)
        told = form.cleaned_data
        shown = preview(told["order"], self._typed(request, told), told["shown_in"])
        return JsonResponse({**_page(shown.alert), "notes": shown.notes})

    @action(
        description=_("Send test"),
        permissions=["act"],
        icon="outgoing_mail",
        dialog={
            "title": _("Send test"),
            "description": _("What is saved, sent to you as if it were about the newest order."),
            "form_class": TestForm,
        },
    )
    def send_this_test(self, request, form, object_id):
        text = self._found(request, object_id)
        order = _orders(Order.objects.filter(merchant=text.merchant)).first()
        try:
            if order is None:
                raise ValueError(_("The shop has no order with a parcel that the test could be about."))
            shipment, address = order.shipments.order_by("pk").first(), form.cleaned_data["address"]
            send_test(text.merchant, address, text.channel, text.language, shipment, Trigger(text.trigger))
        except ValueError as error:
            self.message_user(request, str(error), "error")
        else:
            self.message_user(request, _("The test is on its way: Messages shows how it went."))
        return turn_to(request, reverse("admin:alerts_messagetext_change", args=[text.pk]))

    @display(description=pgettext_lazy("channel", "by"), ordering="channel")
    def by(self, text):
        return dict(channel_choices()).get(text.channel, text.channel)

    def _found(self, request, object_id) -> MessageText:
        text = changeable(MessageText.objects.filter(pk=object_id), request.user).select_related("merchant").first()
        if text is None:
            raise Http404
        return text

    def _typed(self, request, told: dict) -> MessageText:
        """The words on the page; for somebody who may only look, those that are stored."""
        words = {name: told[name] for name in FIELDS if name in request.POST}
        key = {"merchant": told["order"].merchant, **{name: told[name] for name in KEY}}
        return MessageText(**key, **words) if words else MessageText.objects.filter(**key).first() or MessageText(**key)

    def _chosen(self, request) -> MessageText | None:
        """What a new text is for, as the address says it; None while that is not said, or is not theirs to say."""
        form = self._choice(request)
        return MessageText(**form.cleaned_data) if form.is_valid() else None

    def _choice(self, request) -> ChoiceForm:
        shops = changeable(Merchant.objects.all(), request.user, self.change_roles)
        return ChoiceForm(request.GET if "trigger" in request.GET else None, shops=shops)

    def _ask(self, request) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": capfirst(self.opts.verbose_name),
            "form": self._choice(request),
        }
        return render(request, "admin/alerts/text_choice.html", context)

    def _panel(self, request, text: MessageText) -> dict:
        """What stands beside the words."""
        orders = _orders(scoped(Order.objects.filter(merchant=text.merchant), request.user))[:RECENT_ORDERS]
        return {
            "text": text,
            "by": self.by(text),
            "height": 640 if channel(text.channel).has_html else 240,
            "variables": variables_of(text.channel, Trigger(text.trigger)),
            "orders": orders,
            "languages": settings.LANGUAGES,
        }


def _orders(orders):
    """Those with a parcel, the newest first."""
    told = orders.filter(shipments__isnull=False).distinct().order_by("-placed_at", "-pk")
    return told.select_related("merchant", "customer")


def _page(alert: Alert) -> dict[str, str]:
    """What the frame shows, and above it the subject, where the page does not show the title itself."""
    if alert.body_html:
        return {"subject": alert.subject, "page": alert.body_html}
    return {"subject": "", "page": render_to_string("admin/alerts/text_preview.html", {"alert": alert})}


def _key_of(text: MessageText) -> dict[str, str]:
    return {name: getattr(text, name) for name in KEY}


def _inputs(text: MessageText) -> dict[str, forms.CharField]:
    """An input for each part of the message, with what Doorstep says there to read where nothing is written."""
    with translation.override(text.language):
        ours = defaults(Trigger(text.trigger))
        direction = "rtl" if translation.get_language_bidi() else "ltr"
    said = {"lang": text.language, "dir": direction}
    return {name: _input(name, {**said, "placeholder": ours[name]}) for name in channel(text.channel).says}


def _input(name: str, attrs: dict[str, str]) -> forms.CharField:
    field = MessageText._meta.get_field(name)
    widget = UnfoldAdminTextInputWidget if field.max_length else UnfoldAdminTextareaWidget
    attrs = attrs if field.max_length else {**attrs, "rows": 4}
    return forms.CharField(
        label=capfirst(field.verbose_name),
        required=False,
        max_length=LONGEST[name],
        widget=widget(attrs=attrs),
        help_text=field.help_text,
    )

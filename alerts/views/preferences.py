"""The page on which shoppers choose what is written to them, and how."""

from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from http import HTTPStatus

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language_info, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from alerts import preferences
from alerts.channels import channel
from alerts.consent import is_refused
from alerts.links import order_to_choose_for
from alerts.models import BrowserSubscription
from alerts.preferences import EMAIL, SMS, Choices
from alerts.triggers import Group
from alerts.views.answers import keep_secret
from orders.models import Customer, Order
from orders.throttle import seconds_to_wait, visitor

MINUTE = 60
TRIES = {"turns": 30, "every": MINUTE}
LONGEST_PAUSE = timedelta(days=366)


def languages() -> list[tuple[str, str]]:
    """Each by its own name."""
    return [(code, get_language_info(code)["name_local"].capitalize()) for code, _name in settings.LANGUAGES]


class ChoicesForm(forms.Form):
    """The shopper's choices. What cannot be chosen is not asked: texts without a phone, an address that bounced."""

    wanted = forms.MultipleChoiceField(
        label=pgettext_lazy("choices", "What"),
        choices=Group.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    by_email = forms.BooleanField(label=_("E-mail"), required=False)
    by_text = forms.BooleanField(label=_("Text message"), required=False)
    notes_opens = forms.BooleanField(label=_("The shop may note whether I open its e-mails"), required=False)
    language = forms.ChoiceField(label=_("Language"))
    paused_until = forms.DateField(
        label=_("Pause until"),
        required=False,
        help_text=_("No messages before this day. Leave it empty for no pause."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, order: Order, data=None):
        customer = order.customer
        chosen = preferences.choices_of(customer)
        spoken = {"wanted": sorted(chosen.wanted), "language": order.spoken_language}
        super().__init__(data, initial=asdict(chosen) | spoken)
        self.customer = customer
        self.fields["language"].choices = languages()
        is_asked = {"by_email": bool(customer.email), "by_text": _can_text(customer), "notes_opens": chosen.notes_opens}
        for name, asked in is_asked.items():
            if not asked:
                del self.fields[name]
        for name, key, address in (("by_email", EMAIL, customer.email), ("by_text", SMS, preferences.phone(customer))):
            if name in self.fields:
                self.fields[name].disabled = is_refused(customer.merchant, key, address)

    def clean_paused_until(self):
        day, today = self.cleaned_data["paused_until"], timezone.localdate(timezone=preferences.zone_of(self.customer))
        if day and not today < day <= today + LONGEST_PAUSE:
            raise ValidationError(_("Choose a day from tomorrow on, within a year."))
        return day

    def chosen(self) -> Choices:
        """The choices as they stand in the form; what was not asked stays as it is."""
        told = self.initial | self.cleaned_data
        language = told["language"] if "language" in self.changed_data else ""
        return Choices(**told | {"wanted": frozenset(told["wanted"]), "language": language})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what is chosen, POST chooses.

    Exempt from CSRF protection: nothing but the signed token allows it, so that no other site's page can do it, and the
    page can keep its address to itself, which a checked referrer would not let it.
    """
    wait = seconds_to_wait("choices", visitor(request), **TRIES)
    order = order_to_choose_for(token)
    if order is None:
        raise Http404("This link is not one of ours, or was cut off.")
    with translation.override(_language(request, order)):
        return keep_secret(_too_many(request, order, wait) if wait else _answer(request, order))


def _answer(request: HttpRequest, order: Order) -> HttpResponse:
    if request.method != "POST":
        return _page(request, order, ChoicesForm(order))
    if browser := request.POST.get("remove"):
        _remove(order.customer, browser)
        return redirect(f"{request.path}?saved")
    form = ChoicesForm(order, request.POST)
    if not form.is_valid():
        return _page(request, order, form)
    preferences.choose(order.customer, form.chosen())
    return redirect(f"{request.path}?saved")


def _page(request: HttpRequest, order: Order, form: ChoicesForm) -> HttpResponse:
    customer, parcel = order.customer, order.shipments.first()
    context = {
        "merchant": order.merchant,
        "form": form,
        "email": preferences.masked(customer.email),
        "phone": preferences.masked(preferences.phone(customer)),
        "proof": preferences.agreed_to_texts(customer),
        "texts_wording": preferences.texts_wording(customer),
        "browsers": _browsers(customer),
        "back": reverse("track", args=[parcel.token]) if parcel else "",
        "is_saved": "saved" in request.GET and not form.is_bound,
    }
    return render(request, "alerts/preferences.html", context)


def _too_many(request: HttpRequest, order: Order, wait: int) -> HttpResponse:
    context = {"merchant": order.merchant, "minutes": -(-wait // MINUTE)}
    response = render(request, "tracker/too_many.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(wait)
    return response


def _language(request: HttpRequest, order: Order) -> str:
    wanted = request.GET.get("lang", "")
    return wanted if wanted in dict(settings.LANGUAGES) else order.spoken_language


def _browsers(customer: Customer):
    return BrowserSubscription.objects.filter(order__customer=customer, gone_at=None).select_related("order")


def _remove(customer: Customer, uuid: str) -> None:
    with suppress(ValidationError):  # no uuid at all, and so nobody's browser
        _browsers(customer).filter(uuid=uuid).delete()


def _can_text(customer: Customer) -> bool:
    return bool(preferences.phone(customer)) and channel(SMS).is_ready(customer.merchant)

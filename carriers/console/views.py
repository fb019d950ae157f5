from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from carriers.base import Callback, Carrier
from carriers.console.forms import CallbackForm, DisputeForm, MeaningForm
from carriers.console.masking import masked, shown_code
from carriers.console.sample import can_be_sent, send_test_event
from carriers.console.scorecard import scorecard
from carriers.console.tester import try_out
from carriers.models import CallbackDelivery, CarrierAccount, Suggester, UnmappedCode
from carriers.registry import ADAPTERS, carrier_class
from carriers.services.meanings import open_codes, suggest, suggestions
from carriers.services.subscriptions import callback_url
from orders.throttle import seconds_to_wait

MINUTE = 60
POSTS_A_MINUTE = 30
DELIVERIES_SHOWN = 100
CODES_SHOWN = 100
NUMBERS_SHOWN = 3
EXAMPLE_SECRET, EXAMPLE_BODY = "example", b"{}"

TOO_OFTEN = _("Those were many tries in a minute. Please wait a minute.")
TOO_LARGE = _("That is far more than a callback may hold.")
# What was done, as the next page says it, and where on the page it shows.
DONE = {
    "sent": (_("The test event was sent: it is the newest of the deliveries."), "deliveries"),
    "suggested": (_("Thank you. The shop will see your suggestion, and reads the code so once it confirms."), "codes"),
    "disputed": (_("Thank you. The shop will see it; its answer will stand here."), "scorecard"),
}


@csrf_exempt  # the address is the key: nobody's browser knows it by itself, and no cookie opens the page
@require_http_methods(["GET", "HEAD", "POST"])
def console(request: HttpRequest, token: str) -> HttpResponse:
    account = _account(token)
    with translation.override(_language(request)):
        if request.method == "POST":
            return _discreet(_act(request, account))
        return _discreet(_page(request, account))


def _account(token: str) -> CarrierAccount:
    open_to_carriers = CarrierAccount.objects.filter(active=True, carrier__in=ADAPTERS)
    account = open_to_carriers.select_related("merchant").filter(console_token=token).first()
    if account is None:
        raise Http404("This link is not one of ours, or was revoked.")
    return account


def _language(request: HttpRequest) -> str:
    wanted = request.GET.get("lang", "")
    return wanted if wanted in dict(settings.LANGUAGES) else request.LANGUAGE_CODE


def _discreet(response: HttpResponse) -> HttpResponse:
    """No cache keeps it, no search engine finds it, no site is told of its address."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Content-Language"] = translation.get_language()
    return response


# What the carrier does


def _act(request: HttpRequest, account: CarrierAccount) -> HttpResponse:
    if _too_often(account):
        response = _page(request, account, status=HTTPStatus.TOO_MANY_REQUESTS, trouble=TOO_OFTEN)
        response.headers["Retry-After"] = str(MINUTE)
        return response
    # Before the form is read: an upload is written to disk whole.
    if int(request.headers.get("Content-Length") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return _page(request, account, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, trouble=TOO_LARGE)
    act = ACTS.get(request.POST.get("act"))
    return act(request, account) if act else _page(request, account, status=HTTPStatus.BAD_REQUEST)


def _too_often(account: CarrierAccount) -> bool:
    return bool(seconds_to_wait("console", str(account.pk), turns=POSTS_A_MINUTE, every=MINUTE))


def _try(request: HttpRequest, account: CarrierAccount) -> HttpResponse:
    form = CallbackForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, account, tester=form)
    trial = try_out(account, form.callback_body, form.callback_headers)
    return _page(request, account, tester=form, trial=trial)


def _send(request: HttpRequest, account: CarrierAccount) -> HttpResponse:
    if can_be_sent(account):
        send_test_event(account)
    return _done(request, "sent")


def _suggest(request: HttpRequest, account: CarrierAccount) -> HttpResponse:
    form = _meaning_form(account, request.POST)
    if not form.is_valid():
        return _page(request, account, meaning=form)
    told = form.cleaned_data
    suggest(account, told.pop("code").code, suggested_by=Suggester.CARRIER, **told)
    return _done(request, "suggested")


def _dispute(request: HttpRequest, account: CarrierAccount) -> HttpResponse:
    form = DisputeForm(request.POST, account=account)
    if not form.is_valid():
        return _page(request, account, dispute=form)
    form.save()
    return _done(request, "disputed")


ACTS = {"try": _try, "send": _send, "suggest": _suggest, "dispute": _dispute}


def _done(request: HttpRequest, what: str) -> HttpResponse:
    query = {"done": what, "lang": translation.get_language()}
    return HttpResponseRedirect(f"{request.path}?{urlencode(query)}#{DONE[what][1]}")


# What the carrier sees


def _page(request: HttpRequest, account: CarrierAccount, *, status: int = HTTPStatus.OK, **told) -> HttpResponse:
    carrier = carrier_class(account.carrier)()
    codes = _codes(account)
    context = {
        "merchant": account.merchant,
        "carrier": carrier,
        "callback_url": callback_url(account),
        "most_bytes": settings.CALLBACK_MAX_BYTES,
        "example": _example(carrier),
        "tester": CallbackForm(),
        "can_send": can_be_sent(account),
        "deliveries": _deliveries(account),
        "codes": codes,
        "meaning": _meaning_form(account),
        "figures": scorecard(account, timezone.now()),
        "dispute": DisputeForm(account=account),
        "disputes": account.disputes.all()[:20],
        "done": DONE.get(request.GET.get("done"), [""])[0],
    }
    return render(request, "carriers/console/console.html", context | told, status=status)


def _example(carrier: Carrier) -> dict | None:
    """A signature to check one's own code by; None where the header is the secret itself."""
    if type(carrier).proof is Carrier.proof:
        return None
    signed = carrier.proof(Callback(EXAMPLE_BODY), EXAMPLE_SECRET)
    return {"secret": EXAMPLE_SECRET, "body": EXAMPLE_BODY.decode(), "value": signed}


def _deliveries(account: CarrierAccount) -> list[CallbackDelivery]:
    rows = list(account.deliveries.defer("body", "headers", "proof")[:DELIVERIES_SHOWN])
    for row in rows:
        row.shown = [masked(number) for number in row.numbers[:NUMBERS_SHOWN]]
        row.more = len(row.numbers) - len(row.shown)
    return rows


def _codes(account: CarrierAccount) -> list[UnmappedCode]:
    rows, suggested = list(open_codes(account)[:CODES_SHOWN]), suggestions(account)
    for row in rows:
        row.shown, row.suggestion = shown_code(row.code), suggested.get(row.code)
    return rows


def _meaning_form(account: CarrierAccount, data=None) -> MeaningForm:
    return MeaningForm(data, codes=open_codes(account))

"""What texting brings back: the providers' receipts, and what shoppers text."""

import hashlib
import logging
from dataclasses import replace
from html import escape
from http import HTTPStatus

from django.conf import settings
from django.core.cache import cache
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from alerts import consent
from alerts.channels.base import ChannelError
from alerts.channels.sms import provider as provider_of
from alerts.channels.sms.base import Posted, Provider, Said, Text
from alerts.channels.sms.channel import Sms, account_of, is_genuine
from alerts.links import texted_back_to
from alerts.models import Alert
from alerts.receipts import take_receipt
from orders.models import Merchant

# Seconds to connect and to answer: the provider waits for us meanwhile, and posts again if that takes too long.
REPLY_WITHIN = (3, 5)
# Seconds, longer than any signature with a time in it is believed; Twilio's has none.
REMEMBERED = 30 * 24 * 60 * 60

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def receipt(request: HttpRequest, provider: str, uuid) -> HttpResponse:
    """A provider tells how far a text has come."""
    teller = _known(provider)
    alert = get_object_or_404(Alert.objects.select_related("merchant"), uuid=uuid, channel=Sms.key)
    posted = _posted(request)
    if not is_genuine(teller, posted, alert.merchant):
        return _forged(teller)
    try:
        told = teller.read_receipt(posted)
    except ValueError as error:
        return _unreadable(teller, error)
    take_receipt(alert, told.state, provider_id=told.provider_id, error=told.error)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@csrf_exempt
@require_POST
def inbound(request: HttpRequest, provider: str, token: str) -> HttpResponse:
    """A shopper texted back."""
    teller, merchant = _known(provider), _owner(token)
    posted = _posted(request)
    if not is_genuine(teller, posted, merchant):
        return _forged(teller)
    try:
        said = teller.read_inbound(posted)
    except ValueError as error:
        return _unreadable(teller, error)
    if _was_heard(teller, posted):
        return _answer(teller, said, [])
    answer = _answer(teller, said, _spoken_to(merchant, said))
    _note_heard(teller, posted)
    return answer


def _was_heard(teller: Provider, posted: Posted) -> bool:
    """The same once more does nothing: a START that somebody got hold of is not to undo a later STOP."""
    return bool(teller.signature(posted)) and _mark(teller, posted) in cache


def _note_heard(teller: Provider, posted: Posted) -> None:
    """Once it is done, so that what failed is heard when it is posted again."""
    cache.set(_mark(teller, posted), True, REMEMBERED)


def _mark(teller: Provider, posted: Posted) -> str:
    return f"heard:{teller.key}:{hashlib.sha256(teller.signature(posted).encode()).hexdigest()}"


def _answer(teller: Provider, said: Said, merchants: list[Merchant]) -> HttpResponse:
    """Act on what was said to each of these shops; the shopper gets one reply at most."""
    replies = [(merchant, consent.hear(merchant, Sms.key, said.sender, said.words)) for merchant in merchants]
    merchant, words = next(((merchant, words) for merchant, words in replies if words), (None, ""))
    if teller.answers_inline:
        return HttpResponse(_twiml(words), content_type="text/xml")
    if words:
        _reply(teller, merchant, said, words)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _reply(teller: Provider, merchant: Merchant, said: Said, words: str) -> None:
    """From the number that was written to, as well as can be: what the shopper wanted is done, answered or not."""
    account = account_of(merchant)
    if account.provider.key != teller.key:
        return
    try:
        replace(account, identity=said.to or account.identity).send(Text(said.sender, words), REPLY_WITHIN)
    except ChannelError as error:
        logger.warning("A shopper of %s got no reply: %s", merchant, error)


def _spoken_to(merchant: Merchant | None, said: Said) -> list[Merchant]:
    """The shop whose account it is. Of those on the platform's account, all that texted to this number from the one it
    answers.
    """
    if not said.sender:
        return []
    if merchant:
        return [merchant]
    ours = Merchant.objects.filter(sms_from__in=(said.to, said.to.removeprefix("+")))
    return list(ours.filter(alerts__channel=Sms.key, alerts__address=said.sender).distinct())


def _known(key: str) -> Provider:
    try:
        return provider_of(key)
    except KeyError:
        raise Http404(f"There is no provider of texts {key!r}.") from None


def _owner(token: str) -> Merchant | None:
    try:
        return texted_back_to(token)
    except (BadSignature, Merchant.DoesNotExist):
        raise Http404("This address is not one of ours, or was cut off: copy it from the sender's page.") from None


def _posted(request: HttpRequest) -> Posted:
    # By SITE_URL and not by the Host header, which the caller writes.
    return Posted(settings.SITE_URL + request.get_full_path(), request.headers, request.body)


def _twiml(words: str) -> str:
    """What Twilio wants back; an empty one says nothing to the shopper."""
    message = f"<Message>{escape(words)}</Message>" if words else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'


def _forged(teller: Provider) -> HttpResponse:
    secret = teller.signs_with.replace("_", " ")
    return HttpResponseForbidden(
        f"The signature is not of this shop's {teller.name} account. Check its {secret}, and that SITE_URL is the "
        f"address {teller.name} posts to.",
        content_type="text/plain",
    )


def _unreadable(teller: Provider, error: ValueError) -> HttpResponse:
    return HttpResponseBadRequest(f"This is nothing that {teller.name} posts: {error}", content_type="text/plain")

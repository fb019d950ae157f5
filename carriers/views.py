import logging

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from carriers.models import CarrierAccount
from carriers.registry import ADAPTERS
from carriers.services.callbacks import receive_callback, refusal
from carriers.tasks import process_callback
from orders.waking import wake

logger = logging.getLogger(__name__)


@method_decorator(csrf_exempt, name="dispatch")
class CallbackView(View):
    """Where a carrier pushes: verify, store, answer."""

    def get(self, request, carrier, token):
        """Some carriers look whether somebody is there before they push."""
        _account(carrier, token)
        return HttpResponse()

    def post(self, request, carrier, token):
        try:
            return _answer(self._receive(request, _account(carrier, token)))
        except DatabaseError:
            logger.exception("A callback of %s could not be stored", carrier)
            return _answer(refusal(503, "This could not be stored. Send it again later."))

    def _receive(self, request, account):
        body = request.read(settings.CALLBACK_MAX_BYTES + 1)
        answer, delivery_id = receive_callback(account, body, dict(request.headers))
        if delivery_id is not None:
            wake(process_callback, delivery_id)
        return answer


def _account(carrier, token) -> CarrierAccount:
    account = get_object_or_404(CarrierAccount.objects.select_related("merchant"), callback_token=token)
    if account.carrier != carrier or carrier not in ADAPTERS or not account.active:
        raise Http404
    return account


def _answer(acknowledgement) -> HttpResponse:
    return HttpResponse(acknowledgement.body, status=acknowledgement.status, content_type=acknowledgement.content_type)

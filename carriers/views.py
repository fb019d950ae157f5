import logging

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from carriers.errors import CallbackRejected, UnreadablePayload
from carriers.models import CarrierAccount, DeliveryState
from carriers.services.callbacks import keep_refused, receive_callback
from carriers.tasks import process_callback
from orders.waking import wake

logger = logging.getLogger(__name__)


@method_decorator(csrf_exempt, name="dispatch")
class CallbackView(View):
    """Where a carrier pushes: verify, store, answer. Errors are plain JSON for the carrier's engineers."""

    def get(self, request, carrier, token):
        """Some carriers look whether somebody is there before they push."""
        _account(carrier, token)
        return HttpResponse(status=204)

    def post(self, request, carrier, token):
        try:
            return self._receive(request, _account(carrier, token))
        except DatabaseError:
            logger.exception("A callback of %s could not be stored", carrier)
            return _refusal(503, "This could not be stored. Send it again later.")

    def _receive(self, request, account):
        body = request.read(settings.CALLBACK_MAX_BYTES + 1)
        headers = dict(request.headers)
        if len(body) > settings.CALLBACK_MAX_BYTES:
            reason = f"The body is over {settings.CALLBACK_MAX_BYTES} bytes. Send fewer parcels in one callback."
            keep_refused(account, body, headers, DeliveryState.REJECTED, reason)
            return _refusal(413, reason)
        try:
            answer, delivery_id = receive_callback(account, body, headers)
        except (CallbackRejected, UnreadablePayload) as error:
            return _refusal(400, str(error))
        if delivery_id is not None:
            wake(process_callback, delivery_id)
        return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)


def _account(carrier, token) -> CarrierAccount:
    account = get_object_or_404(CarrierAccount.objects.select_related("merchant"), callback_token=token)
    if account.carrier != carrier or not account.active:
        raise Http404
    return account


def _refusal(status, reason):
    return JsonResponse({"error": reason}, status=status)

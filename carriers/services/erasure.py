"""What carriers told of a shopper who is to be forgotten."""

import json

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from carriers.models import CallbackDelivery, DeliveryState, PushSubscription, UnmatchedNumber
from orders.services.erasure import Marks

# Nobody read of whom these speak.
UNREAD = (DeliveryState.UNREADABLE, DeliveryState.REJECTED, DeliveryState.FAILED)


def erase_news(*, marks: Marks, **_signal) -> None:
    """Receiver of `orders.signals.customer_erased`. Empty the callbacks that spoke of the parcels; forget the numbers.

    A callback may speak of other parcels too, and is emptied whole. One that waits to be read keeps its body until
    then: it finds no parcel by the number any more, and is emptied with age.
    """
    of_theirs = {"merchant": marks.customer.merchant_id, "number__in": marks.numbers}
    UnmatchedNumber.objects.filter(**of_theirs).delete()
    PushSubscription.objects.filter(**of_theirs).delete()
    callbacks = CallbackDelivery.objects.filter(merchant=marks.customer.merchant_id).exclude(
        state=DeliveryState.WAITING
    )
    naming = [*_read(callbacks, marks), *_unread(callbacks, marks)]
    callbacks.filter(pk__in=naming).update(body=b"", headers={}, numbers=[], proof=None, error="")


def _read(callbacks: QuerySet[CallbackDelivery], marks: Marks) -> list[int]:
    listed = Q(pk=None)
    for number in marks.numbers:
        listed |= Q(listed__contains=json.dumps(number))
    return list(callbacks.annotate(listed=Cast("numbers", TextField())).filter(listed).values_list("pk", flat=True))


def _unread(callbacks: QuerySet[CallbackDelivery], marks: Marks) -> list[int]:
    texts = [text.encode() for text in marks.texts]
    bodies = callbacks.filter(state__in=UNREAD).exclude(body=b"").values_list("pk", "body")
    return [pk for pk, body in bodies.iterator() if any(text in bytes(body) for text in texts)]

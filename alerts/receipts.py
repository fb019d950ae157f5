"""What a provider tells of a message after it took it. Late, early and repeated receipts do no harm."""

from django.db.models.functions import Coalesce, Now

from alerts.models import Alert
from alerts.states import State, Why

_SENT_OR_NOT = (State.SENDING, State.RETRY, State.UNSURE)

# What a receipt may follow. The row is there before the request leaves, so that no receipt comes too early; one that
# settles a message waiting for its next attempt stops that attempt. Arrival is proof, whatever was told before.
MAY_FOLLOW = {
    State.SENT: _SENT_OR_NOT,
    State.FAILED: (*_SENT_OR_NOT, State.SENT),
    State.DELIVERED: (*_SENT_OR_NOT, State.SENT, State.FAILED),
}


def take_receipt(alert: Alert, state: State, *, provider_id: str = "", error: str = "") -> bool:
    """Move the message to SENT, DELIVERED or FAILED if that is news; whether it was."""
    told = {"state": state, "due_at": None, "reason": "", "error": "", "error_detail": ""}
    if state is State.FAILED:
        told |= {"reason": Why.UNDELIVERED, "error": error[:300]}
    else:
        told["sent_at"] = Coalesce("sent_at", Now())
    if state is State.DELIVERED:
        told["delivered_at"] = Now()
    if provider_id:
        told["provider_id"] = provider_id[:120]
    return bool(Alert.objects.filter(pk=alert.pk, state__in=MAY_FOLLOW[state]).update(**told))

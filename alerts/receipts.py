"""What a provider tells of a message after it took it. Late, early and repeated receipts do no harm."""

import logging
import re
from uuid import UUID

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.db.models.functions import Coalesce, Now

from alerts.channels.email import METADATA, Email, may_note_opening
from alerts.consent import suppress
from alerts.models import Alert, Suppressed
from alerts.states import State, Why

_SENT_OR_NOT = (State.SENDING, State.RETRY, State.UNSURE)

# What a receipt may follow. The row is there before the request leaves, so that no receipt comes too early; one that
# settles a message waiting for its next attempt stops that attempt. Arrival is proof, whatever was told before.
MAY_FOLLOW = {
    State.SENT: _SENT_OR_NOT,
    State.FAILED: (*_SENT_OR_NOT, State.SENT),
    State.DELIVERED: (*_SENT_OR_NOT, State.SENT, State.FAILED),
}

# What an e-mail provider's event means for the message. Whoever opens or reports a message has got it.
BY_EVENT = {
    EventType.QUEUED: State.SENT,
    EventType.SENT: State.SENT,
    EventType.DELIVERED: State.DELIVERED,
    EventType.OPENED: State.DELIVERED,
    EventType.COMPLAINED: State.DELIVERED,
    EventType.BOUNCED: State.FAILED,
    EventType.REJECTED: State.FAILED,
    EventType.FAILED: State.FAILED,
}
# What it means for the address, whichever message it was.
STOPS = {EventType.COMPLAINED: Suppressed.COMPLAINED, EventType.UNSUBSCRIBED: Suppressed.BY_PROVIDER}
STOPPED_BEFORE = {RejectReason.SPAM: Suppressed.COMPLAINED, RejectReason.UNSUBSCRIBED: Suppressed.BY_PROVIDER}

# "550 5.1.1 no such user", wherever it stands in what the mail server said (RFC 3463).
STATUS_CODE = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
NO_SUCH_ADDRESS = "5.1."
# The providers' own words for a bounce that will not pass: Postmark's, Brevo's, Mandrill's, Amazon's, Resend's.
FOR_GOOD = re.compile(r"hard_?bounced?\b|\bpermanent\b", re.IGNORECASE)

logger = logging.getLogger(__name__)


def take_receipt(alert: Alert, state: State, *, provider_id: str = "", error: str = "") -> bool:
    """Move the message to SENT, DELIVERED or FAILED if that is news; whether it was."""
    # Of a shopper who was forgotten, the provider's words would tell again.
    error, provider_id = ("", "") if alert.forgotten_at else (error, provider_id)
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


def take_email_event(sender, event: AnymailTrackingEvent, esp_name: str, **_kwargs) -> None:
    """Receiver of `anymail.signals.tracking`, which has verified that the event is the provider's."""
    alert = _alert_of(event)
    if alert is None:
        logger.info("%s told %s of an e-mail that is none of ours.", esp_name, event.event_type)
        return
    if alert.address and (why := _stopped_by(event)):
        suppress(alert.merchant, Email.key, alert.address, why)
    if event.event_type == EventType.OPENED:
        if not may_note_opening(alert):
            return
        Alert.objects.filter(pk=alert.pk, opened_at=None).update(opened_at=event.timestamp or Now())
    if state := BY_EVENT.get(event.event_type):
        take_receipt(alert, state, error=f"{esp_name}: {event.event_type}. {_said(event)}".strip())


def _alert_of(event: AnymailTrackingEvent) -> Alert | None:
    """By the uuid that went with the message, else by the provider's own name for it."""
    emails = Alert.objects.filter(channel=Email.key).select_related("merchant", "customer")
    try:
        return emails.get(uuid=UUID((event.metadata or {})[METADATA]))
    except (KeyError, ValueError, TypeError, AttributeError, Alert.DoesNotExist):
        known_as = str(event.message_id or "")[:120]
        return emails.filter(provider_id=known_as).first() if known_as else None


def _stopped_by(event: AnymailTrackingEvent) -> Suppressed | None:
    """Why this address is to get no more messages; None when it may."""
    if event.event_type in STOPS:
        return STOPS[event.event_type]
    if event.event_type not in (EventType.BOUNCED, EventType.REJECTED):
        return None
    return STOPPED_BEFORE.get(event.reject_reason) or (Suppressed.BOUNCED if _is_for_good(event) else None)


def _is_for_good(event: AnymailTrackingEvent) -> bool:
    """The address does not exist. A full mailbox, or one that is shut to us, is there all the same.

    The receiving server's own code decides, then the provider's word. Without either it is not known, and what is not
    known stops nobody's messages.
    """
    if code := STATUS_CODE.search(_said(event)):
        return code[0].startswith(NO_SUCH_ADDRESS)
    return event.reject_reason == RejectReason.INVALID or bool(FOR_GOOD.search(_kind_of(event)))


def _said(event: AnymailTrackingEvent) -> str:
    return event.mta_response or event.description or ""


def _kind_of(event: AnymailTrackingEvent) -> str:
    """The provider's own name for this kind of bounce, wherever that one writes it."""
    told = event.esp_event if hasattr(event.esp_event, "get") else {}
    data = told.get("data")
    bounce = data.get("bounce") if isinstance(data, dict) else None
    kinds = [
        event.description,
        *map(told.get, ("Type", "type", "event")),
        isinstance(bounce, dict) and bounce.get("type"),
    ]
    return " ".join(kind for kind in kinds if isinstance(kind, str))

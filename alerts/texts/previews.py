"""What a message would say of a real order with words that may not be saved yet. Nothing is written or sent."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.channels import channel
from alerts.models import Alert, MessageText
from alerts.rendering import write_with
from alerts.sentences import SENTENCES
from alerts.texts.segments import segments
from alerts.texts.variables import OF_THE_ORDER, VARIABLES, check
from alerts.texts.words import FIELDS, own_text
from alerts.triggers import Trigger
from orders.models import Order
from orders.wording import money


@dataclass(frozen=True, slots=True)
class Preview:
    """The message, and what staff should know of it: sentences in their own language."""

    alert: Alert
    notes: list[str]


def preview(order: Order, text: MessageText, language: str) -> Preview:
    """The message of this text's trigger and channel about this order, in this language.

    In another language than the text's it says what is stored there, or ours.
    """
    alert = pretend(order, text.trigger, text.channel, language)
    own = text if language == text.language else own_text(alert)
    words = write_with(alert, own)
    notes = [*_mistakes(own), *(_without_value(name) for name in words.unfilled if name in VARIABLES)]
    return Preview(alert, [*notes, *_cost(alert)])


def pretend(order: Order, trigger: str, channel_key: str, language: str) -> Alert:
    """A message that is not stored, about the order's first parcel, or the order where it is about that."""
    parcel = None if Trigger(trigger) in OF_THE_ORDER else order.shipments.order_by("pk").first()
    return Alert(
        merchant=order.merchant,
        order=order,
        customer=order.customer,
        shipment=parcel,
        trigger=trigger,
        channel=channel_key,
        language=language,
    )


def defaults(trigger: Trigger) -> dict[str, str]:
    """What Doorstep says in the active language, field by field, with variables where facts will stand."""
    sentence = SENTENCES[trigger]
    names = {name: f"{{{name}}}" for name in VARIABLES}
    return {field: getattr(sentence, field) % names for field in FIELDS}


def mistakes(text: MessageText) -> dict[str, ValidationError]:
    """By field, what cannot be sent as it is written."""
    found = {}
    for field in channel(text.channel).says:
        try:
            check(getattr(text, field), text.channel, Trigger(text.trigger))
        except ValidationError as error:
            found[field] = error
    return found


def _mistakes(own: MessageText | None) -> list[str]:
    return [words for error in mistakes(own).values() for words in error.messages] if own else []


def _without_value(name: str) -> str:
    return _("{%(name)s} has no value for this order: Doorstep's own sentence stands there instead.") % {"name": name}


def _cost(alert: Alert) -> list[str]:
    if alert.channel != "sms":
        return []
    told = segments(alert.body_text)
    parts = ngettext("%(count)d part", "%(count)d parts", told.parts) % {"count": told.parts}
    return [
        _("%(parts)s (%(encoding)s), each paid for as one text. Room for %(left)d more letters.")
        % {"parts": parts, "encoding": told.encoding, "left": told.left_in_part},
        *_price(alert, told.parts),
    ]


def _price(alert: Alert, parts: int) -> list[str]:
    """What the text costs, where the shop has said what a part of one does."""
    price = alert.merchant.sms_part_price
    return [_("It costs about %(amount)s.") % {"amount": money(price * parts, alert.order.currency)}] if price else []

"""The variables of a shop's own words: `{order}` stands for the order's number, `{{` and `}}` for braces.

One list, read by the editor, the check and the docs. Nothing else in a merchant's words is evaluated.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from django.core.exceptions import ValidationError
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from alerts.triggers import ARRIVED, Group, Trigger
from orders.models import Purpose

EVERY = frozenset(Trigger)
OF_THE_ORDER = frozenset(
    {Trigger.ORDER_RECEIVED, Trigger.ORDER_DELAYED, Trigger.ORDER_CANCELLED}
    | {trigger for trigger in Trigger if trigger.manners.group is Group.SERVICE}
)
OF_THE_PARCEL = EVERY - OF_THE_ORDER
AFTERCARE = frozenset(trigger for trigger in Trigger if trigger.manners.group.purpose is Purpose.AFTERCARE)
OF_THE_DELIVERY = AFTERCARE | ARRIVED
OF_A_CASE = frozenset({Trigger.CASE_OPENED, Trigger.CASE_ANSWERED, Trigger.CASE_CLOSED})
# A button or the message itself leads to the page elsewhere.
WITHOUT_BUTTON = frozenset({"sms", "webhook"})


@dataclass(frozen=True, slots=True)
class Variable:
    """What stands for a fact: its meaning in a sentence for staff, and the messages that know it."""

    meaning: Lazy
    triggers: frozenset[Trigger] = EVERY
    channels: frozenset[str] | None = None


VARIABLES = {
    "shop": Variable(pgettext_lazy("variable", "The shop's name.")),
    "order": Variable(pgettext_lazy("variable", "The order's number, as the shopper knows it.")),
    "name": Variable(pgettext_lazy("variable", "The shopper's name, as the order gave it.")),
    "product": Variable(pgettext_lazy("variable", "The name of what was bought, the first of several.")),
    "link": Variable(
        pgettext_lazy("variable", "The address of the tracking page. Without it, the address follows the text."),
        channels=WITHOUT_BUTTON,
    ),
    "carrier": Variable(pgettext_lazy("variable", "The carrier's name."), OF_THE_PARCEL),
    "number": Variable(pgettext_lazy("variable", "The tracking number."), OF_THE_PARCEL),
    "days": Variable(
        pgettext_lazy("variable", "The day or days for which the parcel is promised now."), OF_THE_PARCEL - AFTERCARE
    ),
    "last": Variable(pgettext_lazy("variable", "The last of the promised days."), OF_THE_PARCEL - AFTERCARE),
    "was": Variable(
        pgettext_lazy("variable", "The day or days promised first, if they have changed."), OF_THE_PARCEL - AFTERCARE
    ),
    "when": Variable(pgettext_lazy("variable", "Day and hour of the delivery."), OF_THE_DELIVERY),
    "case": Variable(pgettext_lazy("variable", "What the case is about, such as: Damaged."), OF_A_CASE),
    "answer": Variable(
        pgettext_lazy("variable", "What the shop answered."), frozenset({Trigger.CASE_ANSWERED, Trigger.CASE_CLOSED})
    ),
    "amount": Variable(pgettext_lazy("variable", "The refund with its currency."), frozenset({Trigger.REFUNDED})),
    "until": Variable(pgettext_lazy("variable", "The last day of the warranty."), frozenset({Trigger.WARRANTY_ENDS})),
}

_PIECES = re.compile(r"(?P<twice>\{\{\s*(?P<habit>[\w.]+)\s*\}\})|\{\{|\}\}|\{(?P<name>[^{}\n]*)\}|[{}]|[^{}]+")


class Unfilled(ValueError):
    """A variable without a value for this message; `name` is the variable's."""

    def __init__(self, name: str):
        super().__init__(f"{{{name}}} has no value for this message.")
        self.name = name


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables' values. Raises Unfilled where one is empty or unknown."""
    return "".join(_said(piece, values) for piece in _PIECES.finditer(text))


def variables_in(text: str) -> list[str]:
    return [piece["name"] for piece in _PIECES.finditer(text) if piece["name"] is not None]


def variables_of(channel: str, trigger: Trigger) -> dict[str, Variable]:
    """Those that may stand in this message by this channel."""
    return {name: told for name, told in VARIABLES.items() if _fits(told, channel, trigger)}


def check(text: str, channel: str, trigger: Trigger) -> None:
    """Raise ValidationError for what is no text with variables: where it stands, what came and what is meant."""
    if mistakes := list(_mistakes(text, channel, trigger)):
        raise ValidationError(mistakes)


def _fits(variable: Variable, channel: str, trigger: Trigger) -> bool:
    return trigger in variable.triggers and (variable.channels is None or channel in variable.channels)


def _said(piece: re.Match, values: Mapping[str, str]) -> str:
    name = piece["name"]
    if name is None:
        return piece[0].replace("{{", "{").replace("}}", "}")
    try:
        value = values[name]
    except KeyError:
        value = ""
    if not value:
        raise Unfilled(name)
    return value


def _mistakes(text: str, channel: str, trigger: Trigger) -> Iterator[ValidationError]:
    for piece in _PIECES.finditer(text):
        if told := _mistake(piece, channel, trigger):
            words, meant = told
            yield ValidationError(
                words, code="variable", params={**_place(text, piece.start()), "came": piece[0], "meant": meant}
            )


def _mistake(piece: re.Match, channel: str, trigger: Trigger) -> tuple[str, str] | None:
    """What is wrong with this piece, as a sentence and what it should be; None where all is well."""
    if piece[0] in ("{", "}"):
        return _("Line %(line)s, sign %(sign)s: %(came)s stands alone. Write it twice to show it: %(meant)s"), piece[
            0
        ] * 2
    if piece["twice"]:
        guess = _closest(piece["habit"].rpartition(".")[2])
        return (
            (_("Line %(line)s, sign %(sign)s: %(came)s shows braces only. Did you mean %(meant)s?"), guess)
            if guess
            else None
        )
    if piece["name"] is None or piece["name"] in variables_of(channel, trigger):
        return None
    if piece["name"] in VARIABLES:
        return _("Line %(line)s, sign %(sign)s: %(came)s has no value in this message. There are: %(meant)s"), _known(
            channel, trigger
        )
    if guess := _closest(piece["name"]):
        return _("Line %(line)s, sign %(sign)s: %(came)s is no variable. Did you mean %(meant)s?"), guess
    return _("Line %(line)s, sign %(sign)s: %(came)s is no variable. There are: %(meant)s"), _known(channel, trigger)


def _place(text: str, start: int) -> dict[str, int]:
    """Where a reader finds it: both count from 1."""
    return {"line": text.count("\n", 0, start) + 1, "sign": start - text.rfind("\n", 0, start)}


def _closest(word: str) -> str:
    found = get_close_matches(word.strip().lower(), VARIABLES, n=1)
    return f"{{{found[0]}}}" if found else ""


def _known(channel: str, trigger: Trigger) -> str:
    return " ".join(f"{{{name}}}" for name in variables_of(channel, trigger))

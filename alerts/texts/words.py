"""Which words one message says: the shop's own where it has some, else ours."""

from dataclasses import dataclass, replace

from django.conf import settings
from django.utils import translation

from alerts import sentences
from alerts.models import Alert, MessageText
from alerts.texts.gathered import DAYS_AND_BEFORE, GATHERED, PARCEL, SHORT
from alerts.texts.values import Facts
from alerts.texts.variables import Unfilled, fill, variables_in
from alerts.triggers import ARRIVED, Trigger
from orders.models import Notice, NoticeKind

FIELDS = ("subject", "headline", "story", "next", "short")
# What one parcel of several does is not said of the whole order.
OF_ONE_PARCEL = frozenset(
    {
        Trigger.ANNOUNCED,
        Trigger.SHIPPED,
        Trigger.OUT_FOR_DELIVERY,
        Trigger.AVAILABLE_FOR_PICKUP,
        Trigger.DELIVERED,
    }
)


@dataclass(frozen=True, slots=True)
class Words:
    """Ready to be read. `own` names the fields that are the shop's, `unfilled` the variables that had no value."""

    subject: str
    headline: str
    story: str
    next: str
    short: str
    button: str
    own: frozenset[str] = frozenset()
    unfilled: tuple[str, ...] = ()
    has_link: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One parcel of several that are told of together; `days` is "" where there are none to tell."""

    name: str
    days: str
    link: str


def words_of(facts: Facts, own: MessageText | None) -> Words:
    """What is said of one parcel, or of the order. A field whose variables have no value is ours, whole."""
    ours = _ours(facts)
    said, unfilled = {}, []
    for field in FIELDS:
        text = getattr(own, field) if own else ""
        try:
            said |= {field: fill(text, facts.values)} if text.strip() else {}
        except Unfilled as error:
            unfilled.append(error.name)
    return replace(
        ours,
        **said,
        own=frozenset(said),
        unfilled=tuple(dict.fromkeys(unfilled)),
        has_link="short" in said and "link" in variables_in(own.short),
    )


def words_together(facts: Facts, count: int) -> Words:
    """What is said of `count` parcels at once. Always ours: a shop's own words speak of one."""
    told = _told(facts, count)
    return Words(
        subject=told,
        headline=told,
        story="",
        next=str(GATHERED[facts.trigger].next),
        short=SHORT % {"shop": facts.values["shop"], "told": told},
        button=str(sentences.SENTENCES[facts.trigger].button),
    )


def lines_of(parcels: list[Facts]) -> list[Line]:
    """Each parcel of a gathered message, as they were shipped."""
    return [_line(facts) for facts in sorted(parcels, key=lambda facts: facts.shipment.pk)]


def own_text(alert: Alert) -> MessageText | None:
    asked = alert.trigger, alert.channel, alert.language
    texts = alert.merchant.message_texts.all()
    return next((text for text in texts if (text.trigger, text.channel, text.language) == asked), None)


def tell_unfilled(own: MessageText, unfilled: tuple[str, ...]) -> None:
    """Tell the shop once that its text says what a message did not know; counted until somebody settles it."""
    names = " ".join(f"{{{name}}}" for name in unfilled)
    detail = (
        f"{names} had no value for a message, which said what Doorstep says there. Change the text, or leave it so."
    )
    with translation.override(settings.LANGUAGE_CODE):
        Notice.tell(own.merchant_id, NoticeKind.TEXT_UNFILLED, str(own), detail)


def _ours(facts: Facts) -> Words:
    sentence = sentences.SENTENCES[facts.trigger]
    said = {field: getattr(sentence, field) % facts.values for field in FIELDS}
    if facts.trigger in OF_ONE_PARCEL and facts.is_part:
        told = _told(facts, 1)
        said |= {"subject": told, "short": SHORT % {"shop": facts.values["shop"], "told": told}}
    return Words(**said, button=str(sentence.button))


def _told(facts: Facts, count: int) -> str:
    return GATHERED[facts.trigger].told % {"count": count, "order": facts.values["order"]}


def _line(facts: Facts) -> Line:
    return Line(PARCEL % facts.values, _days(facts), facts.link)


def _days(facts: Facts) -> str:
    if facts.trigger in ARRIVED:
        return facts.values["when"]
    return DAYS_AND_BEFORE % facts.values if facts.values["was"] else facts.values["days"]

"""The words of one message, in the shopper's language and by the calendar of the destination.

Done once, when the message is due, and stored: a retry sends the same. The templates are ours, one set for all
triggers; the sentences are the shop's (MessageText) or ours (alerts/sentences/).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import css_inline
from django.db.models import prefetch_related_objects
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from alerts import markup, sentences
from alerts.channels import channel
from alerts.channels.base import Channel
from alerts.links import preferences_link, unsubscribe_link
from alerts.models import Alert, MessageText
from alerts.texts.aftercare import helps_for
from alerts.texts.values import Facts
from alerts.texts.variables import AFTERCARE
from alerts.texts.words import Words, lines_of, own_text, tell_unfilled, words_of, words_together
from alerts.triggers import (
    ABOUT_THE_PROMISE,
    ARRIVED,
    ASKS_TO_WRITE,
    BEYOND_THE_PROMISE,
    NAMES_ITS_REASON,
    PROBLEMS,
    Trigger,
)
from orders.colours import Palette, at_night, mix, palette
from orders.links import picture
from orders.models import Merchant
from orders.models.merchant import COLOUR
from orders.portal import portal_url
from orders.reasons import Action, Reason
from orders.selectors import journey
from orders.statuses import Status

# More than any list of mails shows of a mail.
BLANKS = 60
# How much of the quieter ink a line or an empty step has of it.
LINE = 0.25

_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the order as the e-mail shows it; `image` is "" unless it can be shown safely."""

    name: str
    quantity: int
    image: str


def write(alert: Alert) -> None:
    """Put subject, text and HTML into the alert; the caller saves it. Channels without a title get the text only."""
    own = own_text(alert)
    words = write_with(alert, own)
    if words.unfilled and not alert.is_test:
        tell_unfilled(own, words.unfilled)


def write_with(alert: Alert, own: MessageText | None) -> Words:
    """The same with these words of the shop, saved or not, and telling nobody; return the words that it says."""
    way = channel(alert.channel)
    _know_the_portal(alert)
    with translation.override(alert.language):
        told = [Facts(one) for one in (alert, *_told_too(alert))]
        words = words_of(told[0], own) if len(told) == 1 else words_together(told[0], len(told))
        _put(alert, way, words, _context(told, words))
    return words


def _told_too(alert: Alert) -> Iterable[Alert]:
    """The other parcels that this message tells of."""
    related = "merchant", "order", "shipment__merchant", "shipment__promise", "change__promise"
    return alert.digested.select_related(*related) if alert.pk else ()


def _know_the_portal(alert: Alert) -> None:
    """Ask for the shop's host names once for all links."""
    prefetch_related_objects([alert.merchant], "domains")
    for row in filter(None, (alert.order, alert.shipment)):
        row.merchant = alert.merchant


def _put(alert: Alert, way: Channel, words: Words, context: dict) -> None:
    alert.body_text = way.tidy(_without_gaps(render_to_string(f"alerts/{way.key}/message.txt", context)))
    if len(way.says) > 1:
        title = getattr(words, way.says[0])
        title = sentences.TEST % {"subject": title} if alert.is_test else title
        alert.subject = _one_line(title)[: Alert._meta.get_field("subject").max_length]
    if way.has_html:
        alert.body_html = _inliner.inline(render_to_string(f"alerts/{way.key}/message.html", context))


def _context(told: list[Facts], words: Words) -> dict:
    """Everything the templates may show."""
    facts, is_one = told[0], len(told) == 1
    alert, merchant = facts.alert, facts.alert.merchant
    action = _action(alert) if is_one else Action.NOTHING
    return {
        **asdict(words),
        "language": alert.language,
        "is_rtl": translation.get_language_bidi(),
        "merchant": merchant,
        "order": alert.order,
        "next": action.label if _is_asked(action, facts.trigger) else words.next,
        "button": action.button or words.button,
        "because": _because(facts) if is_one else "",
        "quote": _quote(facts, words),
        "lines": [] if is_one else lines_of(told),
        "link": facts.link,
        "unsubscribe": unsubscribe_link(alert),
        "preferences": preferences_link(alert),
        "near": "right" if translation.get_language_bidi() else "left",
        "far": "left" if translation.get_language_bidi() else "right",
        "logo": _logo(merchant),
        **_promise(facts, is_one),
        **(_parts(told) if channel(alert.channel).has_html else {}),
    }


def _parts(told: list[Facts]) -> dict:
    """What only an e-mail has room for."""
    facts = told[0]
    day = _palette(facts.alert.merchant)
    night = at_night(day)
    helps = helps_for(facts.trigger, facts.alert.order)
    return {
        "helps": helps,
        "items": [] if helps else _items(facts),
        "steps": journey(facts.shipment) if _is_under_way(facts) and len(told) == 1 else (),
        "day": day,
        "night": night,
        "day_line": mix(day.card, day.soft, LINE),
        "night_line": mix(night.card, night.soft, LINE),
        "blanks": range(BLANKS),
        "markup": markup.script(told) if _is_under_way(facts) else "",
    }


def _promise(facts: Facts, is_one: bool) -> dict:
    """The promised days, where they can still be kept and the headline does not name them, and those before."""
    is_shown = is_one and _is_worth_a_line(facts)
    sentence = sentences.PROMISED if _is_doubtful(facts) else sentences.EXPECTED
    is_told = is_one and (is_shown or facts.trigger in ABOUT_THE_PROMISE)
    return {
        "expected": facts.values["days"] if is_shown else "",
        "expected_line": sentence % facts.values if is_shown else "",
        "is_doubtful": _is_doubtful(facts),
        "was": sentences.WAS % {"days": facts.values["was"]} if is_told and facts.before else "",
    }


def _is_worth_a_line(facts: Facts) -> bool:
    is_needless = facts.trigger in ABOUT_THE_PROMISE | BEYOND_THE_PROMISE
    if facts.window is None or is_needless or not _is_under_way(facts):
        return False
    return not Status(facts.shipment.status).is_final and facts.window.ends_at(facts.zone) > timezone.now()


def _is_doubtful(facts: Facts) -> bool:
    """A promise that stands, of a parcel that may not keep it: nobody says that it is arriving."""
    return facts.shipment is not None and (facts.trigger in PROBLEMS or facts.shipment.is_trouble)


def _is_under_way(facts: Facts) -> bool:
    """The message is about a parcel's way, and not about what comes after it."""
    return facts.shipment is not None and facts.trigger not in AFTERCARE


def _because(facts: Facts) -> str:
    reason, trigger = _reason(facts.alert), facts.trigger
    if reason is None:
        return sentences.NO_REASON if trigger is Trigger.EXCEPTION else ""
    if trigger is Trigger.RECOVERED or reason is Reason.PROMISE_PASSED or not _is_under_way(facts):
        return ""
    if trigger in NAMES_ITS_REASON:
        return ""
    sentence = sentences.CARRIER_SAYS if trigger in ARRIVED else sentences.BECAUSE
    return sentence % {"reason": reason.label}


def _reason(alert: Alert) -> Reason | None:
    return Reason(alert.change.reason) if alert.change and alert.change.reason else None


def _action(alert: Alert) -> Action:
    reason = _reason(alert)
    return reason.action if reason and Trigger(alert.trigger) not in AFTERCARE else Action.NOTHING


def _is_asked(action: Action, trigger: Trigger) -> bool:
    """The reason asks for something that the message does not ask for by itself."""
    if action is Action.CONTACT_SHOP:
        return trigger not in ASKS_TO_WRITE
    return action not in (Action.NOTHING, Action.LOOK_AROUND)


def _quote(facts: Facts, words: Words) -> str:
    """The shop's answer to a case, unless the words hold it already."""
    is_quoted = facts.trigger is Trigger.CASE_ANSWERED and facts.values["answer"] not in words.story
    return facts.answer if is_quoted else ""


def _items(facts: Facts) -> list[Item]:
    return [Item(row.product.name, row.quantity, picture(row.product.image)) for row in facts.items]


def _logo(merchant: Merchant) -> str:
    """The logo's address, or "" where there is none or mail programs would not load it."""
    if not merchant.logo:
        return ""
    return picture(portal_url(merchant) + reverse("logo", args=[merchant.slug, merchant.brand_version]))


def _palette(merchant: Merchant) -> Palette:
    """The brand's colours, each one a colour and nothing else: they stand in a stylesheet."""
    return palette(*(_colour(merchant, field) for field in ("primary_colour", "accent_colour", "background_colour")))


def _colour(merchant: Merchant, field: str) -> str:
    given = getattr(merchant, field)
    return given if COLOUR.regex.match(given) else Merchant._meta.get_field(field).default


def _one_line(text: str) -> str:
    """Without line breaks and control characters: a header ends where its line does."""
    return " ".join("".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text).split())


def _without_gaps(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"

"""The words of one message, in the order's language and by the calendar of the destination.

Done once, when the message is planned, and stored: a retry sends the same. The templates are ours, one set for all
triggers; the sentences come from `alerts/sentences.py`.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

import css_inline
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from alerts import sentences
from alerts.channels import channel
from alerts.links import unsubscribe_link
from alerts.models import Alert
from alerts.triggers import ABOUT_THE_PROMISE, Trigger
from orders import wording
from orders.colours import readable_on
from orders.links import picture
from orders.models import Merchant, Shipment
from orders.models.merchant import COLOUR
from orders.portal import portal_url, tracking_url
from orders.reasons import Action, Reason
from orders.services.promises import first_promise
from orders.statuses import Status
from orders.windows import PromisedWindow, zone_named

MOST_ITEMS = 8
INK = "#1c1b1a"
# First-strong isolate and its end: a number or a name keeps its own direction within a right-to-left sentence.
ISOLATE = "\N{FIRST STRONG ISOLATE}%s\N{POP DIRECTIONAL ISOLATE}"

_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the order as the e-mail shows it; `image` is "" unless it can be shown safely."""

    name: str
    quantity: int
    image: str


def write(alert: Alert) -> None:
    """Put subject, text and HTML into the alert; the caller saves it. Channels without a subject get the text only."""
    way = channel(alert.channel)
    with translation.override(alert.language):
        context = _context(alert)
        text = render_to_string(f"alerts/{way.key}/message.txt", context)
        alert.body_text = way.tidy(_without_gaps(text))
        if way.has_subject_and_html:
            alert.subject = _one_line(context["subject"])[: Alert._meta.get_field("subject").max_length]
            alert.body_html = _inliner.inline(render_to_string(f"alerts/{way.key}/message.html", context))


def _context(alert: Alert) -> dict:
    """Everything the templates may show."""
    shipment, merchant = alert.shipment, alert.merchant
    window, before = _windows(alert)
    words, values = sentences.SENTENCES[Trigger(alert.trigger)], _values(alert, window, before)
    subject = words.subject % values
    action = _action(alert)
    return {
        "language": alert.language,
        "is_rtl": translation.get_language_bidi(),
        "merchant": merchant,
        "order": shipment.order,
        "subject": sentences.TEST % {"subject": subject} if alert.is_test else subject,
        "headline": words.headline % values,
        "expected": sentences.EXPECTED % values if _is_worth_a_line(alert, window) else "",
        "was": sentences.WAS % {"days": values["was"]} if values["was"] else "",
        "story": words.story % values,
        "because": _because(alert),
        "next": words.next % values if action is Action.NOTHING else action.label,
        "button": action.button or words.button,
        "sms": words.sms % values,
        "link": tracking_url(shipment),
        "unsubscribe": unsubscribe_link(alert),
        "items": _items(shipment),
        "logo": _logo(merchant),
        "colours": _colours(merchant),
    }


def _values(alert: Alert, window: PromisedWindow | None, before: PromisedWindow | None) -> dict[str, str]:
    """The placeholders' values; those of the promise are empty where nothing was promised."""
    shipment = alert.shipment
    today = _today(shipment)
    delivered = shipment.delivered_at or (alert.change.occurred_at if alert.change else timezone.now())
    values = {
        "shop": alert.merchant.name,
        "order": shipment.order.number,
        "days": wording.promised(window, today=today) if window else "",
        "last": wording.day(window.latest, today=today) if window else "",
        "was": wording.promised(before, today=today) if before else "",
        "when": wording.day_and_clock(delivered, shipment.zone),
    }
    if translation.get_language_bidi():
        return {name: ISOLATE % value if value else "" for name, value in values.items()}
    return values


def _windows(alert: Alert) -> tuple[PromisedWindow | None, PromisedWindow | None]:
    """What is promised, and what was promised first if that was another last day."""
    promise = alert.change.promise if alert.change else None
    promise = promise or alert.shipment.promise
    if promise is None:
        return None, None
    first = first_promise(alert.shipment)
    return promise.window, first.window if first.latest < promise.latest else None


def _today(shipment: Shipment) -> date:
    return timezone.localdate(timezone=zone_named(shipment.zone))


def _is_worth_a_line(alert: Alert, window: PromisedWindow | None) -> bool:
    """The promise can still be kept, and the headline does not speak of it."""
    if window is None or Trigger(alert.trigger) in ABOUT_THE_PROMISE or Status(alert.shipment.status).is_final:
        return False
    return window.ends_at(alert.shipment.zone) > timezone.now()


def _because(alert: Alert) -> str:
    reason, trigger = _reason(alert), Trigger(alert.trigger)
    if reason is None:
        return sentences.NO_REASON if trigger is Trigger.EXCEPTION else ""
    if trigger is Trigger.RECOVERED or reason is Reason.PROMISE_PASSED:
        return ""
    sentence = sentences.CARRIER_SAYS if trigger is Trigger.DELIVERED else sentences.BECAUSE
    return sentence % {"reason": reason.label}


def _reason(alert: Alert) -> Reason | None:
    told = alert.change.reason if alert.change else alert.shipment.reason
    return Reason(told) if told else None


def _action(alert: Alert) -> Action:
    reason = _reason(alert)
    return reason.action if reason else Action.NOTHING


def _items(shipment: Shipment) -> list[Item]:
    rows = shipment.order.items.select_related("product").order_by("id")[:MOST_ITEMS]
    return [Item(row.product.name, row.quantity, picture(row.product.image)) for row in rows]


def _logo(merchant: Merchant) -> str:
    """The logo's address, or "" where there is none or mail programs would not load it."""
    if not merchant.logo:
        return ""
    return picture(portal_url(merchant) + reverse("logo", args=[merchant.slug, merchant.brand_version]))


def _colours(merchant: Merchant) -> dict[str, str]:
    """The brand's colours, each one a colour and nothing else: they stand in a stylesheet."""
    primary = _colour(merchant, "primary_colour")
    return {
        "primary": primary,
        "on_primary": readable_on(primary),
        "background": _colour(merchant, "background_colour"),
        "ink": INK,
    }


def _colour(merchant: Merchant, field: str) -> str:
    given = getattr(merchant, field)
    return given if COLOUR.regex.match(given) else Merchant._meta.get_field(field).default


def _one_line(text: str) -> str:
    """Without line breaks and control characters: a header ends where its line does."""
    return " ".join("".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text).split())


def _without_gaps(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"

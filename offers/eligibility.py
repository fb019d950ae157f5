"""Which offer fits the moment. Pure: rules and facts in, one offer or none out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from offers.models import Offer, Phase
from orders.links import web_link
from orders.statuses import Status

# A status that is missing here is one of trouble: there is no phase in which to sell.
PHASES = {
    Status.UNKNOWN: Phase.WAITING,
    Status.INFO_RECEIVED: Phase.WAITING,
    Status.IN_TRANSIT: Phase.UNDERWAY,
    Status.OUT_FOR_DELIVERY: Phase.UNDERWAY,
    Status.AVAILABLE_FOR_PICKUP: Phase.UNDERWAY,
    Status.DELIVERED: Phase.ARRIVED,
}


@dataclass(frozen=True, slots=True)
class Context:
    """The moment an offer has to suit. `phase` is None where something is wrong; `categories` are the order's."""

    phase: Phase | None
    country: str
    language: str
    categories: frozenset[str]
    now: datetime
    is_trouble: bool = False
    has_open_case: bool = False


def choose(offers: Iterable[Offer], context: Context) -> Offer | None:
    """The fitting offer of the highest priority, the first of equals. None while anything is wrong: selling stops."""
    if context.is_trouble or context.has_open_case or context.phase is None:
        return None
    return max((offer for offer in offers if fits(offer, context)), key=lambda offer: offer.priority, default=None)


def fits(offer: Offer, context: Context) -> bool:
    """Every rule of the offer lets this moment through. An empty rule lets everything through."""
    return (
        offer.active
        and bool(web_link(offer.link))
        and offer.starts_at <= context.now
        and (offer.ends_at is None or context.now < offer.ends_at)
        and (not offer.phases or context.phase in offer.phases)
        and (not offer.countries or context.country.upper() in map(str.upper, offer.countries))
        and (not offer.languages or context.language in offer.languages)
        and (not offer.categories or not context.categories.isdisjoint(offer.categories))
    )

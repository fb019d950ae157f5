"""What now: exactly one thing for the shopper to do, even if it is nothing."""

from dataclasses import dataclass

from django.utils.translation import gettext

from orders.reasons import Action, Reason
from orders.statuses import Status

# What the shopper does where the status itself settles it, whatever the reason was.
BY_STATUS = {
    Status.AVAILABLE_FOR_PICKUP: Action.COLLECT,
    Status.RETURNING: Action.CONTACT_SHOP,
    Status.RETURNED: Action.CONTACT_SHOP,
    Status.CANCELLED: Action.CONTACT_SHOP,
}
# What they do where the carrier gave no reason.
WITHOUT_REASON = {Status.ATTEMPT_FAILED: Action.CHOOSE_DAY}

# These are done on the carrier's own page; the others by writing to the shop.
AT_CARRIER = {Action.COLLECT, Action.PAY_DUTIES, Action.SEND_DOCUMENTS, Action.CHOOSE_DAY}


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing to do. `button` and `link` are empty where there is nothing to press."""

    sentence: str
    button: str = ""
    link: str = ""
    leads_away: bool = False


def next_step(status: Status, reason: Reason | None, *, carrier_link: str, shop_link: str) -> NextStep:
    """The step for a parcel in this state. A link is "" where there is none; then the shop stands in, or no button."""
    action = action_for(status, reason)
    if action is Action.NOTHING:
        return NextStep(_nothing_to_do(status))
    if action in AT_CARRIER and carrier_link:
        return NextStep(action.label, action.button, carrier_link, leads_away=True)
    if action.button and shop_link:
        button = Action.CONTACT_SHOP.button if action in AT_CARRIER else action.button
        return NextStep(action.label, button, shop_link)
    return NextStep(action.label)


def action_for(status: Status, reason: Reason | None) -> Action:
    if status in BY_STATUS:
        return BY_STATUS[status]
    if reason is None:
        return WITHOUT_REASON.get(status, Action.NOTHING)
    if status is Status.DELIVERED and reason.action is not Action.LOOK_AROUND:
        return Action.NOTHING
    return reason.action


def _nothing_to_do(status: Status) -> str:
    """Only where somebody is on it does the page say so."""
    if status is Status.DELIVERED:
        return gettext("Nothing to do. If something is wrong with it, write to us.")
    if status is Status.UNKNOWN:
        return gettext("Nothing to do yet: the carrier has not told us anything. Its first news appears here.")
    return Action.NOTHING.label

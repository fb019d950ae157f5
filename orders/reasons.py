"""Why a parcel is where it is, who must act, and the one thing the shopper can do.

A reason is listed once, here, with its wording, its responsible party and its next action.
"""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class Party(TextChoices):
    CARRIER = "carrier", pgettext_lazy("responsible party", "the carrier")
    MERCHANT = "merchant", pgettext_lazy("responsible party", "the shop")
    RECIPIENT = "recipient", pgettext_lazy("responsible party", "you")
    CUSTOMS = "customs", pgettext_lazy("responsible party", "customs")
    NOBODY = "nobody", pgettext_lazy("responsible party", "nobody")


class Action(TextChoices):
    """The one next action the page shows; the label is its sentence."""

    NOTHING = "nothing", pgettext_lazy("next action", "Nothing to do: we are on it.")
    CONFIRM_ADDRESS = "confirm_address", pgettext_lazy("next action", "Please confirm your address.")
    COLLECT = "collect", pgettext_lazy("next action", "Please collect your parcel.")
    PAY_DUTIES = "pay_duties", pgettext_lazy("next action", "Please pay the duties so that customs can release it.")
    SEND_DOCUMENTS = "send_documents", pgettext_lazy("next action", "Please send the papers that customs asks for.")
    CHOOSE_DAY = "choose_day", pgettext_lazy("next action", "Please choose a new day for the delivery.")
    LOOK_AROUND = "look_around", pgettext_lazy("next action", "Please look where the carrier left it.")
    CONTACT_SHOP = "contact_shop", pgettext_lazy("next action", "Please write to us: we will put it right.")

    @property
    def button(self):
        """The button's words, or None where there is nothing to press."""
        return BUTTONS.get(self)


BUTTONS = {
    Action.CONFIRM_ADDRESS: pgettext_lazy("button", "Confirm the address"),
    Action.COLLECT: pgettext_lazy("button", "Where to collect it"),
    Action.PAY_DUTIES: pgettext_lazy("button", "Pay the duties"),
    Action.SEND_DOCUMENTS: pgettext_lazy("button", "Send the papers"),
    Action.CHOOSE_DAY: pgettext_lazy("button", "Choose a day"),
    Action.CONTACT_SHOP: pgettext_lazy("button", "Write to us"),
}


class Reason(TextChoices):
    ADDRESS_INCORRECT = "address_incorrect", pgettext_lazy("reason", "the address could not be found")
    ADDRESS_INCOMPLETE = "address_incomplete", pgettext_lazy("reason", "the address is incomplete")
    RECIPIENT_MOVED = "recipient_moved", pgettext_lazy("reason", "the recipient has moved")
    RECIPIENT_ABSENT = "recipient_absent", pgettext_lazy("reason", "nobody was at home")
    BUSINESS_CLOSED = "business_closed", pgettext_lazy("reason", "the business was closed")
    ACCESS_RESTRICTED = "access_restricted", pgettext_lazy("reason", "the driver could not get to the door")
    REFUSED = "refused", pgettext_lazy("reason", "the parcel was refused")
    IDENTITY_UNCONFIRMED = "identity_unconfirmed", pgettext_lazy("reason", "identity or age could not be confirmed")
    RESCHEDULED = "rescheduled", pgettext_lazy("reason", "the delivery was moved to another day")
    HELD_AT_RECIPIENT_REQUEST = (
        "held_at_recipient_request",
        pgettext_lazy("reason", "the recipient asked the carrier to hold it"),
    )
    REDIRECTED = "redirected", pgettext_lazy("reason", "the parcel was sent on to another address")
    PICKUP_EXPIRED = "pickup_expired", pgettext_lazy("reason", "the parcel was not collected in time")
    CUSTOMS_HELD = "customs_held", pgettext_lazy("reason", "customs is holding the parcel")
    CUSTOMS_DOCUMENTS = "customs_documents", pgettext_lazy("reason", "customs needs more papers")
    DUTIES_UNPAID = "duties_unpaid", pgettext_lazy("reason", "duties have to be paid")
    PROHIBITED = "prohibited", pgettext_lazy("reason", "the contents may not be carried")
    PAYMENT_REQUIRED = "payment_required", pgettext_lazy("reason", "a payment is due")
    WEATHER = "weather", pgettext_lazy("reason", "the weather is bad")
    NATURAL_DISASTER = "natural_disaster", pgettext_lazy("reason", "a natural disaster hit the route")
    STRIKE = "strike", pgettext_lazy("reason", "there is a strike")
    HOLIDAY = "holiday", pgettext_lazy("reason", "it is a public holiday")
    DAMAGED = "damaged", pgettext_lazy("reason", "the parcel is damaged")
    LOST = "lost", pgettext_lazy("reason", "the parcel is lost")
    UNDER_INVESTIGATION = "under_investigation", pgettext_lazy("reason", "the carrier is looking for the parcel")
    MISSORTED = "missorted", pgettext_lazy("reason", "the parcel was missorted")
    CARRIER_DELAY = "carrier_delay", pgettext_lazy("reason", "the carrier is delayed")
    CAPACITY = "capacity", pgettext_lazy("reason", "the carrier is overloaded")
    VEHICLE_BREAKDOWN = "vehicle_breakdown", pgettext_lazy("reason", "a vehicle broke down")
    SECURITY_HOLD = "security_hold", pgettext_lazy("reason", "a security check is under way")
    DISPOSED = "disposed", pgettext_lazy("reason", "the carrier disposed of the parcel")
    CANCELLED_BY_MERCHANT = "cancelled_by_merchant", pgettext_lazy("reason", "the shop cancelled the shipment")
    NOT_HANDED_OVER = "not_handed_over", pgettext_lazy("reason", "the carrier has not received the parcel yet")
    SHIPPING_DATA = "shipping_data", pgettext_lazy("reason", "the shipping papers or the label are wrong")
    DELIVERED_TO_NEIGHBOUR = "delivered_to_neighbour", pgettext_lazy("reason", "it was left with a neighbour")
    DELIVERED_TO_SAFE_PLACE = "delivered_to_safe_place", pgettext_lazy("reason", "it was left in a safe place")
    DELIVERED_TO_LOCKER = "delivered_to_locker", pgettext_lazy("reason", "it is in a locker or mailbox")
    DELIVERED_TO_RECEPTION = "delivered_to_reception", pgettext_lazy("reason", "it was handed in at the reception")
    SILENCE = "silence", pgettext_lazy("reason", "the carrier has not reported for some time")
    TRANSIT_TOO_LONG = "transit_too_long", pgettext_lazy("reason", "the rest of the way usually takes longer")
    PROMISE_PASSED = "promise_passed", pgettext_lazy("reason", "the promised day has passed")

    @property
    def party(self) -> Party:
        return _MEANING[self][0]

    @property
    def action(self) -> Action:
        return _MEANING[self][1]


_MEANING = {
    Reason.ADDRESS_INCORRECT: (Party.RECIPIENT, Action.CONFIRM_ADDRESS),
    Reason.ADDRESS_INCOMPLETE: (Party.RECIPIENT, Action.CONFIRM_ADDRESS),
    Reason.RECIPIENT_MOVED: (Party.RECIPIENT, Action.CONFIRM_ADDRESS),
    Reason.RECIPIENT_ABSENT: (Party.RECIPIENT, Action.CHOOSE_DAY),
    Reason.BUSINESS_CLOSED: (Party.RECIPIENT, Action.CHOOSE_DAY),
    Reason.ACCESS_RESTRICTED: (Party.RECIPIENT, Action.CHOOSE_DAY),
    Reason.REFUSED: (Party.RECIPIENT, Action.CONTACT_SHOP),
    Reason.IDENTITY_UNCONFIRMED: (Party.RECIPIENT, Action.CHOOSE_DAY),
    Reason.RESCHEDULED: (Party.NOBODY, Action.NOTHING),
    Reason.HELD_AT_RECIPIENT_REQUEST: (Party.RECIPIENT, Action.COLLECT),
    Reason.REDIRECTED: (Party.CARRIER, Action.NOTHING),
    Reason.PICKUP_EXPIRED: (Party.RECIPIENT, Action.CONTACT_SHOP),
    Reason.CUSTOMS_HELD: (Party.CUSTOMS, Action.NOTHING),
    Reason.CUSTOMS_DOCUMENTS: (Party.CUSTOMS, Action.SEND_DOCUMENTS),
    Reason.DUTIES_UNPAID: (Party.RECIPIENT, Action.PAY_DUTIES),
    Reason.PROHIBITED: (Party.MERCHANT, Action.CONTACT_SHOP),
    Reason.PAYMENT_REQUIRED: (Party.RECIPIENT, Action.CONTACT_SHOP),
    Reason.WEATHER: (Party.NOBODY, Action.NOTHING),
    Reason.NATURAL_DISASTER: (Party.NOBODY, Action.NOTHING),
    Reason.STRIKE: (Party.CARRIER, Action.NOTHING),
    Reason.HOLIDAY: (Party.NOBODY, Action.NOTHING),
    Reason.DAMAGED: (Party.CARRIER, Action.CONTACT_SHOP),
    Reason.LOST: (Party.CARRIER, Action.CONTACT_SHOP),
    Reason.UNDER_INVESTIGATION: (Party.CARRIER, Action.NOTHING),
    Reason.MISSORTED: (Party.CARRIER, Action.NOTHING),
    Reason.CARRIER_DELAY: (Party.CARRIER, Action.NOTHING),
    Reason.CAPACITY: (Party.CARRIER, Action.NOTHING),
    Reason.VEHICLE_BREAKDOWN: (Party.CARRIER, Action.NOTHING),
    Reason.SECURITY_HOLD: (Party.CARRIER, Action.NOTHING),
    Reason.DISPOSED: (Party.CARRIER, Action.CONTACT_SHOP),
    Reason.CANCELLED_BY_MERCHANT: (Party.MERCHANT, Action.CONTACT_SHOP),
    Reason.NOT_HANDED_OVER: (Party.MERCHANT, Action.NOTHING),
    Reason.SHIPPING_DATA: (Party.MERCHANT, Action.NOTHING),
    Reason.DELIVERED_TO_NEIGHBOUR: (Party.NOBODY, Action.LOOK_AROUND),
    Reason.DELIVERED_TO_SAFE_PLACE: (Party.NOBODY, Action.LOOK_AROUND),
    Reason.DELIVERED_TO_LOCKER: (Party.NOBODY, Action.LOOK_AROUND),
    Reason.DELIVERED_TO_RECEPTION: (Party.NOBODY, Action.LOOK_AROUND),
    Reason.SILENCE: (Party.CARRIER, Action.NOTHING),
    Reason.TRANSIT_TOO_LONG: (Party.CARRIER, Action.NOTHING),
    Reason.PROMISE_PASSED: (Party.CARRIER, Action.NOTHING),
}

"""Which carrier a tracking number is of, as far as the number tells it. What is not clear is asked, never guessed."""

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from orders.incoming import ShipmentData
from orders.models import Merchant, Shipment

# So sure must be who takes a carrier that nobody named, and who doubts the one that was.
CLEAR, SURE = 0.9, 0.95
MOST_NAMED = 5
# The postal unions' form: every post on the way tracks it, so that its country proves nobody wrong.
POSTAL = "s10"


class CarrierUnclear(Exception):
    """Parcels came without a carrier, and their numbers do not tell it: what to say, by the parcel's place."""

    def __init__(self, messages: dict[int, str]):
        super().__init__(" ".join(messages.values()))
        self.messages = messages


def own_carriers(merchant: Merchant) -> set[str]:
    """The keys of the carriers at which the merchant has an account in use."""
    return set(merchant.carrier_accounts.filter(active=True).values_list("carrier", flat=True))


def likely_carriers(number: str, *, own: set[str], country: str) -> list[tuple[str, float]]:
    """The keys of the carriers that the number may be of, best first, each with how sure that is from 0 to 1."""
    return [(key, found.confidence) for found in _candidates(number, own, country) for key in found.carriers]


def recognised(merchant: Merchant, parcel: ShipmentData) -> str:
    """The key of the one carrier of this merchant that the number is of. Raises ValueError with what to send."""
    own = own_carriers(merchant)
    likely = likely_carriers(parcel.plain_number, own=own, country=parcel.country)
    clear = [key for key, confidence in likely if confidence >= CLEAR and key in own]
    if len(clear) == 1:
        return clear[0]
    raise ValueError(_what_to_send(parcel.plain_number, likely))


def doubt(shipment: Shipment) -> str:
    """Why the carrier that came with this parcel is hardly the right one; "" where nothing says so."""
    if import_string(settings.CARRIER_IS_AGGREGATOR)(shipment.carrier):
        return ""
    own = own_carriers(shipment.merchant)
    for best in _candidates(shipment.tracking_number, own, shipment.destination_country)[:1]:
        other = next((key for key in best.carriers if key in own), None)
        is_sure = best.checksum and best.confidence >= SURE and best.courier != POSTAL
        if other and is_sure and shipment.carrier not in best.carriers:
            message = _("“%(number)s” came as a parcel of %(carrier)s and looks like one of %(other)s: is that right?")
            return message % {"number": shipment.tracking_number, "carrier": shipment.carrier, "other": other}
    return ""


def _candidates(number: str, own: set[str], country: str) -> list:
    # Orders knows no sibling: the settings name who can read numbers.
    return import_string(settings.CARRIER_DETECTOR)(number, own=own, destination=country)


def _what_to_send(number: str, likely: list[tuple[str, float]]) -> str:
    if not likely:
        message = _("“%(number)s” came without a carrier, and has the form of no carrier that is known: send carrier.")
        return message % {"number": number}
    message = _("“%(number)s” came without a carrier and does not tell it clearly: send carrier. It may be %(likely)s.")
    named = (f"{key} ({confidence:.0%})" for key, confidence in likely[:MOST_NAMED])
    return message % {"number": number, "likely": ", ".join(named)}

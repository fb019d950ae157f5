"""UPS's codes and texts, from its tables of activity types, scans, exceptions and status descriptions."""

from typing import NamedTuple

from carriers.sandbox.lives import Leg
from carriers.sandbox.wire import Vocabulary
from orders.reasons import Reason
from orders.statuses import Status


class Words(NamedTuple):
    """An activity's type, its scan or exception code, its status code, and its text."""

    type: str
    code: str
    status_code: str
    text: str


WORDS: Vocabulary[Words] = {
    (Status.INFO_RECEIVED, None): Words(
        "M", "MP", "003", "Shipper created a label, UPS has not received the package yet. "
    ),
    (Status.IN_TRANSIT, None): Words("I", "AR", "005", "Arrived at Facility"),
    (Status.IN_TRANSIT, Leg.PICKED_UP): Words("I", "OR", "005", "We have your package"),
    (Status.IN_TRANSIT, Leg.DEPARTED): Words("I", "DP", "005", "Departed from Facility"),
    # Released from customs keeps type X: only the status code tells that it is good news.
    (Status.IN_TRANSIT, Leg.CLEARED): Words(
        "X", "RZ", "014", "Your package has been released by the government agency."
    ),
    (Status.OUT_FOR_DELIVERY, None): Words("I", "OT", "021", "Out For Delivery Today"),
    (Status.ATTEMPT_FAILED, None): Words(
        "X",
        "48",
        "022",
        "The receiver was not available for delivery. We'll make a second attempt the next business day.",
    ),
    (Status.ATTEMPT_FAILED, Reason.BUSINESS_CLOSED): Words(
        "X",
        "55",
        "022",
        "The receiving business was closed. We'll attempt to deliver the package the next business day.",
    ),
    (Status.ATTEMPT_FAILED, Reason.REFUSED): Words("X", "KT", "064", "The receiver refused the delivery."),
    (Status.AVAILABLE_FOR_PICKUP, None): Words("D", "2Q", "161", "Delivered To UPS Access Point™"),
    (Status.AVAILABLE_FOR_PICKUP, Reason.DELIVERED_TO_LOCKER): Words(
        "D", "1N", "040", "The package was delivered to a locker and is awaiting customer pickup."
    ),
    (Status.DELIVERED, None): Words("D", "FS", "011", "DELIVERED"),
    (Status.EXCEPTION, None): Words(
        "X", "1X", "046", "Your package is delayed. Check back later for delivery updates."
    ),
    (Status.EXCEPTION, Reason.CARRIER_DELAY): Words(
        "X",
        "17",
        "046",
        "A late UPS trailer arrival has delayed delivery. "
        "We're adjusting plans to deliver your package as quickly as possible.",
    ),
    (Status.EXCEPTION, Reason.MISSORTED): Words(
        "X", "34", "046", "We've incorrectly sorted this package which may cause a delay."
    ),
    (Status.EXCEPTION, Reason.WEATHER): Words("X", "DJ", "052", "Severe weather conditions have delayed delivery."),
    (Status.EXCEPTION, Reason.DAMAGED): Words(
        "X", "45", "059", "Your package was damaged in transit. We will notify the sender with details."
    ),
    (Status.EXCEPTION, Reason.ADDRESS_INCORRECT): Words(
        "X",
        "AF",
        "050",
        "The street name is incorrect. This may delay delivery. We're attempting to update the address.",
    ),
    (Status.EXCEPTION, Reason.ADDRESS_INCOMPLETE): Words(
        "X", "AG", "050", "The address is incomplete. This may delay delivery. We're attempting to update the address."
    ),
    (Status.EXCEPTION, Reason.CUSTOMS_HELD): Words(
        "X",
        "RZ",
        "012",
        "Your package is pending release from a Government Agency. "
        "Once they release it, your package will be on its way.",
    ),
    (Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS): Words(
        "X",
        "BB",
        "058",
        "UPS initiated contact with the sender to obtain clearance information. "
        "Once received, UPS will submit for clearance.",
    ),
    (Status.RETURNING, None): Words("X", "UF", "035", "We're in the process of returning this package to the sender."),
    (Status.RETURNED, None): Words("D", "B0", "034", "Package Delivered To Original Sender"),
    (Status.CANCELLED, None): Words("MV", "VP", "007", "Manifest cancelled and shipment voided"),
}

# UPS's status description codes, as far as they are written above.
STATUS_WORDS = {
    "003": "Shipment Ready for UPS",
    "005": "On the Way",
    "007": "Shipment Information Voided",
    "011": "Delivered",
    "012": "Clearance in Progress",
    "014": "Clearance Completed",
    "021": "Out for Delivery",
    "022": "First Attempt Made",
    "034": "Returned to Sender",
    "035": "Returning to Sender",
    "040": "Ready for Customer Pickup",
    "046": "Delay",
    "050": "Address Information Required",
    "052": "Delay: Severe Weather",
    "058": "Clearance Information Required",
    "059": "Damage Reported",
    "064": "Delivery Refused",
    "161": "Delivered to UPS Access Point",
}

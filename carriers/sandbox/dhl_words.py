"""What DHL's divisions write for each thing that happens: DHL's statusCode, and the division's own word for it."""

from carriers.sandbox.lives import Leg
from carriers.sandbox.wire import Vocabulary
from orders.reasons import Reason
from orders.statuses import Status

# parcel-de writes sentences.
PARCEL_DE: Vocabulary[tuple[str, str]] = {
    (Status.INFO_RECEIVED, None): (
        "pre-transit",
        "The instruction data for this shipment have been provided by the sender to DHL electronically",
    ),
    (Status.IN_TRANSIT, None): ("transit", "The shipment has been processed in the parcel center"),
    (Status.IN_TRANSIT, Leg.PICKED_UP): ("transit", "The shipment has been picked up"),
    (Status.IN_TRANSIT, Leg.DEPARTED): ("transit", "The shipment has been processed in the parcel center of origin"),
    (Status.IN_TRANSIT, Leg.ARRIVED): ("transit", "The shipment has been processed in the destination parcel center"),
    (Status.IN_TRANSIT, Leg.CLEARED): (
        "transit",
        "The shipment has been cleared by customs in the destination country",
    ),
    (Status.OUT_FOR_DELIVERY, None): ("transit", "The shipment has been loaded onto the delivery vehicle"),
    (Status.ATTEMPT_FAILED, None): (
        "failure",
        "The shipment could not be delivered, and the recipient has been notified",
    ),
    (Status.ATTEMPT_FAILED, Reason.REFUSED): (
        "failure",
        "The shipment could not be delivered because the recipient refused acceptance",
    ),
    (Status.AVAILABLE_FOR_PICKUP, None): ("transit", "The shipment is ready for pick-up at the retail outlet"),
    (Status.AVAILABLE_FOR_PICKUP, Reason.DELIVERED_TO_LOCKER): (
        "transit",
        "The shipment is ready for pick-up at the PACKSTATION",
    ),
    (Status.DELIVERED, None): ("delivered", "The shipment has been successfully delivered"),
    (Status.DELIVERED, Reason.DELIVERED_TO_NEIGHBOUR): ("delivered", "The shipment has been delivered to a neighbor"),
    (Status.EXCEPTION, None): ("failure", "The shipment is delayed"),
    (Status.EXCEPTION, Reason.MISSORTED): (
        "failure",
        "The shipment has been missorted and is being forwarded to the correct parcel center",
    ),
    (Status.EXCEPTION, Reason.CUSTOMS_HELD): ("failure", "The shipment is being held by customs"),
    (Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS): (
        "failure",
        "The shipment is being held by customs: documents are missing",
    ),
    (Status.EXCEPTION, Reason.ADDRESS_INCORRECT): (
        "failure",
        "The shipment could not be forwarded because the recipient's address is incorrect",
    ),
    (Status.EXCEPTION, Reason.WEATHER): ("failure", "The shipment is delayed due to severe weather"),
    (Status.EXCEPTION, Reason.DAMAGED): ("failure", "The shipment was damaged and is being repacked"),
    # DHL counts the way back as transit: only the words tell.
    (Status.RETURNING, None): ("transit", "The shipment is being returned to the sender"),
    (Status.RETURNED, None): ("delivered", "The shipment has been returned to the sender"),
}

# parcel-nl writes codes, from DHL's table of division statuses.
PARCEL_NL: Vocabulary[tuple[str, str]] = {
    (Status.INFO_RECEIVED, None): ("pre-transit", "PRENOTIFICATION_RECEIVED"),
    (Status.IN_TRANSIT, None): ("transit", "PARCEL_SORTED_AT_HUB"),
    (Status.IN_TRANSIT, Leg.PICKED_UP): ("transit", "PARCEL_COLLECTED"),
    (Status.IN_TRANSIT, Leg.ARRIVED): ("transit", "PARCEL_ARRIVED_AT_LOCAL_DEPOT"),
    (Status.IN_TRANSIT, Leg.CLEARED): ("transit", "CLEARANCE_RELEASE"),
    (Status.OUT_FOR_DELIVERY, None): ("transit", "OUT_FOR_DELIVERY"),
    (Status.ATTEMPT_FAILED, None): ("failure", "NOT_HOME"),
    (Status.ATTEMPT_FAILED, Reason.REFUSED): ("failure", "REFUSED_OTHER_REASON"),
    (Status.AVAILABLE_FOR_PICKUP, None): ("transit", "NOTIFICATION_FOR_PARCELSHOP_COLLECTION_HAS_BEEN_SENT"),
    (Status.AVAILABLE_FOR_PICKUP, Reason.DELIVERED_TO_LOCKER): ("transit", "DELIVERED_AT_PARCELSTATION"),
    (Status.DELIVERED, None): ("delivered", "DELIVERED"),
    (Status.DELIVERED, Reason.DELIVERED_TO_NEIGHBOUR): ("delivered", "DELIVERED_AT_NEIGHBOURS"),
    (Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE): ("delivered", "DELIVERED_AT_SAFEPLACE"),
    (Status.EXCEPTION, None): ("failure", "TRANSPORT_DELAY"),
    (Status.EXCEPTION, Reason.MISSORTED): ("failure", "MISSORT"),
    (Status.EXCEPTION, Reason.CUSTOMS_HELD): ("failure", "CLEARANCE_DELAY"),
    (Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS): ("failure", "CLEARANCE_DELAY"),
    (Status.EXCEPTION, Reason.ADDRESS_INCORRECT): ("failure", "ON_HOLD_BAD_ADDRESS"),
    (Status.EXCEPTION, Reason.DAMAGED): ("failure", "HELD_IN_STORAGE_DAMAGED"),
    (Status.RETURNING, None): ("transit", "PARCEL_RELABELED_FOR_RETURN_TO_SHIPPER"),
    (Status.RETURNED, None): ("delivered", "DELIVERED_AT_SHIPPER"),
}

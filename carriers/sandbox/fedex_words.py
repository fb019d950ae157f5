"""FedEx's scan codes and texts, from its status code table and replies seen."""

from typing import NamedTuple

from carriers.sandbox.lives import Leg
from carriers.sandbox.wire import Vocabulary
from orders.reasons import Reason
from orders.statuses import Status


class Words(NamedTuple):
    """One scan: event type, the status derived from it, both in words, where it was scanned, and why.

    The derived status is often another one: a parcel on the van derives to "In transit".
    """

    type: str
    derived: str
    derived_text: str
    text: str
    location_type: str = "FEDEX_FACILITY"
    exception: str = ""
    exception_text: str = ""
    delay: str = ""  # delayDetail.type


AT_STATION, AT_DOOR = "DESTINATION_FEDEX_FACILITY", "DELIVERY_LOCATION"

WORDS: Vocabulary[Words] = {
    (Status.INFO_RECEIVED, None): Words("OC", "IN", "Label created", "Shipment information sent to FedEx", "CUSTOMER"),
    (Status.IN_TRANSIT, None): Words("AR", "IT", "In transit", "Arrived at FedEx hub"),
    (Status.IN_TRANSIT, Leg.PICKED_UP): Words("PU", "PU", "Picked up", "Picked up", "PICKUP_LOCATION"),
    (Status.IN_TRANSIT, Leg.DEPARTED): Words(
        "DP", "IT", "In transit", "Left FedEx origin facility", "ORIGIN_FEDEX_FACILITY"
    ),
    (Status.IN_TRANSIT, Leg.ARRIVED): Words("AR", "IT", "In transit", "At local FedEx facility", AT_STATION),
    (Status.IN_TRANSIT, Leg.CLEARED): Words("CC", "IT", "In transit", "International shipment release - Import"),
    (Status.OUT_FOR_DELIVERY, None): Words("OD", "IT", "In transit", "On FedEx vehicle for delivery", "VEHICLE"),
    (Status.ATTEMPT_FAILED, None): Words(
        "DE",
        "DE",
        "Delivery exception",
        "Delivery exception",
        AT_DOOR,
        "08",
        "Customer not available or business closed",
    ),
    (Status.ATTEMPT_FAILED, Reason.REFUSED): Words(
        "DE", "DE", "Delivery exception", "Delivery exception", AT_DOOR, "07", "Shipment refused by recipient"
    ),
    (Status.AVAILABLE_FOR_PICKUP, None): Words(
        "HP", "IT", "In transit", "Ready for recipient pickup", AT_STATION, "", "Package available for pickup"
    ),
    (Status.DELIVERED, None): Words("DL", "DL", "Delivered", "Delivered", AT_DOOR),
    (Status.EXCEPTION, None): Words("SE", "SE", "Shipment exception", "Shipment exception"),
    (Status.EXCEPTION, Reason.MISSORTED): Words(
        "SE", "SE", "Shipment exception", "Shipment exception", "FEDEX_FACILITY", "12", "Package sorted to wrong route"
    ),
    (Status.EXCEPTION, Reason.DAMAGED): Words(
        "SE",
        "SE",
        "Shipment exception",
        "Shipment exception",
        "FEDEX_FACILITY",
        "10",
        "Damaged, delivery not completed",
    ),
    (Status.EXCEPTION, Reason.ADDRESS_INCORRECT): Words(
        "SE", "SE", "Shipment exception", "Shipment exception", AT_STATION, "03", "Incorrect address"
    ),
    (Status.EXCEPTION, Reason.CARRIER_DELAY): Words("DY", "DY", "Delay", "Delay", AT_STATION, "A52", "Package delayed"),
    (Status.EXCEPTION, Reason.WEATHER): Words(
        "DY", "DY", "Delay", "Delay", "FEDEX_FACILITY", "", "Local weather delay", delay="WEATHER"
    ),
    (Status.EXCEPTION, Reason.CUSTOMS_HELD): Words(
        "CD",
        "CD",
        "Clearance delay",
        "Clearance delay - Import",
        "FEDEX_FACILITY",
        "55",
        "Regulatory agency clearance delay",
    ),
    (Status.EXCEPTION, Reason.CUSTOMS_DOCUMENTS): Words(
        "CD",
        "CD",
        "Clearance delay",
        "Clearance delay - Import",
        "FEDEX_FACILITY",
        "50",
        "Improper or missing paperwork",
    ),
    (Status.RETURNING, None): Words(
        "RS", "RS", "Returning package to shipper", "Returning package to shipper", AT_STATION
    ),
    # FedEx writes no code of its own for the end of the way back: it is delivered, to the shipper.
    (Status.RETURNED, None): Words("DL", "DL", "Delivered", "Delivered", AT_DOOR),
    (Status.CANCELLED, None): Words("CA", "CA", "Cancelled", "Shipment cancelled by sender", "CUSTOMER"),
}

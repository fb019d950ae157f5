import pytest

from carriers.reading.words import compiled, first_found, reason_told
from orders.reasons import Reason
from orders.statuses import Status


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("A missing commercial invoice is causing a delay.", Reason.CUSTOMS_DOCUMENTS),
        ("Import charges are due for this package.", Reason.DUTIES_UNPAID),
        ("Your package is pending release from a Government Agency.", Reason.CUSTOMS_HELD),
        ("Your package has been released by the government agency.", None),
        ("A natural disaster has delayed delivery.", Reason.NATURAL_DISASTER),
        ("Severe weather conditions have delayed delivery.", Reason.WEATHER),
        ("The receiver is on vacation.", Reason.RECIPIENT_ABSENT),
        ("Delivery has been rescheduled due to holiday closures.", Reason.HOLIDAY),
        ("The package was not picked up by the receiver and will be returned to sender.", Reason.PICKUP_EXPIRED),
        ("The apartment number is either missing or incorrect.", Reason.ADDRESS_INCOMPLETE),
        ("The street number is incorrect.", Reason.ADDRESS_INCORRECT),
        ("Moved, Left no Address", Reason.RECIPIENT_MOVED),
        ("The shipment has been missorted and is being forwarded", Reason.MISSORTED),
        ("We tried to deliver the package, but need an adult signature.", Reason.IDENTITY_UNCONFIRMED),
        ("Shipment departed for return under new shipment ID", None),
        ("Package was lost", Reason.LOST),
        ("Everything is fine", None),
        ("", None),
    ],
)
def test_the_reason_is_what_the_words_tell_most_precisely(words, reason):
    assert reason_told(Status.EXCEPTION, words) is reason


def test_a_parcel_on_its_way_needs_no_excuse():
    assert reason_told(Status.IN_TRANSIT, "Arrived at customs") is None


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Left with neighbour", Reason.DELIVERED_TO_NEIGHBOUR),
        ("Front Door", Reason.DELIVERED_TO_SAFE_PLACE),
        ("Receptionist/Front Desk", Reason.DELIVERED_TO_RECEPTION),
        ("DELIVERED AT PARCEL BOX", Reason.DELIVERED_TO_LOCKER),
        ("Met Customer", None),
        ("Delivered although it was damaged", None),
    ],
)
def test_a_delivery_tells_where_the_parcel_was_left_and_nothing_else(words, reason):
    assert reason_told(Status.DELIVERED, words) is reason


def test_words_are_found_with_capitals_or_without_on_either_side():
    table = compiled((1, r"UPS Access\b"), (2, r"\Sé\W[A-C]x"))
    assert first_found(table, "Left at the ups access point") == 1
    assert first_found(table, "AT THE UPS ACCESS") == 1
    assert first_found(table, "UPS accessory") is None
    assert first_found(table, "CAFÉ bX") == 2
    assert first_found(table, "CAFÉ dX") is None

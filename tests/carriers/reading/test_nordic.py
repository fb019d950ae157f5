import pytest

from carriers.reading.nordic import handed_over, reason_told
from orders.reasons import Reason
from orders.statuses import Status


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Ingen hemma vid leveransförsöket", Reason.RECIPIENT_ABSENT),
        ("Modtageren blev ikke truffet hjemme", Reason.RECIPIENT_ABSENT),
        ("Mottakeren ble ikke truffet", Reason.RECIPIENT_ABSENT),
        ("Vastaanottajaa ei tavoitettu", Reason.RECIPIENT_ABSENT),
        ("Pakken er ikke hentet", Reason.PICKUP_EXPIRED),
        ("Försändelsen har inte hämtats ut", Reason.PICKUP_EXPIRED),
        ("Lähetystä ei noudettu", Reason.PICKUP_EXPIRED),
        ("Adressen er mangelfull", Reason.ADDRESS_INCORRECT),
        ("Osoite on virheellinen", Reason.ADDRESS_INCORRECT),
        ("Moms ska betalas", Reason.DUTIES_UNPAID),
        ("Försändelsen väntar på tullklarering", Reason.CUSTOMS_HELD),
        ("Lähetys odottaa tullausta", Reason.CUSTOMS_HELD),
        ("Mottagaren vägrade ta emot", Reason.REFUSED),
        ("Pakken er fejlsorteret", Reason.MISSORTED),
        ("Sendingen er skadet", Reason.DAMAGED),
        ("Forsinket på grunn av været", Reason.WEATHER),
        ("Lähetys on myöhässä", Reason.CARRIER_DELAY),
        ("The parcel is damaged", Reason.DAMAGED),
        ("Alt er vel", None),
    ],
)
def test_a_reason_is_read_in_the_languages_of_the_north_and_in_english(words, reason):
    assert reason_told(Status.EXCEPTION, words) == reason


def test_a_parcel_that_is_under_way_needs_no_reason():
    assert reason_told(Status.IN_TRANSIT, "Sendingen er skadet") is None


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Levert i postkassen", Reason.DELIVERED_TO_LOCKER),
        ("Lämnad hos granne", Reason.DELIVERED_TO_NEIGHBOUR),
        ("Lagt utenfor døra", Reason.DELIVERED_TO_SAFE_PLACE),
        ("Levert", None),
    ],
)
def test_where_a_parcel_was_left_is_read_too(words, reason):
    assert reason_told(Status.DELIVERED, words) == reason


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("Försändelsen har levererats till avsändaren", Status.RETURNED),
        ("Sendingen er levert til avsender", Status.RETURNED),
        ("Pakken kan hentes", Status.AVAILABLE_FOR_PICKUP),
        ("Delivered to the parcel locker", Status.AVAILABLE_FOR_PICKUP),
        ("Delivered to a service point", Status.AVAILABLE_FOR_PICKUP),
        ("Delivered to the recipient's mailbox", None),
    ],
)
def test_a_delivery_to_the_sender_or_to_a_pickup_point_is_none(words, status):
    assert handed_over(words) == status

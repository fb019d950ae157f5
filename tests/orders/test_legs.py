from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orders.events import ParcelEvent
from orders.legs import handovers
from orders.statuses import Status

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def scans(*carriers):
    """One scan an hour by each of these carriers."""
    return [
        ParcelEvent(Status.IN_TRANSIT, START + timedelta(hours=hour), code=str(hour), carrier=carrier)
        for hour, carrier in enumerate(carriers)
    ]


def names(*carriers):
    return list(handovers(scans(*carriers)).values())


def test_a_parcel_of_one_carrier_is_never_handed_over():
    assert names("", "", "") == names("Yanwen", "Yanwen") == names() == []


def test_the_first_scan_of_the_next_carrier_is_the_handover():
    events = scans("Yanwen", "Yanwen", "PostNL", "PostNL")
    assert handovers(events) == {events[2].key: "PostNL"}


def test_from_the_carrier_that_was_asked_to_one_it_names():
    assert names("", "", "Posti") == ["Posti"]


def test_late_scans_of_the_former_carrier_hand_nothing_back():
    assert names("Yanwen", "PostNL", "Yanwen", "PostNL", "") == ["PostNL"]


def test_every_leg_counts():
    assert names("Cainiao", "Landmark Global", "Canada Post") == ["Landmark Global", "Canada Post"]


def test_the_spelling_of_a_name_is_no_handover():
    assert names("PostNL", "POSTNL") == []


@given(st.permutations(range(4)))
def test_the_order_in_which_scans_came_in_does_not_matter(order):
    events = scans("Yanwen", "PostNL", "Yanwen", "PostNL")
    assert handovers([events[at] for at in order]) == {events[1].key: "PostNL"}

import pytest

from carriers.reading.zones import LIKELIEST, PRIMARY, STATES, likely_zone, zone_of
from orders.windows import zone_named


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        (("FI",), "Europe/Helsinki"),
        (("DE",), "Europe/Berlin"),
        (("ES",), "Europe/Madrid"),
        (("US", "wa"), "America/Los_Angeles"),
        (("CA", "QC"), "America/Toronto"),
        (("AU", "WA"), "Australia/Perth"),
    ],
)
def test_a_place_keeps_the_zone_of_its_country_or_state(place, zone):
    assert zone_of(*place) == zone


@pytest.mark.parametrize("place", [("US",), ("US", "XX"), ("BR",), ("RU", "MOW"), ("XX",), ("",)])
def test_a_place_that_could_keep_several_has_none(place):
    assert zone_of(*place) == ""


def test_where_a_time_needs_a_zone_the_likelier_is_taken_and_utc_is_the_last():
    assert likely_zone(("", ""), ("US", "")) == "America/New_York"
    assert likely_zone(("US", "CA"), ("SE", "")) == "America/Los_Angeles"
    assert likely_zone(("", ""), ("XX", "")) == "UTC"
    assert likely_zone() == "UTC"


def test_every_zone_named_here_is_one():
    for zone in [*PRIMARY.values(), *LIKELIEST.values(), *(zone for states in STATES.values() for zone in states)]:
        assert zone_named(zone).key == zone

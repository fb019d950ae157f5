"""Which region's public holidays count, at the warehouse and where the postcode tells it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.promise.calendar import Closed, WorkingDays, holiday_name, is_holiday
from orders.promise.regions import TABLES, place_of, regions_of

CORPUS_CHRISTI = date(2026, 6, 4)


@pytest.mark.parametrize(
    ("country", "postcode", "place"),
    [
        ("ES", "08001", "ES-CT"),
        ("ES", "28013", "ES-MD"),
        ("ES", "99001", "ES"),
        ("GB", "EH11AA", "GB-SCT"),
        ("GB", "G11AA", "GB-SCT"),
        ("GB", "GL11AA", "GB-ENG"),
        ("GB", "BT11AA", "GB-NIR"),
        ("GB", "TD151AA", "GB"),
        ("GB", "SW1A1AA", "GB-ENG"),
        ("CA", "H2X1Y4", "CA-QC"),
        ("CA", "X0A0H0", "CA"),
        ("FR", "67000", "FR-6AE"),
        ("FR", "75001", "FR"),
        ("DE", "80331", "DE"),
        ("GB", "", "GB"),
        ("", "08001", ""),
    ],
)
def test_a_postcode_tells_the_region_where_its_border_is_the_regions(country, postcode, place):
    assert place_of(country, postcode) == place


@given(st.sampled_from([*TABLES, "DE", "ZZ", ""]), st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", max_size=8))
def test_whatever_the_postcode_the_place_is_the_country_or_in_it(country, postcode):
    assert place_of(country, postcode).partition("-")[0] == country


@pytest.mark.parametrize("country", TABLES)
def test_every_region_of_a_table_has_a_calendar_that_keeps_its_countrys_holidays(country):
    _pattern, areas, others = TABLES[country]
    for region in {*areas.values(), others} - {""}:
        place = f"{country}-{region}"
        assert place in dict(regions_of(country))
        days = [date.fromordinal(date(2026, 1, 1).toordinal() + n) for n in range(365)]
        assert all(is_holiday(day, place) for day in days if is_holiday(day, country))


def test_a_regions_holiday_is_told_as_its_own_and_its_countrys_as_the_countrys():
    assert not is_holiday(CORPUS_CHRISTI, "DE")
    assert WorkingDays(places=("DE-BY",)).closed(CORPUS_CHRISTI) == Closed(CORPUS_CHRISTI, "DE-BY")
    assert WorkingDays(places=("DE-BY",)).closed(date(2026, 12, 25)) == Closed(date(2026, 12, 25), "DE")
    assert holiday_name(CORPUS_CHRISTI, "DE-BY", "de") == "Fronleichnam"


def test_a_region_nobody_knows_keeps_its_countrys_holidays():
    assert is_holiday(date(2026, 12, 25), "DE-XX")
    assert is_holiday(date(2026, 12, 25), "FI-01")


def test_only_regions_with_holidays_of_their_own_are_offered():
    assert ("DE-BY", "Bayern") in regions_of("DE")
    assert regions_of("FI") == [("FI-01", "Ahvenanmaan maakunta")]
    assert regions_of("ZZ") == []

"""Regions with public holidays of their own: where a warehouse may stand, and where a postcode lies.

A place is a country (ISO 3166-1 alpha-2) or one of its regions (ISO 3166-2), such as "DE" and "DE-BY". A postcode
tells the region only where the post drew its areas along the region's borders. It did not in Germany, Switzerland,
Austria and Australia: there the country's holidays count. In the United States the states' are not the carriers'.
"""

import re
from functools import cache

import holidays

from orders.promise.calendar import has_own_holidays

# By the first two digits, which are the province's number at the statistics office (INE).
SPAIN = {
    "AN": "04 11 14 18 21 23 29 41",
    "AR": "22 44 50",
    "AS": "33",
    "CB": "39",
    "CE": "51",
    "CL": "05 09 24 34 37 40 42 47 49",
    "CM": "02 13 16 19 45",
    "CN": "35 38",
    "CT": "08 17 25 43",
    "EX": "06 10",
    "GA": "15 27 32 36",
    "IB": "07",
    "MC": "30",
    "MD": "28",
    "ML": "52",
    "NC": "31",
    "PV": "01 20 48",
    "RI": "26",
    "VC": "03 12 46",
}
# By the letters before the first digit. TD lies on both sides of the border; what is not named here is England or
# Wales, whose holidays are the same.
BRITAIN = {"SCT": "AB DD DG EH FK G HS IV KA KW KY ML PA PH ZE", "NIR": "BT", "": "TD GY JE IM BF BX"}
# By the first letter. X is shared by the Northwest Territories and Nunavut.
CANADA = {
    "AB": "T",
    "BC": "V",
    "MB": "R",
    "NB": "E",
    "NL": "A",
    "NS": "B",
    "ON": "K L M N P",
    "PE": "C",
    "QC": "G H J",
    "SK": "S",
    "YT": "Y",
}
# By the first two digits, the department's number: the three that kept Good Friday and Boxing Day.
FRANCE = {"57": "57", "6AE": "67 68"}


def _by_area(areas: dict[str, str]) -> dict[str, str]:
    return {area: region for region, named in areas.items() for area in named.split()}


# For each country: what of a postcode is its area, the areas' regions, and the region of all others.
TABLES = {
    "CA": (re.compile(r"[A-Z]"), _by_area(CANADA), ""),
    "ES": (re.compile(r"\d\d"), _by_area(SPAIN), ""),
    "FR": (re.compile(r"\d\d"), _by_area(FRANCE), ""),
    "GB": (re.compile(r"[A-Z]{1,2}(?=\d)"), _by_area(BRITAIN), "ENG"),
}
CODE = re.compile(r"[0-9A-Z]{1,3}")


def place_of(country: str, postcode: str) -> str:
    """The region in which this postcode (in capitals, without spaces) lies; the country where that cannot be told."""
    pattern, areas, others = TABLES.get(country, (None, {}, ""))
    area = pattern and pattern.match(postcode)
    region = areas.get(area[0], others) if area else ""
    return f"{country}-{region}" if region else country


@cache
def regions_of(country: str) -> list[tuple[str, str]]:
    """The country's regions with public holidays of their own, as (place, name in its own language), by name."""
    try:
        names = holidays.country_holidays(country).get_subdivision_aliases()
    except NotImplementedError:
        return []
    named = [(f"{country}-{code}", max(told, key=len)) for code, told in names.items() if told and CODE.fullmatch(code)]
    return sorted((one for one in named if has_own_holidays(one[0])), key=lambda region: region[1])

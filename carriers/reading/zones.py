"""Which time zone a place keeps, for times and days that a carrier sends without one."""

from functools import cache, lru_cache

from babel.core import get_global

# Where nearly everybody in a country of several zones lives (CLDR's primary zones), or all of whose zones agree.
PRIMARY = {
    "AR": "America/Argentina/Buenos_Aires",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "KZ": "Asia/Almaty",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}

# A state that keeps several zones stands under the one most of its people keep.
STATES = {
    "US": {
        "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
        "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
        "America/Denver": "CO ID MT NM UT WY",
        "America/Phoenix": "AZ",
        "America/Los_Angeles": "CA NV OR WA",
        "America/Anchorage": "AK",
        "Pacific/Honolulu": "HI",
        "America/Puerto_Rico": "PR VI",
    },
    "CA": {
        "America/St_Johns": "NL",
        "America/Halifax": "NB NS PE",
        "America/Toronto": "NU ON PQ QC",
        "America/Winnipeg": "MB",
        "America/Regina": "SK",
        "America/Edmonton": "AB NT",
        "America/Whitehorse": "YT",
        "America/Vancouver": "BC",
    },
    "AU": {
        "Australia/Sydney": "ACT NSW",
        "Australia/Melbourne": "VIC",
        "Australia/Brisbane": "QLD",
        "Australia/Adelaide": "SA",
        "Australia/Darwin": "NT",
        "Australia/Perth": "WA",
        "Australia/Hobart": "TAS",
    },
}

# Where most people live, for a country whose zone nobody can tell without the state.
LIKELIEST = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "ID": "Asia/Jakarta",
    "MX": "America/Mexico_City",
    "RU": "Europe/Moscow",
    "US": "America/New_York",
}


@lru_cache(maxsize=5000)
def zone_of(country: str, state: str = "") -> str:
    """The IANA zone of the place; "" where the country has several and the state does not tell."""
    zones = _zones_by_country().get(country, ())
    if country in STATES:
        return _zones_by_state(country).get(state.upper(), "")
    return PRIMARY.get(country) or (zones[0] if len(zones) == 1 else "")


def likely_zone(*places: tuple[str, str]) -> str:
    """The zone of the first of these (country, state) that has one, if need be where most of its people live.

    UTC when none is known. Never the ground for a promise: say `zone_known=False` with it.
    """
    for country, state in places:
        if zone := zone_of(country, state) or LIKELIEST.get(country):
            return zone
    return "UTC"


@lru_cache(maxsize=5000)
def alpha2(code: str) -> str:
    """The ISO 3166 alpha-2 code of an alpha-3 code; one that is alpha-2 already stays, anything else is ""."""
    code = code.upper()
    if len(code) == 3:
        code = next(iter(get_global("territory_aliases").get(code, ())), "")
    return code if code in countries() else ""


@cache
def countries() -> frozenset[str]:
    """The ISO 3166 alpha-2 codes there are."""
    return frozenset(_zones_by_country())


@cache
def _zones_by_country() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for zone, country in get_global("zone_territories").items():
        found.setdefault(country, []).append(zone)
    return found


@cache
def _zones_by_state(country: str) -> dict[str, str]:
    return {state: zone for zone, states in STATES[country].items() for state in states.split()}

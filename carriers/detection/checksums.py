"""The arithmetic behind a number's check digit, in the kinds that couriers and the UPU publish.

Each takes the serial and the check sign, and says whether they fit.
"""

from collections.abc import Callable
from itertools import cycle

Checksum = Callable[[str, str], bool]

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def mod10(evens: int, odds: int, *, from_the_end: bool = False, lead: tuple[str, str] = ("", "")) -> Checksum:
    """The sum of digits, multiplied in turn by `evens` (the first, the third, ...) and `odds`, and its check to ten.

    `lead` is (prefix, digits): the digits are put before a serial that does not begin with the prefix already.
    """
    prefix, digits = lead

    def fits(serial: str, check: str) -> bool:
        serial = serial if serial.startswith(prefix) else digits + serial
        ordered = reversed(serial) if from_the_end else serial
        total = sum(_digit(sign) * factor for sign, factor in zip(ordered, cycle((evens, odds)), strict=False))
        return str(-total % 10) == check

    return fits


def weighted(weights: tuple[int, ...], modulo: int = 11) -> Checksum:
    """The weighted sum's rest by `modulo`, a ten counting as nought."""

    def fits(serial: str, check: str) -> bool:
        total = sum(int(sign) * weight for sign, weight in zip(serial, weights, strict=True))
        return str(total % modulo % 10) == check

    return fits


def luhn(serial: str, check: str) -> bool:
    total = 0
    for place, sign in enumerate(reversed(serial)):
        doubled = int(sign) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10) == check


def mod7(serial: str, check: str) -> bool:
    return str(int(serial) % 7) == check


def mod37_36(serial: str, check: str) -> bool:
    """ISO/IEC 7064, MOD 37,36: DPD's."""
    rest = 36
    for sign in serial:
        rest = (rest + ALPHANUMERIC.index(sign)) % 36 or 36
        rest = rest * 2 % 37
    return ALPHANUMERIC[(37 - rest) % 36] == check


def s10(serial: str, check: str) -> bool:
    """UPU S10: the eight digits weighted 8 6 4 2 3 5 9 7, the rest to eleven; ten is nought and eleven is five."""
    total = sum(int(sign) * weight for sign, weight in zip(serial, (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    return str({10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)) == check


def _digit(sign: str) -> int:
    """A digit as it is; a letter as UPS counts it: A is 2, B is 3, ..., H is 9, I is 0."""
    return int(sign) if sign.isdecimal() else (ord(sign) - 3) % 10

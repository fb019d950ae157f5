"""Which courier may this tracking number be of? Ranked, with how sure that is; never guessed in silence.

The weight of a form is how likely this very number is to come from it: the courier's share of the world's parcels over
how many numbers have that form. What the merchant says (an account there) and where the parcel goes weigh in. The
confidence is a form's part of all weights, with something left for couriers that nobody listed.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

from carriers.detection.formats import FORMS, POSTS, Form

LONGEST = 60
# Nobody's number: a serial of one digit all through, which every checksum likes.
EMPTY_SERIAL = re.compile(r"(.)\1*")

OWN = 2.0  # 10 ** so many times likelier where the merchant has an account
AT_HOME, ABROAD = 0.5, -1.0  # where the courier delivers at the destination, and where it does not
# Couriers that are not listed here, against a form without a check: they share one in so many of such numbers.
UNLISTED = -0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A courier that the number may be of.

    `courier` is its name among the published formats (ours for others), `carriers` our keys for it, the merchant's own
    first. `checksum` is True where its check digit fits and None where it has none; `confidence` is from 0 to 1.
    """

    courier: str
    carriers: tuple[str, ...]
    checksum: bool | None
    confidence: float


def detect(number: str, *, own: Collection[str] = (), destination: str = "") -> list[Candidate]:
    """The candidates, best first; empty where no known form fits.

    `own` are the keys of the merchant's carrier accounts, `destination` is an ISO 3166 alpha-2 code. A number whose
    check digit is wrong is no candidate of that form.
    """
    cleaned = re.sub(r"[\s.\-]+", "", number).upper()
    if not cleaned.isascii() or len(cleaned) > LONGEST:
        return []
    weights: dict[str, tuple[float, Form]] = {}
    for form in _fitting(cleaned, own):
        weight = _weight(form, _carriers(form, cleaned), own, destination)
        if form.courier not in weights or weight > weights[form.courier][0]:
            weights[form.courier] = (weight, form)
    return _ranked(cleaned, weights, own)


def _fitting(number: str, own: Collection[str]) -> Iterator[Form]:
    for form in _forms_of(len(number)):
        if form.needs_account and not set(form.carriers) & set(own):
            continue
        match = form.pattern.fullmatch(number)
        if match and form.is_allowed(number) and _checks(form, match):
            yield form


def _checks(form: Form, match: re.Match) -> bool:
    if form.checksum is None:
        return True
    serial, check = match["serial"], match["check"]
    return not EMPTY_SERIAL.fullmatch(serial) and form.checksum(serial, check)


def _weight(form: Form, carriers: tuple[str, ...], own: Collection[str], destination: str) -> float:
    """The logarithm of how likely this number is one of this form."""
    weight = form.share - form.room
    if set(carriers) & set(own):
        weight += OWN
    if form.home and destination:
        weight += AT_HOME if destination in form.home else ABROAD
    return weight


def _ranked(number: str, weights: dict[str, tuple[float, Form]], own: Collection[str]) -> list[Candidate]:
    if not weights:
        return []
    least_room = min(form.room for _weight, form in weights.values())
    unlisted = 10 ** (UNLISTED - least_room - (1 if any(form.checksum for _w, form in weights.values()) else 0))
    total = sum(10**weight for weight, _form in weights.values()) + unlisted
    best_first = sorted(weights.values(), key=lambda pair: (-pair[0], pair[1].courier))
    return [
        Candidate(
            form.courier,
            tuple(sorted(_carriers(form, number), key=lambda key: key not in own)),
            True if form.checksum else None,
            round(10**weight / total, 3),
        )
        for weight, form in best_first
    ]


def _carriers(form: Form, number: str) -> tuple[str, ...]:
    return POSTS.get(number[-2:], ()) if form.courier == "s10" else form.carriers


@cache
def _forms_of(length: int) -> list[Form]:
    """The forms that can have so many signs: a number is looked at by a dozen of them, not by hundreds."""
    return [form for form in FORMS if form.length == length]

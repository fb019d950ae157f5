"""What of a carrier's sentence must not be shown: anybody may hold the link to a parcel's page."""

import re

# A courier's number in the sentence; a date, or a parcel's number that begins with letters, is none.
PHONE = re.compile(r"(?<![A-Za-z\d])(?!\d{4}-\d\d-\d\d)\+?\d(?:[ -]?\d){6,}")
# Who signed is nobody else's business.
SIGNATORY = re.compile(
    r"\b((?:signed|received|accepted)(?: for)? by\b|signatory|signature name)\W+[^.;·]*", re.IGNORECASE
)


def masked(words: str) -> str:
    """The carrier's words without telephone numbers and without the name of whoever signed."""
    return SIGNATORY.sub(r"\1 …", PHONE.sub("…", words))

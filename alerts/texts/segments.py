"""How a phone network cuts a text into parts, each of which is paid for: 3GPP TS 23.038 and 23.040."""

from dataclasses import dataclass

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")  # each takes two places: an escape and itself

GSM_7, UCS_2 = "GSM-7", "UCS-2"
# Encoding -> the places of a text that is one part, and of each part of a longer one: its headers take some.
ROOM = {GSM_7: (160, 153), UCS_2: (70, 67)}


@dataclass(frozen=True, slots=True)
class Segments:
    """`units` are the places the letters take, `left_in_part` those that are free before it costs one part more."""

    encoding: str
    units: int
    parts: int
    left_in_part: int


def segments(text: str) -> Segments:
    """What this text costs. An empty one is one empty part; one letter that GSM lacks makes the whole text UCS-2."""
    encoding = GSM_7 if set(text) <= GSM_BASIC | GSM_EXTENSION else UCS_2
    sizes = [_size(letter, encoding) for letter in text]
    single, part = ROOM[encoding]
    if sum(sizes) <= single:
        return Segments(encoding, sum(sizes), 1, single - sum(sizes))
    parts, used = _packed(sizes, part)
    return Segments(encoding, sum(sizes), parts, part - used)


def _size(letter: str, encoding: str) -> int:
    """Places: two for an escape sequence of GSM-7, and for what UTF-16 writes as a surrogate pair."""
    return 2 if (encoding == GSM_7 and letter in GSM_EXTENSION) or letter > "\uffff" else 1


def _packed(sizes: list[int], room: int) -> tuple[int, int]:
    """How many parts are filled, and how much of the last: nothing that takes two places is cut in the middle."""
    parts, used = 1, 0
    for size in sizes:
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    return parts, used

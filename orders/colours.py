"""A merchant's three colours made legible: contrast as WCAG 2.2 defines it, and a palette for day and night."""

from dataclasses import dataclass

BLACK, WHITE = "#000000", "#ffffff"
AA = 4.5  # WCAG 2.2, 1.4.3: the least contrast of text
BODY = 10.0  # what is read for longer; the best there is where a background cannot give as much
NIGHT = "#14161a"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one page, each #rrggbb. Every text is legible on `paper`, `card` and `tint`, `on_x` on `x`."""

    paper: str
    card: str
    tint: str
    ink: str
    soft: str
    primary: str
    on_primary: str
    primary_ink: str
    accent: str
    on_accent: str

    @property
    def is_dark(self) -> bool:
        return readable_on(self.paper) == WHITE


def palette(primary: str, accent: str, paper: str) -> Palette:
    """The brand's colours on its own background."""
    base = readable_on(paper)
    lift, breath = (0.75, 0.09) if base == BLACK else (0.05, 0.25)
    card = _where_legible(base, mix(paper, WHITE, lift), paper)
    tint = _where_legible(base, mix(card, primary, breath), card)
    surfaces = (paper, card, tint)
    return Palette(
        paper=paper,
        card=card,
        tint=tint,
        ink=legible(mix(base, primary, 0.12), *surfaces, least=BODY),
        soft=legible(mix(base, paper, 0.4), *surfaces, least=AA + 0.5),
        primary=primary,
        on_primary=readable_on(primary),
        primary_ink=legible(primary, *surfaces),
        accent=accent,
        on_accent=readable_on(accent),
    )


def at_night(day: Palette) -> Palette:
    """The same brand on a dark background that carries a breath of its main colour."""
    return day if day.is_dark else palette(day.primary, day.accent, mix(NIGHT, day.primary, 0.06))


def readable_on(colour: str) -> str:
    """Black or white, whichever reads better on this colour: at least 4.58 to 1, whatever the colour."""
    return max(BLACK, WHITE, key=lambda text: contrast(text, colour))


def legible(colour: str, *surfaces: str, least: float = AA) -> str:
    """The colour, moved towards black or white just as far as it takes to be read on all these surfaces.

    Black or white itself where even that is not enough.
    """
    end = readable_on(surfaces[0])
    for step in range(20):
        moved = mix(colour, end, step / 20)
        if all(contrast(moved, surface) >= least for surface in surfaces):
            return moved
    return end


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1."""
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mix(one: str, other: str, share: float) -> str:
    """`one` with this share of `other`, 0 to 1."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _where_legible(text: str, surface: str, instead: str) -> str:
    """The surface, unless text reads worse on it than on the other and not well."""
    told = contrast(text, surface)
    return surface if told >= min(BODY, contrast(text, instead)) else instead


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)

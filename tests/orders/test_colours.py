import dataclasses
import re

import pytest
from django.contrib.staticfiles import finders
from hypothesis import given
from hypothesis import strategies as st

from orders.colours import AA, BLACK, WHITE, at_night, contrast, legible, mix, palette, readable_on
from orders.models import Merchant

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_as_wcag_defines_it():
    assert contrast(BLACK, WHITE) == 21
    assert contrast("#777777", WHITE) == pytest.approx(4.48, abs=0.005)
    assert contrast("#1f5f4a", "#1f5f4a") == 1


@given(colours)
def test_text_on_any_colour_can_be_read(colour):
    assert contrast(readable_on(colour), colour) >= AA


@given(colours, colours)
def test_any_colour_is_made_legible_on_any_other(colour, surface):
    assert contrast(legible(colour, surface), surface) >= AA


@given(colours)
def test_a_colour_that_can_be_read_already_stays_as_it_is(colour):
    surface = readable_on(colour)
    assert legible(colour, surface) == colour


@given(colours, colours, colours)
def test_every_text_of_a_brand_can_be_read_by_day_and_by_night(primary, accent, paper):
    day = palette(primary, accent, paper)
    for worn in (day, at_night(day)):
        for surface in (worn.paper, worn.card, worn.tint):
            for text in (worn.ink, worn.soft, worn.primary_ink):
                assert contrast(text, surface) >= AA
        assert contrast(worn.on_primary, worn.primary) >= AA
        assert contrast(worn.on_accent, worn.accent) >= AA


def test_a_brand_that_is_dark_already_looks_the_same_at_night():
    day = palette("#f2c230", "#d81e5b", "#101010")
    assert day.is_dark
    assert at_night(day) is day


def test_a_bright_brand_goes_dark_at_night_and_keeps_its_main_colour():
    night = at_night(palette("#1f5f4a", "#c2541b", "#faf8f5"))
    assert night.is_dark
    assert night.primary == "#1f5f4a"


def test_half_of_black_and_white_is_grey():
    assert mix(BLACK, WHITE, 0.5) == "#808080"


def test_pages_without_a_shop_wear_what_a_new_shop_wears():
    defaults = [Merchant._meta.get_field(f"{name}_colour").default for name in ("primary", "accent", "background")]
    day = palette(*defaults)
    with open(finders.find("tracker/tokens.css")) as file:
        by_day, by_night = file.read().split("@media")
    for css, worn in ((by_day, day), (by_night, at_night(day))):
        written = dict(re.findall(r"--([\w-]+): (#\w{6})", css))
        expected = {name.replace("_", "-"): colour for name, colour in dataclasses.asdict(worn).items()}
        assert {name: written.get(name, by_day_only(expected, name)) for name in expected} == expected


def by_day_only(expected, name):
    """The colours that night leaves as they are stand in tokens.css once."""
    return expected[name] if name in ("primary", "on-primary", "accent", "on-accent") else None

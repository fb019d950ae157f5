"""A text costs as many parts as its letters need."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.texts.segments import GSM_7, GSM_BASIC, GSM_EXTENSION, ROOM, UCS_2, Segments, segments

gsm_texts = st.text(st.sampled_from(sorted(GSM_BASIC | GSM_EXTENSION)), max_size=700)
any_texts = st.text(max_size=400) | gsm_texts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("ä" * 160, 1),  # Finnish letters are in the GSM alphabet
        ("€" * 80, 1),  # but the euro takes two places
        ("€" * 81, 2),
        ("ع" * 70, 1),  # Arabic is not, and takes the whole text with it
        ("ع" * 71, 2),
        ("a" * 70 + "ع", 2),
        ("🚚" * 35, 1),  # two UTF-16 units each
        ("🚚" * 36, 2),
    ],
)
def test_a_text_takes_as_many_parts_as_its_letters_need(text, parts):
    assert segments(text).parts == parts


def test_the_counter_tells_what_is_left():
    assert segments("Hei") == Segments(GSM_7, 3, 1, 157)
    assert segments("a" * 161) == Segments(GSM_7, 161, 2, 153 - 8)
    assert segments("Привет") == Segments(UCS_2, 6, 1, 64)


def test_neither_an_escape_nor_a_surrogate_pair_is_cut_in_two():
    assert segments("€" * 77 + "a" * 7).parts == 2, "152 places and one left empty, then 9"
    assert segments("€" * 153) == Segments(GSM_7, 306, 3, 153 - 2), "76 in a part, although 306 places are two parts"
    assert segments("🚚" * 67) == Segments(UCS_2, 134, 3, 67 - 2), "33 in a part, although 134 places are two parts"


@given(any_texts)
def test_nothing_overflows_and_nothing_is_left_out(text):
    counted = segments(text)
    single, part = ROOM[counted.encoding]
    room = single if counted.parts == 1 else part
    assert 0 <= counted.left_in_part <= room
    assert counted.units <= counted.parts * room
    # At most one place a part is wasted, before something that takes two.
    assert counted.units >= counted.parts * (room - 1) - counted.left_in_part


@given(any_texts, any_texts)
def test_more_text_never_costs_less(text, more):
    assert segments(text + more).parts >= segments(text).parts


@given(gsm_texts)
def test_what_gsm_can_write_is_never_dearer_than_in_ucs_2(text):
    written_out = segments(text + "ع")
    assert segments(text).encoding == GSM_7
    assert written_out.encoding == UCS_2
    assert segments(text).parts <= written_out.parts


@given(any_texts.filter(lambda text: segments(text).left_in_part > 0))
def test_one_more_plain_letter_fits_where_something_is_left(text):
    assert segments(text + "a").parts == segments(text).parts

import pytest

from alerts.sandbox.texts import segments


@pytest.mark.parametrize(
    ("body", "count"),
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
def test_a_text_takes_as_many_segments_as_its_letters_need(body, count):
    assert segments(body) == count

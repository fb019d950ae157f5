"""What counts as STOP, START and HELP. No database: only words."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.keywords import ALONE, CLEAR, Asked, asked_for, fold

EVERY_WORD = [(asked, word) for asked in Asked for word in sorted(CLEAR[asked] | ALONE[asked])]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "STOP",
            "stop",
            "Stop.",
            " STOP! ",
            "«stop»",
            "S T O P",
            "STOP ALL",
            "Opt-out",
            "unsubscribe",
            "END",
            "Cancel",
        ),
        *("Lopeta", "PERUUTA", "Stopp", "sluta", "Abmelden", "Arrêt", "ARRET", "Désabonner", "baja", "Disiscrivi"),
        *("rezygnuję", "REZYGNUJE", "توقف", "إيقاف", "ايقاف", "أوقف", "اوقف", "إلغاء الاشتراك", "تـوقـف", "تَوَقَّف"),
        *(
            "please opt me out",
            "Please stop",
            "STOP please",
            "Stop sending me this",
            "stop\nThanks, Aino",
            "\u200fتوقف\u200f من فضلك",
        ),
    ],
)
def test_these_end_the_texts(text):
    assert asked_for(text) is Asked.STOP


@pytest.mark.parametrize(
    "text", ["START", "start.", "Unstop", "YES", "Aloita", "börja", "BORJA", "Démarrer", "Wznów", "ابدأ", "إبدأ"]
)
def test_these_begin_them_again(text):
    assert asked_for(text) is Asked.START


@pytest.mark.parametrize(
    "text", ["HELP", "help me, where is it?", "Info", "Apua", "Hjälp", "hilfe!", "AYUDA", "pomoc", "مساعدة", "مساعده"]
)
def test_these_ask_for_help(text):
    assert asked_for(text) is Asked.HELP


@pytest.mark.parametrize(
    "text",
    [
        *("", "   ", "!!!", "👍", "Please stop by on Friday", "cancel my order 1001", "End of the day is fine"),
        *("yes, leave it at the door", "Start again tomorrow", "nonstop", "para mi hermana", "info about order 1001?"),
    ],
)
def test_these_are_for_people_to_read(text):
    assert asked_for(text) is None


@pytest.mark.parametrize(("asked", "word"), EVERY_WORD, ids=lambda told: str(told))
def test_no_word_asks_for_two_things(asked, word):
    assert asked_for(word) is asked


@given(st.sampled_from(EVERY_WORD), st.text("  .,!?\n\t\u200f\u200b«»\"'", max_size=5), st.booleans(), st.booleans())
def test_case_marks_and_composition_do_not_matter(listed, around, is_upper, is_composed):
    asked, word = listed
    written = word.upper() if is_upper else word
    written = unicodedata.normalize("NFC" if is_composed else "NFD", written)
    assert asked_for(around + written + around) is asked


@given(st.text(max_size=200))
def test_folding_twice_is_folding_once_and_no_text_is_too_strange(text):
    assert fold(fold(text)) == fold(text)
    asked_for(text)

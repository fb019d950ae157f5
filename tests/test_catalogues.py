"""Every string is translated into every language, and the catalogues hold what the code says.

Some languages are for shoppers only: what staff read is English there.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
FOR_SHOPPERS = {"sv", "fr", "es", "it", "pl"}
# Where the words stand that shoppers read: pages, messages, and what both are made of.
READ_BY_SHOPPERS = (
    "templates/tracker/",
    "templates/alerts/",
    "templates/base.html",
    "templates/404.html",
    "templates/500.html",
    "templates/403_csrf.html",
    "tracker/views/",
    "tracker/languages.py",
    "alerts/sentences/",
    "alerts/texts/gathered.py",
    "alerts/triggers.py",
    "alerts/preferences.py",
    "alerts/consent.py",
    "alerts/views/",
    "orders/statuses.py",
    "orders/reasons.py",
    "orders/wording.py",
    "orders/promise/",
    "orders/models/consent.py",
    "orders/models/case.py",
)
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")
NAMELESS = re.compile(r"%[sd]")


def catalogue(language, folder=settings.LOCALE_PATHS[0]):
    with (Path(folder) / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


def forms(message):
    """The message's translations, one per plural form."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


def is_wanted(message, language):
    places = [place for place, _line in message.locations]
    return message.id and (language not in FOR_SHOPPERS or any(map(is_read_by_shoppers, places)))


def is_read_by_shoppers(place):
    return place.startswith(READ_BY_SHOPPERS)


def test_the_places_that_shoppers_read_exist():
    gone = [place for place in READ_BY_SHOPPERS if not (settings.BASE_DIR / place).exists()]
    assert gone == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_untranslated_or_guessed(language):
    missing = [
        message.id for message in catalogue(language) if is_wanted(message, language) and not all(forms(message))
    ]
    fuzzy = [message.id for message in catalogue(language) if message.id and message.fuzzy]
    assert (missing, fuzzy) == ([], [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_fills_the_same_blanks(language):
    wrong = []
    for message in catalogue(language):
        if not message.id or not all(forms(message)):
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        blanks = set(PLACEHOLDER.findall(" ".join(ids)))
        for form in forms(message):
            found = set(PLACEHOLDER.findall(form))
            # A form for exactly one or two may name the number in words.
            if found != blanks and not (len(forms(message)) > 1 and found < blanks):
                wrong.append((message.id, form))
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_blank_without_a_name_stands_in_every_form(language):
    """Filling in a form that names the number in words would fail: such a blank needs a name."""
    wrong = []
    for message in catalogue(language):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        blanks = {len(NAMELESS.findall(each)) for each in ids}
        wrong += [(ids[0], form) for form in forms(message) if form and len(NAMELESS.findall(form)) not in blanks]
    assert wrong == []


def test_the_catalogues_hold_every_string_of_the_code(tmp_path):
    if not shutil.which("xgettext"):
        pytest.skip("gettext is not installed (Debian: apt-get install gettext)")
    copy = tmp_path / "checkout"
    shutil.copytree(
        settings.BASE_DIR, copy, ignore=shutil.ignore_patterns(".venv", ".git", "var", "static_root", ".hypothesis")
    )
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--all", "--no-obsolete", "--ignore", "tests"],
        cwd=copy,
        check=True,
        capture_output=True,
    )
    for language in LANGUAGES:
        ours = {(message.context, message.id) for message in catalogue(language)}
        fresh = {(message.context, message.id) for message in catalogue(language, copy / "locale")}
        assert fresh == ours, f"{language}: run `make messages` and translate what is new"

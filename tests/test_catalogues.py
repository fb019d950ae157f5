"""Every string is translated into every language, and the catalogues hold what the code says."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")


def catalogue(language, folder=settings.LOCALE_PATHS[0]):
    with (Path(folder) / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


def forms(message):
    """The message's translations, one per plural form."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_untranslated_or_guessed(language):
    missing = [message.id for message in catalogue(language) if message.id and not all(forms(message))]
    fuzzy = [message.id for message in catalogue(language) if message.id and message.fuzzy]
    assert (missing, fuzzy) == ([], [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_fills_the_same_blanks(language):
    wrong = []
    for message in catalogue(language):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        blanks = set(PLACEHOLDER.findall(" ".join(ids)))
        for form in forms(message):
            found = set(PLACEHOLDER.findall(form))
            # A form for exactly one or two may name the number in words.
            if found != blanks and not (len(forms(message)) > 1 and found < blanks):
                wrong.append((message.id, form))
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

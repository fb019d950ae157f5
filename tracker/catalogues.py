"""Compiles locale/*/LC_MESSAGES/*.po with Babel, so that no machine needs gettext. `python -m tracker.catalogues`"""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"


def compile_catalogues(folder: Path = LOCALE_DIR) -> list[Path]:
    """Write each .mo that is missing or older than its .po; return those written."""
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parent.parent.name)
        with target.open("wb") as binary:
            write_mo(binary, catalogue)
        written.append(target)
    return written


if __name__ == "__main__":
    compile_catalogues()

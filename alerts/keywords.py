"""What shoppers text to a shop: STOP, START and HELP, in the languages they text in.

Compared as people write: without case, accents, marks and spaces between. The CTIA's Messaging Principles ask to heed
a STOP in everyday language, except where a word would end the texts by accident. So a word that means nothing else
counts at the beginning of a longer text too ("STOP please", "Stop sending me this"); one with another everyday meaning
("cancel my order") counts alone only, and so does every START, since it agrees to something.
"""

import re
import unicodedata
from enum import Enum

# Letters that Unicode does not take apart, and Arabic ones that are put one for another. Tatweel only stretches.
SAME_LETTER = str.maketrans("łøđىةٱ", "lodيها", "ـ")


class Asked(Enum):
    STOP = "stop"
    START = "start"
    HELP = "help"


def fold(text: str) -> str:
    """The text in lower case without accents, vowel marks and signs that are not seen."""
    # Taken apart first: only then is a fancy capital a capital.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(SAME_LETTER)
    return "".join(sign for sign in apart if unicodedata.category(sign) not in ("Mn", "Cf"))


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(words).split())


# en (the CTIA's, Twilio's and the FCC's), fi, sv, de, fr, es, it, pl, ar
CLEAR = {
    Asked.STOP: _folded(
        "stop stopall unsubscribe optout"
        " lopeta stopp sluta avregistrera abmelden abbestellen arrêt arrêter arrête désabonner désinscrire"
        " detener parar desuscribir ferma disiscrivi disattiva zatrzymaj wypisz rezygnuję"
        " توقف أوقف إيقاف قف"
    ),
    Asked.START: frozenset(),
    Asked.HELP: _folded("help apua hjälp hilfe aide ayuda aiuto pomoc مساعدة ساعدني"),
}
ALONE = {
    Asked.STOP: _folded(
        "cancel end quit revoke stopservice pleasestop optmeout pleaseoptmeout"
        " peru peruuta poistu avsluta avbryt ende beenden fin annuler baja alto cancelar salir annulla basta"
        " koniec anuluj إلغاء إلغاءالاشتراك"
    ),
    Asked.START: _folded(
        "start unstop yes"
        " aloita jatka starta börja starten anmelden démarrer reprendre alta iniciar empezar inizia riprendi"
        " wznów zacznij ابدأ استئناف"
    ),
    Asked.HELP: _folded("info ohje ohjeet"),
}


def asked_for(text: str) -> Asked | None:
    """What the shopper asks for by this text, or None where it is for people to read."""
    words = re.findall(r"\w+", fold(text))
    if not words:
        return None
    first, whole = words[0], "".join(words)
    return next((asked for asked in Asked if first in CLEAR[asked] or whole in CLEAR[asked] | ALONE[asked]), None)

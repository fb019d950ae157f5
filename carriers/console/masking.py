"""What of a carrier's data may stand on its page: the link may be passed on, and a shopper is not to be found by it."""

LEFT_OF_A_NUMBER = 4
WORDS_SHOWN = 2


def masked(number: str) -> str:
    """Enough of a tracking number to know one's own by."""
    return f"…{number[-LEFT_OF_A_NUMBER:]}" if len(number) > 2 * LEFT_OF_A_NUMBER else "…"


def shown_code(code: str) -> str:
    """A code as it is. Of a carrier that tells words for codes only the first: the rest may name somebody."""
    words = code.split()
    return " ".join([*words[:WORDS_SHOWN], "…"]) if len(words) > WORDS_SHOWN else code

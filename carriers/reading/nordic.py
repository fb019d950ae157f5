"""The words of the posts of the north, in Danish, Norwegian, Swedish and Finnish: not every text has an English one."""

from carriers.reading import words
from carriers.reading.words import TROUBLED, compiled, first_found
from orders.reasons import Reason
from orders.statuses import Status

TROUBLES = (
    (Reason.DUTIES_UNPAID, r"\bmva\b|\bmoms|(?:told|toll|tull|import)\w*(?:avgift|afgift)|tullimaksu|arvonlisävero"),
    (Reason.CUSTOMS_HELD, r"\bto[ld]{2}(?=\w)|\btull|forto[ld]{2}|förtull"),
    (Reason.REFUSED, r"næg?te|nektet|ikke ønske|vägra|a[fv]vist|kieltäyty"),
    (
        Reason.PICKUP_EXPIRED,
        r"(?:ikke|inte|ej) (?:blevet |blitt |blivit )?(?:af|ut|av)?(?:hent|häm)|uavhent|ei (?:ole )?noud",
    ),
    (
        Reason.RECIPIENT_ABSENT,
        r"(?:ikke|inte|ej|ingen) (?:var )?(?:hjemme|hemma|tr[uäe]ff?|anträf|til ?stede)",
        r"ei (?:ollut )?(?:tavoit|paikalla|koto)",
    ),
    (
        Reason.ADDRESS_INCORRECT,
        r"adress.{0,40}(?:fe[ij]?l|forkert|ukje?nd?t|okänd|mang|ofull|ufuld|ufull)|osoi.{0,40}(?:virh|väär|puut)",
    ),
    (Reason.DAMAGED, r"skad|vaurio|vahingoit|rikkou"),
    (Reason.LOST, r"bortkom|borttapp|försvun|forsvun|mistet|savnet|kadon"),
    (Reason.MISSORTED, r"fe[ij]?lsorter|fe[ij]?lsend|felskick|lajiteltu väärin"),
    (Reason.WEATHER, r"\bvær(?:et|forhold)|väder|\bvejr|\bsää(?:n|olo)"),
    (Reason.CARRIER_DELAY, r"forsink|försen|viiväst|myöhäs"),
)
HANDOVERS = (
    (Reason.DELIVERED_TO_NEIGHBOUR, r"\bnabo|\bgranne|naapuri"),
    (Reason.DELIVERED_TO_LOCKER, r"postkass|brevlåd|pa[kc]k?e?t?boks|paketbox|postilaatik"),
    (Reason.DELIVERED_TO_SAFE_PLACE, r"on (?:the )?door|outside|(?:ved|på) døra?|vid dörr|utenfor|utanför|ovelle"),
)
# A "delivered" that is none.
HANDED_OVER = (
    (
        Status.RETURNED,
        r"handed over (?:back )?to (?:the )?(?:sender|consignor|shipper)",
        r"\b(?:til|till) (?:af|av)s[eä]nd[ea]r|lähettäjälle",
    ),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"(?:delivered|arrived) (?:to|at) (?:a |the )?parcel (?:box|locker)",
        r"(?:kan|voidaan) (?:hentes|hämtas|afhentes|noutaa)|noudettavissa",
    ),
)


def reason_told(status: Status, *told: str) -> Reason | None:
    """Why, as far as the prose tells in English or in a language of the north; None where it says nothing."""
    found = words.reason_told(status, *told)
    if found is None and status is Status.DELIVERED:
        return first_found(_HANDOVERS, *told)
    return found or (first_found(_TROUBLES, *told) if status in TROUBLED else None)


def handed_over(*told: str) -> Status | None:
    """What the words beside a "delivered" say that it was instead: back to the sender, or to a pickup point."""
    return words.handed_over(*told) or first_found(_HANDED_OVER, *told)


_TROUBLES = compiled(*TROUBLES)
_HANDOVERS = compiled(*HANDOVERS)
_HANDED_OVER = compiled(*HANDED_OVER)

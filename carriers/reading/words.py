"""The words carriers use for what went wrong and for where they left a parcel: English, and German for DHL.

A reason is looked for in prose only where the carrier's code does not tell it. Each table is read from the top: the
first pattern that is found decides, so what is told more precisely stands higher.
"""

import re
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from orders.reasons import Reason
from orders.statuses import Status

LONGEST = 1000  # characters that are searched: what a carrier says, it says at the start

TROUBLES = (
    # Good news in the words of bad news.
    (
        None,
        r"released by|(?:has|have) (?:been )?(?:cleared|released)|cleared (?:by |import |export )?customs",
        r"(?:clearance|customs) (?:completed|release)|customs (?:has |have )?cleared|payment received",
    ),
    # Customs: the papers and the money before the waiting.
    (
        Reason.CUSTOMS_DOCUMENTS,
        r"(?:obtain|submit|provide|request|requir|need)\w*.{0,40}clearance information|clearance information",
        r"(?:missing|incomplete|insufficient|incorrect|inappropriate|improper).{0,30}(?:document|invoice|paperwork)",
        r"(?:document|invoice|paperwork).{0,40}(?:missing|incomplete|required|needed|late)|power of attorney",
        r"(?:clearing|government) agenc\w+ requires? (?:additional )?info",
        r"\btax id\b|certificate of|import/vat number|customs.{0,20}(?:requir|request).{0,15}info",
        r"customs.{0,60}(?:information|details)|(?:details|information).{0,40}customs|zollunterlagen",
        r"insufficient documentation|customs data|fehlende unterlagen",
    ),
    (
        Reason.DUTIES_UNPAID,
        r"dut(?:y|ies)\b|import (?:charges|c\.o\.d)|\bicod\b|customs tax|value of goods charges|einfuhrabgaben",
        r"zollgebühr",
    ),
    (
        Reason.PROHIBITED,
        r"prohibit|embargo|\bbanned\b|unauthori[sz]ed (?:animal|plant|tobacco|hazardous)|dangerous goods|hazardous",
        r"seized|confiscated|restricted (?:item|commodit)|lithium|not allowed|cannot be shipped|may not be shipped",
        r"denied parties|sanctioned|alcohol|tobacco",
    ),
    (Reason.CUSTOMS_HELD, r"customs|clearance|clearing agency|government agenc|regulatory|broker|zoll\b|verzollung"),
    # What nobody could help.
    (
        Reason.NATURAL_DISASTER,
        r"natural disaster|force majeure|act of god|earthquake|flooding|hurricane|höhere gewalt",
        r"extraordinary circumstances|calamity|emergency situation(?! or)",
    ),
    (Reason.WEATHER, r"weather|snow|\bstorm|wetter"),
    (Reason.STRIKE, r"\bstrike|labou?r dispute|civil (?:unrest|demonstration)|streik"),
    (
        Reason.RECIPIENT_ABSENT,
        r"(?:consignee|recipient|receiver|customer|empfänger).{0,25}(?:holiday|vacation|urlaub)",
    ),
    (Reason.HOLIDAY, r"holiday|feiertag"),
    # The parcel itself.
    (Reason.DAMAGED, r"damage|beschädig|\btorn\b|leak"),
    (Reason.DISPOSED, r"destroy|dispos(?:ed|al)|discarded|dead (?:letter|mail)|vernichtet"),
    # The recipient.
    (
        Reason.REFUSED,
        r"refus|rejected|declined|does not want|not ordered|canceled the product order|verweiger|abgelehnt",
    ),
    (
        Reason.IDENTITY_UNCONFIRMED,
        r"adult signature|identification|(?:valid|show|mandatory|invalid).{0,12}\bid\b|\bid (?:check|could)|\bpin\b",
        r"\bage (?:check|could|verif)|identity|delivery code|ausweis",
    ),
    (
        Reason.PICKUP_EXPIRED,
        r"not (?:been )?(?:collected|picked ?up|retrieved|claimed)|unclaimed|no pick-?up from|did not collect",
        r"maximum days|storage period|collection date.{0,30}expired|nicht abgeholt",
        r"time for shipment collection.{0,30}expired|lagerfrist",
    ),
    (
        Reason.PAYMENT_REQUIRED,
        r"c\.?o\.?d\b|collect funds|no money|(?:receive|awaiting|pending|missing|no) payment|nachnahme",
        r"payment (?:of charges|is missing|refused|not received)|(?:fees|charges) (?:are|is) (?:paid|missing)",
        r"held for payment|unpaid|nicht bezahlt",
    ),
    (
        Reason.RECIPIENT_MOVED,
        r"(?:has |have |recipient |receiver |customer |consignee )moved|moved(?:,| away| or)|forward expired",
        r"no longer in business|verzogen",
    ),
    # The address.
    (
        Reason.ADDRESS_INCOMPLETE,
        r"(?:incomplete|insufficient|missing|partial).{0,25}address|adresse.{0,20}unvollständig",
        r"(?:address|number|name|code).{0,20}(?:missing|incomplete|not provided|needed)",
        r"(?:apartment|suite|unit|room|floor) (?:number )?.{0,20}(?:missing|incorrect|need)",
        r"(?:address|directions).{0,30}(?:information|required|needed)",
    ),
    (
        Reason.ADDRESS_INCORRECT,
        r"(?:incorrect|wrong|bad|invalid|unknown|inaccurate).{0,30}address",
        r"(?:addressee|receiver|recipient) unknown",
        r"address.{0,60}(?:incorrect|wrong|not found|invalid|unknown|vacant|illegible|not located|issue|problem)",
        r"address does not exist",
        r"undeliverable as addressed|no such number|addressee.{0,20}(?:unknown|could not be located)|\bvacant\b",
        r"(?:street|city|state|postal code|company|name).{0,30}(?:incorrect|wrong)|p\.?o\.? box",
        r"adressabklärung|adresse.{0,30}(?:falsch|unbekannt|nicht)|empfänger.{0,30}(?:unbekannt|nicht ermittel)",
    ),
    # Nobody there, or nobody let in.
    (
        Reason.RECIPIENT_ABSENT,
        r"(?:customer|receiver|recipient|consignee|addressee).{0,30}not (?:be )?(?:available|present|met|home|in)\b",
        r"(?:customer|receiver|recipient|consignee|addressee).{0,30}(?:unavailable|absent)",
        r"no ?(?:one|body) (?:was |is )?(?:at )?(?:home|available|present|to receive)|not (?:at )?home|not in\b",
        r"missed (?:each other|you)|no authorized|(?:notice|card) left|left a notice|nicht angetroffen",
        r"nicht zu ?hause|abwesend|niemand",
    ),
    (
        Reason.BUSINESS_CLOSED,
        r"(?:business|recipient|consignee|receiver|address|office|reception).{0,25}closed",
        r"closed (?:on arrival|early|for)",
        r"geschlossen|betriebsferien",
    ),
    (
        Reason.ACCESS_RESTRICTED,
        r"no access|access (?:is |was )?(?:required|restricted|problem|denied)|security access|gate code",
        r"inaccessible|animal|no secure|unsafe|kein zugang|receptacle",
    ),
    # The carrier's own doing, before what it did about it.
    (
        Reason.MISSORTED,
        r"mis-?sort|mis-?rout|mis-?sent|mis-?directed|mis-?shipped|miscode|incorrectly sorted|sorted incorrectly",
        r"wrong (?:post office|destination|facility|route)|fehlgeleitet|fehlleitung|falsch sortiert|fehlsortiert",
    ),
    # Wishes.
    (
        Reason.HELD_AT_RECIPIENT_REQUEST,
        r"(?:request|asked|arranged).{0,60}(?:hold|held|pick ?up)|(?:hold|held).{0,40}request",
    ),
    (
        Reason.REDIRECTED,
        r"redirect|forwarded|reroute",
        r"(?:another|alternate|different|new|preferred) (?:delivery )?(?:address|location)|change of address",
        r"access point.{0,40}(?:pick ?up|delivery)|nachgesandt|umgeleitet|weitergeleitet",
    ),
    # The carrier.
    (
        Reason.SECURITY_HOLD,
        r"security (?:delay|check|screening|reasons|inspection)|x-?ray|screening|aviation security",
    ),
    (Reason.VEHICLE_BREAKDOWN, r"mechanical|breakdown|vehicle (?:accident|delay)|accident|derailment|technical|panne"),
    (Reason.CAPACITY, r"capacity|backlog|high volume|overflow|allocation|kapazität|überlast|\bfull\b"),
    (
        Reason.LOST,
        r"\blost\b",
        r"(?:package|parcel|piece|shipment|item|merchandise).{0,25}(?:missing|cannot be found|not be located)",
        r"missing (?:after|at)|verloren|unauffindbar|theft|stolen",
    ),
    (Reason.UNDER_INVESTIGATION, r"investigat|\btrace\b|attempting to (?:locate|verify)|nachforschung|search"),
    (
        Reason.SHIPPING_DATA,
        r"label|electronic data|data (?:is |are )?missing|missing.{0,20}data",
        r"tracking number.{0,20}(?:missing|invalid|unreadable)|shipping instructions",
        r"exceeds the (?:maximum|limit)|over(?:weight|sized)|too (?:large|heavy|big)|maximum (?:weight|dimensions)",
    ),
    (
        Reason.RESCHEDULED,
        r"reschedul|appointment|(?:later|future|another|new|updated) (?:delivery|day|date)|requested a delayed",
        r"delivery date (?:changed|updated)|next (?:working|business|delivery) day|neuer zustelltermin",
    ),
    (
        Reason.CARRIER_DELAY,
        r"delay|\blate\b|missed|operating conditions|flight|disruption|not arriv|did not arrive",
        r"unable to dispatch|unable to load|left the package|processing error|verspät|verzöger",
    ),
)

HANDOVERS = (
    (Reason.DELIVERED_TO_NEIGHBOUR, r"neighbou?r|nachbar"),
    (Reason.DELIVERED_TO_LOCKER, r"locker|packstation|parcel ?(?:box|station)|mail ?box|briefkasten|meter box"),
    (
        Reason.DELIVERED_TO_RECEPTION,
        r"reception|front ?desk|concierge|mail ?room|\bguard\b|security office|doorman|empfangs?\b",
    ),
    (
        Reason.DELIVERED_TO_SAFE_PLACE,
        r"safe ?place|preferred location|front door|back door|rear door|side door|porch|garage|patio|carport",
        r"car port|\bdeck\b|\bshed\b|foyer|left at|ablageort|wunschort|garten",
    ),
)

# A "delivered" that is none: the words beside it say to whom.
HANDED_OVER = (
    (Status.RETURNED, r"(?:delivered|returned),? (?:back )?to (?:the )?(?:original )?(?:sender|shipper|consignor)"),
    (
        Status.AVAILABLE_FOR_PICKUP,
        r"(?:delivered|left|delivery|handed over|arrived) (?:to|at) (?:an? |the )?(?:\w+ )?"
        r"(?:access|service|pick-?up) ?point",
        r"(?:held|hold|await\w*|available|ready) .{0,30}(?:pick-?up|collection)",
    ),
)

# Faults of Apigee, the gateway before several carriers' APIs, in whatever HTTP status they come.
FAULTS = (
    (HTTPStatus.TOO_MANY_REQUESTS, r"ratelimit|quota|spikearrest|too many"),
    (HTTPStatus.UNAUTHORIZED, r"apikey|jwt|oauth|token"),
    (HTTPStatus.SERVICE_UNAVAILABLE, r"unavailable|timeout|messaging|internal"),
)

# What a reason may stand beside: the way there needs no excuse, and an excuse is not where a parcel was left.
ON_THE_WAY = (Status.INFO_RECEIVED, Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY)
TROUBLED = frozenset({Status.EXCEPTION, Status.ATTEMPT_FAILED, Status.RETURNING, Status.RETURNED})


class Table:
    """Rows of (meaning, pattern, pattern, ...), ready to be searched for, capitals or not."""

    def __init__(self, rows: tuple[tuple, ...]):
        self._rows: list[tuple[re.Pattern, Any]] = [
            (re.compile(_small("|".join(patterns))), meaning) for meaning, *patterns in rows
        ]

    # A carrier says the same few sentences of millions of parcels.
    @lru_cache(maxsize=20_000)  # noqa: B019 - the tables are as old as the process
    def meaning(self, words: str):
        # Both in small letters: three times as fast as a search that minds no capitals.
        words = words.lower()
        return next((meaning for pattern, meaning in self._rows if pattern.search(words)), None)


def _small(pattern: str) -> str:
    """The pattern in small letters, but for what stands behind a backslash."""
    return re.sub(r"\\.|[^\W\d_]+", lambda found: found[0] if found[0][0] == "\\" else found[0].lower(), pattern)


def compiled(*rows: tuple) -> Table:
    return Table(rows)


def first_found(table: Table, *told: str):
    """The meaning of the first pattern found in any of the texts, the texts taken together; None for none."""
    words = (told[0] if len(told) == 1 else " · ".join(filter(None, told)))[:LONGEST]
    return table.meaning(words) if words else None


def reason_told(status: Status, *told: str) -> Reason | None:
    """Why, as far as the carrier's prose tells, for an event of this status; None where it says nothing."""
    if status is Status.DELIVERED:
        return first_found(_HANDOVERS, *told)
    return first_found(_TROUBLES, *told) if status in TROUBLED else None


def handed_over(*told: str) -> Status | None:
    """What the words beside a "delivered" say that it was instead: back to the sender, or to a pickup point."""
    return first_found(_HANDED_OVER, *told)


def fault_status(*told: str) -> HTTPStatus | None:
    """The HTTP status that an Apigee fault's words and code stand for."""
    return first_found(_FAULTS, *told)


def less_reassuring(fine: Status | None, coarse: Status) -> Status:
    """What a fine code and the coarse status beside it say together: where they differ, the worse news holds."""
    if fine is None:
        return coarse
    if fine in ON_THE_WAY:
        is_trouble_or_end = coarse not in (*ON_THE_WAY, Status.UNKNOWN)
        return coarse if is_trouble_or_end else max(fine, coarse, key=lambda told: told.rank)
    if coarse is Status.RETURNING:
        return coarse
    if fine is Status.DELIVERED and coarse in ON_THE_WAY:
        return coarse
    return Status.RETURNED if (fine, coarse) == (Status.RETURNING, Status.DELIVERED) else fine


_TROUBLES = compiled(*TROUBLES)
_HANDED_OVER = compiled(*HANDED_OVER)
_FAULTS = compiled(*FAULTS)
_HANDOVERS = compiled(*HANDOVERS)

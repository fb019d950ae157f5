"""The forms of tracking numbers, as couriers, the UPU (S10) and GS1 (SSCC) publish them.

A form is written as it looks: `#` a digit, `@` a letter, `*` either, `[..]` one of these, `{n}` the last sign n times,
anything else itself; the check sign follows the serial, which stands in parentheses. Compare
https://github.com/jkeen/tracking_number_data (MIT), whose courier names these are; couriers that it has not have our
carrier's key.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from math import log10

from carriers.detection.checksums import ALPHANUMERIC, Checksum, luhn, mod7, mod10, mod37_36, s10, weighted
from carriers.reading.zones import countries

DIGITS, LETTERS = ALPHANUMERIC[:10], ALPHANUMERIC[10:]
SIGNS = {"#": DIGITS, "@": LETTERS, "*": ALPHANUMERIC}
PIECE = re.compile(r"(?P<open>\()|(?P<close>\))|(?P<sign>\[[^\]]+\]|.)(?:\{(?P<times>\d+)\})?")

# How many of the world's parcels a courier carries, roughly: 10 ** so many. It decides between forms that both fit.
HUGE, LARGE, MIDDLING, SMALL, RARE = 1.0, 0.5, 0.0, -0.5, -2.0


@dataclass(frozen=True)
class Form:
    """One way in which a courier's numbers look.

    `carriers` are our keys for it, `home` the countries it delivers in (none: everywhere), `share` its size. A form
    that says too little of itself (`needs_account`) counts only where the merchant has an account there.
    """

    courier: str
    looks: str
    checksum: Checksum | None = None
    carriers: tuple[str, ...] = ()
    home: Collection[str] = ()
    share: float = MIDDLING
    needs_account: bool = False
    is_allowed: Callable[[str], bool] = lambda _number: True

    @cached_property
    def pattern(self) -> re.Pattern:
        """`serial` and `check` are groups where there is a checksum."""
        pieces = []
        for piece in self._pieces():
            if piece["open"]:
                pieces.append("(?P<serial>")
            elif piece["close"]:
                pieces.append(")(?P<check>")
            else:
                closing = ")" if pieces and pieces[-1] == ")(?P<check>" else ""
                pieces.append(_as_regex(piece) + closing)
        return re.compile("".join(pieces))

    @cached_property
    def length(self) -> int:
        return _length(self.looks)

    @cached_property
    def room(self) -> float:
        """How many numbers have this form: their logarithm to ten. The fewer, the more it tells that one fits."""
        signs = [piece for piece in self._pieces() if piece["sign"]]
        free = sum(log10(len(_signs(piece["sign"]))) * int(piece["times"] or 1) for piece in signs)
        return free - (1 if self.checksum else 0)

    def _pieces(self):
        return list(PIECE.finditer(self.looks))


def _length(looks: str) -> int:
    return sum(int(piece["times"] or 1) for piece in PIECE.finditer(looks) if piece["sign"])


def _signs(sign: str) -> str:
    if sign in SIGNS:
        return SIGNS[sign]
    if not sign.startswith("["):
        return sign
    return "".join(other for other in SIGNS["*"] if re.fullmatch(sign, other))


def _as_regex(piece) -> str:
    regex = {"#": "[0-9]", "@": "[A-Z]", "*": "[0-9A-Z]"}.get(piece["sign"], piece["sign"])
    return f"{regex}{{{piece['times']}}}" if piece["times"] else regex


def _forms(courier: str, *looks: str, **rest) -> list[Form]:
    return [Form(courier, look, **rest) for look in looks]


# Check digits of GS1: SSCC, and what is built like it.
GS1 = mod10(3, 1, from_the_end=True)
FEDEX_11 = weighted((3, 1, 7) * 3 + (3, 1))
FEDEX_13 = weighted((1, 7, 3) * 4 + (1,))
USPS = mod10(3, 1)
WAYBILL = mod10(1, 2)

# With 420, the ZIP code of five or nine digits before it.
ZIP5, ZIP9 = "420#####", "420#########"


def _usps_imb(application: str, mailer: str, *packages: int) -> list[str]:
    """The Intelligent Mail package barcode: application, service, mailer (six digits, or nine that begin with 9)."""
    shipper = "9########" if mailer == "9" else "[0-8]#####"
    cores = [f"({application}###{shipper}#{{{package}}})#" for package in packages]
    return [f"{zip_code}{core}" for core in cores for zip_code in _zips(core)]


def _zips(core: str) -> tuple[str, ...]:
    """What may stand before the barcode: of the longer ones the nine-digit ZIP code takes no place."""
    return {22: ("", ZIP5, ZIP9), 26: ("", ZIP5)}.get(_length(core), ("",))


USPS_FORMS = [
    "(#{2}#{9}#{8})#",
    *_usps_imb("92", "9", 7, 11),
    *_usps_imb("93", "", 10, 14),
    *_usps_imb("95", "9", 7, 11),
    *_usps_imb("95", "", 10, 14),
]
USPS_LEGACY = [f"{zip_code}({lead}#{{2}}#{{9}}#{{8}})#" for zip_code in ("", ZIP5, ZIP9) for lead in ("", "91")]
USPS_ONLINE = [*_usps_imb("94", "9", 7, 11, 15), *_usps_imb("94", "", 10, 14)]

# The postal operators we speak to, by the country letters of an S10 number.
POSTS = {
    "AU": ("australia-post",),
    "BE": ("bpost",),
    "BR": ("correios",),
    "CA": ("canada-post",),
    "CH": ("swiss-post",),
    "DE": ("dhl-unified",),
    "DK": ("postnord",),
    "ES": ("correos",),
    "FI": ("posti",),
    "FR": ("laposte",),
    "GB": ("royal-mail",),
    "IT": ("poste-italiane",),
    "NL": ("postnl",),
    "NO": ("bring",),
    "NZ": ("nz-post",),
    "SE": ("postnord",),
    "US": ("usps",),
}
NORDIC = ("DK", "FI", "NO", "SE")

FORMS: list[Form] = [
    # The world's
    Form("s10", "@@(########)#@@", s10, share=LARGE, is_allowed=lambda number: number[-2:] in countries()),
    Form("ups", "1Z(*{15})#", WAYBILL, ("ups",), share=HUGE),
    Form("ups", "[AHJKTV](#########)#", WAYBILL, ("ups",), share=SMALL),
    *_forms("fedex", "(#{11})#", checksum=FEDEX_11, carriers=("fedex",), share=LARGE),
    *_forms("fedex", "3#{15}(#{11})##{4}", checksum=FEDEX_11, carriers=("fedex",)),
    *_forms("fedex", "[0-8]#{19}(#{13})#", checksum=FEDEX_13, carriers=("fedex",)),
    *_forms("fedex", "96#{17}#(#{13})#", checksum=FEDEX_13, carriers=("fedex",)),
    *_forms("fedex", "(#{14})#", checksum=mod10(1, 3), carriers=("fedex",), share=LARGE),
    *_forms("fedex", "##(#{15})#", checksum=USPS, carriers=("fedex",)),
    *_forms("fedex", "96#####(#{14})#", checksum=mod10(1, 3), carriers=("fedex",)),
    *_forms("dhl", "(#{9})#", "(#{10})#", checksum=mod7, carriers=("dhl-express", "dhl-unified"), share=LARGE),
    *_forms("dhl", "JJD#{10}", "JJD#{9}", carriers=("dhl-express", "dhl-unified"), share=LARGE),
    *_forms("dhl", "J@@#{9}", "J@@#{10}", "J@@@#{9}", "J@@@#{10}", carriers=("dhl-express", "dhl-unified"), share=RARE),
    *_forms("dhl", "#{14}", carriers=("dhl-unified",), share=MIDDLING),
    *_forms("dpd", "(#{27})*", "(#{14})*", checksum=mod37_36, carriers=("dpd",), share=LARGE),
    # America
    Form("usps", USPS_FORMS[0], USPS, ("usps",), home=("US",), share=HUGE),
    *_forms("usps", *USPS_FORMS[1:], checksum=USPS, carriers=("usps",), home=("US",), share=HUGE),
    *_forms("usps", *USPS_ONLINE, checksum=GS1, carriers=("usps",), home=("US",), share=HUGE),
    *_forms(
        "usps", *USPS_LEGACY, checksum=mod10(3, 1, lead=("91", "91")), carriers=("usps",), home=("US",), share=HUGE
    ),
    *_forms("amazon", "TB[ACM]#{12}", "[AFC]#{10}", share=LARGE),
    Form("canadapost", "(#{15})#", USPS, ("canada-post",), home=("CA",), share=LARGE),
    Form("canpar", "[CDKLSUXZ]#{21}", home=("CA",), share=SMALL),
    Form("gofo", "GFUS#{14}", home=("US",), share=SMALL),
    Form("landmark", "LTN#{8}N1", share=SMALL),
    *_forms("lasership", "L[AIEHNX][1-3]#{7}", "1LS7[12]#{10}", "1LSCX*{10}", home=("US",), share=SMALL),
    Form("lasership", "1LS7[12]##01[1-4]#{6}1", home=("US",), share=SMALL),
    *_forms("old_dominion", "(77[78]#{7})#", "(072#{7})#", "(780#{7})#", "(80#{8})#", checksum=luhn, share=SMALL),
    Form("ontrac", "C(#{13})#", mod10(1, 2, lead=("4", "4")), home=("US",), share=SMALL),
    Form("ontrac", "D(#{13})#", mod10(1, 2, lead=("5", "5")), home=("US",), share=SMALL),
    Form("purolator", "([0-5]#{10})#", luhn, ("purolator",), home=("CA",), share=MIDDLING),
    Form("purolator", "@@@#{9}", carriers=("purolator",), home=("CA",), share=MIDDLING),
    Form("speedee", "SP#{18}", home=("US",), share=SMALL),
    # Germany and its neighbours
    Form("dhl", "00(3404#{13})#", GS1, ("dhl-unified",), home=("DE",), share=HUGE),
    *_forms("dhl", "JJD#{18}", "JJD#{20}", "JVGL#{16}", "JVGL#{18}", "JVGL#{20}",
            carriers=("dhl-unified",), share=LARGE),
    Form("hermes-de", "H#{19}", carriers=("hermes-de",), home=("DE",)),
    Form("hermes-de", "#{14}", carriers=("hermes-de",), home=("DE",), needs_account=True),
    *_forms("gls", "#{11}", "#{12}", "[Z0-9]*{7}", carriers=("gls",), needs_account=True),
    *_forms("dpd", "#{14}", "#{10}", carriers=("dpd",), needs_account=True),
    Form("swiss-post", "99#{16}", carriers=("swiss-post",), home=("CH", "LI")),
    *_forms("inpost", "#{24}", carriers=("inpost",), home=("PL",)),
    # The Low Countries, France and the South
    *_forms("postnl", "3S@@@@#{9}", "3S@@@@#{7}", "3S@@@@#{8}", carriers=("postnl", "dhl-unified"), home=("NL", "BE")),
    Form("postnl", "3S@@@#{10}", carriers=("postnl",), home=("NL", "BE")),
    Form("bpost", "323#{21}", carriers=("bpost",), home=("BE",)),
    Form("laposte", "#@#{11}", carriers=("laposte",), home=("FR", "MC")),
    Form("correos", "P[A-Z0-9]{5}#{16}@", carriers=("correos",), home=("ES", "AD")),
    *_forms("poste-italiane", "#@@#@#{8}", "#@@@@#{8}", carriers=("poste-italiane",), home=("IT", "SM", "VA")),
    # Britain
    *_forms("yodel", "JD#{16}", "JJD#{16}", home=("GB", "IE"), share=LARGE),
    Form("evri", "[CEHPTW]##***#{10}", carriers=("evri",), home=("GB",)),
    # The North
    *_forms("posti", "JJFI#{17}", "JJFI#{14}", carriers=("posti",), home=("FI",), share=LARGE),
    *_forms("posti", "(3643#{13})#", "00(3643#{13})#", checksum=GS1, carriers=("posti",), home=("FI",)),
    *_forms("postnord", "(373#{14})#", "00(373#{14})#", "00(357#{14})#", "(357#{14})#",
            checksum=GS1, carriers=("postnord",), home=NORDIC, share=LARGE),
    *_forms("bring", "(370#{14})#", "00(370#{14})#", "(70#{14})#", checksum=GS1, carriers=("bring", "postnord"),
            home=NORDIC),
    Form("matkahuolto", "MH#{9}", home=("FI",), share=SMALL),
    # Asia
    Form("sf-express", "SF#{13}", carriers=("sf-express",), share=LARGE),
    *_forms("sf-express", "#{12}", "#{15}", carriers=("sf-express",), needs_account=True),
    *_forms("jt-express", "JT#{13}", "J[BDNOPSTXZ]#{10}", carriers=("jt-express",)),
    *_forms("ninja-van", "NV[SMPITV][GYHDNL]*{9}", "NLMYA*{9}", "NLIDA*{10}", carriers=("ninja-van",)),
    *_forms("delhivery", "#{13}", "#{14}", carriers=("delhivery",), home=("IN",), needs_account=True),
    Form("yunexpress", "YT#{16}", share=MIDDLING),
    Form("4px", "4PX#{13}CN", share=SMALL),
    *_forms("cainiao", "LP#{14}", "LP#{16}", "CNG#{17}"),
]  # fmt: skip

# DHL eCommerce's may be of any length: ten to thirty-nine signs after the prefix, at least one of them a digit.
FORMS += [
    Form("dhl", f"{prefix}*{{{length}}}", carriers=("dhl-unified",), share=MIDDLING,
         is_allowed=lambda number: any(sign.isdecimal() for sign in number))
    for prefix in ("GM", "LX", "RX", "UV", "CN", "SG", "TH", "IN", "HK", "MY")
    for length in range(10, 40)
]  # fmt: skip

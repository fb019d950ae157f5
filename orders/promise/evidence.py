"""Why a parcel is at risk: facts with their numbers, kept as data, told in the reader's language.

The shop reads everything; the shopper is spared statistics that only unsettle.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy


class Kind(StrEnum):
    PASSED = "passed"
    NEVER_SCANNED = "never_scanned"
    SILENT = "silent"
    LOST = "lost"
    LEFT_HUB = "left_hub"
    IN_TIME = "in_time"
    USUAL_REST = "usual_rest"


@dataclass(frozen=True, slots=True)
class Evidence:
    """`count` is the number the sentence turns on, `told` what else it names."""

    kind: Kind
    count: int = 0
    told: dict = field(default_factory=dict)

    def to_json(self) -> dict:
        return {"kind": self.kind.value, "count": self.count, **self.told}

    @classmethod
    def from_json(cls, data: dict) -> "Evidence":
        told = {name: value for name, value in data.items() if name not in ("kind", "count")}
        return cls(Kind(data["kind"]), data["count"], told)


FOR_THE_SHOP = {
    Kind.PASSED: _("The promised day has passed."),
    Kind.NEVER_SCANNED: ngettext_lazy(
        "The carrier has not scanned it for %(count)d working day since the label was made.",
        "The carrier has not scanned it for %(count)d working days since the label was made.",
        "count",
    ),
    Kind.SILENT: ngettext_lazy("No scan for %(count)d working day.", "No scan for %(count)d working days.", "count"),
    Kind.LOST: ngettext_lazy(
        "No scan for %(count)d day: it may be lost.", "No scan for %(count)d days: it may be lost.", "count"
    ),
    Kind.LEFT_HUB: ngettext_lazy(
        "%(count)d of 10 parcels on this lane had left %(city)s by now.",
        "%(count)d of 10 parcels on this lane had left %(city)s by now.",
        "count",
    ),
    Kind.IN_TIME: ngettext_lazy(
        "From here, %(count)d of 10 parcels on this lane arrives in the time that is left.",
        "From here, %(count)d of 10 parcels on this lane arrive in the time that is left.",
        "count",
    ),
    Kind.USUAL_REST: ngettext_lazy(
        "From here a parcel usually needs %(count)d more hour; too few are left.",
        "From here a parcel usually needs %(count)d more hours; too few are left.",
        "count",
    ),
}

# The page's note says these already: that it is late, or that the rest usually takes longer.
NOT_FOR_THE_SHOPPER = frozenset({Kind.PASSED, Kind.IN_TIME, Kind.USUAL_REST})
FOR_THE_SHOPPER = {
    **{kind: sentence for kind, sentence in FOR_THE_SHOP.items() if kind not in NOT_FOR_THE_SHOPPER},
    Kind.NEVER_SCANNED: ngettext_lazy(
        "The carrier has not scanned your parcel for %(count)d working day.",
        "The carrier has not scanned your parcel for %(count)d working days.",
        "count",
    ),
    Kind.LOST: ngettext_lazy("No scan for %(count)d day.", "No scan for %(count)d days.", "count"),
}


def words(evidence: Iterable[Evidence], *, for_shopper: bool = False) -> list[str]:
    """Each fact as a sentence in the active language."""
    sentences = FOR_THE_SHOPPER if for_shopper else FOR_THE_SHOP
    told = (one for one in evidence if one.kind in sentences)
    return [str(sentences[one.kind] % {"count": one.count, **one.told}) for one in told]


def risk_words(shipment, *, for_shopper: bool = True) -> list[str]:
    """Why this parcel is at risk, for its page unless said otherwise; empty while all is well."""
    return words(map(Evidence.from_json, shipment.risk_evidence), for_shopper=for_shopper)

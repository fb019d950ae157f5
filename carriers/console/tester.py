"""Trying a callback on the real door without sending it: which check it would not pass, and why."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from carriers.base import Callback, Carrier, Headers
from carriers.console.masking import masked, shown_code
from carriers.models import CarrierAccount, Check
from carriers.services.accounts import adapter
from carriers.services.door import CHECKS, Examination, examine
from carriers.services.meanings import with_confirmed_meanings
from orders.events import TrackingUpdate
from orders.statuses import Status

PARCELS_SHOWN, SCANS_SHOWN = 20, 20

# What happens to a body between the signing and the sending, and what it was before.
MISHAPS: dict[str, Callable[[bytes], bytes]] = {
    _("It would be right without the white space around the body."): bytes.strip,
    _("It would be right with a line break at the end of the body."): lambda body: body + b"\n",
    _("It would be right if the line breaks were CR LF."): lambda body: body.replace(b"\n", b"\r\n"),
    _("It would be right if the line breaks were LF."): lambda body: body.replace(b"\r\n", b"\n"),
}


@dataclass(frozen=True, slots=True)
class Scan:
    status: Status
    at: datetime
    code: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """What was read of one parcel, as far as it may be shown."""

    number: str
    scans: tuple[Scan, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What the door would do. `hint` says what may have happened to the body, `answer` the HTTP status."""

    examined: Examination
    answer: int
    hint: str = ""
    parcels: tuple[Parcel, ...] = ()
    more: int = 0

    @property
    def checks(self) -> list[tuple[Check, str]]:
        """Every check with "passed", "failed", or "" for one that was not reached."""
        return [(check, self._outcome(check)) for check in CHECKS]

    def _outcome(self, check: Check) -> str:
        return "passed" if check in self.examined.passed else "failed" if check is self.examined.failed else ""


def try_out(account: CarrierAccount, body: bytes, headers: Headers) -> Trial:
    """Put the callback before the door with the account's secrets. Nothing is stored."""
    callback = Callback(body, headers, tuple(account.callback_secrets))
    carrier = adapter(account)
    examined = examine(carrier, callback)
    if examined.failed:
        return Trial(examined, examined.status, hint=_mishap(carrier, callback, examined))
    updates = [with_confirmed_meanings(account, update) for update in examined.updates]
    shown = tuple(_parcel(update) for update in updates[:PARCELS_SHOWN])
    return Trial(examined, carrier.acknowledge(callback).status, parcels=shown, more=len(updates) - len(shown))


def _mishap(carrier: Carrier, callback: Callback, examined: Examination) -> str:
    if examined.failed is not Check.SIGNATURE:
        return ""
    for hint, undone in MISHAPS.items():
        other = replace(callback, body=undone(callback.body))
        if Check.SIGNATURE in examine(carrier, other).passed:
            return hint
    return ""


def _parcel(update: TrackingUpdate) -> Parcel:
    scans = (Scan(event.status, event.occurred_at, shown_code(event.code)) for event in update.events[:SCANS_SHOWN])
    return Parcel(masked(update.number), tuple(scans))

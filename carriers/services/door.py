"""What a callback must pass before it is taken in. The callback URL and the carrier's own tester both ask here."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from django.conf import settings

from carriers.base import Callback, Carrier
from carriers.errors import CallbackRejected, CarrierError
from carriers.models import Check
from orders.events import TrackingUpdate

# What a carrier is answered where a check fails; 400 for the others.
ANSWERS = {Check.SIZE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Check.CONTENT: HTTPStatus.UNSUPPORTED_MEDIA_TYPE}


logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Examination:
    """How far a callback came: the checks it passed, and the first it did not, with the reason in `error`."""

    passed: tuple[Check, ...]
    failed: Check | None = None
    error: str = ""
    updates: tuple[TrackingUpdate, ...] = ()

    @property
    def status(self) -> int:
        """The HTTP status of a refusal."""
        return ANSWERS.get(self.failed, HTTPStatus.BAD_REQUEST)


def examine(carrier: Carrier, callback: Callback) -> Examination:
    """Put the callback through the checks, up to the first that it does not pass. No database, no network."""
    passed, told = [], None
    for check, passes in CHECKS.items():
        try:
            told = passes(carrier, callback)
        except (CallbackRejected, CarrierError) as error:
            return Examination(tuple(passed), check, str(error))
        passed.append(check)
    return Examination(tuple(passed), updates=tuple(told or ()))


def _within_the_limit(_carrier, callback: Callback) -> None:
    most = settings.CALLBACK_MAX_BYTES
    if len(callback.body) > most:
        raise CallbackRejected(f"The body is over {most} bytes. Send fewer parcels in one callback.")


def _not_packed(_carrier, callback: Callback) -> None:
    # A megabyte of gzip may unfold to a gigabyte, and no carrier asks for it.
    packed = callback.headers.get("Content-Encoding", "").strip()
    if packed.lower() not in ("", "identity"):
        raise CallbackRejected(f"The body is packed (Content-Encoding: {packed[:40]}). Send it as it is.")


def _secret_set(carrier: Carrier, callback: Callback) -> None:
    if carrier.callback_header and not callback.secrets:
        carrier.verify_callback(callback)  # which says what to enter where


def _header_there(carrier: Carrier, callback: Callback) -> None:
    name = carrier.callback_header
    if name and not callback.headers.get(name, "").strip():
        raise CallbackRejected(f"There is no {name!r} header: by it {carrier.name} proves that a callback is its own.")


def _readable(carrier: Carrier, callback: Callback) -> list[TrackingUpdate]:
    try:
        return carrier.parse_callback(callback)
    except (CallbackRejected, CarrierError):
        raise
    except Exception:  # a fault of ours: the callback is the carrier's, so it comes in and is kept until we mend it
        logger.exception("%s could not read a callback", carrier.name)
        return []


CHECKS: dict[Check, Callable[[Carrier, Callback], object]] = {
    Check.SIZE: _within_the_limit,
    Check.CONTENT: _not_packed,
    Check.SECRET: _secret_set,
    Check.HEADER: _header_there,
    Check.SIGNATURE: lambda carrier, callback: carrier.verify_callback(callback),
    Check.READABLE: _readable,
}

"""Everything that can go wrong with a carrier, each with what it means for the work."""

from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation


class CarrierError(Exception):
    """A carrier did not give what was asked for.

    `carrier` is its key, `reply` the answer that tells more (None when there was none), `retry_after` the seconds it
    asked to wait, None when it did not say.
    """

    def __init__(self, message, *, carrier="", reply=None, retry_after=None):
        super().__init__(message)
        self.carrier = carrier
        self.reply = reply
        self.retry_after = retry_after

    def __str__(self):
        message = super().__str__()
        status = f" (HTTP {self.reply.status})" if self.reply is not None else ""
        return f"{self.carrier}: {message}{status}" if self.carrier else f"{message}{status}"


class CarrierUnavailable(CarrierError):
    """Time-outs, 5xx and 429: ask again later."""


class CarrierRefused(CarrierError):
    """401, 403, a closed account: pause the account and tell the merchant."""


class NumberNotFound(CarrierError):
    """The carrier does not know the number: normal for a fresh label. Ask again, ever more seldom."""


class UnreadablePayload(CarrierError):
    """Not the shape the carrier documents: keep it raw and tell us."""


class CallbackRejected(SuspiciousOperation):
    """A callback that is not from the carrier, or cannot be shown to be. Django answers 400."""


class CarrierMisconfigured(ImproperlyConfigured):
    """A mistake of ours or the merchant's. Outside the family on purpose: no `except CarrierError` may hide it."""

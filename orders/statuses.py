"""What a parcel is doing: the eleven headline statuses, their order and their wording.

Everything that speaks of a status reads it from here: database, page, e-mail, SMS, admin and API.
"""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class Status(TextChoices):
    UNKNOWN = "unknown", pgettext_lazy("parcel status", "Waiting for news")
    INFO_RECEIVED = "info_received", pgettext_lazy("parcel status", "Being prepared")
    IN_TRANSIT = "in_transit", pgettext_lazy("parcel status", "On its way")
    OUT_FOR_DELIVERY = "out_for_delivery", pgettext_lazy("parcel status", "Out for delivery")
    ATTEMPT_FAILED = "attempt_failed", pgettext_lazy("parcel status", "Delivery attempt failed")
    AVAILABLE_FOR_PICKUP = "available_for_pickup", pgettext_lazy("parcel status", "Ready for pickup")
    DELIVERED = "delivered", pgettext_lazy("parcel status", "Delivered")
    EXCEPTION = "exception", pgettext_lazy("parcel status", "Held up")
    RETURNING = "returning", pgettext_lazy("parcel status", "On its way back")
    RETURNED = "returned", pgettext_lazy("parcel status", "Returned to the shop")
    CANCELLED = "cancelled", pgettext_lazy("parcel status", "Cancelled")

    @property
    def rank(self) -> int:
        """How far the parcel has come: decides between events of the same instant."""
        return RANKS[self]

    @property
    def is_final(self) -> bool:
        return self in FINAL

    @property
    def is_trouble(self) -> bool:
        """Something is wrong: selling stops and help comes first."""
        return self in TROUBLE

    @property
    def step(self) -> int:
        """The journey's step on the page: 0 nothing yet, 1 prepared, 2 on its way, 3 at the door, 4 done."""
        return STEPS.get(self, 0)


_BY_RANK = (
    Status.UNKNOWN,
    Status.INFO_RECEIVED,
    Status.IN_TRANSIT,
    Status.EXCEPTION,
    Status.OUT_FOR_DELIVERY,
    Status.ATTEMPT_FAILED,
    Status.AVAILABLE_FOR_PICKUP,
    Status.RETURNING,
    Status.CANCELLED,
    Status.DELIVERED,
    Status.RETURNED,
)
RANKS = {status: rank for rank, status in enumerate(_BY_RANK)}

FINAL = frozenset({Status.DELIVERED, Status.RETURNED, Status.CANCELLED})

TROUBLE = frozenset({Status.EXCEPTION, Status.ATTEMPT_FAILED, Status.RETURNING, Status.RETURNED, Status.CANCELLED})

# The first of these is the carrier's first attempt to hand the parcel over: "on time" is measured there.
ATTEMPTS = frozenset({Status.ATTEMPT_FAILED, Status.AVAILABLE_FOR_PICKUP, Status.DELIVERED})

STEPS = {
    Status.INFO_RECEIVED: 1,
    Status.CANCELLED: 1,
    Status.IN_TRANSIT: 2,
    Status.EXCEPTION: 2,
    Status.RETURNING: 2,
    Status.OUT_FOR_DELIVERY: 3,
    Status.ATTEMPT_FAILED: 3,
    Status.AVAILABLE_FOR_PICKUP: 3,
    Status.DELIVERED: 4,
    Status.RETURNED: 4,
}

"""Sendcloud: the webhook parcel_status_changed. https://sendcloud.dev/api/v2/webhooks

Sendcloud prints the labels of many carriers; the number is that of the carrier, the status Sendcloud's own.
"""

from http import HTTPStatus

from carriers.base import Acknowledgement, Carrier, signature
from carriers.errors import UnreadablePayload
from carriers.reading import Instant, document, epoch, event_of, location, part, readable, text
from carriers.reading.codes import by_code
from carriers.reading.words import compiled, first_found, reason_told
from orders.events import ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status

# parcel.status.id: Sendcloud's list of parcel statuses.
STATUS_IDS = {
    Status.INFO_RECEIVED: "1 13 15 1000 1001",
    Status.IN_TRANSIT: "3 5 6 7 22 91 62989 62990 62993 62994 62995",
    Status.OUT_FOR_DELIVERY: "92",
    Status.ATTEMPT_FAILED: "8 62991",
    Status.AVAILABLE_FOR_PICKUP: "12",
    Status.DELIVERED: "11 93",
    Status.EXCEPTION: "4 80 1002 62996 62997",
    Status.RETURNED: "62992",
    Status.CANCELLED: "1998 2000",
    # No label yet, a wish to cancel, a status Sendcloud itself does not know.
    Status.UNKNOWN: "94 999 1337 1999 2001",
}
REASONS = {
    "4": Reason.CARRIER_DELAY,
    "13": Reason.NOT_HANDED_OVER,
    "15": Reason.NOT_HANDED_OVER,
    "1002": Reason.SHIPPING_DATA,
    "62991": Reason.REFUSED,
    "62994": Reason.RESCHEDULED,
    "62995": Reason.REDIRECTED,
    "62997": Reason.ADDRESS_INCORRECT,
}

# "At customs" is a station of the way, unless the words beside it say that it stays there.
HELD = compiled((Reason.CUSTOMS_HELD, r"held (?:at|by|in) customs"))

# What a return parcel does, seen from the shop.
BACKWARDS = {
    Status.IN_TRANSIT: Status.RETURNING,
    Status.OUT_FOR_DELIVERY: Status.RETURNING,
    Status.DELIVERED: Status.RETURNED,
}


class Sendcloud(Carrier):
    key, name = "sendcloud", "Sendcloud"
    base_url = "https://panel.sendcloud.sc"
    is_aggregator = True
    pushes = True
    callback_header = "Sendcloud-Signature"
    callback_secret = "the secret key of the integration, or its webhook signature key"  # noqa: S105 - its name
    push_api = "webhook parcel_status_changed, HMAC-SHA256 of the body"
    scan_times = "UTC"
    status_map = by_code(STATUS_IDS)

    def proof(self, callback, secret):
        return signature(secret, callback.body)

    def parse_callback(self, callback):
        told = document(self, callback)
        parcel = part(told, "parcel")
        if not parcel:
            return self._nothing_of_a_parcel(callback, told)
        number = text(parcel, "tracking_number")
        if not number:
            return []  # a label that is not printed yet
        return [
            TrackingUpdate(
                number=number,
                events=readable(self, [self._event(told, parcel)]),
                service=text(parcel, "shipment", "name")[:120],
                destination=_destination(parcel),
            )
        ]

    def acknowledge(self, callback):
        return Acknowledgement(status=HTTPStatus.OK)

    def _nothing_of_a_parcel(self, callback, told) -> list[TrackingUpdate]:
        """Sendcloud also tells of integrations, returns and tests: taken in, without news."""
        if text(told, "action") in ("", "parcel_status_changed"):
            raise UnreadablePayload("the webhook tells of no parcel", carrier=self.key, reply=callback)
        return []

    def _event(self, told, parcel) -> ParcelEvent | None:
        happened = _instant(told)
        if happened is None:
            return None
        code, message = text(parcel, "status", "id"), text(parcel, "status", "message")
        status, reason = self._meaning(code, message)
        if parcel.get("is_return") is True:
            status = BACKWARDS.get(status, status)
        return event_of(
            {name: told.get(name) for name in ("action", "timestamp", "carrier_status_change_timestamp")}
            | {"status": part(parcel, "status")},
            happened,
            status,
            code,
            message,
            reason=reason,
            carrier=text(parcel, "carrier", "code"),
        )

    def _meaning(self, code, message) -> tuple[Status, Reason | None]:
        status = self.status(code)
        if status is Status.IN_TRANSIT and (held := first_found(HELD, message)):
            return Status.EXCEPTION, held
        return status, REASONS.get(code) or reason_told(status, message)


def _instant(told: dict) -> Instant | None:
    """When the carrier changed the status; when Sendcloud did, where no carrier was asked."""
    told_times = (epoch(text(told, name)) for name in ("carrier_status_change_timestamp", "timestamp"))
    return next(filter(None, told_times), None)


def _destination(parcel: dict):
    return location(text(parcel, "city"), text(parcel, "postal_code"), text(parcel, "country", "iso_2"))

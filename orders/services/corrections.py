"""Putting right whose parcel it is: the carrier that the order named, or the number there, was wrong.

The parcel keeps its link, its order and what the shop promised. What was told under the old label was of another
parcel, or of none: it is kept, set aside by the correction, and counts again if the old label turns out right.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.incoming import ShipmentData
from orders.models import CarrierCorrection, Promiser, Shipment
from orders.services.record_events import locked, rederive
from orders.signals import shipments_created


def correct_carrier(
    shipment_id: int,
    carrier: str = "",
    *,
    by: str,
    note: str = "",
    number: str = "",
    courier: str | None = None,
    now: datetime | None = None,
) -> CarrierCorrection:
    """Give the parcel to this carrier, under this number; what is left out stays. It is asked for `now`.

    Raises ValidationError where that is no correction or the order has such a parcel already. No message is planned:
    nothing happened to the parcel.
    """
    now = now or timezone.now()
    with transaction.atomic():
        shipment = locked(shipment_id)
        old, new = _label_of(shipment), _label(shipment, carrier, number, courier)
        _relabel(shipment, new, now)
        correction = _note(shipment, old, new, by=by[:200], note=note[:300], at=now)
        _set_aside(shipment, correction)
        rederive(shipment, now)
        # To its new carrier the parcel is new: perhaps it has spoken of it before.
        transaction.on_commit(lambda: shipments_created.send_robust(Shipment, ids=[shipment.pk]))
    return correction


def _label(shipment: Shipment, carrier: str, number: str, courier: str | None) -> dict[str, str]:
    """What the label should say, as an order would have to say it."""
    old = _label_of(shipment)
    told = ShipmentData(carrier=carrier or old["carrier"], tracking_number=number or old["number"])
    if courier is None:
        courier = old["courier"] if told.carrier == old["carrier"] else ""
    new = {"carrier": told.carrier, "number": told.plain_number, "courier": courier.strip()[:60]}
    if new == old:
        message = _("There is nothing to correct: the parcel is %(number)s of %(carrier)s already.")
        raise ValidationError({"carrier": ValidationError(message, params=new)})
    return new


def _label_of(shipment: Shipment) -> dict[str, str]:
    return {"carrier": shipment.carrier, "number": shipment.tracking_number, "courier": shipment.courier}


def _relabel(shipment: Shipment, label: dict[str, str], now: datetime) -> None:
    """As if the order had said so: nobody has been asked for it, and nothing is learnt of it yet."""
    changes = {
        "carrier": label["carrier"],
        "tracking_number": label["number"],
        "courier": label["courier"],
        "corrected_at": now,
        "next_poll_at": now,
        "polled_at": None,
        "poll_error": "",
        "poll_failures": 0,
        "poll_urgent": True,
        "handed_to": "",
        "handed_to_number": "",
        "proof_of_delivery": "",
        **dict.fromkeys(shipment.learnt, ""),
        "learnt": [],
    }
    for name, value in changes.items():
        setattr(shipment, name, value)
    try:
        with transaction.atomic():
            shipment.save(update_fields=changes)
    except IntegrityError:
        message = _("The order has a parcel %(number)s of %(carrier)s already: is this one a duplicate?")
        raise ValidationError({"carrier": ValidationError(message, params=label)}) from None


def _note(shipment: Shipment, old: dict[str, str], new: dict[str, str], **told) -> CarrierCorrection:
    labels = {f"old_{name}": value for name, value in old.items()} | {f"new_{name}": new[name] for name in new}
    return shipment.corrections.create(merchant_id=shipment.merchant_id, **labels, **told)


def _set_aside(shipment: Shipment, correction: CarrierCorrection) -> None:
    """Let what counted until now refer to the correction, and what was told under the new label before count again."""
    former = shipment.corrections.filter(
        old_carrier=shipment.carrier, old_number=shipment.tracking_number, old_courier=shipment.courier
    )
    for told in (shipment.events, shipment.promises.exclude(source=Promiser.MERCHANT)):
        told.filter(correction=None).update(correction=correction)
        told.filter(correction__in=former).update(correction=None)

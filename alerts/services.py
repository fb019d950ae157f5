"""What others may ask of alerts: send staff a test, stop writing to an address, begin again."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.channels import channel
from alerts.consent import plain, resume, suppress
from alerts.models import Alert
from alerts.rendering import write
from alerts.tasks import deliver
from alerts.texts.variables import OF_THE_ORDER
from alerts.triggers import Trigger
from orders.models import Merchant, Shipment
from orders.throttle import seconds_to_wait
from orders.waking import wake

__all__ = ["resume", "send_test", "suppress"]

# Of one shop: a test says the shop's own words at any address.
TESTS = {"turns": 30, "every": 60 * 60}


def send_test(
    merchant: Merchant,
    address: str,
    channel_key: str,
    language: str,
    shipment: Shipment,
    trigger: Trigger | None = None,
) -> Alert:
    """Queue a test about this parcel to an address of the staff's; return its row, which tells how it went.

    It says what this trigger says, in the shop's own words where there are some; by default what may be at risk.
    Raises ValueError when the parcel is another merchant's, the language is none of ours, the address is empty, or the
    shop has sent too many.
    """
    if shipment.merchant_id != merchant.pk:
        raise ValueError(f"Parcel {shipment} is another merchant's: choose one of {merchant}.")
    if language not in dict(settings.LANGUAGES):
        known = ", ".join(dict(settings.LANGUAGES))
        raise ValueError(f"{language!r} is no language of Doorstep: choose one of {known}.")
    if not address.strip():
        raise ValueError("There is no address to send the test to: fill in your own.")
    if wait := seconds_to_wait("tests", str(merchant.pk), **TESTS):
        message = _("Too many tests were sent from this shop: the next one may go in %(minutes)d min.")
        raise ValueError(message % {"minutes": -(-wait // 60)})
    now, trigger = timezone.now(), trigger or (Trigger.AT_RISK if shipment.promise else Trigger.SHIPPED)
    alert = Alert(
        merchant=merchant,
        is_test=True,
        order=shipment.order,
        shipment=None if trigger in OF_THE_ORDER else shipment,
        trigger=trigger,
        channel=channel(channel_key).key,
        address=plain(address),
        language=language,
        created_at=now,
        due_at=now,
    )
    write(alert)
    alert.save(force_insert=True)
    transaction.on_commit(lambda: wake(deliver, alert.pk))
    return alert

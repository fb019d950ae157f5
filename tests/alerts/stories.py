"""Parcels with news to tell, as tests of alerts need them. All go by one clock: Monday, 2 March 2026, noon UTC."""

from datetime import date, timedelta

from alerts import planning
from alerts.models import Alert
from alerts.states import OPEN, State
from alerts.triggers import Trigger
from orders.models import ChangeKind, RiskState, Shipment, StatusChange
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.builders import a_scan, a_shipment, record, utc

NOW = utc(2026, 3, 2, 12)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PROMISED = PromisedWindow(date(2026, 3, 3), date(2026, 3, 5), zone="Europe/Helsinki")
PUT_OFF = PromisedWindow(date(2026, 3, 9), date(2026, 3, 10), zone="Europe/Helsinki")
# Three hours before the promise ends.
TOO_FAR = utc(2026, 3, 5, 19)


def a_parcel(**kw) -> Shipment:
    """On its way from Berlin to Helsinki, promised for 3 to 5 March; what was news of it is planned already."""
    shipment = a_shipment(window=PROMISED, now=NOW - DAY, **kw)
    record(shipment, a_scan(Status.IN_TRANSIT, at=NOW - DAY), now=NOW - DAY)
    StatusChange.objects.filter(shipment=shipment).update(planned_at=NOW - DAY)
    return shipment


def news(shipment: Shipment, status: Status, at=NOW, **kw) -> StatusChange:
    """One scan that is news; the change of the headline."""
    changes = record(shipment, a_scan(status, at=at, **kw), now=at)
    return next(change for change in changes if change.kind == "status")


def risk(shipment: Shipment, new: str, at=TOO_FAR, promise=None) -> StatusChange:
    """The risk is judged to be `new`. Written by hand: which parcel is at risk is for the estimator's own tests."""
    change = StatusChange.objects.create(
        merchant=shipment.merchant,
        order=shipment.order,
        shipment=shipment,
        kind=ChangeKind.RISK,
        old=shipment.risk,
        new=new,
        reason=Reason.SILENCE if new == RiskState.AT_RISK else "",
        promise=promise or shipment.promise,
        occurred_at=at,
        created_at=at,
    )
    Shipment.objects.filter(pk=shipment.pk).update(risk=new)
    shipment.refresh_from_db()
    return change


def later_by(days: int) -> PromisedWindow:
    """A promise that ends so many days after 9 March."""
    return PromisedWindow(date(2026, 3, 9), date(2026, 3, 9) + days * DAY, zone="Europe/Helsinki")


def put_off(shipment: Shipment, window=PUT_OFF, at=NOW) -> list[StatusChange]:
    """The carrier promises another day."""
    return record(shipment, a_scan(Status.IN_TRANSIT, at=at, city="Bremen"), window=window, now=at)


def an_alert(shipment: Shipment | None = None, channel="email", **kw) -> Alert:
    """A queued message that the parcel is out for delivery, due at NOW."""
    shipment = shipment or a_parcel()
    change = news(shipment, Status.OUT_FOR_DELIVERY, at=NOW)
    planning.plan(change.pk, NOW)
    alert = Alert.objects.get(change=change, channel=channel)
    # Only this one: its sister on the other channel would be in the way.
    Alert.objects.filter(change=change).exclude(pk=alert.pk).delete()
    if kw:
        Alert.objects.filter(pk=alert.pk).update(**kw)
        alert.refresh_from_db()
    return alert


def a_message(shipment: Shipment | None = None, channel="email", **kw) -> Alert:
    """A message that a worker is sending, as it was planned and written; by hand."""
    shipment = shipment or a_parcel()
    written = {
        "trigger": Trigger.OUT_FOR_DELIVERY,
        "address": shipment.order.customer.email,
        "language": "en",
        "subject": "Your parcel comes today",
        "body_text": "The driver has it. Order 1001 comes today.",
        "body_html": "<p>The driver has it.</p>",
        "state": State.SENDING,
        "due_at": NOW + HOUR,
    }
    if kw.get("state", State.SENDING) not in OPEN:
        written["due_at"] = None
    return Alert.objects.create(
        merchant=shipment.merchant,
        change=news(shipment, Status.OUT_FOR_DELIVERY),
        order=shipment.order,
        shipment=shipment,
        customer=shipment.order.customer,
        channel=channel,
        **{**written, **kw},
    )

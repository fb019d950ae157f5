"""What becomes of an order before and beside its parcels: received, delayed in the shop, cancelled."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import ChangeKind, Order, OrderNews, StatusChange
from orders.services.announcing import announce_of_order
from orders.statuses import Status

NOT_YET_LEFT = frozenset({Status.UNKNOWN, Status.INFO_RECEIVED})
NOT_UNDER_WAY = NOT_YET_LEFT | {Status.CANCELLED, Status.RETURNING, Status.RETURNED}


class NewsRefused(ValueError):
    """This cannot have become of the order; the message says why, to the shop's people."""


def order_received(order: Order, now: datetime) -> StatusChange:
    """The order came in. It happened when it was placed."""
    return announce_of_order(order, ChangeKind.ORDER, OrderNews.RECEIVED, now, occurred_at=min(order.placed_at, now))


def order_delayed(order: Order, now: datetime | None = None) -> StatusChange | None:
    """The shop needs longer to get the order ready. None when that was known."""
    return _tell(order, OrderNews.DELAYED, now or timezone.now())


def order_cancelled(order: Order, now: datetime | None = None) -> StatusChange | None:
    """The order was called off as a whole. None when that was known."""
    return _tell(order, OrderNews.CANCELLED, now or timezone.now())


def _tell(order: Order, news: OrderNews, now: datetime) -> StatusChange | None:
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=order.pk)
        told = order.changes.filter(kind=ChangeKind.ORDER).order_by("-id").values_list("new", flat=True)
        last = told.first() or ""
        if last == news:
            return None
        _check(order, last, news)
        return announce_of_order(order, ChangeKind.ORDER, news, now, old=last)


def _check(order: Order, last: str, news: OrderNews) -> None:
    if last == OrderNews.CANCELLED:
        raise NewsRefused(_("Order %(order)s was cancelled: nothing more can become of it.") % {"order": order})
    parcels = set(order.shipments.values_list("status", flat=True))
    if news == OrderNews.DELAYED and parcels and parcels.isdisjoint(NOT_YET_LEFT):
        message = _("Every parcel of order %(order)s has left the shop: their own days say how long they take.")
        raise NewsRefused(message % {"order": order})
    if news == OrderNews.CANCELLED and parcels - NOT_UNDER_WAY:
        message = _("A parcel of order %(order)s is under way or has arrived: the order cannot be cancelled any more.")
        raise NewsRefused(message % {"order": order})

"""Money sent back: noted once, and told to the shopper and the shop's systems."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import ChangeKind, Order, Refund, RefundNews
from orders.services.announcing import announce_of_order
from orders.wording import money

# Clocks of two systems differ by so much and mean the same.
CLOCKS_DIFFER = timedelta(minutes=5)


class RefundRefused(ValueError):
    """This refund cannot be right; the message says why, to the shop's people. `field` is what to change."""

    def __init__(self, field: str, message: str):
        super().__init__(message)
        self.field = field


def record_refund(
    order: Order,
    reference: str,
    amount: Decimal,
    currency: str = "",
    sent_at: datetime | None = None,
    now: datetime | None = None,
) -> tuple[Refund, bool]:
    """Note that the shop sent this amount back; the refund, and whether it is new.

    `reference` is the shop's own name for it: the same again, with the same amount, changes nothing. Raises
    RefundRefused for the same reference with another amount, another currency than the order's, a moment that is yet
    to come, and more than the order cost together with what was sent before. An order of unknown worth bounds nothing.
    """
    now = now or timezone.now()
    sent_at, currency = sent_at or now, currency.upper() or order.currency
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=order.pk)
        known = order.refunds.filter(reference=reference).first()
        if known:
            return _the_same(known, amount, currency), False
        _check(order, amount, currency, sent_at, now)
        refund = Refund.objects.create(
            merchant_id=order.merchant_id,
            order=order,
            reference=reference,
            amount=amount,
            currency=currency,
            sent_at=sent_at,
        )
        announce_of_order(order, ChangeKind.REFUND, RefundNews.SENT, now, occurred_at=sent_at, refund=refund)
    return refund, True


def _the_same(known: Refund, amount: Decimal, currency: str) -> Refund:
    if (known.amount, known.currency) != (amount, currency):
        message = _("The refund %(reference)s is known as %(known)s: give another refund a reference of its own.")
        raise RefundRefused("reference", message % {"reference": known.reference, "known": known})
    return known


def _check(order: Order, amount: Decimal, currency: str, sent_at: datetime, now: datetime) -> None:
    if amount <= 0:
        raise RefundRefused("amount", _("A refund of %(amount)s is none: give more than 0.") % {"amount": amount})
    if currency != order.currency:
        message = _("The order was paid in %(theirs)s, and the refund is in %(ours)s: give it in the order's currency.")
        raise RefundRefused("currency", message % {"theirs": order.currency, "ours": currency})
    if sent_at > now + CLOCKS_DIFFER:
        raise RefundRefused("sent_at", _("This is yet to come: tell of a refund once it has been sent."))
    sent = order.refunds.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    if order.total and sent + amount > order.total:
        message = _("The order cost %(total)s, and %(sent)s were sent back before: %(amount)s is too much.")
        told = {"total": order.total, "sent": sent, "amount": amount}
        raise RefundRefused("amount", message % {name: money(of, currency) for name, of in told.items()})

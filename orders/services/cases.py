"""What shoppers ask for or complain of: opened, answered and closed, each told to them and to the shop's systems."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import Case, CaseKind, CaseNews, ChangeKind, Order, Shipment
from orders.services.announcing import announce_of_order


class CaseRefused(ValueError):
    """This cannot be done with the case; the message says why, to the shop's people."""


def open_case(
    order: Order, kind: CaseKind, message: str = "", shipment: Shipment | None = None, now: datetime | None = None
) -> Case:
    """Open a case about this order, or about one parcel of it."""
    now = now or timezone.now()
    if shipment and shipment.order_id != order.pk:
        raise CaseRefused(not_of_this_order(shipment, order))
    with transaction.atomic():
        case = Case.objects.create(
            merchant_id=order.merchant_id, order=order, shipment=shipment, kind=kind, message=message, opened_at=now
        )
        _tell(case, "", CaseNews.OPENED, now)
    return case


def answer_case(case_id: int, answer: str, now: datetime | None = None) -> Case:
    """Answer an open case; the same words again change nothing, other words replace the answer and are told anew."""
    now, answer = now or timezone.now(), answer.strip()
    if not answer:
        raise CaseRefused(_("The answer is empty: write what the shopper is to read."))
    with transaction.atomic():
        case = _locked(case_id)
        if case.closed_at:
            raise CaseRefused(_("This case is closed: open another one to answer in."))
        if answer != case.answer:
            before = CaseNews.ANSWERED if case.answered_at else CaseNews.OPENED
            case.answer, case.answered_at = answer, now
            case.save(update_fields=["answer", "answered_at"])
            _tell(case, before, CaseNews.ANSWERED, now)
    return case


def close_case(case_id: int, now: datetime | None = None) -> bool:
    """Close a case; whether it was open."""
    now = now or timezone.now()
    with transaction.atomic():
        case = _locked(case_id)
        if case.closed_at:
            return False
        case.closed_at = now
        case.save(update_fields=["closed_at"])
        _tell(case, CaseNews.ANSWERED if case.answered_at else CaseNews.OPENED, CaseNews.CLOSED, now)
    return True


def not_of_this_order(shipment: Shipment, order: Order) -> str:
    message = _("Parcel %(parcel)s does not belong to order %(order)s: choose one of its own, or none.")
    return message % {"parcel": shipment, "order": order}


def _locked(case_id: int) -> Case:
    return Case.objects.select_related("order").select_for_update(of=("self",)).get(pk=case_id)


def _tell(case: Case, old: str, new: CaseNews, now: datetime) -> None:
    announce_of_order(case.order, ChangeKind.CASE, new, now, old=old, case=case, shipment=case.shipment)

"""The admin's front page: how the parcels of the person's own merchants are doing, each figure with its list behind."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Case, Notice, RiskState, Shipment
from orders.statuses import FINAL, Status
from orders.tenancy import scoped
from tracker.latency import latencies

# A claim pushes the due time forward by a lease of minutes; what is due for longer has nobody polling it.
POLL_IS_OVERDUE_AFTER = timedelta(minutes=10)
LATELY = timedelta(days=7)

UNDER_WAY = ~Q(status__in=FINAL)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the front page. `tone` is a badge's: "danger" where somebody should look."""

    title: str
    count: int
    url: str
    tone: str = "default"


def front_page(request, context):
    """Unfold's DASHBOARD_CALLBACK."""
    now = timezone.now()
    return {**context, "figures": figures(request.user, now), "latencies": latencies(request.user, now)}


def figures(user, now: datetime) -> list[Figure]:
    """The figures over this person's merchants only."""
    parcels = scoped(Shipment.objects.all(), user).aggregate(
        under_way=Count("pk", filter=UNDER_WAY),
        at_risk=Count("pk", filter=UNDER_WAY & Q(risk=RiskState.AT_RISK)),
        late=Count("pk", filter=UNDER_WAY & Q(risk=RiskState.LATE)),
        delivered=Count("pk", filter=delivered_lately(now)),
        overdue=Count("pk", filter=overdue(now)),
    )
    notices = scoped(Notice.objects.filter(settled_at__isnull=True), user).count()
    cases = scoped(Case.objects.filter(closed_at__isnull=True), user).count()
    desk = reverse("admin:orders_shipment_changelist")
    return [
        Figure(_("Under way"), parcels["under_way"], f"{desk}?journey=under_way", "info"),
        Figure(_("At risk"), parcels["at_risk"], f"{desk}?journey=under_way&risk__exact=at_risk", "warning"),
        Figure(_("Late"), parcels["late"], f"{desk}?journey=under_way&risk__exact=late", "danger"),
        Figure(_("Delivered in the last 7 days"), parcels["delivered"], f"{desk}?journey=delivered_lately", "success"),
        Figure(_("Overdue to be checked"), parcels["overdue"], f"{desk}?overdue=yes", "danger"),
        Figure(_("Open cases"), cases, reverse("admin:orders_case_changelist") + "?closed_at__isempty=1", "warning"),
        Figure(
            _("Open notices"), notices, reverse("admin:orders_notice_changelist") + "?settled_at__isempty=1", "danger"
        ),
    ]


def overdue(now: datetime) -> Q:
    """The parcels that should have been polled and were not."""
    return Q(next_poll_at__lt=now - POLL_IS_OVERDUE_AFTER)


def delivered_lately(now: datetime) -> Q:
    return Q(status=Status.DELIVERED, delivered_at__gte=now - LATELY)

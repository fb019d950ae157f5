import secrets
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.events import Location
from orders.models.merchant import Merchant, validate_time_zone
from orders.models.order import Order
from orders.promise.risk import RiskState
from orders.reasons import Reason
from orders.statuses import Status


def new_token() -> str:
    """128 random bits in 22 characters: the only key to a tracking page."""
    return secrets.token_urlsafe(16)


class Shipment(models.Model):
    """One parcel. What stands here is derived from its events and its promises by `record_events()`."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="shipments")
    order = models.ForeignKey(Order, models.CASCADE, related_name="shipments")
    token = models.CharField(max_length=43, unique=True, default=new_token, editable=False)

    carrier = models.CharField(_("carrier"), max_length=40)
    tracking_number = models.CharField(_("tracking number"), max_length=64)
    # Behind an aggregator, as the aggregator spells it; empty where it finds out by itself.
    courier = models.CharField(_("carrier behind the aggregator"), max_length=60, blank=True)
    handed_to = models.CharField(_("handed to"), max_length=80, blank=True, editable=False)
    handed_to_number = models.CharField(_("number there"), max_length=64, blank=True, editable=False)
    service = models.CharField(_("service"), max_length=120, blank=True)
    origin_country = models.CharField(_("from country"), max_length=2, blank=True)
    origin_city = models.CharField(_("from city"), max_length=120, blank=True)
    destination_country = models.CharField(_("to country"), max_length=2, blank=True)
    destination_postcode = models.CharField(_("to postcode"), max_length=16, blank=True)
    destination_city = models.CharField(_("to city"), max_length=120, blank=True)
    zone = models.CharField(
        _("time zone of the destination"), max_length=40, default="UTC", validators=[validate_time_zone]
    )

    status = models.CharField(_("status"), max_length=24, choices=Status, default=Status.UNKNOWN, editable=False)
    reason = models.CharField(_("reason"), max_length=40, choices=Reason, blank=True, editable=False)
    status_at = models.DateTimeField(_("since"), null=True, editable=False)
    last_event_at = models.DateTimeField(_("last scan"), null=True, editable=False)
    first_scan_at = models.DateTimeField(_("first scan"), null=True, editable=False)
    last_city = models.CharField(_("place of the last scan"), max_length=120, blank=True, editable=False)
    first_attempt_at = models.DateTimeField(_("first delivery attempt"), null=True, editable=False)
    # When the first attempt became known here: history is learned in this order.
    outcome_at = models.DateTimeField(null=True, editable=False)
    delivered_at = models.DateTimeField(_("delivered"), null=True, editable=False)
    proof_of_delivery = models.TextField(_("proof of delivery"), blank=True, editable=False)

    promise = models.ForeignKey(
        "orders.Promise", models.SET_NULL, null=True, related_name="+", editable=False, verbose_name=_("promise")
    )
    risk = models.CharField(_("risk"), max_length=10, choices=RiskState, default=RiskState.ON_TRACK, editable=False)
    risk_probability = models.FloatField(_("probability of being late"), null=True, editable=False)
    risk_reason = models.CharField(_("why"), max_length=40, choices=Reason, blank=True, editable=False)
    # Why, as orders.promise.evidence keeps it, and which estimator said so.
    risk_evidence = models.JSONField(default=list, editable=False)
    # When our own estimator expects it: three instants, as orders.promise.arrival reads them.
    risk_arrival = models.JSONField(default=list, editable=False)
    risk_model = models.CharField(max_length=40, blank=True, editable=False)
    # What was estimated on the way, whenever it moved: [hours left of the promise, probability].
    risk_course = models.JSONField(default=list, editable=False)
    next_risk_at = models.DateTimeField(null=True, editable=False)

    next_poll_at = models.DateTimeField(_("next check"), null=True, editable=False)
    # Asked for before the others when an account's calls are short: out for delivery, in trouble, due today.
    poll_urgent = models.BooleanField(default=False, editable=False)
    polled_at = models.DateTimeField(_("last check"), null=True, editable=False)
    poll_error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)
    poll_failures = models.PositiveSmallIntegerField(_("failed checks in a row"), default=0, editable=False)

    # The names of the fields that the order left empty and a carrier filled.
    learnt = models.JSONField(default=list, editable=False)

    seen_at = models.DateTimeField(_("shopper last looked"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    corrected_at = models.DateTimeField(_("carrier corrected"), null=True, editable=False)

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        constraints = [
            models.UniqueConstraint(fields=["order", "carrier", "tracking_number"], name="shipment_once"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="shipment_status"),
            models.CheckConstraint(condition=Q(risk__in=RiskState.values), name="shipment_risk"),
            models.CheckConstraint(
                condition=Q(risk_probability__isnull=True) | Q(risk_probability__range=(0, 1)),
                name="shipment_probability",
            ),
            models.CheckConstraint(condition=~Q(tracking_number=""), name="shipment_number"),
        ]
        indexes = [
            models.Index(fields=["merchant", "carrier", "tracking_number"], name="shipment_by_number"),
            # What the poll dispatcher claims, account by account: the urgent first, then the most overdue.
            models.Index(
                fields=["merchant", "carrier", "poll_urgent", "next_poll_at"],
                condition=Q(next_poll_at__isnull=False),
                name="shipment_due_for_poll",
            ),
            models.Index(
                fields=["next_risk_at"], condition=Q(next_risk_at__isnull=False), name="shipment_due_for_risk"
            ),
            models.Index(fields=["merchant", "-created_at"], name="shipment_recent"),
            models.Index(
                fields=["merchant", "outcome_at", "id"],
                condition=Q(outcome_at__isnull=False),
                name="shipment_outcomes",
            ),
        ]

    def __str__(self):
        return self.tracking_number

    @property
    def origin(self) -> Location:
        return Location(city=self.origin_city, country=self.origin_country)

    @property
    def destination(self) -> Location:
        return Location(
            city=self.destination_city, postcode=self.destination_postcode, country=self.destination_country
        )

    @property
    def label_since(self) -> datetime:
        """Since when its carrier can be asked for this number."""
        return self.corrected_at or self.created_at

    @property
    def is_trouble(self) -> bool:
        """Something is wrong with this parcel: help comes first and selling stops."""
        return Status(self.status).is_trouble or RiskState(self.risk).is_trouble


class ChangeKind(models.TextChoices):
    STATUS = "status", pgettext_lazy("change", "Status")
    PROMISE = "promise", pgettext_lazy("change", "Promise")
    RISK = "risk", pgettext_lazy("change", "Risk")
    ORDER = "order", pgettext_lazy("change", "Order")
    CASE = "case", pgettext_lazy("change", "Case")
    REFUND = "refund", pgettext_lazy("change", "Refund")


class OrderNews(models.TextChoices):
    """What may become of an order beside its parcels: a StatusChange's `new`."""

    RECEIVED = "received", pgettext_lazy("order", "Received")
    DELAYED = "delayed", pgettext_lazy("order", "Delayed in the shop")
    CANCELLED = "cancelled", pgettext_lazy("order", "Cancelled")


class CaseNews(models.TextChoices):
    """What may become of a case."""

    OPENED = "opened", pgettext_lazy("case", "Opened")
    ANSWERED = "answered", pgettext_lazy("case", "Answered")
    CLOSED = "closed", pgettext_lazy("case", "Closed")


class RefundNews(models.TextChoices):
    SENT = "sent", pgettext_lazy("refund", "Sent")


OF_THE_PARCEL = (ChangeKind.STATUS, ChangeKind.PROMISE, ChangeKind.RISK)


class StatusChange(models.Model):
    """The row written when a shipment's headline, promise or risk changes, or its order does. Other apps act on it.

    `old` and `new` are a Status, a RiskState, a promise as "2026-11-24/2026-11-26", or what became of the order, case
    or refund. `occurred_at` is when it happened in the world, `heard_at` when word of it reached us (a callback at the
    door, an answer to a poll), `created_at` when it was learnt. `planned_at` is set once alerts have been planned.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, models.CASCADE, related_name="changes")
    # None where the order as a whole changed.
    shipment = models.ForeignKey(Shipment, models.CASCADE, null=True, related_name="changes")
    case = models.ForeignKey("orders.Case", models.CASCADE, null=True, related_name="changes")
    refund = models.ForeignKey("orders.Refund", models.CASCADE, null=True, related_name="changes")
    kind = models.CharField(_("kind"), max_length=8, choices=ChangeKind)
    old = models.CharField(pgettext_lazy("change", "from"), max_length=40, blank=True)
    new = models.CharField(pgettext_lazy("change", "to"), max_length=40)
    reason = models.CharField(_("reason"), max_length=40, choices=Reason, blank=True)
    promise = models.ForeignKey("orders.Promise", models.CASCADE, null=True, related_name="+")
    occurred_at = models.DateTimeField(_("happened"))
    heard_at = models.DateTimeField(_("heard"), null=True)
    created_at = models.DateTimeField(_("learnt"), default=timezone.now)
    planned_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ChangeKind.values), name="change_kind"),
            models.CheckConstraint(
                condition=Q(shipment__isnull=False) | ~Q(kind__in=OF_THE_PARCEL), name="change_of_a_parcel"
            ),
            models.CheckConstraint(condition=~Q(kind=ChangeKind.CASE, case__isnull=True), name="change_of_a_case"),
            models.CheckConstraint(
                condition=~Q(kind=ChangeKind.REFUND, refund__isnull=True), name="change_of_a_refund"
            ),
        ]
        indexes = [
            models.Index(fields=["shipment", "-id"], name="change_of_shipment"),
            models.Index(fields=["order", "-id"], name="change_of_order"),
            models.Index(fields=["id"], condition=Q(planned_at__isnull=True), name="change_to_plan"),
        ]

    def __str__(self):
        return f"{self.old} → {self.new}"

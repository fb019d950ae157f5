from datetime import datetime, timedelta, timezone

from django.db import models
from django.db.models import Q
from django.utils import timezone as clock
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.events import Location, ParcelEvent
from orders.models.correction import CarrierCorrection, Told
from orders.models.merchant import Merchant
from orders.models.shipment import Shipment
from orders.reasons import Reason
from orders.statuses import Status


class Source(models.TextChoices):
    POLL = "poll", pgettext_lazy("source of news", "We asked")
    CALLBACK = "callback", pgettext_lazy("source of news", "The carrier told us")


class TrackingEvent(models.Model):
    """A stored ParcelEvent. Only `record_events()` writes here, and a correction of the carrier sets aside."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="events")
    correction = models.ForeignKey(
        CarrierCorrection, models.CASCADE, null=True, related_name="events", verbose_name=_("set aside by")
    )
    key = models.CharField(max_length=80)
    status = models.CharField(_("status"), max_length=24, choices=Status)
    reason = models.CharField(_("reason"), max_length=40, choices=Reason, blank=True)
    occurred_at = models.DateTimeField(_("happened"))
    # Where the scan was made the clock showed occurred_at plus this many minutes.
    offset_minutes = models.SmallIntegerField(default=0)
    zone_known = models.BooleanField(default=True)
    code = models.CharField(_("carrier's code"), max_length=80, blank=True)
    description = models.CharField(_("carrier's words"), max_length=500, blank=True)
    event_id = models.CharField(max_length=80, blank=True)
    carrier = models.CharField(_("scanned by"), max_length=80, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    postcode = models.CharField(max_length=16, blank=True)
    country = models.CharField(max_length=2, blank=True)
    raw = models.JSONField(default=dict, blank=True)
    source = models.CharField(_("source"), max_length=10, choices=Source)
    received_at = models.DateTimeField(_("received"), default=clock.now)

    objects = Told.as_manager()

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        ordering = ["occurred_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "key"], condition=Q(correction__isnull=True), name="event_once"
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="event_status"),
        ]
        indexes = [models.Index(fields=["shipment", "occurred_at"], name="event_timeline")]

    def __str__(self):
        return self.description or self.get_status_display()

    @property
    def local_time(self) -> datetime:
        """When it happened, by the clock of the place."""
        return self.occurred_at.astimezone(timezone(timedelta(minutes=self.offset_minutes)))

    @property
    def location(self) -> Location:
        return Location(city=self.city, postcode=self.postcode, country=self.country)

    def as_parcel_event(self) -> ParcelEvent:
        return ParcelEvent(
            status=Status(self.status),
            occurred_at=self.local_time,
            code=self.code,
            description=self.description,
            location=self.location,
            reason=Reason(self.reason) if self.reason else None,
            event_id=self.event_id,
            carrier=self.carrier,
            zone_known=self.zone_known,
            raw=self.raw,
        )

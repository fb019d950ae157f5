"""How a carrier did for one shop lately, from what is on record; each figure says how it is counted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from babel.dates import format_timedelta
from babel.numbers import format_decimal, format_percent
from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, QuerySet, Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from carriers.models import CarrierAccount, DeliveryState
from carriers.services.meanings import open_codes
from orders.models import Promise, Promiser, Shipment, Source, TrackingEvent
from orders.statuses import Status
from orders.wording import locale_for

DAYS = 30
FEWEST = 20  # of fewer, a share says more about chance than about the carrier
LATE_SCAN = timedelta(hours=2)
KEPT = 600  # seconds


@dataclass(frozen=True, slots=True)
class Facts:
    """What is counted. Of a share: how many fulfil it, and of how many."""

    delivered: int
    on_time: tuple[int, int]
    without_van: tuple[int, int]
    late_scans: tuple[int, int]
    seconds_to_push: float | None
    refused: tuple[int, int]
    unknown_codes: int


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: str
    counted: str


# Each figure's name, and how it is counted.
FIGURES = {
    "delivered": (_("Parcels delivered"), _("Parcels whose delivery you reported.")),
    "on_time": (
        _("Within your first promise"),
        _(
            "Of these, those for which you named a delivery date: the first delivery attempt was made by the end "
            "of the first window you named."
        ),
    ),
    "without_van": (
        _("Without a scan “out for delivery”"),
        _("Of the delivered parcels that did not wait to be picked up."),
    ),
    "late_scans": (
        _("Scans that came late"),
        _("Scans of these parcels that you pushed more than two hours after they were made."),
    ),
    "seconds_to_push": (
        _("From scan to push"),
        _("The median over the same scans; those without a known time zone are left out."),
    ),
    "refused": (
        _("Callbacks refused"),
        _("Rejected or unreadable ones among all that came, each repeat counted, test events left out."),
    ),
    "unknown_codes": (_("Codes we cannot read"), _("Of all time, until the shop confirms a meaning.")),
}


def scorecard(account: CarrierAccount, now: datetime) -> list[Figure]:
    """The figures of the last days, in the active language. Counted anew every ten minutes."""
    facts = cache.get_or_set(f"scorecard:{account.pk}", lambda: count(account, now), KEPT)
    values = _in_words(facts)
    return [Figure(name, values[key], counted) for key, (name, counted) in FIGURES.items()]


def count(account: CarrierAccount, now: datetime) -> Facts:
    since = now - timedelta(days=DAYS)
    own = Shipment.objects.filter(merchant_id=account.merchant_id, carrier=account.carrier)
    parcels = own.filter(status=Status.DELIVERED, delivered_at__gt=since, delivered_at__lte=now)
    delays = _delays(parcels)
    return Facts(
        delivered=parcels.count(),
        on_time=_told(promise.shipment.first_attempt_at < _end(promise) for promise in _first_promises(parcels)),
        without_van=_without_van(parcels),
        late_scans=_told(delay > LATE_SCAN for delay in delays),
        seconds_to_push=median(delay.total_seconds() for delay in delays) if delays else None,
        refused=_refused(account, since),
        unknown_codes=open_codes(account).count(),
    )


def _first_promises(parcels: QuerySet[Shipment]) -> Iterable[Promise]:
    """What the carrier promised first for each parcel, before it first tried to deliver it."""
    attempted = parcels.filter(first_attempt_at__isnull=False)
    promises = Promise.objects.valid().filter(shipment__in=attempted, source=Promiser.CARRIER).order_by("-id")
    firsts = {promise.shipment_id: promise for promise in promises.select_related("shipment")}
    return [promise for promise in firsts.values() if promise.as_of < promise.shipment.first_attempt_at]


def _end(promise: Promise) -> datetime:
    return promise.window.ends_at(promise.shipment.zone)


def _without_van(parcels: QuerySet[Shipment]) -> tuple[int, int]:
    scans = TrackingEvent.objects.valid().filter(shipment=OuterRef("pk"))
    to_the_door = parcels.exclude(Exists(scans.filter(status=Status.AVAILABLE_FOR_PICKUP)))
    without = to_the_door.exclude(Exists(scans.filter(status=Status.OUT_FOR_DELIVERY)))
    return without.count(), to_the_door.count()


def _delays(parcels: QuerySet[Shipment]) -> list[timedelta]:
    """From each pushed scan to its arrival here."""
    pushed = TrackingEvent.objects.valid().filter(shipment__in=parcels, source=Source.CALLBACK, zone_known=True)
    return [arrived - made for made, arrived in pushed.values_list("occurred_at", "received_at")]


def _refused(account: CarrierAccount, since: datetime) -> tuple[int, int]:
    came = account.deliveries.filter(received_at__gt=since, is_test=False).order_by()
    by_state = came.values_list("state").annotate(rows=Count("pk"), again=Sum("repeats"))
    counts = {state: rows + again for state, rows, again in by_state}
    refused = counts.get(DeliveryState.REJECTED, 0) + counts.get(DeliveryState.UNREADABLE, 0)
    return refused, sum(counts.values())


def _in_words(facts: Facts) -> dict[str, str]:
    return {
        "delivered": _number(facts.delivered),
        "on_time": _share(*facts.on_time),
        "without_van": _share(*facts.without_van),
        "late_scans": _share(*facts.late_scans),
        "seconds_to_push": _span(facts.seconds_to_push, scans=facts.late_scans[1]),
        "refused": _share(*facts.refused),
        "unknown_codes": _number(facts.unknown_codes),
    }


def _told(answers: Iterable[bool]) -> tuple[int, int]:
    answers = list(answers)
    return sum(answers), len(answers)


def _share(part: int, whole: int) -> str:
    return _too_few(whole) or format_percent(part / whole, locale=locale_for())


def _span(seconds: float | None, scans: int) -> str:
    return _too_few(scans) or format_timedelta(timedelta(seconds=seconds), threshold=1.5, locale=locale_for())


def _too_few(whole: int) -> str:
    return gettext("too few to say (%(count)s)") % {"count": _number(whole)} if whole < FEWEST else ""


def _number(count: int) -> str:
    return format_decimal(count, locale=locale_for())

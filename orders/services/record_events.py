"""The one door: everything a carrier says of a parcel comes in here, and only here.

One transaction stores the scans, derives the headline, the promise and the risk, and writes what changed as
StatusChange rows. The caller has finished its HTTP before it knocks.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from orders.events import ParcelEvent, TrackingUpdate
from orders.headline import derive, in_time_order, merge
from orders.models import (
    ChangeKind,
    Promise,
    Promiser,
    Shipment,
    Source,
    StatusChange,
    TrackingEvent,
    plain_postcode,
)
from orders.privacy import masked
from orders.promise.risk import Facts, RiskState, arrival, continued, estimate, is_over, next_look, next_state, reasons
from orders.promise.transit import PUBLISHED
from orders.services.announcing import announce
from orders.services.learning import learned_for
from orders.services.promises import make_promise, promise_again
from orders.statuses import Status

# A parcel is scanned a few dozen times; a reply with more than this is a fault, and the oldest are left out.
MOST_EVENTS = 500


def record_events(
    shipment_id: int,
    update: TrackingUpdate,
    *,
    source: Source,
    now: datetime | None = None,
    heard_at: datetime | None = None,
    spoken_of: Mapping[str, str] = MappingProxyType({}),
) -> list[StatusChange]:
    """Take in what a carrier said of this parcel; return what changed, empty when it was no news.

    The same events in any order, in any batches and any number of times leave the same shipment. `now` is when this
    was learnt, and `heard_at` when word of it reached us, both aware. `spoken_of` are fields by which the parcel was
    asked for or found: if it was corrected since, the news is another parcel's and is left.
    """
    now = now or timezone.now()
    with transaction.atomic():
        shipment = locked(shipment_id)
        if any(getattr(shipment, name) != value for name, value in spoken_of.items()):
            return []
        events = _store(shipment, update.events, source, now)
        _learn(shipment, update)
        changes = [*_move_headline(shipment, events, now), *_move_promise(shipment, update, now)]
        return _settle(shipment, changes, now, heard_at or now)


def reassess(shipment_id: int, now: datetime | None = None) -> list[StatusChange]:
    """Look at the risk again although there is no news: time has passed, or the promise was changed."""
    now = now or timezone.now()
    with transaction.atomic():
        return _settle(locked(shipment_id), [], now)


def reassess_all(shipment_ids: list[int], now: datetime) -> None:
    """The same for many: asks once for what each shop's parcels taught, and saves at once what is no news."""
    with transaction.atomic():
        taught, quiet = cache(learned_for), []
        for shipment in _lockable().filter(pk__in=shipment_ids):
            changes = _move_risk(shipment, now, taught)
            if changes:
                _save(shipment, changes, now)
            else:
                quiet.append(shipment)
        # An upsert of locked rows: many times quicker than bulk_update.
        moved = [*RISK, "outcome_at"]
        Shipment.objects.bulk_create(quiet, update_conflicts=True, unique_fields=["pk"], update_fields=moved)


def rederive(shipment: Shipment, now: datetime) -> list[StatusChange]:
    """After a correction: what this locked parcel is like, from the scans and the promises that count now.

    The changes are on record, but nothing happened to the parcel: only its risk may be worth a message.
    """
    events = [row.as_parcel_event() for row in shipment.events.valid()]
    changes = [*_move_headline(shipment, events, now), *_renew_promise(shipment, now)]
    for change in changes:
        change.planned_at = now
    return _settle(shipment, changes, now)


def facts_of(shipment: Shipment) -> Facts:
    """What the risk is estimated from."""
    return Facts(
        status=Status(shipment.status),
        window=shipment.promise.window if shipment.promise else None,
        zone=shipment.zone,
        origin=shipment.origin_country or shipment.merchant.country,
        destination=shipment.destination_country,
        created_at=shipment.label_since,
        first_scan_at=shipment.first_scan_at,
        last_event_at=shipment.last_event_at,
        first_attempt_at=shipment.first_attempt_at,
        carrier_asked=bool(shipment.polled_at or shipment.last_event_at),
        promised_by_carrier=bool(shipment.promise and shipment.promise.source == Promiser.CARRIER),
        carrier=shipment.carrier,
        service=shipment.service,
        postcode=plain_postcode(shipment.destination_postcode),
        city=shipment.last_city,
    )


def locked(shipment_id: int) -> Shipment:
    return _lockable().get(pk=shipment_id)


def _lockable() -> QuerySet[Shipment]:
    return Shipment.objects.select_related("merchant", "promise").select_for_update(of=("self",))


def _store(shipment: Shipment, told: tuple[ParcelEvent, ...], source: Source, now: datetime) -> list[ParcelEvent]:
    """Store what is new; return the parcel's whole set of events."""
    rows = {row.key: row for row in shipment.events.valid()}
    known = {key: row.as_parcel_event() for key, row in rows.items()}
    events = merge([*known.values(), *map(_as_stored, told)])[-MOST_EVENTS:]
    news = [event for event in events if event.key not in known]
    TrackingEvent.objects.bulk_create(_row(shipment, event, source, now) for event in news)
    for event in events:
        if event.key in known and event != known[event.key]:
            corrected = _row(shipment, event, source, now)
            corrected.pk = rows[event.key].pk
            corrected.save(force_update=True)
    return events


def _as_stored(event: ParcelEvent) -> ParcelEvent:
    """The event as the database will give it back, so that what is told twice compares equal."""
    return _row(None, event, Source.POLL, event.occurred_at).as_parcel_event()


def _row(shipment: Shipment | None, event: ParcelEvent, source: Source, now: datetime) -> TrackingEvent:
    place = event.location
    return TrackingEvent(
        merchant_id=shipment and shipment.merchant_id,
        shipment=shipment,
        key=event.key,
        status=event.status,
        reason=event.reason or "",
        occurred_at=event.occurred_at,
        offset_minutes=round(event.occurred_at.utcoffset().total_seconds() / 60),
        zone_known=event.zone_known,
        code=event.code[:80],
        description=masked(event.description)[:500],
        event_id=event.event_id[:80],
        carrier=event.carrier[:80],
        city=place.city[:120],
        postcode=place.postcode[:16],
        country=place.country[:2],
        raw=dict(event.raw),
        source=source,
        received_at=now,
    )


def _learn(shipment: Shipment, update: TrackingUpdate) -> None:
    """Fill in what the order did not say."""
    told = {
        "service": update.service[:120],
        "origin_country": update.origin.country[:2],
        "origin_city": update.origin.city[:120],
        "destination_country": update.destination.country[:2],
    }
    news = {name: value for name, value in told.items() if value and not getattr(shipment, name)}
    for name, value in news.items():
        setattr(shipment, name, value)
    shipment.learnt = [*shipment.learnt, *news]
    if update.handed_to:
        shipment.handed_to = update.handed_to.carrier[:80]
        shipment.handed_to_number = update.handed_to.number[:64]
    shipment.proof_of_delivery = update.proof_of_delivery or shipment.proof_of_delivery


def _move_headline(shipment: Shipment, events: list[ParcelEvent], now: datetime) -> list[StatusChange]:
    headline, events = derive(events), in_time_order(events)
    scans = [event for event in events if event.status not in (Status.UNKNOWN, Status.INFO_RECEIVED)]
    old, reason = shipment.status, headline.reason or ""
    is_news = headline.status != old or (reason and reason != shipment.reason)
    shipment.status = headline.status
    shipment.reason = reason
    shipment.status_at = headline.event.occurred_at if headline.event else None
    shipment.last_event_at = events[-1].occurred_at if events else None
    shipment.last_city = events[-1].location.city if events else ""
    shipment.first_scan_at = scans[0].occurred_at if scans else None
    shipment.first_attempt_at = headline.first_attempt_at
    shipment.delivered_at = headline.delivered_at
    if not is_news:
        return []
    return [
        _change(shipment, ChangeKind.STATUS, old, headline.status, reason=reason, occurred_at=shipment.status_at or now)
    ]


def _move_promise(shipment: Shipment, update: TrackingUpdate, now: datetime) -> list[StatusChange]:
    if update.window is None:
        return []
    old = shipment.promise
    made = make_promise(
        shipment, update.window, Promiser.CARRIER, as_of=update.as_of or now, now=now, reason=shipment.reason
    )
    return [_promised(shipment, old, made, now)] if made else []


def _renew_promise(shipment: Shipment, now: datetime) -> list[StatusChange]:
    old = shipment.promise
    made = promise_again(shipment, now)
    return [_promised(shipment, old, made, now)] if made else []


def _promised(shipment: Shipment, old: Promise | None, made: Promise, now: datetime) -> StatusChange:
    shipment.risk_course = []  # it was about the promise that stood
    told = {"reason": made.reason, "promise": made, "occurred_at": now}
    return _change(shipment, ChangeKind.PROMISE, str(old or ""), str(made), **told)


def _move_risk(shipment: Shipment, now: datetime, taught=learned_for) -> list[StatusChange]:
    facts, merchant, old = facts_of(shipment), shipment.merchant, RiskState(shipment.risk)
    learned, version = taught(merchant.pk)
    estimated = estimate(facts, now, learned)
    new, reason = next_state(old, facts, estimated, now, enter=merchant.risk_enter, leave=merchant.risk_leave)
    shipment.risk = new
    shipment.outcome_at = (shipment.outcome_at or now) if is_over(facts, new, now) else None
    shipment.risk_probability = estimated.probability
    shipment.risk_reason = reason or ""
    why = reasons(facts, now, learned) if new.is_trouble else ()
    shipment.risk_evidence = [evidence.to_json() for evidence in why]
    shipment.risk_arrival = [instant.isoformat() for instant in arrival(facts, now, learned)]
    shipment.risk_model = version or PUBLISHED
    shipment.risk_course = continued(shipment.risk_course, facts, estimated, now)
    shipment.next_risk_at = next_look(facts, now, learned)
    if new is old:
        return []
    return [_change(shipment, ChangeKind.RISK, old, new, reason=reason or "", occurred_at=now)]


def _change(shipment: Shipment, kind: ChangeKind, old: str, new: str, **told) -> StatusChange:
    promise = told.pop("promise", None) or shipment.promise
    return StatusChange(
        merchant_id=shipment.merchant_id,
        order_id=shipment.order_id,
        shipment=shipment,
        kind=kind,
        old=old,
        new=new,
        promise=promise,
        **told,
    )


def _settle(
    shipment: Shipment, changes: list[StatusChange], now: datetime, heard_at: datetime | None = None
) -> list[StatusChange]:
    """Estimate the risk on top of what moved, save everything, and wake whoever acts on changes."""
    changes = [*changes, *_move_risk(shipment, now)]
    for change in changes:
        change.heard_at = heard_at
    _save(shipment, changes, now)
    return changes


def _save(shipment: Shipment, changes: list[StatusChange], now: datetime) -> None:
    shipment.save(update_fields=[*DERIVED, "outcome_at"])
    announce(changes, now)


RISK = [
    "risk",
    "risk_probability",
    "risk_reason",
    "risk_evidence",
    "risk_arrival",
    "risk_model",
    "risk_course",
    "next_risk_at",
]

# The fields of a shipment that follow from its events and promises; nothing else writes them.
DERIVED = [
    "status",
    "reason",
    "status_at",
    "last_event_at",
    "first_scan_at",
    "last_city",
    "first_attempt_at",
    "delivered_at",
    "proof_of_delivery",
    "service",
    "handed_to",
    "handed_to_number",
    "origin_country",
    "origin_city",
    "destination_country",
    "learnt",
    "promise",
    *RISK,
]

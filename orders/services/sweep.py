"""The clock: parcels that went silent are news although nobody said a word."""

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from orders.claims import claim_due
from orders.models import Shipment
from orders.services.record_events import reassess, reassess_all

LEASE = timedelta(minutes=5)
BATCH = 500

logger = logging.getLogger(__name__)


def sweep_risk(now: datetime | None = None) -> int:
    """Reassess the parcels that are due; return how many. A fault in one does not keep the others waiting."""
    now = now or timezone.now()
    due = claim_due(Shipment.objects.all(), "next_risk_at", now=now, lease=LEASE, limit=BATCH)
    try:
        reassess_all(due, now)
    except Exception:
        logger.exception("The parcels that are due could not be looked at together; each is looked at alone.")
        _one_by_one(due, now)
    return len(due)


def _one_by_one(due: list[int], now: datetime) -> None:
    for shipment_id in due:
        try:
            reassess(shipment_id, now)
        except Exception:
            logger.exception("The risk of shipment %s could not be estimated; it is tried again.", shipment_id)

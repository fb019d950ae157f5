"""One message for the parcels of a split order: what tells the same of another parcel is told along with it."""

from django.db.models import QuerySet

from alerts.background import Background
from alerts.judgement import WORTH_TELLING, judge
from alerts.models import Alert
from alerts.states import Held, State, Why


def gather(lead: Alert, background: Background) -> int:
    """Make `lead`, which is about to be sent, tell what its queued siblings would; return how many it took along.

    What is not worth telling any more says so by itself. The order is locked by the caller: of siblings that come due
    at the same moment one leads, and the others find themselves told.
    """
    if not background.may_gather(lead):
        return 0
    parcels = {lead.shipment_id}
    for sibling in _siblings(lead, background):
        if _is_told_by(lead, sibling, background, is_said=sibling.shipment_id in parcels):
            parcels.add(sibling.shipment_id)
    return len(parcels) - 1


def _is_told_by(lead: Alert, sibling: Alert, background: Background, *, is_said: bool) -> bool:
    why = judge(WORTH_TELLING, background.news_of(sibling), background.reader_of(sibling), background.now)
    why = why or (Why.SAME_NEWS if is_said else None)
    told_in = None if why else lead
    Alert.objects.filter(pk=sibling.pk).update(
        state=State.SUPPRESSED, reason=why or Why.TOLD_TOGETHER, told_in=told_in, due_at=None
    )
    return told_in is not None


def _siblings(lead: Alert, background: Background) -> QuerySet[Alert]:
    """The newest first. What is meant for a later day stays there."""
    return (
        Alert.objects.filter(
            order=lead.order, channel=lead.channel, address=lead.address, trigger=lead.trigger, state=State.QUEUED
        )
        .exclude(pk=lead.pk)
        .exclude(held=Held.LATER, due_at__gt=background.now)
        .select_related("change__promise", "shipment__promise")
        .order_by("-pk")
    )
